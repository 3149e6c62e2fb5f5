"""What is wrong with a world that has come to rest, by the principles of casework: read from what the services told each
other and from their ledgers, and not from the code that decided it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from reversals import GONE, payouts_that_do_not_add_up, undone_in_part_or_twice
from told import Told

from billing.charges.domain import Charge
from billing.ledger.store import LEDGER
from ombud_contracts import Received
from ombud_contracts.events import billing, disputes, sla_monitor, takeovers, ticketing
from ombud_words import AppealOutcome, Role, first_decision, line_key, shows
from ombud_words.appeals import waiting
from sla_monitor.clocks.domain.clock import Clock
from ticketing.takeovers.domain import Status as TakeoverStatus

_PARTIES = (Role.BUYER, Role.SELLER)
_UNDONE = (AppealOutcome.AMENDED, AppealOutcome.REVERSED)


def findings(told: Told) -> list[str]:
    """Return every breach of a principle, each beginning with its id."""
    return [f"{name}: {found}" for name, principle in PRINCIPLES for found in principle(told)]


def charged_without_consent_or_decision(told: Told) -> Iterator[str]:
    """Money moves only by what the other side offered or accepted, or by a decision with clause and facts."""
    grounds = _grounds(told)
    for charge in told.charges:
        if charge.entry is not None and charge.terms.decision_id not in grounds:
            yield f"{charge.terms.charge_id} rests on nothing"
    ordered = told.of(billing.RefundOrdered)
    yield from (f"{r.refund_id} rests on nothing" for r in ordered if r.decision_id not in grounds)
    offers = {offer.offer_id: offer for offer in told.of(disputes.OfferMade)}
    accepted = {(a.offer_id, str(a.by)) for a in told.of(disputes.OfferAccepted)}
    for settled in told.of(disputes.DisputeSettled):
        offer = offers[settled.offer_id]
        consented = {str(offer.by), str(settled.accepted_by), *(by for id, by in accepted if id == offer.offer_id)}
        if not set(_PARTIES) <= consented:
            yield f"{settled.dispute_id} was settled by {sorted(consented)} alone"
    for decided in (*told.of(disputes.DisputeDecided), *_amendments(told)):
        record = decided.decision
        if str(decided.decided_by) in _PARTIES or record is None or not record.clause or not record.facts:
            yield f"{decided.dispute_id} was decided by {decided.decided_by} on {record}"


def more_than_was_paid(told: Told) -> Iterator[str]:
    """Refunds of a line stay within what was paid for it, and so do the charges that recover them."""
    refunds, gifts = told.of(billing.RefundCompleted), {g.decision_id for g in told.of(disputes.GoodwillGiven)}
    orders = {r.refund_id: r for r in told.of(billing.RefundOrdered)}
    granted = {d.decision.decision_id for d in told.of(disputes.DisputeDecided) if d.decision.remedy == "GOODWILL"}
    back: Counter[tuple[str, str]] = Counter()
    refused_before = {r.refund_id for r in told.of(billing.RefundFailed)}
    for refund in refunds:
        order = orders.get(refund.refund_id)
        if order is not None and order.decision_id not in gifts | granted and refund.refund_id not in refused_before:
            back[order.order_id, order.line_id] += order.amount_minor
    yield from (f"{line} was refunded {minor}" for line, minor in back.items() if minor > told.paid_minor)
    recovered: Counter[str] = Counter()
    paid: Counter[str] = Counter()
    first = _first_decisions(told)
    for refund in refunds:
        own = first_decision(refund.decision_id)
        by = first.get(own, own)
        paid[by] += orders[refund.refund_id].amount_minor if refund.refund_id in orders else 0
    for charge in told.charges:
        if charge.terms.kind in ("REFUND", "SHIPPING_REFUND") and charge.entry and charge.status not in GONE:
            own = first_decision(charge.terms.decision_id)
            by = first.get(own, own)
            recovered[by] += charge.terms.gross_minor
    yield from (f"{id} recovers {minor} of {paid[id]}" for id, minor in recovered.items() if minor > paid[id])
    for amended in _amendments(told):
        if amended.given_minor > paid[first[amended.decision_id]]:
            yield f"{amended.appeal_id} counts {amended.given_minor} of {paid[first[amended.decision_id]]} as paid"


def _amendments(told: Told) -> list[disputes.AppealDecided]:
    return [appeal for appeal in told.of(disputes.AppealDecided) if appeal.decision is not None]


def _first_decisions(told: Told) -> dict[str, str]:
    """Return, for each decision that was amended or holds instead of one, the first of them."""
    first: dict[str, str] = {}
    for amended in _amendments(told):
        assert amended.decision is not None
        root = first.setdefault(amended.decision_id, amended.decision_id)
        first[amended.decision.decision_id] = root
    return first


def paid_twice(told: Told) -> Iterator[str]:
    """What was paid is not ordered again, and a refund is paid once."""
    paid: set[str] = set()
    done: Counter[str] = Counter(r.refund_id for r in told.of(billing.RefundCompleted))
    yield from (f"{refund_id} was paid {n} times" for refund_id, n in done.items() if n > 1)
    for event in (r.event for r in told.received):
        match event:
            case billing.RefundCompleted(decision_id=decision_id):
                paid.add(decision_id)
            case billing.RefundOrdered(decision_id=decision_id) if decision_id in paid:
                yield f"{event.refund_id} was ordered after {decision_id} was paid"


def _grounds(told: Told) -> set[str]:
    outcomes = (*told.of(disputes.DisputeSettled), *told.of(disputes.DisputeDecided))
    by_rule = (t.takeover_id for t in told.of(ticketing.TakeoverActivated) if t.decision.clause and t.decision.facts)
    amended = (a.decision.decision_id for a in _amendments(told) if a.decision is not None)
    return {*(o.decision.decision_id for o in outcomes), *amended, *by_rule, *_gifts(told)}


def _gifts(told: Told) -> set[str]:
    return {gift.decision_id for gift in told.of(disputes.GoodwillGiven)}


def goodwill_by_others_or_above_limits(told: Told) -> Iterator[str]:
    """The platform's own money is given by staff, within a limit per case, and charged to nobody."""
    given: Counter[tuple[str, str]] = Counter()
    for gift in told.of(disputes.GoodwillGiven):
        given[gift.case_id, ""] += gift.amount_minor
        if str(gift.given_by) in _PARTIES:
            yield f"{gift.decision_id} was given by a {gift.given_by}"
        limit = told.market.authority.gives_up_to(Role(gift.given_by))
        if limit is not None and given[gift.case_id, ""] > limit:
            yield f"{gift.given_by} gave {given[gift.case_id, '']} in {gift.case_id}"
    for settled in told.of(disputes.DisputeSettled):
        if settled.decision.remedy == "GOODWILL":
            yield f"{settled.dispute_id} settles with the platform's money"
    for charge in told.charges:
        if charge.terms.kind == "GOODWILL" or charge.terms.decision_id in _gifts(told):
            yield f"{charge.terms.charge_id} charges goodwill to a seller"


