"""The three panels of a chain's picture."""

import math
from collections import defaultdict
from typing import Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from opentape.cli.chains.picture.marks import (
    CALLS,
    GREY,
    INK,
    PUTS,
    Span,
    draw_levels,
    levels_of,
    spot_of,
    unit_of,
)
from opentape.desk.chain.reply import ChainReply, ContractRow, ExpiryRow, StrikeRow, SviRow

SMILES: Final = 6
"""Expiries whose smile is drawn."""
_BARS: Final = 110
"""Most bars of open interest; more strikes than that are taken together."""
_PRICED: Final = frozenset({"two_sided", "locked"})
_DEVIATIONS: Final = 5.0
_ROOM: Final = 0.04
_ROUND: Final = (1, 2, 2.5, 5, 10)
_LEGEND_COLUMNS: Final = 3
_OVER_LEGEND: Final = 40.0
"""Points between a title and its panel, where a legend stands between them."""
_STEPS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)


def draw_gamma(axes: Axes, reply: ChainReply, span: Span) -> None:
    """Draw the chain's net GEX, repriced over spot."""
    spots, net = np.array(reply.profile.spots), np.array(reply.profile.net_gex)
    shown = (spots >= span.low) & (spots <= span.high) & np.isfinite(net)
    unit, name = unit_of(float(np.abs(net[shown]).max(initial=0.0)))
    axes.set_title("Gamma profile: net GEX if spot were elsewhere")
    axes.set_ylabel(f"net GEX, ${f' {name}' if name else ''} per 1 %")
    axes.set_xlabel("spot, $")
    if not shown.any():
        _say(axes, "No contract has both an implied vol and open interest.")
        return
    scaled = net / unit
    axes.plot(spots, scaled, color=INK, linewidth=1.8)
    for colour, side in ((CALLS, scaled > 0), (PUTS, scaled < 0)):
        axes.fill_between(
            spots, scaled, where=side, interpolate=True, color=colour, alpha=0.22, lw=0
        )
    axes.axhline(0, color=GREY, linewidth=0.9)
    low, high = min(0.0, float(scaled[shown].min())), max(0.0, float(scaled[shown].max()))
    room = 0.08 * (high - low) or 1.0
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(*span)
    draw_levels(axes, levels_of(reply), span)


def draw_smiles(axes: Axes, reply: ChainReply, span: Span) -> None:
    """Draw the implied vols of the near expiries, and the SVI through them."""
    axes.set_title("Smiles of the near expiries: days, ATM vol", pad=_OVER_LEGEND)
    axes.set_xlabel("strike, $")
    axes.set_ylabel("implied vol, % per year")
    smiles = _near_smiles(reply, span)
    colours = colormaps["viridis"](np.linspace(0.0, 0.88, max(len(smiles), 2)))
    heights: list[float] = []
    places: list[float] = []
    for (row, contracts), colour in zip(smiles, colours, strict=False):
        strikes = np.array([each.strike for each in contracts])
        vols = np.array([each.iv for each in contracts], np.float64)
        heights += vols.tolist()
        places += strikes.tolist()
        axes.scatter(strikes, vols, s=11, color=colour, alpha=0.55, lw=0, label=_named(row))
        if row.svi is not None and row.forward is not None:
            curve = np.linspace(strikes.min(), strikes.max(), 200)
            axes.plot(curve, _vol_of(row.svi, np.log(curve / row.forward), row.years),
                      color=colour, linewidth=1.8)  # fmt: skip
    if not smiles:
        _say(axes, "No expiry has implied vols of two-sided quotes.")
        return
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=_ROUND))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g}"))
    low, high = np.quantile(heights, [0.0, 0.98])
    axes.set_ylim(max(0.0, low - 0.15 * (high - low)), high + 0.12 * (high - low))
    seen = Span(*_edges([reply.quoted_spot, *places]))
    axes.set_xlim(*seen)
    _draw_legend(axes)
    draw_levels(axes, [spot_of(reply)], seen)


