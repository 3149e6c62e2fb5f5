"""What somebody promises in a case (R-32)."""

from enum import StrEnum


class Promised(StrEnum):
    """What is to be done by the promised instant."""

    ANSWER = "ANSWER"
    CALL = "CALL"
    DOCUMENT = "DOCUMENT"
    LABEL = "LABEL"
    REFUND = "REFUND"
    REPAIR = "REPAIR"
    REPLACEMENT = "REPLACEMENT"
    SHIPMENT = "SHIPMENT"
