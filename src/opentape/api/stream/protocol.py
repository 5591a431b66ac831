"""The protocol of WebSocket connections: uvicorn's, which also takes frames ready made.

uvicorn makes a frame of every message for every client. A row that a thousand clients get
is made into a frame once; rows that come together are written together.
"""

from collections.abc import Awaitable
from typing import Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

FRAMES: Final = "opentape.frames"
"""The extension of a scope: writes frames, as `api.stream.write.Write`."""
_TEXT: Final = 0x81
"""All of a text message."""
_SHORT, _MEDIUM = 126, 1 << 16


class FramesProtocol(WebSocketsSansIOProtocol):
    """Offers `FRAMES` to the application."""

    def handle_connect(self, event: Any) -> None:
        """Take the request that opens the connection."""
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004 - switching protocols
            scope: Any = self.scope
            scope["extensions"][FRAMES] = self.write_frames

    def write_frames(self, frames: bytes) -> Awaitable[None] | None:
        """Write frames; return what waits where the client has not taken those before.

        Raises
        ------
        ClientDisconnected
            If the client is gone, or the connection is being closed.
        """
        if not self.writable.is_set():
            return self._when_writable(frames)
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(frames)
        return None

    async def _when_writable(self, frames: bytes) -> None:
        await self.writable.wait()
        if (rest := self.write_frames(frames)) is not None:
            await rest


def text_frame(body: bytes) -> bytes:
    """Return a text message as a server's frame, neither masked nor compressed.

    Examples
    --------
    >>> text_frame(b"hello")[:2].hex(), text_frame(b"x" * 300)[:4].hex()
    ('8105', '817e012c')
    """
    size = len(body)
    if size < _SHORT:
        return bytes((_TEXT, size)) + body
    if size < _MEDIUM:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big") + body
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + body
