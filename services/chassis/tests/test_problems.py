"""What refuses says so by RFC 9457, and says first what every problem says."""

import json

from chassis.problems import Problem, render


def test_no_fact_takes_the_place_of_a_member_that_every_problem_has() -> None:
    """INVARIANT: would break if a refusal whose fact is called `status` were read as an answer of another status."""
    facts = {"status": "INSPECTED", "type": "x", "detail": "y", "title": "z", "traceId": "w", "left_minor": 5}
    status, body = render(Problem(409, "refused", "Not now.", facts=facts))
    read = json.loads(body)
    said = {name: read[name] for name in ("type", "title", "status", "detail", "left_minor")}
    assert said == {
        "type": "urn:ombud:problem:refused",
        "title": read["title"],
        "status": 409,
        "detail": "Not now.",
        "left_minor": 5,
    }
    assert status == 409
    assert read["title"] != "z"
    assert read["traceId"] != "w"
