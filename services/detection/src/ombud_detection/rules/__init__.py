"""The rules of detection as data: lexicons, apps, labels, policies. Nothing here is code."""
