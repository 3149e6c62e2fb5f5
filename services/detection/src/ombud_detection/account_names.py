"""Names of accounts told without an app right beside them: searched for, told as one's own, or as a seller's. Names after an app are in `handles`."""

import re

from .finding import Kind
from .hosts import endings, file_endings, is_own
from .lexicon import Hit
from .reading import Reading
from .spans import Found

_CALL_LIMIT = 30
NOT_NAMES = frozenset(
    {
        "iphone", "ipad", "ipod", "macbook", "imac", "airpods", "galaxy", "pixel", "redmi", "xiaomi", "samsung", "huawei",
        "android", "ios", "ipados", "macos", "windows", "thinkpad", "lenovo", "usb", "usb-c", "type-c", "wifi", "wi-fi",
        "bluetooth", "sim", "esim", "e-sim", "nano", "lte", "5g", "4g", "3g", "gps", "nfc", "app",
        "apps", "pro", "max", "plus", "mini", "ultra", "air", "chat", "web", "desktop", "business", "beta",
        "lite", "wear", "watch", "backup", "face-id", "touch-id", "touchid", "faceid", "whatsapp", "telegram", "viber", "signal",
        "facebook", "instagram", "tiktok", "wechat", "qq", "version", "update", "login", "account", "google", "apple", "icloud",
        "gb", "mb", "tb", "hd", "4k", "ok", "and", "und", "oder", "the",
    }
)  # fmt: skip
"""Words that stand after an app without being anybody's name."""
_STYLED = r"([a-z][a-z0-9]*(?:_[a-z0-9_.]*[a-z0-9]|\.[a-z][a-z0-9._]*[a-z0-9]))"
_STYLED_SEEN = re.compile(r"_|[a-z0-9]\.[a-z]")
_ROLE_NAME = re.compile(
    r"(?<![^\W\d_])(?:seller|seller name|shop|vendedora?|tienda|loja|verkaufer|shop|продавец|магазин|sprzedawca|sklep|pardevejs|卖家|店铺)(?: (?:name|is|es|e|to|jest|ir|ist|называется))?\W{1,3}"
    + _STYLED
    + r"(?![\w@])"
)
_OWN_NAME = re.compile(
    r"(?:(?<![^\W\d_])(?:i'm|i am|we're|as|sou|como|soy|bin ich|ich bin|als|я|мы|как|jestem|jako|esmu|esmu ka|ka)|我叫|我是|叫)[ :\"']{0,2}([a-z][a-z0-9]*_[a-z0-9_.]*[a-z0-9])(?![\w@])"
)
_TITLE = r"((?:[A-ZÀ-ÞĀ-ŽА-Я][\w&'’-]+ ){1,4})"
_TITLED_BEFORE = re.compile(
    r"\b(?:I'm|I am|We're|We are|[Ff]ind (?:me|us) as|[Ll]isted as|[Uu]nder) " + _TITLE + r"(?:on|at|over on) (?=$)"
)
_HAN_TITLE = re.compile(r"[上里]?(?:叫|搜|店名是?|名字是?|名叫)[ :：“\"]{0,2}([\u4e00-\u9fff]{2,10})")
_SEARCHED_NAME = re.compile(
    r"(?:[\s:]{0,2}(?:for|by|me|us|as|nach|uns|mich|a|por|pelo|o|la|le|po|pod|jako|по|нас|меня|pec|ka))?[\s:\"']{0,3}"
    + _STYLED
    + r"(?![\w@])"
)


def account_names(reading: Reading) -> list[Found]:
    """Return names after a call to search and names told as one's own or a seller's."""
    if not _STYLED_SEEN.search(reading.text):
        return []
    found = _searched_names(reading)
    if reading.has("app", "app_short"):
        found += [Found(*m.span(1), Kind.HANDLE, "handle.seller-name", 0.75) for m in _ROLE_NAME.finditer(reading.text)]
    return found


def _searched_names(reading: Reading) -> list[Found]:
    """Look for rowan.bench: a call to search, and a name as only accounts have them."""
    found = []
    if "_" in reading.text:
        found += [Found(*m.span(1), Kind.HANDLE, "handle.own-name", 0.7) for m in _OWN_NAME.finditer(reading.text)]
    for call in reading.hits("search", "search_us", "contact_me")[:_CALL_LIMIT]:
        match = _SEARCHED_NAME.match(reading.text, call.end)
        tail = match[1].rsplit(".", 1)[-1] if match else ""
        if match is None or tail in file_endings() or match[1].split("_")[0].split(".")[0] in NOT_NAMES:
            continue
        if not is_own(match[1]) and ("_" in match[1] or tail not in endings()):
            found.append(Found(*match.span(1), Kind.HANDLE, "handle.searched-name", 0.75))
    return found


def told_title(reading: Reading, app: Hit) -> Found | None:
    """I'm Kestrel Gadgets on Gumtree: a title told as one's own, beside an app. In Chinese it follows the app."""
    after = _HAN_TITLE.match(reading.text, app.end)
    if after is not None and not after[1].startswith(("什么", "啥")):
        return Found(*after.span(1), Kind.HANDLE, "handle.own-title", 0.7)
    if reading.folded.origin is not None or reading.has("talk"):
        return None
    before = _TITLED_BEFORE.search(reading.folded.original[max(0, app.start - 60) : app.start])
    if before is None:
        return None
    begin = max(0, app.start - 60)
    return Found(begin + before.start(1), begin + before.end(1) - 1, Kind.HANDLE, "handle.own-title", 0.7)
