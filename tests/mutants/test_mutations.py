"""Mutations are changes: each gives another program, and nothing that is only said is changed."""

import ast

from mutations import REFUSAL_GOES, mutations_of

SOURCE = '''
"""A module with 1 docstring."""

LIMIT: int = 3

def decide(paid: int, due: int, buyer: str, seller: str) -> list[object]:
    """Return what happens."""
    if paid >= due and not buyer:
        return [tell(buyer_id=buyer, seller_id=seller)]
    if paid - due == LIMIT:
        raise ValueError("no more than 3")
    return []
'''


def test_every_mutation_is_another_program() -> None:
    made = [mutation.made_in(SOURCE) for mutation in mutations_of(SOURCE)]
    assert len({ast.dump(ast.parse(text)) for text in [SOURCE, *made]}) == len(made) + 1


def test_each_kind_is_made_where_it_can_be() -> None:
    what = [mutation.what for mutation in mutations_of(SOURCE)]
    assert sorted(what) == [
        "becomes +",
        "becomes or",
        "buyer_id and seller_id change places",
        "comparison becomes !=",
        "comparison becomes >",
        "condition is turned around",
        "condition is turned around",
        "not is dropped",
        "nothing happens",
        "one more",
        "refusal is taken out",
    ]


def test_a_refusal_is_taken_out_whole() -> None:
    (gone,) = [m for m in mutations_of(SOURCE) if m.what == REFUSAL_GOES]
    assert "    if False:\n        raise" in gone.made_in(SOURCE)


def test_neighbours_change_places_whole() -> None:
    (swap,) = [m for m in mutations_of(SOURCE) if "places" in m.what]
    assert "tell(buyer_id=seller, seller_id=buyer)" in swap.made_in(SOURCE)
