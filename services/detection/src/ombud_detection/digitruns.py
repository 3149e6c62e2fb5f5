"""Finds runs of digits however they are written: figures, words, look-alikes, spaced, wrapped. Whether a run is a telephone number is not its business."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from .lexicon import Hit, contact_lexicon
from .reading import Reading

ATOM_LIMIT = 600
_SHORTEST = 5  # digits of a run
_ATOMS_OF_A_REFERENCE = 20
_FIGURES = re.compile(r"\d+")
_FIVE_FIGURES = re.compile(r"\d(?:\D*\d){4}")
_LEET = re.compile(
    r"(?<![\w])(?=[0-9OIlSBZzEGgqoT|!ЗзбОоВ\s.-]*\d)[0-9OIlSBZzEGgqoT|!ЗзбОоВ]{1,14}(?:[ .\-]{1,2}[0-9OIlSBZzEGgqoT|!ЗзбОоВ]{1,14}){0,9}(?![\w])"
)
_LEET_SEEN = re.compile(r"\d[OIlSBZEGqoT|!ЗзбОоВ]|[OIlSBZEGqT|!ЗзбОоВ]\d")
_LEET_TABLE = str.maketrans("OoIl|!SBZzEGgqTЗзбОоВ", "001111582236997336008")
_LEGEND = re.compile(r"[ ,;]*[A-Za-z]\s?=.*$", re.S)  # "O=0" explains the letters; it is not part of the number
_BETWEEN_FIGURES = re.compile(r"(?<=\d)[oоl|](?=\d)")
_LONG_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]{12,120}")
_PLAIN_GAP = re.compile(r"(?: ?[-./+~_*|:=#'\"()\[\]] ?| |\) ?[-/]? ?|[-/]? ?\()?[ )(]?(?:\.|-)? ?")
_LOOSE_GAP = re.compile(r"[^\w]{0,6}")
_LISTED_GAP = re.compile(r", ?")
_SET_APART = 3  # single figures; who begins a number so does not list amounts
_APART = frozenset(",;.，、")


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a run: digits read from start..end of the folded text, and whether they were written as plain figures."""

    start: int
    end: int
    digits: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive atoms. `plus` tells whether a plus, written or spoken, stands before them."""

    start: int
    end: int
    atoms: tuple[Atom, ...]
    plus: bool

    @property
    def digits(self) -> str:
        return "".join(atom.digits for atom in self.atoms)

    @property
    def disguised(self) -> int:
        """How many of the digits are not plain figures."""
        return sum(len(atom.digits) for atom in self.atoms if not atom.plain)

    @property
    def spaced_out(self) -> bool:
        """Single figures set apart, as nobody writes an order number."""
        return sum(len(atom.digits) == 1 for atom in self.atoms) >= max(5, len(self.atoms) - 2)

    def part(self, first: int, last: int) -> "Run":
        """Return the run of atoms first..last (last included)."""
        atoms = self.atoms[first : last + 1]
        start = self.start if first == 0 else atoms[0].start
        return Run(start, atoms[-1].end, atoms, self.plus and first == 0)


def runs(reading: Reading) -> list[Run]:
    """Return the runs of at least five digits, in order, without the case's own numbers."""
    few = _FIVE_FIGURES.search(reading.text) is None
    if (
        few
        and not reading.has("num")
        and not _LONG_WORD.search(reading.text)
        and not _LEET_SEEN.search(reading.folded.original)
    ):
        return []
    atoms = _atoms(reading)
    if sum(len(atom.digits) for atom in atoms) < _SHORTEST:
        return []
    found: list[Run] = []
    current: list[Atom] = []
    spoken, singles = False, 0
    for atom in atoms:
        if current and not _joined(reading, current[-1], atom, spoken=spoken, listing=singles < _SET_APART):
            _close(reading, current, found)
            current, spoken, singles = [], False, 0
        current.append(atom)
        spoken, singles = spoken or not atom.plain, singles + (len(atom.digits) == 1)
    _close(reading, current, found)
    return [rest for run in found for rest in _without(run, reading.references)] if reading.references else found


def _without(run: Run, references: frozenset[str]) -> list[Run]:
    """Return what is left of a run when the case's own numbers are taken out of it."""
    left: list[Run] = []
    begin = first = 0
    while first < len(run.atoms):
        length = _reference_at(run.atoms, first, references)
        if length and first > begin:
            left.append(run.part(begin, first - 1))
        first += length or 1
        begin = first if length else begin
    if begin < first:
        left.append(run.part(begin, first - 1))
    return [part for part in left if len(part.digits) >= _SHORTEST]


def _reference_at(atoms: tuple[Atom, ...], first: int, references: frozenset[str]) -> int:
    """Return how many atoms from `first` on are one of the references; 0 when none is."""
    digits = ""
    for count, atom in enumerate(atoms[first : first + _ATOMS_OF_A_REFERENCE], 1):
        digits += atom.digits
        if digits in references:
            return count
    return 0


def _close(reading: Reading, atoms: list[Atom], found: list[Run]) -> None:
    if sum(len(atom.digits) for atom in atoms) < _SHORTEST:
        return
    start, plus = atoms[0].start, False
    before = reading.text[:start].rstrip(" (")
    if before.endswith("+"):
        start, plus = len(before) - 1, True
    else:
        spoken = [
            h
            for h in reading.ending_in("num", start - 2, start)
            if h.value == "plus" and not reading.text[h.end : start].strip()
        ]
        if spoken:
            start, plus = spoken[-1].start, True
    if start > 0 and reading.text[start - 1] == "(":
        start -= 1
    found.append(Run(start, atoms[-1].end, tuple(_composed(atoms, reading.text)), plus))


