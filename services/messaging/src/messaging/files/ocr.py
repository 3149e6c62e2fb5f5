"""Printed words in pictures: an optional extra (`ombud-messaging[ocr]`), off unless a setting names an engine."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from PIL import Image

ENGINES = ("", "rapidocr")


def available(engine: str) -> bool:
    """Tell whether an engine's library is installed; no engine always is."""
    return not engine or find_spec("rapidocr_onnxruntime") is not None


def reader(engine: str) -> Callable[[Image.Image], Sequence[str]] | None:
    """Return what reads the words of a picture, or None when nothing does."""
    if not engine:
        return None
    import numpy
    from rapidocr_onnxruntime import RapidOCR

    reading = RapidOCR()

    def words(picture: Image.Image) -> Sequence[str]:
        lines, _seconds = reading(numpy.asarray(picture.convert("RGB")))
        return ["\n".join(str(line[1]) for line in lines)] if lines else []

    return words
