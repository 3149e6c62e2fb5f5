"""The words of a message without what is not its own: quotes, signatures, slots. Sentences as fingerprints, so that no text need be kept."""

import re
import zlib

from .folding import fold

Fingerprint = tuple[int, ...]
SKETCH = 24  # trigrams kept of a sentence
_QUOTE = re.compile(r"^[ \t]{0,4}>.*$", re.M)
_QUOTE_INTRO = re.compile(
    r"^(?:on .{4,80} wrote|am .{4,80} schrieb.{0,60}|el .{4,80} escribió|em .{4,80} escreveu|.{4,60} (?:пишет|написал\w*)|.{4,80} napisał\w*.{0,20}|.{4,80} rakstīja|.{2,40}写道)\s?[:：]\s*$.*",
    re.M | re.I | re.S,
)
_SIGNATURE = re.compile(r"\n[ \t]{0,4}(?:-{2,40}|_{2,40}|—{1,3}|\*{3,40})[ \t]{0,4}(?:\n|$).*", re.S)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_SLOTS = (
    (re.compile(r"\b[a-z]{2,4}-?\d{4}-?\d{3,}\b", re.I), "#"),
    (re.compile(r"\d+(?:[.,:/-]\d+)*"), "#"),
    (re.compile(r"[\u4e00-\u9fff]{1,2}(?:先生|女士|小姐)"), "@"),
    (
        re.compile(
            r"\b(?:iphone|ipad|ipod|macbook|imac|airpods|galaxy|pixel|redmi|xiaomi|samsung|huawei|thinkpad|lenovo|apple watch|playstation|xbox|surface|nokia|honor|oneplus|motorola|sony|kindle)(?:[ -]?(?:pro|max|plus|mini|air|ultra|note|se|fe|lite|watch|buds|[a-z]{0,2}#|#[a-z]?|[a-z]\b))*",
            re.I,
        ),
        "%",
    ),
)
_NAME = re.compile(r"(?<=[\s,;])[A-ZÀ-ÖØ-ÞĀĂĄĆĈČĎĐĒĖĘĚĢĪĶĻŁŃŅŇÓŌŐŘŚŞŠŤŪŮŰŹŻŽА-ЯЁ][\w'’-]+")


def core_text(text: str) -> str:
    """Return a text without quoted lines, what a mail program quotes below, and the signature block."""
    bare = _SIGNATURE.sub("", _QUOTE_INTRO.sub("", _QUOTE.sub("", text)))
    return bare.strip() or text.strip()


def masked_sentences(text: str) -> list[str]:
    """Return the sentences of a text, folded, with names, numbers, dates, orders and products as slots. Very short ones join the next."""
    masked = _NAME.sub("@", text)
    for pattern, slot in _SLOTS:
        masked = pattern.sub(slot, masked)
    sentences: list[str] = []
    for match in _SENTENCE.finditer(re.sub(r"(?<=\S)\.(?=\S)", "·", masked)):
        words = " ".join(re.findall(r"[\w#@%]+", fold(match[0]).text))
        if words:
            sentences.append(words)
    return sentences[:60]


def fingerprint(sentence: str) -> Fingerprint:
    """Return a bottom-k sketch (Broder) of the sentence's character trigrams: comparable, and not readable back."""
    padded = f" {sentence} ".encode()
    return tuple(sorted({zlib.crc32(padded[i : i + 4]) for i in range(max(1, len(padded) - 3))})[:SKETCH])


def is_near(left: Fingerprint, right: Fingerprint) -> bool:
    """Tell whether two fingerprints belong to the same sentence with other slots (estimated Jaccard similarity of at least 0.6)."""
    smallest = sorted(set(left) | set(right))[:SKETCH]
    both = set(left) & set(right)
    return sum(value in both for value in smallest) >= 0.6 * len(smallest)


def word_keys(text: str) -> frozenset[int]:
    """Return the words of a text as 32-bit keys; characters for scripts without blanks."""
    words = re.findall(r"[\u4e00-\u9fff]|[^\W\d_]{2,}|\d+", fold(text).text)
    return frozenset(zlib.crc32(w.encode()) for w in words)
