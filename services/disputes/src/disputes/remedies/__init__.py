"""What each remedy means in money and duties, and when the law allows it. Pure: a library of the service."""
