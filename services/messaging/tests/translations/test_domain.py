"""A translation: beside the message in versions, never a reply, and never more than are kept."""

from dataclasses import replace

import pytest
from messaging_situations import ERASE, GERMAN, LATER, OPEN, TRANSLATE, given

from messaging.conversations.domain.refusals import ConversationErased, Refusal, TooManyTranslations
from messaging.conversations.domain.translation import MOST_TRANSLATIONS, AddTranslation, TranslationAdded
from messaging.conversations.store import CONVERSATIONS

AGAIN = replace(GERMAN, version=2, sha256="2" * 64)


def test_a_translation_is_no_reply_and_leaves_the_conversation_as_it_was() -> None:
    """Section 7: the reply is still owed, and what was asked is still open."""
    given(CONVERSATIONS, OPEN).when(TRANSLATE).then(TranslationAdded(GERMAN, LATER))


def test_other_words_in_the_same_language_are_a_new_version() -> None:
    second = AddTranslation(translation=AGAIN, kept=1, newest_sha256=GERMAN.sha256, at=LATER)
    given(CONVERSATIONS, OPEN, TRANSLATE).when(second).then(TranslationAdded(AGAIN, LATER))


def test_the_same_words_again_change_nothing_even_where_no_more_are_kept() -> None:
    same = AddTranslation(
        translation=replace(AGAIN, sha256=GERMAN.sha256), kept=MOST_TRANSLATIONS, newest_sha256=GERMAN.sha256, at=LATER
    )
    given(CONVERSATIONS, OPEN, TRANSLATE).when(same).then_nothing()


@pytest.mark.parametrize(
    ("erased", "kept", "refusal"),
    [(True, 0, ConversationErased), (False, MOST_TRANSLATIONS, TooManyTranslations)],
)
def test_what_a_translation_is_refused_for(erased: bool, kept: int, refusal: type[Refusal]) -> None:
    history = (OPEN, ERASE) if erased else (OPEN,)
    given(CONVERSATIONS, *history).when(replace(TRANSLATE, kept=kept)).then_refused(refusal)
