"""Losses of the VAE, as pure functions of tensors.

Knows the channels' ranges, but no network, no optimiser and no schedule's clock.

Every error is a mean over one example, so a batch gives a vector. `balanced` turns errors of
different scales into one number without hand-set weights: the negative log-likelihood of a
Gaussian whose variance is the error itself ("sigma-VAE", Rybkin, Daniilidis and Levine, 2021).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from distill.ear import Ear
from distill.levels import to_energy, to_magnitude
from distill.models.vae import Output, Posterior

Channel = Float[Tensor, "batch mel frame"]
PerExample = Float[Tensor, " batch"]


@dataclass(frozen=True)
class LossConfig:
    """What counts how much.

    Each tolerance is the variance under which an error no longer matters to the ear; it keeps
    easy examples from drawing all attention. Weights are shares of the log-likelihood.

    Attributes:
        magnitude_weight: of the log-magnitude error, in every cell alike.
        peak_weight: of the compressed-amplitude error, where loud partials rule.
        frequency_weight: of the IF error, counted where there are partials.
        loudness_weight: of the error of each frame's level.
        likeness_weight: of what is unlike to the ear, in wide bands and long windows.
        low_band_weight: most that a low band counts in the errors of peaks and of IF, where the
            narrowest counts 1; pitch alone would have it 470 in the lowest.
        magnitude_tolerance: variance in the magnitude channel, unit 80 dB squared.
        peak_tolerance: share of the example's compressed energy.
        frequency_tolerance: variance in the IF channel, unit half a band squared.
        loudness_tolerance: variance of a frame's level, unit 80 dB squared.
        likeness_tolerance: share of the neurogram similarity.
        kl_weight: beta; 1 would be the evidence lower bound of one channel.
        free_nats: KL a latent dimension may hold at no cost, in nats.
        kl_warmup_steps: steps over which beta rises from 0.
        range_db: decibels of one unit of magnitude; the spectrogram's.
    """

    magnitude_weight: float = 1.0
    peak_weight: float = 0.5
    frequency_weight: float = 1.0
    loudness_weight: float = 0.1
    likeness_weight: float = 3.0
    low_band_weight: float = 9.0
    magnitude_tolerance: float = 1e-3
    peak_tolerance: float = 3e-3
    frequency_tolerance: float = 1e-2
    loudness_tolerance: float = 1e-5
    likeness_tolerance: float = 2e-2
    kl_weight: float = 0.5
    free_nats: float = 0.05
    kl_warmup_steps: int = 1000
    range_db: float = 80.0


def magnitude_error(result: Channel, target: Channel) -> PerExample:
    """Mean squared error of the magnitude channel, every cell alike."""
    return (result - target).square().mean(dim=(1, 2))


def compressed(magnitude: Channel, range_db: float) -> Channel:
    """Square root of the amplitude: between what a sum of partials and what the ear weighs."""
    return torch.exp((magnitude - 1) * (range_db / 40 * math.log(10)))


def peak_error(
    result: Channel, target: Channel, band_weight: Float[Tensor, " mel"], range_db: float
) -> PerExample:
    """Squared error of the compressed amplitude over the target's own compressed energy.

    Log magnitude treats the noise between partials like the partials; this one hears the peaks,
    where pitch and level live, and by band: a low pitch is lost first, for its partials lie two
    bands apart.
    """
    weight, wanted = band_weight[:, None], compressed(target, range_db)
    error = weight * (compressed(result.clamp(max=1.5), range_db) - wanted).square()
    return error.sum(dim=(1, 2)) / ((weight * wanted.square()).sum(dim=(1, 2)) + 1.0)


def frequency_error(
    result: Channel,
    target: Channel,
    magnitude: Channel,
    band_weight: Float[Tensor, " mel"],
    range_db: float,
) -> PerExample:
    """Mean squared error of the IF channel where there is something to hear.

    Weighted by the target's compressed amplitude, so that partials count and the noise between
    them does not, and by band: half a band is 250 cents at 200 Hz but 56 cents above 1 kHz.
    """
    weight = compressed(magnitude, range_db) * band_weight[:, None]
    total = (weight * (result - target).square()).sum(dim=(1, 2))
    return total / (weight.sum(dim=(1, 2)) + 1.0)


def frame_level(magnitude: Channel, range_db: float) -> Float[Tensor, "batch frame"]:
    """Level of each frame over all bands, 0 at the floor, 1 at full scale."""
    return to_magnitude(to_energy(magnitude, range_db).sum(dim=1), range_db)


def loudness_error(result: Channel, target: Channel, range_db: float) -> PerExample:
    """Squared error of the frames' levels, weighted by the target's level squared."""
    wanted = frame_level(target, range_db)
    weight = wanted.clamp(min=0).square()
    error = (frame_level(result.clamp(max=1.5), range_db) - wanted).square()
    return (weight * error).sum(dim=1) / (weight.sum(dim=1) + 1e-3)


def unlikeness(result: Channel, target: Channel, ear: Ear, range_db: float) -> PerExample:
    """What lacks for the ear to hear the two alike: 0 for the same, about 1 for strangers."""
    return 1 - ear.similarity(result.clamp(max=1.5), target, range_db)


def balanced(error: PerExample, tolerance: float) -> PerExample:
    """Half the log of the error's variance, never under the tolerance: scale-free."""
    return 0.5 * torch.log(error + tolerance)


