"""Settings to the sessions that are kept."""

from pathlib import Path

from opentape.store.sessions import SessionFolder
from opentape.wiring.settings import Settings


def kept_sessions(settings: Settings) -> SessionFolder:
    """Return the sessions of an installation."""
    return SessionFolder(Path(settings.store.folder))