def left_of_what_was_withdrawn(told: Told) -> Iterator[str]:
    """A takeover or a decision that was reversed, or amended, left no charge, no lock and no balance."""
    entries = told.world.nodes["billing"].store.rows.get(LEDGER, {})
    gone = {reversed_.takeover_id: reversed_.case_id for reversed_ in told.of(ticketing.TakeoverReversed)}
    gone |= {a.decision_id: a.case_id for a in told.of(disputes.AppealDecided) if a.outcome in _UNDONE}
    gone |= {t.decision_id: t.case_id for t in told.of(disputes.DecisionTakenBack)}
    for charge in (c for c in told.charges if c.terms.decision_id in gone):
        sums: Counter[str] = Counter()
        for entry in (e for e in entries.values() if e["caused_by"] == charge.terms.charge_id):
            for posting in entry["postings"]:
                sums[posting["account"]] += posting["amount_minor"]
        if charge.status not in GONE or any(sums.values()):
            yield f"{charge.terms.charge_id} of {charge.terms.decision_id} stands"
    taken_over = {t.case_id for t in told.takeovers if t.status == TakeoverStatus.ACTIVE}
    for conversation in told.world.nodes["messaging"].store.documents("conversations"):
        case_id = conversation["state"]["case_id"]
        locked = any(lock["reason"] == "taken_over" for lock in conversation["state"]["locks"])
        if locked != (case_id in taken_over):
            yield f"{case_id} is {'locked' if locked else 'open'} in messaging"
    withdrawn = {(b.clock_id, b.round) for b in told.of(sla_monitor.BreachWithdrawn)}
    breaches = [r for r in told.received if isinstance(r.event, sla_monitor.ClockBreached)]
    last = {(b.event.clock_id, b.event.round): b for b in breaches if isinstance(b.event, sla_monitor.ClockBreached)}
    for takeover in (t for t in told.takeovers if t.status == TakeoverStatus.ACTIVE):
        for (clock_id, number), breach in last.items():
            if takeover.rests_on(breach.metadata.id) and _withdrawn_after(told, clock_id, number, breach, withdrawn):
                yield f"{takeover.id} rests on a breach that was withdrawn"


