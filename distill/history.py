"""Undo and redo over latents.

Knows nothing of models or sounds: a latent is a vector that somebody may want back.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from distill.errors import SessionError

Floats = NDArray[np.float32]


class History:
    """The latents of a session in the order they were made, with a way back and forth."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._steps: list[Floats] = []
        self._at = -1

    @property
    def latents(self) -> Sequence[Floats]:
        """The steps up to the current one, oldest first."""
        return tuple(self._steps[: self._at + 1])

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before the current one."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone and nothing was pushed since."""
        return self._at < len(self._steps) - 1

    def push(self, latent: Floats) -> None:
        """Make a latent [latent] the current one and forget what was undone."""
        steps = [*self.latents, np.array(latent, dtype=np.float32)]
        self._steps = steps[-self._limit :]
        self._at = len(self._steps) - 1

    def undo(self) -> Floats:
        """Step back and return the latent there.

        Raises:
            SessionError: This is the first step.
        """
        if not self.can_undo:
            raise SessionError("There is nothing to undo. Shape the sound first.")
        self._at -= 1
        return self._steps[self._at]

    def redo(self) -> Floats:
        """Step forth again and return the latent there.

        Raises:
            SessionError: This is the last step.
        """
        if not self.can_redo:
            raise SessionError("There is nothing to redo. Undo a step first.")
        self._at += 1
        return self._steps[self._at]
