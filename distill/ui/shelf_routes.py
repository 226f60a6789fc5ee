"""The routes of the visitor's own sounds: sessions, uploads, removals, saved sessions.

This module does not know how sounds are read or encoded: it asks the `Session`.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from distill.errors import SessionError
from distill.session import Session, Sessions
from distill.sound import Sound, SoundLimits
from distill.ui.catalogue import Catalogue
from distill.ui.gate import CONTENT, NOT_FOUND, Gate, Refusal, live_routes, read_body
from distill.ui.visit import identifiers_in, name_in, session_of

SESSION_BYTES = 300_000_000


class ShelfRoutes:
    """The handlers of a visitor's own sounds.

    Args:
        sessions: Keeps the sounds.
        catalogue: Names them as the page does.
        gate: Bounds the work.
        limits: Of one uploaded file.
    """

    def __init__(
        self, sessions: Sessions, catalogue: Catalogue, gate: Gate, limits: SoundLimits
    ) -> None:
        self._sessions = sessions
        self._catalogue = catalogue
        self._gate = gate
        self._limits = limits

    def routes(self) -> list[BaseRoute]:
        """Return the routes, all under `live/`."""
        table: list[tuple[str, str, Any]] = [
            ("POST", "session", self.open_session),
            ("GET", "session/file", self.save),
            ("POST", "session/file", self.load),
            ("GET", "sounds", self.list),
            ("POST", "sounds", self.add),
            ("DELETE", "sounds/{id}", self.remove),
            ("POST", "sounds/{id}/restore", self.restore),
            ("POST", "remap", self.remap),
            ("POST", "focus", self.focus),
        ]
        return live_routes(table)

    async def open_session(self, _: Request) -> Response:
        """Open a session and return its token."""
        return JSONResponse({"token": self._sessions.create().token})

    async def list(self, request: Request) -> Response:
        """List the sounds of this session."""
        sounds = session_of(request, self._sessions).sounds
        return JSONResponse({"sounds": [self._catalogue.describe(it) for it in sounds]})

    async def add(self, request: Request) -> Response:
        """Add one file, sent as the body; its name is in the query."""
        session = session_of(request, self._sessions)
        name = name_in(request, "sound")
        data = await read_body(request, self._limits.max_bytes)
        return JSONResponse(await self._gate.run(partial(self._added, session, data, name)))

    def _added(self, session: Session, data: bytes, name: str) -> dict[str, Any]:
        sound = Sound.from_bytes(data, name, limits=self._limits)
        with _unusable():
            sounds = session.add(sound)
        return {"sounds": [self._catalogue.describe(it) for it in sounds]}

    async def remove(self, request: Request) -> Response:
        """Take a sound out of the session."""
        removed = session_of(request, self._sessions).remove(_own(request))
        return JSONResponse({"removed": self._catalogue.describe(removed)})

    async def restore(self, request: Request) -> Response:
        """Bring a removed sound back."""
        session = session_of(request, self._sessions)
        restored = await self._gate.run(partial(session.restore, _own(request)))
        return JSONResponse({"sounds": [self._catalogue.describe(restored)]})

    async def remap(self, request: Request) -> Response:
        """Fit a new map to all sounds of the session."""
        session = session_of(request, self._sessions)
        atlas = await self._gate.run(session.remap)
        return JSONResponse({"points": len(atlas.places)})

    async def focus(self, request: Request) -> Response:
        """Fit a map to the sounds named in the body alone; go back to all where none is named."""
        session = session_of(request, self._sessions)
        rows = [self._catalogue.point(session, it) for it in await identifiers_in(request)]
        await self._gate.run(partial(session.focus, rows))
        return JSONResponse({"points": len(session.rows)})

    async def save(self, request: Request) -> Response:
        """Return the session as one file."""
        session = session_of(request, self._sessions)
        data = await self._gate.run(partial(_saved, session))
        return Response(data, media_type="application/zip")

    async def load(self, request: Request) -> Response:
        """Add the sounds of a saved session, sent as the body."""
        session = session_of(request, self._sessions)
        data = await read_body(request, SESSION_BYTES)
        return JSONResponse(await self._gate.run(partial(self._loaded, session, data)))

    def _loaded(self, session: Session, data: bytes) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "session.zip"
            path.write_bytes(data)
            with _unusable():
                sounds = session.load(path, reencode=True)
        return {"sounds": [self._catalogue.describe(it) for it in sounds]}


@contextmanager
def _unusable() -> Iterator[None]:
    """What a session cannot take was sent wrongly; it is not missing."""
    try:
        yield
    except SessionError as error:
        raise Refusal(CONTENT, str(error)) from error


def _saved(session: Session) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.zip"
        session.save(path)
        return path.read_bytes()


def _own(request: Request) -> str:
    identifier = str(request.path_params["id"])
    if not identifier.startswith("s"):
        raise Refusal(NOT_FOUND, "Only sounds that you added can be removed.")
    return identifier[1:]
