"""What a scanner is told once."""

import msgspec


class ScannerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which server is asked, and about what."""

    url: str = "http://127.0.0.1:8321"
    """The server that is asked."""
    key: str = ""
    """The key that it is asked with, if any; better told by the environment."""
    watchlist: tuple[str, ...] = (
        "SPY", "QQQ", "IWM", "NVDA", "TSLA", "AAPL", "META", "AMZN",
    )  # fmt: skip
    """Symbols that are meant where none are named."""
    at_once: int = 8
    """Questions that are open at the same time."""
    state: str = "~/.local/share/opentape/scanner.db"
    """Where it is kept what was alerted."""
