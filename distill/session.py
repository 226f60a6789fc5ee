"""One user's sounds, their places on the map, and the history of the latents they shaped.

Knows the `Explorer` and nothing of pages, requests or where it is used from: a browser tab, a
notebook and a test hold a session alike. How a saved one looks on disk is `archive`'s business.
"""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from distill.archive import Archive, SessionSound, new_id
from distill.atlas import Atlas
from distill.errors import SessionError
from distill.explorer import Explorer
from distill.history import History
from distill.sound import Sound

__all__ = ["Session", "SessionLimits", "SessionSound", "Sessions"]

Floats = NDArray[np.float32]

_NOWHERE: Final = np.zeros(2, dtype=np.float32)  # the place of a clip before it is on the map
_RESTORABLE: Final = 20  # removed clips that can still be brought back


@dataclass(frozen=True)
class SessionLimits:
    """What sessions may take.

    Attributes:
        max_clips: One-second clips in one session.
        max_history: Steps of undo.
        max_sessions: Sessions at once; one more ends the one that was idle longest.
        max_bytes: Bytes of audio in one session.
        idle_seconds: How long a session lives without being used.
    """

    max_clips: int = 1_000
    max_bytes: int = 200_000_000
    max_history: int = 200
    max_sessions: int = 64
    idle_seconds: float = 7_200.0


@dataclass(frozen=True)
class Focus:
    """A map of some of the sounds only.

    Attributes:
        rows: their points on the map of all, int64 [point].
        atlas: the map of them alone.
    """

    rows: NDArray[np.int64]
    atlas: Atlas

    def joined(self, first: int, latents: Floats) -> "Focus":
        """Take in sounds whose points on the map of all begin at `first`."""
        rows = np.append(self.rows, np.arange(first, first + len(latents)))
        return Focus(rows, self.atlas.joined(latents))

    def without(self, point: int) -> "Focus | None":
        """Leave a point of the map of all out, so that those behind it move up."""
        kept = self.rows != point
        rows = self.rows[kept] - (self.rows[kept] > point)
        if not len(rows):
            return None
        return Focus(rows, Atlas(self.atlas.latents[kept], self.atlas.places[kept]))


