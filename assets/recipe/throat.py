"""A vocal tract: folds that pulse, a throat whose resonances move, the noise of consonants.

The folds are a source and the tract is a filter in the frequency domain that does not load them.
Knows no kind of voice and no language: its syllables are random.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from clips import RATE, Samples
from numpy.typing import NDArray
from scene import Scene, turns
from scipy.signal import istft, lfilter, resample_poly, stft
from textures import TIME, TURN, bandpass

FRAME, HOP = 1_024, 256  # samples
CONTROL = np.arange(RATE // HOP + 2) * HOP / RATE  # seconds, where the tract's shape is given
BINS = np.fft.rfftfreq(FRAME, 1 / RATE).astype(np.float32)  # Hz
POLES = 150  # resonances of the tract; those from here on are counted together
ROUNDING = np.hanning(13) / np.hanning(13).sum()  # of a glide's corners, 30 ms at half its height

# The first five formants in Hz of a tract 17.5 cm long: the lower three are the men's averages of
# Peterson and Barney (1952), but for "y" (French) and "uh" (an even tube); the upper two are ours.
VOWELS = {
    "a": (730, 1090, 2440, 3400, 4500),
    "ae": (660, 1720, 2410, 3500, 4500),
    "e": (530, 1840, 2480, 3500, 4500),
    "i": (270, 2290, 3010, 3600, 4600),
    "o": (570, 840, 2410, 3300, 4500),
    "u": (300, 870, 2240, 3300, 4400),
    "er": (490, 1350, 1690, 3300, 4400),
    "y": (280, 1900, 2200, 3300, 4500),
    "uh": (500, 1500, 2500, 3500, 4500),
}
NASAL = (260, 1050, 2200, 3000, 4300)  # Hz, mouth closed

# The noise of a consonant: its band in Hz, its length in seconds, how loud it is.
CONSONANTS = {
    "s": (4500, 12_000, 0.12, 0.5),
    "sh": (2000, 7500, 0.13, 0.6),
    "f": (1200, 16_000, 0.10, 0.2),
    "th": (5000, 17_000, 0.08, 0.2),
    "k": (1300, 4500, 0.04, 0.8),
    "t": (3000, 12_000, 0.03, 0.8),
    "p": (250, 3000, 0.02, 0.8),
    "ch": (2200, 9000, 0.07, 0.8),
}


def resonance(hertz: NDArray, centre: NDArray | float, width: NDArray | float) -> NDArray:
    """Complex response of a pole pair, 1 at 0 Hz."""
    return centre**2 / (centre**2 - hertz**2 + 1j * hertz * width)


def notch(hertz: NDArray, centre: float, width: float, depth: float) -> NDArray:
    """Complex response of a zero pair over a pole pair that is `depth` times as wide."""
    rest = centre**2 - hertz**2
    return (rest + 1j * hertz * width) / (rest + 1j * hertz * width * depth)


def rosenberg(phase: Samples, opening: float, closing: float) -> Samples:
    """Airflow through the glottis at a phase of its cycle, 0 to 1; shut for the rest."""
    rise = np.linspace(0, np.pi, max(2, int(4096 * opening)))
    fall = np.linspace(0, np.pi / 2, max(2, int(4096 * closing)))
    cycle = np.zeros(4097)
    shaped = np.concatenate([0.5 - 0.5 * np.cos(rise), np.cos(fall)])
    cycle[: len(shaped)] = shaped
    return np.interp(phase, np.linspace(0, 1, len(cycle)), cycle)


def level(samples: Samples) -> Samples:
    """Scale to an RMS of 1: `scene.unit_rms` but for the floor, on which clips' last bits hang."""
    return samples / (np.sqrt((samples**2).mean()) + 1e-9)


def window(start: float, end: float, attack: float = 0.02, release: float = 0.06) -> Samples:
    """An envelope [48000] that is open from `start` to `end`, seconds, with rounded flanks."""
    rise = np.clip((TIME - start) / attack, 0, 1)
    return np.sin(0.5 * np.pi * rise * np.clip((end - TIME) / release, 0, 1)) ** 2


