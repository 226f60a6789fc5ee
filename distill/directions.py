"""Directions through the latent space: principal ones, and ones named after what they change.

It does not know models, sounds or sliders: what a latent sounds like is told by a function
`listen(latents) -> {descriptor: value of each}` that the caller brings.

Steps along a direction count in standard deviations: adding `vector` once moves a latent by one
standard deviation of the data in that direction (one Mahalanobis unit).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from distill.errors import LatentError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Listen = Callable[[Floats], Mapping[str, Doubles]]

PRINCIPAL = 16
ACTIVE_SCALE = (
    0.1  # posterior means that vary less carry nothing (Burda et al., 2016: variance 0.01)
)
RIDGE = 1e-3
POSITIONS = 9


@dataclass(frozen=True)
class Direction:
    """A straight way through the latent space.

    Attributes:
        name: of the descriptor that it moves, or "PC 1", "PC 2" ...
        kind: "named" or "principal".
        vector: float32 [latent]; adding it is a step of +1 standard deviation.
        share: of the variance of the latents; NaN for named directions.
        rho: mean Spearman correlation of position and descriptor; NaN where unmeasured.
        leakage: largest absolute such correlation with another descriptor; NaN where unmeasured.
        low: safe range of steps, in standard deviations.
        high: its upper end.
    """

    name: str
    kind: Literal["named", "principal"]
    vector: Floats
    share: float = math.nan
    rho: float = math.nan
    leakage: float = math.nan
    low: float = -3.0
    high: float = 3.0

    def steps(self, positions: int = POSITIONS) -> Floats:
        """Offsets over the safe range, float32 [position, latent]."""
        along = np.linspace(self.low, self.high, positions)
        return np.asarray(along[:, None] * self.vector, np.float32)


@dataclass(frozen=True)
class Directions:
    """What is known about a latent space, to be kept beside its model.

    Attributes:
        mean: of the latents, float32 [latent].
        scale: their standard deviation in each dimension, float32 [latent].
        active: bool [latent]; what a collapsed dimension holds cannot be heard.
        principal: by falling share of variance.
        named: each moves its descriptor and leaves the others.
    """

    mean: Floats
    scale: Floats
    active: NDArray[np.bool_]
    principal: tuple[Direction, ...] = ()
    named: tuple[Direction, ...] = ()

    @classmethod
    def plain(cls, latent_size: int) -> Self:
        """Describe a latent space of which nothing is known: the VAE's prior, all active."""
        ones = np.ones(latent_size, np.float32)
        return cls(np.zeros(latent_size, np.float32), ones, ones.astype(bool))

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, numbers and strings; unmeasured numbers are null."""
        return {
            "mean": _rounded(self.mean),
            "scale": _rounded(self.scale),
            "active": self.active.tolist(),
            "principal": [_direction_to_json(direction) for direction in self.principal],
            "named": [_direction_to_json(direction) for direction in self.named],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Rebuild from `to_json()`.

        Raises:
            KeyError, TypeError, ValueError: what is stored is no such thing.
        """
        return cls(
            np.array(stored["mean"], np.float32),
            np.array(stored["scale"], np.float32),
            np.array(stored["active"], bool),
            tuple(_direction_from_json(one, "principal") for one in stored["principal"]),
            tuple(_direction_from_json(one, "named") for one in stored["named"]),
        )


@dataclass(frozen=True)
class Measure:
    """What moving along a direction does to every descriptor.

    Attributes:
        rho: for each descriptor the mean, over the starts, of the Spearman correlation between
            position and value; NaN where hardly any start has a value.
    """

    rho: dict[str, float]

    def leakage(self, name: str) -> float:
        """Largest absolute correlation with any descriptor but the named one."""
        others = [abs(rho) for other, rho in self.rho.items() if other != name]
        return float(np.nanmax(others)) if others else math.nan


def fit_directions(
    latents: Floats, descriptors: Mapping[str, NDArray[Any]] | None = None
) -> Directions:
    """Fit principal directions, and a named one for each descriptor.

    Args:
        latents: float32 [sound, latent].
        descriptors: values [sound] by name; NaN where a sound has none.

    Raises:
        LatentError: fewer than two latents, or some not finite.
    """
    latents = _checked(latents)
    scale = latents.std(axis=0)
    return Directions(
        latents.mean(axis=0),
        scale,
        scale > ACTIVE_SCALE,
        fit_principal(latents),
        fit_named(latents, descriptors) if descriptors else (),
    )


