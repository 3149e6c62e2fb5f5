"""The form in which a version keeps documents, marked in its database."""

import pytest

from chassis.mongo import Mongo
from chassis.mongo_access import UnusableDatabase


async def test_a_later_form_is_refused_and_an_earlier_one_taken_over(mongo: Mongo) -> None:
    for form in (1, 1, 2, 2):
        await mongo.refuse_later_form(form)
    with pytest.raises(UnusableDatabase, match=r"form 2.*up to 1"):
        await mongo.refuse_later_form(1)
    await mongo.refuse_later_form(2)
