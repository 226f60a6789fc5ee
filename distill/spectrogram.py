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
import torch.nn.functional as F
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn

from distill.ear import Ear
from distill.levels import energy_floor, to_energy, to_magnitude

MOMENTUM = 0.99
"""Of fast Griffin-Lim."""
AGREEMENT_BINS = 1.5
"""Bands whose frequencies differ by this many bins agree by 60 %."""
SMOOTH_SHARE = 0.01
"""What even a clear partial leaves for the bins around it."""
DISTANCE_PENALTY = 0.5
"""Nepers of band energy that a partial loses per squared bin of distance."""
ONSET_RATIO = 30.0
"""A frame this many times as strong as the one a window earlier holds an onset."""
ONSET_SAMPLES = 160
"""An onset at least this far from its frame's centre sets the phase anew."""
ONSET_BANDS = 9
"""Neighbouring bands averaged when looking for an onset."""
QUIET = 1e-7
"""Band energy under which an onset does not count; 97 dB below a full-scale sine."""
ROOT_FLOOR = 1e-20
"""Power that counts as none."""
CHUNK = 4
"""Clips inverted at a time: enough to hide the cost of a call, few enough to stay in cache."""
BLOCKS = 8
"""Dense blocks of a banded product: a seventh of the multiplications, few calls."""
EPSILON = 1e-9
"""Keeps divisions and logarithms finite in silence; 117 dB below a full-scale sine."""


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


def listener(config: SpectrogramConfig) -> Ear:
    """An ear for the channels of this representation."""
    return Ear(mel_edges(config), config.bin_hz, config.sample_rate / config.hop)


def _root(power: Float[Tensor, "batch frame bin"]) -> Float[Tensor, "batch frame bin"]:
    """Square root whose gradient stays finite in silence, where it is 0."""
    heard = power > ROOT_FLOOR
    return torch.where(heard, power.clamp(min=ROOT_FLOOR).sqrt(), torch.zeros_like(power))


Bands = Float[Tensor, "batch mel frame"]
Bins = Complex[Tensor, "batch frame bin"]


def _power(bins: Bins) -> Float[Tensor, "batch frame bin"]:
    """Squared modulus."""
    return torch.addcmul(bins.real.square(), bins.imag, bins.imag)


class Banded(nn.Module):
    """Product with a matrix that is zero off its diagonal, as a few small dense products.

    Each block holds some columns and only the rows in which they are not zero.

    Args:
        matrix: between bands and bins, either way.

    Shape:
        - input: `[batch, frame, row]`
        - output: `[batch, frame, column]`
    """

    def __init__(self, matrix: Float[Tensor, "row column"]) -> None:
        super().__init__()
        self.spans: list[tuple[int, int]] = []
        for number, columns in enumerate(matrix.tensor_split(BLOCKS, dim=1)):
            rows = columns.any(dim=1).nonzero().flatten().tolist() or [0]
            low, high = rows[0], rows[-1] + 1
            self.spans.append((low, high))
            block = columns[low:high].contiguous()
            self.register_buffer(f"block_{number}", block, persistent=False)

    def forward(
        self, inputs: Float[Tensor, "batch frame row"]
    ) -> Float[Tensor, "batch frame column"]:
        """`inputs @ matrix`."""
        blocks = zip(self.spans, self.buffers(), strict=True)
        return torch.cat([inputs[..., low:high] @ block for (low, high), block in blocks], dim=-1)