def fit_principal(latents: Floats, count: int = PRINCIPAL) -> tuple[Direction, ...]:
    """Fit the first principal components of latents [sound, latent].

    The safe range goes from the 1st to the 99th percentile of the data along the direction. The
    largest number of each vector is positive, so that a fit can be repeated.
    """
    latents = _checked(latents)
    centred = (latents - latents.mean(axis=0)).astype(np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    variances, axes = np.maximum(variances[::-1], 0), axes[:, ::-1].T
    count = min(count, int((variances > 1e-12 * variances[0]).sum()))
    found = []
    for index, (variance, unsigned) in enumerate(zip(variances[:count], axes, strict=False)):
        axis = unsigned * np.sign(unsigned[np.argmax(np.abs(unsigned))])
        along = centred @ axis / np.sqrt(variance)
        direction = Direction(
            name=f"PC {index + 1}",
            kind="principal",
            vector=np.asarray(axis * np.sqrt(variance), np.float32),
            share=float(variance / variances.sum()),
            low=float(np.percentile(along, 1)),
            high=float(np.percentile(along, 99)),
        )
        found.append(direction)
    return tuple(found)


def fit_named(latents: Floats, descriptors: Mapping[str, NDArray[Any]]) -> tuple[Direction, ...]:
    """Fit, for each descriptor, a direction that moves it and leaves the others.

    Ridge regression predicts each descriptor (its normal scores, which bends away outliers and
    units) from the latents: slopes w. Of all directions along which the prediction of one rises
    and those of the others stay, the shortest in Mahalanobis distance is taken, the one that
    leaves the data last: with S the covariance and W all slopes, a column of S W (W' S W)^-1.

    Args:
        latents: float32 [sound, latent].
        descriptors: values [sound] by name; NaN where a sound has none.
    """
    latents = _checked(latents)
    scores = {name: _normal_scores(np.asarray(values)) for name, values in descriptors.items()}
    slopes = [_ridge(latents, score) for score in scores.values()]
    return separate(latents, dict(zip(scores, slopes, strict=True)))


def listen_for_named(
    latents: Floats, listen: Listen, *, pairs: int = 2000, step: float = 0.5, seed: int = 0
) -> tuple[Direction, ...]:
    """Fit named directions to what the decoder does rather than to what the encoder saw.

    Where decoding is far from linear, regression over the data finds what *goes with* a
    descriptor, not what *makes* it. Here sounds are moved both ways by random offsets drawn like
    the data, and the change of each descriptor is regressed on the offset: central finite
    differences, averaged over starts.

    Args:
        latents: float32 [sound, latent]; starts are drawn from them.
        listen: latents to descriptors; called with `2 * pairs` latents.
        pairs: how many offsets.
        step: length of an offset, in standard deviations of the data in every direction.
        seed: of starts and offsets.
    """
    latents = _checked(latents)
    rng = np.random.default_rng(seed)
    starts = latents[rng.integers(len(latents), size=pairs)]
    first, second = (latents[rng.integers(len(latents), size=pairs)] for _ in range(2))
    offsets = (first - second) * np.float32(step / np.sqrt(2))
    low, high = listen(starts - offsets), listen(starts + offsets)
    slopes = {}
    for name in low:
        slopes[name] = _ridge(2 * offsets, _normal_scores(high[name] - low[name]), centre=False)
    return separate(latents, slopes)


def separate(latents: Floats, slopes: Mapping[str, Doubles]) -> tuple[Direction, ...]:
    """Turn slopes of descriptors into directions along which only one of them moves each.

    Args:
        latents: float32 [sound, latent]: the data, for its covariance.
        slopes: gradient [latent] of each descriptor.
    """
    covariance = np.atleast_2d(np.cov(latents.T.astype(np.float64)))
    weights = np.stack(list(slopes.values()), axis=1)
    spread = covariance @ weights
    moved = weights.T @ spread
    vectors = (spread @ np.linalg.pinv(moved, hermitian=True)).T
    return tuple(
        _named(name, vector, latents, covariance)
        for name, vector in zip(slopes, vectors, strict=True)
    )


def measure(
    direction: Direction, listen: Listen, starts: Floats, positions: int = POSITIONS
) -> Measure:
    """Measure what moving along a direction does, from each start over its safe range.

    Args:
        direction: what to measure.
        listen: latents to descriptors.
        starts: float32 [start, latent]; at least 50 for figures to be quoted.
        positions: how many a start.
    """
    offsets = direction.steps(positions)
    walk = (starts[:, None] + offsets).reshape(-1, starts.shape[1])
    heard = listen(walk.astype(np.float32))
    shape = (len(starts), positions)
    return Measure({name: mean_rank_correlation(v.reshape(shape)) for name, v in heard.items()})


def measured(direction: Direction, listen: Listen, starts: Floats) -> Direction:
    """Return a named direction with its rho and leakage filled in, turned so that rho >= 0."""
    result = measure(direction, listen, starts)
    rho = result.rho[direction.name]
    if rho < 0:
        direction = replace(
            direction, vector=-direction.vector, low=-direction.high, high=-direction.low
        )
    return replace(direction, rho=abs(rho), leakage=result.leakage(direction.name))


def mean_rank_correlation(values: Doubles) -> float:
    """Mean, over rows, of the Spearman correlation between position and value.

    Args:
        values: [start, position]; positions without a value (NaN) are left out, and so are starts
            with fewer than half of them. A value that never moves correlates by 0.

    Returns:
        A number in [-1, 1], NaN where no start is left.
    """
    rows = [_rank_correlation(row) for row in values if np.isfinite(row).sum() > row.size / 2]
    return float(np.mean(rows)) if rows else math.nan


def _rank_correlation(row: Doubles) -> float:
    kept = np.isfinite(row)
    ranks, positions = rankdata(row[kept]), np.flatnonzero(kept).astype(np.float64)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, rankdata(positions))[0, 1])


