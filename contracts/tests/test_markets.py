"""A market is data: checked whole when it is read, complete in its errors, and a new one needs no code."""

import re
import tomllib
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import holidays
import pytest

import ombud_contracts
from ombud_contracts.market import InvalidMarkets, Market, load_markets
from ombud_contracts.vocabulary import Remedy, Trigger

PACKAGED = Path(ombud_contracts.__file__).parent / "markets"
LATVIA = (PACKAGED / "lv.toml").read_text()
SOURCE = re.compile(r"holidays (?P<version>\S+), (?P<country>[A-Z]{2}), public")


def changed(*changes: tuple[str, str]) -> str:
    """Return Latvia's file as another market, with further changes."""
    text = LATVIA
    for old, new in (('id = "lv"\nname', 'id = "lt"\nname'), *changes):
        assert old in text, f"lv.toml no longer contains {old!r}"
        text = text.replace(old, new, 1)
    return text


@pytest.fixture(params=sorted(load_markets()))
def market(request: pytest.FixtureRequest) -> Market:
    """Each packaged market."""
    return load_markets()[request.param]


def test_the_packaged_markets_are_latvia_portugal_germany_and_spain() -> None:
    assert set(load_markets()) == {"lv", "pt", "de", "es"}


def test_adding_a_market_file_needs_no_code(tmp_path: Path) -> None:
    (tmp_path / "lt.toml").write_text(changed(('name = "Latvia"', 'name = "Lithuania"')))
    markets = load_markets(tmp_path)
    assert markets["lt"].name == "Lithuania"
    assert set(markets) == {"lv", "pt", "de", "es", "lt"}


def test_every_error_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        changed(
            ('time_zone = "Europe/Riga"', 'time_zone = "Europe/Rigga"'),
            ('currency = "EUR"', 'currency = "euro"'),
            ("vat_basis_points = 2100", "vat_basis_points = 210000\ncolour = 1"),
            ("[tariff]", "[tarif]\n[tariff]"),
        )
    )
    (tmp_path / "b.toml").write_text("id = [")
    (tmp_path / "c.toml").write_text(changed(("contest_days = 90", "")))
    with pytest.raises(InvalidMarkets) as refused:
        load_markets(tmp_path)
    places = [line.split(": ")[:2] for line in str(refused.value).splitlines()]
    assert ["a.toml", "time_zone"] in places
    assert "a.toml: time_zone: Value error, not a time zone of the IANA database" in str(refused.value)
    assert {place for file, place in places if file == "a.toml"} == {
        "time_zone",
        "currency",
        "tariff.vat_basis_points",
        "tariff.colour",
        "tarif",
    }
    assert {file for file, _place in places} == {"a.toml", "b.toml", "c.toml"}
    assert ["c.toml", "tariff.contest_days"] in places


@pytest.mark.rule("R-47")
def test_a_market_says_up_to_how_much_a_lapsed_guarantee_grants_by_itself(tmp_path: Path) -> None:
    markets = load_markets()
    assert [markets["es"].guarantee.grants(minor) for minor in (0, 1, 50_000, 50_001)] == [False, True, True, False]
    assert not markets["lv"].guarantee.grants(1)
    lines = '[guarantee]\ngrants_up_to_minor = "any"\n'
    (tmp_path / "lt.toml").write_text(changed(("[tariff]", f"{lines}[tariff]")))
    assert load_markets(tmp_path)["lt"].guarantee.grants(10**9)


BROKEN: dict[str, tuple[tuple[str, str], str]] = {
    "unknown zone": (("Europe/Riga", "Mars/Olympus"), "x.toml: time_zone"),
    "zone outside the database": (("Europe/Riga", "../../etc/passwd"), "x.toml: time_zone"),
    "upper case id": (('id = "lt"', 'id = "LT"'), "x.toml: id"),
    "a guarantee by no clause": (
        ("[tariff]", '[guarantee]\ngrants_up_to_minor = 1\nclause = "S-9.9"\n[tariff]'),
        "x.toml: ",
    ),
    "no language": (('languages = ["lv", "ru", "en"]', "languages = []"), "x.toml: languages"),
    "unknown trigger": (("[takeovers.T6]", "[takeovers.T9]"), "x.toml: takeovers.T9"),
    "unknown mode": (('mode = "automatic"', 'mode = "sometimes"'), "x.toml: takeovers.T1.mode"),
    "eighth weekday": (("6 = []", "7 = []"), "x.toml: calendar.weekly.7"),
    "hour that no day has": (('["09:00", "17:00"]', '["09:00", "25:00"]'), "x.toml: calendar.weekly.0"),
    "date that no year has": (("2026-01-02", '"2026-02-30"'), "x.toml: calendar.holidays"),
    "fractional money": (("return_label_minor = 690", "return_label_minor = 6.9"), "x.toml: tariff.return_label_minor"),
    "negative money": (("return_label_minor = 690", "return_label_minor = -1"), "x.toml: tariff.return_label_minor"),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_market_is_refused_with_its_file_and_field(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    (tmp_path / "x.toml").write_text(changed(change))
    with pytest.raises(InvalidMarkets, match=re.escape(said)):
        load_markets(tmp_path)


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(changed())
    (tmp_path / "b.toml").write_text(changed())
    with pytest.raises(InvalidMarkets, match=r"^b\.toml: id: the market lt is defined twice$"):
        load_markets(tmp_path)


def test_a_file_of_the_deployment_takes_the_place_of_the_packaged_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "lv.toml").write_text(LATVIA.replace("contest_days = 90", "contest_days = 60"))
    assert load_markets(tmp_path)["lv"].tariff.contest_days == 60


def test_of_all_markets_a_cell_has_those_that_it_names(tmp_path: Path) -> None:
    """INVARIANT: would break if a folder of one market left the packaged ones there, so that two cells take an order."""
    (tmp_path / "lt.toml").write_text(changed())
    assert set(load_markets(tmp_path, ["lt", "es"])) == {"lt", "es"}
    assert set(load_markets(tmp_path, [])) == {"lv", "pt", "de", "es", "lt"}


def test_a_name_without_a_market_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidMarkets, match=r"^cell_markets: xx: no such market; there are de, es, lv, pt$"):
        load_markets(None, ["lv", "xx"])


