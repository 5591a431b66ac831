"""What can go wrong, as one tree.

::

    OpentapeError
    ├── InputError          the caller asked for what cannot be
    │   ├── BadSymbol       a text that names no option contract
    │   ├── BadFile         a file that cannot be read as what it was given as
    │   ├── BadPrice        a price that no volatility gives
    │   ├── BadSetting      an option outside its range
    │   └── BadExpiry       a text that is no date
    └── NotFound            the thing named does not exist
        ├── SymbolNotFound  an underlying that was never heard of
        └── NoData          known, but there is nothing to answer with
"""


class OpentapeError(Exception):
    """Any error that opentape raises on purpose; its text is one clear sentence."""


class InputError(OpentapeError):
    """The caller asked for what cannot be."""


class BadSymbol(InputError):
    """A text that names no option contract."""


class BadFile(InputError):
    """A file that cannot be read as what it was given as."""


class BadPrice(InputError):
    """A price that no volatility gives."""


class BadSetting(InputError):
    """An option outside its range."""


class NotFound(OpentapeError):
    """The thing named does not exist."""


class BadExpiry(InputError):
    """A text that is no date."""


class SymbolNotFound(NotFound):
    """An underlying that was never heard of."""


class NoData(NotFound):
    """Known, but there is nothing to answer with."""
