"""The stream: pushed rows to WebSocket clients and server-sent events."""