def draw_interest(axes: Axes, reply: ChainReply, span: Span) -> None:
    """Draw the open interest of calls upwards and of puts downwards."""
    rows = [row for row in reply.strikes if span.holds(row.strike)]
    step = _step(rows)
    calls, puts = _gathered(rows, step)
    together = f", ${step:g} of strikes together" if step else ""
    axes.set_title(f"Open interest by strike{together}", pad=_OVER_LEGEND)
    axes.set_xlabel("strike, $")
    most = max([0, *calls.values(), *puts.values()])
    if not most:
        _say(axes, "No open interest is known.")
        return
    unit, name = unit_of(float(most))
    axes.set_ylabel(f"puts   |   calls,{f' {name}' if name else ''} contracts")
    width = 0.8 * (step or _spacing(rows))
    for held, colour, sign, side in ((calls, CALLS, 1, "calls"), (puts, PUTS, -1, "puts")):
        heights = [sign * each / unit for each in held.values()]
        axes.bar(list(held), heights, width=width, color=colour, label=side, lw=0)
    axes.axhline(0, color=GREY, linewidth=0.9)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{abs(y):g}"))
    axes.yaxis.set_major_locator(MaxNLocator(9, steps=_ROUND))
    axes.set_xlim(*span)
    _draw_legend(axes)
    draw_levels(axes, levels_of(reply, held=True), span)


def _near_smiles(
    reply: ChainReply, span: Span
) -> list[tuple[ExpiryRow, list[ContractRow]]]:
    by_expiry: defaultdict[tuple[object, str], list[ContractRow]] = defaultdict(list)
    for each in reply.contracts:
        if each.iv is not None and each.quote in _PRICED and span.holds(each.strike):
            by_expiry[each.expiry, each.root].append(each)
    found: list[tuple[ExpiryRow, list[ContractRow]]] = []
    for row in reply.expiries:
        here = [
            each
            for (expiry, _), rows in by_expiry.items()
            if expiry == row.expiry
            for each in rows
            if _out_of_the_money(each, row)
        ]
        if here and row.years > 0 and len(found) < SMILES:
            found.append((row, here))
    return found


def _out_of_the_money(contract: ContractRow, row: ExpiryRow) -> bool:
    forward = row.forward
    if forward is None or row.atm_iv is None:
        return False
    if (contract.strike >= forward) != (contract.right == "C"):
        return False
    deviation = row.atm_iv * math.sqrt(max(row.years, 0.0))
    return abs(math.log(contract.strike / forward)) <= _DEVIATIONS * deviation


def _named(row: ExpiryRow) -> str:
    atm = f", {100 * row.atm_iv:.1f} %" if row.atm_iv is not None else ""
    settles = " AM" if row.settlement == "AM" else ""
    return f"{row.expiry.day} {row.expiry:%b %y}{settles}, {row.dte} d{atm}"


def _vol_of(svi: SviRow, k: np.ndarray, years: float) -> np.ndarray:
    away = k - svi.m
    w = svi.a + svi.b * (svi.rho * away + np.sqrt(away**2 + svi.sigma**2))
    return np.sqrt(np.maximum(w, 0.0) / years)


def _spacing(rows: list[StrikeRow]) -> float:
    strikes = np.array([row.strike for row in rows])
    return float(np.median(np.diff(strikes))) if strikes.size > 1 else 1.0


def _step(rows: list[StrikeRow]) -> float:
    """Return how many dollars of strikes go together, 0 for none."""
    if len(rows) <= _BARS:
        return 0.0
    wide = (rows[-1].strike - rows[0].strike) / _BARS
    return next((step for step in _STEPS if step >= wide), _STEPS[-1])


def _gathered(
    rows: list[StrikeRow], step: float
) -> tuple[dict[float, int], dict[float, int]]:
    calls: defaultdict[float, int] = defaultdict(int)
    puts: defaultdict[float, int] = defaultdict(int)
    for row in rows:
        place = round(row.strike / step) * step if step else row.strike
        calls[place] += row.call_oi or 0
        puts[place] += row.put_oi or 0
    return dict(calls), dict(puts)


def _edges(places: list[float]) -> tuple[float, float]:
    room = _ROOM * (max(places) - min(places)) or 1.0
    return min(places) - room, max(places) + room


def _draw_legend(axes: Axes) -> None:
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.015, 0.995),
        ncols=_LEGEND_COLUMNS,
        fontsize=8.8,
        markerscale=2.0,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=1.2,
    )


def _say(axes: Axes, text: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=GREY)
