"""Processes that write a session until they are killed, or their disk is full.

`main` forks a writer for every line ``writer FOLDER`` that it reads, so that
a test pays for the imports once. Each writer appends numbered entries as fast as it can and
writes the number of each to the standard output after it was acknowledged.
"""

import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from opentape.desk.journal.ports import Recorded
from opentape.market.errors import StoreFailed
from opentape.store.lake import writing
from opentape.store.sessions import SessionFolder
from store.journal.made import DATE, FEED, numbered, written

FLAG = "no-flush"
FULL_AT = 600_000
NOBODY = 65_534


def append(journal) -> int:
    """Append the entry that comes next, with a signal; return its number."""
    number = journal.end
    signal_of = Recorded(number, "SPY", b"%d" % number)
    journal.append(numbered(number, journal.contracts), [signal_of])
    return number


def write(folder: Path) -> None:
    """Append for as long as it lives."""
    journal = SessionFolder(folder).journal(DATE, FEED)
    while True:
        say(append(journal))


def fill(folder: Path) -> None:
    """Append until no more fits, and go on when there is room again."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = SessionFolder(folder).journal(DATE, FEED)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT, resource.RLIM_INFINITY))
    failed = 0
    while failed < 3:
        try:
            append(journal)
        except StoreFailed as error:
            failed += 1
            said = str(error)
    full = journal.end
    read = sum(1 for _ in journal.entries())
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    for _ in range(20):
        append(journal)
    journal.close()
    say(full, read, journal.end, said)


def read_only(folder: Path) -> None:
    """Read a session, and try to write it, as someone who may not."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    sessions = SessionFolder(folder)
    count = sum(1 for _ in sessions.stored(DATE).entries())
    try:
        sessions.journal(DATE, FEED)
    except StoreFailed as error:
        say(count, error)


def unflushed(folder: Path) -> None:
    """Append while the disk does not flush, and go on when it does."""
    journal = SessionFolder(folder).journal(DATE, FEED)
    for _ in range(5):
        append(journal)
    (folder / FLAG).touch()
    for _ in range(3):
        try:
            append(journal)
        except StoreFailed as error:
            said = str(error)
    read = sum(1 for _ in SessionFolder(folder).stored(DATE).entries())
    (folder / FLAG).unlink()
    for _ in range(5):
        append(journal)
    say(read, journal.end, said)
    os.kill(os.getpid(), signal.SIGKILL)


def compact(folder: Path) -> None:
    """Put a session into the lake, in many small slices, and wait to be killed."""
    writing.SLICE, writing.GROUP = 200, 50
    SessionFolder(folder).compact(DATE)
    say("compacted")
    signal.pause()


def say(*words: object) -> None:
    """Write a line that the test reads."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


ROLES = {role.__name__: role for role in (write, fill, read_only, unflushed, compact)}


def main() -> None:
    """Play the role that each line of the standard input names."""
    with tempfile.TemporaryDirectory() as folder:
        # whatever is made on first use is made before anyone waits for it
        written(Path(folder), 3)
    for line in sys.stdin:
        role, folder = line.rstrip("\n").split(" ", 1)
        pid = os.fork()
        if not pid:
            ROLES[role](Path(folder))
            os._exit(0)
        sys.stderr.write(f"{pid}\n")
        sys.stderr.flush()
        os.waitpid(pid, 0)
        sys.stdout.write("over\n")
        sys.stdout.flush()
