"""What the contract of services in nouns says of a whole service: how many rooms it has, and what a line of `anatomy` allows."""

from grimp import ImportGraph
from noun_contract import MOST_ROOMS, NounsContract


def wrong_in(graph: ImportGraph, *order: str, anatomy: tuple[str, ...] = ()) -> list[str]:
    options = {"service": "shop", "order": list(order), "anatomy": list(anatomy)}
    found: list[str] = NounsContract("nouns", {}, options).check(graph, verbose=False).metadata["wrong"]
    return found


def graph_of(*modules: str, imports: tuple[tuple[str, str], ...] = ()) -> ImportGraph:
    graph = ImportGraph()
    for module in modules:
        graph.add_module(module)
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    return graph


def test_a_service_has_at_most_fourteen_rooms() -> None:
    rooms = [f"noun_{number}" for number in range(MOST_ROOMS + 1)]
    assert wrong_in(graph_of("shop"), *rooms) == ["15 rooms at the root; 14 are the most"]
    assert wrong_in(graph_of("shop"), *rooms[:MOST_ROOMS]) == []


def test_a_starred_file_is_offered_and_another_one_is_not() -> None:
    graph = graph_of("shop.baskets.jobs", "shop.goods.prices", imports=(("shop.baskets.jobs", "shop.goods.prices"),))
    assert wrong_in(graph, "baskets", "goods", anatomy=("goods: api > prices* > domain",)) == []
    (said,) = wrong_in(graph, "baskets", "goods", anatomy=("goods: api > prices > domain",))
    assert said == "shop.baskets.jobs -> shop.goods.prices: the noun does not offer it to others"


def test_the_composition_root_enters_by_every_door_and_reaches_past_none() -> None:
    graph = graph_of("shop.app", "shop.goods.api", imports=(("shop.app", "shop.goods.api"),))
    assert wrong_in(graph, "app", "goods") == []
    graph.add_import(importer="shop.app", imported="shop.goods.domain.price")
    assert wrong_in(graph, "app", "goods") == [
        "shop.app -> shop.goods.domain.price: it reaches past what the noun offers"
    ]
