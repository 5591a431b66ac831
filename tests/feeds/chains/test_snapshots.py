"""Snapshots in JSON of Massive and Alpaca, one page or several."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from feeds.chains.samples import facts, read, symbols
from opentape.market.calendar import iso
from opentape.market.errors import BadFile, BadSetting

RECORDED = Path(__file__).resolve().parents[4] / "shared/data/brokers"
SECOND = 1_000_000_000
QUOTED = 1_764_781_200 * SECOND
"""2025-12-03 12:00 in New York."""
MIDNIGHT = 1_764_738_000 * SECOND
"""Of the same day, in New York."""
YESTERDAY = MIDNIGHT - 86_400 * SECOND

MASSIVE = {
    "day": {"close": 1.22, "volume": 8, "last_updated": MIDNIGHT},
    "details": {
        "contract_type": "call",
        "shares_per_contract": 100,
        "ticker": "O:SPY251219C00650000",
    },
    "greeks": {"delta": 0.5, "gamma": 0.01, "theta": -0.03, "vega": 0.6},
    "implied_volatility": 0.2,
    "last_quote": {
        "ask": 1.25, "ask_size": 4, "bid": 1.2, "bid_size": 3, "last_updated": QUOTED,
    },
    "last_trade": {"price": 1.23, "size": 1, "conditions": [209]},
    "open_interest": 120,
    "underlying_asset": {"price": 648.5, "ticker": "SPY", "last_updated": QUOTED + 5},
}  # fmt: skip
ALPACA = {
    "dailyBar": {"c": 1.22, "v": 8, "t": "2025-12-03T05:00:00Z"},
    "greeks": {"delta": 0.5, "gamma": 0.01, "rho": -0.002},
    "impliedVolatility": 0.2,
    "latestQuote": {"ap": 1.25, "as": 4, "bp": 1.2, "bs": 3, "t": "2025-12-03T17:00:00.5Z"},
    "latestTrade": {"p": 1.23, "s": 1, "t": "2025-12-03T16:58:16.034908416Z"},
}
CALL = {
    "symbol": "SPY251219C00650000",
    "bid": 1.2,
    "ask": 1.25,
    "last": 1.23,
    "bid_size": 3,
    "ask_size": 4,
    "volume": 8,
    "open_interest": 120,
    "ts_quote": QUOTED,
    "vendor_iv": 0.2,
    "vendor_delta": 0.5,
    "vendor_gamma": 0.01,
}


def kept(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def put() -> dict:
    return MASSIVE | {"details": {"ticker": "O:SPY251219P00650000"}}


def test_a_page_of_massive(tmp_path: Path) -> None:
    found = read(kept(tmp_path / "s", {"status": "OK", "results": [MASSIVE, put()]}))
    chain = found.chain
    assert (found.title, found.rows) == ("Massive option chain snapshots", 2)
    assert (chain.underlying, chain.spot, chain.as_of) == ("SPY", 648.5, QUOTED + 5)
    assert facts(chain) == CALL
    assert facts(chain, 1) == CALL | {"symbol": "SPY251219P00650000"}


@pytest.mark.parametrize(
    "content",
    [
        {"results": MASSIVE},
        [{"results": [MASSIVE]}, {"results": []}],
        [MASSIVE],
        MASSIVE,
    ],
    ids=["one contract", "a list of pages", "a list of contracts", "a bare contract"],
)
def test_other_shapes_of_massive(tmp_path: Path, content: object) -> None:
    assert facts(read(kept(tmp_path / "s", content)).chain) == CALL


def test_pages_in_lines_and_packed(tmp_path: Path) -> None:
    pages = [json.dumps({"results": [each]}) for each in (MASSIVE, put())]
    path = tmp_path / "s"
    path.write_bytes(gzip.compress("\n".join(pages).encode()))
    assert facts(read(path).chain, 1) == CALL | {"symbol": "SPY251219P00650000"}


def test_pages_in_files(tmp_path: Path) -> None:
    second = put() | {"open_interest": -1}
    pages = [
        kept(tmp_path / "a", {"results": [MASSIVE]}),
        kept(tmp_path / "b", {"results": [put(), second]}),
    ]
    found = read(*pages)
    assert symbols(found.chain) == ["SPY251219C00650000", "SPY251219P00650000"]
    assert found.skips.counts == {"bad_open_interest": 1}
    skip = found.skips.examples["bad_open_interest"][0]
    assert found.locate(skip.row) == f"{pages[1]}:row 1"


def test_of_two_spots_the_newer_counts(tmp_path: Path) -> None:
    older = put()
    older["underlying_asset"] = {"price": 640.0, "last_updated": QUOTED - 1}
    older["last_quote"] = {"bid": 1.2, "last_updated": QUOTED - 1}
    path = kept(tmp_path / "s", {"results": [MASSIVE, older]})
    assert read(path).chain.spot == 648.5


def test_an_index_has_a_value(tmp_path: Path) -> None:
    content = MASSIVE | {"underlying_asset": {"value": 6840.0, "ticker": "I:SPX"}}
    content["details"] = {"ticker": "O:SPXW251219C06500000"}
    chain = read(kept(tmp_path / "s", {"results": [content]})).chain
    assert (chain.underlying, chain.spot) == ("SPX", 6840.0)


@pytest.mark.parametrize("part", ["day", "greeks", "last_quote", "last_trade"])
@pytest.mark.parametrize("content", [None, {}, "absent"])
def test_what_is_not_told_is_unknown(tmp_path: Path, part: str, content: object) -> None:
    whole = {name: cell for name, cell in MASSIVE.items() if name != part}
    if content != "absent":
        whole[part] = content
    found = facts(read(kept(tmp_path / "s", {"results": [whole]})).chain)
    lost = {
        "day": {"volume"},
        "greeks": {"vendor_delta", "vendor_gamma"},
        "last_quote": {"bid", "ask", "bid_size", "ask_size", "ts_quote"},
        "last_trade": set(),
    }[part]
    assert set(CALL) - set(found) == lost
    assert found["last"] == (1.22 if part == "last_trade" else 1.23)


def test_the_volume_of_an_older_day_is_none_today(tmp_path: Path) -> None:
    old = MASSIVE | {"day": {"volume": 8, "last_updated": YESTERDAY}}
    assert read(kept(tmp_path / "m", {"results": [old]})).chain.volume.tolist() == [0]
    bar = ALPACA | {"dailyBar": {"v": 8, "t": "2025-12-02T05:00:00Z"}}
    path = kept(tmp_path / "a", {"snapshots": {"SPY251219C00650000": bar}})
    assert read(path, spot=1.0).chain.volume.tolist() == [0]
    as_of_ns = QUOTED - 86_400 * SECOND
    assert read(path, spot=1.0, as_of_ns=as_of_ns).chain.volume.tolist() == [8]


def test_what_the_contract_delivers(tmp_path: Path) -> None:
    details = {"ticker": "O:SPY251219C00650000", "shares_per_contract": 10}
    content = {"results": [MASSIVE | {"details": details}, put()]}
    assert read(kept(tmp_path / "s", content)).chain.multiplier.tolist() == [10, 100]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"details": {"ticker": "SPY"}}, "bad_contract"),
        ({"details": {"ticker": None}}, "bad_contract"),
        ({"details": {}}, "bad_contract"),
        ({"details": {"ticker": 5}}, "bad_json"),
        ({"details": None}, "bad_json"),
        ({"last_quote": []}, "bad_json"),
        ({"last_quote": {"bid": "x"}}, "bad_json"),
        ({"last_quote": {"last_updated": 1 << 70}}, "bad_json"),
        ({"last_quote": {"last_updated": -1}}, "bad_json"),
        ({"last_quote": {"last_updated": 5}}, "bad_time"),
        ({"last_quote": {"bid_size": -1}}, "bad_size"),
        ({"last_quote": {"bid_size": 0.5}}, "bad_size"),
        ({"open_interest": -5}, "bad_open_interest"),
        ({"open_interest": 1e300}, "bad_open_interest"),
        ({"day": {"volume": -5}}, "bad_volume"),
        ({"details": MASSIVE["details"] | {"shares_per_contract": 0}}, "bad_multiplier"),
    ],
)
def test_contracts_of_no_use_are_counted(tmp_path: Path, change: dict, reason: str) -> None:
    path = kept(tmp_path / "s", {"results": [put(), MASSIVE | change]})
    found = read(path)
    assert found.skips.counts == {reason: 1}
    assert found.skips.examples[reason][0].row == 1
    assert symbols(found.chain) == ["SPY251219P00650000"]


def test_numbers_may_be_text(tmp_path: Path) -> None:
    quote = {"bid": "1.20", "ask": "1.25", "bid_size": "3", "ask_size": 4.0}
    content = MASSIVE | {"last_quote": quote | {"last_updated": str(QUOTED)}}
    assert facts(read(kept(tmp_path / "s", {"results": [content]})).chain) == CALL


def test_a_number_too_large_spoils_its_contract_only(tmp_path: Path) -> None:
    text = json.dumps({"results": [MASSIVE, put()]}).replace("1.25", "1e400", 1)
    path = tmp_path / "s"
    path.write_text(text)
    found = read(path)
    assert found.skips.counts == {"bad_json": 1}
    assert symbols(found.chain) == ["SPY251219P00650000"]


def test_a_page_of_alpaca(tmp_path: Path) -> None:
    content = {"next_page_token": None, "snapshots": {"SPY251219C00650000": ALPACA}}
    path = kept(tmp_path / "s", content)
    with pytest.raises(BadSetting, match=r"Alpaca .* need a spot, which --spot gives"):
        read(path)
    found = read(path, spot=648.5)
    stamp = QUOTED + SECOND // 2
    wanted = {n: c for n, c in CALL.items() if n != "open_interest"} | {"ts_quote": stamp}
    assert found.title == "Alpaca option chain snapshots"
    assert (found.chain.as_of, found.chain.spot) == (stamp, 648.5)
    assert facts(found.chain) == wanted
    bare = kept(tmp_path / "b", {"SPY251219C00650000": ALPACA})
    assert facts(read(bare, spot=648.5).chain) == wanted


def test_alpaca_may_say_little(tmp_path: Path) -> None:
    path = kept(
        tmp_path / "s", {"snapshots": {"SPY251219C00650000": {"latestTrade": None}}}
    )
    with pytest.raises(BadSetting, match="need a time, which --as-of gives"):
        read(path, spot=648.5)
    chain = read(path, spot=648.5, as_of_ns=QUOTED).chain
    assert facts(chain) == {"symbol": "SPY251219C00650000"}


@pytest.mark.parametrize("time", ["soon", "2025-13-03T17:00:00Z", "1980-01-01T00:00:00Z"])
def test_a_quote_of_no_time_is_counted(tmp_path: Path, time: str) -> None:
    odd = ALPACA | {"latestQuote": {"bp": 1.0, "t": time}}
    content = {"SPY251219C00650000": odd, "SPY251219P00650000": ALPACA}
    found = read(kept(tmp_path / "s", {"snapshots": content}), spot=1.0)
    assert found.skips.counts == {"bad_time": 1}
    assert symbols(found.chain) == ["SPY251219P00650000"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"results": [{"a": 1}, {', "is damaged JSON or cut short"),
        (b'{"results": 5}', "has a damaged page"),
        (b'{"snapshots": [1]}', "has a damaged page"),
        (b'{"snapshots": {}}', "holds no contracts"),
        (b'{"results": []}', "holds no contracts"),
        (b'{"results": [{}]}', "1 rows were skipped, the first at .*:row 0 for bad_json"),
        (b'{"results": [{"details": NaN}]}', "is damaged JSON"),
        (b'[{"status": "results"}, {"result": "details"}]', "has 'results', was"),
        (b'{"results": [{"details": "\xff"}]}', "for bad_json, was"),
        (b'{"results":' + b"[" * 100_000, "is damaged JSON or cut short"),
        (b'{"results": [{"details": {"ticker": "\\ud800"}}]}', "is damaged JSON"),
        (b"[5]", "needs 'bid' and 'ask'"),
    ],
)
def test_what_is_no_snapshot_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "s"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["", "_contract"])
def test_recorded_massive(name: str) -> None:
    path = RECORDED / "polygon" / f"v3_snapshot_options_AAPL{name}.json"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded answer of Massive")
    chain = read(path).chain
    assert (chain.underlying, chain.spot) == ("AAPL", 159.9606)
    assert iso(chain.as_of) == "2022-04-29T17:44:23.172073Z"
    found = facts(chain)
    assert (found["bid"], found["ask"], found["open_interest"]) == (28.9, 29.25, 8133)
    assert (found["volume"], found["vendor_iv"]) == (8, 0.3570277203465058)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "symbol", "delta"),
    [
        ("option_chain", "AAPL240503P00155000", -0.06962352623019707),
        ("snapshot", "AAPL240126P00050000", 0.6742666141545315),
        ("snapshot_latest_quote_only", "AAPL240126P00050000", np.nan),
    ],
)
def test_recorded_alpaca(name: str, symbol: str, delta: float) -> None:
    path = RECORDED / "alpaca" / f"test_get_{name}.json"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded answer of Alpaca")
    chain = read(path, spot=169.9).chain
    assert symbols(chain) == [symbol]
    assert np.array_equal(chain.vendor_delta, [delta], equal_nan=True)
    assert chain.as_of == chain.ts_quote[0]


@pytest.mark.realdata
def test_recorded_contracts_are_no_chain() -> None:
    path = RECORDED / "polygon" / "v3_reference_options_contracts.json"
    if not path.exists():
        pytest.skip(f"needs {path.name}, a recorded answer of Massive")
    with pytest.raises(BadFile, match="10 rows were skipped"):
        read(path)
