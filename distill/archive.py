"""A saved session: a zip of `session.json` and one 32-bit float WAV a clip.

Knows nothing of models, maps or sessions in use. The file is nothing but JSON and sounds, so that
nobody needs Distill to get their sounds back, and reading it can run no code.
"""

import json
import secrets
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from distill.errors import SessionError, SoundError
from distill.sound import HIGHEST_RATE, LOWEST_RATE, Sound, SoundLimits

Floats = NDArray[np.float32]

_FORMAT: Final = 1
_MANIFEST: Final = "session.json"
_MOST_CLIPS: Final = 1_000_000  # of one sound: eleven days
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError),  # the zip's
    *(KeyError, TypeError, ValueError, OverflowError, SoundError),  # its contents'
)


@dataclass(frozen=True, eq=False)
class SessionSound:
    """One clip of a user's sound.

    Attributes:
        id: Unique among all sessions, and new each time that it is read.
        name: Of the sound it was cut from; plain text.
        clip: Which second of that sound, from 0.
        seconds: Length without the silence that pads the last clip.
        latent: float32 [latent].
        place: float32 [2], on the session's map.
        audio: float32 [sample], padded to a whole clip.
    """

    id: str
    name: str
    clip: int
    seconds: float
    latent: Floats
    place: Floats
    audio: Floats


def new_id() -> str:
    """Return an id that no other clip has."""
    return secrets.token_hex(8)


@dataclass(frozen=True, eq=False)
class Archive:
    """What a saved session holds.

    Attributes:
        model: Name and hash of the model that its latents belong to.
        sample_rate: Of all clips, in Hz.
        remapped: Whether the places are on a map of the session's own, which is not saved.
        sounds: In the order they came.
        history: Latents float32 [latent], oldest first.
    """

    model: str
    sample_rate: int
    remapped: bool
    sounds: list[SessionSound]
    history: list[Floats]

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            SessionError: The disk refuses.
        """
        partial = path.with_name(f"{path.name}.partial")
        try:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(_MANIFEST, json.dumps(self._manifest()))
                for index, sound in enumerate(self.sounds):
                    audio = Sound(sound.audio, self.sample_rate, sound.name)
                    archive.writestr(_member(index), audio.to_bytes("WAV", "FLOAT"))
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise SessionError(
                f"The session cannot be saved as {path}: {error.strerror}. "
                "Free some space or choose another folder."
            ) from error

    @classmethod
    def read(cls, path: Path, *, max_bytes: int) -> "Archive":
        """Read what `write` wrote; sounds and latents come back bit for bit.

        Args:
            path: The file.
            max_bytes: What it may unpack to.

        Raises:
            SessionError: It cannot be opened, is damaged, or unpacks to too much.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                _require_small(archive, path, max_bytes)
                manifest = json.loads(archive.read(_MANIFEST))
                rate = int(manifest["sample_rate"])
                if manifest["format"] != _FORMAT or not LOWEST_RATE <= rate <= HIGHEST_RATE:
                    raise ValueError("another format")
                sounds = [
                    _sound(entry, archive.read(_member(index)), rate, max_bytes)
                    for index, entry in enumerate(manifest["sounds"])
                ]
                history = [_row(latent) for latent in manifest["history"]]
                return cls(
                    str(manifest["model"]), rate, bool(manifest["remapped"]), sounds, history
                )
        except _DAMAGE as error:
            raise SessionError(
                f"{path.name} is damaged, or no session of this version of Distill. "
                "Choose a file that Distill saved."
            ) from error
        except OSError as error:
            raise SessionError(
                f"{path.name} cannot be opened: {error.strerror}. Check that it exists."
            ) from error

    def _manifest(self) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "model": self.model,
            "sample_rate": self.sample_rate,
            "remapped": self.remapped,
            "sounds": [
                {
                    "name": sound.name,
                    "clip": sound.clip,
                    "seconds": sound.seconds,
                    "latent": sound.latent.tolist(),
                    "place": sound.place.tolist(),
                }
                for sound in self.sounds
            ],
            "history": [latent.tolist() for latent in self.history],
        }


def _member(index: int) -> str:
    return f"sounds/{index:04}.wav"


def _require_small(archive: zipfile.ZipFile, path: Path, max_bytes: int) -> None:
    """Refuse a zip bomb; `ZipFile.read` never returns more than the size told here."""
    size = sum(member.file_size for member in archive.infolist())
    if size > 2 * max_bytes:  # the manifest's share
        raise SessionError(
            f"{path.name} unpacks to {size / 1e6:.0f} MB; a session holds {max_bytes / 1e6:g} MB. "
            "Split it."
        )


def _sound(entry: dict[str, Any], data: bytes, rate: int, max_bytes: int) -> SessionSound:
    limits = SoundLimits(max_bytes=max_bytes, max_seconds=float("inf"))
    name, clip, seconds = str(entry["name"]), int(entry["clip"]), float(entry["seconds"])
    name.encode()  # a ValueError where it cannot be sent or shown
    audio = Sound.from_bytes(data, name, sample_rate=rate, limits=limits).samples
    if not (0 <= clip < _MOST_CLIPS and 0 < seconds <= audio.size / rate):  # NaN is neither
        raise ValueError("not a second of a sound")
    return SessionSound(
        id=new_id(),
        name=name,
        clip=clip,
        seconds=seconds,
        latent=_row(entry["latent"]),
        place=_row(entry["place"]),
        audio=audio,
    )


def _row(values: list[float]) -> Floats:
    row = np.asarray(values, dtype=np.float32)
    if row.ndim != 1 or not np.isfinite(row).all():
        raise ValueError("not a row of numbers")
    return row
