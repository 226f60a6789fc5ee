"""The map's laws: exact at its points, continuous between them, and still."""

import numpy as np
import pytest

from distill.atlas import Atlas, continuity, neighbour_agreement, trustworthiness
from distill.errors import LatentError


def clusters(count: int, size: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Latents [count, size] in five well separated clusters, and the cluster of each."""
    rng = np.random.default_rng(seed)
    centres = 4 * rng.standard_normal((5, size))
    labels = rng.integers(5, size=count)
    return (centres[labels] + rng.standard_normal((count, size))).astype(np.float32), labels


@pytest.fixture(scope="module")
def latents() -> np.ndarray:
    return clusters(400)[0]


@pytest.fixture(scope="module")
def atlas(latents: np.ndarray) -> Atlas:
    return Atlas.fit(latents)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 17, 60])
def test_a_map_of_any_size_fills_the_square_and_is_exact(count: int) -> None:
    latents, _ = clusters(count)
    atlas = Atlas.fit(latents)
    extent = np.ptp(atlas.places, axis=0).max()
    assert extent == pytest.approx(2 if count > 1 else 0, abs=1e-5)
    assert np.abs(atlas.places).max() <= 1 + 1e-6
    np.testing.assert_array_equal(atlas.place(latents), atlas.places)
    np.testing.assert_allclose(atlas.latent_at(atlas.places), latents, atol=1e-4)


def test_the_same_seed_gives_the_same_map_and_another_another(latents: np.ndarray) -> None:
    first, again, other = (Atlas.fit(latents[:100], seed=seed).places for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_clusters_stay_together(latents: np.ndarray, atlas: Atlas) -> None:
    labels = clusters(400)[1]
    assert neighbour_agreement(atlas.places, labels) > 0.95
    assert trustworthiness(latents, atlas.places) > 0.8
    assert continuity(latents, atlas.places) > 0.8


def test_measures_of_a_perfect_and_of_a_random_map() -> None:
    places = np.random.default_rng(0).standard_normal((200, 2)).astype(np.float32)
    shuffled = places[np.random.default_rng(1).permutation(200)]
    assert trustworthiness(places, 3 * places) == continuity(places, 3 * places) == 1
    assert 0.4 < trustworthiness(places, shuffled) < 0.6
    sides = places[:, 0] > 0
    assert neighbour_agreement(places, sides) > 0.8
    assert 0.4 < neighbour_agreement(shuffled, sides) < 0.6


def test_equal_latents_get_places_of_their_own() -> None:
    latents = np.repeat(clusters(8)[0], 5, axis=0)
    atlas = Atlas.fit(latents)
    assert len(np.unique(atlas.places, axis=0)) == 40
    np.testing.assert_allclose(atlas.latent_at(atlas.places), latents, atol=1e-4)


def test_the_way_back_is_continuous(latents: np.ndarray, atlas: Atlas) -> None:
    """Along random lines across and beyond the map, steps shrink as the line is cut finer."""
    rng = np.random.default_rng(3)
    ends = rng.uniform(-1.3, 1.3, (20, 2, 2))

    def largest_step(steps: int) -> float:
        along = np.linspace(0, 1, steps + 1)[:, None]
        jumps = [
            np.linalg.norm(np.diff(atlas.latent_at((1 - along) * a + along * b), axis=0), axis=1)
            for a, b in ends
        ]
        return float(np.max(jumps))

    coarse, fine, finest = (largest_step(steps) for steps in (1_000, 10_000, 100_000))
    assert fine < coarse / 3
    assert finest < fine / 5


def test_a_blend_is_as_long_as_its_neighbours(latents: np.ndarray, atlas: Atlas) -> None:
    between = atlas.places[:50] + 0.01
    lengths = np.linalg.norm(latents, axis=1)
    blends = np.linalg.norm(atlas.latent_at(between), axis=1)
    assert lengths.min() * 0.9 < blends.min()
    assert blends.max() < lengths.max() * 1.01


def test_new_sounds_land_among_their_likes_and_move_nobody() -> None:
    latents, labels = clusters(500)
    atlas = Atlas.fit(latents[:400])
    before = atlas.places.copy()
    joined = atlas.joined(latents[400:])
    np.testing.assert_array_equal(joined.places[:400], before)
    np.testing.assert_array_equal(joined.latents, latents)
    np.testing.assert_array_equal(joined.place(latents), joined.places)
    gaps = np.linalg.norm(joined.places[400:, None] - before, axis=2)
    nearest = labels[:400][gaps.argmin(axis=1)]
    assert np.mean(nearest == labels[400:]) > 0.95


@pytest.mark.parametrize("count", [1, 2, 4, 60])
def test_a_new_sound_never_lands_on_another(count: int) -> None:
    latents, _ = clusters(count)
    atlas = Atlas.fit(latents)
    noise = np.random.default_rng(4).standard_normal((20, latents.shape[1]))
    close = latents[0] + 1e-3 * noise.astype(np.float32)
    places = np.concatenate([atlas.places, atlas.place(close)])
    assert len(np.unique(places, axis=0)) == count + 20
    gaps = np.linalg.norm(places[count:, None] - atlas.places, axis=2)
    assert gaps.min() > 1e-4


def test_neighbours_come_nearest_first_with_their_distances(
    latents: np.ndarray, atlas: Atlas
) -> None:
    query = clusters(7, seed=9)[0]
    indices, distances = atlas.neighbours(query, 12)
    everything = np.linalg.norm(query[:, None] - latents, axis=2)
    np.testing.assert_allclose(distances, np.sort(everything, axis=1)[:, :12], rtol=1e-5)
    np.testing.assert_allclose(
        np.take_along_axis(everything, indices, axis=1), distances, rtol=1e-5
    )
    assert atlas.neighbours(query, 1000)[0].shape == (7, 400)
    assert atlas.neighbours(query[:0], 3)[0].shape == (0, 3)


def test_arrays_make_the_round_trip_through_a_file(atlas: Atlas, tmp_path) -> None:
    np.savez(tmp_path / "atlas.npz", **atlas.arrays())
    with np.load(tmp_path / "atlas.npz", allow_pickle=False) as arrays:
        back = Atlas.from_arrays(dict(arrays))
    np.testing.assert_array_equal(back.latents, atlas.latents)
    np.testing.assert_array_equal(back.places, atlas.places)
    with pytest.raises(LatentError, match="places"):
        Atlas.from_arrays({"latents": atlas.latents})


def test_bad_latents_and_places_are_refused(latents: np.ndarray, atlas: Atlas) -> None:
    broken = latents[:3].copy()
    broken[1, 2] = np.nan
    for use in (Atlas.fit, atlas.place, atlas.joined):
        with pytest.raises(LatentError, match="NaN"):
            use(broken)
    with pytest.raises(LatentError, match="at least one"):
        Atlas.fit(latents[:0])
    with pytest.raises(LatentError, match="32 numbers"):
        atlas.place(latents[:, :5])
    with pytest.raises(LatentError, match="shape"):
        atlas.place(latents[0])
    with pytest.raises(LatentError, match="NaN"):
        atlas.latent_at(np.array([[0.0, np.inf]]))
    with pytest.raises(LatentError, match="shape"):
        atlas.latent_at(np.zeros(2))


def test_draws_are_new_and_lie_where_the_data_lies(latents: np.ndarray, atlas: Atlas) -> None:
    """Clusters far apart: a Gaussian fitted to all would draw most latents between them."""
    drawn = atlas.draw(500, seed=1)
    assert (drawn.shape, drawn.dtype) == ((500, 32), np.float32)
    _, nearest = atlas.neighbours(drawn, 1)
    _, usual = atlas.neighbours(latents, 2)
    assert nearest.min() > 0
    assert np.percentile(nearest, 99) < 1.5 * np.percentile(usual[:, 1], 99)
    spread = np.linalg.norm(drawn - latents.mean(axis=0), axis=1).mean()
    assert spread == pytest.approx(
        np.linalg.norm(latents - latents.mean(axis=0), axis=1).mean(), rel=0.1
    )


def test_a_seed_repeats_a_draw(atlas: Atlas) -> None:
    np.testing.assert_array_equal(atlas.draw(5, seed=1), atlas.draw(5, seed=1))
    assert np.abs(atlas.draw(5) - atlas.draw(5)).max() > 0.1
    assert atlas.draw(0).shape == (0, 32)
    lone = Atlas.fit(clusters(1)[0])
    np.testing.assert_array_equal(lone.draw(2), np.repeat(lone.latents, 2, axis=0))


def test_joining_nothing_changes_nothing(latents: np.ndarray, atlas: Atlas) -> None:
    assert atlas.joined(latents[:0]) is atlas
