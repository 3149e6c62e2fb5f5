"""E-mail addresses and hosts, as written or respelled. A host needs a real ending; the platform's own hosts are never found."""

import re

from .finding import Kind
from .hosts import (
    disguised_provider,
    endings,
    file_endings,
    is_abbreviation,
    is_ending,
    is_local,
    is_own,
    is_package,
    is_product,
    is_public_suffix,
    mail_providers,
    spoken_endings,
    word_endings,
)
from .reading import Reading
from .respelling import Respelled
from .spans import Found

CANDIDATE_LIMIT = 80
_LABEL = r"[a-z0-9\u0400-\u04ff](?:[a-z0-9\u0400-\u04ff_-]{0,61}[a-z0-9\u0400-\u04ff])?"
_EMAIL = re.compile(
    rf"(?<![a-z0-9._%+-])([a-z0-9\u0400-\u04ff_][a-z0-9\u0400-\u04ff._%+-]{{0,63}})@{{1,2}}({_LABEL}(?:[.,]{_LABEL}){{0,5}})"
)
_OPENING_WORD = re.compile(r"(?:^|[:\n>]\s?)([a-z\u0400-\u04ff]{2,20}) $")
_ODD_AT = re.compile(
    rf"(?<![a-z0-9._%+-])([a-z0-9][a-z0-9._-]{{1,40}})(?:[#*%&=~^|!$]|\(a\)|\[a\])({_LABEL}(?:[.,]{_LABEL}){{1,3}})"
)
_ODD_SIGNS = re.compile(r"[#*%&=~^|!$(\[]")
_GLUED_WORDS = re.compile("AT|ÄT|ARROBA|MALPA|MAŁPA|СОБАКА|At")
_GLUED_AT = re.compile(
    r"(?<![A-Za-z0-9._-])([a-z0-9._-]{2,40})(?:AT|ÄT|ARROBA|MALPA|MAŁPA|СОБАКА|At)([a-z0-9-]{2,30})(?:\.|DOT|PUNKT|PUNTO|PONTO|KROPKA|ТОЧКА)([a-z]{2,6})(?![A-Za-z0-9])"
)
_LETTER_AND_FIGURE = re.compile(r"[a-z][\d@$!|+]|[\d@$!|+][a-z]")
_BEFORE_PROVIDER = re.compile(
    r"[a-z0-9\u0400-\u04ff][a-z0-9\u0400-\u04ff._-]{2,40}(?:\W{0,3}@\W{0,3}|\W{1,3}[^\W\d_]{1,9}\W{1,3})$"
)
_HOST = re.compile(
    rf"(?<![a-z0-9@._\u0400-\u04ff-])(?:(h[tx]{{2}}ps?|ftp)\s?[:;]?\s?[/\\]{{0,3}})?((?:{_LABEL}\.){{1,6}}(?:xn--[a-z0-9]+|[a-z\u0400-\u04ff]{{2,24}}))(?![a-z0-9_@-])((?::\d{{2,5}})?(?:[/?#][^\s\"<>]*)?)"
)
_BARE_WWW = re.compile(rf"(?<![a-z0-9])(?:www[. ]|https?[:/ ]+)({_LABEL}(?:[. ]{_LABEL})*)")
_SHORT_HOSTS = frozenset({"t.me", "m.me", "x.com", "g.co", "t.co", "g.page", "vk.cc", "u.to", "b.ly", "t.cn"})
_BRACKETED = re.compile(r"[(\[{<][^()\[\]{}<>\s]{1,8}[)\]}>]")
_NAMES_A_PLACE = re.compile(r"(?:^|[\s(])(?:en|in|auf|bei|unter|na|no|on|at|via|w|в|на|uz|pie|por)\s$")
"""A word for a place right before a long bare host: nobody forgets a blank between two sentences there."""
_OWN_NAME = "swopify"


