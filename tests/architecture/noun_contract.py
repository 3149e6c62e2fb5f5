"""The shape of a service whose rooms are nouns, as one contract of import-linter: one block of `.importlinter` a service.

`order` lists what stands at the service's root, from top to bottom; a line imports from lines below it only. A package is
a noun, a module is not. Inside a noun stand the files of TEMPLATE, each of which imports from those below it. `anatomy`
has a line for each noun with further files: the whole order, and a star at what other nouns may enter beside OFFERED.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

TEMPLATE = "api | consumers | jobs > views > store > publish > domain"
OFFERED = frozenset({"views", "store", "publish", "domain"})
MOST_ROOMS = 14


@dataclass(frozen=True)
class Shelf:
    """An order from top to bottom, and which of it is starred."""

    places: Mapping[str, int]
    starred: frozenset[str]

    @classmethod
    def of(cls, layers: Iterable[str]) -> "Shelf":
        """Read layers from top to bottom; those of one layer, apart by `|`, do not import each other."""
        named = {name.strip(): place for place, layer in enumerate(layers) for name in layer.split("|")}
        starred = frozenset(name.rstrip("*") for name in named if name.endswith("*"))
        return cls({name.rstrip("*"): place for name, place in named.items()}, starred)

    def stands_above(self, upper: str, lower: str) -> bool:
        """Whether one stands above the other; what is not on the shelf stands nowhere."""
        return upper in self.places and lower in self.places and self.places[upper] < self.places[lower]


@dataclass(frozen=True)
class Spot:
    """Where a module stands: its room at the service's root, the file or folder in it, and whether it lies deeper yet."""

    room: str
    part: str
    deeper: bool

    @classmethod
    def of(cls, module: str) -> "Spot":
        """Read a dotted name that begins with the service."""
        _, room, part, *rest = [*module.split("."), "", ""]
        return cls(room, part, any(rest))


class NounsContract(Contract):  # type: ignore[misc]  # import-linter's base class has no types
    """Nouns stand in order, are built alike, and are entered by what they offer."""

    type_name = "nouns"

    service = fields.StringField()
    order = fields.ListField(subfield=fields.StringField())
    anatomy = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  # import-linter passes it
        """Look at every room, every file and every import of the service."""
        modules = sorted(m for m in graph.modules if m.startswith(f"{self.service}."))
        root = Shelf.of(self.order)
        nouns = self._nouns(modules)
        wrong = [*_misplaced(modules, root, nouns), *self._illegal(graph, modules, root, nouns)]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print a line for each violation."""
        for line in check.metadata["wrong"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()

    def _nouns(self, modules: Iterable[str]) -> Mapping[str, Shelf]:
        described = dict(line.split(":", 1) for line in self.anatomy or ())
        rooms = {Spot.of(module).room for module in modules if Spot.of(module).part}
        return {room: Shelf.of(described.get(room, TEMPLATE).split(">")) for room in sorted(rooms)}

    def _illegal(
        self, graph: ImportGraph, modules: Iterable[str], root: Shelf, nouns: Mapping[str, Shelf]
    ) -> Iterator[str]:
        for importer in modules:
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if not imported.startswith(f"{self.service}."):
                    continue
                if why := _objection(Spot.of(importer), Spot.of(imported), root, nouns):
                    yield f"{importer} -> {imported}: {why}"


def _misplaced(modules: Iterable[str], root: Shelf, nouns: Mapping[str, Shelf]) -> Iterator[str]:
    if len(root.places) > MOST_ROOMS:
        yield f"{len(root.places)} rooms at the root; {MOST_ROOMS} are the most"
    for module in modules:
        spot = Spot.of(module)
        if spot.room not in root.places:
            yield f"{module}: no line of `order` names it"
        elif spot.part and spot.part not in nouns[spot.room].places:
            yield f"{module}: neither the template nor a line of `anatomy` has such a file"


def _objection(importer: Spot, imported: Spot, root: Shelf, nouns: Mapping[str, Shelf]) -> str:
    """Return what is wrong with an import, or nothing."""
    if importer.room == imported.room:
        same = importer.part == imported.part
        in_order = same or nouns[imported.room].stands_above(importer.part, imported.part)
        return "" if in_order else "it does not stand below it in their noun"
    if not root.stands_above(importer.room, imported.room):
        return "it does not stand below it in the service"
    if imported.room not in nouns or not imported.part:
        return ""
    if imported.deeper:
        return "it reaches past what the noun offers"
    if importer.room not in nouns:
        return ""  # the composition root enters by every door
    if importer.part == "domain" and imported.part != "domain":
        return "a domain imports domains"
    offered = OFFERED | nouns[imported.room].starred
    return "" if imported.part in offered else "the noun does not offer it to others"
