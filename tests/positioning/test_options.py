"""What the positioning room can be told, and what it refuses."""

import msgspec
import pytest

from opentape.market.errors import BadSetting
from opentape.positioning.options import FlipOptions, LevelOptions


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"span": 0.0}, "between 0 and 1"), ({"span": 1.0}, "between 0 and 1"),
        ({"widened": (0.3, 1.2)}, "between 0 and 1"), ({"widened": (0.1,)}, "must ascend"),
        ({"span": 0.4}, "must ascend"), ({"step": 0.0}, "step must be"),
        ({"step": float("nan")}, "step must be"),
        ({"span": float("nan")}, "between 0 and 1"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(given: dict[str, float], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        FlipOptions(**given)


def test_no_wider_span_need_be_tried() -> None:
    assert FlipOptions(widened=()).widened == ()


@pytest.mark.parametrize("text", [b'{"floor_minutes": 0}', b'{"pin": {"oi_full": 0}}'])
def test_ranges_hold_for_what_is_read(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=LevelOptions)