class Session:
    """One user's sounds, map and history; `sounds` and `atlas` are safe to share by threads."""

    def __init__(self, explorer: Explorer, limits: SessionLimits = SessionLimits()) -> None:
        self.token = secrets.token_urlsafe(16)
        self.history = History(limits.max_history)
        self._explorer = explorer
        self._tuned: Explorer | None = None
        self._limits = limits
        self._lock = threading.RLock()
        self._atlas: Atlas | None = None  # the factory's points first, then ours, in our order
        self._sounds: list[SessionSound] = []
        self._removed: dict[str, SessionSound] = {}
        self._remapped = False
        self._focus: Focus | None = None

    @property
    def sounds(self) -> Sequence[SessionSound]:
        """The clips in the order they came."""
        with self._lock:
            return tuple(self._sounds)

    @property
    def atlas(self) -> Atlas:
        """The user's map: all points of the explorer's, then one for each of `sounds`."""
        with self._lock:
            return self._atlas or self._explorer.atlas

    @property
    def view(self) -> Atlas:
        """The map that the user looks at: of all sounds, or of those in focus."""
        with self._lock:
            return self._focus.atlas if self._focus else self.atlas

    @property
    def rows(self) -> NDArray[np.int64]:
        """Points of `atlas` that are in `view`, in its order."""
        with self._lock:
            return self._focus.rows if self._focus else np.arange(len(self.atlas.latents))

    @property
    def places(self) -> Floats:
        """Place of each point of `atlas` in `view`, float32 [point, 2]; NaN where it is not."""
        with self._lock:
            places = np.full_like(self.atlas.places, np.nan)
            places[self.rows] = self.view.places
            return places

    def focus(self, rows: Sequence[int], *, seed: int = 0) -> None:
        """Look at a new map of some points of `atlas` alone; at all of them where none is named."""
        with self._lock:
            chosen = np.unique(np.asarray(rows, np.int64))
            fitted = Atlas.fit(self.atlas.latents[chosen], seed=seed) if len(chosen) else None
            self._focus = Focus(chosen, fitted) if fitted else None

    @property
    def explorer(self) -> Explorer:
        """What decodes for this user: everyone's model, or one tuned to their sounds."""
        return self._tuned or self._explorer

    @property
    def tuned(self) -> bool:
        """Whether that is one tuned to their sounds."""
        return self._tuned is not None

    def adopt(self, tuned: Explorer | None) -> None:
        """Decode with a model that shares the latent space of everyone's; None: with theirs."""
        self._tuned = tuned

    def get(self, sound_id: str) -> SessionSound:
        """Return the clip with an id.

        Raises:
            SessionError: There is none.
        """
        with self._lock:
            return self._sounds[self._index(sound_id)]

    def add(self, sound: Sound) -> list[SessionSound]:
        """Encode a sound and put its clips on the map; no point that was there moves.

        Args:
            sound: Of any length that fits, at any rate.

        Returns:
            One entry a clip.

        Raises:
            SessionError: There is no room for it.
        """
        sound = sound.resample(self._explorer.info.sample_rate)
        clips = sound.clips(self._explorer.info.clip_samples)
        self._require_room(clips, sound.name)  # before the work, and again after it
        latents = self._explorer.encode([sound])
        sizes = np.full(len(clips), clips.shape[1])
        sizes[-1] -= clips.size - sound.samples.size
        return self._join(
            [
                SessionSound(
                    new_id(), sound.name, index, size / sound.sample_rate, latent, _NOWHERE, audio
                )
                for index, (size, latent, audio) in enumerate(
                    zip(sizes.tolist(), latents, clips, strict=True)
                )
            ]
        )

    def remove(self, sound_id: str) -> SessionSound:
        """Take a clip away; `restore` brings it back.

        Raises:
            SessionError: There is no such clip.
        """
        with self._lock:
            index = self._index(sound_id)
            removed = self._sounds.pop(index)
            point = len(self._explorer.atlas.latents) + index
            self._atlas = Atlas(
                np.delete(self.atlas.latents, point, axis=0),
                np.delete(self.atlas.places, point, axis=0),
            )
            self._focus = self._focus.without(point) if self._focus else None
            self._removed[removed.id] = removed
            for oldest in list(self._removed)[:-_RESTORABLE]:
                del self._removed[oldest]
            return removed

    def restore(self, sound_id: str) -> SessionSound:
        """Bring back a clip that was removed, at the end of the list.

        Raises:
            SessionError: It was not removed, or too long ago, or there is no room any more.
        """
        with self._lock:
            if sound_id not in self._removed:
                raise SessionError("That sound cannot be brought back. Add its file again.")
            restored = self._join([self._removed[sound_id]])[0]
            del self._removed[sound_id]
            return restored

    def remap(self, *, seed: int = 0) -> Atlas:
        """Fit a new map to all sounds, the factory's and ours, so that every point moves.

        Args:
            seed: The same sounds and seed give the same map.

        Returns:
            The new map, which is the session's from now on.
        """
        with self._lock:
            fitted = Atlas.fit(self.atlas.latents, seed=seed)
            ours = fitted.places[len(self._explorer.atlas.latents) :]
            self._sounds = [
                replace(sound, place=place) for sound, place in zip(self._sounds, ours, strict=True)
            ]
            self._atlas, self._remapped, self._focus = fitted, True, None
            return fitted

    def save(self, path: Path) -> None:
        """Write sounds, latents and history to one file, whole or not at all.

        Raises:
            SessionError: The disk refuses.
        """
        with self._lock:
            archive = Archive(
                self._model,
                self._explorer.info.sample_rate,
                self._remapped,
                list(self._sounds),
                list(self.history.latents),
            )
        archive.write(path)

    def load(self, path: Path, *, reencode: bool = False) -> list[SessionSound]:
        """Add the sounds of a saved session to this one, and its history.

        Args:
            path: What `save` wrote.
            reencode: Accept a session of another model: its sounds are encoded anew, and its
                history, which means nothing here, is left out.

        Returns:
            The clips that were added, with ids of their own.

        Raises:
            SessionError: The file is damaged, holds more than there is room for, or comes from
                another model and `reencode` is false.
        """
        saved = Archive.read(path, max_bytes=self._limits.max_bytes)
        if saved.model == self._model:
            self._require_valid(saved, path)
        elif reencode:
            saved = self._reencoded(saved)
        else:
            raise SessionError(
                f"{path.name} was saved with another model ({saved.model}; this one is "
                f"{self._model}). Encode its sounds anew; only its history is lost."
            )
        with self._lock:
            fresh = not (self._sounds or self._remapped or saved.remapped)
            added = self._join(saved.sounds, keep_places=fresh and saved.model == self._model)
            for latent in saved.history:
                self.history.push(latent)
            return added

    @property
    def _model(self) -> str:
        return f"{self._explorer.info.name} {self._explorer.info.hash}"

    def _index(self, sound_id: str) -> int:
        for index, sound in enumerate(self._sounds):
            if sound.id == sound_id:
                return index
        raise SessionError("That sound is not in this session. Add its file again.")

    def _require_room(self, clips: Sequence[Floats] | Floats, name: str) -> None:
        size = sum(clip.nbytes for clip in clips)
        held = self.sounds
        count_fits = len(held) + len(clips) <= self._limits.max_clips
        if count_fits and sum(s.audio.nbytes for s in held) + size <= self._limits.max_bytes:
            return
        raise SessionError(
            f"There is no room for {name}: the session holds {len(held)} of at most "
            f"{self._limits.max_clips} clips ({self._limits.max_bytes / 1e6:g} MB). "
            "Remove some sounds first."
        )

    def _join(self, sounds: list[SessionSound], *, keep_places: bool = False) -> list[SessionSound]:
        """Put clips on the map, all or none, at new places or at those they had."""
        if not sounds:
            return []
        with self._lock:
            self._require_room([sound.audio for sound in sounds], sounds[0].name)
            latents = np.stack([sound.latent for sound in sounds])
            if keep_places:
                old, kept = self.atlas, np.stack([sound.place for sound in sounds])
                latents = np.concatenate([old.latents, latents])
                atlas = Atlas(latents, np.concatenate([old.places, kept]))
            else:
                atlas = self.atlas.joined(latents)
            places = atlas.places[-len(sounds) :]
            placed = [replace(s, place=place) for s, place in zip(sounds, places, strict=True)]
            if self._focus:
                self._focus = self._focus.joined(len(self.atlas.latents), latents[-len(sounds) :])
            self._atlas = atlas
            self._sounds += placed
            return placed

    def _require_valid(self, saved: Archive, path: Path) -> None:
        info = self._explorer.info
        wanted = ((info.latent_size,), (2,), (info.clip_samples,))
        shapes = {(s.latent.shape, s.place.shape, s.audio.shape) for s in saved.sounds}
        steps = {latent.shape for latent in saved.history}
        if shapes - {wanted} or steps - {wanted[0]}:
            raise SessionError(f"{path.name} is damaged: its arrays have other sizes. Save again.")

    def _reencoded(self, saved: Archive) -> Archive:
        rate = self._explorer.info.sample_rate
        audio = [Sound(sound.audio, rate, sound.name) for sound in saved.sounds]
        latents = self._explorer.encode(audio)
        sounds = [replace(s, latent=row) for s, row in zip(saved.sounds, latents, strict=True)]
        return replace(saved, sounds=sounds, history=[])


