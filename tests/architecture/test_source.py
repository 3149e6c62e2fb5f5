"""Rules that only the source can show. Each rule is a function of a module's syntax tree, and is seen to bite on a planted line."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.logs import FIELDS
from ombud_contracts import groups, topics

ROOT = Path(__file__).parents[2]
SERVICES = ("ticketing", "messaging", "disputes", "sla_monitor", "billing")
LIBRARIES = ("ombud_detection", "ombud_files", "ombud_rulebooks")
"""What services share and is not a service. Detection is held to what a domain is held to."""
VETTED = {
    "ombud_detection": {"ahocorasick", "confusable_homoglyphs", "lingua", "phonenumbers", "tldextract"},
    "sla_monitor.working_time.domain.batch": {"numpy"},
}
"""Pure libraries that entered a domain behind small named functions."""
IMPURE = {"asyncio", "logging", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid"}
"""What a domain may not have of the standard library: clocks, ids, chance, and whatever waits or writes."""
DRIVERS = {"motor", "pymongo", "bson", "gridfs"}
PRODUCERS = {"chassis.outbox", "chassis.dead_letters"}
"""The relay, and the operator's tool that sends a parked record again."""


@dataclass(frozen=True)
class Module:
    """A module's dotted name and its syntax tree."""

    name: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def imported(self) -> set[str]:
        """Dotted names of everything imported from outside the module's own package by relative import."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module or "")
        return names

    def top_packages(self) -> set[str]:
        return {name.partition(".")[0] for name in self.imported()}


def modules() -> Iterator[Module]:
    """Every module of the contracts, the chassis and the services."""
    for source in (ROOT / "contracts" / "src", *(ROOT / "services").glob("*/src")):
        for path in sorted(source.rglob("*.py")):
            dotted = ".".join(path.relative_to(source).with_suffix("").parts)
            yield Module(dotted.removesuffix(".__init__"), ast.parse(path.read_text()))


ALL = list(modules())


def planted(name: str, line: str) -> Module:
    return Module(name, ast.parse(line))


# -- The rules: each returns what is wrong with a module ------------------------------------------------------------------


def _is_pure(name: str) -> bool:
    return bool({"domain", "refusals"} & set(name.split("."))) or name.partition(".")[0] == "ombud_detection"


def _decides(module: Module) -> bool:
    return _is_pure(module.name) and module.name != "ombud_detection.inspect_command"


def impure_imports(module: Module) -> set[str]:
    """A domain imports the standard library, the shared words, its service's domains and vetted pure libraries."""
    if not _decides(module):
        return set()
    vetted = {lib for where, libs in VETTED.items() if module.name.startswith(where) for lib in libs}
    with_domains = {n for n in module.imported() if n.partition(".")[0] in {module.package, "ombud_rulebooks"}}
    foreign = {n for n in with_domains if not _is_pure(n)}
    allowed = (
        (sys.stdlib_module_names - IMPURE)
        | vetted
        | {module.package, "ombud_words", "ombud_detection", "ombud_rulebooks"}
    )
    return foreign | (module.top_packages() - allowed)


def clock_readings(module: Module) -> set[str]:
    """A domain is told the time; it never looks."""
    if not _decides(module):
        return set()
    readings = {"now", "utcnow", "today"}
    return {c.func.attr for c in module.calls() if isinstance(c.func, ast.Attribute) and c.func.attr in readings}


def more_than_contracts_need(module: Module) -> set[str]:
    """A subscriber installs the contracts, and pydantic with them."""
    if module.package != "ombud_contracts":
        return set()
    return module.top_packages() - sys.stdlib_module_names - {"ombud_contracts", "ombud_words", "pydantic"}


def other_services(module: Module) -> set[str]:
    """Services never import services; nor does the chassis or the contracts."""
    return module.top_packages() & (set(SERVICES) - {module.package})


def drivers(module: Module) -> set[str]:
    """Only chassis.mongo and chassis.grid_files import a database driver."""
    return (
        set()
        if module.name in ("chassis.mongo", "chassis.transaction", "chassis.grid_files")
        else module.top_packages() & DRIVERS
    )


def databases_at_a_door(module: Module) -> set[str]:
    """Routes and consumers get a unit: they hold no database, and take none from the runtime."""
    if module.package == "chassis" or not {"api", "consumers", "views"} & set(module.name.split(".")):
        return set()
    taken = {ast.unparse(n) for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and n.attr == "mongo"}
    return taken | module.imported() & {"chassis.mongo"}


