"""Settings to what is backed up, and to what is restored."""

from pathlib import Path

from opentape.desk.clock import SystemClock
from opentape.store.appdb.engine import open_database
from opentape.store.backup import backup as making
from opentape.store.backup import restore as putting
from opentape.store.backup.about import Done
from opentape.store.backup.package import checked
from opentape.wiring.settings import Settings


def make_backup(settings: Settings, path: Path) -> Done:
    """Write all that is kept to a new file or folder."""
    engine = open_database(settings.store)
    return making.backup(engine, _folder(settings), path, SystemClock().wall_ns())


def restore_backup(settings: Settings, path: Path, *, force: bool) -> Done:
    """Replace all that is kept by what is in a backup."""
    engine = open_database(settings.store)
    return putting.restore(engine, _folder(settings), path, force=force)


def check_backup(path: Path) -> Done:
    """Return what is in a backup, every byte of which is as it was written."""
    return checked(path)


def _folder(settings: Settings) -> Path:
    return Path(settings.store.folder).expanduser()
