"""Vary training examples on their channels: as if other waveforms had been recorded.

Knows channels and energies; nothing of files, networks or schedules. Computed features are varied
again in every step, so that a small corpus never shows the same example twice.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from distill.levels import energy_floor, to_energy, to_magnitude

COLOUR_WAVES = 4
"""Bends of a random filter curve, from half a wave over all bands on."""

Channels = Float[Tensor, "batch 2 mel frame"]


@dataclass(frozen=True)
class AugmentationConfig:
    """What is varied, how often and how far.

    Attributes:
        reversed_share: share of the examples that are played backwards.
        layered_share: share of the examples that another one is laid over.
        layer_db: how much quieter the other one is at most, against the first.
        quietest_db: gain drawn for half the examples, from here to 0 dB.
        latest_frames: examples start up to so many frames later, half the time.
        colour_db: half the examples are filtered, by a smooth curve that dips at most so far.
        fade_db: half the examples fade in or out over the clip, by at most so much.
    """

    reversed_share: float = 0.0
    layered_share: float = 0.0
    layer_db: float = 24.0
    quietest_db: float = -18.0
    latest_frames: int = 16
    colour_db: float = 0.0
    fade_db: float = 0.0


def augment(
    channels: Channels, config: AugmentationConfig, range_db: float, generator: torch.Generator
) -> Channels:
    """Varied versions of a batch, each example by its own draw.

    A reversal turns the columns round, a delay by whole frames moves them, a gain acts on band
    energies, and what falls under the floor loses its IF. They give what the varied waveform would
    have given, and as nearly as curves are smooth what a filtered or faded one would have. Layers
    add up in energy and their IF on balance, as two waveforms do that share no phase.

    Args:
        channels: magnitude and IF.
        config: what is varied.
        range_db: decibels of one unit of magnitude.
        generator: of all draws, on the CPU; the same state gives the same examples.
    """
    batch, _, bands, frames = channels.shape
    draw = torch.rand(4, batch, generator=generator)
    decibels = (config.quietest_db * draw[0] * (draw[1] < 0.5))[:, None, None]
    delay = (draw[2] * config.latest_frames * (draw[3] < 0.5)).long()
    if config.colour_db:
        decibels = decibels - config.colour_db * _colours(batch, bands, generator)[:, :, None]
    if config.fade_db:
        decibels = decibels - config.fade_db * _fades(batch, frames, generator)[:, None, :]
    if config.reversed_share:
        channels = _reversed(channels, config.reversed_share, generator)
    if config.layered_share:
        channels = _layered(channels, config, range_db, generator)
    return _quieter(_later(channels, delay), sent(decibels, channels.device), range_db)


def sent(values: Tensor, device: torch.device) -> Tensor:
    """Values of the CPU on a device; a GPU goes on with its work meanwhile."""
    if device.type == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


def _colours(batch: int, bands: int, generator: torch.Generator) -> Float[Tensor, "batch mel"]:
    """Smooth curves from 0 to at most 1 along the bands; half of them are flat."""
    waves = torch.arange(1, COLOUR_WAVES + 1)
    shapes = torch.cos(math.pi * waves[:, None] * (torch.arange(bands) + 0.5) / bands)
    curves = torch.randn(batch, COLOUR_WAVES, generator=generator) / waves @ shapes
    low, high = curves.amin(dim=1, keepdim=True), curves.amax(dim=1, keepdim=True)
    depth, chosen = torch.rand(2, batch, 1, generator=generator)
    dips: Tensor = (curves - low) / (high - low) * depth * (chosen < 0.5)
    return dips


def _fades(batch: int, frames: int, generator: torch.Generator) -> Float[Tensor, "batch frame"]:
    """Ramps along the frames between 0 and at most 1, up or down; half of them are flat."""
    depth, chosen = torch.rand(2, batch, 1, generator=generator)
    ramp = torch.linspace(0, 1, frames)
    dips: Tensor = depth * torch.where(chosen < 0.25, ramp, 1 - ramp) * (chosen < 0.5)
    return dips


def _reversed(channels: Channels, share: float, generator: torch.Generator) -> Channels:
    """Play some examples backwards; a partial sounds at the same frequency either way.

    A frame's IF belongs to the step from the frame before it, which then comes after it.
    """
    chosen = torch.rand(len(channels), generator=generator) < share
    magnitude, frequency = channels.flip(3).unbind(1)
    frequency = torch.cat([frequency[..., :1], frequency[..., :-1]], dim=-1)
    backwards = torch.stack([magnitude, frequency], dim=1)
    return torch.where(sent(chosen, channels.device)[:, None, None, None], backwards, channels)


def _layered(
    channels: Channels, config: AugmentationConfig, range_db: float, generator: torch.Generator
) -> Channels:
    """Lay another example of the batch over some, up to half a clip later.

    The two share one example's energy between them, so that nothing comes out too loud.
    """
    batch, _, _, frames = channels.shape
    others = torch.randperm(batch, generator=generator)
    level, later, chosen = torch.rand(3, batch, generator=generator)
    ratio = 10 ** (-config.layer_db * level / 10)
    share = ratio / (1 + ratio) * (chosen < config.layered_share)
    over = _later(channels[sent(others, channels.device)], (later * frames / 2).long())
    return _mixed(channels, over, sent(share, channels.device)[:, None, None], range_db)


def _mixed(first: Channels, second: Channels, share: Tensor, range_db: float) -> Channels:
    """Channels of two sounds at once, of whose energies the second has this share."""
    below = to_energy(first[:, 0], range_db) * (1 - share)
    above = to_energy(second[:, 0], range_db) * share
    energy = below + above
    balance = above / energy.clamp(min=1e-12)
    return _as_channels(energy, torch.lerp(first[:, 1], second[:, 1], balance), range_db)


def _later(channels: Channels, delay: Tensor) -> Channels:
    """Each example its own number of frames later, silence before it."""
    frames = channels.shape[3]
    delay = sent(delay, channels.device)
    source = torch.arange(frames, device=channels.device)[None] - delay[:, None]
    index = source.clamp(min=0)[:, None, None].expand_as(channels)
    return channels.gather(3, index) * (source >= 0)[:, None, None]


def _quieter(channels: Channels, decibels: Tensor, range_db: float) -> Channels:
    """Channels of the sound after a gain; decibels is anything that spreads over its cells."""
    energy = to_energy(channels[:, 0], range_db) * 10 ** (decibels / 10)
    return _as_channels(energy, channels[:, 1], range_db)


def _as_channels(energy: Tensor, frequency: Tensor, range_db: float) -> Channels:
    """Magnitude and IF; what lies under the floor has no frequency."""
    audible = energy > energy_floor(range_db)
    return torch.stack([to_magnitude(energy, range_db), frequency * audible], dim=1)