def _withdrawn_after(told: Told, clock_id: str, number: int, breach: Received, withdrawn: set[tuple[str, int]]) -> bool:
    return (clock_id, number) in withdrawn and any(
        isinstance(r.event, sla_monitor.BreachWithdrawn)
        and (r.event.clock_id, r.event.round) == (clock_id, number)
        and r.metadata.sequence > breach.metadata.sequence
        for r in told.received
    )


def judges_of_their_own(told: Told) -> Iterator[str]:
    """Nobody approves what they proposed, judges what they decided, or decides where they judged before."""
    judged: dict[str, dict[str, str]] = defaultdict(dict)
    """By case, who of the staff decided or proposed, and in which dispute or takeover."""
    cases = {r.metadata.id: r.metadata.actor_id for r in told.received}
    for received in told.received:
        match received.event:
            case disputes.DisputeDecided() as decided if decided.decided_by != Role.SYSTEM:
                before = judged[decided.case_id].get(decided.mediator_id)
                if before is not None:
                    yield f"{decided.mediator_id} decided {decided.dispute_id} after {before}"
                judged[decided.case_id][decided.mediator_id] = decided.dispute_id
            case disputes.AppealDecided() as appealed:
                before = judged[appealed.case_id].get(appealed.reviewer_id)
                if before is not None:
                    yield f"{appealed.reviewer_id} judged {appealed.appeal_id} after {before}"
                judged[appealed.case_id][appealed.reviewer_id] = appealed.appeal_id
            case takeovers.TakeoverAppealDecided(decided_by=Role.SUPERVISOR) as appealed:
                takeover = next(t for t in told.takeovers if t.id == appealed.takeover_id)
                if takeover.decision is not None and takeover.decision.decider_id == cases[received.metadata.id]:
                    yield f"{appealed.appeal_id} was judged by who decided {takeover.id}"
            case ticketing.TakeoverReversed(decided_by=Role.SUPERVISOR) as reversed_:
                takeover = next(t for t in told.takeovers if t.id == reversed_.takeover_id)
                if takeover.decision is not None and takeover.decision.decider_id == cases[received.metadata.id]:
                    yield f"{takeover.id} was reversed by who decided it"
            case billing.ChargeUpheld() | billing.ChargeReversed() as review:
                charge = next(c for c in told.charges if c.terms.charge_id == review.charge_id)
                if review.reviewer_id in (charge.terms.decided_by, charge.terms.proposed_by, charge.approved_by):
                    yield f"{review.charge_id} was judged by {review.reviewer_id}, whose own it is"
            case billing.ChargeAppealDecided() as appealed if appealed.reviewer_id != Role.SYSTEM:
                charge = next(c for c in told.charges if c.terms.charge_id == appealed.charge_id)
                own = (charge.terms.decided_by, charge.terms.proposed_by, charge.approved_by, charge.reviewed_by)
                if appealed.reviewer_id in own:
                    yield f"{appealed.appeal_id} was judged by {appealed.reviewer_id}, whose own it is"
            case billing.ChargeApproved() as approval:
                charge = next(c for c in told.charges if c.terms.charge_id == approval.charge_id)
                if approval.approved_by in (charge.terms.decided_by, charge.terms.proposed_by):
                    yield f"{approval.charge_id} was approved by who proposed or decided it"


