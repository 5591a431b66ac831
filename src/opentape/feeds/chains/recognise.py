"""Which layout a file of a chain has, told from its content and never from its name."""

from typing import Final

from opentape.feeds.chains import alpaca, cboe, dbn, lean, massive, own
from opentape.feeds.chains.told import Layout
from opentape.feeds.raw.inflate import Inflated
from opentape.market.errors import BadFile

LAYOUTS: Final = (
    cboe.LAYOUT,
    lean.LAYOUT,
    massive.LAYOUT,
    alpaca.LAYOUT,
    dbn.LAYOUT,
    own.LAYOUT,
)
KNOWN: Final = ", ".join(layout.title for layout in LAYOUTS)
_HEAD: Final = 1 << 16
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
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
    if head.startswith(b"DBN"):
        return dbn.LAYOUT
    if head.startswith(_COLUMNAR):
        return own.LAYOUT
    if head.startswith(_UTF16):
        raise BadFile(f"text must be UTF-8, was UTF-16 in {file.path}")
    body = head.removeprefix(_BOM).lstrip()
    if b"\0" in body.split(b"\n", 1)[0]:
        raise BadFile(f"a chain is {KNOWN}, was {file.path}, which is none of them")
    return _text(body)


def _text(body: bytes) -> Layout:
    if body.startswith((b"{", b"[")):
        return _json(body)
    if cboe.top_of(body) is not None:
        return cboe.LAYOUT
    if body.lower().startswith(lean.FIRST_NAMES):
        return lean.LAYOUT
    return own.LAYOUT


def _json(body: bytes) -> Layout:
    for layout, signs in ((alpaca.LAYOUT, alpaca.SIGNS), (massive.LAYOUT, massive.SIGNS)):
        if any(b'"%b"' % sign in body for sign in signs):
            return layout
    return own.LAYOUT
