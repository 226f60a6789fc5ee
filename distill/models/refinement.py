"""Sharpen an encoder's answer: a few gradient steps on the latent, through the decoder.

Knows the network and its losses. The encoder answers for all sounds with one set of weights, and
the gap this leaves (Cremer, Li and Duvenaud, "Inference suboptimality in variational autoencoders",
2018) is closed for the sound at hand, starting from the encoder's mean ("semi-amortised" inference,
Kim et al., 2018). The prior stays in the objective, so a latent does not run off the data.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from distill.models.losses import LossConfig, vae_loss
from distill.models.vae import ConvVAE, Output, Posterior


@dataclass(frozen=True)
class RefinementConfig:
    """How far to go, and by which measure.

    Attributes:
        steps: gradient steps.
        rate: largest move of a latent dimension in one step, in standard deviations of the prior.
        losses: the training's objective, leaning towards what listeners miss first: pitch.
    """

    steps: int = 20
    rate: float = 0.12
    losses: LossConfig = field(
        default_factory=lambda: LossConfig(frequency_weight=4.0, peak_weight=1.0, free_nats=0.0)
    )


def refine(
    network: ConvVAE,
    channels: Float[Tensor, "batch 2 mel frame"],
    mean: Float[Tensor, "batch latent"],
    band_weight: Float[Tensor, " mel"],
    config: RefinementConfig,
) -> Float[Tensor, "batch latent"]:
    """Latents from which the decoder comes closer to the channels than from the encoder's means.

    Args:
        network: in evaluation mode; its weights are not touched.
        channels: magnitude and IF of the sounds.
        mean: the encoder's posterior means, where the search starts.
        band_weight: what an IF error costs in each band.
        config: steps and their size, which falls to nothing along a cosine.
    """
    latent = mean.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([latent], config.rate, betas=(0.8, 0.95))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(1, config.steps))
    losses, still = config.losses, torch.zeros_like(mean)
    for _ in range(config.steps):
        output = Output(network.decode(latent), Posterior(latent, still))
        parts = vae_loss(output, channels, band_weight, losses, losses.kl_warmup_steps)
        optimizer.zero_grad()
        # The mean over the batch would make a clip's steps depend on its neighbours' number.
        latent.grad = torch.autograd.grad(parts.total * len(latent), latent)[0]
        optimizer.step()
        schedule.step()
    return latent.detach()
