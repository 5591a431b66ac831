"""Processes of `child`, started and listened to."""

import subprocess
import sys
from contextlib import contextmanager

CODE = "import sys; sys.path[:0] = {!r}; from store.journal.child import main; main()"


@contextmanager
def started(*before):
    """Run what starts writers; it reads the folder of each, and tells what that says."""
    process = subprocess.Popen(  # noqa: S603 - our own
        [*before, sys.executable, "-c", CODE.format(sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.stdin.close()


def asked(process, role, folder):
    """Start a role in a folder; return the process id."""
    process.stdin.write(f"{role} {folder}\n")
    process.stdin.flush()
    return int(process.stderr.readline())


def told(process):
    """Yield what a role says until it is over."""
    for line in process.stdout:
        if line == "over\n":
            return
        yield line
