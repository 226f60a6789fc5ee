"""The routes of training from the page: start, look, cancel, use the result, take it home.

This module does not know how a model learns: it collects recordings, and asks `tuning`.
"""

import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from distill.explorer import Explorer
from distill.session import Session, Sessions
from distill.tuning import Examples, TuningConfig, TuningRun
from distill.ui.catalogue import Catalogue
from distill.ui.gate import CONFLICT, CONTENT, NOT_FOUND, Gate, Refusal, live_routes
from distill.ui.visit import identifiers_in, session_of

MOST_CLIPS = 200
MOST_KEPT = 4  # results on the server at once; the oldest gives way
STEP_ASIDE = 0.005  # seconds between looks at whether someone waits for a sound


class TuningRoutes:
    """The handlers of training from the page.

    Args:
        explorer: The model to start from.
        sessions: Whose sounds are learnt, and who then hears the result.
        catalogue: Finds recordings by the page's identifiers.
        slow: Bounds the work of starting and storing.
        live: What training steps aside for.
        config: How far a run goes.
    """

    def __init__(
        self,
        explorer: Explorer,
        sessions: Sessions,
        catalogue: Catalogue,
        slow: Gate,
        live: Gate,
        *,
        config: TuningConfig | None = None,
    ) -> None:
        self._explorer = explorer
        self._sessions = sessions
        self._catalogue = catalogue
        self._slow = slow
        self._live = live
        self._config = config
        self._runs: dict[str, TuningRun] = {}  # by token, oldest first

    def routes(self) -> list[BaseRoute]:
        """Return the routes, all under `live/tuning`."""
        table: list[tuple[str, str, Any]] = [
            ("POST", "tuning", self.start),
            ("GET", "tuning", self.look),
            ("DELETE", "tuning", self.cancel),
            ("POST", "tuning/{choice:str}", self.choose),
            ("GET", "tuning/file", self.file),
        ]
        return live_routes(table)

    def close(self) -> None:
        """Stop whatever runs."""
        for run in self._runs.values():
            run.cancel()

    async def start(self, request: Request) -> Response:
        """Begin to train on the sounds named in the body, or on all of the visitor's own."""
        session = session_of(request, self._sessions)
        wanted = await identifiers_in(request)
        if any(run.state == "running" for run in self._runs.values()):
            raise Refusal(CONFLICT, "The server trains already. Try again when that is over.")
        wanted = wanted or [f"s{sound.id}" for sound in session.sounds]
        run = await self._slow.run(partial(self._started, session, wanted))
        session.adopt(None)
        self._keep(session.token, run)
        return JSONResponse(_told(run, session))

    def _started(self, session: Session, identifiers: Sequence[str]) -> TuningRun:
        examples = self._examples(session, identifiers)
        start, device = self._explorer.folder, self._explorer.info.device
        return TuningRun(examples, start, self._config, device=device, wait=self._step_aside)

    def _examples(self, session: Session, identifiers: Sequence[str]) -> Examples:
        found = [(self._catalogue.recorded(session, it), it) for it in identifiers]
        recorded = [(*sound, it) for sound, it in found if sound is not None]
        if not recorded:
            raise Refusal(CONTENT, "None of these is a recording. Add sounds of your own first.")
        if len(recorded) > MOST_CLIPS:
            raise Refusal(CONTENT, f"Training takes at most {MOST_CLIPS} clips. Select fewer.")
        names, audio, known = zip(*recorded, strict=True)
        latents = np.stack([self._catalogue.latent(session, it) for it in known])
        channels = self._explorer.analyze_clips(np.stack(audio))
        return Examples(names, latents, channels, self._explorer.atlas.latents)

    def _step_aside(self) -> None:
        while self._live.busy:
            time.sleep(STEP_ASIDE)

    def _keep(self, token: str, run: TuningRun) -> None:
        self._runs.pop(token, None)
        self._runs[token] = run
        for oldest in list(self._runs)[:-MOST_KEPT]:
            del self._runs[oldest]  # who uses it keeps hearing it: it is in memory

    async def look(self, request: Request) -> Response:
        """Say where the visitor's run is."""
        session = session_of(request, self._sessions)
        return JSONResponse(_told(self._runs.get(session.token), session))

    async def cancel(self, request: Request) -> Response:
        """Stop the visitor's run, or forget its result."""
        session = session_of(request, self._sessions)
        run = self._runs.pop(session.token, None)
        if run is not None:
            await self._slow.run(run.cancel)
        session.adopt(None)
        return JSONResponse(_told(None, session))

    async def choose(self, request: Request) -> Response:
        """Hear the result from now on ("use"), or the model of everyone again ("leave")."""
        session = session_of(request, self._sessions)
        choice = request.path_params["choice"]
        if choice not in {"use", "leave"}:
            raise Refusal(NOT_FOUND, "A result can be used or left. Choose one of them.")
        run = self._finished(session)
        tuned = await self._slow.run(partial(self._loaded, run)) if choice == "use" else None
        session.adopt(tuned)
        return JSONResponse(_told(run, session))

    def _loaded(self, run: TuningRun) -> Explorer:
        return Explorer.load(run.folder, device=self._explorer.info.device)

    async def file(self, request: Request) -> Response:
        """Return the result as a model folder, zipped."""
        run = self._finished(session_of(request, self._sessions))
        data = await self._slow.run(partial(_zipped, run.folder))
        return Response(data, media_type="application/zip")

    def _finished(self, session: Session) -> TuningRun:
        run = self._runs.get(session.token)
        if run is None or run.state != "done":
            raise Refusal(NOT_FOUND, "There is no trained model here. Train one first.")
        return run


def _told(run: TuningRun | None, session: Session) -> dict[str, Any]:
    if run is None:
        return {"state": "none"}
    stand, gain = run.stand, run.gain
    return {
        "state": run.state,
        "sounds": run.sounds,
        "step": stand.step,
        "steps": stand.steps,
        "seconds_left": stand.seconds_left,
        "problem": run.problem,
        "gain": gain and asdict(gain),
        "used": session.tuned,
    }


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return buffer.getvalue()
