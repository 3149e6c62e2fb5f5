"""The identity of a device that came back: whether it can be one, and whether it is that of the device that was sold."""

from disputes.cases.domain import Device
from disputes.refusals import NotAnImei
from ombud_detection import luhn

_DIGITS = 15


def expect_imei(imei: str) -> None:
    """Raise NotAnImei unless it has 15 digits of which the last is the check digit (Luhn; 3GPP TS 23.003, annex B)."""
    if len(imei) != _DIGITS or not (imei.isascii() and imei.isdigit()) or not luhn(imei):
        raise NotAnImei("An IMEI has 15 digits, the last of which checks the others. Read it from the device again.")


def matches(sold: Device | None, returned: Device | None) -> bool | None:
    """Tell whether it is the same device; None where nothing of both is known that could be compared."""
    if sold is None or returned is None:
        return None
    if sold.imei and returned.imei:
        return sold.imei == returned.imei
    if sold.serial and returned.serial:
        return sold.serial.casefold() == returned.serial.casefold()
    return None
