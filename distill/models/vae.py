"""The convolutional variational autoencoder between channels and a latent vector.

Knows torch and nothing else: not what the channels mean, not where they came from.

    channels [batch, 2, mel, frame]
        | pad both axes to multiples of 32
        | 5 stride-2 convolutions  2 -> 64 -> 128 -> 256 -> 512 -> 1024
        | flatten, two linear heads
    mean, log-variance [batch, latent]
        | sample (training) or mean (use)
        | linear, unflatten
        | 5 stride-2 transposed convolutions  1024 -> 512 -> 256 -> 128 -> 64 -> 2
        | crop; Softplus on the magnitude, Tanh on the IF
    channels [batch, 2, mel, frame]

After Kingma and Welling, "Auto-Encoding Variational Bayes" (2014).
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

STRIDE = 32
"""Five halvings: both axes are padded to a multiple of this."""


@dataclass(frozen=True)
class VAEConfig:
    """The network's size.

    Attributes:
        latent: latent dimensions.
        widths: channels of the encoder's blocks; the decoder mirrors them.
        dropout: probability that a whole feature map is dropped while training.
        bands: mel bands of the input, or None to learn it from the first batch.
        frames: frames of the input, or None likewise.
    """

    latent: int = 128
    widths: tuple[int, ...] = (64, 128, 256, 512, 1024)
    dropout: float = 0.0
    bands: int | None = 128
    frames: int | None = 94


class Posterior(NamedTuple):
    """A diagonal Gaussian over the latent."""

    mean: Float[Tensor, "batch latent"]
    log_variance: Float[Tensor, "batch latent"]

    def sample(self) -> Float[Tensor, "batch latent"]:
        """One draw a row, differentiable in mean and variance."""
        return self.mean + torch.randn_like(self.mean) * (self.log_variance / 2).exp()


class Output(NamedTuple):
    """What a full pass gives: channels of the input's shape, and the posterior behind them."""

    channels: Float[Tensor, "batch 2 mel frame"]
    posterior: Posterior