def _joined(reading: Reading, left: Atom, right: Atom, *, spoken: bool, listing: bool) -> bool:
    gap = reading.text[left.end : right.start]
    if not gap:
        return True
    if len(gap) > 14:
        return False
    if left.plain and right.plain and not spoken:
        return (
            bool(_PLAIN_GAP.fullmatch(gap))
            or (not listing and bool(_LISTED_GAP.fullmatch(gap)))
            or (reading.has("assemble") and _joins(reading, left.end, right.start))
        )
    if _LOOSE_GAP.fullmatch(gap):
        return not (". " in gap and len(left.digits) + len(right.digits) > 8)
    return _joins(reading, left.end, right.start)


def _joins(reading: Reading, start: int, end: int) -> bool:
    """Only a word such as "then" stands between them."""
    return len(re.findall(r"\w+", reading.text[start:end])) == 1 and bool(reading.within(("joiner",), start, end))


def _composed(atoms: list[Atom], text: str) -> list[Atom]:
    """Join spoken tens and units: fifty-six is 56, nine hundred sixteen is 916; a comma between them keeps them apart.

    Nine hundred, one, two, three is 900 and what follows: whoever goes on figure by figure has ended the hundreds.
    """
    out: list[Atom] = []
    for atom, following in zip_longest(atoms, atoms[1:]):
        last = out[-1] if out else None
        if last is not None and not _APART.isdisjoint(text[last.end : atom.start]):
            out.append(atom)
        elif (
            last is not None
            and not last.plain
            and atom.digits == "100"
            and len(last.digits) == 1
            and last.digits != "0"
        ):
            out[-1] = Atom(last.start, atom.end, last.digits + "00", False)
        elif last is not None and len(last.digits) == 3 and len(atom.digits) == 1 and _is_single(following):
            out.append(atom)
        elif last is not None and not last.plain and not atom.plain and _completes(last.digits, atom.digits):
            joined = str(int(last.digits) + int(atom.digits))
            out[-1] = Atom(last.start, atom.end, joined, False)
        else:
            out.append(atom)
    return out


def _is_single(atom: Atom | None) -> bool:
    return atom is not None and len(atom.digits) == 1


def _completes(left: str, right: str) -> bool:
    """Spoken: 50 and 6, 900 and 16, 230 and 4; not 10 and 4."""
    if (
        left.startswith("0")
        or right.startswith("0")
        or len(left) not in (2, 3)
        or left == "10"
        or len(right) >= len(left)
    ):
        return False
    return left.endswith("0" * len(right))


def _atoms(reading: Reading) -> list[Atom]:
    text, folded = reading.text, reading.folded
    atoms = [
        Atom(m.start(), m.end(), m[0], folded.written(m.start(), m.end()) == m[0]) for m in _FIGURES.finditer(text)
    ]
    atoms += _word_atoms(reading)
    atoms += _leet_atoms(reading)
    atoms += _glued_atoms(text)
    atoms += [Atom(m.start(), m.end(), "0" if m[0] in "oо" else "1", False) for m in _BETWEEN_FIGURES.finditer(text)]
    atoms.sort(key=lambda a: (a.start, -(a.end - a.start)))
    kept: list[Atom] = []
    for atom in atoms[:ATOM_LIMIT]:
        if kept and atom.start < kept[-1].end:
            if atom.end - atom.start > kept[-1].end - kept[-1].start and not atom.plain:
                kept[-1] = atom
            continue
        kept.append(atom)
    return kept


def _word_atoms(reading: Reading) -> list[Atom]:
    words = [hit for hit in reading.hits("num") if hit.value.isdigit()]
    if not words:
        return []
    repeats: dict[int, Hit] = {hit.end: hit for hit in reading.hits("num") if hit.value in ("double", "triple")}
    atoms = []
    for hit in words:
        before = repeats.get(hit.start - 1) if len(hit.value) == 1 else None
        if before is not None:
            atoms.append(Atom(before.start, hit.end, hit.value * (2 if before.value == "double" else 3), False))
        else:
            atoms.append(Atom(hit.start, hit.end, hit.value, False))
    return atoms


def _leet_atoms(reading: Reading) -> list[Atom]:
    """Read O as 0, I as 1, S as 5 where figures and such letters are mixed."""
    original = reading.folded.original
    if reading.folded.origin is not None or not _LEET_SEEN.search(original):
        return []
    atoms = []
    for match in _LEET.finditer(original):
        token = _LEGEND.sub("", original[match.start() : match.end() + 2])[: len(match[0])].rstrip(" .-")
        digits = re.sub(r"[ .\-]", "", token).translate(_LEET_TABLE)
        figures = sum(c.isdigit() for c in token)
        if 7 <= len(digits) <= 13 and figures >= 3 and figures < len(digits) and figures * 4 >= len(digits):
            atoms.append(Atom(match.start(), match.start() + len(token), digits, False))
    return atoms


def _glued_atoms(text: str) -> list[Atom]:
    atoms = []
    for word in _LONG_WORD.finditer(text):
        if word[0][0] > "\u2e80":
            continue
        for match in _glued_pattern().finditer(word[0]):
            digits = "".join(_glued_values()[piece] for piece in _glued_piece().findall(match[0]))
            atoms.append(Atom(word.start() + match.start(), word.start() + match.end(), digits, False))
    return atoms


@cache
def _glued_values() -> dict[str, str]:
    return {
        word: value
        for word, value in contact_lexicon().words("num")
        if len(word) > 2 and value.isdigit() and len(value) == 1
    }


@cache
def _glued_piece() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _glued_values()), key=len, reverse=True)))


@cache
def _glued_pattern() -> re.Pattern[str]:
    return re.compile(f"(?:{_glued_piece().pattern}){{3,}}")
