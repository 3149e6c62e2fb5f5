"""Names on messengers, networks and other marketplaces: an @name, or an app with a name beside it. Talk about apps has no name in it."""

import re
from functools import cache

from .account_names import NOT_NAMES, account_names, told_title
from .finding import Kind
from .folding import fold
from .lexicon import Hit
from .reading import Reading
from .respelling import Respelled
from .ruledata import rule_file, words_of
from .spans import Found

APP_LIMIT = 30
_AT_NAME = re.compile(r"(?<![\w@./-])@ ?([a-z0-9_\u0400-\u04ff][\w.\u0400-\u04ff-]{1,38}[\w])")
_MEASURE = re.compile(
    r"\d{1,12}(?:[.,:h]\d{1,12}){0,4}(?:[ap]\.?m|uhr|h|hr|hrs|hours?|std|godz|plkst|min|fps|hz|khz|ghz|mhz|mp|mah|p|k|w|v|a|ma|x|mb|gb|tb|kg|g|km|m|l|%|eur|euro|usd|gbp|pln|zl|rub|each|ea|pcs?|szt|stk|gab|st|th|nd|rd)?"
)
"""A time, a price or a measure, in Latin letters. Digits with letters of another script after them are one in any case."""
_DIGITS_THEN_SCRIPT = re.compile(r"\d+[^\W\d_a-z]")
_NUMBERED_PLACE = re.compile(r"([^\W\d_]+)[_-]?\d{1,3}[a-z]?")
_MEETING_REACH = 30
_LIVE = re.compile(r"(?<!\w)live:[\w.]{3,}")
_TAGGED = re.compile(r"(?<![\w#])[a-z][\w.]{1,31}#\d{4}(?!\d)")
_TOLD_NAME = re.compile(
    r"(?<![a-z])(?:handle|nickname|username|user name|nick|ник|юзернейм|usuario|utilizador|nombre de usuario|lietotajvards|niks|uzytkownik|benutzername|用户名|昵称)"
    r"[^:=\n]{0,14}[:=] ?([a-z][a-z0-9]*[._][a-z0-9._]{1,30}[a-z0-9]|[a-z]{3,}\d{2,8})(?![\w@])"
)
_TOKEN = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9_]")
_CONNECTOR = re.compile(
    r"[\s:=>~\-—,.(\[\"'/]*(?:(?:id|nick|nickname|user|username|name|is|as|at|my|me|us|we are|account|acc|the|under|号|是|叫|号是|账号|搜|名|同号|号码|昵称|profil|konto|ник|аккаунт|как|под ником|логин|канал|группа|usuario|perfil|como|cuenta|user|conta|jako|pod nazwa|nick to|login|nazwa|als|unter|heisst|это|называется|saucas|name ist|bin ich|heisst|ka|lietotajs|niks|profils|lapa|page|es|e|ir|ist|to|jest|seite|strona|pagina|страница|группа|soy|somos|sou|jestem|esmu|esam|я|мы|heisse|heissen|nenne mich|me llamo|nos llamamos|chamo-me|me chamo|зовут|называюсь|nazywam sie|mnie znajdziesz|saucos|ich|叫做|名字)(?![a-z0-9_\u0400-\u04ff])[\s:=>\-\"']*){0,3}"
)
_CAPITALISED = re.compile(
    r"(?:[A-ZÀ-ÞĀ-ŽА-Я0-9][\w&'’.-]*)(?: (?:[A-ZÀ-ÞĀ-ŽА-Я0-9][\w&'’.-]*|&|de|da|do|i|y|und|and|и)){0,5}"
)
_NAME_NOUN = re.compile(
    r"-(?:name|nick\w*|id|handle|konto|account|profil\w*|kontakt|nutzer\w*|user\w*|имя|ник|аккаунт|konts)(?![^\W\d_])"
)
_QUOTED = re.compile(r"([^\"'.!?\n]{0,18})[\"']([^\"'\n]{3,40})[\"']")
_WE = re.compile(
    r"(?<![^\W\d_])(?:we are|we're|i'm|i am|wir sind|ich bin|soy|somos|sou|мы|я|jestem|jestesmy|esam|esmu|我是|我们是)(?![a-z\u0400-\u04ff])"
)
_APP_CLASSES = ("app", "app_short")