def kl_per_dimension(posterior: Posterior) -> Float[Tensor, "batch latent"]:
    """KL divergence from the standard normal to each dimension's posterior, in nats, >= 0."""
    mean, log_variance = posterior
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def kl_divergence(posterior: Posterior, free_nats: float = 0.0) -> PerExample:
    """KL in nats, summed over dimensions; each is charged only beyond its free nats.

    Free bits after Kingma et al., "Improved variational inference with inverse autoregressive
    flow" (2016): averaged over the batch first, so that a dimension may idle on some sounds.
    """
    each = kl_per_dimension(posterior)
    excess = (each.mean(dim=0) - free_nats).clamp(min=0) / each.mean(dim=0).clamp(min=1e-6)
    return (each * excess).sum(dim=1)


def warmup(step: int, steps: int) -> float:
    """Rises from 0 to 1 over the first steps and stays there."""
    return 1.0 if steps <= 0 else min(1.0, step / steps)


@dataclass(frozen=True)
class Losses:
    """The objective and its parts, [batch] or their means; still differentiable."""

    total: Float[Tensor, "*batch"]
    magnitude: Float[Tensor, "*batch"]
    peak: Float[Tensor, "*batch"]
    frequency: Float[Tensor, "*batch"]
    loudness: Float[Tensor, "*batch"]
    unlikeness: Float[Tensor, "*batch"]
    kl: Float[Tensor, "*batch"]

    def mean(self) -> "Losses":
        """Over the batch."""
        return Losses(**{each.name: getattr(self, each.name).mean() for each in fields(self)})

    @staticmethod
    def joined(parts: Sequence["Losses"]) -> "Losses":
        """Those of several batches as of one."""
        names = [each.name for each in fields(Losses)]
        return Losses(**{name: torch.cat([getattr(p, name) for p in parts]) for name in names})


def vae_losses(
    output: Output,
    target: Float[Tensor, "batch 2 mel frame"],
    ear: Ear,
    config: LossConfig,
    step: int = 0,
) -> Losses:
    """The training objective of each example, in nats per cell of a channel, and its parts.

    Args:
        output: what the network made of the target.
        target: magnitude and IF.
        ear: what it hears, the errors are weighed by.
        config: weights and tolerances.
        step: training steps done, for the KL warm-up.
    """
    result = output.channels.float()
    (got, got_if), (want, want_if) = result.unbind(1), target.float().unbind(1)
    magnitude = magnitude_error(got, want)
    band_weight = ear.pitch_weight.clamp(max=config.low_band_weight)
    peak = peak_error(got, want, band_weight, config.range_db)
    frequency = frequency_error(got_if, want_if, want, band_weight, config.range_db)
    loudness = loudness_error(got, want, config.range_db)
    unlike = unlikeness(got, want, ear, config.range_db)
    posterior = Posterior(output.posterior.mean.float(), output.posterior.log_variance.float())
    kl = kl_divergence(posterior, config.free_nats)
    beta = config.kl_weight * warmup(step, config.kl_warmup_steps)
    objective = (
        config.magnitude_weight * balanced(magnitude, config.magnitude_tolerance)
        + config.peak_weight * balanced(peak, config.peak_tolerance)
        + config.frequency_weight * balanced(frequency, config.frequency_tolerance)
        + config.loudness_weight * balanced(loudness, config.loudness_tolerance)
        + config.likeness_weight * balanced(unlike, config.likeness_tolerance)
        + beta * kl / want[0].numel()
    )
    return Losses(objective, magnitude, peak, frequency, loudness, unlike, kl)
