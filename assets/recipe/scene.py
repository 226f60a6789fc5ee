"""The brushes and signal blocks that rendered sounds of many events and layers are made of.

`Scene` adds to `textures.Paint` what draws at random; the functions draw nothing. Does not know
what a brush will paint, nor how a sound is recorded, cut or stored.
"""

from collections.abc import Callable, Iterable

import numpy as np
from clips import RATE, Samples
from numpy.typing import NDArray
from scipy.signal import fftconvolve, iirpeak, lfilter
from textures import TIME, TURN, Paint, bandpass

Moments = NDArray[np.integer]  # sample numbers
Range = tuple[float, float]  # to draw from, or the edges of a band in Hz

FADED = 7  # time constants after which a decay is cut off
HIGHEST = 21_000  # Hz, of any mode, and of the edge of a band
WIDEST = 16_000  # Hz, of a resonance; `iirpeak` is unstable from RATE / 2 on
VOWELS = (  # Hz of the first three formants
    (730, 1090, 2440),
    (530, 1840, 2480),
    (270, 2290, 3010),
    (570, 840, 2410),
    (300, 870, 2240),
)


def unit_rms(samples: Samples) -> Samples:
    """Scale to an RMS of 1; silence stays silent."""
    return samples / (np.sqrt((samples**2).mean()) + 1e-12)


def unit_peak(samples: Samples) -> Samples:
    """Scale to a peak of 1; silence stays silent."""
    return samples / max(1e-9, np.abs(samples).max())


def envelope(attack: float, decay: float) -> Samples:
    """Rise and fall exponentially, time constants in seconds."""
    return (1 - np.exp(-TIME / attack)) * np.exp(-TIME / decay)


def ramp(seconds: float) -> Samples:
    """Rise from 0 to 1, then stay."""
    return np.minimum(1, TIME / seconds)


def smooth(gate: Samples, seconds: float) -> Samples:
    """Round the corners of something that switches."""
    pole = np.exp(-1 / (seconds * RATE))
    return lfilter([1 - pole], [1, -pole], gate)


def turns(hertz: Samples) -> Samples:
    """How many turns an oscillator has made that follows a frequency."""
    return np.cumsum(hertz) / RATE


def angle(hertz: Samples) -> Samples:
    """How far it has turned, in radians."""
    return TURN * np.cumsum(hertz) / RATE


def ticks(turned: Samples) -> Samples:
    """An impulse of 1 wherever a turn is complete."""
    return np.diff(np.floor(turned), prepend=0)


def glide(start: float, end: float, decay: float) -> Samples:
    """A sine whose frequency falls, or rises, exponentially from `start` to `end` Hz."""
    return np.sin(angle(end + (start - end) * np.exp(-TIME / decay)))


def heterodyne(noise: Samples, at: Samples) -> Samples:
    """Move two channels of low noise up to the frequency of a phase in radians."""
    return noise[0] * np.cos(at) + noise[1] * np.sin(at)


def resonate(samples: Samples, hertz: float, decay: float) -> Samples:
    """Pass one resonance whose ring dies to 1/e within `decay` seconds."""
    radius = np.exp(-1 / (decay * RATE))
    theta = TURN * min(hertz, 22_000) / RATE
    gain = (1 - radius * radius) / 2
    return lfilter([gain, 0, -gain], [1, -2 * radius * np.cos(theta), radius * radius], samples)


def peak_filter(samples: Samples, hertz: float, quality: float) -> Samples:
    """Pass one resonance of a given quality, at unity gain."""
    return lfilter(*iirpeak(hertz, max(quality, hertz / WIDEST), fs=RATE), samples)


def overlay(starts: Iterable[int], grain: Callable[[], Samples]) -> Samples:
    """A second of silence with a new grain added at every start; nothing sounds after its end."""
    canvas = np.zeros(RATE)
    for start in starts:
        piece = grain()[: max(0, RATE - start)]
        canvas[start : start + len(piece)] += piece
    return canvas


def impulses(seconds: Samples, gains: Samples | float) -> Samples:
    """A second of silence with impulses in it; those outside are dropped."""
    pulses, place = np.zeros(RATE), (seconds * RATE).astype(int)
    inside = (place >= 0) & (place < RATE)
    np.add.at(pulses, place[inside], np.broadcast_to(gains, place.shape)[inside])
    return pulses


def convolve(pulses: Samples, grain: Samples) -> Samples:
    """Sound `grain`, or the answer of a room, at every impulse; the tail is cut at a second."""
    return fftconvolve(pulses, grain)[:RATE]


