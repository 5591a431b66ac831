"""Table: what OSI roots settle on, when they settle and how they are exercised."""

from typing import Final

UNDERLYING: Final = {
    "SPXW": "SPX",
    "SPXQ": "SPX",
    "SPXPM": "SPX",
    "VIXW": "VIX",
    "NDXP": "NDX",
    "RUTW": "RUT",
    "DJXW": "DJX",
    "XEOW": "XEO",
    "OEXW": "OEX",
    "MRUTW": "MRUT",
    "XSPW": "XSP",
    "XSPAM": "XSP",
    "NQXW": "NQX",
}
"""Roots listed on the same underlying as another root."""

AM_SETTLED: Final = frozenset({"SPX", "NDX", "RUT", "VIX", "VIXW", "DJX", "XSPAM", "MNX"})
"""Roots that settle on the opening prices of their expiry date."""

EUROPEAN: Final = frozenset(
    {
        *("SPX", "SPXW", "SPXQ", "SPXPM", "XSP", "XSPW", "XSPAM"),
        *("NDX", "NDXP", "XND", "NQX", "NQXW", "MNX"),
        *("RUT", "RUTW", "MRUT", "MRUTW"),
        *("DJX", "DJXW", "XEO", "XEOW", "VIX", "VIXW"),
    }
)
"""Roots on cash indices that are exercised at expiry only; OEX is the one that is not."""

INDICES: Final = frozenset({UNDERLYING.get(root, root) for root in EUROPEAN} | {"OEX"})
"""Underlyings that are cash indices."""


def underlying_of(root: str) -> str:
    """Return what a root settles on: ``SPXW`` gives ``SPX``.

    A root with a digit has adjusted terms and stays apart: ``AAPL1`` gives ``AAPL1``.
    """
    return UNDERLYING.get(root, root)


def is_american(root: str) -> bool:
    """Return whether a root's contracts may be exercised before they expire.

    All on shares and funds may, adjusted ones too, and of the cash indices OEX.

    Examples
    --------
    >>> is_american("SPY"), is_american("SPXW")
    (True, False)
    """
    return root not in EUROPEAN


def clean_symbol(text: str) -> str:
    """Return an underlying as we spell it: no caret, capitals (``^vix`` gives ``VIX``)."""
    return underlying_of(text.strip().lstrip("^").upper())
