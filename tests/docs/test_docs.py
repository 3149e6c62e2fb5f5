"""What the documents say of the code is so: places, links, targets, settings, metrics, events. Each check is seen to bite."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from document_claims import (
    ROOT,
    RUN_HERE,
    SEEN_ELSEWHERE,
    WRITTEN,
    broken_links,
    cited_places,
    commands,
    misplaced,
    named_targets,
    targets,
)

from chassis.settings import Settings
from disputes.settings import DisputesSettings
from messaging.attachments.settings import MessagingSettings
from ombud_contracts import REGISTRY
from sla_monitor.settings import SlaSettings

SERVICES = ("ticketing", "messaging", "disputes", "sla-monitor", "billing")
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
PARTS = ("Context", "Decision", "Consequences", "Alternatives", "Enforced by", "Revisit when")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", WRITTEN, ids=name_of)
def test_every_place_a_document_cites_is_there(document: Path) -> None:
    assert not misplaced(document.read_text())


def test_the_tour_and_the_readme_cite_all_five_services() -> None:
    for document in (ROOT / "docs/tour.md", ROOT / "README.md"):
        cited = " ".join(path for path, _ in cited_places(document.read_text()))
        assert [s for s in SERVICES if f"services/{s}/" not in cited] == []


def test_a_place_that_is_not_there_is_seen() -> None:
    real = "services/ticketing/src/ticketing/cases/domain/state.py"
    text = f"`{real}::refuse_closed` `{real}::Case.taken_over` `{real}::Case.gone` `{real}::gone` `nowhere.py::decide`"
    assert misplaced(text) == [f"{real}::Case.gone", f"{real}::gone", "nowhere.py::decide"]


@pytest.mark.parametrize("document", WRITTEN, ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert not broken_links(document.read_text(), document.parent)


def test_a_link_that_leads_nowhere_is_seen() -> None:
    text = (
        "# A title\n[a](README.md) [b](gone.md) [c](#a-title) [d](#gone) [e](README.md#gone) [f](https://example.com/x)"
    )
    assert broken_links(text, ROOT) == ["gone.md", "#gone", "README.md#gone"]


@pytest.mark.parametrize("document", WRITTEN, ids=name_of)
def test_every_target_of_make_exists(document: Path) -> None:
    assert named_targets(document.read_text()) <= targets((ROOT / "Makefile").read_text())


def test_a_target_that_is_gone_is_seen() -> None:
    assert named_targets("`make demo`\n```sh\nmake gone\n```\nmake sense") == {"demo", "gone"}
    assert "gone" not in targets((ROOT / "Makefile").read_text())


def test_the_readme_lists_every_target() -> None:
    listed = named_targets((ROOT / "README.md").read_text())
    assert targets((ROOT / "Makefile").read_text()) - {"help"} <= listed


def test_every_command_of_the_readme_is_run_by_ci() -> None:
    assert set(commands((ROOT / "README.md").read_text())) == {*SEEN_ELSEWHERE, *RUN_HERE}
    assert not misplaced(" ".join(SEEN_ELSEWHERE.values()))
    assert "make test" in (ROOT / ".ci/run").read_text()
    assert "from ombud_local.story.play import play" in (ROOT / "tests/journeys/test_story.py").read_text()


@pytest.mark.parametrize("decision", DECISIONS, ids=name_of)
def test_every_decision_has_its_parts_and_fits_on_a_page(decision: Path) -> None:
    text = decision.read_text()
    assert [p for p in PARTS if f"**{p}" not in text] == []
    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert len(text.split()) < 450


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(d.name[:4]) for d in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_every_setting_is_in_a_readme() -> None:
    common = set(Settings.model_fields)
    for settings, readme in (
        (Settings, "services/chassis/README.md"),
        (MessagingSettings, "docs/messaging.md"),
        (SlaSettings, "services/sla-monitor/README.md"),
        (DisputesSettings, "services/disputes/README.md"),
    ):
        own = set(settings.model_fields) - (common if settings is not Settings else set())
        text = (ROOT / readme).read_text()
        assert [f for f in sorted(own) if f"OMBUD_{f.upper()}" not in text] == []


def test_defaults_in_the_settings_table_are_those_of_the_code() -> None:
    text = (ROOT / "services/chassis/README.md").read_text()
    rows = re.findall(r"^\| (`OMBUD_[^|]+) \| ([^|]+) \|", text, re.MULTILINE)
    for names, defaults in rows:
        fields = [n.removeprefix("OMBUD_").lower() for n in re.findall(r"`(\w+)`", names)]
        for field, told in zip(fields, defaults.split(", "), strict=False):
            if re.fullmatch(r"`.+`|\d+", told.strip()):
                default = Settings.model_fields[field].default
                written = ",".join(default) if isinstance(default, tuple) else str(default).removesuffix(".0")
                assert written == told.strip().strip("`"), field


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_names_every_event_it_sends(service: str) -> None:
    text = (ROOT / f"services/{service}/README.md").read_text()
    sent = [type.partition(".")[2] for type in REGISTRY if type.startswith(f"{service}.")]
    assert sent
    assert [e for e in sent if f"`{e}`" not in text] == []


def test_every_metric_is_documented_and_every_documented_metric_exists() -> None:
    source = "".join(p.read_text() for p in ROOT.glob("services/*/src/**/*.py"))
    exist = set(re.findall(r'"(ombud_\w+)",\s*"', source))
    documents = [*ROOT.glob("services/*/README.md"), ROOT / "docs/sla-monitor.md", ROOT / "docs/messaging.md"]
    text = "".join(p.read_text() for p in documents)
    named = set(re.findall(r"`(ombud_\w+)`", text)) - {"ombud_contracts"}
    shortened = {f"ombud_consumer{tail}" for tail in re.findall(r"`(_\w+_total)`", text)}
    assert named | shortened == exist


def test_the_picture_of_the_demo_shows_nothing_of_the_machine_it_was_made_on() -> None:
    drawn = (ROOT / "docs/demo.svg").read_text()
    shown = "".join(ElementTree.fromstring(drawn).itertext()).replace("\xa0", " ")
    assert re.search(r"\d+ claims hold", shown)
    assert not re.search(r"127\.0\.0\.1|localhost|/(home|root|tmp|work|Users)\b", drawn)
    assert "@font-face" not in drawn
