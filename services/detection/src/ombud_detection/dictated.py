"""Addresses told in pieces: commas or words in brackets for signs, an ending beside its name, letters one by one. Whole addresses are not its business."""

import re
from bisect import bisect_left

from .addresses import site_context
from .finding import Kind
from .hosts import is_own, mail_providers, spoken_endings, word_endings
from .reading import Reading
from .spans import Found

_COMMA_HOST = re.compile(
    r"(?<![a-z0-9@.,-])([a-z0-9][a-z0-9-]{3,40}),(com|net|org|shop|eu|info|biz|ru|lv|pl|cn|(?:co|org),uk|com,br)(?![a-z0-9,])"
)
_ENDING_APART = re.compile(
    r"(?<![\w.@])([a-z0-9-]{5,40})[\s,]{1,3}(?:[^\W\d_]{1,9}[\s,]{1,3}|后面加 ?|加 ?){0,3}\.((?:co\.)?[a-z]{2,4}|com\.br)(?![\w.])"
)
_IN_BRACKETS = r"\s?[\[({<][^\W\d_]{1,8}[.]?[\])}>]\s?"
_TWO_BRACKETS = re.compile(
    rf"(?<![\w.])([a-z0-9][a-z0-9._-]{{1,40}}){_IN_BRACKETS}([a-z0-9-]{{2,40}})(?:{_IN_BRACKETS}|\s?[.,]\s?)([a-z]{{2,6}})(?![a-z])"
)
_ENDING_IN_BRACKETS = re.compile(
    r"([a-z0-9-]{3,40}) ?[\[({<](?:dot|point|punkt|punkts|punto|ponto|kropka|точка|тчк|点|點|\.) ?([a-zа-я]{2,4})[\])}>]"
)
_SHORT_LINK = re.compile(
    r"(?<![a-z0-9])(?:t|w ?a|m|f ?b|v ?k|b ?i ?t|g ?o ?o|d ?i ?s ?c ?o ?r ?d) ?\. ?(?:m ?e|c ?o ?m|l ?y|c ?c|g ?l|g ?g) ?/ ?[\w+-]{3,40}"
)
_BEFORE_DOT = re.compile(r"(?<![\w.@])([a-z0-9-]{5,40})((?:[\s,]{1,3}[^\W\d_]{1,7}){0,3}[\s,]{0,3})$")
_AFTER_DOT = re.compile(
    r"((?:[\s,]{0,3}[^\W\d_]{1,7}){0,2})[\s,]{1,3}([a-z]{2,4})(?![\w])|([\s,]{0,3}然后)([a-z]{2,4})(?![\w])"
)
_MISSPELT_DOT = re.compile(
    r" (d[o0]{1,2}tt?|d0t|p[uo0][nm][ckgqdt]{1,3}[so0]?|p[o0]nt[o0]|kr[o0]?pk[ae]|krpk|т[о0]ч[ке]{1,2}[ау]?|тчк) ([a-z]{2,4})(?!\w)"
)
_NAME_AT_END = re.compile(r"(?<![\w.@])[a-z0-9-]{5,40}$")
_SIGN_REACH = 24
_SPELLED_NAME = re.compile(r"(?<![\w-])(?:[a-z0-9]-){3,20}[a-z0-9](?![\w-])")


def dictated(reading: Reading) -> list[Found]:
    """Return addresses that are told in pieces."""
    text = reading.text
    found: list[Found] = []
    if "," in text:
        found += _comma_hosts(reading)
    if " ." in text or "\n." in text or "加." in text:
        found += _endings_apart(reading)
    if _OPENING.search(text):
        found += _bracketed(text)
    if "/" in text:
        found += [
            Found(*m.span(), Kind.URL, "url.spaced-link", 0.85) for m in _SHORT_LINK.finditer(text) if " " in m[0]
        ]
    if "dot_word" in reading.by_class:
        found += _dotted_by_word(reading)
    if "-" in text:
        found += _spelled(reading)
    found += _misspelt(text)
    return found