def overdrive(samples: Samples, drive: float) -> Samples:
    """Saturate, the harder the larger `drive`."""
    return np.tanh(drive * level(samples)) / drive


class Throat(Scene):
    """Someone's vocal folds, of their own habits, under a tract of its own length.

    Attributes:
        length: Of the tract, 1 for a grown man's.
        speaking: The fundamental that comes easily, Hz.
        breath: Aspiration noise beside the voice.
        effort: From slack (0) to pressed (1) vocal folds.
        jitter: Scatter of the fundamental from cycle to cycle.
        shimmer: Scatter of the amplitude.
    """

    def __init__(
        self, rng: np.random.Generator, shortest: float = 0.6, longest: float = 1.4
    ) -> None:
        super().__init__(rng)
        self.length = self.uniform(shortest, longest)
        self.speaking = 110 * self.uniform(0.7, 1.5) / self.length**2
        self.breath = self.even_in_log(0.01, 0.3)
        self.effort = self.uniform(0, 1)
        self.jitter = self.even_in_log(0.002, 0.02)
        self.shimmer = self.uniform(0.01, 0.15)
        self._formant_ratios = rng.uniform(0.92, 1.08, 5)
        self._upper = self._upper_response()

    def _upper_response(self) -> NDArray:
        """What no tongue moves: formants above the fifth, and the notches of two side cavities."""
        order = np.arange(6, POLES)
        upper = 500 * (2 * order - 1) / self.length * self.rng.uniform(0.97, 1.03, len(order))
        response = resonance(BINS, upper[:, None], 0.08 * upper[:, None]).prod(0)
        response *= np.exp((BINS * self.length / 1000) ** 2 / POLES)  # the poles still higher up
        for centre in self.rng.uniform(3800, 6000, 2) / self.length:
            response *= notch(BINS, centre, 300, self.uniform(1, 4))
        return response.astype(np.complex64)

    def vowels(self, count: int, among: Sequence[str] = tuple(VOWELS)) -> list[str]:
        """Draw the names of `count` vowels, with repeats."""
        return [str(name) for name in self.rng.choice(among, count)]

    def intonation(self, low: float, high: float, corners: int) -> Samples:
        """A curve [48000] that glides past `corners` values; they are even in log."""
        values = np.log([self.even_in_log(low, high) for _ in range(corners)])
        straight = np.interp(CONTROL, np.linspace(0, 1, corners), values)
        eased = np.convolve(np.pad(straight, len(ROUNDING) // 2, "edge"), ROUNDING, "valid")
        return np.exp(np.interp(TIME, CONTROL, eased))

    def vibrato(self, cents: float) -> Samples:
        """Pitch ratio [48000] that swings up to `cents` about 1, and sets in late or at once."""
        depth = cents / 1200 * np.clip((TIME - self.uniform(-0.3, 0.4)) / 0.3, 0, 1)
        return 2 ** (depth * self.sine(self.uniform(4.5, 7)))

    def larynx(self, hertz: Samples, *, breath: float | None = None) -> Samples:
        """The glottal source [48000] at a fundamental [48000], with its aspiration noise."""
        cycle = np.cumsum(hertz / RATE).astype(int)
        scatter = 1 + self.jitter * self.rng.standard_normal(cycle[-1] + 1)[cycle]
        phase = np.cumsum(np.repeat(hertz * scatter, 2)) / (2 * RATE)  # oversampled twice
        opened = 0.8 - 0.45 * self.effort
        flow = rosenberg(phase % 1, 0.67 * opened, 0.33 * opened * (1.2 - 0.8 * self.effort))
        gain = 1 + self.shimmer * self.rng.standard_normal(int(phase[-1]) + 1)[phase.astype(int)]
        voice = resample_poly(np.diff(gain * flow, prepend=0.0), 1, 2)
        soft = 0.9 * (1 - self.effort)
        voice = lfilter([1 - soft], [1, -soft], voice)
        noise = lfilter([0.5], [1, -0.5], self.white()) * (0.3 + flow[::2])
        return level(voice) + (self.breath if breath is None else breath) * noise

    def shape(self, *vowels: str) -> NDArray:
        """Formants in Hz [5, frame] that pass evenly through `vowels`; "m" is a closed mouth."""
        places = np.linspace(0, 1, len(vowels))
        targets = np.log([NASAL if name == "m" else VOWELS[name] for name in vowels])
        targets = targets + self.rng.normal(0, 0.04, targets.shape)
        tracks = [np.exp(np.interp(CONTROL, places, track)) for track in targets.T]
        return np.array(tracks) * (self._formant_ratios / self.length)[:, None]

    def resonate(
        self, source: Samples, formants: NDArray, *, sharpness: float = 1, nasal: float = 0
    ) -> Samples:
        """Send a source [48000] through the tract, RMS 1.

        Args:
            source: Of the folds, or any other.
            formants: Hz [5, frame].
            sharpness: Of the formants, 1 for flesh.
            nasal: How far the nose is open, 0 to 1.
        """
        spectra = stft(source.astype(np.float32), RATE, nperseg=FRAME, noverlap=FRAME - HOP)[2]
        response = np.repeat(self._upper[:, None], spectra.shape[1], axis=1)
        for track in formants[:, : spectra.shape[1]].astype(np.float32):
            response *= resonance(BINS[:, None], track, (45 + 0.05 * track) / sharpness)
        if nasal:
            response *= notch(BINS, 700 / self.length, 120, 1 + 5 * nasal)[:, None]
            response *= resonance(BINS, 3000 / self.length, 6000)[:, None] ** nasal
        voice = istft(spectra * response, RATE, nperseg=FRAME, noverlap=FRAME - HOP)[1]
        return level(voice[:RATE].astype(np.float64))

    def consonant(self, name: str, start: float, stretch: float = 1) -> Samples:
        """The noise of a consonant at `start` seconds, [48000]."""
        low, high, seconds, loudness = CONSONANTS[name]
        place = self.uniform(0.8, 1.2) / np.sqrt(self.length)
        noise = level(bandpass(self.white(), low * place, high * place))
        attack = 0.002 if seconds < 0.08 else 0.03
        end = start + stretch * seconds
        return loudness * noise * window(start, end, attack, 0.6 * stretch * seconds)

    def babble(self, source: Samples, syllables: int, seconds: float, **tract: float) -> Samples:
        """Say random syllables within `seconds` on a steady source, [48000]."""
        edges = np.linspace(0, seconds, syllables + 1)
        edges[1:-1] += self.rng.uniform(-0.15, 0.15, syllables - 1) * seconds / syllables
        loudness, noise = np.zeros(RATE), np.zeros(RATE)
        for start, end in pairwise(edges):
            name, onset = str(self.rng.choice(list(CONSONANTS))), start
            full = CONSONANTS[name][2]
            kept = min(full, 0.4 * (end - start))
            if self.odds(0.8):
                noise += self.consonant(name, start, kept / full)
                onset += 0.8 * kept
            loudness += self.uniform(0.5, 1) * window(onset, end, 0.025, 0.4 * (end - onset))
        vowels = self.vowels(2 * syllables)
        return self.resonate(source * loudness, self.shape(*vowels), **tract) + noise

    def phrase(self) -> Samples:
        """The loudness [48000] of one sound, short or held."""
        end = self.uniform(0.3, 1.3)
        return window(0, end, self.even_in_log(0.01, 0.25), self.uniform(0.1, 0.5) * end)

    def note(self) -> int:
        """Draw a MIDI note that comes easily."""
        hertz = self.speaking * self.even_in_log(0.9, 2.6)
        return round(float(np.clip(69 + 12 * np.log2(hertz / 440), 36, 88)))

    def roughness(self, hertz: Samples | float, depth: float) -> Samples:
        """Amplitude [48000] of false folds that beat at a fraction of the fundamental."""
        wander = self.intonation(0.9, 1.1, 12)
        beat = turns(hertz * wander / self.rng.integers(2, 5))
        return 1 - depth * (0.5 + 0.5 * np.sin(TURN * beat)) * (0.5 + 0.5 * self.drift(30))
