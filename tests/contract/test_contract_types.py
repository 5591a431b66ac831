"""The walker sees what is wrong, says where, and lets the rest pass."""

from typing import Any, Literal, Optional, TypedDict

import flashalpha.types as declared
import pytest

from contract_types import ENVELOPE, misordered, problems


class Row(TypedDict, total=False):
    strike: float
    oi: int | None


class Reply(TypedDict, total=False):
    symbol: str
    side: Optional[Literal["buy", "sell"]]  # noqa: UP045 - as the client spells it
    open: bool
    rows: list[Row]
    other: dict[str, Any]
    endpoint_version: str


GOOD = {
    "symbol": "SPY", "side": None, "open": True, "rows": [{"strike": 5, "oi": None}],
    "other": {"any": [1]}, "endpoint_version": "1", "extra": "is allowed",
}  # fmt: skip


def test_what_is_as_declared_passes():
    assert problems(Reply, GOOD) == []
    assert problems(Reply, GOOD | {"side": "buy", "rows": []}) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"symbol": None}, "$.symbol"), ({"symbol": 5}, "$.symbol"),
        ({"side": "BUY"}, "$.side"), ({"open": 1}, "$.open"), ({"open": None}, "$.open"),
        ({"rows": None}, "$.rows"), ({"rows": {}}, "$.rows"), ({"rows": [5]}, "$.rows[0]"),
        ({"rows": [{"strike": 5.0}]}, "$.rows[0].oi"),
        ({"rows": [{"strike": None, "oi": 5}]}, "$.rows[0].strike"),
        ({"rows": [{"strike": float("nan"), "oi": 5}]}, "$.rows[0].strike"),
        ({"rows": [{"strike": True, "oi": 5}]}, "$.rows[0].strike"),
        ({"rows": [{"strike": 5.0, "oi": 5.0}]}, "$.rows[0].oi"),
        ({"rows": [{"strike": 5.0, "oi": True}]}, "$.rows[0].oi"),
        ({"other": []}, "$.other"),
    ],
)  # fmt: skip
def test_what_is_not_is_told_with_its_place(change, where):
    (found,) = problems(Reply, GOOD | change)
    assert found.startswith(f"{where}: ")


def test_a_key_may_be_absent_only_where_that_was_said():
    bare = {key: value for key, value in GOOD.items() if key != "endpoint_version"}
    assert problems(Reply, bare) == ["$.endpoint_version: is absent"]
    assert problems(Reply, bare, absent=ENVELOPE) == []
    assert problems(Reply, None) == ["$: None is no object"]


def test_order_is_that_of_the_declaration():
    assert misordered(Row, {"strike": 1, "more": 2, "oi": 3}) == []
    assert misordered(Row, {"oi": 3, "strike": 1}) == ["oi", "strike"]


def test_the_clients_own_types_can_be_walked():
    """Every answer the client declares: an empty object lacks all that is promised."""
    replies = [kind for name, kind in vars(declared).items() if name.endswith("Response")]
    assert len(replies) > 60
    for reply in replies:
        assert len(problems(reply, {})) == len(reply.__annotations__)
