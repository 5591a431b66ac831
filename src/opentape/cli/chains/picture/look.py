"""What all pictures look like, and how one becomes a file."""

import io
from collections.abc import Callable
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from opentape.cli.chains.picture.marks import FAINT, INK

_DPI: Final = 140
LOOK: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#ececec",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "text.parse_math": False,
}


def drawn(made: Callable[[], Figure]) -> bytes:
    """Return a picture as the bytes of a PNG file; its look is that of its making."""
    with mpl.rc_context(LOOK):
        picture = io.BytesIO()
        made().savefig(picture, format="png", dpi=_DPI, metadata={"Software": "opentape"})
    return picture.getvalue()
