"""Puts tags into the HTML of the page, so that their files load beside Gradio's.

What Gradio is given as the page's head it adds by a script of its own, half a second later. This
module does not know what the tags load, and a page without them only opens later.
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from distill.ui.gate import logged_in

END = b"</head>"


class HeadStart:
    """Middleware that writes tags at the end of the page's head, for those who are logged in.

    Args:
        app: What serves the page.
        tags: HTML.
    """

    def __init__(self, app: ASGIApp, tags: str) -> None:
        self._app = app
        self._tags = tags.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == "/"
        if not page or not await logged_in(Request(scope)):
            await self._app(scope, receive, send)
            return
        answer = _Rewritten(send, self._tags)
        await self._app(scope, receive, answer.send)


class _Rewritten:
    """Holds an answer back until it is whole, then sends it with the tags in it."""

    def __init__(self, send: Send, tags: bytes) -> None:
        self._send = send
        self._tags = tags
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self._body.replace(END, self._tags + END, 1)
        kept = [it for it in self._start["headers"] if it[0].lower() != b"content-length"]
        headers = [*kept, (b"content-length", str(len(body)).encode())]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
