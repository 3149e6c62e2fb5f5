"""Billing charges sellers for what a decision names, and orders refunds. It decides no complaint."""
