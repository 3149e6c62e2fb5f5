"""Colours and patterns of pictures: every look differs by its pattern, so that it is seen without colours too."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import svg

STYLE = """
svg{--page:#fff;--ink:#1b1f24;--quiet:#57606a;--line:#8c959f;--run:#0b57d0;--stop:#8a5a00;--off:#57606a;--late:#b3261e;--done:#14632f}
@media (prefers-color-scheme:dark){svg{--page:#14171c;--ink:#e8eaed;--quiet:#a9b1ba;--line:#6e7681;--run:#8ab4f8;--stop:#f4b942;--off:#a9b1ba;--late:#f2938c;--done:#7fd79b}}
text{font:13px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
.title{font-size:16px;font-weight:600}.strong{font-weight:600}.quiet{font-size:12px;fill:var(--quiet)}.middle{text-anchor:middle}
.page{fill:var(--page)}.outside{stroke:var(--line);stroke-width:1;stroke-dasharray:1 4}.bar{stroke:var(--line);stroke-width:1}
.bar.counted{fill:var(--run)}.bar.left{fill:url(#left)}.bar.closed{fill:var(--page)}.bar.holiday{fill:url(#holiday)}.bar.paused{fill:url(#paused)}
.bar.credited{fill:url(#credited)}.bar.late{fill:url(#late)}.under{fill:var(--page)}.ahead{stroke:var(--run);stroke-width:2}
.off{stroke:var(--off);stroke-width:1.5;fill:none}.stop{stroke:var(--stop);stroke-width:2.5;fill:none}.dot{fill:var(--stop)}.cross{stroke:var(--late);stroke-width:1.5;fill:none}
.stem{stroke:var(--ink);stroke-width:1.5}.mark{fill:var(--page);stroke:var(--ink);stroke-width:1.5}
.mark.deadline{fill:var(--ink)}.mark.in_time{fill:var(--done);stroke:var(--done)}.mark.late{fill:var(--late);stroke:var(--late)}.mark.now{stroke-dasharray:3 2}
.number{font-size:12px;font-weight:600;text-anchor:middle}.number.deadline,.number.in_time,.number.late{fill:var(--page)}
"""
"""Text is never below 12 px where the picture is 360 px wide."""
STYLE_HASH = f"sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}"
"""What a Content-Security-Policy allows of styles: this sheet, and nothing else."""


def _ground(size: int) -> svg.Rect:
    return svg.Rect(width=size, height=size, class_=["under"])


def _pattern(id: str, size: int, *elements: svg.Element) -> svg.Pattern:
    return svg.Pattern(
        id=id, width=size, height=size, patternUnits="userSpaceOnUse", elements=[_ground(size), *elements]
    )


PATTERNS: Sequence[svg.Pattern] = (
    _pattern("left", 5, svg.Path(class_=["ahead"], d=[svg.M(0, 2), svg.L(5, 2)])),
    _pattern("holiday", 6, svg.Path(class_=["off"], d=[svg.M(0, 6), svg.L(6, 0)])),
    _pattern("paused", 6, svg.Path(class_=["stop"], d=[svg.M(3, 0), svg.L(3, 6)])),
    _pattern("credited", 6, svg.Circle(class_=["dot"], cx=3, cy=3, r=1.8)),
    _pattern("late", 6, svg.Path(class_=["cross"], d=[svg.M(0, 0), svg.L(6, 6), svg.M(0, 6), svg.L(6, 0)])),
)