def deadlines_that_differ(told: Told) -> Iterator[str]:
    """What billing and ticketing hold for a deadline is what its clock says."""
    windows = {c.ref.subject: c for c in told.clocks if c.ref.kind == "contest_window"}
    contested = {r.event.charge_id: r.at for r in told.received if isinstance(r.event, billing.ChargeContested)}
    for charge in told.charges:
        clock = windows.get(charge.terms.charge_id)
        at = contested.get(charge.terms.charge_id)
        if at is not None and charge.contest_until is not None and at > charge.contest_until:
            yield f"{charge.terms.charge_id} was contested at {at}, after {charge.contest_until}"
        for appeal in charge.appeals:
            if charge.appeal_until is not None and appeal.at > charge.appeal_until:
                yield f"{charge.terms.charge_id} was appealed at {appeal.at}, after {charge.appeal_until}"
        if clock is None and charge.contest_until is not None and charge.status not in GONE:
            yield f"{charge.terms.charge_id} has a window without a clock"


def silence_that_nothing_followed(told: Told) -> Iterator[str]:
    """What a row says of silence happened: a proposal lapsed, a contact was taken over or its takeover proposed."""
    withdrawn = {(b.clock_id, b.round) for b in told.of(sla_monitor.BreachWithdrawn)}
    charges = {c.terms.charge_id: c for c in told.charges}
    for breach in told.of(sla_monitor.ClockBreached):
        if not breach.still_owed or (breach.clock_id, breach.round) in withdrawn:
            continue
        if breach.on_silence == "proposal_lapses" and breach.subject in charges:
            charge = charges[breach.subject]
            if charge.open_proposal and charge.proposed_at < breach.due_by:
                yield f"{breach.subject} waits on after its clock"


def clocks_of_what_is_over(told: Told) -> Iterator[str]:
    """A clock belongs to its subject and ends with it."""
    live = {t.id for t in told.takeovers if t.status == TakeoverStatus.PROPOSED}
    charges = {c.terms.charge_id: c for c in told.charges}
    for clock in (c for c in told.clocks if c.owed):
        if clock.ref.kind == "takeover_proposal" and clock.ref.subject not in live:
            yield f"the clock of {clock.ref.subject} runs on"
        charge = charges.get(clock.ref.subject)
        if charge is not None and _is_over(clock, charge):
            yield f"{clock.ref.kind} of {clock.ref.subject} runs on"
        if clock.ref.kind == "charge_approval" and charge is not None and not charge.open_proposal:
            yield f"the approval of {clock.ref.subject} is owed although it is {charge.status.lower()}"


def _is_over(clock: Clock, charge: Charge) -> bool:
    """Tell whether an appeal of a charge, or the time for it, is over."""
    if clock.ref.kind == "charge_appeal":
        return waiting(charge.appeals) is None
    return clock.ref.kind == "charge_appeal_window" and (charge.status in GONE or bool(charge.appeals))


