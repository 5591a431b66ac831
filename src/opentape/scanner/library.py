"""Libraries that only some need."""

from importlib import import_module
from typing import Any

from opentape.scanner.rules.errors import BadRule


def needed(name: str, extra: str, what: str) -> Any:
    """Return a library that may not be installed.

    Raises
    ------
    BadRule
        If it is not; the text says how to get it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise BadRule(
            f"{what} needs {name}, which is not installed: pip install 'opentape[{extra}]'"
        ) from error
