"""Printed words in pictures: an optional extra (`ombud-files[ocr]`), off unless a setting names an engine."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from PIL import Image

_LIBRARY = "rapidocr"
"""Imported by name, for it is not always installed."""


def available(engine: str) -> bool:
    """Tell whether an engine's library is installed; no engine always is."""
    return not engine or find_spec(_LIBRARY) is not None


def reader(engine: str) -> Callable[[Image.Image], Sequence[str]] | None:
    """Return what reads the words of a picture, or None when nothing does."""
    if not engine:
        return None
    reading = import_module(_LIBRARY).RapidOCR()
    array = import_module("numpy").asarray

    def words(picture: Image.Image) -> Sequence[str]:
        lines = reading(array(picture.convert("RGB"))).txts
        return ["\n".join(lines)] if lines else []

    return words