def emails(reading: Reading, respelled: Respelled) -> list[Found]:
    """Return e-mail addresses. A known mail provider needs no ending."""
    text = respelled.text
    found = []
    if "@" in text:
        for number, match in enumerate(_EMAIL.finditer(text)):
            if number == CANDIDATE_LIMIT:
                break
            host = _trimmed_host(match[2].replace(",", "."), spoken=True)
            if host is None and match[2].split(".")[0] in mail_providers():
                host = match[2].split(".")[0]
            if host is not None and not is_own(host) and re.search(r"[^\W_]", match[1]):
                start, end = respelled.span(match.start(), match.start(2) + len(host))
                start = _first_word(reading, start) if respelled.origin is not None else start
                found.append(
                    Found(
                        start, end, Kind.EMAIL, "email.address" if respelled.origin is None else "email.respelled", 0.97
                    )
                )
    for match in _ODD_AT.finditer(text) if _ODD_SIGNS.search(text) else ():
        host = _trimmed_host(match[2].replace(",", "."), spoken=False)
        if host is not None and host.split(".")[0] in mail_providers():
            found.append(
                Found(*respelled.span(match.start(), match.start(2) + len(host)), Kind.EMAIL, "email.odd-sign", 0.9)
            )
    found += _glued(reading)
    found += _at_disguised_provider(reading, found)
    return found


def _first_word(reading: Reading, start: int) -> int:
    """Return where a dictated name begins: "bea lamps at gmail" is told in two words when nothing else explains the first."""
    head = _OPENING_WORD.search(reading.text, max(0, start - 26), start)
    if head is None:
        return start
    known = any(
        hit.start < head.end(1) and head.start(1) < hit.end for hits in reading.by_class.values() for hit in hits
    )
    return start if known else head.start(1)


def _at_disguised_provider(reading: Reading, known: list[Found]) -> list[Found]:
    """A name, something like an "at", and a provider written so that no word list finds it."""
    found: list[Found] = []
    if not _LETTER_AND_FIGURE.search(reading.text):
        return found
    for number, provider in enumerate(disguised_provider().finditer(reading.text)):
        if number == CANDIDATE_LIMIT:
            break
        before = _BEFORE_PROVIDER.search(reading.text[max(0, provider.start() - 60) : provider.start()])
        if provider[0].isalpha() or before is None:
            continue
        start = provider.start() - len(before[0])
        if not any(start < k.end and k.start < provider.end() for k in known):
            found.append(Found(start, provider.end(), Kind.EMAIL, "email.disguised-provider", 0.85))
    return found


def _glued(reading: Reading) -> list[Found]:
    if reading.folded.origin is not None or not _GLUED_WORDS.search(reading.folded.original):
        return []
    return [
        Found(m.start(), m.end(), Kind.EMAIL, "email.glued-word", 0.9)
        for m in _GLUED_AT.finditer(reading.folded.original)
        if m[3] in endings()
    ]


def _trimmed_host(host: str, *, spoken: bool) -> str | None:
    """Return the longest head of a host that ends in a real ending and has a name before it."""
    labels = host.split(".")
    while len(labels) >= 2:
        known = is_ending(labels[-1]) if spoken else labels[-1] in endings()
        if known and not is_public_suffix(".".join(labels)):
            return ".".join(labels)
        labels.pop()
    return None


def urls(reading: Reading, respelled: Respelled, taken: list[Found]) -> list[Found]:
    """Return hosts and links, except the platform's own, files and sentences glued by a missing blank."""
    text = respelled.text
    found: list[Found] = []
    if "." not in text:
        return _spaced_www(reading, respelled)
    for number, match in enumerate(_HOST.finditer(text)):
        if number == CANDIDATE_LIMIT:
            break
        host = _trimmed_host(match[2], spoken=respelled.origin is not None)
        if host is None or is_own(host) or is_local(host) or _own_tail(match[2]):
            continue
        tail_kept = len(host) == len(match[2])
        start, end = respelled.span(match.start(), match.end() if tail_kept else match.start(2) + len(host))
        if any(start < t.end and t.start < end for t in taken):
            continue
        certain = bool(match[1]) or host.startswith("www.") or (tail_kept and len(match[3]) > 1)
        if certain or _stands_alone(reading, respelled, match, host, start, end):
            while end > start and reading.text[end - 1] in ".,;:!?)'\"":
                end -= 1
            found.append(
                Found(start, end, Kind.URL, "url.link" if certain else "url.bare-host", 0.95 if certain else 0.8)
            )
    return found + _spaced_www(reading, respelled)


