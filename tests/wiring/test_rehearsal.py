"""The rehearsal of a server: it computes whatever a server computes."""

import msgspec
import pytest

import markets
from opentape.api.app import routed
from opentape.market.errors import OpentapeError
from opentape.wiring.rehearsal import rehearse


def test_every_route_answers(tmp_path):
    market = markets.folder(tmp_path / "market", 1_500, symbols=("SPY", "SPX"))
    answers = rehearse(market, tmp_path)
    assert list(answers) == [route.path for route in routed()]
    told = {path: msgspec.json.decode(body) for path, body in answers.items()}
    assert told["/v1/tickers"]["tickers"] == ["SPX", "SPY"]
    # chains were solved and stocks were heard of
    assert told["/v1/exposure/gex/{symbol}"]["net_gex"] is not None
    assert told["/v1/flow/stocks/{symbol}/recent"]["count"] > 0
    assert told["/v1/flow/signals/{symbol}/{signal_id}/explain"]["signal"]["id"]


def test_a_market_that_cannot_be_played_is_told_of(tmp_path):
    market = markets.folder(tmp_path / "market", 1_500, symbols=("SPY",))
    tape = market / "tape.parquet"
    tape.write_bytes(tape.read_bytes()[:-100])
    with pytest.raises(OpentapeError):
        rehearse(market, tmp_path)
