"""Table: the option exchanges, and every code that vendors write for them.

A venue is a small integer in columns and kernels: its place in `MICS`. Place 0 is for a
venue that the feed did not name.
"""

from typing import Final, NamedTuple


class Venue(NamedTuple):
    """One option exchange and its codes."""

    mic: str
    letter: str
    """OPRA participant id."""
    name: str
    thetadata: tuple[int, ...]
    """ThetaData and Cboe DataShop exchange ids."""
    databento: int
    """Databento publisher id."""


VENUES: Final = (
    Venue("XXXX", "", "not named", (), 0),
    Venue("AMXO", "A", "NYSE American Options", (4,), 20),
    Venue("XBOX", "B", "BOX Options", (11,), 21),
    Venue("XCBO", "C", "Cboe Options", (5,), 22),
    Venue("EMLD", "D", "MIAX Emerald", (46,), 23),
    Venue("EDGO", "E", "Cboe EDGX Options", (65,), 24),
    Venue("GMNI", "H", "Nasdaq GEMX", (31,), 25),
    Venue("XISX", "I", "Nasdaq ISE", (6,), 26),
    Venue("MCRY", "J", "Nasdaq MRX", (22,), 27),
    Venue("XMIO", "M", "MIAX Options", (43,), 28),
    Venue("ARCO", "N", "NYSE Arca Options", (7,), 29),
    Venue("MPRL", "P", "MIAX Pearl", (69,), 31),
    Venue("XNDQ", "Q", "Nasdaq Options Market", (1, 12), 32),
    Venue("XBXO", "T", "Nasdaq BX Options", (47,), 33),
    Venue("C2OX", "W", "Cboe C2 Options", (42,), 34),
    Venue("XPHO", "X", "Nasdaq PHLX", (9,), 35),
    Venue("BATO", "Z", "Cboe BZX Options", (60,), 36),
    Venue("MXOP", "U", "MEMX Options", (73,), 37),
    Venue("SPHR", "S", "MIAX Sapphire", (), 61),
    Venue("MXTO", "G", "MX2 Options", (), 108),
    Venue("IEXO", "V", "IEX Options", (), 109),
)
MICS: Final = tuple(venue.mic for venue in VENUES)

_MASSIVE_A: Final = 300
"""Massive numbers option exchanges from 300 on, by the place of their letter in A to Z."""


def _codes() -> dict[str, int]:
    codes: dict[str, int] = {}
    for place, venue in enumerate(VENUES):
        codes[venue.mic] = place
        if venue.letter:
            codes[venue.letter] = place
            codes[str(_MASSIVE_A + ord(venue.letter) - ord("A"))] = place
        codes.update({str(code): place for code in venue.thetadata})
    return codes


BY_CODE: Final = _codes()
"""MIC, OPRA letter, Massive id or ThetaData/Cboe id (as text) to a venue's place."""
BY_PUBLISHER: Final = {venue.databento: place for place, venue in enumerate(VENUES)}
"""Databento publisher id to a venue's place."""


def venue_of(code: str) -> int:
    """Return the place of the venue that `code` names, 0 if it names none that we know."""
    return BY_CODE.get(code.strip().removesuffix(".0").upper(), 0)