# -- What the packaged data must say --------------------------------------------------------------------------------------


def days(years: range) -> set[date]:
    """Return every day of these years."""
    first, last = date(years.start, 1, 1), date(years.stop, 1, 1)
    return {first + timedelta(days=n) for n in range((last - first).days)}


@pytest.mark.rule("R-01")
def test_packaged_holidays_are_those_of_the_library_that_the_source_names(market: Market) -> None:
    """R-01: holidays are data with their source and version, so a deadline can be recomputed years later."""
    source = SOURCE.fullmatch(market.calendar.source)
    assert source is not None, market.calendar.source
    assert source["version"] == version("holidays"), "update the markets (a new calendar version) with the library"
    assert source["country"] == market.id.upper()
    years = range(market.calendar.effective_from.year, max(market.calendar.holidays).year + 1)
    assert set(market.calendar.holidays) == set(holidays.country_holidays(source["country"], years=years))
    assert set(market.calendar.holidays) < days(years)


def works(market: Market, day: date) -> bool:
    """Whether the packaged calendar opens on a day."""
    hours = market.calendar.overrides.get(day.isoformat())
    if hours is not None:
        return bool(hours)
    return day not in market.calendar.holidays and bool(market.calendar.weekly[str(day.weekday())])  # type: ignore[index]


@pytest.mark.rule("R-01")
def test_packaged_working_days_are_those_of_the_library_weekends_included(market: Market) -> None:
    """R-01: a Saturday that is worked for a bridge day is a working day, and no other is."""
    years = range(market.calendar.effective_from.year, max(market.calendar.holidays).year + 1)
    library = holidays.country_holidays(market.id.upper(), years=years)
    assert {day for day in days(years) if works(market, day)} == {
        day for day in days(years) if library.is_working_day(day)
    }


def test_a_transferred_working_day_has_the_hours_of_any_other(market: Market) -> None:
    usual = {market.calendar.weekly[day] for day in ("0", "1", "2", "3", "4")}
    assert {hours for hours in market.calendar.overrides.values() if hours} <= usual


def test_packaged_holidays_reach_two_years_ahead(market: Market) -> None:
    covered = {day.year for day in market.calendar.holidays}
    assert covered >= {2025, 2026, 2027, 2028}


def test_every_trigger_has_a_rule_whose_clause_the_legal_pack_spells_out(market: Market) -> None:
    assert set(market.takeovers) == set(Trigger)
    assert {rule.clause for rule in market.takeovers.values()} <= set(market.legal.clauses)


def test_remedies_of_the_legal_pack_are_coded_remedies(market: Market) -> None:
    assert set(market.legal.remedies) <= set(Remedy)


def test_the_statutory_guarantee_is_at_least_the_law_of_the_union(market: Market) -> None:
    """Directive (EU) 2019/771, article 10: two years from delivery."""
    assert market.legal.statutory_months >= 24


@pytest.mark.parametrize("path", sorted(PACKAGED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_market_file_is_named_for_its_market(path: Path) -> None:
    assert tomllib.loads(path.read_text())["id"] == path.stem


@pytest.mark.parametrize("folder", ["", "absent"])
def test_a_folder_without_a_market_is_refused(tmp_path: Path, folder: str) -> None:
    """INVARIANT: would break if a file of another name, or a folder that is not mounted, left a market out without a word."""
    (tmp_path / "lt").write_text("id = 'lt'")
    with pytest.raises(InvalidMarkets, match=r"no file of a market \(\*\.toml\)"):
        load_markets(tmp_path / folder)
