"""In which language a reply is written, tested against the one it should have (R-03). Says nothing rather than something doubtful."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .ruledata import rule_file, table_of, text_of, words_of
from .statistics import likeliest
from .wording import core_text

UNDETERMINED = "und"
_FEW_WORDS = 3  # so many words tell one of two neighbours by nothing, and any language only by its everyday words
_NEIGHBOUR_MARGIN = 0.5  # by how much everyday words must speak for the neighbour when statistics decide
LENGTH_READ = 1200  # characters; the first part of a reply tells its language
_UNREADABLE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[!-~]*\d[!-~]*|\b[A-Z]{2,}\b|[#@]\w+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]{1,40}){0,4}")
_CITED = re.compile(r"\"[^\"\n]{2,200}\"|“[^”\n]{2,200}”|„[^“”\n]{2,200}[“”]|«[^»\n]{2,200}»|「[^」\n]{2,200}」")
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-zà-ɏḀ-ỿ]", re.I)
_OTHER_SCRIPTS = {
    "ar": "[\u0600-\u06ff]",
    "he": "[\u0590-\u05ff]",
    "el": "[\u0370-\u03ff]",
    "th": "[\u0e00-\u0e7f]",
    "hi": "[\u0900-\u097f]",
    "ka": "[\u10a0-\u10ff]",
}


@dataclass(frozen=True, slots=True)
class LanguageVerdict:
    """`language` is an ISO 639-1 code or `und`; `mismatch` is true only when the text is surely not in the expected language."""

    language: str
    mismatch: bool
    score: float
    reasons: tuple[str, ...]


def language_of(text: str, expected: str) -> LanguageVerdict:
    """Tell the language that carries the text, without quotes, signature, addresses, numbers and product names.

    `expected` is the ISO 639-1 code of the language the reply should have.
    """
    core = _long_names().sub(" ", _without_citations(_UNREADABLE.sub(" ", core_text(text[:LENGTH_READ]))))
    verdict = _by_script(core, expected)
    return verdict if verdict is not None else _by_words(core, expected)


def _without_citations(core: str) -> str:
    """Leave out what stands between quotation marks, when enough of the writer's own words is left."""
    own = _CITED.sub(" ", core)
    return own if len(_WORD.findall(own)) >= 3 or len(_HAN.findall(own)) >= 3 else core


def _verdict(language: str, expected: str, score: float, *reasons: str) -> LanguageVerdict:
    return LanguageVerdict(language, language not in (UNDETERMINED, expected), round(score, 3), reasons)


def _by_script(core: str, expected: str) -> LanguageVerdict | None:
    han, kana, cyrillic = (len(p.findall(core)) for p in (_HAN, _KANA, _CYRILLIC))
    latin = (
        len(_LATIN.findall(core)) if core.isascii() else sum(len(w) for w in _content_words(core) if _LATIN.match(w))
    )
    if not core.isascii():
        if len(_HANGUL.findall(core)) > latin:
            return _verdict("ko", expected, 0.99, "script.hangul")
        if kana and kana + han > latin / 3:
            return _verdict("ja", expected, 0.97, "script.kana")
        if han and han * 3 >= latin:
            return _verdict("zh", expected, 0.98, "script.han")
        if cyrillic * 2 >= latin and cyrillic:
            return _cyrillic(core, expected)
        for language, pattern in _OTHER_SCRIPTS.items():
            if len(re.findall(pattern, core)) > latin:
                return _verdict(language, expected, 0.95, "script.other")
    if latin < 2:
        return _verdict(UNDETERMINED, expected, 0.0, "no-words")
    return None


def _cyrillic(core: str, expected: str) -> LanguageVerdict:
    lowered = core.lower()
    if re.search("[ґєії]", lowered):
        language = "be" if "ў" in lowered else "uk"
        return _verdict(language, expected, 0.95, "letters." + language)
    if "ў" in lowered:
        return _verdict("be", expected, 0.95, "letters.be")
    words = _WORD.findall(lowered)
    scores = {code: sum(w in _vocabulary()[code] for w in words) for code in ("ru", "uk", "bg", "be")}
    if scores["be"] > max(scores["ru"], scores["uk"], scores["bg"]):
        return _verdict("be", expected, 0.8, "words.be")
    if not re.search("[ыэё]", lowered) and max(scores["uk"], scores["bg"]) > scores["ru"]:
        if len(words) <= _FEW_WORDS:
            return _verdict(UNDETERMINED, expected, 0.3, "short-neighbour")
        best = "uk" if scores["uk"] >= scores["bg"] else "bg"
        return _verdict(best, expected, 0.8, "words." + best)
    return _verdict("ru", expected, 0.95, "script.cyrillic")


