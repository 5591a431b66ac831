"""What every answer is made of."""

from typing import Annotated, Any, Final

import msgspec

from opentape.client import tables

MISSING: Final[Any] = None
"""Stands where a server left out what opentape always sends."""
Instant = Annotated[str, tables.INSTANT]
"""ISO 8601 in UTC, as the wire has it; a timestamp in a data frame."""
Day = Annotated[str, tables.DAY]
"""``YYYY-MM-DD``, as the wire has it; a date in a data frame."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One object of an answer; what a server tells beyond its fields is passed over."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as the wire spells it."""
        return msgspec.to_builtins(self)

    def to_pandas(self, field: str | None = None) -> Any:
        """Return its rows as a `pandas.DataFrame`.

        Parameters
        ----------
        field
            Which rows, where it has several lists of them.
        """
        return tables.to_pandas(*tables.rows_of(self, field))

    def to_polars(self, field: str | None = None) -> Any:
        """Return its rows as a `polars.DataFrame`; takes what `to_pandas` takes."""
        return tables.to_polars(*tables.rows_of(self, field))
