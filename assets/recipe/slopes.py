"""How descriptors change with the latent: gradients through the decoder.

The descriptors of `distill.descriptors` are measured on audio and most cannot be differentiated.
Here are likenesses of them on decoded channels: smooth, and alike in rank (over 160 decoded points
of the map Spearman's rho was 0.98 to 1.00). Noisiness is the descriptor itself, through the way
back to audio: channels say too little of it, and with a likeness of rho 0.91 the slider for length
moved it (leakage 0.54). They only show the way; what is quoted is measured on audio.

Descriptors without a slope here have no slider. Attack: no vector was found that slows nearly all
attacks (it shortened those of long swells). Loudness: length moves less surely where loudness must
stay. Air (the balance about 8 kHz): it lies too far below the rest, so what the way back to audio
adds there drowns it (rho 0.85), and four others moved it. Pitch: no vector was found at all.
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from distill.checkpoint import load_checkpoint
from distill.descriptors import FLOOR, LONG_FRAME, PRESENT, WARM_BELOW, flat_bands
from distill.levels import energy_floor, to_energy
from distill.models.postfilter import Postfilter
from distill.spectrogram import Spectrogram, SpectrogramConfig, mel_edges, mel_filterbank

BATCH = 16
ITERATIONS = 1
"""Of the way back to audio; noisiness after one and after eight are alike (correlation 0.98)."""


class Likenesses:
    """Descriptors of channels, differentiable.

    Args:
        config: what the channels mean.
    """

    def __init__(self, config: SpectrogramConfig) -> None:
        edges = mel_edges(config).float()
        self.config = config
        self.hertz = edges[1:-1]
        self.bins = mel_filterbank(config).sum(dim=1)

    def __call__(self, channels: Tensor) -> dict[str, Tensor]:
        """Descriptors [clip] of channels [clip, 2, mel, frame], on scales of even steps."""
        magnitude = channels[:, 0]
        energy = to_energy(magnitude, self.config.range_db)
        loudest = energy.amax(dim=(1, 2), keepdim=True).detach()
        energy = energy / loudest.clamp(min=energy_floor(self.config.range_db)) + 1e-12
        spectrum, envelope = energy.mean(dim=2), energy.sum(dim=1)
        weight, (low, high) = self._weight(spectrum), PRESENT
        return {
            "brightness": torch.log2(weight @ self.hertz),
            "warmth": _balance(spectrum, self.hertz < WARM_BELOW),
            "presence": _balance(spectrum, (self.hertz >= low) & (self.hertz < high)),
            "richness": self._richness(weight),
            "swell": self._swell(envelope),
            "length": torch.log2(envelope.sum(dim=1) ** 2 / envelope.square().sum(dim=1)),
        }

    def _weight(self, spectrum: Tensor) -> Tensor:
        """Magnitudes above the floor, as weights [clip, mel] that sum to 1."""
        magnitude = (spectrum / self.bins).sqrt()
        above = torch.relu(magnitude - FLOOR * magnitude.amax(dim=1, keepdim=True)) * self.bins
        return above / above.sum(dim=1, keepdim=True)

    def _swell(self, envelope: Tensor) -> Tensor:
        """When the energy comes, as a share of the clip."""
        share = torch.linspace(0, 1, envelope.shape[1])
        return torch.log2(envelope @ share / envelope.sum(dim=1) + 0.01)

    def _richness(self, weight: Tensor) -> Tensor:
        octaves = torch.log2(self.hertz)
        centre = (weight @ octaves)[:, None]
        return (weight * (octaves - centre).square()).sum(dim=1).clamp(min=1e-4).sqrt()


class Flatness:
    """Noisiness of audio, as `distill.descriptors.noisiness` measures it, differentiable."""

    def __init__(self) -> None:
        bins = LONG_FRAME // 2 + 1
        self.window = torch.hann_window(LONG_FRAME)
        self.counts = torch.from_numpy(np.diff(np.append(flat_bands(bins), bins)))
        self.band = torch.repeat_interleave(self.counts)

    def __call__(self, audio: Tensor) -> Tensor:
        """Noisiness [clip] of audio [clip, sample], in octaves."""
        audio = audio / audio.abs().amax(dim=1, keepdim=True).detach().clamp(min=1e-6)
        padded = functional.pad(audio, (LONG_FRAME // 2, 0))
        bins = torch.fft.rfft(padded.unfold(1, LONG_FRAME, LONG_FRAME // 2) * self.window)
        power = bins.real.square() + bins.imag.square()
        power = power + 1e-12 * power.amax(dim=(1, 2), keepdim=True).detach() + 1e-20
        energy, logs = self._summed(power), self._summed(power.log())
        flat = (logs / self.counts).exp() * self.counts / math.exp(-np.euler_gamma)
        return torch.log2(flat.sum(dim=(1, 2)) / energy.sum(dim=(1, 2)) + 1e-4)

    def _summed(self, values: Tensor) -> Tensor:
        """Over the bins of each band."""
        empty = values.new_zeros(*values.shape[:2], len(self.counts))
        return empty.index_add(2, self.band, values)


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
    config = checkpoint.spectrogram
    network = checkpoint.network.eval().requires_grad_(requires_grad=False)
    spectrogram = Spectrogram(config)
    postfilter = Postfilter(config.bands, config.frames, config.range_db)
    describe, flatness = Likenesses(config), Flatness()
    found: dict[str, list[NDArray[np.float32]]] = {}
    for start in range(0, len(latents), BATCH):
        latent = torch.from_numpy(latents[start : start + BATCH]).requires_grad_()
        channels = network.decode(latent)
        sharp = postfilter(channels, spectrogram.tonality(channels))
        audio = spectrogram.inverse(sharp, ITERATIONS)
        for name, values in (describe(channels) | {"noisiness": flatness(audio)}).items():
            (slope,) = torch.autograd.grad(values.sum(), latent, retain_graph=True)
            found.setdefault(name, []).append(slope.numpy())
    told(f"slopes at {len(latents)} latents")
    return {name: np.concatenate(parts) for name, parts in found.items()}
