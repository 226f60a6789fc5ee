"""The live path: latents in, sounds out, in binary, on the same server as the page.

This module does not know how sounds are made or drawn: it asks the `Explorer`, the `Session` and
the `Catalogue`, and packs what they answer (`wire.py`). The names of the routes are a contract
with `static/core.js`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute

from distill.explorer import Explorer
from distill.session import Session, Sessions
from distill.sound import SoundLimits
from distill.ui.catalogue import Catalogue
from distill.ui.gate import CONTENT, Gate, Refusal, live_routes, read_body
from distill.ui.journey import wav_body, wav_head, wav_size, wav_tail, weave
from distill.ui.shelf_routes import ShelfRoutes
from distill.ui.tuning_routes import TuningRoutes
from distill.ui.visit import name_in, number_in, session_of
from distill.ui.wire import Clip, direction_json, finite, pack_clip, pack_columns, unpack_latents

Floats = NDArray[np.float32]

BINARY = "application/octet-stream"
MOST_NEAREST = 100
EXPORT_PART = 8
"""Latents of an export decoded at a time; who moves a slider meanwhile waits for no more."""
MEDIA_TYPES = {"wav": "audio/wav", "flac": "audio/flac"}


@dataclass(frozen=True)
class LiveLimits:
    """What one server bears.

    Attributes:
        workers: Decodes at once; each one uses every core, so more only make all of them later.
        waiting: Decodes that may wait.
        uploads: Uploads, exports and re-maps that may wait; they are done one at a time.
        export_latents: Latents in one export.
        export_seconds: Length of one export.
        sound: Limits of one uploaded file.
    """

    workers: int = 1
    waiting: int = 24
    uploads: int = 128
    export_latents: int = 1_000
    export_seconds: float = 60.0
    sound: SoundLimits = field(default_factory=SoundLimits)


class LiveRoutes:
    """The handlers of the live routes.

    Args:
        explorer: Makes and reads sounds.
        sessions: Keeps the sounds that users add.
        limits: What the server bears.
    """

    def __init__(
        self, explorer: Explorer, sessions: Sessions, limits: LiveLimits = LiveLimits()
    ) -> None:
        self._explorer = explorer
        self._sessions = sessions
        self._limits = limits
        self._catalogue = Catalogue(explorer)
        self._live = Gate(limits.workers, limits.waiting)
        self._words = Gate(1, limits.waiting)  # the map does not wait for a sound
        self._slow = Gate(1, limits.uploads)
        self._warming = Thread(target=self._catalogue.warm, name="warm catalogue", daemon=True)
        self._tuning = TuningRoutes(explorer, sessions, self._catalogue, self._slow, self._live)

    def routes(self) -> list[BaseRoute]:
        """Return the routes, all under `live/`."""
        table: list[tuple[str, str, Any]] = [
            ("GET", "health", self.health),
            ("GET", "model", self.model),
            ("GET", "map", self.map),
            ("GET", "map.f32", self.map_columns),
            ("POST", "decode", self.decode),
            ("GET", "decode/{id}", self.decode_known),
            ("GET", "at", self.decode_at),
            ("GET", "draw", self.decode_drawn),
            ("GET", "sound/{id}", self.original),
            ("GET", "latent/{id}", self.latent),
            ("POST", "nearest", self.nearest),
            ("POST", "export", self.export),
        ]
        own = ShelfRoutes(self._sessions, self._catalogue, self._slow, self._limits.sound)
        return [*live_routes(table), *own.routes(), *self._tuning.routes()]

    def warm(self) -> None:
        """Begin to work out what the first page would wait for."""
        self._warming.start()

    def close(self) -> None:
        """Stop what goes on behind the page: an interpreter that ends under native code aborts."""
        self._tuning.close()
        if self._warming.is_alive():
            self._warming.join()

    async def health(self, _: Request) -> Response:
        """Say that the server is there."""
        return JSONResponse({"ok": True})

    async def model(self, request: Request) -> Response:
        """Describe the model: sizes, axes, directions and the sound to open on."""
        with suppress(Refusal):  # who has no session yet hears the model of everyone
            return self._described(session_of(request, self._sessions).explorer)
        return self._described(self._explorer)

    def _described(self, explorer: Explorer) -> Response:
        info, directions = explorer.info, explorer.directions
        return JSONResponse(
            {
                "space": self._explorer.info.hash,
                "name": info.name,
                "hash": info.hash,
                "device": str(info.device),
                "latent_size": info.latent_size,
                "parameters": info.parameters,
                "sample_rate": info.sample_rate,
                "clip_samples": info.clip_samples,
                "bands": info.bands,
                "frames": info.frames,
                "range_db": info.range_db,
                "edges_hz": [float(edge) for edge in info.edges_hz],
                "mean": finite(directions.mean),
                "scale": finite(directions.scale),
                "active": [bool(it) for it in directions.active],
                "principal": [direction_json(it) for it in directions.principal],
                "named": [direction_json(it) for it in directions.named],
                "opening": self._catalogue.opening,
                "max_bytes": self._limits.sound.max_bytes,
                "max_seconds": self._limits.sound.max_seconds,
            }
        )

    async def map(self, request: Request) -> Response:
        """Return the words of the map."""
        session = session_of(request, self._sessions)
        table = await self._words.run(partial(self._catalogue.table, session))
        return JSONResponse(table)

    async def map_columns(self, request: Request) -> Response:
        """Return the numbers of the map: float32 [column, point]."""
        session = session_of(request, self._sessions)
        columns = await self._words.run(partial(self._catalogue.columns, session))
        return _binary(pack_columns(columns))

    async def decode(self, request: Request) -> Response:
        """Decode one latent."""
        session = session_of(request, self._sessions)
        size = self._explorer.info.latent_size
        body = await read_body(request, 4 * size)
        return await self._decoded(session, lambda: unpack_latents(body, size))

    async def decode_known(self, request: Request) -> Response:
        """Decode the latent of a sound of the map."""
        session = session_of(request, self._sessions)
        known = partial(self._catalogue.latent, session, request.path_params["id"])
        return await self._decoded(session, lambda: known()[None])

    async def decode_at(self, request: Request) -> Response:
        """Decode a sound at a place of the map."""
        session = session_of(request, self._sessions)
        place = np.array([[number_in(request, "x"), number_in(request, "y")]], np.float32)
        return await self._decoded(session, lambda: session.view.latent_at(place))

    async def decode_drawn(self, request: Request) -> Response:
        """Decode a new sound, drawn by chance."""
        session = session_of(request, self._sessions)
        return await self._decoded(session, lambda: session.explorer.draw(1))

    async def _decoded(self, session: Session, latents: Callable[[], Floats]) -> Response:
        def work() -> bytes:
            checked = session.explorer.check(latents())
            rendering = session.explorer.render(checked)
            return self._packed(session, rendering.audio[0], rendering.channels[0], checked)

        return _binary(await self._live.run(work))

    async def original(self, request: Request) -> Response:
        """Return a sound of the map as it was recorded."""
        session, identifier = session_of(request, self._sessions), request.path_params["id"]

        def work() -> bytes:
            audio = self._catalogue.original(session, identifier)
            channels = self._explorer.analyze([self._catalogue.as_sound(audio, identifier)])
            latents = self._catalogue.latent(session, identifier)[None]
            return self._packed(session, audio, channels[0], latents)

        return _binary(await self._live.run(work))

    def _packed(self, session: Session, audio: Floats, channels: Floats, latents: Floats) -> bytes:
        remoteness = float(self._explorer.remoteness(latents)[0])
        place = session.view.place(latents)[0]
        return pack_clip(Clip(audio, channels, latents[0], remoteness, place))

    async def latent(self, request: Request) -> Response:
        """Return the latent of a sound of the map: float32 [latent]."""
        session = session_of(request, self._sessions)
        return _binary(pack_columns([self._catalogue.latent(session, request.path_params["id"])]))

    async def nearest(self, request: Request) -> Response:
        """Name the sounds whose latents lie nearest to one latent, nearest first."""
        session = session_of(request, self._sessions)
        count = min(max(int(number_in(request, "count", 10)), 1), MOST_NEAREST)
        size = self._explorer.info.latent_size
        body = await read_body(request, 4 * size)

        def work() -> list[str]:
            latents = self._explorer.check(unpack_latents(body, size))
            return self._catalogue.nearest(session, latents, count)

        return JSONResponse({"id": await self._live.run(work)})

    async def export(self, request: Request) -> Response:
        """Render latents, one or a journey through many, to a 24-bit file.

        A WAV file is sent while it is made: its reader sees how far it is, and ends the work by
        going away.
        """
        session = session_of(request, self._sessions)
        explorer, rate = session.explorer, session.explorer.info.sample_rate
        kind = request.query_params.get("format", "wav").lower()
        if kind not in MEDIA_TYPES:
            raise Refusal(CONTENT, "Sounds can be saved as wav or flac. Choose one of them.")
        step = number_in(request, "step", 1.0)
        size = explorer.info.latent_size
        body = await read_body(request, 4 * size * self._limits.export_latents)
        latents = explorer.check(unpack_latents(body, size))
        self._require_short(len(latents), step)
        parts = self._journey(explorer, latents, round(step * rate))
        if kind == "wav":
            alone = len(latents) == 1
            samples = explorer.info.clip_samples if alone else len(latents) * round(step * rate)
            return _streamed_wav(parts, samples, rate)
        journey = np.concatenate([part async for part in parts])
        sound = self._catalogue.as_sound(journey, name_in(request, "distill"))
        data = await self._words.run(partial(sound.to_bytes, format="FLAC", subtype="PCM_24"))
        return Response(data, media_type=MEDIA_TYPES[kind])

    async def _journey(
        self, explorer: Explorer, latents: Floats, step: int
    ) -> AsyncIterator[Floats]:
        """Decode latents a few at a time, each part with the first of the next to fade into."""
        for first in range(0, len(latents), EXPORT_PART):
            some = latents[first : first + EXPORT_PART + 1]
            woven = weave(await self._live.run(partial(explorer.decode, some)), step, first * step)
            yield woven if len(some) <= EXPORT_PART else woven[: EXPORT_PART * step]

    def _require_short(self, latents: int, step: float) -> None:
        if not 0.005 <= step <= 10 or latents * step > self._limits.export_seconds:
            raise Refusal(
                CONTENT,
                f"An export lasts at most {self._limits.export_seconds:g} seconds, in steps of "
                "5 ms to 10 s. Make it shorter.",
            )


def _binary(data: bytes) -> Response:
    return Response(data, media_type=BINARY, headers={"cache-control": "no-store"})


def _streamed_wav(parts: AsyncIterator[Floats], samples: int, sample_rate: int) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield wav_head(samples, sample_rate)
        async for part in parts:
            yield wav_body(part, sample_rate)
        yield wav_tail(samples)

    headers = {"content-length": str(wav_size(samples))}
    return StreamingResponse(pieces(), media_type=MEDIA_TYPES["wav"], headers=headers)
