"""Every sound of a map under one kind of name: the factory's, the bundled and the user's own.

    f12        row 12 of the explorer's map, a bundled sound or one from training
    s1a2b...   a clip that the user added in this session

This module does not know HTTP or the page; it reads the explorer and the session.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.errors import SessionError
from distill.explorer import Explorer
from distill.session import Session, SessionSound
from distill.sound import Sound

Floats = NDArray[np.float32]

YOURS = "yours"


class Kind(IntEnum):
    """Where a point of the map comes from."""

    FACTORY = 0
    BUNDLED = 1
    YOURS = 2


class Catalogue:
    """Looks sounds up by the identifiers that the page uses."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._bundled = set(explorer.library.names)
        labels = list(explorer.library.labels)
        self._names = [str(name) for name, _ in labels]
        self._families = [str(family) for _, family in labels]
        self.families = [*dict.fromkeys(self._families), YOURS]

    @property
    def opening(self) -> str | None:
        """The identifier of the sound the page opens on: the first bundled one."""
        rows = (row for row, name in enumerate(self._names) if name in self._bundled)
        return next((f"f{row}" for row in rows), None)

    def table(self, session: Session) -> dict[str, Any]:
        """Return what the map says of each point in words: identifier, name, family and kind."""
        own = session.sounds
        index = {family: number for number, family in enumerate(self.families)}
        return {
            "families": self.families,
            "id": [f"f{row}" for row in range(len(self._names))] + [f"s{it.id}" for it in own],
            "name": self._names + [title(it) for it in own],
            "family": [index[it] for it in self._families] + [index[YOURS]] * len(own),
            "kind": [int(self._kind(it)) for it in self._names] + [int(Kind.YOURS)] * len(own),
            "columns": ["x", "y"],
            "units": {},
        }

    def columns(self, session: Session) -> list[Floats]:
        """Return the numbers of each point, one array [point] per column of `table`."""
        places = session.atlas.places
        return [places[:, 0], places[:, 1]]

    def describe(self, sound: SessionSound) -> dict[str, Any]:
        """Return what the page lists of a sound the user added."""
        return {
            "id": f"s{sound.id}",
            "name": title(sound),
            "file": sound.name,
            "family": YOURS,
            "x": float(sound.place[0]),
            "y": float(sound.place[1]),
            "seconds": round(sound.seconds, 3),
        }

    def latent(self, session: Session, identifier: str) -> Floats:
        """Return the latent [latent] of a sound.

        Raises:
            SessionError: There is no such sound.
        """
        if identifier.startswith("s"):
            return session.get(identifier[1:]).latent
        return self._explorer.atlas.latents[self._row(identifier)]

    def original(self, session: Session, identifier: str) -> Floats:
        """Return the audio [sample] of a sound; one from training is decoded.

        Raises:
            SessionError: There is no such sound.
        """
        if identifier.startswith("s"):
            return session.get(identifier[1:]).audio
        row = self._row(identifier)
        if self._kind(self._names[row]) is Kind.BUNDLED:
            sound = self._explorer.library.load(self._names[row])
            return sound.clips(self._explorer.info.clip_samples)[0]
        return self._explorer.decode(self._explorer.atlas.latents[row : row + 1])[0]

    def as_sound(self, audio: Floats, name: str) -> Sound:
        """Return samples [sample] at the model's rate as a sound."""
        return Sound(audio, self._explorer.info.sample_rate, name)

    def _kind(self, name: str) -> Kind:
        return Kind.BUNDLED if name in self._bundled else Kind.FACTORY

    def _row(self, identifier: str) -> int:
        number = identifier.removeprefix("f")
        if not (number.isascii() and number.isdigit() and int(number) < len(self._names)):
            raise SessionError("There is no such sound on the map. Reload the page.")
        return int(number)


def title(sound: SessionSound) -> str:
    """Return the name of a clip; clips after the first say which second they are."""
    return sound.name if sound.clip == 0 else f"{sound.name} · second {sound.clip + 1}"
