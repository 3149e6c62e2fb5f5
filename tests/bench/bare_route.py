"""The baseline of `post_message`: a bare FastAPI route that commits one Motor transaction of the same document sizes.

It checks nothing, knows nobody, and publishes nothing. Usage: python tests/bench/bare_route.py PORT MONGO DATABASE SIZES
"""

import json
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.write_concern import WriteConcern

PORT, MONGO, DATABASE, SIZES = int(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
COLLECTIONS = ("conversations", "messages", "outbox", "answers")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect, and make the collections: a transaction cannot."""
    client = AsyncIOMotorClient(MONGO)
    app.state.client = client
    app.state.db = client.get_database(DATABASE, write_concern=WriteConcern("majority", j=True))
    for name in COLLECTIONS:
        await app.state.db.create_collection(name)
    yield
    client.close()


app = FastAPI(lifespan=lifespan)


@app.post("/{key}")
async def commit(key: str, request: Request) -> dict[str, str]:
    """One transaction: a state replaced, a message, an event and an answer inserted."""
    await request.json()
    db, id = request.app.state.db, uuid.uuid4().hex
    fill = {name: "x" * SIZES[name] for name in COLLECTIONS}
    async with await request.app.state.client.start_session() as session, session.start_transaction():
        await db.conversations.replace_one(
            {"_id": key}, {"_id": key, "d": fill["conversations"]}, True, session=session
        )
        await db.messages.insert_one({"_id": id, "d": fill["messages"]}, session=session)
        await db.outbox.insert_one({"_id": id, "d": fill["outbox"]}, session=session)
        await db.answers.insert_one({"_id": id, "d": fill["answers"]}, session=session)
    return {"id": id}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False)
