"""Calls to leave or to pay elsewhere: the rules of `rules/phrases.toml` over the known words of a sentence. Refusals and reports are innocent."""

import re
from dataclasses import dataclass
from functools import cache

from .finding import Kind
from .lexicon import CONTEXT_CLASSES, Hit
from .reading import CLAUSE_END, Reading
from .ruledata import number_of, rule_file, tables_of, text_of, words_of
from .spans import Found

PER_CLASS_LIMIT = 40
_SENTENCE_BREAK = re.compile(r"[.!?](?=\s)|[。！？\n!?]")
_WORDS = re.compile(r"[\u4e00-\u9fff]|[^\W\d_\u4e00-\u9fff]+")
_NEGATION_REACH = 22
_REFUSAL_REACH = 44
_PROPOSING = frozenset({"propose", "call_verb"})
_PROPOSAL_REACH = 32
_LONGEST_CLAUSE = 120
_HEAD_OF_CLAUSE = 18  # characters before a call that are taken with it when they open its clause
_REST_OF_CLAUSE = 20  # and after it, when they close its clause


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """A row of `rules/phrases.toml`."""

    id: str
    kind: Kind
    first: tuple[str, ...]
    second: tuple[str, ...]
    gap: int
    either_order: bool
    opens: bool
    clause_negation: bool
    clause_unless: bool
    request: bool
    words_at_most: int
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    score: float
    judging: tuple[str, ...]


@cache
def phrase_rules() -> tuple[PhraseRule, ...]:
    """Return the rules shipped with the package."""
    return tuple(
        PhraseRule(
            id=text_of(row, "id"),
            kind=Kind(text_of(row, "kind")),
            first=words_of(row, "first"),
            second=words_of(row, "second"),
            gap=int(number_of(row, "gap", 0)),
            either_order=text_of(row, "order", "first") == "any",
            opens=bool(row.get("opens", False)),
            clause_negation=bool(row.get("clause_negation", False)),
            clause_unless=bool(row.get("clause_unless", False)),
            request=bool(row.get("request", False)),
            words_at_most=int(number_of(row, "words_at_most", 0)),
            needs=words_of(row, "needs"),
            unless=words_of(row, "unless"),
            score=number_of(row, "score"),
            judging=tuple(cls for cls in words_of(row, "second") if cls in CONTEXT_CLASSES),
        )
        for row in tables_of(rule_file("phrases.toml"), "rule")
    )


def phrases(reading: Reading) -> list[Found]:
    """Return the calls to leave or to pay elsewhere in a text."""
    found: list[Found] = []
    opened = [rule for cls in reading.by_class for rule in _rules_by_class().get(cls, ())]
    for rule in dict.fromkeys(opened):
        if (not rule.second or _has_second(reading, rule)) and (not rule.needs or reading.has(*rule.needs)):
            found += _matches(reading, rule)
    return found


def _has_second(reading: Reading, rule: PhraseRule) -> bool:
    """Ask for the words that judge others only when nothing else is there: finding them costs a second pass."""
    return not reading.by_class.keys().isdisjoint(rule.second) or reading.has(*rule.judging)


@cache
def _rules_by_class() -> dict[str, list[PhraseRule]]:
    table: dict[str, list[PhraseRule]] = {}
    for rule in phrase_rules():
        for cls in rule.first:
            table.setdefault(cls, []).append(rule)
    return table


def _matches(reading: Reading, rule: PhraseRule) -> list[Found]:
    found = []
    seconds = reading.hits(*rule.second)[:PER_CLASS_LIMIT] if rule.second else []
    for hit in reading.hits(*rule.first)[:PER_CLASS_LIMIT]:
        span = _span(reading, rule, hit, seconds)
        if span is None or _innocent(reading, rule, *span):
            continue
        found.append(
            Found(*_whole_words(reading.text, *_with_proposal(reading, rule, *span)), rule.kind, rule.id, rule.score)
        )
    return found


