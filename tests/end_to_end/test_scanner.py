"""The verbs that ask a server print what the documents' programs print of the same one."""

import contextlib
import io
import json
import re

import pytest
from click.testing import CliRunner

from opentape.cli.main import main
from seed_scanner import SEEDS, needs_seed

GOLDEN = """for sym in WATCHLIST:
    for s in golden_signals(sym): print(f"{sym} {render_signal(s)}")"""
CALLS = {
    'scan_and_print("NVDA")': ["scan", "NVDA"],
    'scan_and_print("SPX", window_minutes=390, min_score=60, intent="bullish", limit=5)': [
        "scan", "SPX", "--window", "390", "--min-score", "60", "--intent", "bullish",
        "--limit", "5",
    ],
    'scan_and_print("NOSUCH")': ["scan", "nosuch"],
    "watchlist_card(window_minutes=390)": ["card", "--window", "390"],
    'watchlist_card(["NVDA", "SPX"])': ["card", "NVDA", "SPX"],
    'for s in whale_sweeps("SPX", 390): print(f"SPX {render_signal(s)}")': [
        "scan", "SPX", "--preset", "whale-sweeps", "--window", "390",
    ],
    GOLDEN: [
        "scan", "--preset", "golden",
    ],
    'for s in opening_bullish("SPX", 390): print(f"SPX {render_signal(s)}")': [
        "scan", "SPX", "--preset", "opening-bullish", "--window", "390",
    ],
}  # fmt: skip


def ours(server, *arguments: str) -> str:
    given = [*arguments, "--url", server.base, "--key", server.key]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0, result.output
    return result.stdout


class TestAsTheDocuments:
    pytestmark = needs_seed

    @pytest.mark.parametrize("call", CALLS, ids=lambda call: call[:50])
    def test_it_prints_the_same(self, server, monkeypatch, call: str) -> None:
        monkeypatch.setenv("FLASHALPHA_API_KEY", server.key)
        expected = printed("002_scanner.py", server, call)
        assert ours(server, *CALLS[call]) == expected
        assert expected.count("\n") > 1

    def test_the_strongest_of_the_session(self, server, monkeypatch) -> None:
        monkeypatch.setenv("RADARPULSE_API_KEY", server.key)
        assert ours(server, "top") == printed("003_top.py", server)


def printed(program: str, server, call: str = "") -> str:
    """What a program prints, pointed at our server, or a call of one of its functions."""
    text = (SEEDS / program).read_text("utf-8")
    for host in ("https://lab.flashalpha.com", "https://api.radarpulse.io"):
        text = text.replace(host, server.base)
    names = {"__name__": "seed"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(text, names)  # noqa: S102
        exec(call, names)  # noqa: S102
    return out.getvalue()


def test_lines_of_json_are_signals(server) -> None:
    shown = ours(server, "scan", "SPX", "--window", "390", "--format", "ndjson", "-n", "9")
    rows = [json.loads(line) for line in shown.splitlines()]
    assert len(rows) == 9
    with server.client() as client:
        query = {"windowMinutes": 390, "limit": 9}
        body = client.get("/v1/flow/signals/SPX", params=query).json()
    assert rows == body["signals"]


def test_a_condition_is_a_filter(server) -> None:
    condition = 'premium > 5e5 and right == "C" and not "closing" in tags'
    asked = ["scan", "SPX", "NVDA", "--window", "390", "-n", "500", "--format", "ndjson"]
    every = [json.loads(line) for line in ours(server, *asked).splitlines()]
    some = [
        json.loads(line) for line in ours(server, *asked, "--when", condition).splitlines()
    ]
    assert some
    assert some == [
        s
        for s in every
        if s["premium"] > 5e5 and s["right"] == "C" and "closing" not in s["tags"]
    ]


def test_rules_of_a_file(server, tmp_path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nname = "a"\nsymbols = ["SPX"]\npreset = "golden"\nwindow_minutes = 390\n'
        '[[rule]]\nname = "b"\nsymbols = ["NVDA"]\nmin_score = 60\n'
    )
    shown = ours(server, "scan", "--rules", str(rules))
    first = ours(server, "scan", "SPX", "--preset", "golden", "--window", "390")
    assert shown.startswith(first)
    assert {line.split()[0] for line in shown.removeprefix(first).splitlines()} == {"NVDA"}


@pytest.mark.parametrize("order", ["net", "signals", "symbol", "size"])
def test_the_card_sorted(server, order: str) -> None:
    shown = ours(
        server, "card", "SPY", "SPX", "NVDA", "AAPL", "--window", "390", "--sort", order
    )
    rows = [re.sub(r"[$,]", "", line).split() for line in shown.splitlines()[3:]]
    keys = {
        "net": [-float(row[2]) for row in rows],
        "size": [-abs(float(row[2])) for row in rows],
        "signals": [-int(row[-1]) for row in rows],
        "symbol": [row[0] for row in rows],
    }[order]
    assert keys == sorted(keys)
    assert len(rows) == 4


def test_the_stream_in_lines(server) -> None:
    log = server.made.engine.log
    cursor = log.cursor(log.end - 1)
    rows = [row for row in server.rows(50) if row.vol_oi is not None][:3]
    last = server.push(rows)[-1]
    given = [
        "stream",
        "--cursor",
        cursor,
        "-n",
        "3",
        "--url",
        server.base,
        "--key",
        server.key,
    ]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        r.ticker for r in rows
    ]
    assert result.stderr == f"To go on after this: --cursor {last}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scan", "SPY", "--key", "wrong"], "Error: GET /v1/flow/signals/SPY: 401"),
        (["stream", "--key", "wrong"], "Error: WS /v1/stream: closed with 4401"),
        (["scan", "SPY", "--expiry", "friday"], "Error: an expiry is YYYY-MM-DD or today"),
        (["scan", "--when", "premum > 1"], "did you mean 'premium'?"),
        (["scan", "--rules", "none.toml"], "rules none.toml cannot be read"),
        (["scan", "--rules", "x", "--preset", "golden"], "--rules says all"),
        (["card", "--url", "localhost"], "a server is named as http://HOST:PORT"),
    ],
)
def test_what_is_wrong_is_one_sentence(server, arguments: list[str], says: str) -> None:
    usual = {"--url": server.base, "--key": server.key}
    more = [part for pair in usual.items() if pair[0] not in arguments for part in pair]
    result = CliRunner().invoke(main, [*arguments, *more])
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
