"""A market: a country of sale, defined once, as data. Adding one is adding a TOML file; no code changes.

Files are read from this package and from a folder of the deployment; every error of every file is reported at once.
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ombud_contracts.reasons import ReasonRow, ReasonTable, Rights
from ombud_contracts.vocabulary import Currency, Reason, Role, Trigger
from ombud_words import FACT_KINDS, Terms, gross

TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
LocalMinute = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$")]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Minor = Annotated[int, Field(ge=0)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class WorkingCalendar(_Data):
    """When a market works. Local times; holidays as data with their source (R-01)."""

    id: str
    version: Annotated[int, Field(ge=1)]
    effective_from: date
    source: str
    """Where the holidays come from, with its version."""
    weekly: dict[Literal["0", "1", "2", "3", "4", "5", "6"], tuple[tuple[TimeOfDay, TimeOfDay], ...]]
    """0 is Monday. Intervals may pass midnight."""
    holidays: tuple[date, ...] = ()
    overrides: dict[str, tuple[tuple[TimeOfDay, TimeOfDay], ...]] = Field(default_factory=dict)
    """A date's own intervals: special openings, or none."""
    closures: tuple[tuple[LocalMinute, LocalMinute], ...] = ()


class ClockPolicies(_Data):
    """How this market's clocks differ from the default policy table, as one version (section 3).

    A row has the fields of a policy row; `kind` names the default row it changes, or a new one. The SLA monitor
    checks the rows when it starts, and reports every error of every market at once.
    """

    version: Annotated[int, Field(ge=1)]
    effective_from: date
    rows: tuple[dict[str, Any], ...] = ()


