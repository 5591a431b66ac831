"""``at=``: any answer as it would have been given at an instant of the past.

With a zone the instant is exact and so is the answer. Without one it is New York's wall
clock to the minute, as historical APIs have it: a date alone is 16:00, and ``as_of`` says
what was asked.
"""

import datetime as dt
from typing import Final, NamedTuple

from opentape.api.query import BadParameter
from opentape.market.calendar import at_new_york, instant_ns, iso

NAME: Final = "at"
_CLOSE: Final = dt.time(16)
_SPELLED: Final = "an instant as 2026-05-21T14:31:00Z, or New York's as 2026-05-21T10:31:00"
_LONGEST: Final = 40
_WRAPPED: Final = tuple(f"/v1/exposure/{name}/" for name in ("dex", "vex", "chex"))


class At(NamedTuple):
    """The instant of a question."""

    ns: int
    """Nanoseconds since 1970 UTC."""
    spelled: str | None
    """As New York's wall clock, where it was asked so."""

    def dressed(self, body: bytes, path: str) -> bytes:
        """Return an answer as whoever asks by the wall clock reads it."""
        if self.spelled is None:
            return body
        asked = b'"as_of":"%b"' % self.spelled.encode()
        body = body.replace(b'"as_of":"%b"' % iso(self.ns).encode(), asked)
        return b'{"payload":%b}' % body if path.startswith(_WRAPPED) else body


def read_at(text: str) -> At:
    """Return the instant that a parameter names.

    Raises
    ------
    BadParameter
        If it names none.
    """
    try:
        return _read(text.strip())
    except (ValueError, OverflowError) as error:
        raise BadParameter(
            "invalid_at", NAME, f"at must be {_SPELLED}, was {text[:_LONGEST]!r}"
        ) from error


def _read(text: str) -> At:
    if len(text) > _LONGEST:
        raise ValueError(text)
    if len(text) == len("2026-05-21"):
        return _in_new_york(dt.datetime.combine(dt.date.fromisoformat(text), _CLOSE))
    # a plus sign that nobody encoded comes as a blank
    moment = dt.datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    if moment.tzinfo is None:
        return _in_new_york(moment)
    return At(instant_ns(moment), None)


def _in_new_york(moment: dt.datetime) -> At:
    minute = moment.replace(second=0, microsecond=0)
    return At(at_new_york(minute.date(), minute.time()), f"{minute:%Y-%m-%dT%H:%M:%S}")
