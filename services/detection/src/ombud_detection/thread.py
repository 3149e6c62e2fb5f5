"""Inspects a conversation: what each message gives away alone, and what several messages of one sender give away together (R-04)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from .finding import Finding, Kind
from .inspection import Setting
from .message import ThreadMessage
from .split_numbers import number_in_pieces, references_told, something_else

WINDOW = 8  # messages of one sender that are read together
_PIECE_LENGTH = 80  # longer messages carry their own meaning; a piece of split data is short
_PIECE_WORDS = 7  # a longer sentence without a digit or sign of an address says what it says
_JOINED_LENGTH = 400
_CONTEXT_REACH = 24  # a name at the start of a message can belong to the app named in the message before
_IDENTIFYING = frozenset({Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.HANDLE, Kind.BANK})


@dataclass(frozen=True, slots=True)
class ThreadInspection:
    """Findings per message (in the message's own code points), and the index of the message at which a leak can be known."""

    messages: tuple[tuple[Finding, ...], ...]
    complete_at_message: int | None

    @property
    def leak(self) -> bool:
        return self.complete_at_message is not None


def inspect_thread(
    messages: Sequence[ThreadMessage], *, language: str | None, market: str, references: Collection[str] = ()
) -> ThreadInspection:
    """Inspect messages in order; data split over up to `WINDOW` messages of one sender is found at the message that completes it.

    Digits that equal one of `references`, the case's own numbers, are never contact data, in pieces neither. Raises `TextTooLong` when one message is.
    """
    setting = Setting(language, market, references)
    found = {i: list(setting.inspect(m.text)) for i, m in enumerate(messages)}
    known_at: list[tuple[bool, int]] = [(f.kind in _IDENTIFYING, i) for i, own in found.items() for f in own]
    for index, message in enumerate(messages):
        for split in _split_findings(messages, index, message.sender, found, setting):
            known_at.append((split[1].kind in _IDENTIFYING, index))
            _add(found[split[0]], split[1])
    return ThreadInspection(tuple(tuple(sorted(f)) for f in found.values()), _complete_at(known_at))


def inspect_latest(
    messages: Sequence[ThreadMessage], *, language: str | None, market: str, references: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return the findings of the last message, data included that it completes together with earlier ones of its sender.

    The same as the last entry of `inspect_thread`, without judging the earlier messages again. Raises `TextTooLong`.
    """
    last = len(messages) - 1
    setting = Setting(language, market, references)
    found = _Judged(messages, setting)
    own = list(found[last])
    for at, split in _split_findings(messages, last, messages[last].sender, found, setting):
        if at == last:
            _add(own, split)
    return tuple(sorted(own))


class _Judged(dict[int, list[Finding]]):
    """Findings of single messages, made when somebody asks."""

    def __init__(self, messages: Sequence[ThreadMessage], setting: Setting) -> None:
        super().__init__()
        self._messages, self._setting = messages, setting

    def __missing__(self, index: int) -> list[Finding]:
        self[index] = list(self._setting.inspect(self._messages[index].text))
        return self[index]


def inspect_with_files(message: ThreadMessage, *, language: str | None, market: str) -> ThreadInspection:
    """Inspect a text together with the names of its files; entry 0 is the text, entry n the n-th file name (without its ending)."""
    names = tuple(name.rsplit(".", 1)[0].replace("_", " ") for name in message.file_names)
    parts = tuple(ThreadMessage(message.sender, text) for text in (message.text, *names))
    return inspect_thread(parts, language=language, market=market)


def _complete_at(known_at: list[tuple[bool, int]]) -> int | None:
    identifying = [index for identifies, index in known_at if identifies]
    if identifying:
        return min(identifying)
    return min((index for _, index in known_at), default=None)


def _split_findings(
    messages: Sequence[ThreadMessage],
    index: int,
    sender: str,
    found: Mapping[int, list[Finding]],
    setting: Setting,
) -> list[tuple[int, Finding]]:
    """Return (message index, finding) for what the message at `index` completes together with earlier ones of its sender."""
    window = [i for i in range(index + 1) if messages[i].sender == sender][-WINDOW:]
    if len(window) < 2 or not may_be_a_piece(messages[index].text):
        return []
    window = window[_first_piece(messages, window) :]
    for separator in ("\n", " "):
        widest = _widest(messages, window)
        if widest < len(window) - 2 and not _across(messages, window[widest:], separator, setting):
            continue  # nothing is split over all of them: what is split over the last few would be seen there as well
        for first in range(len(window) - 2, widest - 1, -1):
            part = window[first:]
            pieces = _across(messages, part, separator, setting)
            new = [(i, f) for i, f in pieces if not _known(found[i], f)]
            if new and (any(i == index for i, _ in new) or len({i for i, _ in pieces}) > 1):
                return new + _longer(messages, window, first, separator, pieces, setting)
    return number_in_pieces(messages, window, setting)


def _widest(messages: Sequence[ThreadMessage], window: list[int]) -> int:
    """Return where in the window the longest text begins that is still read as one."""
    length, first = len(messages[window[-1]].text), len(window) - 1
    while first > 0 and length + len(messages[window[first - 1]].text) <= _JOINED_LENGTH:
        first -= 1
        length += len(messages[window[first]].text)
    return first


def may_be_a_piece(text: str) -> bool:
    """Tell whether a message can be part of split data: short, a few words, or something of an address or number in it."""
    if len(text) > _PIECE_LENGTH:
        return False
    return len(text.split()) <= _PIECE_WORDS or any(c.isdigit() or c in "@_/" for c in text)


def _first_piece(messages: Sequence[ThreadMessage], window: list[int]) -> int:
    """Return where in the window the split data may begin: the pieces before the last one, and what introduces them."""
    first = len(window) - 2
    while first > 0 and may_be_a_piece(messages[window[first]].text):
        first -= 1
    return first


def _longer(
    messages: Sequence[ThreadMessage],
    window: list[int],
    first: int,
    separator: str,
    pieces: list[tuple[int, Finding]],
    setting: Setting,
) -> list[tuple[int, Finding]]:
    """A wider window may show that the data began earlier."""
    for earlier in range(first):
        wider = _across(messages, window[earlier:], separator, setting)
        if len({i for i, _ in wider}) > len({i for i, _ in pieces}):
            return wider
    return []


def _across(
    messages: Sequence[ThreadMessage], part: list[int], separator: str, setting: Setting
) -> list[tuple[int, Finding]]:
    """Inspect the joined text; return the pieces of findings that lie in more than one message."""
    starts, joined = [], ""
    for i in part:
        starts.append(len(joined))
        joined += messages[i].text.strip() + separator
    shifts = [len(messages[i].text) - len(messages[i].text.lstrip()) for i in part]
    references = references_told(messages, part, setting)
    pieces: list[tuple[int, Finding]] = []
    for finding in setting.inspect(joined):
        touched: list[tuple[int, Finding]] = []
        for position, i in enumerate(part):
            begin, length = starts[position], len(messages[i].text.strip())
            low, high = max(finding.start, begin), min(finding.end, begin + length)
            if low < high:
                shift = shifts[position] - begin
                touched.append((i, replace(finding, start=low + shift, end=high + shift, rule=f"{finding.rule}.split")))
        alone = len(touched) == 1 and (
            touched[0][0] == part[0] or touched[0][1].start > _CONTEXT_REACH or finding.kind is Kind.PHONE
        )
        if (
            finding.kind in _IDENTIFYING | {Kind.INVITE}
            and not alone
            and not _innocent_numbers(messages, touched, references)
        ):
            pieces += touched
    return pieces


def _innocent_numbers(
    messages: Sequence[ThreadMessage], touched: list[tuple[int, Finding]], references: frozenset[int]
) -> bool:
    numeric = bool(touched) and touched[0][1].kind in (Kind.PHONE, Kind.BANK)
    return numeric and (any(i in references for i, _ in touched) or something_else(messages, [i for i, _ in touched]))


def _known(findings: list[Finding], finding: Finding) -> bool:
    return any(f.start <= finding.start and finding.end <= f.end for f in findings)


def _add(findings: list[Finding], finding: Finding) -> None:
    if not _known(findings, finding):
        findings.append(finding)
