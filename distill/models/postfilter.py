"""Give decoded channels back what a mean over possibilities loses: contrast, and noise.

Knows the channels' units and nothing of networks. A decoder trained on squared errors answers with
the mean of what might have been, and that is neither of them:

- peaks come out too low and the valleys between partials too high, so about a partial an unsharp
  mask along the bands sharpens them, as the postfilters of speech codecs do (Chen and Gersho,
  "Adaptive postfiltering for quality enhancement of coded speech", 1995); each frame stays as loud
  as it was
- where there is no partial the IF comes out as 0, the band's centre, and noise would sound like a
  hundred sines; there it is scattered, by the same draw for every sound, so that the same latent
  sounds the same and a small step stays small
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from distill.levels import to_energy, to_magnitude

Channel = Float[Tensor, "batch mel frame"]


@dataclass(frozen=True)
class PostfilterConfig:
    """How much of each.

    Attributes:
        contrast: of the difference between a cell and its neighbourhood, added to the cell where
            the neighbourhood holds a partial, and the less the less tonal it is.
        reach: bands on either side that make the neighbourhood.
        scatter: largest step of the IF away from the decoded one, in half bands.
        seed: of the scatter.
    """

    contrast: float = 0.1
    reach: int = 1
    scatter: float = 0.4
    seed: int = 0


class Postfilter(nn.Module):
    """Sharpens partials and scatters noise.

    Args:
        bands: mel bands of the channels.
        frames: frames of the channels.
        range_db: decibels of one unit of magnitude; the spectrogram's.
        config: how much.

    Shape:
        - channels: `[batch, 2, mel, frame]`
        - tonality: `[batch, mel, frame]`, 1 in a partial, 0 in noise
        - output: `[batch, 2, mel, frame]`
    """

    noise: Tensor

    def __init__(
        self, bands: int, frames: int, range_db: float, config: PostfilterConfig | None = None
    ) -> None:
        super().__init__()
        self.range_db = range_db
        self.config = config or PostfilterConfig()
        generator = torch.Generator().manual_seed(self.config.seed)
        noise = 2 * torch.rand(bands, frames, generator=generator) - 1
        self.register_buffer("noise", noise, persistent=False)

    def forward(
        self,
        channels: Float[Tensor, "batch 2 mel frame"],
        tonality: Float[Tensor, "batch mel frame"],
    ) -> Float[Tensor, "batch 2 mel frame"]:
        """Channels with more contrast where they are tonal, and with noise where they are not."""
        magnitude, frequency = channels.unbind(1)
        step = self.config.scatter * (1 - tonality) * self.noise
        sharp = self._sharpened(magnitude, tonality)
        return torch.stack([sharp, (frequency + step).clamp(-1, 1)], dim=1)

    def _sharpened(self, magnitude: Channel, tonality: Channel) -> Channel:
        reach = self.config.reach
        width = 2 * reach + 1
        around = F.pad(magnitude.transpose(1, 2), (reach, reach), mode="replicate")
        mean = F.avg_pool1d(around, width, stride=1).transpose(1, 2)
        tonal = F.max_pool1d(tonality.transpose(1, 2), width, 1, reach).transpose(1, 2)
        contrast = magnitude + self.config.contrast * tonal * (magnitude - mean)
        return _as_loud(contrast.clamp(min=0), magnitude, self.range_db)


def _as_loud(magnitude: Channel, reference: Channel, range_db: float) -> Channel:
    """Magnitude whose frames hold the energy of the reference's; silence stays silent."""
    energy, wanted = (to_energy(each, range_db) for each in (magnitude, reference))
    gain = wanted.sum(dim=1, keepdim=True) / energy.sum(dim=1, keepdim=True).clamp(min=1e-9)
    return to_magnitude(energy * gain, range_db)