def _own_tail(host: str) -> bool:
    return any(host.endswith(own) for own in (".swopify.example", ".marketplace.example"))


def _stands_alone(
    reading: Reading, respelled: Respelled, match: re.Match[str], host: str, start: int, end: int
) -> bool:
    """A bare host, without scheme or path: is it one, or two sentences that lack a blank?"""
    labels = host.split(".")
    name, ending = labels[-2], labels[-1]
    if host in _SHORT_HOSTS or is_package(match[2]) or is_abbreviation(host):
        return False
    if match[2].rsplit(".", 1)[-1] in file_endings() and ending not in spoken_endings():
        return False  # PXL_20261128.MP.jpg
    if " .NET" in reading.folded.written(start, end):
        return False  # the framework
    if is_product(host) and not site_context(reading, start, end):
        return False
    if ending in file_endings() and ending not in ("pl",):
        return False
    if (
        len(name) < 2
        or (name.isdigit() and (len(name) < 3 or (len(name) > 5 and ending not in spoken_endings())))
        or (re.fullmatch(r"v?\d+", name) and ending in word_endings())
    ):
        return False
    tail = reading.folded.written(max(start, end - len(ending)), end)
    glued_sentence = tail[:1].isupper() and not tail.isupper() and ending not in ("com", "net", "org")
    signed = bool(re.search(r"[\d-]", name)) or len(labels) > 2
    if glued_sentence and not (signed and len(labels) > 2):
        return False
    context = site_context(reading, start, end)
    respelt = end - start != len(match[0].rstrip()) and respelled.origin is not None
    if respelt and ending in spoken_endings() and _BRACKETED.search(reading.text, start, end):
        return True
    if respelt and (ending not in spoken_endings() or (len(name) < 3 and ending in word_endings())):
        return False
    if re.search("[а-я]", name) and ending in endings() and ending.isascii() and not context and not respelt:
        return False
    if ending not in word_endings() and not (respelt and ending in ("com", "pt", "pl")):
        return True
    following = reading.text[end : end + 2]
    sentence_goes_on = bool(re.match(r" ?[a-z\u0400-\u04ff]", following))
    return context or signed or (not sentence_goes_on and len(name) >= 4) or (not _everyday(ending) and len(name) >= 5)


def _everyday(ending: str) -> bool:
    return len(ending) == 2


def site_context(reading: Reading, start: int, end: int) -> bool:
    near = reading.within(
        ("own_site", "suffix_word", "written_together", "search"), max(0, start - 40), min(len(reading.text), end + 30)
    )
    if end - start >= 10 and _NAMES_A_PLACE.search(reading.text[max(0, start - 8) : start]):
        return True
    return bool(near) or bool(
        re.search(
            r"(?:site|web|www|shop|link|page|pagina|strona|strone|seite|сайт\w*|lapa|lapā|vietne|vietnē|tienda|loja|sklep\w*|магазин\w*|网站|网址|官网|адрес)\W{0,3}$",
            reading.text[max(0, start - 14) : start],
        )
    )


def _spaced_www(reading: Reading, respelled: Respelled) -> list[Found]:
    """www shop pt, with blanks for dots."""
    if "www" not in respelled.text and "http" not in respelled.text:
        return []
    found = []
    for match in _BARE_WWW.finditer(respelled.text):
        labels = re.split(r"[. ]", match[1])
        for count in range(2, min(len(labels), 5) + 1):
            host = ".".join(labels[:count])
            if labels[count - 1] in endings() and not is_own(host) and not is_local(host):
                length = len(" ".join(labels[:count]))
                found.append(
                    Found(*respelled.span(match.start(), match.start(1) + length), Kind.URL, "url.spaced", 0.85)
                )
                break
    return [f for f in found if _OWN_NAME not in reading.text[f.start : f.end]]
