"""Named directions: what to add to a latent so that one descriptor moves and the others stay.

It does not know models, sounds or what a descriptor is: it is told the slopes of each descriptor,
its gradients at many latents, and looks for the way that climbs almost everywhere.

The slopes of a decoder differ from place to place, so the mean slope is a poor guide: a few steep
places outvote all others. What a slider needs is the sign. With g_d(i) the slope of descriptor d
at place i, and u a step of one standard deviation of the data,

    agreement_d(u) = mean over places i of tanh(g_d(i) . u / softness)

is near 1 where d rises from nearly every place, and near 0 where it rises as often as it falls.
The direction named after d maximises its own agreement while all others stay within a slack.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from distill.directions import Direction
from distill.errors import LatentError

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SLACK = 0.1
"""How far the agreement of another descriptor may lie from 0, either way."""
SOFTNESS = (1.0, 0.3, 0.1, 0.06)
"""Of the sign, in typical slopes; falling, so that the search starts on a smooth hill."""
ROUNDS = 60
RANGE_PERCENTILES = (1, 99)


def steer(
    latents: Floats, slopes: Mapping[str, NDArray[np.floating]], *, slack: float = SLACK
) -> tuple[Direction, ...]:
    """Find a named direction for each descriptor.

    Args:
        latents: float32 [sound, latent]: the data, whose standard deviations steps count in.
        slopes: gradient of each descriptor at the same places, [place, latent], in any unit;
            a place at which one is not finite is left out.
        slack: see `SLACK`.

    Returns:
        Directions of kind "named", unmeasured; their safe range spans the data's 1st to 99th
        percentile along them.

    Raises:
        LatentError: no place has the slope of every descriptor.
    """
    root, inverse = _roots(latents)
    scaled = _scaled(slopes, root)
    found = []
    for index, name in enumerate(slopes):
        step = _climb(scaled, index, slack)
        along = (latents - latents.mean(axis=0)).astype(np.float64) @ inverse @ step
        low, high = np.percentile(along, RANGE_PERCENTILES)
        vector = np.asarray(root @ step, np.float32)
        found.append(Direction(name, "named", vector, low=float(low), high=float(high)))
    return tuple(found)


def agreement(scaled: Doubles, step: Doubles, softness: float) -> tuple[Doubles, Doubles]:
    """How surely each descriptor rises along a step, and the gradient of that.

    Args:
        scaled: slopes [descriptor, place, latent].
        step: [latent].
        softness: below this a slope does not count as rising or falling.

    Returns:
        Agreement [descriptor] in [-1, 1] and its gradient [descriptor, latent].
    """
    signs = np.tanh(scaled @ step / softness)
    bend = (1 - signs**2) / (softness * scaled.shape[1])
    return signs.mean(axis=1), np.einsum("dp,dpl->dl", bend, scaled)


def _climb(scaled: Doubles, index: int, slack: float) -> Doubles:
    """Step of length 1 along which one descriptor rises most surely, [latent].

    The search starts where the mean slopes of all others are zero.
    """
    lengths = np.linalg.norm(scaled, axis=2, keepdims=True)
    means = (scaled / np.maximum(lengths, 1e-6)).mean(axis=1)
    step = np.linalg.pinv(means)[:, index]
    for softness in SOFTNESS:
        step = step / np.linalg.norm(step)
        step = _maximised(scaled, index, slack, softness, step)
    return np.asarray(step / np.linalg.norm(step))


def _maximised(
    scaled: Doubles, index: int, slack: float, softness: float, start: Doubles
) -> Doubles:
    """Sequential quadratic programming from a start (Kraft, 1988)."""
    others = np.arange(len(scaled)) != index

    def fall(step: Doubles) -> tuple[float, Doubles]:
        surely, gradient = agreement(scaled[index : index + 1], step, softness)
        return -float(surely[0]), -gradient[0]

    def room(step: Doubles) -> Doubles:
        surely, _ = agreement(scaled[others], step, softness)
        return np.concatenate([[1 - step @ step], slack - surely, slack + surely])

    def room_gradient(step: Doubles) -> Doubles:
        _, gradient = agreement(scaled[others], step, softness)
        return np.concatenate([[-2 * step], -gradient, gradient])

    limits = {"type": "ineq", "fun": room, "jac": room_gradient}
    result = minimize(
        fall, start, jac=True, method="SLSQP", constraints=limits, options={"maxiter": ROUNDS}
    )
    found = np.asarray(result.x)
    lost = not np.isfinite(found).all() or room(found).min() < -slack / 4
    return start if lost else found


def _scaled(slopes: Mapping[str, NDArray[np.floating]], root: Doubles) -> Doubles:
    """Slopes per standard deviation [descriptor, place, latent], of typical length 1 each."""
    stacked = np.stack([np.asarray(each, np.float64) for each in slopes.values()])
    known = np.isfinite(stacked).all(axis=(0, 2))
    if not known.any():
        raise LatentError("No latent has slopes of every descriptor, so none can be told apart.")
    scaled = stacked[:, known] @ root
    typical = np.median(np.linalg.norm(scaled, axis=2), axis=1)
    return np.asarray(scaled / np.maximum(typical, np.finfo(float).tiny)[:, None, None])


def _roots(latents: Floats) -> tuple[Doubles, Doubles]:
    """Symmetric square root of the data's covariance, and its pseudo-inverse."""
    covariance = np.atleast_2d(np.cov(latents.T.astype(np.float64)))
    variances, axes = np.linalg.eigh(covariance)
    deviations = np.sqrt(np.maximum(variances, 0))
    kept = deviations > 1e-6 * deviations[-1]
    inverse = np.where(kept, 1 / np.where(kept, deviations, 1), 0)
    return (axes * deviations) @ axes.T, (axes * inverse) @ axes.T
