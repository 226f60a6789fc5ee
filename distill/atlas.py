"""The map: latents laid out in the plane, new sounds placed on it, and the way back.

It does not know what a latent sounds like, whose it is, or how a map is drawn.

    latents [point, latent]  --UMAP-->  places [point, 2] in the square [-1, 1] x [-1, 1]
    a new latent             --its neighbours among the latents-->  a place; no old point moves
    any place                --its neighbours on the map-->         a latent

Both ways back and forth are interpolations by nearest neighbours: UMAP's own `transform` is no
better here and its `inverse_transform` takes half a second, far too long for a click.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from distill.errors import LatentError

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

UMAP_NEIGHBOURS = 15
UMAP_SPREAD = 0.1  # UMAP's `min_dist`: how tightly points may pack
UMAP_EPOCHS = 200
PLACE_NEIGHBOURS = 10
BLEND_NEIGHBOURS = 6
DRAW_NEIGHBOURS = 11  # of a drawn point, itself among them
DRAW_WIDTH = 0.35  # of a kernel, in standard deviations of its neighbourhood
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
ROWS_AT_ONCE = 1024
SOFTENING = 0.005  # side lengths of the map, near nothing: keeps the geometric median smooth


@dataclass(frozen=True, eq=False)
class Atlas:
    """A map of sounds that stays still.

    Attributes:
        latents: float32 [point, latent].
        places: float32 [point, 2], distinct, in [-1, 1]; both axes have the same scale.

    Raises:
        LatentError: when the arrays are empty, do not belong together or are not finite.
    """

    latents: Floats
    places: Floats

    def __post_init__(self) -> None:
        if self.latents.ndim != 2 or self.places.shape != (len(self.latents), 2):
            raise LatentError(
                f"A map needs latents [point, latent] and as many places [point, 2], "
                f"not {self.latents.shape} and {self.places.shape}."
            )
        if len(self.latents) == 0:
            raise LatentError("A map needs at least one sound. Add a sound and map again.")
        _require_finite(self.latents, "latents")
        _require_finite(self.places, "places")

    @classmethod
    def fit(cls, latents: Floats, *, seed: int = 0) -> Self:
        """Lay latents out in the plane with UMAP.

        Fewer than 16 different latents are laid out by their two principal components instead,
        a single one in the middle.

        Args:
            latents: float32 [point, latent].
            seed: the same latents and seed give the same map on the same machine.

        Returns:
            A new map; its places fill the square [-1, 1] x [-1, 1] in the longer direction.

        Raises:
            LatentError: when there are no latents or some are not finite.
        """
        latents = _matrix(latents)
        if len(latents) == 0:
            raise LatentError("A map needs at least one sound. Add a sound and map again.")
        flat = cls(latents, _separated(_fitted_to_square(_principal_plane(latents))))
        if len(np.unique(latents, axis=0)) <= UMAP_NEIGHBOURS:
            return flat
        return cls(latents, _separated(_fitted_to_square(_umap(flat, seed))))

    def place(self, latents: Floats) -> Floats:
        """Find places for latents on the map as it is.

        A latent of the map gets exactly its place; a new one the weighted geometric median of the
        places of its nearest latents, and never a place that is taken. The median, unlike the
        mean, does not land between two islands of the map that both hold neighbours.

        Args:
            latents: float32 [sound, latent].

        Returns:
            float32 [sound, 2].
        """
        latents = self._checked(latents)
        nearest, distances = self.neighbours(latents, PLACE_NEIGHBOURS + 1)
        weights = _weights(distances, len(self.latents), power=1)
        places = _geometric_median(self.places[nearest[:, : weights.shape[1]]], weights)
        new = distances[:, 0] > 0
        places[~new] = self.places[nearest[~new, 0]]
        if new.any():
            aside = latents[new] - self.latents[nearest[new, 0]]
            places[new] = self._step_aside(places[new], aside)
        return np.asarray(places, np.float32)

    def latent_at(self, places: Floats) -> Floats:
        """Blend the latents around places on the map.

        Inverse-distance weights over the nearest points that fall to zero at the next one
        (Franke and Little's modification of Shepard's method, in Barnhill 1977), so the result is
        continuous everywhere and exact at every point. A mean of latents is shorter than they
        are, and short latents decode to dull sounds, so the blend is stretched to the neighbours'
        mean length (at most to twice its own, which keeps it continuous where latents cancel).

        Args:
            places: float32 [place, 2], anywhere in the plane.

        Returns:
            float32 [place, latent].

        Raises:
            LatentError: when a place is not two finite numbers.
        """
        places = np.asarray(places, np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise LatentError(f"Places on the map have shape [place, 2], not {places.shape}.")
        _require_finite(places, "places")
        distances, nearest = self._tree.query(places, k=np.arange(1, self._blended + 1))
        weights = _weights(distances, len(self.latents), power=2)
        chosen = self.latents[nearest[:, : weights.shape[1]]].astype(np.float64)
        blend = np.einsum("nk,nkd->nd", weights, chosen)
        length = np.linalg.norm(blend, axis=1)
        wanted = np.einsum("nk,nk->n", weights, np.linalg.norm(chosen, axis=2))
        stretch = wanted / np.maximum(np.maximum(length, wanted / 2), np.finfo(np.float64).tiny)
        return np.asarray(blend * stretch[:, None], np.float32)

    def neighbours(self, latents: Floats, k: int) -> tuple[Indices, Floats]:
        """Find the nearest sounds of the map, by distance between latents.

        Args:
            latents: float32 [sound, latent].
            k: how many; all points where the map has fewer.

        Returns:
            Indices int64 [sound, k] of points, nearest first, and their Euclidean distances
            float32 [sound, k].
        """
        latents = self._checked(latents)
        k = min(k, len(self.latents))
        found = [
            self._neighbours_of(latents[start : start + ROWS_AT_ONCE], k)
            for start in range(0, max(len(latents), 1), ROWS_AT_ONCE)
        ]
        indices, distances = zip(*found, strict=True)
        return np.concatenate(indices), np.concatenate(distances)

    def draw(self, count: int, *, seed: int | None = None) -> Floats:
        """Draw new latents from the density of those on the map.

        The density is a sum of Gaussians, one about every point, slanted like the point's
        neighbourhood and `DRAW_WIDTH` of its width: latents lie near a bent sheet, which no
        single Gaussian, and not the prior of a VAE, follows (Vincent and Bengio's manifold Parzen
        windows, 2003).

        Args:
            count: how many.
            seed: the same seed gives the same latents.

        Returns:
            float32 [count, latent].
        """
        rng = np.random.default_rng(seed)
        centres = self.latents[rng.integers(len(self.latents), size=count)]
        nearest, _ = self.neighbours(centres, DRAW_NEIGHBOURS)
        share = DRAW_WIDTH / np.sqrt(nearest.shape[1])
        noise = share * rng.standard_normal(nearest.shape)
        around = self.latents[nearest] - centres[:, None]
        return np.asarray(centres + np.einsum("nk,nkd->nd", noise, around), np.float32)

    def joined(self, latents: Floats) -> "Atlas":
        """Return a map with sounds added at the places that `place` gives them.

        Args:
            latents: float32 [sound, latent]; may be empty.
        """
        latents = self._checked(latents)
        if len(latents) == 0:
            return self
        places = _separated(np.concatenate([self.places, self.place(latents)]))
        return Atlas(np.concatenate([self.latents, latents]), places)

    def arrays(self) -> dict[str, Floats]:
        """Return what `from_arrays` needs, ready for `numpy.savez`."""
        return {"latents": self.latents, "places": self.places}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any]) -> Self:
        """Build a map from `arrays()`, or from an open .npz file; half precision is welcome.

        Raises:
            LatentError: when an array is missing or they do not belong together.
        """
        missing = {"latents", "places"} - set(arrays)
        if missing:
            raise LatentError(f"The stored map lacks {', '.join(sorted(missing))}. Make it again.")
        return cls(*(np.asarray(arrays[name], np.float32) for name in ("latents", "places")))

    @cached_property
    def _tree(self) -> "cKDTree":
        return _tree_of(self.places)

    @cached_property
    def _squares(self) -> Floats:
        return np.asarray(np.einsum("nd,nd->n", self.latents, self.latents))

    @property
    def _blended(self) -> int:
        return min(BLEND_NEIGHBOURS + 1, len(self.latents))

    @property
    def _gap(self) -> float:
        """How near to another point a new one may land: a hundredth of the mean spacing."""
        return 0.02 / float(np.sqrt(len(self.latents)))

    def _checked(self, latents: Floats) -> Floats:
        latents = _matrix(latents)
        if latents.shape[1] != self.latents.shape[1]:
            raise LatentError(
                f"This map holds latents of {self.latents.shape[1]} numbers, "
                f"not {latents.shape[1]}. Encode the sound with the map's own model."
            )
        return latents

    def _neighbours_of(self, latents: Floats, k: int) -> tuple[Indices, Floats]:
        scores = self._squares - 2 * (latents @ self.latents.T)
        indices = np.argpartition(scores, k - 1, axis=1)[:, :k]
        offsets = self.latents[indices] - latents[:, None]  # exact, unlike the scores
        distances = np.linalg.norm(offsets, axis=2)
        order = np.argsort(distances, axis=1, kind="stable")
        return (
            np.take_along_axis(indices, order, axis=1),
            np.take_along_axis(distances, order, axis=1),
        )

    def _step_aside(self, places: NDArray[np.float64], aside: Floats) -> NDArray[np.float64]:
        """Move places that are taken one gap away, each in a direction of its own latent's."""
        distances, nearest = self._tree.query(places)
        taken = distances < self._gap
        if taken.any():
            plane = np.random.default_rng(0).standard_normal((aside.shape[1], 2))
            direction = aside[taken] @ plane
            direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
            places[taken] = self.places[nearest[taken]] + self._gap * direction
        return places


