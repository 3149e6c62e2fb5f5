"""The statistical language model of the package `lingua`, in its low-accuracy mode, loaded when first needed."""

from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

_LATIN_LANGUAGES = (
    Language.LATVIAN, Language.PORTUGUESE, Language.SPANISH, Language.GERMAN, Language.ENGLISH, Language.POLISH, Language.LITHUANIAN,
    Language.ESTONIAN, Language.FRENCH, Language.CATALAN, Language.ITALIAN, Language.DUTCH, Language.CZECH, Language.SLOVAK,
    Language.FINNISH, Language.SWEDISH, Language.ROMANIAN,
)  # fmt: skip


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(*_LATIN_LANGUAGES).with_low_accuracy_mode().build()


def likeliest(text: str) -> dict[str, float]:
    """Return ISO 639-1 code -> share (adding up to 1) of the likeliest languages of a text in Latin letters."""
    values = _detector().compute_language_confidence_values(text)[:6]
    return {v.language.iso_code_639_1.name.lower(): v.value for v in values if v.value > 0.02}
