"""What becomes of evidence between its upload and its reading: checked like a message and its files, sealed, given back.

Nothing of it is changed to fit: what the other side may not see in it is refused, and its submitter is told what was found.
"""

import asyncio
import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Annotated

from pydantic import Field

from chassis.aggregate import Unit
from chassis.auth import Actor
from chassis.sealing import HashKey, Sealer, Unreadable, new_hash_key, opened_hash_key
from chassis.store import Document, Reader
from disputes.cases.store import known_case
from disputes.evidence.store import EVIDENCE, newest_statements, policy_in_force
from disputes.refusals import ContactDataInEvidence, EvidenceErased, UnsupportedEvidence
from ombud_contracts.market import Market
from ombud_contracts.vocabulary import Audience
from ombud_detection import (
    TEXT_LIMIT,
    Action,
    Finding,
    Part,
    ThreadMessage,
    action_for,
    default_policy,
    inspect_latest,
    part_of_file,
    spared,
)
from ombud_detection.told import told
from ombud_files.checking import FileChecks
from ombud_files.kinds import ACCEPTED, kind_of
from ombud_files.report import FileRefused, Passage, Why
from ombud_words import CaseId, DisputeId, EvidenceId, LineId, OrderId, ReturnId
from ombud_words import Market as MarketId

STATEMENT = "text/plain; charset=utf-8"
MEDIA_TYPES = ("text/plain", *(kind.media_type for kind in ACCEPTED))
_WINDOW = 8
"""How many statements before this one are looked at for data split over them."""
_IN_FULL = (Action.ALLOW, Action.FLAG)
_KIND = "kind"
_STATED = "text"
_CHARACTERS = 120_000
"""Of a statement: sixty pages. The detectors read each of them."""
_SEAM = 500
_BASE64_CHARACTERS = 960_000
"""Base64 of 720,000 bytes, which fits into the largest body that is read."""
Base64Content = Annotated[
    str, Field(min_length=1, max_length=_BASE64_CHARACTERS, json_schema_extra={"contentEncoding": "base64"})
]


class UnreadableContent(Exception):
    """The content is not base64."""


def decoded(content: str) -> bytes:
    """Return what was sent as base64. Raises UnreadableContent."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableContent("Send the file's content as base64.") from None


def download_headers(evidence_id: EvidenceId) -> Mapping[str, str]:
    """Return the headers under which a browser keeps a file, and neither shows nor runs it."""
    return {
        "Content-Disposition": f'attachment; filename="{evidence_id}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What evidence is submitted to: a dispute, or a return."""

    id: DisputeId | ReturnId
    market: MarketId
    case_id: CaseId
    order_id: OrderId
    line_id: LineId


@dataclass(frozen=True, slots=True)
class Submitted:
    """Evidence that is taken, as it is kept."""

    content: bytes
    media_type: str
    hash_key: HashKey
    sha256: str
    """Keyed (HMAC), so that it says nothing once its key is erased."""


