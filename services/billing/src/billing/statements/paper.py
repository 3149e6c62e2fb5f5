"""The statement as PDF, in the seller's language: the same lines and sums as its JSON, laid out on A4."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from zoneinfo import ZoneInfo

from reportlab import rl_config
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from billing.ledger.domain import month_bounds
from billing.statements.ink import Ink, Letters
from billing.statements.labels import Labels, all_labels
from billing.statements.views import Balance, SettlementLine, StatementLine, StatementView
from ombud_contracts.market import Market
from ombud_contracts.texts import Texts, texts_for

rl_config.useA85 = 0  # streams as bytes: a quarter smaller than as text, which nobody has needed since PDF 1.2
PLAIN, BOLD = "PTSans", "PTSans-Bold"
"""PT Sans has the letters of every language that statements are written in, Latvian, Polish and Russian among them."""
_FACES = {PLAIN: "PT_Sans-Web-Regular.ttf", BOLD: "PT_Sans-Web-Bold.ttf"}
_WIDTH, _HEIGHT = landscape(A4)
_MARGIN = 36.0
_BOTTOM = 48.0
_ROW, _LOW_ROW = 22.0, 13.0
"""Points of a row with a second line, and of one without."""
_SIZE, _SMALL = 8.0, 6.0
_GREY, _BLACK = 0.4, 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column, above a smaller second line."""

    text: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, from its left edge."""

    width: float
    right: bool = False
    """Amounts end at the right edge."""


_CHARGES = [
    Column(50),
    Column(204),
    Column(118),
    Column(54, right=True),
    Column(54, right=True),
    Column(60, right=True),
    Column(80),
    Column(80),
    Column(70),
]
_PAYOUTS = [Column(50), Column(204), Column(118), Column(168, right=True), Column(230)]
_GAP = 6.0
_DIGITS = {"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}
"""Decimals of the currencies that do not have two (ISO 4217)."""


@cache
def fonts() -> Mapping[str, TTFont]:
    """Load the fonts, once for the process."""
    loaded = {}
    for name, file in _FACES.items():
        with as_file(files("fontpkg_pt_sans").joinpath("files", file)) as path:
            loaded[name] = TTFont(name, str(path))
        registerFont(loaded[name])
    return loaded


class Paper:
    """Pages that fill from the top; a row that does not fit begins the next, below the heading of its table."""

    def __init__(self, title: str, footer: str, page: str, language: str) -> None:
        self._out = io.BytesIO()
        self._canvas = Canvas(self._out, pagesize=(_WIDTH, _HEIGHT), invariant=1, lang=language)
        self._letters = {face: Letters(font, self._canvas) for face, font in fonts().items()}
        self._canvas.setTitle(title)
        self._footer, self._page = footer, page
        self._heading: tuple[Sequence[Column], Sequence[str]] | None = None
        self._y = _HEIGHT - _MARGIN

    def text(self, text: str, size: float = _SIZE, face: str = PLAIN, room: float = 4.0) -> None:
        """Write a line over the whole width."""
        self._fit(size + room)
        self._y -= size
        self._put(_MARGIN, self._y, text, face, size, _WIDTH - 2 * _MARGIN)
        self._y -= room

    def table(self, columns: Sequence[Column], heading: Sequence[str]) -> None:
        """Begin a table."""
        self._fit(3 * _ROW)
        self._heading = (columns, heading)
        self._head()

    def row(self, cells: Sequence[Cell], face: str = PLAIN) -> None:
        """Write a row of the table that was begun."""
        assert self._heading is not None, "a row is in a table"
        height = _ROW if any(cell.below for cell in cells) else _LOW_ROW
        self._fit(height)
        places = list(_places(cells, self._heading[0]))
        ink = Ink()
        ink.take(self._letters[face], _SIZE, _BLACK)
        for cell, left, width, right in places:
            _write(ink, left, self._y - _SIZE, cell.text, face, _SIZE, width, right)
        if height == _ROW:
            ink.take(self._letters[PLAIN], _SMALL, _GREY)
        for cell, left, width, right in places:
            if cell.below:
                _write(ink, left, self._y - _SIZE - _SMALL - 1, cell.below, PLAIN, _SMALL, width, right)
        self._draw(ink)
        self._y -= height

    def end_table(self) -> None:
        """What follows is in no table."""
        self._heading = None
        self._y -= _SIZE

    def finished(self) -> bytes:
        """Return the document."""
        self._foot()
        self._canvas.save()
        return self._out.getvalue()

    def _fit(self, height: float) -> None:
        if self._y - height >= _BOTTOM:
            return
        self._foot()
        self._canvas.showPage()
        self._y = _HEIGHT - _MARGIN
        if self._heading is not None:
            self._head()

    def _head(self) -> None:
        assert self._heading is not None, "a heading is of a table"
        columns, names = self._heading
        for cell, left, width, right in _places([Cell(name) for name in names], columns):
            self._put(left, self._y - _SIZE, cell.text, BOLD, _SIZE, width, right)
        self._y -= _SIZE + 4
        self._canvas.setLineWidth(0.5)
        self._canvas.line(_MARGIN, self._y, _WIDTH - _MARGIN, self._y)
        self._y -= 3

    def _foot(self) -> None:
        number = f"{self._page} {self._canvas.getPageNumber()}"
        self._put(_MARGIN, _MARGIN - _SMALL, self._footer, PLAIN, _SMALL, _WIDTH / 2, grey=_GREY)
        self._put(_WIDTH / 2, _MARGIN - _SMALL, number, PLAIN, _SMALL, _WIDTH / 2 - _MARGIN, right=True, grey=_GREY)

    def _put(
        self,
        left: float,
        y: float,
        text: str,
        face: str,
        size: float,
        width: float,
        right: bool = False,
        grey: float = _BLACK,
    ) -> None:
        ink = Ink()
        ink.take(self._letters[face], size, grey)
        _write(ink, left, y, text, face, size, width, right)
        self._draw(ink)

    def _draw(self, ink: Ink) -> None:
        self._canvas.drawText(ink)  # type: ignore[arg-type]  # it asks a text object for its code, and nothing else


def _write(ink: Ink, left: float, y: float, text: str, face: str, size: float, width: float, right: bool) -> None:
    wide = _width(text, face, size)
    if wide > width:
        text = _shortened(text, face, size, width)
        wide = _width(text, face, size)
    ink.write(left + width - wide if right else left, y, text)


def _places(cells: Sequence[Cell], columns: Sequence[Column]) -> Iterator[tuple[Cell, float, float, bool]]:
    left = _MARGIN
    for cell, column in zip(cells, columns, strict=True):
        yield cell, left, column.width - _GAP, column.right
        left += column.width


def _width(text: str, face: str, size: float) -> float:
    widths = _widths(face)
    return sum([widths[letter] for letter in text]) * size


@cache
def _widths(face: str) -> "_Widths":
    return _Widths(fonts()[face])


class _Widths(dict[str, float]):
    """How wide each letter of a font is, of a size of one point; a letter is looked up once."""

    def __init__(self, font: TTFont) -> None:
        self._font = font

    def __missing__(self, letter: str) -> float:
        self[letter] = width = self._font.stringWidth(letter, 1)
        return width


def _shortened(text: str, face: str, size: float, width: float) -> str:
    """Return the beginning of a text that fits a width with an ellipsis."""
    kept = text
    while kept and _width(kept + "…", face, size) > width:
        kept = kept[:-1]
    return kept + "…"


def amount(minor: int, currency: str, decimal: str) -> str:
    """Return an amount with its currency, such as `-1 234,50 EUR`."""
    return f"{number(minor, currency, decimal)} {currency}"


def number(minor: int, currency: str, decimal: str) -> str:
    """Return an amount in the units of its currency, such as `-1 234,50`; thousands stand apart."""
    digits = _DIGITS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**digits)
    parts = f"{decimal}{rest:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{whole:,}".replace(",", "\u00a0") + parts


def to_pdf(statement: StatementView, markets: Mapping[str, Market], language: str, now: datetime) -> bytes:
    """Return the statement as PDF, in a language that has labels; instants are by the clocks of each market."""
    labels = all_labels()[language]
    footer = f"{labels.seller} {statement.seller_id} · {statement.month}"
    paper = Paper(f"{labels.title} {statement.month}", footer, labels.page, language)
    paper.text(f"{labels.title} {statement.month}", 16, BOLD, room=8)
    paper.text(f"{labels.seller}: {statement.seller_id}")
    for balance in statement.balances:
        _market(paper, statement, balance, markets[balance.market], language, now)
    if not statement.balances:
        paper.text(labels.nothing)
    paper.text("", room=2)
    for total in statement.totals:
        shown = amount(total.total_minor, total.currency, labels.decimal)
        paper.text(f"{labels.total}: {shown}", 10, BOLD)
    return paper.finished()


def _market(
    paper: Paper, statement: StatementView, balance: Balance, market: Market, language: str, now: datetime
) -> None:
    labels, texts, zone = all_labels()[language], texts_for(market, language), ZoneInfo(market.time_zone)
    first, last = (at.astimezone(zone) for at in month_bounds(statement.month, zone))
    paper.text("", room=8)
    paper.text(f"{labels.market}: {market.name} ({balance.currency})", 11, BOLD)
    paper.text(f"{labels.period}: {first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M} ({market.time_zone})")
    paper.text(f"{labels.drawn}: {now.astimezone(zone):%Y-%m-%d %H:%M}", room=8)
    _sums(paper, balance, labels)
    lines = [n for n in statement.lines if (n.market, n.currency) == (balance.market, balance.currency)]
    taken = [n for n in statement.settlements if (n.market, n.currency) == (balance.market, balance.currency)]
    _charges(paper, lines, labels, texts, zone)
    _payouts(paper, taken, labels, zone)
    _clauses(paper, lines, labels, texts, market)


def _sums(paper: Paper, balance: Balance, labels: Labels) -> None:
    for name, minor in (
        (labels.opening, balance.opening_minor),
        (labels.charged, balance.charged_minor),
        (labels.settled, balance.settled_minor),
        (labels.closing, balance.closing_minor),
    ):
        paper.text(f"{name}: {amount(minor, balance.currency, labels.decimal)}", face=BOLD, room=3)
    paper.text("", room=2)


def _charges(paper: Paper, lines: Sequence[StatementLine], labels: Labels, texts: Texts, zone: ZoneInfo) -> None:
    if not lines:
        paper.text(labels.nothing)
        return
    names = (labels.date, labels.charge, labels.decision, labels.net, labels.vat, labels.gross)
    paper.table(_CHARGES, [*names, labels.contest, labels.appeal, labels.status])
    for line in lines:
        paper.row(_charge(line, labels, texts, zone))
    paper.end_table()


def _charge(line: StatementLine, labels: Labels, texts: Texts, zone: ZoneInfo) -> list[Cell]:
    kind = next((text for known, text in texts.charges.items() if known == line.kind), line.kind)
    clause = f"{line.clause} ({line.clause_version})" if line.clause else "–"
    return [
        Cell(_day(line.at, zone)),
        Cell(f"{labels.reversal}: {kind}" if line.reversal else kind, f"{line.charge_id} · {line.case_id}"),
        Cell(clause, line.decision_id),
        Cell(number(line.net_minor, line.currency, labels.decimal)),
        Cell(number(line.vat_minor, line.currency, labels.decimal), _rate(line.vat_basis_points, labels)),
        Cell(number(line.gross_minor, line.currency, labels.decimal)),
        Cell(_day(line.contest_until, zone), _left(line.contest_days_left, labels)),
        Cell(_day(line.appeal_until, zone), _left(line.appeal_days_left, labels)),
        Cell(labels.statuses.get(line.status, line.status)),
    ]


def _payouts(paper: Paper, taken: Sequence[SettlementLine], labels: Labels, zone: ZoneInfo) -> None:
    if not taken:
        return
    paper.text(labels.payouts, 9, BOLD)
    paper.table(_PAYOUTS, [labels.date, labels.charge, labels.status, labels.amount, labels.run])
    for n in taken:
        what = labels.repaid if n.repayment else labels.taken
        money = number(n.amount_minor, n.currency, labels.decimal)
        paper.row([Cell(_day(n.at, zone)), Cell(n.charge_id), Cell(what), Cell(money), Cell(n.run_id or "–")])
    paper.end_table()


def _clauses(paper: Paper, lines: Sequence[StatementLine], labels: Labels, texts: Texts, market: Market) -> None:
    named = sorted({line.clause for line in lines if line.clause in market.legal.clauses and line.clause is not None})
    if named:
        paper.text(labels.clauses, 9, BOLD)
    for clause in named:
        paper.text(f"{clause}  {texts.clause(clause, market.legal)}", _SMALL)


def _day(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d}" if at is not None else "–"


def _left(days: int | None, labels: Labels) -> str:
    return labels.days_left.format(days=days) if days is not None else ""


def _rate(basis_points: int, labels: Labels) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole} %" if not part else f"{whole}{labels.decimal}{part:02} %"
