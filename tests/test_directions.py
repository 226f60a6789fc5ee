"""Directions on decoders whose descriptors are known functions of the latents."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from distill.directions import (
    Direction,
    Directions,
    fit_directions,
    fit_principal,
    mean_rank_correlation,
    measure,
    measured,
)
from distill.errors import LatentError

SIZE = 24
RNG = np.random.default_rng(0)
MIX = RNG.standard_normal((SIZE, SIZE)) / np.sqrt(SIZE)


def data(count: int = 2000, seed: int = 1) -> np.ndarray:
    """Correlated latents [count, SIZE]."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((count, SIZE)) @ MIX).astype(np.float32)


def rising(latents: np.ndarray) -> dict[str, np.ndarray]:
    """A descriptor that rises along the first latent, noisily, and one that barely leaks."""
    first, second = latents[:, 0].astype(np.float64), latents[:, 1].astype(np.float64)
    return {"brightness": np.exp(3 + first), "length": second + 0.01 * first}


def test_a_step_is_one_standard_deviation_of_the_data() -> None:
    latents = data()
    covariance = np.cov(latents.T.astype(np.float64))
    for direction in fit_directions(latents).principal:
        length = direction.vector @ np.linalg.solve(covariance, direction.vector)
        assert length == pytest.approx(1, rel=0.01)
        assert -3.2 < direction.low < -1.8
        assert 1.8 < direction.high < 3.2


def test_principal_directions_are_orthogonal_and_share_the_variance() -> None:
    latents = data()
    found = fit_principal(latents, count=SIZE)
    shares = [direction.share for direction in found]
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert shares == sorted(shares, reverse=True)
    vectors = np.stack([direction.vector for direction in found]).astype(np.float64)
    products = vectors @ vectors.T
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-4)
    again = fit_principal(latents[::-1], count=SIZE)
    np.testing.assert_allclose(again[0].vector, found[0].vector, atol=1e-3)


def test_collapsed_dimensions_are_known() -> None:
    latents = data()
    latents[:, [3, 7]] *= 1e-4
    directions = fit_directions(latents)
    assert np.flatnonzero(~directions.active).tolist() == [3, 7]
    np.testing.assert_allclose(directions.scale, latents.std(axis=0), rtol=1e-5)
    assert directions.named == ()


def test_a_direction_that_lowers_its_descriptor_is_turned() -> None:
    upwards = np.eye(1, SIZE, dtype=np.float32)[0]
    backwards = Direction("brightness", "named", -upwards, low=-1.0, high=2.0)
    turned = measured(backwards, rising, data(20, seed=5))
    np.testing.assert_array_equal(turned.vector, upwards)
    assert (turned.low, turned.high) == (-2.0, 1.0)
    assert turned.rho == pytest.approx(1)
    assert turned.leakage == pytest.approx(1)  # length follows, however little


def test_of_the_data_99_percent_lie_within_the_edge() -> None:
    """The data has heavy tails, so a Gaussian's edge would be wrong by far."""
    latents = data(4000) * np.random.default_rng(7).exponential(1, (4000, 1)).astype(np.float32)
    directions = fit_directions(latents)
    remoteness = directions.remoteness(latents)
    assert np.mean(remoteness <= 1) == pytest.approx(0.99, abs=0.002)
    assert directions.remoteness(directions.mean[None])[0] == 0
    guessed = replace(directions, edge=None).remoteness(latents)
    assert np.mean(guessed <= 1) < 0.95


def test_without_a_measured_edge_a_gaussian_stands_for_the_data() -> None:
    plain = Directions.plain(128)
    draws = np.random.default_rng(0).standard_normal((20_000, 128)).astype(np.float32)
    assert np.mean(plain.remoteness(draws) <= 1) == pytest.approx(0.99, abs=0.003)


def test_rank_correlation_at_known_values() -> None:
    rising = np.arange(9.0)
    assert mean_rank_correlation(np.stack([rising, rising**3])) == pytest.approx(1)
    assert mean_rank_correlation(np.stack([rising, -rising])) == pytest.approx(0)
    assert mean_rank_correlation(np.ones((3, 9))) == 0
    gaps = np.where(rising % 4 == 0, np.nan, rising)
    assert mean_rank_correlation(gaps[None]) == pytest.approx(1)
    mostly_gaps = np.where(rising > 3, np.nan, -rising)
    assert mean_rank_correlation(np.stack([rising, mostly_gaps])) == pytest.approx(1)
    assert math.isnan(mean_rank_correlation(mostly_gaps[None]))


def test_measure_visits_every_position_from_every_start() -> None:
    visited = []

    def listen(latents: np.ndarray) -> dict[str, np.ndarray]:
        visited.append(latents)
        return {"first": latents[:, 0].astype(np.float64), "still": np.zeros(len(latents))}

    vector = np.eye(1, SIZE, dtype=np.float32)[0]
    result = measure(Direction("first", "named", vector, low=-2, high=2), listen, data(50), 5)
    assert result.rho == {"first": pytest.approx(1), "still": 0}
    assert result.leakage("first") == 0
    walk = visited[0].reshape(50, 5, SIZE)
    np.testing.assert_allclose(walk[:, :, 0] - data(50)[:, :1], [[-2, -1, 0, 1, 2]] * 50, atol=1e-6)


def test_json_makes_the_round_trip() -> None:
    named = Direction("length", "named", np.ones(SIZE, np.float32), rho=0.9, leakage=0.1, low=-2)
    directions = replace(fit_directions(data()), named=(named,))
    stored = json.loads(json.dumps(directions.to_json(), allow_nan=False))
    back = Directions.from_json(stored)
    np.testing.assert_allclose(back.mean, directions.mean, rtol=1e-5)
    np.testing.assert_array_equal(back.active, directions.active)
    assert back.edge == directions.edge
    for ours, theirs in zip(
        back.principal + back.named, directions.principal + directions.named, strict=True
    ):
        assert (ours.name, ours.kind, ours.low) == (theirs.name, theirs.kind, theirs.low)
        assert (ours.share, ours.rho) == pytest.approx((theirs.share, theirs.rho), nan_ok=True)
        np.testing.assert_allclose(ours.vector, theirs.vector, rtol=1e-5)
    with pytest.raises(KeyError):
        Directions.from_json({"mean": []})
    del stored["edge"]  # as files from before it was measured
    assert Directions.from_json(stored).edge is None


def test_nothing_known_is_the_prior() -> None:
    plain = Directions.plain(8)
    assert plain.mean.tolist() == [0] * 8
    assert plain.scale.tolist() == [1] * 8
    assert plain.active.all()
    assert plain.principal == plain.named == ()


def test_bad_latents_are_refused() -> None:
    broken = data(10)
    broken[3, 3] = np.inf
    for latents in (broken, data(1), data(10)[0]):
        with pytest.raises(LatentError, match="two finite"):
            fit_directions(latents)
