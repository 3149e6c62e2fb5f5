"""Plays the whole story: four markets at once, as a marketplace lives."""

import asyncio
from collections.abc import Mapping

import httpx

from ombud_local.story import answers, silence, undone
from ombud_local.story.marketplace import Marketplace
from ombud_local.story.truth import Record
from ombud_local.story.world import TokenOf, World
from ombud_words import PersonId, SellerId

SELLERS = (
    ("sel_riga", "demo-lv", ("lv", "ru")),
    ("sel_liepaja", "demo-lv", ("lv",)),
    ("sel_lisboa", "demo-pt", ("pt",)),
    ("sel_berlin", "demo-de", ("de",)),
    ("sel_madrid", "demo-es", ("es",)),
)


async def play(
    urls: Mapping[str, str],
    token: TokenOf,
    marketplace: Marketplace,
    record: Record,
    world_ready: "asyncio.Future[World] | None" = None,
) -> World:
    """Play every chapter; return the world at the end. Raises Untrue at the first claim that does not hold."""
    async with httpx.AsyncClient(timeout=30) as client:
        world = World(urls, token, marketplace, record, client)
        if world_ready is not None:
            world_ready.set_result(world)
        for seller_id, market, languages in SELLERS:
            await marketplace.register_seller(SellerId(PersonId(seller_id)), market, languages)
        async with asyncio.TaskGroup() as chapters:
            chapters.create_task(silence.play(world))
            chapters.create_task(answers.play_in_time(world))
            chapters.create_task(answers.play_late(world))
            chapters.create_task(answers.play_agreement(world))
            chapters.create_task(undone.play(world))
        return world
