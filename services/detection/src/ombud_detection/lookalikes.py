"""The table of confusable characters (Unicode TR39, kept by the package `confusable-homoglyphs`), reduced to Latin look-alikes."""

from collections.abc import Mapping
from functools import cache

from confusable_homoglyphs import confusables

# Capitals that look Latin only before lower-casing (В, Н, К, М, Т, З), and letters that writers use for their shape.
_BY_SHAPE = {
    "в": "b", "н": "h", "к": "k", "м": "m", "т": "t", "г": "r", "п": "n", "и": "u", "ь": "b", "я": "r",
    "β": "b", "γ": "y", "η": "n", "κ": "k", "μ": "u", "τ": "t", "ε": "e", "ι": "i", "ω": "w", "ν": "v", "χ": "x", "ζ": "z",
    "α": "a", "ο": "o", "ρ": "p", "σ": "o", "υ": "u",
}  # fmt: skip
# Letters close enough to be read as Latin in the middle of a Latin word; the rest of the shapes need a whole address around them.
SURE = frozenset("асеорхуіјѕһԁԛԝвнкмтαοενρτικυχβ")


@cache
def latin_lookalikes() -> Mapping[str, str]:
    """Return character -> lower-case ASCII letter for every non-ASCII character that can be mistaken for one."""
    table: dict[str, str] = {}
    for character, twins in confusables.confusables_data.items():
        if len(character) != 1 or character.isascii():
            continue
        twin = next((t["c"] for t in twins if len(t["c"]) == 1 and t["c"].isascii() and t["c"].isalpha()), None)
        if twin is not None:
            table[character] = twin.lower()
    return table | _BY_SHAPE
