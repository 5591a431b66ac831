"""What can go wrong, as one tree.

::

    OpentapeError
    ├── InputError          the caller asked for what cannot be
    │   ├── BadSymbol       a text that names no option contract
    │   ├── BadFile         a file that cannot be read as what it was given as
    │   ├── BadPrice        a price that no volatility gives
    │   ├── BadSetting      an option outside its range
    │   ├── BadExpiry       a text that is no date
    │   ├── BadUrl          a URL that leads where nothing may be sent
    │   └── BadField        a part of a request that is missing or cannot be
    ├── NotFound            the thing named does not exist
    │   ├── SymbolNotFound  an underlying that was never heard of
    │   ├── NoData          known, but there is nothing to answer with
    │   └── NoCoverage      a time that was not kept
    ├── NotReady            it cannot be answered now, whoever asks
    ├── Unreachable         another machine cannot be asked, or did not answer
    ├── StoreFailed         a fact could not be kept: ingest stops
    ├── Damaged             what was kept is not what was written
    └── Denied              the caller may not ask this, or not now
        ├── BadKey          no key where one is needed, or one that is not valid
        ├── PlanTooLow      the plan of the key does not have what was asked for
        └── RateExceeded    more requests than the plan has
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


class BadField(InputError):
    """A part of a request that is missing or cannot be."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
        """Its name on the wire."""


class BadUrl(InputError):
    """A URL that leads where nothing may be sent; the text never repeats it."""

    field = "url"
    """Which part of a request is wrong."""


class SymbolNotFound(NotFound):
    """An underlying that was never heard of."""


class NoData(NotFound):
    """Known, but there is nothing to answer with."""


class NoCoverage(NotFound):
    """A time that was not kept."""


class NotReady(OpentapeError):
    """It cannot be answered now, whoever asks."""


class Unreachable(OpentapeError):
    """Another machine cannot be asked, or did not answer."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why
        """One word for what happened, as ``timeout``."""


class StoreFailed(OpentapeError):
    """A fact could not be kept: nothing of it counts, and nothing more is taken."""


class Damaged(OpentapeError):
    """What was kept is not what was written; the text names the place."""


class Denied(OpentapeError):
    """The caller may not ask this, or not now."""


class BadKey(Denied):
    """No key where one is needed, or one that is not valid; the text never tells a key."""


class PlanTooLow(Denied):
    """The plan of the key does not have what was asked for."""

    def __init__(self, message: str, *, plan: str, needed: str) -> None:
        super().__init__(message)
        self.plan = plan
        """Of the key."""
        self.needed = needed
        """The least plan that has it."""


class RateExceeded(Denied):
    """More requests than the plan has."""

    def __init__(self, message: str, *, limit: int, retry_s: int, reset_ns: int) -> None:
        super().__init__(message)
        self.limit = limit
        """Requests in the span that is used up."""
        self.retry_s = retry_s
        """Whole seconds until a request is taken again, 1 or more."""
        self.reset_ns = reset_ns
        """When the whole limit is there again, nanoseconds since 1970 UTC."""
        self.plan = ""
        """Of the key."""
        self.better: str | None = None
        """The next plan that has more, None where none has."""