class Scene(Paint):
    """Brushes for events, moving pitches and layers."""

    def count(self, low: int, high: int) -> int:
        """Draw a number of things, few as likely as many."""
        return round(self.even_in_log(low, high))

    def odds(self, share: float) -> bool:
        """True in `share` of the cases."""
        return bool(self.rng.random() < share)

    def gain(self, unevenness: float = 0.8) -> float:
        """A loudness about one, log-normal."""
        return float(np.exp(unevenness * self.rng.standard_normal()))

    def curve(self, low: float, high: float, rate: float) -> Samples:
        """A drift between two values that is even in log."""
        return low * (high / low) ** self.drift(rate)

    def near(self, hertz: float, ratio: float, rate: float) -> Samples:
        """A frequency that drifts within a factor of `ratio` either way."""
        return self.curve(hertz / ratio, hertz * ratio, rate)

    def unsteady(self, hertz: Samples | float, depth: float, rate: float) -> Samples:
        """A frequency that jitters at up to `rate` Hz by about a share of `depth`."""
        return hertz * (1 + depth * self.narrow(0, rate)).clip(0.1, 3)

    def phase(self, hertz: Samples | float) -> Samples:
        """Turns that an oscillator has made, from a random start."""
        return turns(np.broadcast_to(hertz, RATE)) + self.uniform(0, 1)

    def tone(self, hertz: Samples | float) -> Samples:
        """A sine that follows a frequency."""
        return np.sin(TURN * self.phase(hertz))

    def saw(self, hertz: Samples | float) -> Samples:
        """A sawtooth that follows a frequency."""
        return 2 * (self.phase(hertz) % 1) - 1

    def pulses(self, hertz: Samples | float, unevenness: float = 0.2) -> Samples:
        """Single samples, one a turn, of uneven size."""
        return ticks(self.phase(hertz)) * np.exp(unevenness * self.white())

    def band(self, low: float, high: float) -> Samples:
        """Steady noise between two frequencies, RMS 1."""
        return unit_rms(bandpass(self.white(), low, high))

    def narrow(self, hertz: Samples | float, width: float) -> Samples:
        """Noise within `width` Hz of a frequency that may move, RMS 1."""
        pole = np.exp(-TURN * width / RATE)
        drawn = self.rng.standard_normal((2, RATE))
        start = drawn[:, :1] / np.sqrt(1 - pole * pole)  # as if it had always been running
        noise = lfilter([1], [1, -pole], drawn, zi=start)[0]
        return unit_rms(heterodyne(noise, TURN * self.phase(hertz)))

    def swept(self, curve: Samples) -> Samples:
        """Noise of a random width that swells about a frequency, from silence; peak 1."""
        width = self.even_in_log(0.15, 1.5) * curve.mean()
        pole = np.exp(-TURN * width / RATE)
        noise = lfilter([1], [1, -pole], self.rng.standard_normal((2, RATE)))
        return unit_peak(heterodyne(noise, angle(curve)))

    def some_band(self, centre: Range, octaves: Range) -> Range:
        """Draw the lower and upper edge of a band, in Hz."""
        middle, half = self.even_in_log(*centre), 2 ** (self.uniform(*octaves) / 2)
        return middle / half, min(HIGHEST, middle * half)

    def hiss(self, band: Range, decay: float, attack: float = 2e-4) -> Samples:
        """A whole second of noise between two frequencies, rising and dying; peak 1."""
        return unit_peak(bandpass(self.white(), *band) * envelope(attack, decay))

    def add_resonances(self, sound: Samples, hertz: Range, quality: Range) -> Samples:
        """Add three random resonances; peak 1."""
        peaks = sum(
            self.uniform(0, 2)
            * peak_filter(sound, self.even_in_log(*hertz), self.even_in_log(*quality))
            for _ in range(3)
        )
        return unit_peak(self.uniform(0, 0.5) * sound + peaks)

    def moments(self, density: float, where: Samples | None = None) -> Moments:
        """When about `density` events happen, one at least; more of them where `where` is high."""
        drawn = self.rng.random(max(1, self.rng.poisson(density)))
        if where is None:
            return (drawn * RATE).astype(int)
        share = np.cumsum(where)
        return np.minimum(np.searchsorted(share, drawn * share[-1]), RATE - 1)

    def beats(self, hertz: float, jitter: float) -> Moments:
        """Regular moments, each misplaced by up to `jitter` of the period."""
        turned = np.arange(self.uniform(0, 1), hertz, 1.0)
        turned = turned + jitter * self.rng.uniform(-1, 1, len(turned))
        return np.clip(turned / hertz * RATE, 0, RATE - 1).astype(int)

    def ring(self, hertz: float, decay: float, rise: float = 0.0) -> Samples:
        """A dying sine whose frequency rises by a share of `rise` each second."""
        time = TIME[: max(16, int(FADED * decay * RATE))]
        turned = hertz * time * (1 + rise * time / 2)
        return np.sin(TURN * turned) * np.exp(-time / decay)

    def burst(self, centre: float, decay: float, sharpness: float = 1.0) -> Samples:
        """A short grain of dying noise about a centre; `sharpness` is its ring in periods."""
        time = TIME[: max(32, int(FADED * decay * RATE))]
        noise = self.rng.standard_normal(len(time)) * np.exp(-time / decay)
        return self.gain() * resonate(noise, centre, sharpness / centre)

    def bubble(self, radius: float) -> Samples:
        """A bubble of `radius` metres: Minnaert's frequency, van den Doel's damping and rise."""
        damping = 0.13 / radius + 0.0072 * radius**-1.5
        rise = self.uniform(0, 0.15) * damping
        return self.gain() * self.ring(3 / radius, 1 / damping, rise)

    def bubbles(self, low: float, high: float, starts: Moments) -> Samples:
        """Bubbles with radii between two, in metres."""
        return overlay(starts, lambda: self.bubble(self.even_in_log(low, high)))

    def formants(self, source: Samples, stretch: float) -> Samples:
        """Speak a random vowel with a throat `stretch` times as short."""
        vowel = VOWELS[self.rng.integers(len(VOWELS))]
        return sum(
            resonate(source, hertz * stretch, self.uniform(0.002, 0.006)) / order
            for order, hertz in enumerate(vowel, start=1)
        )

    def blend(self, *layers: Samples) -> Samples:
        """Mix layers at random levels, up to 24 dB apart."""
        return sum(unit_rms(layer) * self.even_in_log(0.06, 1) for layer in layers)


Sound = Callable[[Scene], Samples]  # the model of a kind
