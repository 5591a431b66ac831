import pytest

from opentape.market.venues import BY_CODE, BY_PUBLISHER, MICS, VENUES, venue_of


@pytest.mark.parametrize(
    ("mic", "letter", "massive", "thetadata", "databento"),
    [
        ("AMXO", "A", 300, 4, 20),
        ("XBOX", "B", 301, 11, 21),
        ("XCBO", "C", 302, 5, 22),
        ("EMLD", "D", 303, 46, 23),
        ("EDGO", "E", 304, 65, 24),
        ("GMNI", "H", 307, 31, 25),
        ("XISX", "I", 308, 6, 26),
        ("MCRY", "J", 309, 22, 27),
        ("XMIO", "M", 312, 43, 28),
        ("ARCO", "N", 313, 7, 29),
        ("MPRL", "P", 315, 69, 31),
        ("XNDQ", "Q", 316, 1, 32),
        ("XBXO", "T", 319, 47, 33),
        ("C2OX", "W", 322, 42, 34),
        ("XPHO", "X", 323, 9, 35),
        ("BATO", "Z", 325, 60, 36),
        ("MXOP", "U", 320, 73, 37),
        ("SPHR", "S", 318, None, 61),
    ],
)
def test_every_code_names_the_exchange(mic, letter, massive, thetadata, databento) -> None:
    place = MICS.index(mic)
    codes = [
        mic,
        mic.lower(),
        f" {letter} ",
        str(massive),
        *([str(thetadata)] if thetadata else []),
    ]
    assert {venue_of(code) for code in codes} == {place}
    assert BY_PUBLISHER[databento] == place


@pytest.mark.parametrize("code", ["", "0", "999", "NYSE", "314", "O"])
def test_a_code_of_no_exchange_is_place_0(code: str) -> None:
    assert MICS[venue_of(code)] == "XXXX"


def test_no_code_names_two_exchanges() -> None:
    codes = [str(code) for venue in VENUES for code in venue.thetadata]
    assert len(set(codes)) == len(codes)
    assert len(set(MICS)) == len(MICS) < 256
    assert set(BY_CODE.values()) == set(range(len(VENUES)))
    assert not {code for code in codes if int(code) >= 300}
