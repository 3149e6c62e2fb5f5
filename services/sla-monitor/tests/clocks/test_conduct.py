"""The clocks of complaints about conduct: what begins and ends them, whose they are, and who sees them (casework, section 7)."""

import pytest
from case_clocks import MONDAY, TUESDAY, WEDNESDAY, CaseClocks, example
from riga_rules import local

from ombud_contracts.events import conduct, reviews
from ombud_words import Role
from sla_monitor.clocks.visibility import is_shown

pytestmark = pytest.mark.rule("S-5")
ABOUT = {"complaint_id": "cpl_1"}
PARTIES = (Role.BUYER, Role.SELLER)


async def seen_by(case: CaseClocks, kind: str) -> list[Role]:
    (clock,) = (await case.of_kind(kind)).values()
    assert all(is_shown(clock, role) for role in (Role.AGENT, Role.MEDIATOR, Role.SUPERVISOR))
    return [role for role in PARTIES if is_shown(clock, role)]


async def decided(case: CaseClocks, result: str, by: str, at: str, until: str) -> None:
    told = example(conduct.ConductDecided, **ABOUT, result=result, appeal_by=by, appeal_until=until)
    await case.hears(told, at)


@pytest.mark.rule("S-7")
async def test_each_complaint_has_clocks_of_its_own_and_the_seller_sees_none_before_being_told() -> None:
    """INVARIANT: would break if a seller could read in the clocks of a case that somebody complained."""
    case = CaseClocks()
    for number in ("cpl_1", "cpl_2"):
        await case.hears(example(conduct.ConductComplaintFiled, complaint_id=number), f"{MONDAY} 10:00")
    await decided(case, "NOT_FOUND", "buyer", f"{TUESDAY} 10:00", "2026-10-01T00:00:00Z")
    assert await case.verdicts("conduct_investigation") == {"cpl_1": "MET", "cpl_2": "RUNNING"}
    clocks = (await case.of_kind("conduct_investigation")).values()
    assert [[role for role in PARTIES if is_shown(clock, role)] for clock in clocks] == [[Role.BUYER]] * 2
    assert await seen_by(case, "conduct_appeal_window") == [Role.BUYER]
    await case.hears(example(conduct.ConductAppealed, **ABOUT, by="buyer"), f"{WEDNESDAY} 10:00")
    assert await seen_by(case, "conduct_appeal") == []


async def test_the_seller_has_five_working_days_to_answer() -> None:
    case = CaseClocks()
    await case.hears(example(conduct.ConductAccusedTold, **ABOUT), f"{MONDAY} 10:00")
    (hearing,) = (await case.of_kind("conduct_hearing")).values()
    assert (hearing.rounds[-1].due_by, hearing.rounds[-1].owner) == (local("2026-09-21 10:00"), "seller")
    assert await seen_by(case, "conduct_hearing") == [Role.SELLER]
    over = example(conduct.ConductAccusedHeard, **ABOUT, answered=False)
    await case.hears(over, f"{TUESDAY} 10:00")
    assert await case.verdicts("conduct_hearing") == {"cpl_1": "RUNNING"}, "its own silence answers nothing"
    await case.hears(example(conduct.ConductAccusedHeard, **ABOUT, answered=True), f"{WEDNESDAY} 10:00")
    assert await case.verdicts("conduct_hearing") == {"cpl_1": "MET"}


async def test_the_time_to_appeal_is_that_of_the_decision_and_belongs_to_the_side_that_can() -> None:
    case = CaseClocks()
    await decided(case, "FOUND", "seller", f"{MONDAY} 10:00", "2027-03-16T10:00:00Z")
    (window,) = (await case.of_kind("conduct_appeal_window")).values()
    assert (window.rounds[-1].due_by.isoformat(), window.rounds[-1].owner) == ("2027-03-16T10:00:00+00:00", "seller")
    assert await seen_by(case, "conduct_appeal_window") == [Role.BUYER, Role.SELLER]
    await case.hears(example(conduct.ConductAppealed, **ABOUT), f"{TUESDAY} 10:00")
    assert await case.verdicts("conduct_appeal_window") == {"cpl_1": "MET"}
    assert await case.verdicts("conduct_appeal") == {"cpl_1": "RUNNING"}


