"""How descriptors change with the latent: gradients through the decoder.

The descriptors of `distill.descriptors` are measured on audio and cannot be differentiated. Here
are likenesses of them on decoded channels: smooth, and alike in rank (over 160 decoded points of
the map Spearman's rho was 0.98 to 1.00 for brightness, warmth, richness and length, and 0.91 for
noisiness). They only show the way; what is quoted is measured on audio.

Four descriptors have no likeness, so no slider. Attack: no vector was found that slows nearly all
attacks (it shortened those of long swells). Swell: what lengthens a sound brings its energy later,
so that length moved it (rho 0.73) wherever both had a slider. Loudness: length moves less surely
where loudness must stay. Pitch: no vector was found at all.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from distill.checkpoint import load_checkpoint
from distill.descriptors import FLOOR, PRESENT, WARM_BELOW
from distill.spectrogram import SpectrogramConfig, mel_edges, mel_filterbank

BATCH = 16
FLAT_BANDS = 9
"""Over so many neighbouring bands a noise is flat and a tone is not."""
TONAL_BINS = 0.35
"""Bands whose frequencies are no further apart than about this hold the same partial."""


class Likenesses:
    """Descriptors of channels, differentiable.

    Args:
        config: what the channels mean.
    """

    def __init__(self, config: SpectrogramConfig) -> None:
        edges = mel_edges(config).float()
        self.config = config
        self.hertz = edges[1:-1]
        self.half_width = ((edges[2:] - edges[:-2]) / 2).clamp(min=config.bin_hz)
        self.bins = mel_filterbank(config).sum(dim=1)

    def __call__(self, channels: Tensor) -> dict[str, Tensor]:
        """Descriptors [clip] of channels [clip, 2, mel, frame], on scales of even steps."""
        magnitude, position = channels.unbind(1)
        energy = 10 ** (self.config.range_db / 10 * (magnitude - 1))
        energy = energy / energy.amax(dim=(1, 2), keepdim=True).detach() + 1e-12
        spectrum, envelope = energy.mean(dim=2), energy.sum(dim=1)
        weight, (low, high) = self._weight(spectrum), PRESENT
        return {
            "brightness": torch.log2(weight @ self.hertz),
            "warmth": _balance(spectrum, self.hertz < WARM_BELOW),
            "presence": _balance(spectrum, (self.hertz >= low) & (self.hertz < high)),
            "richness": self._richness(weight),
            "noisiness": self._noisiness(energy, position),
            "length": torch.log2(envelope.sum(dim=1) ** 2 / envelope.square().sum(dim=1)),
        }

    def _weight(self, spectrum: Tensor) -> Tensor:
        """Magnitudes above the floor, as weights [clip, mel] that sum to 1."""
        magnitude = (spectrum / self.bins).sqrt()
        above = torch.relu(magnitude - FLOOR * magnitude.amax(dim=1, keepdim=True)) * self.bins
        return above / above.sum(dim=1, keepdim=True)

    def _richness(self, weight: Tensor) -> Tensor:
        octaves = torch.log2(self.hertz)
        centre = (weight @ octaves)[:, None]
        return (weight * (octaves - centre).square()).sum(dim=1).clamp(min=1e-4).sqrt()

    def _noisiness(self, energy: Tensor, position: Tensor) -> Tensor:
        """Flat across bands, rough in time, and no partial shared by two bands: log2 of each.

        The weights were fitted to the measured noisiness of 160 decoded points.
        """
        tonal = self._tonal(position)
        total = energy.sum(dim=(1, 2))
        density = torch.log(energy / self.bins[:, None] + 1e-9)
        smooth = functional.avg_pool2d(density, (FLAT_BANDS, 1), 1, (FLAT_BANDS // 2, 0))
        flat = (smooth.exp() * self.bins[:, None]).sum(dim=(1, 2)) / total
        level = torch.log(energy + 1e-7)
        bend = (level[..., 2:] - 2 * level[..., 1:-1] + level[..., :-2]).abs()
        rough = (energy[..., 1:-1] * bend).sum(dim=(1, 2)) / total
        mixed = 1.01 - (energy * tonal).sum(dim=(1, 2)) / total
        return 0.32 * flat.log2() + 0.55 * (rough + 1e-3).log2() + 0.45 * mixed.log2()

    def _tonal(self, position: Tensor) -> Tensor:
        """1 where a band names the same partial as a neighbour, 0 where it stands alone."""
        hertz = self.hertz[:, None] + position * self.half_width[:, None]
        apart = (hertz[:, 1:] - hertz[:, :-1]).abs() / self.config.bin_hz
        alone = torch.full_like(apart[:, :1], 1e3)
        nearest = torch.minimum(torch.cat([apart, alone], 1), torch.cat([alone, apart], 1))
        return torch.exp(-0.5 * (nearest / TONAL_BINS).square())


def _balance(spectrum: Tensor, chosen: Tensor) -> Tensor:
    """Log10 of the energy in chosen bands over that in the others."""
    least = 1e-6 * spectrum.sum(dim=1)
    inside, outside = spectrum[:, chosen].sum(dim=1), spectrum[:, ~chosen].sum(dim=1)
    return torch.log10((inside + least) / (outside + least))


def slopes(
    model: Path, latents: NDArray[np.float32], told: Callable[[str], None] = print
) -> dict[str, NDArray[np.float32]]:
    """Gradient of each descriptor at each latent: float32 [latent, dimension] by name.

    Args:
        model: folder of the model.
        latents: float32 [clip, latent]; takes about a tenth of a second each on one core.
        told: is told how far it is.
    """
    checkpoint = load_checkpoint(model)
    network = checkpoint.network.eval().requires_grad_(requires_grad=False)
    describe = Likenesses(checkpoint.spectrogram)
    found: dict[str, list[NDArray[np.float32]]] = {}
    for start in range(0, len(latents), BATCH):
        latent = torch.from_numpy(latents[start : start + BATCH]).requires_grad_()
        for name, values in describe(network.decode(latent)).items():
            (slope,) = torch.autograd.grad(values.sum(), latent, retain_graph=True)
            found.setdefault(name, []).append(slope.numpy())
    told(f"slopes at {len(latents)} latents")
    return {name: np.concatenate(parts) for name, parts in found.items()}
