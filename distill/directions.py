"""Directions through the latent space: principal ones, and ones named after what they change.

It does not know models, sounds or sliders, nor how a named direction is found (`steering`). What
a latent sounds like is told by a function `listen(latents) -> {descriptor: value of each}` that
the caller brings.

Steps along a direction count in standard deviations: adding `vector` once moves a latent by one
standard deviation of the data in that direction (one Mahalanobis unit).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from distill.errors import LatentError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Listen = Callable[[Floats], Mapping[str, Doubles]]

PRINCIPAL = 16
ACTIVE_SCALE = (
    0.1  # posterior means that vary less carry nothing (Burda et al., 2016: variance 0.01)
)
POSITIONS = 9
EDGE_PERCENTILE = 99
GAUSSIAN_MARGIN = 1.645  # 99 % of draws in n dimensions lie within about sqrt(n) + 1.645
LEAST_SCALE = 1e-3  # of a dimension: a collapsed one would make every distance infinite


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
        edge: distance from the mean, in standard deviations of each dimension, within which 99 %
            of real sounds lie; None where nobody measured it.
    """

    mean: Floats
    scale: Floats
    active: NDArray[np.bool_]
    principal: tuple[Direction, ...] = ()
    named: tuple[Direction, ...] = ()
    edge: float | None = None

    @classmethod
    def plain(cls, latent_size: int) -> Self:
        """Describe a latent space of which nothing is known: the VAE's prior, all active."""
        ones = np.ones(latent_size, np.float32)
        return cls(np.zeros(latent_size, np.float32), ones, ones.astype(bool))

    def remoteness(self, latents: Floats) -> Doubles:
        """How far latents [sound, latent] lie from the data: 0 at its mean, 1 at its edge.

        The Mahalanobis distance with one variance a dimension, over the `edge`: of real
        sounds, 99 % lie within 1. Where no edge was measured, that of as
        many independent Gaussians stands for it.
        """
        edge = self.edge or math.sqrt(len(self.mean)) + GAUSSIAN_MARGIN
        return _distances(latents, self.mean, self.scale) / edge

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, numbers and strings; unmeasured numbers are null."""
        return {
            "mean": _rounded(self.mean),
            "scale": _rounded(self.scale),
            "active": self.active.tolist(),
            "principal": [_direction_to_json(direction) for direction in self.principal],
            "named": [_direction_to_json(direction) for direction in self.named],
            "edge": self.edge,
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
            None if stored.get("edge") is None else float(stored["edge"]),
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


def fit_directions(latents: Floats) -> Directions:
    """Fit what latents alone tell: mean, scale, edge and principal directions.

    Args:
        latents: float32 [sound, latent].

    Raises:
        LatentError: fewer than two latents, or some not finite.
    """
    latents = _checked(latents)
    mean, scale = latents.mean(axis=0), latents.std(axis=0)
    edge = float(np.percentile(_distances(latents, mean, scale), EDGE_PERCENTILE))
    return Directions(mean, scale, scale > ACTIVE_SCALE, fit_principal(latents), edge=edge)


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
    from scipy.stats import rankdata  # noqa: PLC0415 - half a second, and no page ranks anything

    ranks, positions = rankdata(row[kept]), np.flatnonzero(kept).astype(np.float64)
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, rankdata(positions))[0, 1])


def _checked(latents: Floats) -> Floats:
    latents = np.asarray(latents, np.float32)
    if latents.ndim != 2 or len(latents) < 2 or not np.isfinite(latents).all():
        raise LatentError(
            f"Directions need at least two finite latents [sound, latent], not {latents.shape}."
        )
    return latents


def _distances(latents: Floats, mean: Floats, scale: Floats) -> Doubles:
    """Mahalanobis distances [sound] from the mean, with one variance a dimension."""
    away = (latents.astype(np.float64) - mean) / np.maximum(scale, LEAST_SCALE)
    return np.asarray(np.linalg.norm(away, axis=1))


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