def handles(reading: Reading, respelled: Respelled, taken: list[Found]) -> list[Found]:
    """Return names people can be found under elsewhere."""
    found: list[Found] = []
    if "@" in respelled.text:
        found += _at_names(reading, respelled)
    text = reading.text
    if ":" in text or "=" in text:
        found += [Found(m.start(), m.end(), Kind.HANDLE, "handle.skype", 0.95) for m in _LIVE.finditer(text)]
        found += [Found(*m.span(1), Kind.HANDLE, "handle.told-name", 0.75) for m in _TOLD_NAME.finditer(text)]
    found += account_names(reading)
    apps = reading.hits(*_APP_CLASSES)[:APP_LIMIT]
    if apps:
        if "#" in text:
            found += [Found(m.start(), m.end(), Kind.HANDLE, "handle.tagged", 0.85) for m in _TAGGED.finditer(text)]
        for app in apps:
            if reading.text[max(0, app.start - 1) : app.start] in tuple("-_/"):
                continue
            if reading.text[app.end : app.end + 1] in tuple("-_/"):
                noun = _NAME_NOUN.match(reading.text, app.end)
                if noun is None:
                    continue
                app = app._replace(end=noun.end())
            name = (
                _name_after(respelled, app)
                or _titled_after(reading, app)
                or _quoted_after(reading, app)
                or told_title(reading, app)
                or _name_before(reading, respelled, app)
            )
            if name is not None:
                found.append(name)
    return [f for f in found if not any(f.start < t.end and t.start < f.end for t in taken)]


def _at_names(reading: Reading, respelled: Respelled) -> list[Found]:
    names = []
    for match in _AT_NAME.finditer(respelled.text):
        name = match[1].rstrip(".")
        if name.startswith("swopify") or not re.search(r"[^\W\d_]", name) or _is_no_name(name):
            continue
        if match[0].startswith("@ ") and not re.search(r"[\d_.]", name):
            continue
        start, end = respelled.span(match.start(), match.start(1) + len(name))
        if not (name.isalpha() and reading.ending_in("meeting", start - _MEETING_REACH, start)):
            names.append(Found(start, end, Kind.HANDLE, "handle.at-name", 0.9))
    return names


def _is_no_name(word: str) -> bool:
    """A time, a price, a measure, a place or a role: what else people put after an @."""
    if all(_MEASURE.fullmatch(part) for part in word.split("-")) or _DIGITS_THEN_SCRIPT.match(word):
        return True
    numbered = _NUMBERED_PLACE.fullmatch(word)
    return (numbered[1] if numbered else word) in _places()


@cache
def _places() -> frozenset[str]:
    rules = rule_file("accounts.toml")
    return frozenset(fold(word).text for key in ("places", "roles") for word in words_of(rules, key))


def _respelled_position(respelled: Respelled, folded_position: int) -> int:
    if respelled.origin is None:
        return folded_position
    low, high = 0, len(respelled.origin)
    while low < high:
        middle = (low + high) // 2
        if respelled.origin[middle] < folded_position:
            low = middle + 1
        else:
            high = middle
    return low


def _name_after(respelled: Respelled, app: Hit) -> Found | None:
    text = respelled.text
    position = _respelled_position(respelled, app.end)
    if position >= len(text):
        return None
    link = _CONNECTOR.match(text, position)
    if link is None or len(link[0]) > 32 or (link.end() == position and text[position - 1].isascii()):
        return None
    token = _TOKEN.match(text, link.end())
    if token is None or (token.start() > 0 and text[token.start() - 1].isalnum() and text[token.start() - 1].isascii()):
        return None
    word = token[0].rstrip(".-")
    pointed = ":" in link[0] or "=" in link[0] or ">" in link[0]
    if not _is_name(app, word, link[0], pointed, text[token.start() + len(word) :][:3]):
        return None
    start, end = respelled.span(token.start(), token.start() + len(word))
    return Found(start, end, Kind.HANDLE, "handle.app-name", 0.88 if pointed else 0.8)