class EvidenceStore:
    """Takes evidence, and gives it back to those who asked rightly."""

    def __init__(self, sealer: Sealer, checks: FileChecks, markets: Mapping[str, Market]) -> None:
        self._sealer = sealer
        self._checks = checks
        self._markets = markets

    async def examined(
        self, kind: str, content: bytes, audience: str, actor: Actor, matter: Matter, unit: Unit
    ) -> Submitted:
        """Return what is kept of a submission. Raises UnsupportedEvidence, ContactDataInEvidence."""
        text = _statement(content)
        if text is None:
            kept, media_type, passages = await self._opened(content)
            parts = [part_of_file("", p.place, p.text, p.symbology) for p in passages]
        else:
            kept, media_type, parts = content, STATEMENT, list(_pieces(text))
        if audience == Audience.THREAD:
            parts.append(Part("", _KIND, kind.replace("_", " ").replace("-", " ")))
            await self._expect_no_contact_data(parts, actor, matter, unit)
        hash_key = new_hash_key()
        return Submitted(kept, media_type, hash_key, hash_key.hash_of(kept))

    def keep(self, id: str, submitted: Submitted, row: Document, unit: Unit) -> None:
        """Write evidence, sealed under a key of its own."""
        key = self._sealer.new_key(id, unit)
        sealed = {
            "content": key.encrypt(submitted.content),
            "hash_key": submitted.hash_key.sealed(key),
            "media_type": submitted.media_type,
            "sealed": True,
        }
        unit.insert(EVIDENCE, id, {**row, **sealed})

    async def content(self, row: Document) -> bytes:
        """Return what was submitted. Raises EvidenceErased."""
        if row.get("erased_at"):
            raise EvidenceErased("The content was erased for good, as its submitter asked.")
        if not row.get("sealed"):
            return bytes(row["content"])
        try:
            key = await self._sealer.key(row["_id"])
        except Unreadable:
            raise EvidenceErased("The content was erased for good, as its submitter asked.") from None
        return key.decrypt(bytes(row["content"]))

    async def hash_key(self, row: Document) -> HashKey:
        """Return the key under which the hash of evidence was taken. Raises Unreadable once it was erased."""
        return opened_hash_key(await self._sealer.key(row["_id"]), bytes(row["hash_key"]))

    async def _opened(self, content: bytes) -> tuple[bytes, str, Sequence[Passage]]:
        with TemporaryFile() as file:
            file.write(content)
            try:
                checked = await self._checks.check(file)
            except FileRefused as refused:
                raise UnsupportedEvidence(refused.why) from None
        with checked.kept as kept:
            return kept.read(), checked.report.media_type, checked.report.passages

    async def _expect_no_contact_data(self, parts: Sequence[Part], actor: Actor, matter: Matter, unit: Unit) -> None:
        market = self._markets[matter.market]
        inspected = _Inspected(
            role=str(actor.role),
            market=market,
            before=await self._said_before(matter, unit),
            references=await _references(matter, unit),
        )
        found = await asyncio.to_thread(inspected.findings, parts)
        rows = await policy_in_force(unit, market.id, unit.now)
        decided = action_for(
            [finding for _part, finding in found],
            role=str(actor.role),
            market=market.id,
            phase="after",
            rows=(*default_policy(), *rows),
        )
        if decided.action not in _IN_FULL:
            hidden = frozenset(decided.hidden)
            facts = [_fact(part, finding) for part, finding in found if finding in hidden]
            raise ContactDataInEvidence(told("advice", market.languages[0])["contact"], facts)

    async def _said_before(self, matter: Matter, reader: Reader) -> tuple[ThreadMessage, ...]:
        rows = await newest_statements(reader, matter.id, _WINDOW)
        said = []
        for row in reversed(rows):
            try:
                said.append(ThreadMessage(row["by"], (await self.content(row)).decode()))
            except EvidenceErased:
                continue
        return tuple(said)


async def _references(matter: Matter, unit: Unit) -> tuple[str, ...]:
    """Return the numbers of the case, its order and its line: digits that equal one of them are not contact data."""
    case = await known_case(unit, matter.case_id)
    if case is not None and case.opened is not None:
        return case.opened.references
    return (matter.case_id, matter.order_id, matter.line_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inspected:
    """Where the detectors look, for one submission."""

    role: str
    market: Market
    before: tuple[ThreadMessage, ...]
    references: tuple[str, ...]

    def findings(self, parts: Sequence[Part]) -> list[tuple[Part, Finding]]:
        """Return what is found in what is written in a submission."""
        return [(part, f) for part in parts if part.words for f in self._in(part) if not spared(part, f)]

    def _in(self, part: Part) -> tuple[Finding, ...]:
        before = self.before if part.place == _STATED else ()
        thread = (*before, ThreadMessage(self.role, part.words))
        language, market = self.market.languages[0], self.market.id
        return inspect_latest(thread, language=language, market=market, references=self.references)


def _pieces(text: str) -> Iterator[Part]:
    """Yield a statement in pieces that the detectors read at once; what stands at a seam stands in both."""
    step = TEXT_LIMIT - _SEAM
    for at in range(0, max(1, len(text) - _SEAM), step):
        yield Part("", _STATED, text[at : at + TEXT_LIMIT])


def _fact(part: Part, finding: Finding) -> dict[str, object]:
    return {"kind": str(finding.kind), "place": part.place, "start": finding.start, "end": finding.end}


def _statement(content: bytes) -> str | None:
    """Return what a plain text says, or None when it is a file. Raises UnsupportedEvidence."""
    try:
        kind_of(content)
    except FileRefused:
        pass
    else:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UnsupportedEvidence(Why.UNKNOWN_TYPE) from None
    if not text.strip() or text.lstrip().startswith("<") or not all(c.isprintable() or c in "\r\n\t" for c in text):
        raise UnsupportedEvidence(Why.UNKNOWN_TYPE)
    if len(text) > _CHARACTERS:
        raise UnsupportedEvidence(Why.TOO_MUCH_INSIDE)
    return text