@pytest.mark.rule("R-45")
async def test_a_review_of_the_seller_has_clocks_that_the_buyer_never_sees() -> None:
    """INVARIANT: would break if a buyer could read in the clocks of a case that its seller is reviewed, or the seller before
    being told."""
    case = CaseClocks()
    await case.hears(example(reviews.ReviewOpened, **ABOUT), f"{MONDAY} 10:00")
    assert await case.verdicts("conduct_review") == {"cpl_1": "RUNNING"}
    assert await seen_by(case, "conduct_review") == []
    assert await case.of_kind("conduct_investigation") == {}
    found = {**ABOUT, "result": "FOUND", "appeal_by": "seller", "appeal_until": "2027-03-16T10:00:00Z"}
    await case.hears(example(reviews.ReviewDecided, **found), f"{TUESDAY} 10:00")
    assert await case.verdicts("conduct_review") == {"cpl_1": "MET"}
    assert await seen_by(case, "conduct_review_window") == [Role.SELLER]
    assert await case.of_kind("conduct_appeal_window") == {}


@pytest.mark.rule("S-3")
async def test_nothing_is_owed_for_a_review_that_is_taken_back_and_nobody_appeals_what_it_did_not_find() -> None:
    for ending, verdicts in (
        (example(reviews.ReviewWithdrawn, **ABOUT), ("VOID", "VOID")),
        (example(reviews.ReviewDecided, **ABOUT, result="NOT_FOUND", appeal_by="system"), ("MET", "VOID")),
    ):
        case = CaseClocks()
        await case.hears(example(reviews.ReviewOpened, **ABOUT), f"{MONDAY} 10:00")
        await case.hears(example(reviews.ReviewToldToSeller, **ABOUT), f"{MONDAY} 11:00")
        await case.hears(ending, f"{TUESDAY} 10:00")
        kinds = ("conduct_review", "conduct_hearing")
        assert tuple([(await case.verdicts(kind))["cpl_1"] for kind in kinds]) == verdicts
        assert await case.of_kind("conduct_review_window") == {}


@pytest.mark.rule("S-3")
@pytest.mark.parametrize(
    ("window", "found", "continued"),
    [
        ("conduct_review_window", reviews.ReviewDecided, reviews.ReviewHearingContinued),
        ("conduct_appeal_window", conduct.ConductDecided, conduct.ConductHearingContinued),
    ],
)
async def test_nobody_is_reminded_to_appeal_what_fell_with_its_hearing(
    window: str, found: type[conduct.ConductDecided], continued: type[conduct.ConductHearingContinued]
) -> None:
    """INVARIANT: would break if a seller were told for half a year to appeal what counts as if it had not been found."""
    case = CaseClocks()
    against = {**ABOUT, "result": "FOUND", "appeal_by": "seller", "appeal_until": "2027-03-16T10:00:00Z"}
    await case.hears(example(found, **against), f"{MONDAY} 10:00")
    await case.hears(example(continued, **ABOUT, finding_withdrawn=False), f"{MONDAY} 11:00")
    assert await case.verdicts(window) == {"cpl_1": "RUNNING"}
    await case.hears(example(continued, **ABOUT, finding_withdrawn=True), f"{TUESDAY} 10:00")
    assert await case.verdicts(window) == {"cpl_1": "VOID"}
    await case.hears(example(found, **against), f"{WEDNESDAY} 10:00")
    assert await case.verdicts(window) == {"cpl_1": "RUNNING"}


@pytest.mark.parametrize(("by", "again"), [("buyer", 2), ("seller", 1)])
async def test_a_buyers_granted_appeal_begins_another_investigation(by: str, again: int) -> None:
    case = CaseClocks()
    await case.hears(example(conduct.ConductComplaintFiled, **ABOUT), f"{MONDAY} 10:00")
    await decided(case, "NOT_FOUND", by, f"{MONDAY} 11:00", "2026-10-01T00:00:00Z")
    await case.hears(example(conduct.ConductAppealed, **ABOUT, by=by), f"{TUESDAY} 10:00")
    await case.hears(example(conduct.ConductAppealDecided, **ABOUT, by=by, outcome="REVERSED"), f"{WEDNESDAY} 10:00")
    (investigation,) = (await case.of_kind("conduct_investigation")).values()
    assert len(investigation.rounds) == again
    assert await case.verdicts("conduct_appeal") == {"cpl_1": "MET"}