def trustworthiness(latents: Floats, places: Floats, k: int = 10) -> float:
    """Measure whether neighbours on the map are neighbours among the latents; 1 is perfect.

    Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001.
    """
    from sklearn import manifold  # noqa: PLC0415 - slow to import, and not needed for a page

    return float(manifold.trustworthiness(latents, places, n_neighbors=k))


def continuity(latents: Floats, places: Floats, k: int = 10) -> float:
    """Measure whether neighbours among the latents stay neighbours on the map; 1 is perfect."""
    return trustworthiness(places, latents, k)


def neighbour_agreement(places: Floats, labels: NDArray[Any], k: int = 10) -> float:
    """Return the share of the k nearest places, over all places, that carry the same label."""
    _, nearest = _tree_of(places).query(places, k=np.arange(2, k + 2))
    return float(np.mean(labels[nearest] == labels[:, None]))


def _matrix(latents: Floats) -> Floats:
    latents = np.ascontiguousarray(latents, dtype=np.float32)
    if latents.ndim != 2:
        raise LatentError(f"Latents have shape [sound, latent], not {latents.shape}.")
    _require_finite(latents, "latents")
    return latents


def _require_finite(values: NDArray[Any], name: str) -> None:
    if not np.isfinite(values).all():
        raise LatentError(f"The {name} hold NaN or infinite numbers and cannot be mapped.")


