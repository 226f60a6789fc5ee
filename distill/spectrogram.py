"""Waveform <-> two channels over mel bands: log magnitude and instantaneous frequency (IF).

Knows torch and nothing else: no files, no models, no latents.

    waveform [batch, sample]                      channels [batch, 2, mel, frame]
        |                                             0: magnitude, 0 = silence, 1 = full-scale sine
        |  STFT (Hann, centred)                       1: IF within the band, -1 .. 1
        v                                             |
    bins [batch, bin, frame] -- band energy, IF -->   |
        ^                                             |
        +---- band-consistent Griffin-Lim <-- power and phase guessed from both channels

The magnitude says how much energy a band holds, the IF says *where in the band* its partial lies.
Together they are enough to start a phase that a few Griffin-Lim iterations make consistent.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor, nn


@dataclass(frozen=True)
class SpectrogramConfig:
    """What the channels mean. A checkpoint carries it, since weights fit one setting only.

    Attributes:
        sample_rate: of the waveform, in Hz.
        clip_samples: samples in one clip.
        fft_size: STFT window and transform length, in samples (periodic Hann).
        hop: samples from one frame to the next.
        bands: mel bands (Slaney triangles of peak 1) from 0 Hz to half the sample rate.
        range_db: a magnitude of 0 lies this far under the full-scale sine, which is 1.
    """

    sample_rate: int = 48_000
    clip_samples: int = 48_000
    fft_size: int = 2048
    hop: int = 512
    bands: int = 128
    range_db: float = 80.0

    @property
    def frames(self) -> int:
        """Frames in one clip."""
        return 1 + self.clip_samples // self.hop

    @property
    def bins(self) -> int:
        """Frequency bins of one STFT frame."""
        return 1 + self.fft_size // 2

    @property
    def bin_hz(self) -> float:
        """Distance between two bins, in Hz."""
        return self.sample_rate / self.fft_size


def hz_to_mel(hz: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
    """Slaney's mel scale: linear to 1 kHz, logarithmic above (Auditory Toolbox, 1998)."""
    log_part = 15 + torch.log(hz.clamp(min=1e-9) / 1000) * 27 / math.log(6.4)
    return torch.where(hz < 1000, hz * 3 / 200, log_part)


def mel_to_hz(mel: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
    """Inverse of `hz_to_mel`."""
    return torch.where(mel < 15, mel * 200 / 3, 1000 * torch.exp((mel - 15) * math.log(6.4) / 27))


def mel_edges(config: SpectrogramConfig) -> Float[Tensor, " edge"]:
    """Corner frequencies in Hz, `bands + 2` of them: band b spans edges b to b + 2."""
    top = hz_to_mel(torch.tensor([config.sample_rate / 2], dtype=torch.float64))
    return mel_to_hz(torch.linspace(0, top.item(), config.bands + 2, dtype=torch.float64))


def mel_filterbank(config: SpectrogramConfig) -> Float[Tensor, "mel bin"]:
    """Triangles of peak 1 over the STFT's bins; neighbours add up to 1 between their centres."""
    edges = mel_edges(config)
    hz = torch.arange(config.bins, dtype=torch.float64) * config.bin_hz
    low, mid, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (hz - low) / (mid - low), (high - hz) / (high - mid)
    return torch.minimum(rising, falling).clamp(min=0).float()
