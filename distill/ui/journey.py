"""Joins many decoded clips into one sound, as the page does while a gesture moves the latent.

This module does not know latents or files: clips in, samples out.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def weave(clips: Floats, step: int) -> Floats:
    """Fade from clip to clip while the place inside the clip runs on.

    At time t the sound is that of the two clips whose turns are nearest, each read at t modulo its
    length, so a gesture over one sustained sound stays one sustained sound:

        weight of clip i at t = max(0, 1 - |t - i * step| / step)

    A single clip, or one that fills its whole step, comes back as it is.

    Args:
        clips: float32 [clip, sample].
        step: Samples from one clip's turn to the next.

    Returns:
        float32 [sample]: clips * step samples, or the one clip.
    """
    count, length = clips.shape
    if count == 1:
        single: Floats = clips[0]
        return single
    if step >= length:
        spaced: Floats = np.pad(clips, ((0, 0), (0, step - length))).reshape(-1)
        return spaced
    time = np.arange(count * step)
    turn = np.minimum(time // step, count - 1)
    share = ((time - turn * step) / step).astype(np.float32)
    following = np.minimum(turn + 1, count - 1)
    inside = time % length
    woven: Floats = clips[turn, inside] * (1 - share) + clips[following, inside] * share
    return woven
