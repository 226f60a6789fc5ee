"""Speed of the map and of listening, once warm.

Goals: a new map of 1,000 sounds in 2 s and of 10,000 in 30 s; a place for a sound in 20 ms; a
latent for a place in 10 ms.
"""

import numpy as np
import pytest

from distill.atlas import Atlas
from distill.descriptors import describe


def latents(count: int) -> np.ndarray:
    """Latents [count, 128] near a curved sheet of twenty dimensions."""
    rng = np.random.default_rng(0)
    inner = rng.standard_normal((count, 20))
    return np.tanh(inner @ rng.standard_normal((20, 128)) / 4).astype(np.float32)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.fit(latents(3000))


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_map_again(benchmark, atlas, count: int) -> None:
    sounds = latents(count)
    result = benchmark.pedantic(Atlas.fit, (sounds,), rounds=2, warmup_rounds=1)
    assert len(result.places) == count


def test_place_one_sound(benchmark, atlas) -> None:
    place = benchmark(atlas.place, latents(3001)[3000:])
    assert np.isfinite(place).all()


def test_latent_at_one_place(benchmark, atlas) -> None:
    latent = benchmark(atlas.latent_at, np.array([[0.1, -0.2]]))
    assert latent.shape == (1, 128)


def test_describe_a_clip(benchmark) -> None:
    clips = np.random.default_rng(0).standard_normal((32, 48_000)).astype(np.float32)
    result = benchmark.pedantic(describe, (clips, 48_000), rounds=3, warmup_rounds=1)
    assert len(result["pitch"]) == 32
