"""The detectors that a message is shown to, one name each. Whatever one of them raises holds the message."""

from collections.abc import Callable
from dataclasses import dataclass

from ombud_detection import (
    Automation,
    Finding,
    Insult,
    LanguageVerdict,
    Question,
    addressed,
    automated_reply,
    inspect_latest,
    insults,
    is_pure_thanks,
    language_of,
    questions,
)


@dataclass(frozen=True, slots=True)
class Detectors:
    """What each detector is asked; see `ombud_detection` for what it promises."""

    contacts: Callable[..., tuple[Finding, ...]] = inspect_latest
    language: Callable[[str, str], LanguageVerdict] = language_of
    automation: Callable[..., Automation] = automated_reply
    thanks: Callable[[str, str | None], bool] = is_pure_thanks
    questions: Callable[[str, str | None], tuple[Question, ...]] = questions
    addressed: Callable[..., tuple[bool, ...]] = addressed
    insults: Callable[[str, str | None], tuple[Insult, ...]] = insults


SHIPPED = Detectors()
