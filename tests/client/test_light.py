"""The client can be had alone, without what a server needs."""

import subprocess
import sys

CODE = """
import sys
import opentape.client
told = sorted({name.partition(".")[0] for name in sys.modules})
rooms = sorted({name.split(".")[1] for name in sys.modules if name.startswith("opentape.")})
print(*told)
print(*rooms)
"""


def test_it_brings_no_arrays_and_no_room_of_the_server() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    told, rooms = done.stdout.splitlines()
    assert rooms == "client"
    heavy = {"numpy", "numba", "pandas", "polars", "pyarrow", "litestar", "uvicorn"}
    assert heavy.isdisjoint(told.split())
