"""R-23: urgency from severity, money at risk, deadline, safety and repeat contact, with the reasons shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ticketing_situations import CIRCUMSTANCES, NOON

from ticketing.cases.domain.priority import HIGH, LOW, NORMAL, URGENT, Circumstances, prioritise

pytestmark = pytest.mark.rule("R-23")

PLAIN = replace(CIRCUMSTANCES, base_priority=3)
LATE = replace(PLAIN, delivered_at=None, promised_by=NOON - timedelta(milliseconds=1))


def test_a_priority_is_a_number_from_1_for_urgent_to_4_for_low() -> None:
    assert (URGENT, HIGH, NORMAL, LOW) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("circumstances", "expected"),
    [
        (PLAIN, (NORMAL, ("standard",))),
        (replace(PLAIN, base_priority=4), (LOW, ("low_severity",))),
        (replace(PLAIN, base_priority=1, value_minor=99_000), (URGENT, ("safety",))),
        (replace(PLAIN, base_priority=2), (HIGH, ("severity",))),
        (replace(PLAIN, value_minor=49_999), (NORMAL, ("standard",))),
        (replace(PLAIN, value_minor=50_000), (HIGH, ("money_at_risk",))),
        (replace(PLAIN, value_minor=50_000, money_at_risk_minor=200_000), (NORMAL, ("standard",))),
        (replace(PLAIN, promised_by=None, delivered_at=None), (NORMAL, ("standard",))),
        (replace(LATE, promised_by=NOON), (NORMAL, ("standard",))),
        (LATE, (HIGH, ("promised_date_passed",))),
        (replace(LATE, delivered_at=NOON), (NORMAL, ("standard",))),
        (replace(PLAIN, earlier_contacts=1), (NORMAL, ("standard",))),
        (replace(PLAIN, earlier_contacts=2), (HIGH, ("repeat_contact",))),
        (replace(PLAIN, base_priority=4, earlier_contacts=2), (HIGH, ("repeat_contact",))),
        (replace(LATE, earlier_contacts=2), (HIGH, ("promised_date_passed", "repeat_contact"))),
        (
            replace(LATE, base_priority=2, earlier_contacts=2),
            (URGENT, ("severity", "promised_date_passed", "repeat_contact")),
        ),
    ],
)
def test_priority_has_its_reasons(circumstances: Circumstances, expected: tuple[int, tuple[str, ...]]) -> None:
    assert prioritise(circumstances) == expected
