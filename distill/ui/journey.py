"""Joins many decoded clips into one sound, as the page does while a gesture moves the latent.

This module does not know latents: clips in, samples out, or the bytes of a file that is sent while
the rest of it is still decoded.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from distill.sound import Sound

Floats = NDArray[np.float32]


SAMPLE_BYTES = 3
RIFF = struct.Struct("<4sI4s4sIHHIIHH4sI")
"""The head of a WAV file: what `Sound.to_bytes` writes before the samples."""
PCM, MONO = 1, 1


def wav_size(samples: int) -> int:
    """Return the bytes of a 24-bit WAV file of so many samples: always an even number."""
    data = SAMPLE_BYTES * samples
    return RIFF.size + data + data % 2


def wav_head(samples: int, sample_rate: int) -> bytes:
    """Return the beginning of a 24-bit WAV file of so many samples."""
    rate, bits = sample_rate * SAMPLE_BYTES, 8 * SAMPLE_BYTES
    kind = (PCM, MONO, sample_rate, rate, SAMPLE_BYTES, bits)
    data = (b"data", SAMPLE_BYTES * samples)
    return RIFF.pack(b"RIFF", wav_size(samples) - 8, b"WAVE", b"fmt ", 16, *kind, *data)


def wav_body(samples: Floats, sample_rate: int) -> bytes:
    """Return samples as they stand in a 24-bit WAV file."""
    file = Sound(samples, sample_rate, "part").to_bytes()
    return file[RIFF.size : RIFF.size + SAMPLE_BYTES * samples.size]


def wav_tail(samples: int) -> bytes:
    """Return what makes a 24-bit WAV file's size even: nothing, or a zero."""
    return bytes(SAMPLE_BYTES * samples % 2)


def weave(clips: Floats, step: int, start: int = 0) -> Floats:
    """Fade from clip to clip while the place inside the clip runs on.

    At time t the sound is that of the two clips whose turns are nearest, each read at t modulo its
    length, so a gesture over one sustained sound stays one sustained sound:

        weight of clip i at t = max(0, 1 - |t - i * step| / step)

    A single clip, or one that fills its whole step, comes back as it is.

    Args:
        clips: float32 [clip, sample].
        step: Samples from one clip's turn to the next.
        start: Samples of the journey before these clips.

    Returns:
        float32 [sample]: clips * step samples, or the one clip.
    """
    count, length = clips.shape
    if count == 1 and start == 0:
        single: Floats = clips[0]
        return single
    if step >= length:
        spaced: Floats = np.pad(clips, ((0, 0), (0, step - length))).reshape(-1)
        return spaced
    time = np.arange(count * step)
    turn = np.minimum(time // step, count - 1)
    share = ((time - turn * step) / step).astype(np.float32)
    following = np.minimum(turn + 1, count - 1)
    inside = (start + time) % length
    woven: Floats = clips[turn, inside] * (1 - share) + clips[following, inside] * share
    return woven
