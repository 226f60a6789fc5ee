"""What stands between a request and the work it asks for: login, size, concurrency, sentences.

This module does not know what the work is.
"""

import errno
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from distill.errors import DistillError, LatentError, SessionError, SoundTooLargeError

Result = TypeVar("Result")
Handler = Callable[[Request], Awaitable[Response]]

CONTENT = 422
TOO_LARGE = 413
NOT_FOUND = 404
CONFLICT = 409
GONE = 410
BUSY = 503
DISK_FULL = 507
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Refusal(Exception):  # noqa: N818 - an answer, not a programming error
    """An answer other than success, with a sentence for the user."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Gate:
    """Runs work on threads, a few at a time, and turns work away when too much of it waits.

    Args:
        workers: Pieces of work at once.
        waiting: Pieces that may wait for a worker.
    """

    def __init__(self, workers: int, waiting: int) -> None:
        self._most = workers + waiting
        self._limiter = anyio.CapacityLimiter(workers)
        self._inside = 0

    @property
    def busy(self) -> bool:
        """Whether work is going on or waits."""
        return self._inside > 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run work on a thread and return its result.

        Raises:
            Refusal: Too much work waits already.
        """
        if self._inside >= self._most:
            raise Refusal(BUSY, "The server is busy with other sounds. Try again in a moment.")
        self._inside += 1
        try:
            return await run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1


async def read_body(request: Request, limit: int) -> bytes:
    """Read a request's body, at most `limit` bytes of it.

    Raises:
        Refusal: There is more; reading stops there.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> Refusal:
    return Refusal(TOO_LARGE, f"That is larger than the limit of {limit / 1e6:g} MB.")


def guarded(handler: Handler) -> Handler:
    """Let only those in who passed Gradio's login, and turn our errors into JSON sentences."""

    async def answer(request: Request) -> Response:
        if not await logged_in(request):
            return refuse(401, "You are logged out. Reload the page to log in again.")
        try:
            return await handler(request)
        except Refusal as refusal:
            return refuse(refusal.status, str(refusal))
        except DistillError as error:
            return refuse(status_of(error), str(error))
        except OSError as error:
            if error.errno not in FULL:
                raise
            return refuse(DISK_FULL, "The server's disk is full. Make room on it, then try again.")
        except ClientDisconnect:
            return Response(status_code=400)

    return answer


def live_routes(table: Sequence[tuple[str, str, Handler]]) -> list[BaseRoute]:
    """Return guarded routes under `live/` for (method, path, handler)."""
    return [
        Route(f"/live/{path}", guarded(handler), methods=[method])
        for method, path, handler in table
    ]


def refuse(status: int, sentence: str) -> JSONResponse:
    """Return an answer that the page shows as it stands.

    It must not be kept: browsers may hold on to a 410 for ever, and then no new session helps.
    """
    return JSONResponse({"error": sentence}, status, headers={"cache-control": "no-store"})


def status_of(error: DistillError) -> int:
    """Return the HTTP status that fits an error."""
    if isinstance(error, SoundTooLargeError):
        return TOO_LARGE
    if isinstance(error, SessionError):
        return NOT_FOUND
    if isinstance(error, LatentError):
        return CONTENT
    return 400 if type(error) is DistillError else CONTENT


async def logged_in(request: Request) -> bool:
    """Whether Gradio's login, where one is set, knows this visitor."""
    app = request.app
    dependency = getattr(app, "auth_dependency", None)
    if dependency is not None:
        user = dependency(request)
        return (await user if inspect.isawaitable(user) else user) is not None
    if getattr(app, "auth", None) is None:
        return True
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(request.cookies.get(name) in app.tokens for name in names)
