"""`opentape backup` and `opentape restore`: all that is kept, to a file and back."""

from pathlib import Path
from typing import Any, Final

import click

from opentape.cli import arguments

_MEGABYTE: Final = 1e6


@click.command
@click.argument("out", metavar="OUT", type=arguments.FILE)
@arguments.CONFIG
@arguments.QUIET
def backup(*, out: Path, config: Path | None, quiet: bool) -> None:
    """Write all that is kept, application data and sessions, to a new file or folder.

    OUT is an archive if it ends in .tar, .tgz or .tar.gz, else a folder. Servers may go
    on meanwhile. The backup is read back before this ends.
    """
    from opentape.wiring.backup import make_backup
    from opentape.wiring.settings import load_settings

    done = make_backup(load_settings(config), out)
    for name in done.damaged:
        click.echo(f"{name} is damaged; it was copied as it is.", err=True)
    if not quiet:
        click.echo(f"Backed up {_told(done)} to {out}.", err=True)


@click.command
@click.argument("backup", metavar="BACKUP", type=arguments.FILE)
@click.option("--check", is_flag=True, help="Only read it, and say what is in it.")
@click.option("--force", is_flag=True, help="Replace what is kept now.")
@arguments.CONFIG
@arguments.QUIET
def restore(
    *, backup: Path, check: bool, force: bool, config: Path | None, quiet: bool
) -> None:
    """Put what is in a backup where nothing is kept, every byte of it checked.

    It may come from another kind of database than the one it goes to.
    """
    from opentape.wiring.backup import check_backup, restore_backup
    from opentape.wiring.settings import load_settings

    if check:
        done = check_backup(backup)
    else:
        done = restore_backup(load_settings(config), backup, force=force)
    if not quiet:
        verb = "Found" if check else "Restored"
        made = f"made {done.about.made} by opentape {done.about.version}"
        click.echo(f"{verb} {_told(done)}, {made}.", err=True)


def _told(done: Any) -> str:
    dates, rows = done.about.sessions, done.about.rows
    span = f" ({dates[0]} to {dates[-1]})" if dates else ""
    return (
        f"{_many(len(dates), 'session')}{span} and {_many(rows, 'row')} of application "
        f"data, {_many(done.files, 'file')} of {done.size / _MEGABYTE:,.1f} MB"
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