def _with_proposal(reading: Reading, rule: PhraseRule, start: int, end: int) -> tuple[int, int]:
    """Widen a span to the words that make it a proposal, when they stand close by in its sentence."""
    begin, finish = reading.sentence_around(start, end)
    begin, finish = max(begin, start - _PROPOSAL_REACH), min(finish, end + _PROPOSAL_REACH)
    proposing = _PROPOSING.intersection(rule.needs) or (("propose",) if rule.kind is Kind.INVITE else ())
    for hit in reading.within(proposing, begin, finish):
        start, end = min(start, hit.start), max(end, hit.end)
    return start, end


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to whole words, and to the whole clause where little of it is left: nobody reads half a call."""
    while end < len(text) and _within_word(text[end]) and _within_word(text[end - 1]):
        end += 1
    while start > 0 and _within_word(text[start]) and _within_word(text[start - 1]):
        start -= 1
    rest = CLAUSE_END.search(text, end, end + _REST_OF_CLAUSE + 1)
    if rest is not None:
        end = rest.start()
    elif len(text) - end <= _REST_OF_CLAUSE:
        end = len(text)
    head = text[max(0, start - _HEAD_OF_CLAUSE) : start]
    breaks = [m.end() for m in CLAUSE_END.finditer(head)]
    if breaks:
        start = start - len(head) + breaks[-1]
    elif len(head) < _HEAD_OF_CLAUSE or start == len(head):
        start -= len(head)
    return start, end


def _within_word(character: str) -> bool:
    return character.isalnum() and character < "\u2e80"


def _span(reading: Reading, rule: PhraseRule, hit: Hit, seconds: list[Hit]) -> tuple[int, int] | None:
    if rule.opens and not _opens_clause(reading, hit.start):
        return None
    if not rule.second:
        return hit.start, hit.end
    for other in seconds:
        if other.start >= hit.end and other.start - hit.end <= rule.gap:
            start, end, between = hit.start, other.end, reading.text[hit.end : other.start]
        elif rule.either_order and hit.start >= other.end and hit.start - other.end <= rule.gap:
            start, end, between = other.start, hit.end, reading.text[other.end : hit.start]
        elif other.start <= hit.start and hit.end <= other.end and rule.first[0] == "search":
            continue
        else:
            continue
        if not _SENTENCE_BREAK.search(between):
            return start, end
    return None


def _opens_clause(reading: Reading, start: int) -> bool:
    head = reading.text[max(0, start - 80) : start]
    ends = [m.end() for m in CLAUSE_END.finditer(head)]
    opening = head[ends[-1] :] if ends else head
    return len(opening.split()) <= 2 and len(opening) <= 14


def _innocent(reading: Reading, rule: PhraseRule, start: int, end: int) -> bool:
    begin, finish = reading.sentence_around(start, end)
    spared = _clause_around(reading.text, start, end) if rule.clause_unless else (begin, finish)
    if rule.unless and any(not _only_a_purpose(reading, hit, end) for hit in reading.within(rule.unless, *spared)):
        return True
    if rule.needs and not reading.within(rule.needs, begin, finish):
        return True
    if (
        rule.request
        and reading.text[finish : finish + 1] not in ("?", "？")
        and not reading.within(("please",), begin, finish)
    ):
        return True
    if rule.words_at_most and len(_WORDS.findall(reading.text, begin, finish)) > rule.words_at_most + 2 * (
        reading.text[start] > "\u2e80"
    ):
        return True
    if rule.kind is Kind.PAYMENT and _asks_money_back(reading, begin, finish):
        return True
    if _CONTACT_WORDS.intersection(rule.first + rule.second) and _names_a_reference(reading, start, end):
        return True
    for hit in reading.refusals:
        if hit.start < begin or hit.end > finish:
            continue
        if (
            hit.start >= start
            and hit.end <= end
            and any(
                h.start <= hit.start and hit.end <= h.end for h in reading.within(rule.first + rule.second, start, end)
            )
        ):
            continue  # the negation belongs to the phrase itself: "not through the site"
        if _negates(reading, rule, hit, start, end):
            return True
    if any(end <= hit.start <= end + _REFUSAL_REACH for hit in reading.within(("not_after",), start, finish)):
        return True
    return bool(reading.within(("reported",), begin, finish))


def _clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    before = [m.end() for m in CLAUSE_END.finditer(text, max(0, start - _LONGEST_CLAUSE), start)]
    after = CLAUSE_END.search(text, end, end + _LONGEST_CLAUSE)
    return before[-1] if before else max(0, start - _LONGEST_CLAUSE), after.start() if after else end + _LONGEST_CLAUSE


def _asks_money_back(reading: Reading, begin: int, finish: int) -> bool:
    """When do I get it back on my account: money that is asked for is not a call to pay, unless a better price is named beside it."""
    question = reading.text[finish : finish + 1] in ("?", "？")
    back = reading.within(("money_back",), begin, finish)
    asked = back and (question or reading.within(("wish", "when"), begin, finish))
    waited = reading.within(("waiting",), begin, finish) or (question and reading.within(("when",), begin, finish))
    if not asked and not waited:
        return False
    return not reading.within(("bargain", "promise", "dodge"), begin, finish)


def _only_a_purpose(reading: Reading, hit: Hit, end: int) -> bool:
    """Leave me your number so that the driver can ring: the driver is why, not who asks."""
    return hit.cls == "third_party" and any(end <= p.start <= hit.end for p in reading.hits("purpose"))


def _negates(reading: Reading, rule: PhraseRule, negation: Hit, start: int, end: int) -> bool:
    if negation.start >= end:
        return rule.clause_negation and not CLAUSE_END.search(reading.text[end : negation.start])
    reach = reading.text[negation.end : start] if negation.end <= start else ""
    return (len(reach) <= _NEGATION_REACH or rule.clause_negation) and not CLAUSE_END.search(reach)


_CONTACT_WORDS = frozenset(
    {"your_contact", "contact_any", "my_contact", "your_contact_sure", "number_noun", "number_noun_q"}
)


def _names_a_reference(reading: Reading, start: int, end: int) -> bool:
    """Your number of the order, not your number."""
    return any(start < hit.start <= end + 6 and hit.end > end for hit in reading.hits("ref_label"))
