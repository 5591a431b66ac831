"""Small chains of every vendor, written as text, and rows of a chain as plain values."""

import math
from pathlib import Path

from opentape.feeds.chains import ChainFile, read_chain
from opentape.market.chain import UNKNOWN_COUNT, UNKNOWN_TIME, Chain

SECOND = 1_000_000_000
NOON = 1_764_781_200 * SECOND
"""2025-12-03 12:00 in New York."""

OWN_HEADER = (
    "root,expiry,strike,right,bid,ask,last,volume,open_interest,bid_size,ask_size,"
    "ts_quote,spot,as_of,iv,delta,gamma,multiplier"
)
OWN_CALL = f"SPY,2025-12-19,650,C,1.2,1.25,1.23,7,120,3,4,{NOON},648.5,{NOON},0.2,0.5,0.01,"
OWN_PUT = f"SPY,2025-12-19,650,P,2.2,2.25,2.23,8,130,5,6,{NOON},648.5,{NOON},0.2,-0.5,0.01,"

CBOE_TOP = (
    "",
    "SPDR S&P 500 ETF Trust,Last: 658.05,Change:  -3.05",
    '"Date: September 25, 2025 at 9:05 PM EDT",Bid: 657.81,Ask: 657.83,"Volume: 89,468"',
)
CBOE_HEADER = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,"
    "Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
CBOE_ROW = (
    "Wed Oct 01 2025,SPY251001C00500000,158.2,0,157.1,159.91,3,0.6659,0.9994,0.0001,12,"
    "500.00,SPY251001P00500000,0,0,0,0.01,0,0,-0.0007,0,16"
)
CBOE = (*CBOE_TOP, CBOE_HEADER, CBOE_ROW)

LEAN_HEADER = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,"
    "gamma,vega,theta,rho"
)
LEAN_SHARE = ",,,747.93,748.77,747.86,748.40,106129,,,,,,,"
LEAN_CALL = "20151231,600,C,147.6,154.6,146,149.8,3,21,3.06,0.92,0.001,0.05,-8.1,0.01"
LEAN_PUT = "20151231,600,P,0,0,0,0,0,,0,0.0000000,0.0000000,0,0,0"
LEAN = (LEAN_HEADER, LEAN_SHARE, LEAN_CALL, LEAN_PUT)


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + "\n" for line in lines).encode())
    return path


def changed(header: str, row: str, **changes: str) -> str:
    """A row with some of its columns changed."""
    cells = row.split(",")
    for name, value in changes.items():
        cells[header.split(",").index(name)] = value
    return ",".join(cells)


def read(*paths: Path, **asked) -> ChainFile:
    found = read_chain(paths, **asked)
    assert found.rows >= found.chain.rows
    return found


def symbols(chain: Chain) -> list[str]:
    return [chain.contracts[at].symbol.replace(" ", "") for at in chain.contract.tolist()]


def facts(chain: Chain, at: int = 0) -> dict[str, object]:
    """One row as plain values; what is not known is left out."""
    names = chain._fields[5:]
    cells = {name: getattr(chain, name)[at].item() for name in names}
    counts = ("bid_size", "ask_size", "volume", "open_interest")
    return {"symbol": symbols(chain)[at]} | {
        name: cell
        for name, cell in cells.items()
        if not math.isnan(cell)
        and not (name in counts and cell == UNKNOWN_COUNT)
        and not (name == "ts_quote" and cell == UNKNOWN_TIME)
    }
