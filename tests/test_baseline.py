from pathlib import Path

import numpy as np
import pytest

from distill.baseline import FILE, Baseline
from distill.errors import CheckpointError

SHAPE = (2, 8, 6)


def channels(clips: int, seed: int = 0) -> np.ndarray:
    """Channels that vary in three ways only."""
    rng = np.random.default_rng(seed)
    shapes = np.random.default_rng(99).uniform(0, 0.3, (3, *SHAPE)) * [[[[1.0]], [[0.3]]]]
    amounts = rng.uniform(0.1, 1, (clips, 3))
    magnitude, product = np.moveaxis(np.tensordot(amounts, shapes, 1), 1, 0)
    return np.stack([magnitude + 0.1, product / (magnitude + 0.1)], axis=1).astype(np.float32)


def test_as_many_components_as_the_data_has_ways_to_vary_lose_nothing() -> None:
    baseline = Baseline.fit(channels(50), 3)
    unseen = channels(5, seed=1)
    np.testing.assert_allclose(baseline.reconstruct(unseen), unseen, atol=1e-4)


def test_more_components_are_never_worse() -> None:
    data = channels(50) + np.random.default_rng(1).uniform(0, 0.1, (50, *SHAPE)).astype(np.float32)
    errors = [np.abs(Baseline.fit(data, k).reconstruct(data) - data).mean() for k in (1, 3, 10)]
    assert errors[0] > errors[1] > errors[2]


def test_components_are_orthonormal() -> None:
    components = Baseline.fit(channels(50), 3).components
    np.testing.assert_allclose(components @ components.T, np.eye(3), atol=1e-5)


def test_what_comes_back_is_a_legal_spectrogram() -> None:
    data = np.random.default_rng(2).uniform(-1, 1, (40, *SHAPE)).astype(np.float32)
    magnitude, frequency = np.moveaxis(Baseline.fit(data, 4).reconstruct(data), 1, 0)
    assert magnitude.min() >= 0
    assert np.abs(frequency).max() <= 1


def test_it_comes_back_from_disk_in_half_precision(tmp_path: Path) -> None:
    baseline = Baseline.fit(channels(50), 3)
    path = baseline.save(tmp_path)
    assert path.stat().st_size < 2 * (baseline.components.size + baseline.mean.size) + 1000
    loaded = Baseline.load(tmp_path)
    assert loaded is not None
    np.testing.assert_allclose(loaded.reconstruct(channels(5)), channels(5), atol=5e-3)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert Baseline.load(tmp_path) is None


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a safetensors file")
    with pytest.raises(CheckpointError, match=FILE):
        Baseline.load(tmp_path)
