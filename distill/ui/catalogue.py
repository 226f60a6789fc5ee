"""Every sound of a map under one kind of name: the factory's, the bundled and the user's own.

    f12        row 12 of the explorer's map, a bundled sound or one from training
    s1a2b...   a clip that the user added in this session

This module does not know HTTP or the page; it reads the explorer and the session.
"""

import threading
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from distill.descriptors import DESCRIPTORS, describe
from distill.errors import SessionError
from distill.explorer import Explorer
from distill.session import Session, SessionSound
from distill.sound import Sound

Floats = NDArray[np.float32]

YOURS = "yours"
CLUSTERS = 7  # as many as the page has colours that can be told apart


class Kind(IntEnum):
    """Where a point of the map comes from."""

    FACTORY = 0
    BUNDLED = 1
    YOURS = 2


class Catalogue:
    """Looks sounds up by the identifiers that the page uses."""

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._library = explorer.library
        self._bundled = frozenset(explorer.library.names)
        self._reading = threading.Lock()

    @cached_property
    def _labels(self) -> list[tuple[str, str]]:
        """Name and family of each point of the explorer's map."""
        labels = self._library.labels
        if labels.names:
            return list(zip(labels.names, labels.families, strict=True))
        return [  # without a stored map, the explorer maps each clip of each bundled sound
            (name, family)
            for name, family in zip(self._library.names, self._library.families, strict=True)
            for _ in self._clips(name)
        ]

    @cached_property
    def families(self) -> list[str]:
        """Families of the map, in order of first appearance; the visitor's own come last."""
        return [*dict.fromkeys(family for _, family in self._labels), YOURS]

    @cached_property
    def opening(self) -> str | None:
        """The identifier of the sound the page opens on: long, rich and clean, so worth a look.

        None without bundled sounds.
        """
        rows = [row for row, (name, _) in enumerate(self._labels) if name in self._bundled]
        told = {name: np.nan_to_num(column) for name, column in self._measured.items()}
        worth = told["length"] * told["richness"] * np.maximum(1 - told["noisiness"], 0) ** 4
        return f"f{max(rows, key=worth.__getitem__)}" if rows else None

    @cached_property
    def _measured(self) -> dict[str, Floats]:
        """Descriptors of the explorer's points; without a stored map they are measured here."""
        described = self._library.labels.described
        if described:
            unknown = np.full(len(self._labels), np.nan, np.float32)  # to a map from before it
            return {name: described.get(name, unknown) for name in DESCRIPTORS}
        return self._describe(np.stack([self._recording(row) for row in range(len(self._labels))]))

    def warm(self) -> None:
        """Measure and cluster the explorer's points, once."""
        with self._reading:
            _ = self._measured, self._clustering

    def table(self, session: Session) -> dict[str, Any]:
        """Return what the map says of each point in words: identifier, name, family and kind."""
        own = session.sounds
        names = [name for name, _ in self._labels]
        index = {family: number for number, family in enumerate(self.families)}
        families = [index[family] for _, family in self._labels]
        return {
            "version": len(session.atlas.places),
            "families": self.families,
            "id": [f"f{row}" for row in range(len(names))] + [f"s{it.id}" for it in own],
            "name": names + [title(it) for it in own],
            "family": families + [index[YOURS]] * len(own),
            "kind": [int(self._kind(it)) for it in names] + [int(Kind.YOURS)] * len(own),
            "columns": ["x", "y", *DESCRIPTORS, "cluster"],
            "units": {name: it.unit for name, it in DESCRIPTORS.items()},
        }

    def columns(self, session: Session) -> list[Floats]:
        """Return the numbers of each point, one array [point] per column of `table`."""
        places = session.places
        self.warm()
        factory = self._measured
        own = session.sounds
        values = self._describe(np.stack([it.audio for it in own])) if own else {}
        none = np.zeros(0, np.float32)
        described = [np.append(factory[name], values.get(name, none)) for name in DESCRIPTORS]
        return [places[:, 0], places[:, 1], *described, self._clusters(session)]

    def _clusters(self, session: Session) -> Floats:
        """Number the cluster of each point [point]; a visitor's sounds join the nearest."""
        centres, labels = self._clustering
        own = [sound.latent for sound in session.sounds]
        joined = vq(np.stack(own), centres)[0] if own else []
        return np.append(labels, joined).astype(np.float32)

    @cached_property
    def _clustering(self) -> tuple[Floats, NDArray[np.int32]]:
        """Centres and labels of clusters of alike latents (k-means), the same on every start."""
        latents = self._explorer.atlas.latents
        count = min(CLUSTERS, len(np.unique(latents, axis=0)))
        centres, labels = kmeans2(latents, count, minit="++", rng=0)
        return centres, labels

    def describe(self, sound: SessionSound) -> dict[str, Any]:
        """Return what the page lists of a sound the user added."""
        return {
            "id": f"s{sound.id}",
            "name": title(sound),
            "file": sound.name,
            "clip": sound.clip,
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
        latent: Floats = self._explorer.atlas.latents[self._row(identifier)]
        return latent

    def nearest(self, session: Session, latents: Floats, count: int) -> list[str]:
        """Return the identifiers of the sounds nearest to a latent [1, latent], nearest first."""
        nearest, _ = session.view.neighbours(latents, count)
        rows = session.rows[nearest[0]]
        factory = len(self._labels)
        own = session.sounds
        return [f"f{row}" if row < factory else f"s{own[row - factory].id}" for row in rows]

    def point(self, session: Session, identifier: str) -> int:
        """Return the point of a sound on the session's map of all sounds.

        Raises:
            SessionError: There is no such sound.
        """
        if not identifier.startswith("s"):
            return self._row(identifier)
        ids = [sound.id for sound in session.sounds]
        if identifier[1:] not in ids:
            raise SessionError("That sound is not in this session. Add its file again.")
        return len(self._labels) + ids.index(identifier[1:])

    def original(self, session: Session, identifier: str) -> Floats:
        """Return the audio [sample] of a sound; one from training is decoded.

        Raises:
            SessionError: There is no such sound.
        """
        if identifier.startswith("s"):
            return session.get(identifier[1:]).audio
        row = self._row(identifier)
        if self._kind(self._labels[row][0]) is Kind.BUNDLED:
            return self._recording(row)
        decoded: Floats = self._explorer.decode(self._explorer.atlas.latents[row : row + 1])[0]
        return decoded

    def recorded(self, session: Session, identifier: str) -> tuple[str, Floats] | None:
        """Return name and audio [sample] of a recording; None where only the model knows a sound.

        Clips of one recording share its name.

        Raises:
            SessionError: There is no such sound.
        """
        if identifier.startswith("s"):
            own = session.get(identifier[1:])
            return own.name, own.audio
        row = self._row(identifier)
        name = self._labels[row][0]
        return (name, self._recording(row)) if self._kind(name) is Kind.BUNDLED else None

    def as_sound(self, audio: Floats, name: str) -> Sound:
        """Return samples [sample] at the model's rate as a sound."""
        return Sound(audio, self._explorer.info.sample_rate, name)

    def _recording(self, row: int) -> Floats:
        name = self._labels[row][0]
        first = next(index for index, (other, _) in enumerate(self._labels) if other == name)
        clip: Floats = self._clips(name)[row - first]
        return clip

    def _clips(self, name: str) -> Floats:
        info = self._explorer.info
        return self._library.load(name).resample(info.sample_rate).clips(info.clip_samples)

    def _describe(self, clips: Floats) -> dict[str, Floats]:
        values = describe(clips, self._explorer.info.sample_rate)
        return {name: column.astype(np.float32) for name, column in values.items()}

    def _kind(self, name: str) -> Kind:
        return Kind.BUNDLED if name in self._bundled else Kind.FACTORY

    def _row(self, identifier: str) -> int:
        number = identifier.removeprefix("f")
        # Nine digits: Python refuses to read numbers of thousands with an error of its own.
        short = number.isascii() and number.isdigit() and len(number) <= 9
        if not (short and int(number) < len(self._labels)):
            raise SessionError("There is no such sound on the map. Reload the page.")
        return int(number)


def title(sound: SessionSound) -> str:
    """Return the name of a clip; clips after the first say which second they are."""
    return sound.name if sound.clip == 0 else f"{sound.name} · second {sound.clip + 1}"
