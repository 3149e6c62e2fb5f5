"""Writes the Grafana dashboards to dashboards/*.json: `python deploy/observability/dashboards.py [--check]`.

Each panel is a row of a table below: its title, its unit, and its queries with their legends.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from ombud_contracts.generate import REPOSITORY, run

FOLDER = Path(__file__).parent / "dashboards"
Queries = Mapping[str, str]
"""Expressions by their legends."""
PanelRow = tuple[str, str, Queries]
_R = "[$__rate_interval]"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")


def _published(*types: str) -> Queries:
    named = {type.partition(".")[2].replace("_", " "): type for type in types}
    return {
        legend: f'sum(increase(ombud_outbox_published_total{{type="{type}"}}[1h])) or vector(0)'
        for legend, type in named.items()
    }


PLATFORM: Mapping[str, Sequence[PanelRow]] = {
    "Service": [
        ("Ready processes", "short", {"{{job}}": "sum by (job) (ombud_ready)"}),
        ("Requests", "reqps", {"{{job}}": f"sum by (job) (rate(ombud_http_requests_total{_R}))"}),
        (
            "Failures of ours (5xx)",
            "percentunit",
            {
                "{{job}}": f'sum by (job) (rate(ombud_http_requests_total{{status=~"5.."}}{_R})) '
                f"/ sum by (job) (rate(ombud_http_requests_total{_R}))"
            },
        ),
        (
            "Refusals (4xx) by route",
            "reqps",
            {
                "{{method}} {{route}} {{status}}": "topk(10, sum by (method, route, status) "
                f'(rate(ombud_http_requests_total{{status=~"4.."}}{_R})))'
            },
        ),
        (
            "Latency, 50th and 99th percentile",
            "s",
            {
                f"p{quantile * 100:.0f} {{{{job}}}}": f"histogram_quantile({quantile}, "
                f"sum by (job, le) (rate(ombud_http_request_seconds_bucket{_R})))"
                for quantile in (0.5, 0.99)
            },
        ),
        (
            "Slowest routes, 99th percentile",
            "s",
            {
                "{{method}} {{route}}": "topk(10, histogram_quantile(0.99, "
                f"sum by (method, route, le) (rate(ombud_http_request_seconds_bucket{_R}))))"
            },
        ),
    ],
    "Writes": [
        (
            "Commands in one transaction",
            "short",
            {
                "{{job}}": f"sum by (job) (rate(ombud_commit_commands_total{_R})) "
                f"/ sum by (job) (rate(ombud_commit_groups_total{_R}))"
            },
        ),
        ("Open streams", "short", {"{{job}} {{stream}}": "sum by (job, stream) (ombud_live_connections)"}),
    ],
}
EVENTS: Mapping[str, Sequence[PanelRow]] = {
    "Outbox": [
        ("Oldest event that waits", "s", {"{{job}}": "max by (job) (ombud_outbox_oldest_age_seconds)"}),
        ("Published", "wps", {"{{topic}}": f"sum by (topic) (rate(ombud_outbox_published_total{_R}))"}),
        ("Batches that failed", "short", {"{{job}}": "sum by (job) (increase(ombud_outbox_failures_total[1h]))"}),
        ("Keys that wait behind a refused event", "short", {"{{job}}": "max by (job) (ombud_outbox_refused_keys)"}),
    ],
    "Consumers": [
        (
            "Lag, the oldest unhandled record",
            "s",
            {"{{group}}": "max by (group) (ombud_consumer_lag_seconds)"},
        ),
        (
            "Worst partitions",
            "s",
            {"{{topic}}/{{partition}}": "topk(10, max by (group, topic, partition) (ombud_consumer_lag_seconds))"},
        ),
        ("Records that wait", "short", {"{{group}}": "sum by (group) (ombud_consumer_lag_records)"}),
        ("Effects", "ops", {"{{group}}": f"sum by (group) (rate(ombud_consumer_handled_total{_R}))"}),
        ("Repeats that were skipped", "ops", {"{{group}}": f"sum by (group) (rate(ombud_consumer_skipped_total{_R}))"}),
        (
            "Time for a batch, 99th percentile",
            "s",
            {
                "{{group}}": "histogram_quantile(0.99, "
                f"sum by (group, le) (rate(ombud_consumer_batch_seconds_bucket{_R})))"
            },
        ),
        ("Rebalances", "short", {"{{group}}": "sum by (group) (increase(ombud_consumer_rebalances_total[1h]))"}),
        (
            "Attempts that met a locked document",
            "ops",
            {"{{group}}": f"sum by (group) (rate(ombud_consumer_conflicts_total{_R}))"},
        ),
    ],
    "Trouble": [
        ("Dead letters", "short", {"{{group}}": "sum by (group) (increase(ombud_dead_letters_total[1h]))"}),
        ("Forged events", "short", {"{{group}}": "sum by (group) (increase(ombud_consumer_forged_total[1h]))"}),
        ("Records lost", "short", {"{{group}}": "sum by (group) (increase(ombud_consumer_lost_records_total[1h]))"}),
        (
            "Events that wait for others",
            "short",
            {"{{group}}": "sum by (group) (increase(ombud_consumer_waiting_total[1h]))"},
        ),
    ],
}
CASEWORK: Mapping[str, Sequence[PanelRow]] = {
    "Deadlines": [
        ("Owed now", "short", {"{{market}} {{owner}}": "max by (market, owner) (ombud_sla_owed)"}),
        ("Of those, late", "short", {"{{market}} {{owner}}": "max by (market, owner) (ombud_sla_owed_overdue)"}),
        ("Due within a minute", "short", {"all markets": "max(ombud_sla_due_next_minute)"}),
        ("Past and not announced", "short", {"all markets": "max(ombud_sla_overdue_unannounced)"}),
        (
            "Announced after its time, 99th percentile",
            "s",
            {"p99": f"histogram_quantile(0.99, sum by (le) (rate(ombud_sla_fire_delay_seconds_bucket{_R})))"},
        ),
        (
            "Breaches, in an hour",
            "short",
            _published("sla-monitor.clock_breached", "sla-monitor.breach_withdrawn", "sla-monitor.clock_warned"),
        ),
    ],
    "Contacts": [
        ("Cases, in an hour", "short", _published("ticketing.case_opened", "ticketing.case_closed")),
        (
            "Messages, in an hour",
            "short",
            _published("messaging.message_delivered", "messaging.message_held", "messaging.message_blocked"),
        ),
        (
            "Takeovers, in an hour",
            "short",
            _published(
                "ticketing.takeover_proposed",
                "ticketing.takeover_activated",
                "ticketing.takeover_handed_back",
                "ticketing.takeover_reversed",
            ),
        ),
        ("Sanctions, in an hour", "short", _published("messaging.sanction_imposed", "messaging.sanction_lifted")),
    ],
    "Disputes and money": [
        (
            "Disputes, in an hour",
            "short",
            _published(
                "disputes.dispute_opened",
                "disputes.dispute_settled",
                "disputes.dispute_escalated",
                "disputes.dispute_decided",
                "disputes.dispute_lapsed",
            ),
        ),
        (
            "Charges, in an hour",
            "short",
            _published("billing.charge_posted", "billing.charge_contested", "billing.charge_reversed"),
        ),
        (
            "Refunds, in an hour",
            "short",
            _published("billing.refund_ordered", "billing.refund_completed", "billing.refund_failed"),
        ),
        ("Ledger imbalance", "short", {"{{currency}}": "max by (currency) (abs(ombud_ledger_imbalance))"}),
        (
            "Charged beyond what was paid",
            "short",
            {"{{currency}}": "max by (currency) (ombud_ledger_over_recovered_minor)"},
        ),
        (
            "Goodwill, part of the month's budget",
            "percentunit",
            {
                "{{market}}": "max by (market) (ombud_goodwill_month_minor) "
                "/ (max by (market) (ombud_goodwill_budget_minor) > 0)"
            },
        ),
    ],
}
DASHBOARDS = {"platform": PLATFORM, "events": EVENTS, "casework": CASEWORK}


def dashboard(name: str, rows: Mapping[str, Sequence[PanelRow]]) -> str:
    """Return a dashboard as JSON. Its data source is a variable, so that it can be imported anywhere."""
    source = DatasourceVariable("datasource").type("prometheus").label("Data source")
    made = Dashboard(f"Ombud: {name}").uid(f"ombud-{name}").tags(["ombud"]).refresh("30s").time("now-3h", "now")
    made = made.with_variable(source).readonly()
    for title, panels in rows.items():
        made = made.with_row(Row(title))
        for panel in panels:
            made = made.with_panel(_panel(*panel))
    return str(JSONEncoder(sort_keys=True, indent=2).encode(made.build())) + "\n"


def _panel(title: str, unit: str, queries: Queries) -> Panel:
    panel = Panel().title(title).unit(unit).min(0).datasource(_SOURCE).span(12).height(8)
    for letter, (legend, expression) in zip("ABCDEFGH", queries.items(), strict=False):
        panel = panel.with_target(Dataquery().ref_id(letter).expr(expression).legend_format(legend))
    return panel


def main() -> None:
    """Write the dashboards, or with `--check` say which are not as they would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    wanted = {FOLDER / f"{name}.json": dashboard(name, rows) for name, rows in DASHBOARDS.items()}
    sys.exit(run(wanted, parser.parse_args().check, REPOSITORY, "make docs"))


if __name__ == "__main__":
    main()
