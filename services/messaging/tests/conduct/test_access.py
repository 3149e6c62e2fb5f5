"""Who may do what with a complaint, cell by cell, before and after the seller was told (product rules, section 8)."""

import pytest
from attachment_desk import BUYER, SELLER, Desk
from conduct_desk import ALLEGED, ANSWERED, INVESTIGATOR, NOT_FOUND, REVIEWER, WRONG, investigated, told_of
from enforcement_desk import do

pytestmark = pytest.mark.rule("R-45")
PEOPLE = {
    "complainant": BUYER,
    "accused": SELLER,
    "another buyer": "buyer:buy_2",
    "another seller": "seller:sel_2",
    "the buyer's id as a seller": "seller:buy_1",
    "agent": "agent:agt_1:lv",
    "agent elsewhere": "agent:agt_2:pt",
    "investigator": INVESTIGATOR,
    "mediator elsewhere": "mediator:med_9:pt",
    "reviewer": REVIEWER,
    "reviewer elsewhere": "supervisor:sup_9:pt",
    "administrator": "administrator:adm_1:lv",
}
SEES = {"complainant", "agent", "investigator", "reviewer", "administrator"}
"""Before the seller was told."""
OUTCOME = {"outcome": "UPHELD", "reasons": ["looked_again"]}
ROUTES: dict[str, tuple[object, set[str]]] = {
    "": (None, SEES | {"accused"}),
    "/investigation": (None, {"investigator", "reviewer"}),
    "/telling": ({"allegation": ALLEGED}, {"investigator", "reviewer"}),
    "/answer": ({"answer": ANSWERED}, {"accused"}),
    "/decision": (NOT_FOUND, {"investigator", "reviewer"}),
    "/appeals": (WRONG, {"complainant", "accused"}),
    "/appeals/decision": (OUTCOME, {"reviewer"}),
}
"""Route → what is sent, and who may; whether it can be done now is another question."""


async def status(desk: Desk, who: str, path: str, body: object) -> int:
    if not path.rpartition("/")[2].startswith("cpl_"):
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": f"{who}|{path}"}
        return (await desk.http.post(path, headers=headers, json=body)).status_code
    return (await desk.get(who, path)).status_code


@pytest.mark.parametrize("knows", [False, True], ids=["untold", "told"])
@pytest.mark.parametrize("route", ROUTES)
async def test_each_cell(desk: Desk, route: str, knows: bool) -> None:
    """INVARIANT: would break if somebody could look at, or move, a complaint that is none of theirs; or the seller, before."""
    path = await (told_of if knows else investigated)(desk)
    body, may = ROUTES[route]
    sees = SEES | {"accused"} if knows else SEES
    cells = {name: "done" if name in may & sees else "403" if name in sees else "404" for name in PEOPLE}
    refused_first = sorted(PEOPLE, key=lambda name: cells[name] == "done")
    found = {}
    for name in refused_first:
        answered = await status(desk, PEOPLE[name], f"{path}{route}", body)
        found[name] = str(answered) if answered in (403, 404) else "done"
        assert answered < 422
    assert found == cells


@pytest.mark.parametrize(
    ("name", "expected"),
    [(name, 201 if name == "complainant" else 403 if name in SEES | {"accused"} else 404) for name in PEOPLE],
)
async def test_who_files(desk: Desk, name: str, expected: int) -> None:
    body = {"grounds": ["INSULT"], "statement": "Apvainoja."}
    await do(desk, PEOPLE[name], f"/conversations/{desk.case}/conduct-complaints", body, expected)
