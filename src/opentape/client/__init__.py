"""A client of the HTTP API and of every server that speaks the same wire.

It imports nothing else of opentape, and no array library: `Client` waits for its answers,
`AsyncClient` does not, and both raise one tree of errors.
"""

from opentape.client.awaiting import AsyncClient
from opentape.client.blocking import Client
from opentape.client.errors import ClientError, NotFound, Refused, Unreachable
from opentape.client.event import StreamEvent
from opentape.client.retries import Retries
from opentape.client.wire.replies import FlowSignal, StreamFrame

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "FlowSignal",
    "NotFound",
    "Refused",
    "Retries",
    "StreamEvent",
    "StreamFrame",
    "Unreachable",
]