def _is_name(app: Hit, word: str, link: str, pointed: bool, following: str) -> bool:
    parts = re.split(r"[._-]", word)
    if parts[0] in NOT_NAMES or word in NOT_NAMES or re.fullmatch(r"\d{1,4}(gb|mb|tb|mp|fps|hz)?", word):
        return False
    if word.isdigit():
        return app.value == "qq" and 5 <= len(word) <= 11 and "." not in link
    if "." in link.strip() and not pointed:
        return False
    styled = bool(re.search(r"[a-z]\d|\d[a-z]|_|[a-z]\.[a-z]", word)) and not re.fullmatch(
        r"\d+[a-z]{1,3}|[a-z]\d", word
    )
    chinese = (
        app.value in ("wechat", "qq", "xiaohongshu", "xianyu", "weibo", "taobao")
        and re.fullmatch(r"[a-z][a-z0-9_-]{4,19}", word) is not None
    )
    closes = (
        not following
        or following[0] in ".,;!?)\n。，！"
        or (not following[0].isalnum() and not re.match(r" [a-z\u0400-\u04ff]", following))
    )
    named = bool(re.search(r"[a-z\u0400-\u04ff]", link))
    if named and re.fullmatch(r"[a-z]{2,}(?:-[a-z0-9]{2,}){1,2}", word):
        return True
    if styled or (chinese and app.cls == "app") or (chinese and pointed):
        return True
    return pointed and closes and len(word) >= 4


def _titled_after(reading: Reading, app: Hit) -> Found | None:
    """FB, page FixIt Dublin Repairs: a linking word, then capitals."""
    if not (reading.has("contact_me", "search", "own_site") or len(reading.text) < 60):
        return None
    if reading.text[app.end : app.end + 2] == ": ":
        begin = (
            reading.folded.span(app.end + 2, app.end + 3)[0]
            if app.end + 2 < len(reading.text)
            else len(reading.folded.original)
        )
        title = _CAPITALISED.match(reading.folded.original, begin)
        if title is not None and " " in title[0]:
            return _in_folded(reading, begin, begin + len(title[0].rstrip(".-")))
    for hit in reading.hits("named"):
        if not app.end <= hit.start <= app.end + 12 or re.search(r"[.!?\n]", reading.text[app.end : hit.start]):
            continue
        start, _ = reading.folded.span(hit.end, hit.end + 1) if hit.end < len(reading.text) else (None, None)
        if start is None:
            continue
        original = reading.folded.original
        skipped = re.match(r"[\s:\"'„“«–-]*", original[start:])
        begin = start + (skipped.end() if skipped else 0)
        title = _CAPITALISED.match(original, begin)
        if (
            title is None
            or title[0].split()[0].lower() in NOT_NAMES
            or reading.has("talk")
            or len(title[0]) < 4
            or not re.search(r"[A-Za-zÀ-žА-я]{3}", title[0])
        ):
            continue
        return _in_folded(reading, begin, begin + len(title[0].rstrip(".-")))
    return None


def _quoted_after(reading: Reading, app: Hit) -> Found | None:
    """On VK we are "Phones Riga": a person or a linking word, then a name between quotation marks."""
    match = _QUOTED.match(reading.text, app.end)
    if match is None or reading.has("talk"):
        return None
    named = [h for h in reading.within(("named",), app.end, match.start(2)) if h.end - h.start > 1]
    ours = _WE.search(reading.text, max(0, app.start - 16), match.start(2))
    return Found(*match.span(2), Kind.HANDLE, "handle.quoted", 0.75) if named or ours else None


def _in_folded(reading: Reading, start: int, end: int) -> Found:
    origin = reading.folded.origin
    if origin is not None:
        start, end = _first_at(origin, start), _first_at(origin, end)
    return Found(start, end, Kind.HANDLE, "handle.titled", 0.75)


def _first_at(origin: tuple[int, ...], position: int) -> int:
    return next((i for i, o in enumerate(origin) if o >= position), len(origin) - 1)


def _name_before(reading: Reading, respelled: Respelled, app: Hit) -> Found | None:
    """second_life on insta: a styled name, a short preposition, the app."""
    position = _respelled_position(respelled, app.start)
    head = respelled.text[max(0, position - 52) : position]
    match = re.search(
        r"(?<![\w.@])([a-z][a-z0-9._-]{3,38}[a-z0-9])\W{1,3}(?:(?:on|en|no|na|auf|bei|в|im|in|at|iekš|ieks|w|via|в моем|the|my|是我的|是我)\s{0,2}){0,2}$",
        head,
    )
    if match is None:
        return None
    word = match[1]
    if re.split(r"[._-]", word)[0] in NOT_NAMES or not re.search(r"_|[a-z]\.[a-z]|[a-z]{3,}\d{2,}$", word):
        return None
    if re.search(r"[a-z]\.[a-z]", word) and not reading.has("contact_me", "search"):
        return None
    if re.match(r"[a-z]+\d+$", word) and not reading.has("contact_me", "search", "my_contact"):
        return None
    begin = max(0, position - 52) + match.start(1)
    return Found(*respelled.span(begin, begin + len(word)), Kind.HANDLE, "handle.name-on-app", 0.75)