def hidden_routes(module: Module) -> set[str]:
    """A route is a function of its module, never one inside another function."""
    functions = [n for n in ast.walk(module.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = [n for outer in functions for n in ast.walk(outer) if n is not outer and n in functions]
    return {f.name for f in inner for d in f.decorator_list if ast.unparse(d).startswith("router.")}


def producers(module: Module) -> set[str]:
    """Nothing but the relay, and the dead-letter tool, has a producer."""
    if module.name in PRODUCERS:
        return set()
    names = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
    names |= {alias.name for n in ast.walk(module.tree) if isinstance(n, ast.ImportFrom) for alias in n.names}
    attributes = {c.func for c in module.calls() if isinstance(c.func, ast.Attribute)}
    sends = {a.attr for a in attributes if a.attr in {"publisher", "publish_batch", "send_and_wait"}}
    sends |= {"publish" for a in attributes if a.attr == "publish" and ast.unparse(a.value).endswith("broker")}
    return names & {"AIOKafkaProducer"} | sends


def topics_spelled_again(module: Module) -> set[str]:
    """Topics and groups are spelled once, in the contracts."""
    if module.package == "ombud_contracts":
        return set()
    spelled = {t.name for t in topics.ALL} | {g.name for g in groups.ALL}
    return {
        n.value for n in ast.walk(module.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    } & spelled


def loose_log_lines(module: Module) -> set[str]:
    """A log line is a constant sentence with fields of the list in `extra`: no value can slip into its text."""
    wrong = set()
    for call in module.calls():
        if not (isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in {"log", "logger", "logging"}):
            continue
        if call.func.attr not in {"debug", "info", "warning", "error", "exception", "critical", "log"}:
            continue
        if len(call.args) != 1 or not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
            wrong.add(ast.unparse(call))
        extra = next((k.value for k in call.keywords if k.arg == "extra"), ast.Dict([], []))
        keys = extra.keys if isinstance(extra, ast.Dict) else [None]
        if any(not isinstance(key, ast.Constant) or key.value not in FIELDS for key in keys):
            wrong.add(ast.unparse(call))
    return wrong


def empty_names(module: Module) -> set[str]:
    """A module is named for a noun or a verb of its own."""
    return set(module.name.split(".")) & {"utils", "util", "helpers", "common", "base", "manager", "impl", "misc"}


def prints(module: Module) -> set[str]:
    """What runs as a service writes logs, and nothing else to standard output."""
    tools = ("cli", "inspect_command", "dead_letters", "topics_command", "strimzi", "documents", "generate", "__main__")
    if module.name.rpartition(".")[2] in tools:
        return set()
    said = [c for c in module.calls() if isinstance(c.func, ast.Name) and c.func.id == "print"]
    return {ast.unparse(c) for c in said if not any(k.arg == "file" for k in c.keywords)}


Rule = Callable[[Module], set[str]]
BITES: list[tuple[Rule, Module, str]] = [
    (impure_imports, planted("billing.charges.domain", "import pydantic"), "pydantic"),
    (impure_imports, planted("billing.charges.domain", "import numpy"), "numpy"),
    (impure_imports, planted("billing.charges.domain", "from uuid import uuid4"), "uuid"),
    (
        impure_imports,
        planted("billing.charges.domain", "from billing.charges.store import CHARGES"),
        "billing.charges.store",
    ),
    (impure_imports, planted("billing.charges.domain", "from ombud_rulebooks.store import X"), "ombud_rulebooks.store"),
    (clock_readings, planted("disputes.disputes.domain.slot", "at = datetime.now(UTC)"), "now"),
    (more_than_contracts_need, planted("ombud_contracts.event", "import aiokafka"), "aiokafka"),
    (other_services, planted("disputes.disputes.views", "from ticketing.cases.views import CaseView"), "ticketing"),
    (other_services, planted("chassis.http", "def f():\n    import billing"), "billing"),
    (drivers, planted("chassis.outbox", "from motor.motor_asyncio import AsyncIOMotorClient"), "motor"),
    (drivers, planted("billing.charges.store", "from bson import ObjectId"), "bson"),
    (databases_at_a_door, planted("billing.charges.api", "found = lists(runtime.mongo)"), "runtime.mongo"),
    (databases_at_a_door, planted("billing.charges.consumers", "from chassis.mongo import Mongo"), "chassis.mongo"),
    (hidden_routes, planted("billing.charges.api", "def f():\n    @router.get('/')\n    async def g(): ..."), "g"),
    (producers, planted("billing.charges.api", "from aiokafka import AIOKafkaProducer"), "AIOKafkaProducer"),
    (producers, planted("billing.charges.api", "aiokafka.AIOKafkaProducer()\nAIOKafkaProducer()"), "AIOKafkaProducer"),
    (producers, planted("billing.charges.api", "await_ = app.state.broker.publish(b'')"), "publish"),
    (topics_spelled_again, planted("billing.charges.api", "TOPIC = 'billing.charges.v1'"), "billing.charges.v1"),
    (
        loose_log_lines,
        planted("billing.charges.api", "log.info('x', extra={'text': t})"),
        "log.info('x', extra={'text': t})",
    ),
    (loose_log_lines, planted("billing.charges.api", "log.info('x', extra=facts)"), "log.info('x', extra=facts)"),
    (
        loose_log_lines,
        planted("billing.charges.api", "log.info('x', extra={**facts})"),
        "log.info('x', extra={**facts})",
    ),
    (loose_log_lines, planted("billing.charges.api", "log.info(f'{text}')"), "log.info(f'{text}')"),
    (loose_log_lines, planted("billing.charges.api", "log.error('%s', text)"), "log.error('%s', text)"),
    (empty_names, planted("billing.utils", ""), "utils"),
    (prints, planted("billing.charges.api", "print(text)"), "print(text)"),
]
RULES = list(dict.fromkeys(rule for rule, _module, _found in BITES))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_source_keeps_the_rule(rule: Rule) -> None:
    assert {module.name: sorted(wrong) for module in ALL if (wrong := rule(module))} == {}, rule.__doc__


@pytest.mark.parametrize(("rule", "module", "found"), BITES, ids=lambda part: getattr(part, "__name__", None))
def test_a_planted_line_breaks_its_rule(rule: Rule, module: Module, found: str) -> None:
    """INVARIANT: a rule that finds nothing has looked. Breaks when a rule reads the wrong modules or the wrong syntax."""
    assert found in rule(module)


def test_the_rules_read_every_package() -> None:
    assert {module.package for module in ALL} == {"ombud_words", "ombud_contracts", "chassis", *LIBRARIES, *SERVICES}
    assert len(ALL) > 150


def test_logs_have_no_field_for_a_text_a_name_or_an_address() -> None:
    words = {"text", "body", "message", "name", "address", "email", "phone", "title", "value", "content"}
    assert {field for field in FIELDS if set(re.split("_", field)) & words} == set()