def ids_that_were_swapped(told: Told) -> Iterator[str]:
    """Whose case it is, is the same in everything that is told of it."""
    whose = {c.case_id: (c.buyer_id, c.seller_id) for c in told.of(ticketing.CaseOpened)}
    for event in (r.event for r in told.received):
        buyer, seller = getattr(event, "buyer_id", None), getattr(event, "seller_id", None)
        known = whose.get(getattr(event, "case_id", ""))
        if known and ((buyer and buyer != known[0]) or (seller and seller != known[1])):
            yield f"{type(event).__name__} of {getattr(event, 'case_id', '')} names {buyer} and {seller}"


def decided_on_what_was_not_so(told: Told) -> Iterator[str]:
    """One outcome per dispute; an answered contact is not taken over for its silence; facts are shown by who can."""
    outcomes = Counter(o.dispute_id for o in told.of(disputes.DisputeDecided))
    outcomes.update(o.dispute_id for o in told.of(disputes.DisputeSettled))
    yield from (f"{dispute_id} ended {n} times" for dispute_id, n in outcomes.items() if n > 1)
    for takeover in told.takeovers:
        decision = takeover.decision
        shown_by_facts = {kind for fact in takeover.grounds.facts for kind in fact.shows}
        missing = [n for n in takeover.grounds.required if shown_by_facts.isdisjoint(n.split("|"))]
        if decision is not None and missing:
            yield f"{takeover.id} was decided without {missing}"
    evidence = told.of(disputes.EvidenceSubmitted)
    for escalated in (e for e in told.of(disputes.DisputeEscalated) if e.cause == "fast_track"):
        shown = [e for e in evidence if e.dispute_id == escalated.dispute_id and shows(e.kind, Role(e.by))]
        lines = [
            line_key(o.order_id, o.line_id)
            for o in told.of(disputes.DisputeOpened)
            if o.dispute_id == escalated.dispute_id
        ]
        lapsed = [
            b for b in told.of(sla_monitor.ClockBreached) if b.kind == "delivery_guarantee" and b.subject in lines
        ]
        if not shown and not lapsed:
            yield f"{escalated.dispute_id} skipped its negotiation without a fact"


def what_was_said_and_not_done(told: Told) -> Iterator[str]:
    """No event became a dead letter or waits, and what a decision gives back was ordered or held back for staff."""
    for name, node in told.world.nodes.items():
        yield from (f"{name} parked {place}: {why}" for place, why in node.parked.items())
        yield from (f"{name} still waits for {key}" for key in node.waiting)
    asked = {r.decision_id for r in told.of(billing.RefundOrdered)} | {
        r.decision_id for r in told.of(billing.RefundFailed)
    }
    for outcome in (*told.of(disputes.DisputeSettled), *told.of(disputes.DisputeDecided)):
        if outcome.decision.refund_minor and outcome.decision.decision_id not in asked:
            yield f"the refund of {outcome.decision.decision_id} was promised and not ordered"
    for amended in _amendments(told):
        assert amended.decision is not None
        if amended.decision.refund_minor > amended.given_minor and amended.decision.decision_id not in asked:
            yield f"what {amended.decision.decision_id} still owes was promised and not ordered"
    for gift in told.of(disputes.GoodwillGiven):
        if gift.decision_id not in asked:
            yield f"the goodwill {gift.decision_id} was promised and not ordered"


PRINCIPLES: Sequence[tuple[str, Callable[[Told], Iterator[str]]]] = (
    ("S-1", charged_without_consent_or_decision),
    ("S-1", more_than_was_paid),
    ("S-1", paid_twice),
    ("S-2", goodwill_by_others_or_above_limits),
    ("S-3", left_of_what_was_withdrawn),
    ("S-3", undone_in_part_or_twice),
    ("R-10", payouts_that_do_not_add_up),
    ("S-4", judges_of_their_own),
    ("S-5", deadlines_that_differ),
    ("S-6", silence_that_nothing_followed),
    ("S-7", clocks_of_what_is_over),
    ("S-8", ids_that_were_swapped),
    ("S-9", decided_on_what_was_not_so),
    ("S-10", what_was_said_and_not_done),
)
