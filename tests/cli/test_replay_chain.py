"""`opentape replay --chain`: what a chain adds, and that it adds nothing else."""

import csv
import json

import pyarrow.parquet as pq
import pytest

UNKNOWN = {
    "iv": None, "delta": None, "gamma": None, "iv_vs_atm": None, "moneyness": "unknown",
    "estimated_delta_notional": None, "hypothetical_gex_impact_if_opening": None,
    "signed_delta_notional": None,
}  # fmt: skip
FIELDS = ("root", "expiry", "strike", "right", "bid", "ask", "iv", "spot")


def contract_of(signal):
    return (
        signal["id"].split("-")[0], signal["expiry"], signal["strike"], signal["right"]
    )  # fmt: skip


def write_chain(path, contracts, spots, fields=FIELDS, **more):
    with path.open("w", newline="") as file:
        rows = csv.DictWriter(file, [*fields, *more], extrasaction="ignore")
        rows.writeheader()
        for at, (root, expiry, strike, right) in enumerate(contracts):
            row = {
                "root": root, "expiry": expiry, "strike": strike, "right": right,
                "iv": 0.2 + at / 1000, "spot": spots[root],
            }  # fmt: skip
            rows.writerow(row | more)
    return path


def replayed(run, day, *arguments):
    result = run("replay", day.tape, "--oi", day.oi, "--format", "ndjson", *arguments)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.fixture
def listed(day):
    """Every second contract that has a signal, and a spot near the strikes of each root."""
    contracts = sorted({contract_of(signal) for signal in day.signals})
    strikes = {}
    for root, _, strike, _ in contracts:
        strikes.setdefault(root, []).append(strike)
    spots = {root: sorted(them)[len(them) // 2] + 0.25 for root, them in strikes.items()}
    return contracts[::2], spots


def test_a_chain_of_every_underlying_fills_the_contracts_it_holds(
    run, day, listed, tmp_path
):
    contracts, spots = listed
    path = write_chain(tmp_path / "chain.csv", contracts, spots)
    signals, told = replayed(run, day, "--chain", path)
    before = {signal["id"]: signal for signal in day.signals}
    filled = 0
    for signal in signals:
        bare, enrichment = before[signal["id"]], signal["enrichment"]
        kept = {name: value for name, value in signal.items() if name != "tags"}
        if contract_of(signal) not in contracts:
            assert enrichment == UNKNOWN
            assert kept == {name: value for name, value in bare.items() if name != "tags"}
            continue
        filled += 1
        at = contracts.index(contract_of(signal))
        assert enrichment["iv"] == pytest.approx(0.2 + at / 1000, abs=5e-5)
        assert signal["radar"]["iv"] == enrichment["iv"]
        spot = spots[contract_of(signal)[0]]
        notional = enrichment["delta"] * signal["size"] * 100 * spot
        assert enrichment["estimated_delta_notional"] == pytest.approx(notional, abs=0.006)
        for name in kept.keys() - {"enrichment", "radar"}:
            assert kept[name] == bare[name], name
    assert filled > 50
    assert f"{len(contracts):,} contracts, {len(contracts):,} of them with a vol" in told


def test_parquet_holds_the_enrichment_of_the_json(run, day, listed, tmp_path):
    path = write_chain(tmp_path / "chain.csv", *listed)
    out = tmp_path / "signals.parquet"
    signals, _ = replayed(run, day, "--chain", path, "--out", out)
    table = pq.read_table(out).to_pylist()
    assert [row["enrichment"] for row in table] == [s["enrichment"] for s in signals]
    for name in ("spot", "iv", "otmPct"):
        assert [row["radar"][name] for row in table] == [s["radar"][name] for s in signals]


def test_explain_shows_the_signal_of_the_same_replay(run, day, listed, tmp_path):
    path = write_chain(tmp_path / "chain.csv", *listed)
    signals, _ = replayed(run, day, "--chain", path, "--limit", 3)
    for signal in signals:
        result = run(
            "explain", day.tape, signal["id"], "--oi", day.oi, "--chain", path,
            "--format", "json",
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        explained = json.loads(result.stdout)["signal"]
        assert explained["enrichment"] == signal["enrichment"]
        assert explained["radar"] == signal["radar"]


def test_a_chain_that_tells_no_spot_needs_one(run, day, listed, tmp_path):
    contracts, spots = listed
    mine = [contract for contract in contracts if contract[0] == "NVDA"]
    bare = write_chain(tmp_path / "bare.csv", mine, spots, fields=FIELDS[:-1])
    refused = run("replay", day.tape, "--chain", bare)
    assert refused.exit_code == 2
    assert "a --chain that tells no spot needs --spot, was NVDA" in refused.stderr
    given = write_chain(tmp_path / "given.csv", mine, spots)
    with_spot, _ = replayed(run, day, "--chain", bare, "--spot", spots["NVDA"])
    assert with_spot == replayed(run, day, "--chain", given)[0]


def test_a_chain_names_its_own_time(run, day, listed, tmp_path):
    path = write_chain(tmp_path / "chain.csv", *listed, as_of="2026-09-16T14:30:00-04:00")
    assert "as of 2026-09-16 14:30:00 New York" in replayed(run, day, "--chain", path)[1]


def test_a_file_that_is_no_chain_is_refused(run, day, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the sort\n")
    result = run("replay", day.tape, "--chain", path)
    assert result.exit_code == 2
    assert "notes.txt" in result.stderr
