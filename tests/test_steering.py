"""Named directions on decoders whose descriptors, and their slopes, are known."""

import numpy as np
import pytest

from distill.directions import Direction, measured
from distill.errors import LatentError
from distill.steering import steer

SIZE = 24
RNG = np.random.default_rng(0)
MIX = RNG.standard_normal((SIZE, SIZE)) / np.sqrt(SIZE)
AXES = RNG.standard_normal((SIZE, 4)) / np.sqrt(SIZE)


def data(count: int = 2000, seed: int = 1) -> np.ndarray:
    """Correlated latents [count, SIZE]."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, SIZE)) @ MIX).astype(np.float32)


def heard(latents: np.ndarray) -> dict[str, np.ndarray]:
    """What a decoder with these slopes might sound like: never quite smooth."""
    jitter = 0.1 * np.sin(1e4 * latents.astype(np.float64).sum(axis=1))
    return {name: values + jitter for name, values in smooth(latents).items()}


def smooth(latents: np.ndarray) -> dict[str, np.ndarray]:
    """Entangled descriptors; length falls as steeply as it rises where it is steepest."""
    a, b, c, d = (latents.astype(np.float64) @ AXES).T
    return {
        "brightness": a + 0.3 * np.sin(2 * d),
        "length": b + 0.8 * a + 0.5 * np.exp(-((4 * c) ** 2)),
        "warmth": c - 0.8 * a + 0.1 * a**3,
    }


def slopes(latents: np.ndarray) -> dict[str, np.ndarray]:
    """Gradients of `smooth`, [latent, SIZE] each."""
    a, _, c, d = (latents.astype(np.float64) @ AXES).T[..., None]
    to_a, to_b, to_c, to_d = AXES.T
    return {
        "brightness": to_a + 0.6 * np.cos(2 * d) * to_d,
        "length": to_b + 0.8 * to_a - 16 * c * np.exp(-((4 * c) ** 2)) * to_c,
        "warmth": to_c + (0.3 * a**2 - 0.8) * to_a,
    }


def test_the_slopes_above_are_right() -> None:
    latents, step = data(50).astype(np.float64), 1e-5
    for index in range(0, SIZE, 5):
        aside = step * np.eye(SIZE)[index]
        high, low = smooth(latents + aside), smooth(latents - aside)
        for name, slope in slopes(latents).items():
            np.testing.assert_allclose(
                (high[name] - low[name]) / (2 * step), slope[:, index], atol=1e-6
            )


def test_named_directions_move_their_own_descriptor_and_leave_the_others() -> None:
    latents = data()
    found = steer(latents, slopes(latents[:400]))
    assert [direction.name for direction in found] == list(heard(latents))
    for direction in found:
        result = measured(direction, heard, data(60, seed=2))
        assert result.rho > 0.95, direction.name
        assert result.leakage < 0.4, direction.name


def test_the_mean_slope_would_leak() -> None:
    """The task above is no gift: what raises brightness drags length and warmth along."""
    latents = data()
    mean = slopes(latents)["brightness"].mean(axis=0).astype(np.float32)
    raw = Direction("brightness", "named", mean / np.linalg.norm(mean))
    assert measured(raw, heard, data(60, seed=2)).leakage > 0.5


def test_a_step_is_one_standard_deviation_of_the_data() -> None:
    latents = data()
    covariance = np.cov(latents.T.astype(np.float64))
    for direction in steer(latents, slopes(latents[:200])):
        length = direction.vector @ np.linalg.solve(covariance, direction.vector)
        assert length == pytest.approx(1, rel=0.01)
        along = (latents - latents.mean(axis=0)) @ np.linalg.solve(covariance, direction.vector)
        inside = (along >= direction.low) & (along <= direction.high)
        assert inside.mean() == pytest.approx(0.98, abs=0.005)


def test_a_few_steep_places_do_not_outvote_the_many() -> None:
    """Of a hundred slopes five are a thousand times as steep, and point elsewhere."""
    many = np.tile(np.eye(1, SIZE), (100, 1))
    many[:5] = 1000 * np.eye(SIZE)[1]
    found = steer(np.eye(SIZE, dtype=np.float32), {"brightness": many})[0]
    assert np.abs(found.vector).argmax() == 0


def test_places_where_a_descriptor_has_no_slope_are_left_out() -> None:
    latents = data()
    plain = slopes(latents[:200])
    holed = {name: slope.copy() for name, slope in slopes(latents[:230]).items()}
    holed["warmth"][200:] = np.nan
    for ours, theirs in zip(steer(latents, holed), steer(latents, plain), strict=True):
        np.testing.assert_allclose(ours.vector, theirs.vector, rtol=1e-5)
    with pytest.raises(LatentError, match="No latent"):
        steer(latents, {"warmth": np.full((3, SIZE), np.nan)})


def test_descriptors_in_other_units_give_the_same_directions() -> None:
    latents = data()
    plain = slopes(latents[:200])
    scaled = {name: 1000 * slope for name, slope in plain.items()}
    for ours, theirs in zip(steer(latents, scaled), steer(latents, plain), strict=True):
        np.testing.assert_allclose(ours.vector, theirs.vector, rtol=1e-4)
