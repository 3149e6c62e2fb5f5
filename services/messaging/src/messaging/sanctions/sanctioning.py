"""Sanctions beside messages, in the transaction of the message: what a person's step means for it, and what it leads to.

A message that only reads the sanction need not write it: it may as well have been sent before whatever is written at the
same moment. One that waits because of the step is counted in the sanction, so that lifting it misses none.
"""

from dataclasses import replace
from datetime import datetime

from chassis.aggregate import Unit
from messaging.conversations.domain import Known, Letter, Verdict
from messaging.conversations.store import CONVERSATIONS, conversation_id
from messaging.sanctions.domain import RELEASED, Breach, CountHeld, PardonBreaches, RecordBreach, Sanction, ladder_for
from messaging.sanctions.store import HELD_BY_SANCTION, SANCTIONS, sanction_id
from ombud_words import Audience, CaseId, EventId, MessageId, PersonId

_PASSES = (Verdict.DELIVER, Verdict.REDACT)
_BREACHES = (Verdict.REDACT, Verdict.BLOCK)
"""What the checks alone make a breach; a held message is one when a moderator rejects it."""


async def under_sanction(letter: Letter, market: str, unit: Unit) -> Letter:
    """Return the letter as it is sent by its author, who may be on a step on which everything waits for a moderator."""
    if letter.audience != Audience.THREAD or letter.checked.verdict not in _PASSES:
        return letter
    sanction = await unit.read(SANCTIONS, sanction_id(letter.author_role, letter.author_id, market))
    if sanction is None or not sanction.holds_at(letter.submitted_at):
        return letter
    return replace(letter, held_because=HELD_BY_SANCTION)


async def note_posted(letter: Letter, case_id: CaseId, market: str, at: datetime, unit: Unit) -> Sanction | None:
    """Count a message in its author's sanction, and record the breach that it is; return where the author stands then."""
    id = sanction_id(letter.author_role, letter.author_id, market)
    if letter.audience != Audience.THREAD:
        return None
    if letter.held_because:
        await unit.execute(SANCTIONS, id, CountHeld(letter.message_id, at))
    if letter.checked.verdict in _BREACHES:
        breach = await _breach(letter.message_id, case_id, letter.submitted_at, letter.checked.rules, unit)
        await _record(breach, letter.author_role, letter.author_id, market, at, unit)
    return await unit.read(SANCTIONS, id)


async def note_released(message: Known, author_id: PersonId, market: str, reasons: tuple[str, ...], unit: Unit) -> None:
    """Take back a breach that was not one. What is delivered without its contact data stays one."""
    id = sanction_id(message.author_role, author_id, market)
    if message.checked.verdict == Verdict.REDACT or await unit.read(SANCTIONS, id) is None:
        return
    pardon = PardonBreaches(message_ids=(message.id,), cause=RELEASED, reasons=reasons, at=unit.now)
    await unit.execute(SANCTIONS, id, pardon)


async def note_rejected(
    message: Known, author_id: PersonId, case_id: CaseId, market: str, reasons: tuple[str, ...], unit: Unit
) -> None:
    """Record what a moderator decided about a message, as of when it was sent."""
    breach = await _breach(message.id, case_id, message.submitted_at, reasons, unit)
    await _record(breach, message.author_role, author_id, market, unit.now, unit)


async def _breach(message_id: MessageId, case_id: CaseId, at: datetime, rules: tuple[str, ...], unit: Unit) -> Breach:
    told = EventId(await unit.newest_event(CONVERSATIONS, conversation_id(case_id)))
    return Breach(message_id=message_id, case_id=case_id, at=at, rules=rules, event_id=told)


async def _record(breach: Breach, role: str, person_id: PersonId, market: str, at: datetime, unit: Unit) -> None:
    ladder = ladder_for(market, role)
    if ladder is None:
        return  # the platform's own people are not sanctioned here
    id = sanction_id(role, person_id, market)
    command = RecordBreach(
        sanction_id=id, person_id=person_id, role=role, market=market, ladder=ladder, breach=breach, at=at
    )
    await unit.execute(SANCTIONS, id, command)
