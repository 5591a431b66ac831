"""One signal in full: what it is, what stood beside it, and the evidence for it."""

import msgspec
from rich.console import Group
from rich.text import Text

from opentape.client.wire.replies import Explanation, PartLine
from opentape.scanner import lines
from opentape.scanner.rules.facts import Facts
from opentape.scanner.rules.rule import NEW_YORK
from opentape.scanner.screen.rows import STYLES, WEIGHTS, contract, greek, structure, usd

_BAR = 20
_MOST_PRINTS = 40


def told(facts: Facts) -> Group:
    """Return what an answer says of a signal."""
    signal, extra = facts.signal, facts.signal.enrichment
    head = Text(
        f"{facts.symbol} {contract(facts)}", f"bold {STYLES.get(signal.intent, '')}"
    )
    size, premium = lines.count(signal.size), usd(signal.premium)
    net, money = lines.count(signal.contract_net_oi_delta), _known(extra.moneyness)
    body = [
        f"{_known(signal.side)} {size} at {_known(signal.price)}  {premium}",
        f"{structure(facts)}  {_known(signal.aggressor, signal.nbbo_state)}",
        _known(signal.intent, signal.open_close_bias, signal.open_close_confidence),
        f"open interest {lines.count(signal.open_interest)}  net {net}",
        f"iv {greek(extra.iv, 4)}  delta {greek(extra.delta, 3)}  {money}",
        f"delta notional {_signed(extra.estimated_delta_notional)}",
        *_levels(facts),
        " ".join((*signal.tags, *signal.flags)),
    ]
    score = Text(f"score {_known(signal.score, signal.conviction)}", "bold")
    return Group(head, *(Text(line) for line in body), Text(), score, *_bars(facts))


def _levels(facts: Facts) -> tuple[str, str]:
    chain = facts.chain
    walls = f"{_known(chain.put_wall)} / {_known(chain.call_wall)}"
    return (
        f"spot {_known(facts.spot)}  walls {walls}",
        f"flip {_known(chain.gamma_flip)}  max pain {_known(chain.max_pain)}",
    )


def evidence(explained: Explanation) -> Group:
    """Return the prints, the contract's day and the arithmetic of each part."""
    prints = [
        Text(
            f"{_clock(one.ts)} {one.size:>6,} {one.price:>8} "
            f"{_quote(one.bid)} x {_quote(one.ask)} {one.side} {one.aggressor} {one.venue}"
        )
        for one in explained.prints[:_MOST_PRINTS]
    ]
    more = len(explained.prints) - len(prints)
    state = explained.contract
    return Group(
        Text("prints, New York", "bold"),
        *prints,
        *([Text(f"and {more} more")] if more > 0 else []),
        Text(),
        Text(f"{_known(state.symbol)} on {_known(state.trade_date)}", "bold"),
        Text(
            f"bought {lines.count(state.bought)}, sold {lines.count(state.sold)}, "
            f"unsigned {lines.count(state.unsigned)}"
        ),
        *(Text(line, "dim") for line in state.formula),
        Text(),
        Text("score", "bold"),
        *(line for part in explained.parts for line in _part(part)),
        Text(),
        Text("radar", "bold"),
        *(line for part in explained.radar_parts for line in _part(part)),
    )


def _clock(ts: str) -> str:
    moment = lines.instant(ts).astimezone(NEW_YORK)
    return moment.isoformat(timespec="milliseconds")[11:23]


def _part(part: PartLine) -> list[Text]:
    given = ", ".join(f"{name} {value}" for name, value in (part.inputs or {}).items())
    return [
        Text(
            f"{part.name:<14}{part.points:>3} = {part.weight:g} x {part.share:.4f}  {given}"
        ),
        Text(f"  {part.formula}", "dim"),
    ]


def _bars(facts: Facts) -> list[Text]:
    breakdown = facts.signal.score_breakdown
    names = breakdown.__struct_fields__
    points = msgspec.structs.astuple(breakdown)
    return [
        Text(f"{name:<14}{got or 0:>3} ")
        + Text("█" * min(_BAR, round(_BAR * (got or 0) / most)), "cyan")
        for name, got, most in zip(names, points, WEIGHTS, strict=True)
    ]


def _signed(amount: float | None) -> str:
    return "-" if amount is None else f"{'-' if amount < 0 else ''}{usd(abs(amount))}"


def _known(*values: object) -> str:
    return "  ".join(lines.UNKNOWN if one is None else str(one) for one in values)


def _quote(price: float | None) -> str:
    return f"{lines.UNKNOWN if price is None else price:>7}"
