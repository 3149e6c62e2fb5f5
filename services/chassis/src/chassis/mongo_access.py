"""Why a database cannot be used at the start, in words for who must mend it: never an address's user or password."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError, ServerSelectionTimeoutError

_NOT_AUTHENTICATED = (11, 18, 334)
"""UserNotFound, AuthenticationFailed, and MechanismUnavailable: what a user who does not exist may not authenticate by."""
_NOT_AUTHORISED = 13
_CLOSED = "MongoDB closes the connection: it may ask for TLS (tls=true in OMBUD_MONGO)"
_WORDS = (
    ("certificate verify failed: hostname", "the certificate of MongoDB is for another host than OMBUD_MONGO names"),
    ("certificate verify failed: ip address", "the certificate of MongoDB is for another host than OMBUD_MONGO names"),
    ("certificate has expired", "the certificate of MongoDB has expired"),
    (
        "certificate verify failed",
        "the certificate of MongoDB is not signed by an authority that is trusted: see tlsCAFile",
    ),
    (
        "ssl handshake failed",
        "MongoDB and OMBUD_MONGO do not agree about TLS: see tls, tlsCAFile, tlsCertificateKeyFile",
    ),
    (
        "no replica set members",
        "the replica set has another name than OMBUD_MONGO says, or the server is not a member of one",
    ),
    ("connection closed", _CLOSED),
    ("connection reset", _CLOSED),
    ("connection is closed", _CLOSED),
    ("connection is already closed", _CLOSED),
    ("connection lost", _CLOSED),
    ("broken pipe", _CLOSED),
)
MARKS = "deployment"
"""What a deployment says of itself, beside what the service keeps."""


class UnusableDatabase(Exception):
    """The database does not answer, does not let us in, or cannot do what must be relied on."""


async def refuse_unusable(database: Any) -> None:
    """Ask the database for what every start needs. Raises UnusableDatabase, with what to mend."""
    try:
        hello = await database.command("hello")
        await database.list_collection_names()  # the first question that needs rights
    except PyMongoError as error:
        raise UnusableDatabase(reason_of(error, database.name)) from None
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise UnusableDatabase("MongoDB is not a replica set: without one there are no transactions")


async def refuse_later_form(database: Any, form: int) -> None:
    """Mark a database with the form in which this version keeps documents. Raises UnusableDatabase where a later version
    has kept documents in a form that this one cannot read: it changes nothing there."""
    mark = {"_id": "documents"}
    try:
        found = await database[MARKS].find_one_and_update(
            mark, {"$max": {"form": form}}, upsert=True, return_document=ReturnDocument.AFTER
        )
    except PyMongoError as error:
        raise UnusableDatabase(reason_of(error, database.name)) from None
    if found["form"] > form:
        raise UnusableDatabase(
            f"the database {database.name} holds documents of form {found['form']}, which a later version wrote; this one "
            f"reads up to {form}: start that version again, or restore the backup from before it"
        )


@contextmanager
def refusals_said(database: str) -> Iterator[None]:
    """Raises UnusableDatabase, which says what to mend, for what MongoDB refuses."""
    try:
        yield
    except OperationFailure as error:
        raise UnusableDatabase(reason_of(error, database)) from None


def reason_of(error: PyMongoError, database: str) -> str:
    """Return what is wrong and where to mend it."""
    match error:
        case OperationFailure(code=int(code)) if code in _NOT_AUTHENTICATED:
            return "MongoDB does not know the user of OMBUD_MONGO, or not with this password or certificate: see authSource"
        case OperationFailure(code=int(code)) if code == _NOT_AUTHORISED:
            return f"the user of OMBUD_MONGO has no rights in the database {database}: grant readWrite on it"
        case OperationFailure():
            return f"MongoDB refuses what every start asks for ({error.code})"
        case ConfigurationError():
            return "OMBUD_MONGO asks for what the server does not have, such as a way to authenticate"
    said = str(error).lower()
    for words, reason in _WORDS:
        if words in said:
            return reason
    if isinstance(error, ServerSelectionTimeoutError):
        return "MongoDB has no primary that answers: nothing is there, or its replica set has no majority"
    return f"MongoDB cannot be asked ({type(error).__name__})"
