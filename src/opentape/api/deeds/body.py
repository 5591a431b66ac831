"""Bodies: a struct from JSON, and one sentence about what is wrong with it."""

import re
from typing import Final, TypeVar

import msgspec

from opentape.market.errors import BadField

Body = TypeVar("Body", bound=msgspec.Struct)
MOST_BYTES: Final = 65_536
_AT: Final = re.compile(r" - at `(?:key in )?\$(?:\.(\w+))?.*`$")
_EXPECTED: Final = re.compile(r"Expected `([^`]*)`(.*), got .*")
_NAMED: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a JSON object",
    "datetime": "an instant with a zone",
    "null": "null",
}


def read_body(kind: type[Body], body: bytes) -> Body:
    """Return what the body of a request says.

    Raises
    ------
    BadField
        If it is no JSON, or not what it should be.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadField("the body must be JSON", "body") from error


def _told(text: str) -> BadField:
    place = _AT.search(text)
    field = (place[1] if place else None) or "body"
    rule = _AT.sub("", text)
    if named := _NAMED.match(rule):
        what = "is required" if named[1].startswith("missing") else "is not known"
        return BadField(f"{named[2]} {what}", named[2])
    if expected := _EXPECTED.match(rule):
        kinds = (_WORDS.get(one.strip(), one) for one in expected[1].split("|"))
        return BadField(f"{field} must be {' or '.join(kinds)}{expected[2]}", field)
    spelled = rule.replace("`", "").removeprefix("Expected ")
    if rule.startswith("Expected"):
        return BadField(f"{field} must be {spelled}", field)
    return BadField(f"{field} cannot be read: {spelled[:1].lower()}{spelled[1:]}", field)