def padded(size: int) -> int:
    """The next multiple of 32."""
    return -(-size // STRIDE) * STRIDE


def _down(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    """Halve both axes."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Dropout2d(dropout),
    )


def _up(inputs: int, outputs: int, dropout: float) -> nn.Sequential:
    """Double both axes."""
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, kernel_size=3, stride=2, padding=1, output_padding=1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Dropout2d(dropout),
    )


class ConvEncoder(nn.Module):
    """Channels to the posterior's mean and log-variance.

    Shape:
        - input: `[batch, 2, mel, frame]`, both axes already multiples of 32
        - output: two of `[batch, latent]`
    """

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        steps = zip((2, *config.widths[:-1]), config.widths, strict=True)
        self.blocks = nn.Sequential(*(_down(a, b, config.dropout) for a, b in steps))
        self.mean = nn.LazyLinear(config.latent)
        self.log_variance = nn.LazyLinear(config.latent)

    def forward(self, channels: Float[Tensor, "batch 2 mel frame"]) -> Posterior:
        """The posterior of each example."""
        features = self.blocks(channels).flatten(1)
        return Posterior(self.mean(features), self.log_variance(features))


class ConvDecoder(nn.Module):
    """A latent to channels: Softplus keeps magnitude >= 0, Tanh keeps |IF| <= 1.

    The first linear layer is as wide as the encoder's flattened output, so it is built when that
    is known.

    Shape:
        - input: `[batch, latent]`
        - output: `[batch, 2, mel, frame]`, both axes multiples of 32
    """

    expand: nn.Linear

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.latent = config.latent
        self.deepest = config.widths[-1]
        self.grid: tuple[int, int] | None = None
        down = config.widths[::-1]
        steps = pairwise(down)
        self.blocks = nn.Sequential(*(_up(a, b, config.dropout) for a, b in steps))
        self.output = nn.ConvTranspose2d(
            down[-1], 2, kernel_size=3, stride=2, padding=1, output_padding=1
        )

    def build(self, grid: tuple[int, int]) -> None:
        """Make the first layer for a deepest feature map of `grid` = (mel, frame) cells."""
        self.grid = grid
        self.expand = nn.Linear(self.latent, self.deepest * grid[0] * grid[1])

    def forward(self, latent: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch 2 mel frame"]:
        """Channels at the padded size."""
        if self.grid is None:
            raise ValueError("the decoder has no shape yet: pass channels through the VAE first")
        deepest = self.expand(latent).unflatten(1, (self.deepest, *self.grid))
        magnitude, frequency = self.output(self.blocks(deepest)).unbind(1)
        return torch.stack([F.softplus(magnitude), torch.tanh(frequency)], dim=1)


class ConvVAE(nn.Module):
    """Encoder and decoder, and the care for shapes around them.

    With `bands` and `frames` in the config everything is built at once. Without, the first
    `forward` or `encode` settles the shape for good; a checkpoint stores the settled config, so
    loading never needs a forward pass. Make an optimizer only once the shape is settled.

    Args:
        config: sizes; see `VAEConfig`.
    """

    def __init__(self, config: VAEConfig | None = None) -> None:
        super().__init__()
        self.config = config or VAEConfig()
        self.encoder = ConvEncoder(self.config)
        self.decoder = ConvDecoder(self.config)
        if self.config.bands is not None and self.config.frames is not None:
            self._settle(self.config.bands, self.config.frames)

    @property
    def shape(self) -> tuple[int, int] | None:
        """(bands, frames) that `decode` gives back, or None before the first forward pass."""
        if self.config.bands is None or self.config.frames is None:
            return None
        return self.config.bands, self.config.frames

    def forward(self, channels: Float[Tensor, "batch 2 mel frame"]) -> Output:
        """Encode, sample while training (the mean otherwise), decode, crop to the input's shape."""
        posterior = self.encode(channels)
        latent = posterior.sample() if self.training else posterior.mean
        bands, frames = channels.shape[-2:]
        return Output(self.decoder(latent)[..., :bands, :frames], posterior)

    def encode(self, channels: Float[Tensor, "batch 2 mel frame"]) -> Posterior:
        """The posterior of each example.

        Raises:
            ValueError: the padded shape is not the one this network was built for.
        """
        bands, frames = channels.shape[-2:]
        if self.shape is None:
            self._settle(bands, frames)
        self._check(bands, frames)
        extra = (0, padded(frames) - frames, 0, padded(bands) - bands)
        posterior: Posterior = self.encoder(F.pad(channels, extra))
        return posterior

    def decode(self, latent: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch 2 mel frame"]:
        """Channels of a latent, in the shape this network was built for.

        Raises:
            ValueError: no shape is settled yet.
        """
        channels: Tensor = self.decoder(latent)
        bands, frames = self.shape or channels.shape[-2:]
        return channels[..., :bands, :frames]

    def _settle(self, bands: int, frames: int) -> None:
        """Give the lazy layers their sizes, on the device and in the precision of the rest."""
        weight = self.decoder.output.weight
        grid = padded(bands) // STRIDE, padded(frames) // STRIDE
        flat = torch.zeros(1, self.decoder.deepest * grid[0] * grid[1])
        for head in (self.encoder.mean, self.encoder.log_variance):
            head(flat.to(weight))
        self.decoder.build(grid)
        self.decoder.to(weight)
        self.config = replace(self.config, bands=bands, frames=frames)

    def _check(self, bands: int, frames: int) -> None:
        expected = self.shape or (bands, frames)
        if tuple(map(padded, expected)) != (padded(bands), padded(frames)):
            raise ValueError(
                f"channels of {bands} bands x {frames} frames do not fit a network built for "
                f"{expected[0]} bands x {expected[1]} frames"
            )
