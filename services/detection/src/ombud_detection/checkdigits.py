"""Check digits of the numbers that look like contact data and are not, or are: arithmetic only."""

from typing import Final

_CPF_LENGTH: Final = 11


def luhn(digits: str) -> bool:
    """IMEI and payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        value = int(character) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return len(digits) > 1 and total % 10 == 0


def ean(digits: str) -> bool:
    """GTIN-8, -12, -13 and -14 (GS1)."""
    if len(digits) not in (8, 12, 13, 14):
        return False
    weighted = sum(int(c) * (3 if index % 2 == 0 else 1) for index, c in enumerate(reversed(digits[:-1])))
    return (10 - weighted % 10) % 10 == int(digits[-1])


def iban(compact: str) -> bool:
    """IBAN without spaces (ISO 13616, modulus 97)."""
    if not 15 <= len(compact) <= 34 or not compact.isascii() or not compact.isalnum():
        return False
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1


def cpf(digits: str) -> bool:
    """Brazilian tax number of a person, often a payment key (Receita Federal)."""
    if len(digits) != _CPF_LENGTH or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(digits[i]) * (length + 1 - i) for i in range(length))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True
