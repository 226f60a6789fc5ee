"""Linear baseline: principal components of the channels, as many as the model has dimensions.

Knows arrays only. A model that does not beat it at equal size has not learnt enough.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.errors import CheckpointError

Floats = NDArray[np.float32]

FILE = "pca.safetensors"
QUIET = 1e-3
"""Magnitude under which a band's IF is not divided out; 80 dB under a full-scale sine."""


@dataclass(frozen=True)
class Baseline:
    """Mean and orthonormal components of (magnitude, magnitude x IF).

    The product, since the IF says nothing where there is no sound.

    Attributes:
        mean: float32 [feature], feature = 2 x mel x frame.
        components: float32 [component, feature].
    """

    mean: Floats
    components: Floats

    @classmethod
    def fit(cls, channels: Floats, size: int, *, seed: int = 0) -> "Baseline":
        """Fit by randomised SVD (Halko, Martinsson and Tropp, 2011).

        Args:
            channels: [clip, 2, mel, frame], more clips than components.
            size: components.
            seed: of the random projection.
        """
        from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415  (slow to import)

        features = _features(channels)
        mean = features.mean(axis=0)
        _, _, components = randomized_svd(features - mean, size, n_iter=4, random_state=seed)
        return cls(mean, components.astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> "Baseline | None":
        """Load what `save` wrote; None where the folder has no baseline.

        Raises:
            CheckpointError: the file is damaged.
        """
        from safetensors import SafetensorError  # noqa: PLC0415
        from safetensors.numpy import load_file  # noqa: PLC0415

        path = folder / FILE
        if not path.is_file():
            return None
        try:
            arrays = load_file(path)
            mean, components = (arrays[name].astype(np.float32) for name in ("mean", "components"))
        except (OSError, KeyError, SafetensorError) as error:
            raise CheckpointError(f"{path} is damaged: {error}. Make it again.") from error
        return cls(mean, components)

    def save(self, folder: Path) -> Path:
        """Write half-precision components beside a model; returns the file's path."""
        from safetensors.numpy import save_file  # noqa: PLC0415

        arrays = {"mean": self.mean, "components": self.components}
        path = folder / FILE
        # In C order: the format stores memory as it lies, and an SVD leaves its result transposed.
        save_file(
            {name: array.astype(np.float16, order="C") for name, array in arrays.items()}, path
        )
        return path

    def reconstruct(self, channels: Floats) -> Floats:
        """Project channels [clip, 2, mel, frame] onto the components and back."""
        away = _features(channels) - self.mean
        features = self.mean + (away @ self.components.T) @ self.components
        magnitude, product = np.moveaxis(features.reshape(channels.shape), 1, 0)
        magnitude = magnitude.clip(min=0)
        frequency = (product / magnitude.clip(min=QUIET)).clip(-1, 1)
        return np.stack([magnitude, frequency], axis=1)


def _features(channels: Floats) -> Floats:
    """Flatten (magnitude, magnitude x IF): float32 [clip, feature]."""
    magnitude, frequency = channels[:, 0], channels[:, 1]
    both = np.stack([magnitude, magnitude * frequency], axis=1)
    return both.reshape(len(channels), -1).astype(np.float32, copy=False)
