"""A local stand-in for Discord and Slack: takes posts and keeps their bodies."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Receiver(NamedTuple):
    url: str
    bodies: list[dict]
    """What was posted, in order."""


@contextmanager
def receiver() -> Generator[Receiver]:
    bodies: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Receiver(f"http://127.0.0.1:{http.server_port}/hook", bodies)
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