class TakeoverRule(_Data):
    """How a trigger leads to a takeover in this market (section 4)."""

    mode: Literal["automatic", "contact_at_once", "recommend", "manual"]
    """Who decides: the rule alone; the rule about the contact and a person about the rest; a person on the rule's proposal; or
    a person who is shown what the rule found."""
    clause: str
    scope: str
    required_facts: tuple[str, ...] = ()
    """Kinds of facts without which the decision is refused, such as `evidence`; `photo|video` means either."""
    by_people: bool = False
    """A person may decide it too where the rule, in mode `automatic`, finds nothing."""
    contact_facts: tuple[str, ...] = ()
    """Kinds of facts by which the platform has the contact at once; then `required_facts` are those of the verdict."""

    @field_validator("required_facts", "contact_facts")
    @classmethod
    def _known_kinds(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted({kind for needed in kinds for kind in needed.split("|")} - FACT_KINDS.keys()):
            raise ValueError(f"not kinds of facts: {', '.join(unknown)}")
        return kinds


class Legal(_Data):
    """The market's legal pack; the most favourable of law, platform and the seller's terms wins (section 5)."""

    version: str
    return_days: int
    warranty_months: int
    statutory_months: int
    appeal_days: int
    clauses: dict[str, str]
    """Clause → its short text."""
    remedies: tuple[str, ...]
    """Remedies in the order the law prefers."""


class Tariff(_Data):
    """What the platform charges a seller (section 6). Net amounts in minor units."""

    version: str
    vat_basis_points: BasisPoints
    return_label_minor: Minor
    handling_fee_minor: Minor
    inspection_minor: Minor
    approval_limit_minor: Minor
    """A charge above this gross amount waits for a supervisor."""
    contest_days: Annotated[int, Field(gt=0)]
    penalties_minor: dict[str, Minor] = Field(default_factory=dict)
    """A line's name → the penalty it costs; a penalty without a row is not charged."""

    @property
    def takeover_minor(self) -> int:
        """What a takeover costs the seller by itself: the handling fee with VAT, rounded half up to a minor unit."""
        return gross(self.handling_fee_minor, self.vat_basis_points)


AnyAmount = Literal["any"]


class Authority(_Data):
    """What each role may decide and give, in minor units of the market's currency (casework, section 13).

    A role that is not named may do nothing.
    """

    decides_up_to_minor: dict[Role, Minor | AnyAmount] = {Role.MEDIATOR: 50_000, Role.SUPERVISOR: "any"}
    """By one decision of a dispute."""
    gives_up_to_minor: dict[Role, Minor] = {Role.AGENT: 2_000, Role.MEDIATOR: 5_000, Role.SUPERVISOR: 25_000}
    """Of the platform's own money, in one case."""
    approves_up_to_minor: dict[Role, Minor | AnyAmount] = {Role.MEDIATOR: 10_000, Role.SUPERVISOR: "any"}
    """A charge that was proposed, gross."""
    goodwill_month_minor: Minor = 500_000
    """The budget of goodwill in a month; more than that raises an alarm, and refuses nothing."""

    def decides_up_to(self, role: Role) -> int | None:
        """Return the most that a role moves by one decision; None for any amount."""
        return _bound(self.decides_up_to_minor, role)

    def gives_up_to(self, role: Role) -> int:
        """Return the most that a role gives in one case."""
        return self.gives_up_to_minor.get(role, 0)

    def approves_up_to(self, role: Role) -> int | None:
        """Return the most that a role approves as a charge, gross; None for any amount."""
        return _bound(self.approves_up_to_minor, role)


def _bound(limits: Mapping[Role, int | AnyAmount], role: Role) -> int | None:
    limit = limits.get(role, 0)
    return None if limit == "any" else limit


class DeliveryGuarantee(_Data):
    """What follows from a delivery guarantee that has lapsed, beside that the buyer can claim it (product rules, section 5)."""

    grants_up_to_minor: Minor | AnyAmount = 0
    """What the system gives back by itself for a line that did not come in its time, as long as nobody disputes anything; a line
    for which more was paid is decided by people. 0: the buyer asks for it."""
    clause: str = "S-5.2"
    """By which it is given back."""

    def grants(self, amount_minor: int) -> bool:
        """Tell whether the system gives back so much by itself."""
        up_to = self.grants_up_to_minor
        return amount_minor > 0 and (up_to == "any" or amount_minor <= up_to)


class Retention(_Data):
    """How long personal data is kept in this market, whatever the law allows at most."""

    messages_days: Annotated[int, Field(ge=30)] = 1_095
    """Days after a case was closed; then texts and files of its conversation are erased."""


class Reopening(_Data):
    """Until when what its asker writes in a closed case lets it live again."""

    within_days: Annotated[int, Field(ge=0)] = 30
    """Days after it was closed; then its asker opens a new case."""

    @property
    def within(self) -> timedelta:
        """For how long a closed case lives again by what is written in it."""
        return timedelta(days=self.within_days)


class Priorities(_Data):
    """What makes a case urgent in this market (R-23)."""

    money_at_risk_minor: Minor = 50_000
    """A line for which so much was paid is urgent; in the market's currency."""


class Market(_Data):
    """Everything that differs between countries of sale."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,15}$")]
    name: str
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    """The first is the default; a seller may answer in any."""
    currency: Currency
    time_zone: str
    calendar: WorkingCalendar
    clocks: ClockPolicies
    takeovers: dict[Trigger, TakeoverRule]
    legal: Legal
    tariff: Tariff
    authority: Authority = Authority()
    guarantee: DeliveryGuarantee = DeliveryGuarantee()
    retention: Retention = Retention()
    reopening: Reopening = Reopening()
    priorities: Priorities = Priorities()
    reasons: ReasonTable = Field(default_factory=dict, validate_default=True)
    """What each reason means here. A market writes the fields that differ from the default rows, as `[reasons.LATE]`, and
    for a product category as `[reasons.categories.phones.LATE]`."""

    def reason(self, reason: Reason, category: str | None = None) -> ReasonRow:
        """Return what a reason means here for a product category."""
        return self.reasons.row(reason, category)

    def closes_at(self, row: ReasonRow, terms: Terms, delivered_at: datetime | None) -> datetime | None:
        """Return the last instant at which a line can be complained about for a reason, or None for no limit."""
        if row.window is None:
            return None
        legal = self.legal
        rights = Rights(
            statutory_months=legal.statutory_months,
            warranty_months=legal.warranty_months,
            return_days=legal.return_days,
        )
        return row.window.closes_at(terms, delivered_at, rights)

    @field_validator("reasons", mode="before")
    @classmethod
    def _over_the_default_rows(cls, given: Any) -> Any:
        return ReasonTable.written(given)

    @model_validator(mode="after")
    def _grants_by_a_clause_that_it_has(self) -> "Market":
        if self.guarantee.grants_up_to_minor and self.guarantee.clause not in self.legal.clauses:
            raise ValueError(f"guarantee.clause: {self.guarantee.clause} is not among legal.clauses")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("not a time zone of the IANA database") from None
        return name


class InvalidMarkets(Exception):
    """One line for each error in each file."""


def load_markets(folder: Path | None = None, only: Collection[str] = ()) -> Mapping[str, Market]:
    """Return markets by id: the packaged ones, and those of a folder; of these `only` the named ones, where any is named.
    Raises InvalidMarkets with every error, a name without a market among them.
    """
    texts = {
        p.name: p.read_text() for p in files("ombud_contracts").joinpath("markets").iterdir() if _is_market(p.name)
    }
    if folder is not None:
        further = {p.name: p.read_text() for p in sorted(folder.glob("*.toml"))}
        if not further:
            raise InvalidMarkets(f"markets: no file of a market (*.toml) is in {folder}")
        texts |= further
    markets: dict[str, Market] = {}
    errors: list[str] = []
    for name, text in sorted(texts.items()):
        try:
            market = Market.model_validate(tomllib.loads(text))
        except ValidationError as error:
            errors += [f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        except tomllib.TOMLDecodeError as error:
            errors.append(f"{name}: {error}")
            continue
        if market.id in markets:
            errors.append(f"{name}: id: the market {market.id} is defined twice")
        markets[market.id] = market
    if errors:
        raise InvalidMarkets("\n".join(errors))
    if unknown := sorted(set(only) - markets.keys()):
        known = ", ".join(sorted(markets))
        raise InvalidMarkets("\n".join(f"cell_markets: {name}: no such market; there are {known}" for name in unknown))
    return {name: market for name, market in markets.items() if not only or name in only}


def _is_market(name: str) -> bool:
    return name.endswith(".toml")
