"""Table: what the audit measures, in the order that its rows stand."""

from typing import Final, NamedTuple


class Measure(NamedTuple):
    """One kind of row."""

    section: str
    title: str
    """What the figure is."""
    counted: str
    """What `n` counts."""
    form: str = "share"
    """``share`` of `n`, ``mean`` over `n`, ``ratio`` to `n`, ``number``, ``count``."""
    baseline: str = ""
    """What the figure beside it is, if there is one."""


MEASURES: Final = {
    "sweep_precision": Measure("sweeps", "precision", "sweeps shown"),
    "sweep_recall": Measure("sweeps", "recall", "true sweeps of block size"),
    "side_of_aggressor": Measure(
        "side, against the aggressor", "right", "signed prints", baseline="always buy"
    ),
    "unsigned_aggressor": Measure("side, against the aggressor", "unsigned", "prints"),
    "side_of_customer": Measure(
        "side, against the customer", "right", "signed prints", baseline="always buy"
    ),
    "unsigned_customer": Measure("side, against the customer", "unsigned", "prints"),
    "opening_brier": Measure(
        "opening or closing", "Brier score", "signed prints", "mean", "constant 0.43"
    ),
    "oi_error": Measure(
        "open interest", "mean error, contracts", "contracts", "mean", "no change"
    ),
    "oi_sign": Measure(
        "open interest",
        "sign of the change",
        "contracts that changed",
        baseline="always up",
    ),
    "oi_correlation": Measure("open interest", "correlation", "contracts", "number"),
    "oi_missed": Measure(
        "open interest", "error / change", "contracts of change", "ratio", "no change"
    ),
    "legs_directional": Measure("packages", "bullish or bearish", "legs"),
    "legs_against_package": Measure("packages", "other than the package", "legs"),
    "legs_flagged": Measure("packages", "flagged multi_leg", "legs"),
    "legs_without_letters": Measure("packages", "without letters", "legs"),
    "rolls_directional": Measure("rolls", "bullish or bearish", "orders"),
    "hedges_directional": Measure("hedges", "bullish or bearish", "orders"),
    "direction_right": Measure(
        "direction", "right", "bullish and bearish signals", baseline="always bullish"
    ),
    "direction_false": Measure("direction", "no bet at all", "bullish and bearish signals"),
    "direction_mixed": Measure(
        "direction", "of no one order", "bullish and bearish signals"
    ),
    "bets_shown": Measure("direction", "shown as they are", "block-sized bets"),
    "bets_reversed": Measure("direction", "shown reversed", "block-sized bets"),
    "cancelled_in_signals": Measure(
        "upkeep", "cancelled, in a signal", "cancelled prints", "count"
    ),
    "cancelled_in_volume": Measure(
        "upkeep", "cancelled, in a volume", "cancelled prints", "count"
    ),
    "volume_equal": Measure("upkeep", "volume as it was", "contracts traded"),
    "volume_off": Measure("upkeep", "volume that is not", "contracts of volume", "ratio"),
    "signals_retold": Measure("upkeep", "found again in the prints", "signals"),
}
"""By name; sections and rows stand in this order."""
