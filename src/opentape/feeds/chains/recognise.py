"""Which layout a file of a chain has, told from its content and never from its name."""

from typing import Final

from opentape.feeds.chains import cboe, lean, own
from opentape.feeds.chains.told import Layout
from opentape.feeds.raw.inflate import Inflated
from opentape.market.errors import BadFile

LAYOUTS: Final = (
    cboe.LAYOUT,
    lean.LAYOUT,
    own.LAYOUT,
)
KNOWN: Final = ", ".join(layout.title for layout in LAYOUTS)
_HEAD: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_COLUMNAR: Final = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")


def recognise(file: Inflated) -> Layout:
    """Return the layout of a file.

    Raises
    ------
    BadFile
        If it is empty, or nothing that a chain can be read from.
    """
    head = file.head(_HEAD)
    if not head:
        raise BadFile(f"{file.path} is empty once unpacked")
    if head.startswith(_COLUMNAR):
        return own.LAYOUT
    body = head.removeprefix(_BOM).lstrip()
    first = body.split(b"\n", 1)[0]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile(f"text must be UTF-8, was UTF-16 in {file.path}")
    if b"\0" in first:
        raise BadFile(f"a chain is {KNOWN}, was {file.path}, which is none of them")
    if cboe.top_of(head) is not None:
        return cboe.LAYOUT
    if first.lower().startswith(tuple(name.encode() for name in lean.FIRST_NAMES)):
        return lean.LAYOUT
    return own.LAYOUT