class Spectrogram(nn.Module):
    """The representation, both ways, batched and on any device.

    Inside, frames come before bins where transforms and products run along bins, and after them
    where the first guess runs along frames.

    Args:
        config: what the channels mean.

    Shape:
        - forward: `[batch, sample]` in, `[batch, 2, mel, frame]` out
        - inverse: `[batch, 2, mel, frame]` in, `[batch, sample]` out
    """

    window: Tensor
    bin_hz: Tensor
    band_bins: Tensor
    centre_hz: Tensor
    half_width_hz: Tensor
    nearest_band: Tensor
    near_bands: Tensor

    def __init__(self, config: SpectrogramConfig | None = None) -> None:
        super().__init__()
        self.config = config or SpectrogramConfig()
        edges = mel_edges(self.config)
        filterbank = mel_filterbank(self.config)
        window = torch.hann_window(self.config.fft_size)
        bin_hz = torch.arange(self.config.bins) * self.config.bin_hz
        above = torch.searchsorted(edges[1:-1].float(), bin_hz)
        near = torch.stack([above - 1, above])
        buffers = {
            "window": window,
            "bin_hz": bin_hz,
            "band_bins": filterbank.sum(dim=1)[:, None],
            "centre_hz": edges[1:-1].float(),
            "half_width_hz": ((edges[2:] - edges[:-2]) / 2).clamp(min=self.config.bin_hz).float(),
            "nearest_band": filterbank.argmax(dim=0),
            "near_bands": near.clamp(0, self.config.bands - 1),
        }
        self.to_bands = Banded(filterbank.T)
        self.to_bins = Banded(filterbank / filterbank.sum(dim=0).clamp(min=1e-6))
        for name, value in buffers.items():
            self.register_buffer(name, value, persistent=False)
        # Energy of a full-scale sine, summed over the bins of its main lobe (Parseval).
        self.full_scale = float(self.config.fft_size * window.square().sum() / 4)
        self.floor = energy_floor(self.config.range_db)

    # -- waveform to channels ------------------------------------------------------------

    def forward(self, audio: Float[Tensor, "batch sample"]) -> Float[Tensor, "batch 2 mel frame"]:
        """Channels of a waveform; differentiable wherever the sound is not silent.

        Raises:
            ValueError: the waveform is shorter than one hop, so no phase step exists.
        """
        if audio.shape[-1] < self.config.hop:
            raise ValueError(f"{audio.shape[-1]} samples are fewer than a hop, {self.config.hop}")
        bins = self._stft(audio)
        power = _power(bins)
        energy = self.to_bands(power)
        hertz = self.to_bands(power * self._bin_frequency(bins)) / energy.clamp(min=1e-12)
        position = ((hertz - self.centre_hz) / self.half_width_hz).clamp(-1, 1)
        audible = energy > self.floor * self.full_scale
        frequency = torch.where(audible, position, torch.zeros_like(position))
        return torch.stack([self.energy_to_magnitude(energy), frequency], dim=1).transpose(2, 3)

    def energy_to_magnitude(self, energy: Tensor) -> Tensor:
        """Log energy, 0 for silence and 1 for a full-scale sine.

        The floor is added, not clamped to, so that the inverse is exact down to silence.
        """
        return to_magnitude(energy / self.full_scale, self.config.range_db)

    def magnitude_to_energy(self, magnitude: Tensor) -> Tensor:
        """Exact inverse of `energy_to_magnitude`; never negative."""
        return self.full_scale * to_energy(magnitude, self.config.range_db)

    def _stft(self, audio: Float[Tensor, "batch sample"]) -> Bins:
        """Centred STFT; what lies beyond the ends is silence."""
        half = self.config.fft_size // 2
        frames = F.pad(audio, (half, half)).unfold(-1, self.config.fft_size, self.config.hop)
        bins: Tensor = torch.fft.rfft(frames * self.window)
        return bins

    def _bin_frequency(self, bins: Bins) -> Float[Tensor, "batch frame bin"]:
        """True frequency in Hz from each bin's phase advance since the frame before.

        The phase vocoder's deviation (Flanagan and Golden, 1966): what the phase moved beyond
        the bin's own advance. The first frame has no past and takes the step of the second.
        """
        config = self.config
        index = torch.arange(config.bins, device=bins.device)
        turns = (index * config.hop % config.fft_size) / config.fft_size
        own = torch.polar(torch.ones_like(turns), -2 * math.pi * turns)
        step = torch.angle(bins[:, 1:] * bins[:, :-1].conj() * own)
        step = torch.cat([step[:, :1], step], dim=1)
        return self.bin_hz + step * config.sample_rate / (2 * math.pi * config.hop)

    # -- channels to waveform ------------------------------------------------------------

    def inverse(
        self,
        channels: Float[Tensor, "batch 2 mel frame"],
        iterations: int = 8,
        samples: int | None = None,
    ) -> Float[Tensor, "batch sample"]:
        """Waveform whose channels are the given ones, as nearly as one exists.

        Fast Griffin-Lim (Perraudin, Balazs and Søndergaard, 2013) whose magnitude step
        prescribes *band energies* and leaves each bin free within its bands.

        Args:
            channels: magnitude and IF.
            iterations: Griffin-Lim rounds after the first guess.
            samples: length of the result; by default one clip.
        """
        length = samples or self.config.clip_samples
        parts = [self._inverse(part, iterations, length) for part in torch.split(channels, CHUNK)]
        return torch.cat(parts)

    def _inverse(
        self, channels: Float[Tensor, "batch 2 mel frame"], iterations: int, samples: int
    ) -> Float[Tensor, "batch sample"]:
        """Both transforms are linear, so momentum acts on the waveform, where it is cheap."""
        magnitude, position = channels.unbind(1)
        energy = self.magnitude_to_energy(magnitude)
        hertz = self._hertz(position)
        envelope = self._envelope(energy.shape[-1], samples)
        audio = previous = self._istft(self._first_guess(energy, hertz), envelope)
        wanted = energy.mT.contiguous()
        for _ in range(iterations):
            ahead = torch.lerp(previous, audio, 1 + MOMENTUM)
            previous, audio = audio, self._istft(self._impose(self._stft(ahead), wanted), envelope)
        return audio

    def _istft(
        self, bins: Bins, envelope: Float[Tensor, " sample"]
    ) -> Float[Tensor, "batch sample"]:
        """Least-squares inverse of `_stft` (Griffin and Lim, 1984) by overlapped addition."""
        frames = torch.fft.irfft(bins, self.config.fft_size)
        return self._overlap_add(frames, len(envelope)) * envelope

    def _envelope(self, frames: int, samples: int) -> Float[Tensor, " sample"]:
        """What makes up for the windows' overlap: one over the sum of their squares."""
        windows = self.window.expand(1, frames, -1)
        return 1 / self._overlap_add(windows, samples)[0].clamp(min=1e-3)

    def _overlap_add(
        self, frames: Float[Tensor, "batch frame length"], samples: int
    ) -> Float[Tensor, "batch sample"]:
        """Window frames and add them, a hop apart; the result begins at the first one's centre.

        Each frame is cut into hops, and hop j of frame t lands on t + j.
        """
        batch, count, size = frames.shape
        hop = self.config.hop
        parts, window = frames.reshape(batch, count, -1, hop), self.window.reshape(-1, hop)
        added = frames.new_zeros(batch, count + size // hop - 1, hop)
        for j in range(size // hop):
            added[:, j : j + count].addcmul_(parts[:, :, j], window[j])
        audio = added.flatten(1)[:, size // 2 :]
        return F.pad(audio, (0, max(0, samples - audio.shape[-1])))[:, :samples]

    def _impose(self, bins: Bins, energy: Float[Tensor, "batch frame mel"]) -> Bins:
        """Scale each bin by the mean over its bands of the energy wanted over the energy there."""
        ratio = energy / (self.to_bands(_power(bins)) + EPSILON)
        scale: Tensor = self.to_bins(ratio).clamp(min=ROOT_FLOOR).sqrt()
        return bins * scale

    def _first_guess(self, energy: Bands, hertz: Bands) -> Bins:
        """Bins with about the right band energies, and a phase that advances by the IF.

        A wide band says little about where its energy lies. Spread evenly, a high sine comes
        back as a cluster whose loudest line sits a multiple of the frame rate beside it (13 cents
        at 12 kHz, 22 at 15 kHz), so energy is put where neighbouring bands agree on a frequency.
        One multiplicative update (Lee and Seung, 2001) then matches the band energies.
        """
        tonal = self._agreement(hertz)
        smooth = (1 - tonal + SMOOTH_SHARE) * energy / self.band_bins
        power = self._lines(tonal * energy, hertz).mT.contiguous() + self.to_bins(smooth.mT)
        power = power * self.to_bins(energy.mT / (self.to_bands(power) + EPSILON))
        turns = self._phase(energy, self._followed(energy, hertz))
        root, angle = _root(power), 2 * math.pi * turns.mT.contiguous()
        return torch.complex(root * angle.cos(), root * angle.sin())

    def tonality(
        self, channels: Float[Tensor, "batch 2 mel frame"]
    ) -> Float[Tensor, "batch mel frame"]:
        """1 where neighbouring bands name the same frequency (a partial), near 0 in noise."""
        return self._agreement(self._hertz(channels[:, 1]))

    def _hertz(self, position: Bands) -> Bands:
        """Frequency in Hz that a position in its band means."""
        return self.centre_hz[:, None] + position * self.half_width_hz[:, None]

    def _agreement(self, hertz: Bands) -> Bands:
        """1 where a band names the same frequency as a neighbour (a partial), 0 in noise."""
        apart = (hertz[:, 1:] - hertz[:, :-1]).abs() / self.config.bin_hz
        alone = torch.full_like(hertz[:, :1], 1e9)
        nearest = torch.minimum(torch.cat([apart, alone], 1), torch.cat([alone, apart], 1))
        return torch.exp(-0.5 * (nearest / AGREEMENT_BINS).square())

    def _lines(self, energy: Bands, hertz: Bands) -> Float[Tensor, "batch bin frame"]:
        """Power of partials, each spread over the main lobe of a Hann window, five bins wide."""
        batch, _, frames = hertz.shape
        place = (hertz / self.config.bin_hz).clamp(0, self.config.bins - 1)
        nearest, lobe = place.round(), torch.arange(-2, 3, device=hertz.device)[:, None, None]
        squared = ((nearest - place)[:, None] + lobe).square()
        shape = (1 - squared / 4).clamp(min=0)  # to the fifth: a Hann window's, within 5 %
        power = energy[:, None] * shape * shape.square().square()
        index = nearest.long()[:, None] + lobe + 2  # lobes may reach two bins beyond either end
        lines = hertz.new_zeros(batch, self.config.bins + 4, frames)
        return lines.scatter_add(1, index.flatten(1, 2), power.flatten(1, 2))[:, 2:-2]

    def _followed(self, energy: Bands, hertz: Bands) -> Float[Tensor, "batch bin frame"]:
        """For each bin the frequency of the partial, of the two bands around it, that rules it."""
        loudness = torch.log(energy + EPSILON)
        below, above = (hertz.index_select(1, near) for near in self.near_bands)
        scores = [
            loudness.index_select(1, near)
            - DISTANCE_PENALTY * ((self.bin_hz[:, None] - partial) / self.config.bin_hz).square()
            for near, partial in zip(self.near_bands, (below, above), strict=True)
        ]
        return torch.where(scores[0] > scores[1], below, above)

    def _phase(
        self, energy: Bands, followed: Float[Tensor, "batch bin frame"]
    ) -> Float[Tensor, "batch bin frame"]:
        """Phase in turns: the running sum of the followed frequencies since the last onset.

        At an onset, and in the first frame, all bins are in phase at one moment: a pulse there.
        """
        advance = followed * (self.config.hop / self.config.sample_rate)
        running = torch.cumsum(advance - advance.round(), dim=2)
        moment, since = self._onsets(energy)
        bins = (self.bin_hz / self.config.bin_hz)[:, None]
        start = bins * (0.5 - moment / self.config.fft_size)
        turns = running + (start - running).gather(2, since)
        return turns - turns.round()

    def _onsets(
        self, energy: Bands
    ) -> tuple[Float[Tensor, "batch bin frame"], Int[Tensor, "batch bin frame"]]:
        """When a frame's energy arrives, in samples from its centre, and the last onset's frame.

        Four Hann frames overlap, so the centre of gravity of their energies points at a click to
        the sample; where the sound goes on evenly it points at the frame's own centre.
        """
        count, reach = energy.shape[2], ONSET_BANDS // 2
        smooth = F.avg_pool1d(energy.mT, ONSET_BANDS, 1, reach, count_include_pad=False).mT + QUIET
        around = F.pad(smooth, (2, 2))
        parts = {step: around[..., 2 + step : 2 + step + count] for step in range(-2, 3)}
        lever = torch.stack([step * part for step, part in parts.items()]).sum(dim=0)
        moment = self.config.hop * lever / torch.stack(list(parts.values())).sum(dim=0)
        past = F.pad(smooth, (4, 0), value=QUIET)[..., :count]
        onset = (smooth > ONSET_RATIO * past) & (moment.abs() > ONSET_SAMPLES)
        frame = torch.arange(count, device=energy.device)
        since = torch.where(onset, frame, torch.zeros_like(frame)).cummax(dim=2).values
        return self.to_bins(moment.mT).mT.contiguous(), since.index_select(1, self.nearest_band)
