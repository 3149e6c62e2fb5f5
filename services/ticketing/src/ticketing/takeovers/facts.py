"""Facts that ticketing knows by itself: of what was bought, and what the timeline of a case shows."""

from collections.abc import Iterable, Sequence

from chassis.aggregate import Unit
from chassis.store import Document
from ombud_words import CaseId, DisputeId, EventId, ReturnId, Role, line_key
from ticketing.cases.domain import Case
from ticketing.orders.store import guard_line, guard_listing
from ticketing.takeovers.domain.grounds import Fact
from ticketing.timeline.store import entries_about, entries_that_show
from ticketing.unfinished.store import guard_unfinished


async def known_of_matter(case: Case, unit: Unit) -> tuple[Fact, ...]:
    """Return what shows the listing as it was bought, or asked about, and what was answered about the device."""
    if case.listing_id is not None:
        offered = await guard_listing(unit, case.listing_id)
        return (Fact(offered.told_by, ("listing_snapshot",)),) if offered else ()
    if case.order_id is None or case.line_id is None:
        return ()
    line = await guard_line(unit, line_key(case.order_id, case.line_id))
    if line is None:
        return ()
    listing = line.purchase.listing if line.purchase else None
    known = [Fact(listing.told_by, ("listing_snapshot",))] if listing else []
    if line.device is not None and line.device.blocked:
        known.append(Fact(line.device.told_by, ("imei_check",)))
    return tuple(known)


async def shown_in_case(case: Case, kinds: Iterable[str], unit: Unit) -> tuple[Fact, ...]:
    """Return the events of a case that show one of these kinds of fact, as far as its timeline knows them."""
    wanted = {one for kind in kinds for one in kind.split("|")}
    entries = await entries_that_show(unit, case.id, sorted(wanted))
    return tuple(Fact(EventId(entry["_id"]), tuple(entry["shows"])) for entry in entries)


async def reported_in_case(case: Case, kinds: Iterable[str], unit: Unit) -> tuple[Fact, ...]:
    """Return what the buyer or staff showed of these kinds, unless it belongs to a dispute that is over."""
    wanted = sorted({one for kind in kinds for one in kind.split("|")})
    over = (await guard_unfinished(case.id, unit)).over
    entries = [entry for entry in await entries_that_show(unit, case.id, wanted) if not _is_over(entry, over)]
    return tuple(
        Fact(EventId(entry["_id"]), tuple(entry["shows"])) for entry in entries if entry.get("shown_by") != Role.SELLER
    )


def _is_over(entry: Document, over: Sequence[str]) -> bool:
    return entry["summary"].get("dispute_id") in over


async def entries_of_dispute(case_id: CaseId, dispute_id: DisputeId, unit: Unit) -> list[Document]:
    """Return what the timeline of a case knows of one of its disputes."""
    return await entries_about(unit, case_id, "dispute_id", dispute_id)


async def entries_of_return(case_id: CaseId, return_id: ReturnId, unit: Unit) -> list[Document]:
    """Return what the timeline of a case knows of one of its returns."""
    return await entries_about(unit, case_id, "return_id", return_id)


async def reasons_claimed(case: Case, unit: Unit) -> list[str]:
    """Return the reasons of the disputes that the buyer opened in a case and that are not over."""
    over = (await guard_unfinished(case.id, unit)).over
    claims = [claim for claim in await entries_that_show(unit, case.id, ["claim"]) if not _is_over(claim, over)]
    return [claim["summary"]["reason"] for claim in claims if "reason" in claim["summary"]]
