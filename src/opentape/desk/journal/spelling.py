"""What answers follow besides the facts, as JSON."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np

from opentape.desk.options import Method
from opentape.desk.state.beside import Beside, Company, Report, Series
from opentape.desk.state.history import History

_DATES: Final = "date"


def spell_method(method: Method) -> bytes:
    """Return every number of the method."""
    return msgspec.json.encode(method)


def read_method(spelled: bytes) -> Method:
    """Return what `spell_method` wrote."""
    return msgspec.json.decode(spelled, type=Method)


def spell_beside(beside: Beside) -> bytes:
    """Return what is known beside the facts; floats are spelled to the last bit."""
    return msgspec.json.encode(
        {
            "history": {name: _columns(one) for name, one in beside.history.items()},
            "macro": {name: _columns(one) for name, one in beside.macro.items()},
            "companies": dict(beside.companies),
            "reports": dict(beside.reports),
        }
    )


def read_beside(spelled: bytes) -> Beside:
    """Return what `spell_beside` wrote."""
    told = msgspec.json.decode(spelled, type=dict[str, dict[str, Any]])
    return Beside(
        {name: History(**_arrays(one)) for name, one in told["history"].items()},
        {name: Series(**_arrays(one)) for name, one in told["macro"].items()},
        msgspec.convert(told["companies"], dict[str, Company]),
        msgspec.convert(told["reports"], dict[str, tuple[Report, ...]]),
    )


def _columns(columns: History | Series) -> Mapping[str, list[Any]]:
    # JSON has no NaN: what is unknown is null
    return {
        name: [None if value != value else value for value in column.tolist()]  # noqa: PLR0124
        for name, column in columns._asdict().items()
    }


def _arrays(columns: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {
        name: np.array(
            [np.nan if value is None else value for value in column],
            np.int64 if name == _DATES else np.float64,
        )
        for name, column in columns.items()
    }
