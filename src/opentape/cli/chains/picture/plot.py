"""A chain as a picture: gamma over spot, a smile per near expiry, open interest."""

from typing import Final

from matplotlib.figure import Figure

from opentape.cli import words
from opentape.cli.chains.picture import marks, panels
from opentape.cli.chains.picture.look import drawn
from opentape.desk.chain.reply import ChainReply

_SIZE: Final = (14.0, 10.5)
_NOTE: Final = (
    "Modelled: dealers are taken to hold the calls and to have sold the puts, which open "
    "interest does not show. Levels are concentrations, not forecasts.\n"
    "The profile is the flip's: contracts of the last five days count in proportion, "
    "unless one expiry was asked for."
)


def png_of(reply: ChainReply) -> bytes:
    """Return the picture of a chain, as the bytes of a PNG file."""
    return drawn(lambda: figure_of(reply))


def figure_of(reply: ChainReply) -> Figure:
    """Return the picture before it is drawn; its look is that of the moment of drawing."""
    figure = Figure(figsize=_SIZE)
    grid = figure.add_gridspec(
        2, 2, left=0.065, right=0.975, top=0.87, bottom=0.09, hspace=0.42, wspace=0.16
    )
    span = marks.span_of(reply)
    panels.draw_gamma(figure.add_subplot(grid[0, :]), reply, span)
    panels.draw_smiles(figure.add_subplot(grid[1, 0]), reply, span)
    panels.draw_interest(figure.add_subplot(grid[1, 1]), reply, span)
    figure.text(0.065, 0.957, _title(reply), fontsize=17, fontweight="bold")
    figure.text(0.065, 0.929, _subtitle(reply), fontsize=11, color=marks.GREY)
    figure.text(0.065, 0.012, _NOTE, fontsize=8.5, color=marks.GREY)
    return figure


def _title(reply: ChainReply) -> str:
    when = words.new_york(reply.as_of)
    return f"{reply.symbol}   {when.day} {when:%b %Y}, {when:%H:%M} New York"


def _subtitle(reply: ChainReply) -> str:
    levels = reply.levels
    told = [f"spot {marks.price_of(reply.spot)}"]
    if levels.net_gex is not None:
        told.append(f"net GEX {marks.money(levels.net_gex)} per 1 %")
    told.append(
        f"gamma flip {levels.gamma_flip:,.2f}"
        if levels.gamma_flip is not None
        else f"no gamma flip ({levels.gamma_flip_status.replace('_', ' ')})"
    )
    told.append(levels.regime.replace("_", " ").replace("unknown", "regime unknown"))
    return "   ·   ".join(told)