_OPENING = re.compile(r"[\[({<]")


def _comma_hosts(reading: Reading) -> list[Found]:
    """Commas for dots: gadget,co,uk. A word of the language glued to a comma ("telemóvel,com capa") goes on as a sentence."""
    found = []
    for match in _COMMA_HOST.finditer(reading.text):
        goes_on = reading.text[match.end() : match.end() + 2].strip()[:1].isalpha()
        word = match[2] == "com" and (reading.language == "pt" or goes_on)
        if not word or site_context(reading, match.start(), match.end()):
            found.append(Found(*match.span(), Kind.URL, "url.commas", 0.75))
    return found


def _endings_apart(reading: Reading) -> list[Found]:
    """A name, and its ending told beside it: gadgetbarn with .co.uk after it."""
    return [
        Found(*m.span(), Kind.URL, "url.ending-apart", 0.7)
        for m in _ENDING_APART.finditer(reading.text)
        if m[2].rsplit(".", 1)[-1] in spoken_endings()
        and not is_own(f"{m[1]}.{m[2]}")
        and reading.folded.written(*m.span(2)) != "NET"  # the framework
    ]


def _bracketed(text: str) -> list[Found]:
    """Whatever stands in the brackets: jan [arr] bank [pto] com, bench (dot io)."""
    found = [
        Found(*m.span(), Kind.EMAIL, "email.bracketed", 0.85)
        for m in _TWO_BRACKETS.finditer(text)
        if m[3] in spoken_endings() or m[2] in mail_providers()
    ]
    found += [
        Found(*m.span(), Kind.URL, "url.bracketed-ending", 0.75)
        for m in _ENDING_IN_BRACKETS.finditer(text)
        if m[2] in spoken_endings()
    ]
    return found


def _dotted_by_word(reading: Reading) -> list[Found]:
    """A name, then a dot, then an ending, with "then" or a line between them."""
    found = []
    for dot in reading.hits("dot_word")[:10]:
        before = _BEFORE_DOT.search(reading.text[max(0, dot.start - 64) : dot.start])
        after = _AFTER_DOT.match(reading.text, dot.end)
        if before is None or after is None:
            continue
        start = dot.start - len(before[0])
        linked = [h for h in reading.hits("joiner") if start < h.start and h.end <= after.end()]
        ending = after[2] or after[4]
        if ending in spoken_endings() and (len(linked) >= 2 or ("\n" in reading.text[start : after.end()] and linked)):
            found.append(Found(start, after.end(), Kind.URL, "url.dictated", 0.75))
    return found


def _misspelt(text: str) -> list[Found]:
    """gadgetbarn dott shop: the word for the dot, not quite."""
    found = []
    for match in _MISSPELT_DOT.finditer(text):
        name = _NAME_AT_END.search(text, max(0, match.start() - 41), match.start())
        goes_on = text[match.end() : match.end() + 2].strip()[:1].isalpha()
        sure = match[2] in spoken_endings() and not (goes_on and match[2] in word_endings())
        if name is not None and sure and match[1] not in _DOT_WORDS:
            found.append(Found(name.start(), match.end(), Kind.URL, "url.misspelt-dot", 0.7))
    return found


_DOT_WORDS = frozenset({"dot", "punkt", "punkts", "punto", "ponto", "kropka", "точка", "тчк"})  # read elsewhere


def _spelled(reading: Reading) -> list[Found]:
    """r-o-w-a-n, then the at: a name letter by letter, and the sign after it."""
    signs = reading.hits("at", "at_word", "at_riddle")
    starts = [sign.start for sign in signs]
    found = []
    for match in _SPELLED_NAME.finditer(reading.text) if signs else ():
        nearest = bisect_left(starts, match.end())
        follows = nearest < len(signs) and signs[nearest].end <= match.end() + _SIGN_REACH
        if follows and sum(c.isalpha() for c in match[0]) >= 3:
            found.append(Found(match.start(), signs[nearest].end, Kind.EMAIL, "email.spelled", 0.8))
    return found
