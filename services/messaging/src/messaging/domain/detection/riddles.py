"""Addresses told as a riddle: the sign, the provider or the ending is described, and the reader puts it together."""

from .finding import Kind
from .reading import Reading
from .spans import Found

_REACH = 45


def riddles(reading: Reading) -> list[Found]:
    """Return e-mail and host riddles."""
    return _mail(reading) + _host(reading)


def _mail(reading: Reading) -> list[Found]:
    signs = reading.hits("at", "at_word", "at_riddle")
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
    for zone in reading.hits("zone_word")[:10]:
        joined = reading.within(("written_together", "dash_word", "dot_word", "browser_word", "search", "suffix_word"), max(0, zone.start - 60), min(len(reading.text), zone.end + 40))
        outer = [h for h in joined if h.end <= zone.start or h.start >= zone.end]
        begin, _ = reading.sentence_around(zone.start, zone.end)
        named = zone.start - begin >= 6
        if outer and named:
            start = begin
            while start < zone.start and not reading.text[start].isalnum():
                start += 1
            found.append(Found(start, zone.end, Kind.URL, "url.riddle", 0.7))
    return found
