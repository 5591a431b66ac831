"""The tables of a chain: fit their width, say what the answer says, hide nothing."""

import io
import re

import msgspec
import pytest
from rich.console import Console

import replies
from opentape.cli.chains import expiries, strikes, table
from opentape.cli.words import signed_usd

WIDTHS = [80, 100, 120, 160, 220]
CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def reply():
    return replies.reply()


def shown(reply, width=100, *, plain=False):
    return [
        part
        for line in table.lines(reply, width, plain=plain)
        for part in line.plain.split("\n")
    ]


def bare(reply):
    """The same chain with nothing known of it."""
    names = msgspec.structs.fields(type(reply.levels))
    unknown = {f.name: None for f in names if f.default is msgspec.NODEFAULT}
    unknown |= {"gamma_flip_status": "insufficient_quote_quality", "flip_crossings": ()}
    levels = type(reply.levels)(**unknown | {"regime": "unknown"})
    rows = [
        msgspec.structs.replace(
            row,
            **dict.fromkeys(("atm_iv", "forward", "svi", "skew_25d", "net_gex"), None),
            **dict.fromkeys(("put_25d_iv", "call_25d_iv", "max_pain"), None),
            expected_move=None,
            svi_status="too_few_quotes",
        )
        for row in reply.expiries
    ]
    term = type(reply.term)(
        iv_7d=None, iv_30d=None, iv_90d=None, near_slope_pct=None, far_slope_pct=None
    )
    return msgspec.structs.replace(
        reply, levels=levels, expiries=tuple(rows), strikes=(), term=term
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_asked(reply, width):
    assert max(map(len, shown(reply, width))) <= width
    assert max(map(len, shown(bare(reply), width))) <= width


def test_a_wider_table_shows_more(reply):
    counts = [len(expiries.fit(reply.expiries, width)) for width in WIDTHS]
    assert counts == sorted(counts)
    assert counts[0] >= 9
    # all but the settlement: every expiry settles in the afternoon
    assert counts[-1] == len(expiries.COLUMNS) - 1


def test_settlement_is_told_where_it_differs(reply):
    first, *rest = reply.expiries
    rows = (msgspec.structs.replace(first, settlement="AM"), *rest)
    assert "settles" in [column.title for column, _ in expiries.fit(rows, 80)]


def test_levels_say_what_the_answer_says(reply):
    text = "\n".join(shown(reply))
    levels = reply.levels
    for name, price in {
        "gamma flip": levels.gamma_flip,
        "call wall": levels.call_wall,
        "put wall": levels.put_wall,
        "max pain": levels.max_pain,
    }.items():
        away = 100 * (price / reply.spot - 1)
        spelled = f"{price:.2f}".removesuffix(".00")
        assert re.search(rf"{name} +{spelled} +{re.escape(f'{away:+.2f}')} %", text)
    for name, amount in {"GEX": levels.net_gex, "CHEX": levels.net_chex}.items():
        assert re.search(rf"net {name} +{re.escape(signed_usd(amount))} ", text)
    assert "modelled" in text


def test_there_is_a_row_for_each_expiry_and_strike(reply):
    text = shown(reply, 100)
    dates = [
        line.split()[0] for line in text if re.match(r"  \d\d[A-Z][a-z]{2}\d\d ", line)
    ]
    assert len(dates) == len(reply.expiries)
    bars = [line for line in text if "│" in line]
    assert strikes.ROWS <= len(bars) <= strikes.MORE


def test_strikes_descend_and_none_is_lost(reply):
    text = shown(reply, 100)
    prices = [float(line.split()[0]) for line in text if "│" in line]
    assert prices == sorted(prices, reverse=True)
    left_out = [int(line.split()[0]) for line in text if " more strike" in line]
    held = [row for row in reply.strikes if row.call_oi or row.put_oi]
    assert len(prices) + sum(left_out) == len(held)
    assert len(left_out) == 2


def test_bars_are_as_long_as_gamma(reply):
    text = shown(reply, 100)
    seen = strikes.window(reply).shown
    longest = max(max(row.call_gex, -row.put_gex) for row in seen)
    lengths = {}
    for line in text:
        if "│" in line:
            puts, calls = line.split("│")
            lengths[float(line.split()[0])] = tuple(
                side.count("█") + 0.5 * (side.count("▐") + side.count("▌"))
                for side in (puts, calls)
            )
    half = max(max(pair) for pair in lengths.values())
    for row in seen:
        puts, calls = lengths[row.strike]
        assert puts == pytest.approx(-row.put_gex / longest * half, abs=0.51)
        assert calls == pytest.approx(row.call_gex / longest * half, abs=0.51)


def test_spot_and_levels_are_marked(reply):
    text = shown(reply, 100)
    (spot,) = [line for line in text if line.endswith("  spot")]
    assert spot.split()[0] == "652.30"
    at = text.index(spot)
    assert text[at - 1].split()[0] == "654"
    assert text[at + 1].split()[0] == "652"
    assert next(line for line in text if line.endswith("  flip")).split()[0] == "648.40"
    (wall,) = [line for line in text if "call wall" in line and "│" in line]
    assert wall.split()[0] == f"{reply.levels.call_wall:g}"


def test_a_level_far_away_is_named_below(reply):
    levels = msgspec.structs.replace(reply.levels, put_wall=300.0)
    text = shown(msgspec.structs.replace(reply, levels=levels))
    assert text[-1] == "  outside: put wall 300"


def test_what_is_not_known_is_not_made_up(reply):
    text = shown(bare(reply), 80)
    assert any("gamma flip   none insufficient quote quality" in line for line in text)
    assert any("call wall    none" in line for line in text)
    assert text[-1] == "  no open interest is known"
    assert not any("None" in line or "nan" in line for line in text)


def test_ascii_where_nothing_else_can_be_shown(reply):
    assert "\n".join(shown(reply, plain=True)).isascii()
    assert not "\n".join(shown(reply)).isascii()


def test_colour_is_only_colour(reply):
    sink = io.StringIO()
    console = Console(file=sink, force_terminal=True, color_system="standard", width=300)
    for line in table.lines(reply, 100):
        console.print(line, soft_wrap=True)
    assert "\x1b[32m" in sink.getvalue()
    assert "\x1b[31m" in sink.getvalue()
    stripped = [line.rstrip() for line in CODES.sub("", sink.getvalue()).splitlines()]
    assert stripped == [line.rstrip() for line in shown(reply, 100)]


def test_no_colour_and_a_set_width_where_there_is_no_terminal(reply, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    sink = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    table.draw(reply, sink)
    sink.seek(0)
    text = sink.read()
    assert "\x1b" not in text
    assert text.splitlines() == [line.rstrip() for line in shown(reply, table.WIDE)]
