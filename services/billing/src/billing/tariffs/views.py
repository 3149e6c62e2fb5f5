"""What the screen of tariffs shows."""

from collections.abc import Iterator

from billing.charges.charging import PASSED_ON, published_fee
from chassis.http import View
from ombud_contracts.market import Market
from ombud_contracts.texts import Texts, language_for, texts_for
from ombud_words import ChargeKind, gross, vat_of


class TariffRow(View):
    """What one kind of charge costs a seller; amounts are null where each decision or receipt says how much."""

    kind: str
    line: str | None
    """The name of the penalty; null for everything else."""
    text: str
    net_minor: int | None
    vat_minor: int | None
    gross_minor: int | None
    vat_basis_points: int


class MarketTariff(View):
    """The tariff of a market, in one version."""

    market: str
    version: str
    currency: str
    language: str
    """Of the texts; English where there are none in the language that was asked for."""
    contest_days: int
    """For so long a charge can be contested."""
    rows: list[TariffRow]


class TariffList(View):
    """Tariffs by market."""

    markets: list[MarketTariff]


def market_tariff(market: Market, language: str | None) -> MarketTariff:
    """Return what a market charges, as texts."""
    return MarketTariff(
        market=market.id,
        version=market.tariff.version,
        currency=market.currency,
        language=language_for(market, language),
        contest_days=market.tariff.contest_days,
        rows=list(_rows(market, texts_for(market, language))),
    )


def _rows(market: Market, texts: Texts) -> Iterator[TariffRow]:
    tariff = market.tariff
    for kind in ChargeKind:
        if kind == ChargeKind.PENALTY:
            for line, net in sorted(tariff.penalties_minor.items()):
                yield _row(kind, line, texts, net, tariff.vat_basis_points)
        elif kind != ChargeKind.GOODWILL:
            points = 0 if kind in PASSED_ON else tariff.vat_basis_points
            yield _row(kind, None, texts, published_fee(tariff, kind), points)


def _row(kind: ChargeKind, line: str | None, texts: Texts, net: int | None, points: int) -> TariffRow:
    return TariffRow(
        kind=kind,
        line=line,
        text=texts.charges[kind],
        net_minor=net,
        vat_minor=vat_of(net, points) if net is not None else None,
        gross_minor=gross(net, points) if net is not None else None,
        vat_basis_points=points,
    )
