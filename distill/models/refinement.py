"""Sharpen an encoder's answer: a few quasi-Newton steps on the latent, through the decoder.

Knows the network and its losses. The encoder answers for all sounds with one set of weights, and
the gap this leaves (Cremer, Li and Duvenaud, "Inference suboptimality in variational autoencoders",
2018) is closed for the sound at hand, starting from the encoder's mean ("semi-amortised" inference,
Kim et al., 2018). The prior stays in the objective, so a latent does not run off the data.

The steps are L-BFGS (Nocedal, "Updating quasi-Newton matrices with limited storage", 1980), each
example by itself. Nearly all the time goes into the decoder's gradient, so there is no line search:
a step that made things worse is taken back and tried again shorter. And the search is made where
the decoder's first layer turns equal steps into equal changes: the objective is rounder there, and
30 gradients reach what takes more than 60 along the latent's own axes (24 clips).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from distill.ear import Ear
from distill.models.losses import LossConfig, vae_losses
from distill.models.vae import ConvVAE, Output, Posterior

Latent = Float[Tensor, "batch latent"]
Column = Float[Tensor, "batch 1"]

FLAT = 1e-10
"""A pair of less curvature tells nothing."""
EVEN_SHARE = 0.05
"""Of the mean squared stretch of the decoder's first layer, what every direction is given more."""


@dataclass(frozen=True)
class RefinementConfig:
    """How far to go, and by which measure.

    Attributes:
        steps: gradients taken through the decoder.
        first: length of the first step, on average in standard deviations of the prior.
        shrink: what is left of a step that made things worse.
        losses: the training's objective, leaning towards what listeners miss first: pitch,
            and whether it is alike at all.
    """

    steps: int = 30
    first: float = 1.0
    shrink: float = 0.25
    losses: LossConfig = field(
        default_factory=lambda: LossConfig(
            peak_weight=2.0,
            frequency_weight=8.0,
            likeness_weight=11.0,
            low_band_weight=30.0,
            likeness_tolerance=1e-2,
            free_nats=0.0,
        )
    )


class Pair(NamedTuple):
    """A step, how the gradient changed along it, and 1 over their product (0: not to be used)."""

    step: Latent
    change: Latent
    weight: Column


def refine(
    network: ConvVAE,
    channels: Float[Tensor, "batch 2 mel frame"],
    mean: Float[Tensor, "batch latent"],
    ear: Ear,
    config: RefinementConfig,
) -> Float[Tensor, "batch latent"]:
    """Latents from which the decoder comes closer to the channels than from the encoder's means.

    Args:
        network: in evaluation mode; its weights are not touched.
        channels: magnitude and IF of the sounds.
        mean: the encoder's posterior means, where the search starts.
        ear: what it hears, the errors are weighed by.
        config: steps and their size.
    """

    def slope(moved: Latent) -> tuple[Column, Latent]:
        """The objective of each example and its gradient."""
        moved = moved.detach().requires_grad_()
        latent = mean + moved @ even
        output = Output(network.decode(latent), Posterior(latent, torch.zeros_like(latent)))
        losses, warm = config.losses, config.losses.kl_warmup_steps
        value = vae_losses(output, channels, ear, losses, warm).total
        return value.detach()[:, None], torch.autograd.grad(value.sum(), moved)[0]

    if config.steps < 1:
        return mean
    even, moved = _even_steps(network.decoder.expand.weight), torch.zeros_like(mean)
    value, gradient = slope(moved)
    step, pairs = -config.first * F.normalize(gradient), list[Pair]()
    for _ in range(config.steps - 1):
        reached, there = slope(moved + step)
        better = reached < value
        pairs.append(_pair(step, there - gradient, better))
        moved = torch.where(better, moved + step, moved)
        value = torch.where(better, reached, value)
        gradient = torch.where(better, there, gradient)
        step = torch.where(better, -_newton(gradient, pairs, config.first), config.shrink * step)
    return mean + moved @ even


def _even_steps(
    weight: Float[Tensor, "feature latent"],
) -> Float[Tensor, "latent latent"]:
    """Rows: steps of the latent that this layer turns into changes at right angles, all as long."""
    weight = weight.detach()
    gram = weight.mT @ weight
    gram = gram / gram.diagonal().mean()
    gram.diagonal().add_(EVEN_SHARE)
    basis: Tensor = torch.linalg.inv(torch.linalg.cholesky(gram))
    return basis


def _pair(step: Latent, change: Latent, better: Tensor) -> Pair:
    curvature = _dot(step, change)
    usable = better & (curvature > FLAT)
    return Pair(step, change, usable / curvature.where(usable, torch.ones_like(curvature)))


def _newton(gradient: Latent, pairs: Sequence[Pair], first: float) -> Latent:
    """The inverse Hessian that the pairs tell, times the gradient: Nocedal's two loops."""
    shares, scale = [], first / gradient.norm(dim=1, keepdim=True).clamp(min=FLAT)
    for _, change, weight in pairs:  # the last usable pair sets the scale
        scale = torch.where(weight > 0, 1 / (weight * _dot(change, change)).clamp(min=FLAT), scale)
    for step, change, weight in reversed(pairs):
        shares.append(weight * _dot(step, gradient))
        gradient = gradient - shares[-1] * change
    result: Tensor = scale * gradient
    for step, change, weight in pairs:
        result = result + step * (shares.pop() - weight * _dot(change, result))
    return result


def _dot(one: Latent, other: Latent) -> Column:
    return (one * other).sum(dim=1, keepdim=True)