def _by_words(core: str, expected: str) -> LanguageVerdict:
    words = [w.replace("’", "'") for w in _content_words(core)]
    if not any(len(w) > 1 for w in words):
        return _verdict(UNDETERMINED, expected, 0.0, "only-names")
    scores = _scores(words, core)
    ranked = sorted(scores, key=lambda code: -scores[code])
    best, second = ranked[0], ranked[1]
    if scores[best] < 0.5 and _only_names(core):
        return _verdict(UNDETERMINED, expected, 0.2, "only-names")
    if expected == "ru" and scores[best] < 1.2 and _transliterated(words):
        return _verdict("ru", expected, 0.6, "endings.transliterated")
    if expected in _OWN_SCRIPT and (expected != "ru" or scores["ru"] < 0.5):
        return _verdict(best if scores[best] > scores[second] else _guess(words), expected, 0.9, "script.latin")
    own = scores.get(expected, 0.0)
    strange = _has_foreign_letters(core, expected)
    if best in _neighbours(expected) and len(words) <= _FEW_WORDS and not strange:
        return _verdict(UNDETERMINED, expected, 0.3, "short-neighbour")
    clear = scores[best] >= 1.2 and scores[best] - scores[second] >= max(0.9, 0.28 * scores[best])
    if clear and (best == expected or own <= 0.6 * scores[best]):
        return _verdict(best, expected, min(0.99, 0.6 + scores[best] / (len(words) + 2)), "words." + best)
    if scores[best] >= 2 and own <= 0.3 * scores[best]:
        return _verdict(best, expected, 0.85, "words.not-" + expected)
    if len(words) == 1 and scores[best] < 0.5:
        return _verdict(UNDETERMINED, expected, 0.2, "one-unknown-word")
    return _with_statistics(words, scores, expected, strange=strange)


def _has_foreign_letters(core: str, expected: str) -> bool:
    """Tell whether a word is written with letters that the expected language lacks. Names do not count: they keep their letters everywhere."""
    if core.isascii():
        return False
    written = _WORD.findall(core)
    if all(word[0].isupper() for word in written):
        return False
    foreign = _foreign_letters(expected)
    return any(foreign & set(word.lower()) for i, word in enumerate(written) if i == 0 or not word[0].isupper())


def _only_names(core: str) -> bool:
    """Two to four words that all begin with a capital letter, none of them known: a person or a shop."""
    words = _WORD.findall(core)
    return 2 <= len(words) <= 4 and all(w[0].isupper() for w in words)


_RUSSIAN_ENDINGS = re.compile(
    r"(?:zh|shch|kh|ts|yo|vsk|pr[io]|ot|po|za|vy|ras|raz|per)?[a-z'`]*?(?:aya|oye|iy|yy|iye|yye|oy|ogo|ego|omu|emu|ami|yami|akh|yakh|tsya|tsa|ala|alo|ali|ila|il|el|yl|ol|em|om|im|ym|at|it|aet|yaet|uet|eet|ut|yut|yat|esh|ite|yte|yet|ayet|er|it'|at'|lyu|yu|noe|niy|noy|nie|niye|ost|ost'|ka|ki|ku|kak|ne|na|da|my|vy|ya|no|uzhe|tak|vse|vsyo|sam)"
)


def _transliterated(words: list[str]) -> bool:
    """Russian in Latin letters: most words end as Russian ones do, and at least one has a spelling no other market uses."""
    alike = sum(_RUSSIAN_ENDINGS.fullmatch(w) is not None for w in words)
    marked = sum(bool(re.search("zh|shch|kh|aya$|iy$|yy$|ogo$|yu$|tsya$|ya$|^ya", w)) for w in words)
    return len(words) >= 3 and marked >= 1 and alike >= 0.55 * len(words)


_OWN_SCRIPT = frozenset({"zh", "ru"})


def _guess(words: list[str]) -> str:
    shares = likeliest(" ".join(words))
    return max(shares, key=lambda code: shares[code], default=UNDETERMINED)


