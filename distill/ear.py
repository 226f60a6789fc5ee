"""What the ear makes of a magnitude channel: bands as wide as its own, windows as long.

Knows where the mel bands lie and how often frames come; not where either came from. Two uses: how
much an IF error hurts in each band, and how alike two sounds are where it matters. A noise never
repeats itself cell by cell, and no 128 numbers hold its cells; what is heard of it is how its
energy moves over a few dozen wide bands and a few dozen moments a second, and that they can hold.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from distill.levels import to_energy

CRITICAL_BANDS = 32
LOWEST_HZ = 50.0
WINDOW_SECONDS = 0.08
"""Bands, lowest centre and window of ViSQOL's audio mode (Chinen et al., 2020)."""
STEP_FRAMES = 2
"""Frames between windows: 21 ms at 48 kHz, where ViSQOL takes 20."""
QUIET = 2e-8
"""Energy that is added to every band: 77 dB under a full-scale sine."""
TREBLE_HZ, TREBLE_WEIGHT = 6_000.0, 3.0
"""From here up a band counts more. Errors of loud partials, which lie lower, are counted elsewhere;
and where listeners told coded sounds from their originals, the likeness up there told nearly all:
the mapping that ViSQOL was fitted to them with is linear, with 90 % of its weight above 6 kHz."""
NEIGHBOURS = ((0.0113, 0.0838, 0.0113), (0.0838, 0.6193, 0.0838), (0.0113, 0.0838, 0.0113))
"""Weights about a cell, a Gaussian of half a cell (Hines and Harte, 2012)."""
LEVEL_DB2 = 1.0
"""Squared dB under which two levels count as the same."""
SHAPE_DB2 = 0.002
"""Squared dB under which a neighbourhood counts as flat; ViSQOL's own. With more, a hiss
that hardly moves would count as alike however it moves."""


class Ear(nn.Module):
    """A listener of magnitude channels.

    Args:
        edges_hz: corner frequencies of the mel bands, two more than there are bands.
        narrowest_hz: no band tells frequencies apart that are closer than this.
        frame_hz: frames a second.

    Shape:
        - magnitude: `[batch, mel, frame]`
        - levels: `[batch, critical, window]`, in dB over the faintest, 77 dB under full scale
        - similarity: `[batch]`, 1 for the same, about 0 for strangers
    """

    pitch_weight: Tensor
    critical_bands: Tensor
    importance: Tensor
    window: Tensor
    neighbours: Tensor

    def __init__(
        self, edges_hz: Float[Tensor, " edge"], narrowest_hz: float, frame_hz: float
    ) -> None:
        super().__init__()
        edges_hz = edges_hz.double()
        centres_hz = _critical_centres(edges_hz[-1])
        buffers = {
            "pitch_weight": _pitch_weight(edges_hz, narrowest_hz),
            "critical_bands": _critical_bands(centres_hz, edges_hz[1:-1]),
            "importance": _importance(centres_hz),
            "window": _window(frame_hz),
            "neighbours": torch.tensor(NEIGHBOURS),
        }
        for name, value in buffers.items():
            self.register_buffer(name, value.float(), persistent=False)

    def levels(
        self, magnitude: Float[Tensor, "batch mel frame"], range_db: float
    ) -> Float[Tensor, "batch critical window"]:
        """Level in each critical band about each moment, in dB over the faintest."""
        energy = self.critical_bands @ to_energy(magnitude, range_db)
        window = self.window.expand(CRITICAL_BANDS, 1, -1)
        around = len(self.window) // 2
        heard = F.conv1d(energy, window, None, STEP_FRAMES, around, groups=CRITICAL_BANDS)
        return 10 * torch.log10(heard + QUIET) - 10 * math.log10(QUIET)

    def similarity(
        self,
        result: Float[Tensor, "batch mel frame"],
        target: Float[Tensor, "batch mel frame"],
        range_db: float,
    ) -> Float[Tensor, " batch"]:
        """Neurogram similarity (Hines and Harte, 2012): local level times local correlation."""
        got, want = self.levels(result, range_db), self.levels(target, range_db)
        got_mean, want_mean = self._blurred(got), self._blurred(want)
        got_spread = (self._blurred(got.square()) - got_mean.square()).clamp(min=1e-6)
        want_spread = (self._blurred(want.square()) - want_mean.square()).clamp(min=1e-6)
        common = self._blurred(got * want) - got_mean * want_mean
        squares = got_mean.square() + want_mean.square()
        level = (2 * got_mean * want_mean + LEVEL_DB2) / (squares + LEVEL_DB2)
        shape = (common + SHAPE_DB2) / ((got_spread * want_spread).sqrt() + SHAPE_DB2)
        return (level * shape).mean(dim=2) @ self.importance

    def _blurred(self, levels: Tensor) -> Tensor:
        around = F.pad(levels[:, None], (1, 1, 1, 1), mode="replicate")
        return F.conv2d(around, self.neighbours[None, None])[:, 0]


def _pitch_weight(edges_hz: Float[Tensor, " edge"], narrowest_hz: float) -> Float[Tensor, " mel"]:
    """What an IF error means for pitch: squared cents of half a band, 1 in the narrowest band."""
    half = ((edges_hz[2:] - edges_hz[:-2]) / 2).clamp(min=narrowest_hz)
    cents = 1200 * torch.log2(1 + half / edges_hz[1:-1])
    return (cents / cents.min()).square()


def _critical_bands(
    centres_hz: Float[Tensor, " critical"], mel_hz: Float[Tensor, " mel"]
) -> Float[Tensor, "critical mel"]:
    """What a gammatone filter of fourth order lets through of each mel band."""
    width = 1.019 * 24.7 * (4.37 * centres_hz / 1000 + 1)
    away = (mel_hz - centres_hz[:, None]) / width[:, None]
    return (1 + away.square()) ** -4


def _importance(centres_hz: Float[Tensor, " critical"]) -> Float[Tensor, " critical"]:
    """How much each critical band counts; all of them together 1."""
    weight = 1 + (TREBLE_WEIGHT - 1) * (centres_hz >= TREBLE_HZ)
    return weight / weight.sum()


def _critical_centres(top_hz: Float[Tensor, ""]) -> Float[Tensor, " critical"]:
    """Frequencies in Hz, evenly spaced in equivalent rectangular bandwidths.

    From 50 Hz up to the top and without it; the scale is Glasberg and Moore's (1990).
    """
    low, high = _to_erb(torch.stack([torch.full_like(top_hz, LOWEST_HZ), top_hz]))
    steps = torch.arange(CRITICAL_BANDS, dtype=torch.float64) / CRITICAL_BANDS
    return _from_erb(low + steps * (high - low))


def _to_erb(hertz: Tensor) -> Tensor:
    return 21.4 * torch.log10(1 + 0.00437 * hertz)


def _from_erb(erbs: Tensor) -> Tensor:
    return (10 ** (erbs / 21.4) - 1) / 0.00437


def _window(frame_hz: float) -> Float[Tensor, " frame"]:
    """A squared Hann window that sums to 1, of at least one frame."""
    frames = max(1, math.floor(WINDOW_SECONDS * frame_hz / 2)) * 2 + 1
    window = torch.hann_window(frames + 2, periodic=False)[1:-1].square()
    return window / window.sum()
