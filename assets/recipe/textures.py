"""Procedural textures from noise, filters and sines: no recording is involved.

Does not know how clips are cut or stored. `Paint` holds the brushes; each texture is one function
of it that returns a second of sound and the figures it was painted with.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from scipy.signal import butter, lfilter, sosfilt

Texture = tuple[Samples, dict[str, float]]

CLIPS = 150  # of each texture
TIME = np.arange(RATE) / RATE  # seconds
TURN = 2 * np.pi
SOME_PHASE = 6.3  # radians, about one turn


class Paint:
    """Random brushes, all from one seeded generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def uniform(self, low: float, high: float) -> float:
        """Draw evenly between two values."""
        return float(self.rng.uniform(low, high))

    def even_in_log(self, low: float, high: float) -> float:
        """Draw evenly in ratio, as ears judge frequency and density."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def white(self) -> Samples:
        """White noise, unit variance."""
        return self.rng.standard_normal(RATE)

    def coloured(self) -> Samples:
        """Noise whose spectrum falls with a random slope, between white and brown."""
        spectrum = np.fft.rfft(self.white())
        spectrum /= np.maximum(1, np.arange(len(spectrum))) ** self.uniform(0.2, 1.2)
        return np.fft.irfft(spectrum, RATE)

    def drift(self, rate: float) -> Samples:
        """A curve between 0 and 1 that wanders through about `rate` + 2 corners a second."""
        corners = max(2, int(rate) + 2)
        return np.interp(
            np.linspace(0, corners - 1, RATE), np.arange(corners), self.rng.uniform(0, 1, corners)
        )

    def sparks(self, density: float) -> Samples:
        """Where an event happens: `density` of them a second, true or false."""
        return self.rng.random(RATE) < density / RATE

    def sine(self, hertz: float) -> Samples:
        """A sine from a random phase."""
        return np.sin(TURN * hertz * TIME + self.uniform(0, SOME_PHASE))


def bandpass(samples: Samples, low: float, high: float) -> Samples:
    """Keep `low` to `high` Hz, 12 dB an octave."""
    edges = [max(20, low), min(23_000, high)]
    return sosfilt(butter(2, edges, "bandpass", fs=RATE, output="sos"), samples)


def wind(paint: Paint) -> Texture:
    """Two bands of coloured noise that cross-fade slowly."""
    centre = paint.even_in_log(150, 3000)
    mix = paint.drift(paint.uniform(1, 6))
    air = paint.coloured()
    low, high = bandpass(air, centre * 0.5, centre), bandpass(air, centre, centre * 2.5)
    return low * (1 - mix) + high * mix, {"centre": centre}


def rain(paint: Paint) -> Texture:
    """Sparse drops of very uneven size over faint hiss."""
    density = paint.even_in_log(30, 3000)
    drops = paint.sparks(density) * paint.white() ** 3
    centre = paint.even_in_log(800, 7000)
    hiss = 0.02 * paint.uniform(0, 1) * paint.white()
    return bandpass(drops, centre * 0.6, centre * 1.8) + hiss, {
        "density": density,
        "centre": centre,
    }


def crackle(paint: Paint) -> Texture:
    """Bursts of noise that die within milliseconds."""
    density = paint.even_in_log(8, 200)
    sparks = paint.sparks(density) * paint.white()
    decay = paint.even_in_log(0.0005, 0.01)
    envelope = lfilter([1], [1, -np.exp(-1 / (decay * RATE))], sparks)
    return envelope * paint.white() + 0.01 * paint.coloured(), {"density": density}


def hum(paint: Paint) -> Texture:
    """Nineteen harmonics of a low tone over coloured noise."""
    fundamental = paint.even_in_log(40, 240)
    tone = sum(
        paint.uniform(0, 1) / order * paint.sine(fundamental * order) for order in range(1, 20)
    )
    return tone + paint.uniform(0, 0.3) * paint.coloured() * 30, {"f0": fundamental}


def grains(paint: Paint) -> Texture:
    """A cloud of short windowed sines scattered about one pitch."""
    centre, spread = paint.even_in_log(150, 5000), paint.uniform(0.02, 1.5)
    count, length = (
        int(paint.even_in_log(10, 300)),
        int(paint.even_in_log(0.01, 0.15) * RATE),
    )
    window, cloud = np.hanning(length), np.zeros(RATE)
    for _ in range(count):
        start = paint.rng.integers(0, RATE - length)
        hertz = centre * 2 ** (spread * paint.rng.standard_normal())
        grain = window * np.sin(TURN * hertz * TIME[:length])
        cloud[start : start + length] += grain * paint.uniform(0.2, 1)
    return cloud, {"centre": centre, "density": count}


def drone(paint: Paint) -> Texture:
    """A few inharmonic partials, each swelling by itself."""
    fundamental = paint.even_in_log(40, 400)
    partials = int(paint.rng.integers(3, 14))
    tone = sum(
        paint.uniform(0.1, 1) * (0.5 + 0.5 * paint.drift(4)) * paint.sine(fundamental * ratio)
        for ratio in paint.rng.uniform(1, 8, partials)
    )
    return tone, {"f0": fundamental, "partials": partials}


def ocean(paint: Paint) -> Texture:
    """One wave of low noise with foam on its crest."""
    swell = np.sin(np.pi * TIME) ** paint.uniform(0.5, 4)
    water = lfilter([0.03], [1, -paint.uniform(0.8, 0.98)], paint.white())
    return water * swell + 0.1 * bandpass(paint.white(), 2000, 9000) * swell**2, {}


def metal(paint: Paint) -> Texture:
    """Noise scraped over fourteen sharp resonances."""
    scrape = paint.white() * paint.drift(paint.uniform(2, 20)) ** 2
    fundamental, sound = paint.even_in_log(100, 1200), np.zeros(RATE)
    for ratio in paint.rng.uniform(1, 14, 14):
        angle = TURN * min(20_000, fundamental * ratio) / RATE
        radius = 1 - paint.even_in_log(2e-5, 2e-3)
        pole_pair = [1, -2 * radius * np.cos(angle), radius * radius]
        sound += lfilter([1 - radius], pole_pair, scrape)
    return sound, {"f0": fundamental}


def digital(paint: Paint) -> Texture:
    """Noise held and quantised coarsely."""
    hold = int(paint.even_in_log(1, 200))
    steps = np.repeat(paint.rng.standard_normal(RATE // hold + 1), hold)[:RATE]
    return np.round(steps * 2) / 2 * paint.drift(paint.uniform(1, 12)), {"hold": hold}


def sweep(paint: Paint) -> Texture:
    """A glide between two pitches, anywhere from pure to noisy."""
    start, end = paint.even_in_log(60, 8000), paint.even_in_log(60, 8000)
    noise = paint.uniform(0, 1)
    tone = np.sin(TURN * np.cumsum(start * (end / start) ** TIME) / RATE)
    swell = TIME if end > start else 1 - TIME
    return (1 - noise) * tone * swell + noise * tone * paint.white(), {"start": start, "end": end}


TEXTURES: tuple[Callable[[Paint], Texture], ...] = (
    wind,
    rain,
    crackle,
    hum,
    grains,
    drone,
    ocean,
    metal,
    digital,
    sweep,
)


def render_textures(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every texture with random figures."""
    del cache  # nothing is downloaded
    paint = Paint(np.random.default_rng(6))
    for texture in TEXTURES:
        name = texture.__name__
        for _ in range(int(CLIPS * scale)):
            samples, figures = texture(paint)
            params: dict[str, object] = {key: round(value, 2) for key, value in figures.items()}
            group = f"textures:{name}"
            label = Label("texture", name, licence="own", group=group, params=params)
            writer.put(samples, label, trim=False)
