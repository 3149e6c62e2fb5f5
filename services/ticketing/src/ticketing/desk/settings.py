"""Ticketing's own settings."""

import re
from typing import Self

from pydantic import model_validator

from chassis.settings import Settings

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_KNOWN = {"role", "id"}


class TicketingSettings(Settings):
    """What ticketing needs beside the common settings."""

    display_names: str = ""
    """Where the marketplace shows a person's display name, a URI template (RFC 6570, level 1): `https://shop.example/people/{role}/{id}`."""

    @model_validator(mode="after")
    def _a_template_of_people(self) -> Self:
        if not self.display_names:
            return self
        expressions = set(_EXPRESSION.findall(self.display_names))
        rest = _EXPRESSION.sub("x", self.display_names)
        if "id" not in expressions or not expressions <= _KNOWN or "{" in rest or "}" in rest:
            raise ValueError("display_names must be a URI template with {id}, and may have {role}")
        if not re.match(r"https://[^/\s]+/\S*$" if self.env == "production" else r"https?://[^/\s]+/\S*$", rest):
            raise ValueError("display_names must be an https address: names are personal data")
        return self
