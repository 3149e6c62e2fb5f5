"""Addresses told as a riddle: the sign, the provider or the ending is described, and the reader puts it together."""

import re

from .finding import Kind
from .lexicon import Hit
from .reading import SENTENCE_END, Reading
from .spans import Found

_ROUND = r"circl|ring|swirl|curl|loop|tail|kringel|kreis|schwanz|schnecke|circulo|rueda|rabo|rabito|cola|roda|rodinha|rabinho|cauda|кру[гж]|хвост|кольц|завит|kolk|kolecz|ogon|zawij|gredzen|apli|asti|cirul"
_DRAWN_AT = re.compile(
    rf"(?<![^\W\d_])[aа](?: [^\W\d_]{{1,7}}){{0,3}} (?:{_ROUND})[^\W\d_]{{0,6}}|(?:{_ROUND}|redond|enrolad|enroscad|кругл|okragl|apal|rund)[^\W\d_]{{0,5}}(?: ar| z| с| mit| with)? [aа](?![^\W\d_])|a外面[^，。]{{0,4}}圈|圈[里着]?[^，。]{{0,3}}a"
)
_REACH = 45
_REACH_PARTS = 90
_OWN = re.compile(
    r"(?:my|mein\w*|mi|meu|мо[йеия]|moj\w*|mans|mana|我的)\W{1,2}(?:[\w-]{2,8} (?:на|at|on|no|auf|bei|w|na) )?$|我的$"
)
_NAME_AFTER = re.compile(
    r"(?:-?\s?(?:adresse|address|mail|account|邮箱|pasts|почта|konto))?\s?(:|=|(?:is|ist|es|e|to|ir|это)(?![^\W\d_])|是|->)?\s{0,2}([a-z0-9][a-z0-9._-]{4,38}[a-z0-9])(?![a-z0-9@])"
)


def riddles(reading: Reading) -> list[Found]:
    """Return e-mail and host riddles."""
    if "provider" not in reading.by_class:
        return _host(reading)
    return _mail(reading) + _put_together(reading) + _named_at_provider(reading) + _host(reading)


def _put_together(reading: Reading) -> list[Found]:
    """My surname, a dot, my first name, then the provider: what an address is made of, whatever the sign is called."""
    signs = reading.hits("dot", "dot_word", "underscore_word", "dash_word") + _signs(reading)
    found = []
    for part in reading.hits("name_part")[:10] if signs else []:
        for provider in reading.hits("provider"):
            between = reading.text[part.end : provider.start]
            near = 3 <= len(between) <= _REACH_PARTS and not SENTENCE_END.search(between)
            if near and any(part.end <= s.start and s.end <= provider.start for s in signs):
                found.append(Found(part.start, provider.end, Kind.EMAIL, "email.put-together", 0.75))
                break
    return found


def _named_at_provider(reading: Reading) -> list[Found]:
    """My gmail is somebody: the name at a provider, without any sign."""
    found = []
    for provider in reading.hits("provider")[:10]:
        before, after = (
            reading.text[max(0, provider.start - 18) : provider.start],
            _NAME_AFTER.match(reading.text, provider.end),
        )
        following = reading.text[provider.end : provider.end + 1]
        if following.isalpha() and following < "\u2e80":
            continue  # a stem inside a longer word
        begun = [h for h in reading.hits("starts_with") if 0 <= h.start - provider.end <= 14]
        if begun and _OWN.search(before):
            found.append(Found(provider.start, begun[0].end, Kind.EMAIL, "email.starts-with", 0.7))
            continue
        if after is not None and _OWN.search(before) and (after[1] or not reading.text[provider.start].isascii()):
            found.append(Found(provider.start, after.end(2), Kind.EMAIL, "email.name-at-provider", 0.75))
    return found


def _signs(reading: Reading) -> list[Hit]:
    """Words for the sign, and its shape: an a in a circle, a swirly a."""
    drawn = [Hit(*m.span(), "at_riddle", "") for m in _DRAWN_AT.finditer(reading.text)]
    return reading.hits("at", "at_word", "at_riddle") + drawn


def _mail(reading: Reading) -> list[Found]:
    signs = _signs(reading)
    if not signs:
        return []
    found = []
    for sign in [s for s in signs if s.end - s.start > 2][:10]:
        for provider in reading.hits("provider"):
            if sign.end <= provider.start <= sign.end + _REACH and provider.end - provider.start > 1:
                found.append(Found(sign.start, provider.end, Kind.EMAIL, "email.riddle", 0.75))
                break
    return found


def _host(reading: Reading) -> list[Found]:
    found = []
    for zone in reading.hits("zone_word", "www_word")[:10]:
        joined = reading.within(
            ("written_together", "dash_word", "dot_word", "browser_word", "search", "suffix_word"),
            max(0, zone.start - 60),
            min(len(reading.text), zone.end + (60 if zone.cls == "www_word" else 40)),
        )
        outer = [h for h in joined if h.end <= zone.start or h.start >= zone.end]
        begin, _ = reading.sentence_around(zone.start, zone.end)
        if zone.cls == "www_word":
            outer = [h for h in joined if h.start >= zone.end] or reading.within(
                ("zone_word",), zone.end, min(len(reading.text), zone.end + 60)
            )
        named = zone.start - begin >= 6
        if outer and (named or zone.cls == "www_word"):
            start = begin if named else zone.start
            while start < zone.start and not reading.text[start].isalnum():
                start += 1
            found.append(Found(start, zone.end, Kind.URL, "url.riddle", 0.7))
    return found