def _named(name: str, vector: Doubles, latents: Floats, covariance: Doubles) -> Direction:
    """Scale a vector to one Mahalanobis unit and find the data's range along it."""
    inverse = np.linalg.pinv(covariance, hermitian=True)
    dual = inverse @ vector
    length = math.sqrt(max(float(vector @ dual), np.finfo(float).tiny))
    along = (latents - latents.mean(axis=0)) @ dual / length
    return Direction(
        name=name,
        kind="named",
        vector=np.asarray(vector / length, np.float32),
        low=float(np.percentile(along, 1)),
        high=float(np.percentile(along, 99)),
    )


def _ridge(latents: Floats, target: Doubles, *, centre: bool = True) -> Doubles:
    """Slopes [latent] of a target [sound] on latents, over the sounds that have one."""
    known = np.isfinite(target)
    if known.sum() < 2:
        return np.zeros(latents.shape[1])
    inputs, outputs = latents[known].astype(np.float64), target[known]
    if centre:
        inputs, outputs = inputs - inputs.mean(axis=0), outputs - outputs.mean()
    gram = inputs.T @ inputs
    gram[np.diag_indices_from(gram)] += RIDGE * max(np.trace(gram) / len(gram), 1e-12)
    return np.asarray(np.linalg.solve(gram, inputs.T @ outputs))


def _normal_scores(values: Doubles) -> Doubles:
    """Replace values by the normal quantiles of their ranks; NaN stays NaN."""
    known = np.isfinite(values)
    scores = np.full(len(values), np.nan)
    scores[known] = ndtri((rankdata(values[known]) - 0.5) / max(known.sum(), 1))
    return scores


def _checked(latents: Floats) -> Floats:
    latents = np.asarray(latents, np.float32)
    if latents.ndim != 2 or len(latents) < 2 or not np.isfinite(latents).all():
        raise LatentError(
            f"Directions need at least two finite latents [sound, latent], not {latents.shape}."
        )
    return latents


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]


def _direction_to_json(direction: Direction) -> dict[str, Any]:
    stored = asdict(direction) | {"vector": _rounded(direction.vector)}
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in stored.items()
    }


def _direction_from_json(
    stored: Mapping[str, Any], kind: Literal["named", "principal"]
) -> Direction:
    numbers = {
        key: math.nan if stored[key] is None else float(stored[key])
        for key in ("share", "rho", "leakage", "low", "high")
    }
    return Direction(str(stored["name"]), kind, np.array(stored["vector"], np.float32), **numbers)
