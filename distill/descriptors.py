"""What a listener would name in a sound: brightness, noisiness, attack, length, pitch and more.

It does not know latents, models or files: clips in, one number a clip and descriptor out.

Every descriptor but loudness is blind to gain. Silence has a loudness (the floor) and nothing
else: all its other descriptors are NaN, as is the pitch of whatever has none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

LOUDNESS_FLOOR = -100.0  # dB
FLOOR = 1e-3  # of the largest magnitude: what lies 60 dB under it does not colour a sound
WARM_BELOW = 500.0  # Hz
PRESENT = (2000.0, 5000.0)  # Hz, where the ear is keenest
ONSET = 0.1  # of the peak amplitude: from here on a sound is rising
LONG_FRAME = 8192  # samples in which low partials stand apart
ENVELOPE_WINDOW = 0.02  # seconds
ENVELOPE_HOP = 0.001  # seconds
CLIPS_AT_ONCE = 32


@dataclass(frozen=True)
class Descriptor:
    """One audible quality.

    Attributes:
        name: one lower-case word.
        unit: "Hz", "dB", "ms" ...
        description: one sentence for a listener.
        low: about the 1st percentile over musical sounds, for axes and colours.
        high: about the 99th.
        logarithmic: whether it is heard in ratios rather than in differences.
    """

    name: str
    unit: str
    description: str
    low: float
    high: float
    logarithmic: bool = False

    def heard(self, values: Floats) -> Floats:
        """Map values to a scale on which equal steps sound about equal (octaves, decades)."""
        return np.log2(values) if self.logarithmic else values


DESCRIPTORS: dict[str, Descriptor] = {
    descriptor.name: descriptor
    for descriptor in (
        Descriptor("loudness", "dB", "Level of the loudest tenth of a second.", -60, 0),
        Descriptor("brightness", "Hz", "Centre of the spectrum.", 150, 12_000, logarithmic=True),
        Descriptor("warmth", "dB", "Energy below 500 Hz against the energy above.", -40, 40),
        Descriptor("presence", "dB", "Energy from 2 to 5 kHz against the rest.", -50, 15),
        Descriptor("richness", "octaves", "How far the spectrum spreads about its centre.", 0, 2.5),
        Descriptor("noisiness", "", "From a pure tone (0) to noise (about 1).", 0, 1),
        Descriptor("attack", "ms", "How long the sound takes to rise.", 5, 800, logarithmic=True),
        Descriptor(
            "swell", "ms", "How late its energy comes, on the whole.", 10, 600, logarithmic=True
        ),
        Descriptor("length", "s", "How long the sound stays loud.", 0.02, 1, logarithmic=True),
        Descriptor("pitch", "semitones", "MIDI note number; 69 is A4, 440 Hz.", 24, 108),
    )
}


def describe(clips: Samples, sample_rate: int) -> dict[str, Floats]:
    """Measure every descriptor of every clip.

    Args:
        clips: float32 [clip, sample], full scale 1.
        sample_rate: Hz.

    Returns:
        A float64 [clip] for each name in DESCRIPTORS, in that order, in its unit.
    """
    clips = np.atleast_2d(clips).astype(np.float32)
    parts = [
        _describe(clips[start : start + CLIPS_AT_ONCE], sample_rate)
        for start in range(0, max(len(clips), 1), CLIPS_AT_ONCE)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in DESCRIPTORS}


def _describe(clips: Samples, sample_rate: int) -> dict[str, Floats]:
    """Measure a few clips; each spectrum and envelope is computed once and shared."""
    levels = loudness(clips, sample_rate)
    sounding = levels > LOUDNESS_FLOOR
    values = {name: np.full(len(clips), np.nan) for name in DESCRIPTORS}
    values["loudness"] = levels
    if sounding.any():
        measured = _describe_sounding(_normalised(clips[sounding]), sample_rate)
        for name, measurement in measured.items():
            values[name][sounding] = measurement
    return values


def _describe_sounding(clips: Samples, sample_rate: int) -> dict[str, Floats]:
    power = power_spectrogram(clips, LONG_FRAME, LONG_FRAME // 2)
    envelope = energy_envelope(clips, sample_rate)
    colour: dict[str, Callable[[Floats, int], Floats]] = {
        "brightness": brightness,
        "warmth": warmth,
        "presence": presence,
        "richness": richness,
    }
    spectrum = power.mean(axis=1, dtype=np.float64)
    return {
        **{name: measure(spectrum, sample_rate) for name, measure in colour.items()},
        "noisiness": noisiness(power),
        "attack": attack(envelope),
        "swell": swell(envelope),
        "length": length(envelope),
        "pitch": pitch(clips, sample_rate),
    }


def _normalised(clips: Samples) -> Samples:
    return np.asarray(clips / np.abs(clips).max(axis=1, keepdims=True), np.float32)


def power_spectrogram(clips: Samples, size: int, hop: int) -> NDArray[np.float32]:
    """Compute squared magnitudes of Hann-windowed frames, float32 [clip, frame, bin].

    Half a frame of silence goes before the clip, so that its onset is heard; none goes behind it,
    or a sound that the clip cuts off would end in a click of ours.
    """
    frames = _frames(np.pad(clips, ((0, 0), (size // 2, 0))), size, hop)
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    spectra = fft.rfft(frames * window, axis=-1)
    return np.asarray(spectra.real**2 + spectra.imag**2)


def energy_envelope(clips: Samples, sample_rate: int) -> Floats:
    """Mean square under a sliding Hann window of 20 ms, [clip, frame], one frame a millisecond."""
    half = round(ENVELOPE_WINDOW * sample_rate / 2)
    hop = round(ENVELOPE_HOP * sample_rate)
    squares = np.pad(clips.astype(np.float64) ** 2, ((0, 0), (half, half)))
    window = np.hanning(2 * half + 1)[:-1]
    return np.asarray(_frames(squares, 2 * half, hop) @ (window / window.sum()))


def loudness(clips: Samples, sample_rate: int) -> Floats:
    """Level of the loudest tenth of a second: dB of its root mean square, full scale 0 dB."""
    tenth = min(sample_rate // 10, clips.shape[1])
    sums = np.cumsum(clips.astype(np.float64) ** 2, axis=1)
    energy = np.concatenate(
        [sums[:, tenth - 1 : tenth], sums[:, tenth:] - sums[:, :-tenth]], axis=1
    )
    floor = 10 ** (LOUDNESS_FLOOR / 10)
    return np.asarray(10 * np.log10(np.maximum(energy.max(axis=1) / tenth, floor)))


def brightness(spectrum: Floats, sample_rate: int) -> Floats:
    """Spectral centroid: the mean frequency weighted by magnitude, in Hz.

    Args:
        spectrum: power over the clip, [clip, bin] from 0 Hz to half the sample rate.
        sample_rate: Hz.
    """
    weights = _bin_weights(spectrum)
    return np.asarray(weights @ _bin_frequencies(spectrum, sample_rate))


def warmth(spectrum: Floats, sample_rate: int) -> Floats:
    """Energy below 500 Hz against energy above, in dB, held to +-60."""
    return _balance(spectrum, _bin_frequencies(spectrum, sample_rate) < WARM_BELOW)


def presence(spectrum: Floats, sample_rate: int) -> Floats:
    """Energy from 2 to 5 kHz against energy below and above, in dB, held to +-60."""
    frequencies = _bin_frequencies(spectrum, sample_rate)
    return _balance(spectrum, (frequencies >= PRESENT[0]) & (frequencies < PRESENT[1]))


def richness(spectrum: Floats, sample_rate: int) -> Floats:
    """Spectral spread: standard deviation of the frequency in octaves, weighted by magnitude."""
    weights = _bin_weights(spectrum)
    octaves = np.log2(np.maximum(_bin_frequencies(spectrum, sample_rate), 20.0))
    mean = weights @ octaves
    variance = np.einsum("cb,cb->c", weights, (octaves - mean[:, None]) ** 2)
    return np.asarray(np.sqrt(variance))


def noisiness(power: NDArray[np.float32]) -> Floats:
    """Spectral flatness within bands, weighted by their energy; 0 tone, 1 noise.

    Within bands, so that coloured noise is as much noise as white noise is: bands a third of an
    octave wide, but never less than 24 bins, or a partial would fill them. The geometric mean of
    the power of Gaussian noise is exp(-Euler's gamma) = 0.56 of its mean; that counts as 1, so
    noise measures about 1, and a click, which is flatter than any noise, up to 1.8.

    Args:
        power: [clip, frame, bin], long frames, or low partials merge.
    """
    edges = flat_bands(power.shape[-1])
    counts = np.diff(np.append(edges, power.shape[-1]))
    power = power + np.float32(1e-12) * power.max(axis=(1, 2), keepdims=True)
    energy = np.add.reduceat(power, edges, axis=2, dtype=np.float64)
    geometric = np.exp(np.add.reduceat(np.log(power), edges, axis=2, dtype=np.float64) / counts)
    flat = geometric * counts / np.exp(-np.euler_gamma)
    return np.asarray(flat.sum(axis=(1, 2)) / energy.sum(axis=(1, 2)))


def attack(envelope: Floats) -> Floats:
    """Rise time in ms: of the straight ramp that is as long and as far below its peak.

    From where the amplitude first reaches a tenth of its peak, the area between the peak and the
    highest amplitude so far. A late wobble of a sustained sound adds little to it, whereas a time
    between two thresholds would jump.

    Args:
        envelope: mean square [clip, frame], one frame a millisecond.
    """
    amplitude = np.sqrt(envelope / envelope.max(axis=1, keepdims=True))
    risen = np.maximum.accumulate(amplitude, axis=1)
    missing = np.where(risen >= ONSET, 1 - risen, 0).sum(axis=1)
    return np.asarray(np.maximum(2 * missing / (1 - ONSET) ** 2, 1.0) * (1000 * ENVELOPE_HOP))


def swell(envelope: Floats) -> Floats:
    """Temporal centroid in ms (Peeters, 2004): mean time of the energy since the clip began.

    A steady sound of T ms measures T / 2, and so does a decay by exp(-t / T); one that begins
    late or grows measures more.

    Args:
        envelope: mean square [clip, frame], one frame a millisecond.
    """
    centre = envelope @ np.arange(envelope.shape[1]) / envelope.sum(axis=1)
    return np.asarray(np.maximum(centre, 1.0) * (1000 * ENVELOPE_HOP))


def length(envelope: Floats) -> Floats:
    """Equivalent duration in s: (sum of energy)^2 / sum of energy^2.

    A steady sound of T seconds measures T, a decay by exp(-t / T) measures T.

    Args:
        envelope: mean square [clip, frame], one frame a millisecond.
    """
    return np.asarray(envelope.sum(axis=1) ** 2 / (envelope**2).sum(axis=1) * ENVELOPE_HOP)


def pitch(clips: Samples, sample_rate: int) -> Floats:
    """Median pitch of the frames that have one, as a MIDI note number; NaN where too few have.

    Frames within 30 dB of the loudest count; at least half of their energy must be periodic.
    """
    frames = _frames(clips, 4096, 2048)
    energy = np.einsum("cfs,cfs->cf", frames, frames)
    periods, periodicity = _periods(frames.reshape(-1, 4096), sample_rate)
    notes = 69 + 12 * np.log2(sample_rate / periods / 440).reshape(energy.shape)
    heard = energy > 1e-3 * energy.max(axis=1, keepdims=True)
    voiced = heard & (periodicity.reshape(energy.shape) > 0.85)
    share = (energy * voiced).sum(axis=1) / (energy * heard).sum(axis=1)
    found = share >= 0.5
    result = np.full(len(clips), np.nan)
    if found.any():
        result[found] = np.nanmedian(np.where(voiced, notes, np.nan)[found], axis=1)
    return result


def _periods(frames: Samples, sample_rate: int) -> tuple[Floats, Floats]:
    """Find periods in samples, and how periodic frames are, by normalised square difference.

    McLeod and Wyvill, "A smarter way to find pitch", 2005: of the peaks of the autocorrelation
    (normalised to [-1, 1]) after its first fall below zero, the first of at least 0.9 of the
    highest. Searched from 40 Hz to 4.8 kHz.
    """
    similarity = _normalised_autocorrelation(frames, sample_rate // 40 + 2)
    inner = similarity[:, 1:-1]
    peak = (inner >= similarity[:, :-2]) & (inner > similarity[:, 2:])
    peak &= np.logical_or.accumulate(inner < 0, axis=1)
    peak[:, : sample_rate // 4800 - 1] = False
    heights = np.where(peak, inner, 0.0)
    highest = heights.max(axis=1)
    first = np.argmax(heights >= np.maximum(0.9 * highest, 1e-9)[:, None], axis=1) + 1
    return _refined(similarity, first), highest


def _normalised_autocorrelation(frames: Samples, lags: int) -> Samples:
    """Autocorrelation over the mean energy of the two overlapping parts, [frame, lag]."""
    size = frames.shape[1]
    spectra = fft.rfft(frames, n=2 * size, axis=1)
    correlation = fft.irfft(spectra.real**2 + spectra.imag**2, axis=1)[:, :lags]
    sums = np.cumsum(frames.astype(np.float64) ** 2, axis=1)
    ends = sums[:, size - 1 - np.arange(lags)]
    starts = sums[:, -1:] - np.pad(sums[:, : lags - 1], ((0, 0), (1, 0)))
    return np.asarray(2 * correlation / np.maximum(ends + starts, 1e-9), np.float32)


def _refined(similarity: Samples, lags: NDArray[np.int64]) -> Floats:
    """Sharpen integer periods: look at the peaks near 2, 4, 8 ... periods, as far as they go."""
    period = np.maximum(_parabolic_peak(similarity, lags), 1.0)
    multiple = 2
    while multiple <= 64:
        near = np.round(multiple * period).astype(np.int64)
        usable = near < similarity.shape[1] - 2
        sharper = _parabolic_peak(similarity, np.where(usable, near, lags)) / multiple
        usable &= np.abs(sharper - period) < 0.6 / multiple
        period = np.where(usable, sharper, period)
        multiple *= 2
    return period


def _parabolic_peak(similarity: Samples, lags: NDArray[np.int64]) -> Floats:
    """Return the abscissa of the parabola's top through three points about each row's lag."""
    rows = np.arange(len(lags))
    before, here, after = (similarity[rows, lags + step].astype(np.float64) for step in (-1, 0, 1))
    curvature = before - 2 * here + after
    offset = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-12), 0.0)
    return np.asarray(lags + np.clip(offset, -1, 1))


def _frames(clips: NDArray[np.floating], size: int, hop: int) -> NDArray[np.floating]:
    """Cut [clip, sample] into overlapping views [clip, frame, size]; short clips are padded."""
    short = max(0, size - clips.shape[1])
    clips = np.pad(clips, ((0, 0), (0, short))) if short else clips
    return np.lib.stride_tricks.sliding_window_view(clips, size, axis=1)[:, ::hop]


def flat_bands(bins: int) -> NDArray[np.int64]:
    """First bins of bands that grow from 24 bins to a third of an octave each."""
    edges = [0]
    while edges[-1] + 24 <= bins:
        edges.append(max(edges[-1] + 24, round(edges[-1] * 2 ** (1 / 3))))
    return np.array(edges[:-1])


def _balance(spectrum: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Energy in the chosen bins against energy in the others, in dB, held to +-60."""
    least = 1e-6 * spectrum.sum(axis=1)
    inside = np.maximum(spectrum[:, chosen].sum(axis=1), least)
    outside = np.maximum(spectrum[:, ~chosen].sum(axis=1), least)
    return np.asarray(10 * np.log10(inside / outside))


def _bin_frequencies(spectrum: NDArray[np.floating], sample_rate: int) -> Floats:
    return np.linspace(0, sample_rate / 2, spectrum.shape[-1])


def _bin_weights(spectrum: Floats) -> Floats:
    """Magnitudes above the floor, as weights that sum to 1, [clip, bin]."""
    magnitude = np.sqrt(spectrum)
    magnitude = magnitude * (magnitude >= FLOOR * magnitude.max(axis=1, keepdims=True))
    return np.asarray(magnitude / magnitude.sum(axis=1, keepdims=True))
