"""HEAD: the answer to GET without its body."""

from opentape.api.asgi import App, Message, Receive, Scope, Send


class Head:
    """A layer that answers HEAD wherever GET is answered."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = False

        async def without_body(message: Message) -> None:
            nonlocal ended
            if message["type"] != "http.response.body":
                await send(message)
            elif not ended:
                # the first part ends the answer: a stream would never end
                ended = True
                await send({"type": "http.response.body", "body": b""})

        asked = {**scope, "method": "GET"}
        await self._app(asked, receive, without_body)
        if "path_template" in asked:
            scope["path_template"] = asked["path_template"]
