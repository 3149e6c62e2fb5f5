"""Finds every known word of every language in one pass (Aho-Corasick, linear time). It knows words and their classes, not what they mean together."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import ahocorasick  # type: ignore[import-not-found, import-untyped, unused-ignore]

from .folding import fold
from .ruledata import Table, lexicon_files, rule_file, table_of, tables_of, text_of, words_of

HIT_LIMIT = 4000  # a text with more known words than this is not a message; the rest is ignored
_UNIVERSAL_LENGTH = (
    5  # shorter Latin words mean different things in different languages: they count in their own language only
)


class Hit(NamedTuple):
    """A known word in a folded text: where, its class, and what the class says about it (a digit, an app id)."""

    start: int
    end: int
    cls: str
    value: str


class _Entry(NamedTuple):
    length: int
    open_start: bool
    open_end: bool
    meanings: tuple[tuple[str, str, str | None], ...]  # (class, value, only in this language)


class Lexicon:
    """Every entry of every rule file, compiled."""

    def __init__(self, entries: Iterable[tuple[str, str, str, str | None]]) -> None:
        gathered: dict[tuple[str, bool, bool], list[tuple[str, str, str | None]]] = {}
        for written, cls, value, language in entries:
            open_start, open_end = (
                written.startswith("*") and len(written) > 2,
                written.endswith("*") and len(written) > 2,
            )
            if written.startswith("*") and written.endswith("*") and " " not in written and cls in ("at", "dot"):
                open_start = open_end = False  # *at* is written so by people
                key = fold(written).text
            else:
                key = fold(written.strip("*")).text
            gathered.setdefault((key, open_start, open_end), []).append((cls, value, language))
        self._automaton = ahocorasick.Automaton()
        by_key: dict[str, list[_Entry]] = {}
        for (key, open_start, open_end), meanings in gathered.items():
            loose = not key[0].isalpha() or _unspaced(key[0])
            tight = not key[-1].isalpha() or _unspaced(key[-1])
            by_key.setdefault(key, []).append(_Entry(len(key), open_start or loose, open_end or tight, tuple(meanings)))
        for key, found in by_key.items():
            self._automaton.add_word(key, tuple(found))
        self._automaton.make_automaton()
        self._gathered = gathered

    def words(self, cls: str) -> Iterator[tuple[str, str]]:
        """Yield (folded word, value) of every entry of a class."""
        for (key, _, _), meanings in self._gathered.items():
            for meaning, value, _ in meanings:
                if meaning == cls:
                    yield key, value

    def hits(self, text: str, language: str | None) -> list[Hit]:
        """Return the hits in a folded text, by their end. Words bound to another language than `language` are left out (None: all)."""
        found: list[Hit] = []
        last, made = len(text), Hit._make
        for index, entries in self._automaton.iter(text):
            end = index + 1
            for length, open_start, open_end, meanings in entries:
                start = end - length
                if not open_start and start > 0 and _SPACED[text[start - 1]]:
                    continue
                if not open_end and end < last and _SPACED[text[end]]:
                    continue
                for cls, value, bound in meanings:
                    if bound is None or language is None or bound == language:
                        found.append(made((start, end, cls, value)))
            if len(found) > HIT_LIMIT:
                break
        return found


def _unspaced(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\u3040" <= character <= "\u30ff"


class _SpacedLetters(dict[str, bool]):
    """Whether a character is a letter of a script that sets its words apart; filled as characters are met, bounded by Unicode."""

    def __missing__(self, character: str) -> bool:
        self[character] = spaced = character.isalpha() and not _unspaced(character)
        return spaced


_SPACED = _SpacedLetters()


def _bound(word: str, language: str) -> str | None:
    short = len(word.strip("*")) < _UNIVERSAL_LENGTH and " " not in word
    return language if short and language != "en" and word[:1].isascii() else None


# Classes read in replies and questions; the others are read in the search for contact data. Each text meets only the half it needs.
_SUBSTANCE_CLASSES = frozenset(
    {
        "thanks", "insult", "question_start", "question_end", "yes_no_start", "yes_no", "holding", "courtesy", "auto_phrase", "out_of_office",
        "policy_text", "not_answered", "topic", "vague", "we",
        "gone", "back", "reads_later", "unread", "menu_verb", "menu_choice", "advert", "robot_talk", "asks_when", "asks_amount", "time_word", "remedy", "greeting", "asks_why", "reason", "pair", "standing_terms",
    }
)  # fmt: skip


# Words that only judge what other words said: looked for when something was said.
CONTEXT_CLASSES = frozenset(
    {
        "comm", "person", "talk", "device", "comes_with", "install_talk", "profile_talk", "refund", "card_talk", "return_talk", "third_party",
        "reported", "negation", "not_after", "not_negation", "please", "named", "ref_label", "phone_label", "phone_after", "icon_colour",
        "photo_place", "joiner", "purpose", "deal_verb", "what_is", "site_noun", "price_drop", "your",
        "starts_with", "cash", "assemble",         "money_back", "wish", "when", "propose", "outside_of_here", "i_give", "hand_over", "waiting", "prefer", "go_on", "talk_over", "to_kin", "to_self", "promise",
    }
)  # fmt: skip

# Words for things, which only explain digits and signs: looked for when a number or a name would be found otherwise.
THING_CLASSES = frozenset({"numbered", "printed", "counted", "listed", "meeting", "tell_me"})


def _entries() -> Iterator[tuple[str, str, str, str | None]]:
    for _, table in lexicon_files():
        language = text_of(table, "language")
        for cls in table_of(table, "classes"):
            for word in words_of(table_of(table, "classes"), cls):
                yield (
                    word,
                    cls,
                    language,
                    None if language == "any" else language if cls in _OWN_LANGUAGE_ONLY else _bound(word, language),
                )
        yield from _number_entries(table, language)
    for app in tables_of(rule_file("apps.toml"), "app"):
        for name in _with_misspellings(words_of(app, "names"), words_of(app, "misspell")):
            yield name, "app", text_of(app, "id"), None
        for name in words_of(app, "short_names"):
            yield name, "app_short", text_of(app, "id"), None
    for cls in table_of(rule_file("hosts.toml"), "classes"):
        for word in words_of(table_of(rule_file("hosts.toml"), "classes"), cls):
            yield word, cls, "", None
    topics = table_of(rule_file("topics.toml"), "topics")
    for topic in topics:
        for word in words_of(topics, topic):
            yield word, "topic", topic, None
    for word in words_of(rule_file("hosts.toml"), "provider_words"):
        yield word, "provider", "", None


_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзиклмнопрстуфхцчшщыьэюя")


def _with_misspellings(names: tuple[str, ...], typed: tuple[str, ...]) -> Iterator[str]:
    """Yield the names, the names with a blank inside, and every single typing error in the ones listed as `misspell`."""
    known = set(names)
    yield from names
    for name in names:
        bare = name.rstrip("*")
        if len(bare) >= 6 and bare.isalpha() and bare[0] < "\u2e80":
            yield from (f"{bare[:i]} {bare[i:]}" for i in range(2, len(bare) - 1))
    for name in typed:
        letters = next(a for a in _ALPHABETS if name[0] in a)
        variants = {name[:i] + name[i + 1 :] for i in range(1, len(name))}
        variants |= {name[:i] + c + name[i + 1 :] for i in range(1, len(name)) for c in letters}
        variants |= {name[:i] + c + name[i:] for i in range(1, len(name) + 1) for c in letters}
        variants |= {name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in range(len(name) - 1)}
        yield from sorted(variants - known - _REAL_WORDS)


_REAL_WORDS = frozenset({"telegraf", "telegrafs", "телеграф", "messengers", "messages", "messengering"})
# Classes that decide on common words: they are looked up in the message's own language only.
_OWN_LANGUAGE_ONLY = frozenset(
    {
        "thanks",
        "question_start",
        "yes_no_start",
        "yes_no",
        "named",
        "third_party",
        "bargain",
        "search",
        "have_you",
        "give_me",
        "negation",
        "not_after",
    }
)


def _number_entries(table: Table, language: str) -> Iterator[tuple[str, str, str, str | None]]:
    numbers = table_of(table, "numbers")
    words = {key: words_of(numbers, key) for key in numbers}
    for key, names in words.items():
        for name in names:
            if key.isdigit() or key in ("double", "triple", "plus"):
                yield name, "num", key, None if name[:1] > "\u2000" or len(name) > 3 else language
            elif key == "joiner":
                yield name, "joiner", key, None
    for link in words.get("unit_before_tens", ()):  # einundzwanzig
        for unit in range(1, 10):
            for ten in range(20, 100, 10):
                for first in words[str(unit)]:
                    for second in words[str(ten)]:
                        yield (
                            first.removesuffix("s" if first == "eins" else "\0") + link + second,
                            "num",
                            str(ten + unit),
                            None,
                        )


@cache
def contact_lexicon() -> Lexicon:
    """Return the words that can begin a finding, compiled once."""
    return Lexicon(e for e in _entries() if e[1] not in _SUBSTANCE_CLASSES | CONTEXT_CLASSES | THING_CLASSES)


@cache
def context_lexicon() -> Lexicon:
    """Return the words that judge a finding, compiled once."""
    return Lexicon(entry for entry in _entries() if entry[1] in CONTEXT_CLASSES)


@cache
def thing_lexicon() -> Lexicon:
    """Return the words for things, compiled once."""
    return Lexicon(entry for entry in _entries() if entry[1] in THING_CLASSES)


@cache
def substance_lexicon() -> Lexicon:
    """Return the words of questions, answers, courtesy and topics, compiled once."""
    return Lexicon(entry for entry in _entries() if entry[1] in _SUBSTANCE_CLASSES)