class Sessions:
    """Everyone's sessions, by token; a session that is idle too long ends. Thread-safe."""

    def __init__(
        self,
        explorer: Explorer,
        limits: SessionLimits = SessionLimits(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._explorer = explorer
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}  # the one that was idle longest comes first
        self._used: dict[str, float] = {}

    def __len__(self) -> int:
        with self._lock:
            self._end_expired()
            return len(self._sessions)

    def create(self) -> Session:
        """Start a session; where there are too many, the one that was idle longest ends."""
        session = Session(self._explorer, self._limits)
        with self._lock:
            self._end_expired()
            while len(self._sessions) >= self._limits.max_sessions:
                self._end(next(iter(self._sessions)))
            self._touch(session)
        return session

    def get(self, token: str) -> Session:
        """Return a session, which thereby lives on.

        Raises:
            SessionError: There is none, or it has ended.
        """
        with self._lock:
            self._end_expired()
            if token not in self._sessions:
                raise SessionError("This session has ended. Start a new one and add your sounds.")
            session = self._sessions.pop(token)
            self._touch(session)
            return session

    def drop(self, token: str) -> None:
        """End a session and free what it holds; an unknown one has ended already."""
        with self._lock:
            self._end(token)

    def _touch(self, session: Session) -> None:
        self._sessions[session.token] = session
        self._used[session.token] = self._clock()

    def _end(self, token: str) -> None:
        self._sessions.pop(token, None)
        self._used.pop(token, None)

    def _end_expired(self) -> None:
        now = self._clock()
        for token, used in list(self._used.items()):
            if now - used > self._limits.idle_seconds:
                self._end(token)
