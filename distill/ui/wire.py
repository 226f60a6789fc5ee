"""The binary form in which sounds travel to the browser, and back.

This module does not know HTTP, sessions or models: arrays in, bytes out. `static/wire.js` is its
mirror image. All numbers are little-endian:

    Uint32   magic, samples, bands, frames
    Float32  gain, remoteness, x, y          x, y: place on the map, NaN where unknown
    Float32  latent [latent]
    Int16    audio [samples]                 value * gain / 32767
    Int16    magnitude [bands, frames]       value * 2 / 32767
    Int16    IF [bands, frames]              value / 32767
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distill.errors import LatentError

if TYPE_CHECKING:
    from distill.directions import Direction

MAGIC = 0x44535431
FULL_SCALE = 32767
MAGNITUDE_TOP = 2.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Clip:
    """One second of sound with all that the page shows of it.

    Attributes:
        audio: Samples, shape [sample].
        channels: Magnitude and IF, shape [2, band, frame].
        latent: Posterior mean or the latent it was decoded from, shape [latent].
        remoteness: 0 on the data, 1 at the edge of what training saw, more beyond.
        place: x and y on the map, shape [2]; NaN where unknown.
    """

    audio: Floats
    channels: Floats
    latent: Floats
    remoteness: float
    place: Floats


def pack_clip(clip: Clip) -> bytes:
    """Write a clip in the form that the module's docstring shows."""
    _, bands, frames = clip.channels.shape
    gain = float(np.abs(clip.audio).max(initial=0.0)) or 1.0
    sizes = np.array([MAGIC, clip.audio.size, bands, frames], "<u4")
    facts = np.array([gain, clip.remoteness, *clip.place], "<f4")
    parts = (
        sizes.tobytes(),
        facts.tobytes(),
        clip.latent.astype("<f4").tobytes(),
        _integers(clip.audio, gain),
        _integers(clip.channels[0], MAGNITUDE_TOP),
        _integers(clip.channels[1], 1.0),
    )
    return b"".join(parts)


def _integers(values: Floats, top: float) -> bytes:
    scaled = np.clip(values * np.float32(FULL_SCALE / top), -FULL_SCALE, FULL_SCALE)
    data: bytes = np.rint(scaled).astype("<i2").tobytes()
    return data


def pack_columns(columns: list[Floats]) -> bytes:
    """Write columns of one length one after the other: float32 [column, point]."""
    return b"".join(np.ascontiguousarray(column, "<f4").tobytes() for column in columns)


def unpack_latents(body: bytes, latent_size: int) -> Floats:
    """Read float32 latents, shape [clips, latent].

    Raises:
        LatentError: The body is empty or not a whole number of latents.
    """
    width = 4 * latent_size
    if not body or len(body) % width:
        raise LatentError(
            f"A latent has {latent_size} float32 numbers, so {width} bytes; "
            f"{len(body)} bytes came. Send whole latents."
        )
    return np.frombuffer(body, "<f4").astype(np.float32).reshape(-1, latent_size)


def finite(values: Floats) -> list[float]:
    """Return the values as JSON can hold them: NaN and infinity become 0."""
    return [float(value) for value in np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)]


def number(value: float) -> float | None:
    """Return a number as JSON can hold it: None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def direction_json(direction: "Direction") -> dict[str, object]:
    """Return a latent direction as the page needs it."""
    return {
        "name": direction.name,
        "share": number(direction.share),
        "rho": number(direction.rho),
        "leakage": number(direction.leakage),
        "low": number(direction.low),
        "high": number(direction.high),
        "vector": finite(direction.vector),
    }
