"""R-23: urgency from severity, money at risk, deadline, safety and repeat contact, with the reasons shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ticketing_situations import CIRCUMSTANCES, NOON

from ombud_words import Reason
from ticketing.cases.domain.priority import HIGH, LOW, NORMAL, URGENT, Circumstances, prioritise

pytestmark = pytest.mark.rule("R-23")

PLAIN = replace(CIRCUMSTANCES, reason=Reason.OTHER)
LATE = replace(PLAIN, delivered_at=None, promised_by=NOON - timedelta(milliseconds=1))


@pytest.mark.parametrize(
    ("circumstances", "expected"),
    [
        (PLAIN, (NORMAL, ("standard",))),
        (replace(PLAIN, reason=Reason.PRE_SALE), (LOW, ("low_severity",))),
        (replace(PLAIN, reason=Reason.UNSAFE, value_minor=99_000), (URGENT, ("safety",))),
        (replace(PLAIN, reason=Reason.COUNTERFEIT), (HIGH, ("severity",))),
        (replace(PLAIN, value_minor=49_999), (NORMAL, ("standard",))),
        (replace(PLAIN, value_minor=50_000), (HIGH, ("money_at_risk",))),
        (replace(LATE, promised_by=NOON), (NORMAL, ("standard",))),
        (LATE, (HIGH, ("promised_date_passed",))),
        (replace(LATE, delivered_at=NOON), (NORMAL, ("standard",))),
        (replace(PLAIN, earlier_contacts=1), (NORMAL, ("standard",))),
        (replace(PLAIN, earlier_contacts=2), (HIGH, ("repeat_contact",))),
        (replace(PLAIN, reason=Reason.PRE_SALE, earlier_contacts=2), (HIGH, ("repeat_contact",))),
        (replace(LATE, earlier_contacts=2), (HIGH, ("promised_date_passed", "repeat_contact"))),
        (
            replace(LATE, reason=Reason.NOT_RECEIVED, earlier_contacts=2),
            (URGENT, ("severity", "promised_date_passed", "repeat_contact")),
        ),
    ],
)
def test_priority_has_its_reasons(circumstances: Circumstances, expected: tuple[int, tuple[str, ...]]) -> None:
    assert prioritise(circumstances) == expected
