"""A database that takes a command, breaks no connection and does not answer (F20)."""

import asyncio

import pytest
from bought_phone import BOUGHT, BUYER, CONTACT, DELIVERED

from chassis import http
from chassis.store import Writes
from chassis.testing.desk import a_desk
from ticketing.app import SERVICE


async def test_a_command_is_answered_though_the_database_hangs_and_takes_effect_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """INVARIANT: would break if a client waited for as long as the database does, or its retry opened another case."""
    async with a_desk(SERVICE) as desk:
        await desk.hears(BOUGHT, DELIVERED)
        answers, commit = asyncio.Event(), desk.mongo.commit

        async def hangs(writes: Writes) -> None:
            await answers.wait()
            await commit(writes)

        monkeypatch.setattr(desk.mongo, "commit", hangs)
        with monkeypatch.context() as soon:
            soon.setattr(http, "_ENDED_SECONDS", 0.5)
            answer = await desk.post(BUYER, "/cases", CONTACT, key="once")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        answers.set()
        opened = await desk.post(BUYER, "/cases", CONTACT, key="once")
        assert opened.status_code == 201
        assert len(await desk.mongo.find("cases", {}, limit=9)) == 1