def _weights(distances: NDArray[Any], points: int, power: int) -> NDArray[np.float64]:
    """Turn sorted distances to the k + 1 nearest of all points into weights that sum to 1.

    Weight i is (R / d_i - 1)^power with R the last distance, whose own weight would be 0 and is
    left out; where the distances already reach every point there is no next one, and it is
    1 / d_i^power.

    Args:
        distances: [row, k + 1], ascending.
        points: how many points there are in all.
        power: 1 has a cusp at every point, 2 is smooth there.

    Returns:
        float64 [row, k], or [row, points] where every point has a say.
    """
    distances = np.maximum(distances.astype(np.float64), 1e-12)
    if distances.shape[1] == points:
        weights = distances ** -float(power)
    else:
        weights = (distances[:, -1:] / distances[:, :-1] - 1) ** power
    weights += 1e-12  # all equally far: an even blend
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _geometric_median(
    places: Floats, weights: NDArray[np.float64], rounds: int = 20
) -> NDArray[np.float64]:
    """Find the points nearest in weighted sum to places [row, k, 2], by Weiszfeld's iteration."""
    median = np.einsum("nk,nkd->nd", weights, places)
    for _ in range(rounds):
        squares = ((places - median[:, None]) ** 2).sum(axis=2)
        pull = weights / np.sqrt(squares + SOFTENING**2)
        median = np.einsum("nk,nkd->nd", pull, places) / pull.sum(axis=1, keepdims=True)
    return np.asarray(median)


def _principal_plane(latents: Floats) -> NDArray[np.float64]:
    """Project latents [point, latent] onto their first two principal components [point, 2]."""
    centred = latents - latents.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(centred[:: max(1, len(centred) // 4096)], full_matrices=False)
    plane = np.zeros((len(latents), 2))
    plane[:, : min(2, len(axes))] = centred @ axes[:2].T
    return plane


def _umap(flat: Atlas, seed: int) -> NDArray[np.float64]:
    """Let UMAP (McInnes et al., 2018) move the points of a flat map; returns [point, 2].

    The exact nearest neighbours are found here: ten times faster than umap-learn finds them.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        warnings.filterwarnings("ignore", r"precomputed_knn\[2\]", UserWarning)
        import umap  # noqa: PLC0415 - takes seconds, which the first page does not have

        layout = umap.UMAP(
            n_neighbors=UMAP_NEIGHBOURS,
            min_dist=UMAP_SPREAD,
            n_epochs=UMAP_EPOCHS,
            precomputed_knn=flat.neighbours(flat.latents, UMAP_NEIGHBOURS),
            init=10 * flat.places,
            random_state=seed,
            n_jobs=1,
        ).fit_transform(flat.latents)
    return np.asarray(layout, np.float64)


def _fitted_to_square(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre places and scale both axes alike, so that the longer one runs from -1 to 1."""
    low, high = places.min(axis=0), places.max(axis=0)
    extent = (high - low).max()
    return np.asarray((places - (low + high) / 2) / (extent / 2 if extent > 0 else 1))


def _tree_of(places: Floats) -> "cKDTree":
    from scipy.spatial import cKDTree  # noqa: PLC0415 - a third of a second before the first page

    return cKDTree(places)


def _separated(places: NDArray[Any]) -> Floats:
    """Spread coincident places along a tiny spiral, so that every point can be seen and hit."""
    places = places.astype(np.float32)
    _, inverse, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    if counts.max() == 1:
        return places
    inverse = inverse.ravel()
    order = np.argsort(inverse, kind="stable")
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(places))
    rank[order] = np.arange(len(places)) - firsts[inverse[order]]
    radius = 0.02 * np.sqrt(rank / len(places))
    spiral = np.stack([np.cos(rank * GOLDEN_ANGLE), np.sin(rank * GOLDEN_ANGLE)], axis=1)
    return np.asarray(places + radius[:, None] * spiral, np.float32)