def _with_statistics(words: list[str], scores: Mapping[str, float], expected: str, *, strange: bool) -> LanguageVerdict:
    shares = likeliest(" ".join(words))
    combined = {
        code: shares.get(code, 0.0) * min(3.0, 0.6 * len(words)) + scores.get(code, 0.0)
        for code in set(shares) | set(scores)
    }
    ranked = sorted(combined, key=lambda code: -combined[code])
    best, own = ranked[0], combined.get(expected, 0.0)
    if best != expected and _mixes(scores, best, expected):
        return _verdict(expected, expected, 0.6, "words-mixed." + expected)
    if best == expected:
        return _verdict(
            best, expected, min(0.95, 0.5 + (combined[best] - combined[ranked[1]]) / 3), "statistics." + best
        )
    if len(words) <= _FEW_WORDS and not strange and (scores.get(best, 0.0) < 0.9 or own > 0.5):
        return _verdict(UNDETERMINED, expected, 0.3, "short")
    if (
        best in _neighbours(expected)
        and not strange
        and scores.get(best, 0.0) - scores.get(expected, 0.0) < _NEIGHBOUR_MARGIN
    ):
        return _verdict(UNDETERMINED, expected, 0.4, "close-neighbour")
    foreign = best not in words_of(rule_file("languages.toml"), "markets")
    if combined[best] < 0.7 or combined[best] - own < (
        1.0 if foreign and len(words) < 6 and scores.get(best, 0.0) < 1 else 0.5
    ):
        return _verdict(UNDETERMINED, expected, 0.4, "close-call")
    return _verdict(best, expected, min(0.95, 0.5 + (combined[best] - own) / 4), "statistics." + best)


def _mixes(scores: Mapping[str, float], best: str, expected: str) -> bool:
    """Tell whether enough everyday words are of the expected language; English words are borrowed everywhere."""
    own = scores.get(expected, 0.0)
    return (best == "en" and own >= 0.8) or own >= max(1.5, 0.5 * scores.get(best, 0.0))


def _content_words(core: str) -> list[str]:
    """Return lower-case words without neutral ones; capitalised words inside a sentence are names, unless everything is."""
    found = []
    for match in _WORD.finditer(core):
        word = match[0]
        lowered = word.lower()
        if lowered in _neutral():
            continue
        found.append(lowered)
    return found


def _scores(words: list[str], core: str) -> dict[str, float]:
    scores = dict.fromkeys(_latin_codes(), 0.0)
    index = _word_index()
    for word in words:
        owners = index.get(word) or index.get(_plain(word), ())
        for code in owners:
            scores[code] += _WEIGHTS[min(len(owners), 6)]
    if not core.isascii():
        lowered = core.lower()
        for code, letters in _letters().items():
            seen = sum(lowered.count(letter) for letter in letters)
            if seen:
                scores[code] += min(1.6, 0.5 * seen)
    return scores


_WEIGHTS = (0.0, 1.0, 0.55, 0.35, 0.25, 0.2, 0.15)
_PLAIN = str.maketrans("āčēģīķļņšūžąćęłńóśźżáâãàéêíóôõúüñçäöß", "acegiklnsuzacelnoszzaaaaeeiooouuncaos")


def _plain(word: str) -> str:
    return word.translate(_PLAIN)


@cache
def _latin_codes() -> tuple[str, ...]:
    return tuple(code for code in _vocabulary() if code not in ("uk", "be", "bg"))


@cache
def _letters() -> dict[str, str]:
    table = table_of(rule_file("languages.toml"), "letters")
    return {code: text_of(table, code) for code in table if code in _latin_codes()}


@cache
def _neutral() -> frozenset[str]:
    table = rule_file("languages.toml")
    return frozenset(words_of(table, "neutral") + words_of(table, "names"))


@cache
def _long_names() -> re.Pattern[str]:
    """The names of several words; those of one word are neutral words."""
    names = [re.escape(name) for name in words_of(rule_file("languages.toml"), "names") if " " in name]
    return re.compile(r"\b(?:" + "|".join(names) + r")\b", re.I)


@cache
def _foreign_letters(expected: str) -> frozenset[str]:
    table = table_of(rule_file("languages.toml"), "foreign_letters")
    return frozenset(text_of(table, expected, ""))


@cache
def _neighbours(expected: str) -> frozenset[str]:
    """Return the languages that a short text of `expected` can be taken for."""
    groups = [group.split() for group in words_of(rule_file("languages.toml"), "neighbours")]
    return frozenset(code for group in groups if expected in group for code in group if code != expected)


@cache
def _vocabulary() -> dict[str, frozenset[str]]:
    table = table_of(rule_file("languages.toml"), "words")
    return {code: frozenset(text_of(table, code).split()) for code in table}


@cache
def _word_index() -> dict[str, tuple[str, ...]]:
    """Word, with and without accents -> the languages that use it."""
    owners: dict[str, list[str]] = {}
    for code in _latin_codes():
        words = set(_vocabulary()[code])
        if code == "ru":
            words = set(text_of(table_of(rule_file("languages.toml"), "transliterated"), "ru").split())
        for word in words | {_plain(w) for w in words if len(w) > 3}:
            owners.setdefault(word, []).append(code)
    return {word: tuple(codes) for word, codes in owners.items()}
