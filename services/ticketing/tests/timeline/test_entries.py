"""R-24: one timeline per case, over every event of every service; no texts, and nobody sees what is not for them."""

import pytest
from timeline_examples import EXAMPLES, MEDIATORS, STAFF, readers, received

from ombud_contracts import Event
from ticketing.deadlines.readers import readers_of
from ticketing.timeline.entries import entry_of, shows

pytestmark = pytest.mark.rule("R-24")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_event_of_a_case_has_an_entry_that_staff_may_see(name: str) -> None:
    event = received(name)
    entry = entry_of(event)
    if event.metadata.case_id is None:
        assert entry is None
        return
    assert entry is not None
    assert (entry["case_id"], entry["type"], entry["at"]) == (event.metadata.case_id, event.type, event.at)
    assert set(entry["visible_to"]) >= STAFF


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_summary_holds_codes_and_numbers_and_no_free_text(name: str) -> None:
    """INVARIANT: no texts in the timeline (section 7); copying an event's whole data would break it."""
    entry = entry_of(received(name))
    if entry is None:
        return
    values = [v for value in entry["summary"].values() for v in (value if isinstance(value, tuple) else (value,))]
    assert [value for value in values if isinstance(value, str) and " " in value] == []


@pytest.mark.parametrize("author", ["buyer", "seller"])
@pytest.mark.parametrize("event", ["blocked", "held", "rejected"])
def test_an_undelivered_message_shows_to_its_author_and_staff_alone(event: str, author: str) -> None:
    assert readers(f"messaging.message_{event}.v1.json", author_role=author) == STAFF | {author}


def test_an_undelivered_message_of_staff_shows_to_staff_alone() -> None:
    assert readers("messaging.message_held.v1.json", author_role="agent") == STAFF


def test_a_message_shows_to_its_audience() -> None:
    assert readers("messaging.message_delivered.v1.json", audience="thread") == STAFF | {"buyer", "seller"}
    for audience in ("internal", "something_newer"):
        assert readers("messaging.message_delivered.v1.json", audience=audience) == STAFF


@pytest.mark.parametrize("event", ["original_read", "translation_added"])
def test_what_staff_do_with_a_message_shows_to_staff_alone(event: str) -> None:
    """INVARIANT: section 7; would break if the timeline named a note, or an undelivered message, to a party."""
    assert readers(f"messaging.{event}.v1.json") == STAFF


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_sanction_shows_to_who_has_it_and_staff(role: str) -> None:
    """INVARIANT: would break if one party read in the case what the platform did about the other."""
    assert readers("messaging.sanction_imposed.v1.json", role=role) == STAFF | {role}


def test_what_the_timeline_does_not_know_shows_to_staff_alone() -> None:
    """INVARIANT: would break if a new event were shown to both parties before somebody decided that it may be."""

    class Unheard(Event):
        case_id: str

    known = received("messaging.original_read.v1.json")
    assert set(readers_of(known.model_copy(update={"event": Unheard(case_id="cas_1")}))) == STAFF


def test_a_message_for_the_mediator_shows_to_mediators_and_supervisors_and_the_party_that_wrote_it() -> None:
    for author, sees in (("seller", MEDIATORS | {"seller"}), ("agent", MEDIATORS)):
        assert readers("messaging.message_delivered.v1.json", audience="mediator", author_role=author) == sees
    assert readers("messaging.translation_added.v1.json", audience="mediator") == MEDIATORS


def test_evidence_for_the_mediator_shows_to_mediators_and_supervisors_and_the_side_whose_it_is() -> None:
    assert readers("disputes.evidence_submitted.v1.json", audience="mediator", by="seller") == MEDIATORS | {"seller"}
    assert readers("disputes.evidence_submitted.v1.json", audience="mediator", by="agent") == MEDIATORS
    assert readers("disputes.evidence_submitted.v1.json", audience="internal", by="agent") == STAFF
    assert readers("disputes.evidence_submitted.v1.json", audience="thread") == STAFF | {"buyer", "seller"}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith(("billing.charge", "billing.payout_hold"))])
def test_charges_are_between_the_platform_and_the_seller(name: str) -> None:
    assert readers(name) == STAFF | {"seller"}


@pytest.mark.parametrize("name", ["messaging.waiver_proposed.v1.json", "messaging.waiver_refused.v1.json"])
def test_what_a_seller_asks_the_platform_is_not_the_buyers(name: str) -> None:
    assert readers(name) == STAFF | {"seller"}


def test_a_notice_shows_to_those_who_are_told_and_to_staff() -> None:
    assert readers("ticketing.notice_issued.v1.json", recipients=["seller"]) == STAFF | {"seller"}
    assert readers("ticketing.notice_issued.v1.json") == STAFF | {"buyer", "seller"}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith("sla-monitor.clock")])
def test_clocks_about_a_charge_are_not_the_buyers(name: str) -> None:
    assert readers(name, kind="contest_window") == STAFF | {"seller"}
    assert readers(name, kind="payout_hold", about="hold") == STAFF | {"seller"}
    assert readers(name, kind="reply") == STAFF | {"buyer", "seller"}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("sla-monitor.clock_breached.v1.json", ("deadline_trace",)),
        ("disputes.dispute_opened.v1.json", ("claim",)),
        ("disputes.dispute_escalated.v1.json", ("impasse",)),
        ("messaging.message_blocked.v1.json", ("off_platform_attempt",)),
        ("ticketing.case_opened.v1.json", ("complaint",)),
        ("billing.charge_posted.v1.json", ()),
    ],
)
def test_an_event_shows_the_facts_that_a_takeover_may_rest_on(name: str, facts: tuple[str, ...]) -> None:
    """Section 4."""
    assert shows(received(name)) == facts


@pytest.mark.parametrize(
    ("kind", "by", "facts"),
    [
        ("photo", "buyer", ("evidence", "photo")),
        ("video", "seller", ("evidence", "video")),
        ("imei_check", "buyer", ("evidence",)),
        ("imei_check", "agent", ("evidence",)),
        ("imei_check", "system", ("evidence", "imei_check")),
        ("expert_notice", "buyer", ("evidence",)),
        ("recall", "seller", ("evidence",)),
        ("expert_notice", "mediator", ("evidence", "expert_notice")),
        ("confirmed_video", "agent", ("evidence", "confirmed_video")),
        ("deadline_trace", "supervisor", ("evidence",)),
        ("listing_snapshot", "seller", ("evidence",)),
    ],
)
def test_evidence_shows_a_kind_of_fact_to_which_its_submitter_can_swear(
    kind: str, by: str, facts: tuple[str, ...]
) -> None:
    """Casework, section 3: a party's upload never counts as a staff or system fact, whatever it is called."""
    assert shows(received("disputes.evidence_submitted.v1.json", kind=kind, by=by)) == facts


def test_what_a_buyer_was_blocked_for_is_no_fact_against_the_seller() -> None:
    assert shows(received("messaging.message_blocked.v1.json", author_role="buyer")) == ()


def test_a_sellers_dispute_is_not_a_buyers_claim() -> None:
    assert shows(received("disputes.dispute_opened.v1.json", opened_by="seller")) == ()
