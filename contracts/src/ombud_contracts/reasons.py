"""Reasons as rows of data: what a leaf of the tree of reasons means (product rules, section 2; casework, section 2).

The default rows are in `reasons.toml`. A market changes fields of a row, and of a row in a product category.
"""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ombud_contracts.vocabulary import Reason, ReasonFamily, Remedy
from ombud_words import FACT_KINDS, Counterpart, Shown, Terms

Rows = dict[str, dict[str, Any]]
"""Rows as they are written: by reason, any fields of a row."""
_DAYS_OF_A_MONTH = 31
"""A month counts as its longest."""


class Rights(BaseModel):
    """How long a market's law and its platform let a buyer complain; the seller's terms can only lengthen it."""

    model_config = ConfigDict(frozen=True)

    statutory_months: int
    warranty_months: int
    return_days: int


class Window(BaseModel):
    """When a line can be disputed for a reason. The longest of everything that is named counts (section 5)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    begins: Literal["promised", "delivery", "purchase"]
    """Nothing can be disputed before a promised date has passed, or the carrier lost the parcel. A delivery that nobody told of
    counts as on time."""
    days: Annotated[int, Field(ge=0)] = 0
    months: Annotated[int, Field(ge=0)] = 0
    rights: tuple[Literal["statutory", "warranty", "return"], ...] = ()
    """Rights of the market's law and platform, and of the seller's terms."""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if not (self.days or self.months or self.rights):
            raise ValueError("a window must last for some time")
        return self

    def opens_at(self, terms: Terms, lost: bool) -> datetime | None:
        """Return when the first dispute can be opened, or None when at once: nobody waits for a parcel that its carrier lost."""
        return terms.promised_by if self.begins == "promised" and not lost else None

    def closes_at(self, terms: Terms, delivered_at: datetime | None, rights: Rights) -> datetime:
        """Return the last instant of the window."""
        months = [self.months]
        days = [self.days]
        if "statutory" in self.rights:
            months.append(rights.statutory_months)
        if "warranty" in self.rights:
            months += [rights.warranty_months, terms.warranty_months]
        if "return" in self.rights:
            days += [rights.return_days, terms.return_days]
        longest = max(*days, *(m * _DAYS_OF_A_MONTH for m in months))
        return self._begin(terms, delivered_at) + timedelta(days=longest)

    def _begin(self, terms: Terms, delivered_at: datetime | None) -> datetime:
        if self.begins == "purchase":
            return terms.placed_at
        promised = max(terms.promised_by, terms.placed_at)
        return promised if self.begins == "promised" else delivered_at or promised


class ReasonRow(BaseModel):
    """What a reason means: who answers, how long it can be complained about, what it needs and how it can end."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    tree: Annotated[tuple[str, ...], Field(min_length=1)]
    """The way to this leaf, from the root (R-26)."""
    asked_by: tuple[Literal["buyer", "seller"], ...] = ("buyer",)
    counterpart: Counterpart
    """Who owes the answer."""
    family: ReasonFamily
    matters: tuple[Literal["order_line", "listing"], ...] = ("order_line",)
    """What a contact can be about; before a purchase there is a listing alone (R-25). What the platform answers may also be
    about neither."""
    window: Window | None = None
    """None: no time limit."""
    required_evidence: tuple[str, ...] = ()
    """Kinds of facts; `photo|video` means either."""
    fast_track: tuple[str, ...] = ()
    """Kinds of facts of which one lets a dispute skip its negotiation; a party cannot show them."""
    remedies: tuple[Remedy, ...] = ()
    """In the order in which they are proposed. Without any the reason cannot be disputed."""
    clocks: tuple[str, ...]
    """Kinds of clocks that run for such a case."""
    base_priority: Annotated[int, Field(ge=1, le=4)]
    """1 is safety, 2 severe, 3 standard, 4 can wait."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        named = {kind for needed in (*self.required_evidence, *self.fast_track) for kind in needed.split("|")}
        if unknown := sorted(named - FACT_KINDS.keys()):
            raise ValueError(f"not kinds of facts: {', '.join(unknown)}")
        if shown := [kind for kind in self.fast_track if FACT_KINDS[kind] == Shown.BY_PARTY]:
            raise ValueError(f"a party could skip the negotiation by itself: {', '.join(shown)}")
        if self.counterpart == Counterpart.PLATFORM and (self.remedies or self.fast_track):
            raise ValueError("what the platform answers is not disputed with a seller")
        if "listing" in self.matters and self.remedies:
            raise ValueError("nobody disputes what was not bought")
        if "seller" in self.asked_by and self.counterpart == Counterpart.SELLER:
            raise ValueError("a seller cannot ask itself")
        return self

    @property
    def disputable(self) -> bool:
        """Tell whether a dispute can be opened for this reason."""
        return bool(self.remedies)


@cache
def default_rows() -> Rows:
    """Return the packaged rows as they are written."""
    return tomllib.loads(files("ombud_contracts").joinpath("reasons.toml").read_text())


def rows_with(changes: Rows, rows: Rows) -> Rows:
    """Return rows with the fields that others change; a reason that is not in them comes anew."""
    return {**rows, **{reason: {**rows.get(reason, {}), **changed} for reason, changed in changes.items()}}


class ReasonTable(BaseModel):
    """The reasons of a market."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    rows: dict[Reason, ReasonRow]
    categories: dict[str, dict[Reason, ReasonRow]] = Field(default_factory=dict)
    """By product category, the rows that differ in it (R-48)."""

    @model_validator(mode="after")
    def _has_every_reason(self) -> Self:
        if missing := [reason for reason in Reason if reason not in self.rows]:
            raise ValueError(f"reasons without a row: {', '.join(missing)}")
        return self

    def row(self, reason: Reason, category: str | None = None) -> ReasonRow:
        """Return what a reason means for a product category, or for all when none is given."""
        differing = self.categories.get(category, {}) if category is not None else {}
        return differing.get(reason, self.rows[reason])

    @classmethod
    def written(cls, given: Any) -> Any:
        """Return the table of a market's changes, to be validated: its own fields over the default rows."""
        if not isinstance(given, dict) or not all(isinstance(part, dict) for part in given.values()):
            return given
        changes = {name: row for name, row in given.items() if name != "categories"}
        rows = rows_with(changes, default_rows())
        by_category = given.get("categories", {})
        differing = {
            category: {reason: rows_with(changed, rows)[reason] for reason in changed}
            for category, changed in by_category.items()
            if isinstance(changed, dict)
        }
        return {"rows": rows, "categories": differing}
