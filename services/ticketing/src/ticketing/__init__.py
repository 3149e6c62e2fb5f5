"""Ticketing owns cases and takeovers. It keeps no message and judges no complaint."""
