"""Messaging as it is, with detectors that find nothing: what the checks cost is the difference. For `post_message` alone."""

from dataclasses import replace
from functools import partial

from chassis.service import run
from messaging.app import SERVICE, compose
from messaging.writing.detectors import Detectors
from ombud_detection import Automation, AutomationVerdict, LanguageVerdict

FOUND_NOTHING = Detectors(
    contacts=lambda *_texts, **_where: (),
    language=lambda _text, language: LanguageVerdict(language, mismatch=False, score=0.0, reasons=()),
    automation=lambda *_reply, **_language: Automation(AutomationVerdict.INDIVIDUAL, 0.0, ()),
    thanks=lambda _text, _language: False,
    questions=lambda _text, _language: (),
    addressed=lambda _text, asked, _reply, _language: tuple(False for _ in asked),
    insults=lambda _text, _language: (),
)

if __name__ == "__main__":
    run(replace(SERVICE, compose=partial(compose, detectors=FOUND_NOTHING)))
