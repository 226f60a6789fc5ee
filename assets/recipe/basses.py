"""Low notes, 32 to 90 Hz, from oscillators, strings, reeds and throats: no recording is involved.

Their partials lie closer than two mel bands, so nothing but practice tells a model where each one
belongs; the other sources hold few of them. Each kind is one function of a `Scene` and a
fundamental that moves. Does not know how clips are cut or stored.
"""

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from scene import HIGHEST, Scene, peak_filter, ramp, resonate, turns, unit_peak
from scipy.signal import lfilter
from studio import Chain, add_hiss, band_limit, compress, equalise, record, room, saturate
from textures import TIME, TURN

Note = Callable[[Scene, Samples], Samples]  # a scene and a fundamental in Hz over time

FAMILY = "low"
CLIPS = 350  # of each kind
RANGE_HZ = (32.0, 90.0)
TOP = RATE / 2.2  # Hz, of any partial
FAINT = 1e-4  # amplitude of a partial that is left out
BLOCKS = 64  # a filter that moves is set anew so many times a second
DESK: Chain = {
    saturate: 0.15,
    room: 0.15,
    equalise: 0.5,
    compress: 0.15,
    band_limit: 0.2,
    add_hiss: 0.3,
}


def fundamental(scene: Scene) -> Samples:
    """A pitch over the second: mostly steady, at times with vibrato, a scoop or a glide."""
    hertz = np.full(RATE, scene.even_in_log(*RANGE_HZ))
    if scene.odds(0.25):
        depth, speed = scene.even_in_log(0.05, 0.6), scene.even_in_log(2, 7)  # semitones, Hz
        hertz *= 2 ** (depth / 12 * scene.tone(speed) * ramp(0.3))
    if scene.odds(0.15):
        reach, lag = scene.uniform(-5, 7), scene.even_in_log(0.01, 0.3)  # semitones, seconds
        hertz *= 2 ** (reach / 12 * np.exp(-TIME / lag))
    return hertz


def loudness(scene: Scene) -> Samples:
    """Held, plucked or swelling, as a key or a bow would have it."""
    attack, hold = scene.even_in_log(0.002, 0.25), scene.uniform(0.15, 1)
    if scene.odds(0.4):
        return ramp(attack) * np.exp(-TIME / scene.even_in_log(0.1, 2))
    release = scene.even_in_log(0.02, 0.4)
    return ramp(attack) * np.exp(-np.clip(TIME - hold, 0, None) / release)


def swept_lowpass(scene: Scene, sound: Samples, cutoff: Samples) -> Samples:
    """A resonant lowpass of two poles whose cutoff in Hz moves, block by block."""
    damping, length = scene.even_in_log(0.15, 1.4), RATE // BLOCKS
    parts, state = [], np.zeros(2)
    for start in range(0, RATE, length):
        turn = TURN * min(cutoff[start], HIGHEST) / RATE
        alpha = np.sin(turn) * damping / 2
        gain = (1 - np.cos(turn)) / 2
        denominator = np.array([1 + alpha, -2 * np.cos(turn), 1 - alpha])
        part, state = lfilter([gain, 2 * gain, gain], denominator, sound[start:][:length], zi=state)
        parts.append(part)
    return np.concatenate(parts)


def sweep(scene: Scene) -> Samples:
    """Where a filter stands, in Hz: still, closing after the attack, or opening and closing."""
    rest = scene.even_in_log(80, 12_000)
    peak = scene.even_in_log(rest, 12_000)
    shapes = (
        lambda: np.zeros(RATE),
        lambda: np.exp(-TIME / scene.even_in_log(0.03, 0.6)),
        lambda: 0.5 + 0.5 * scene.tone(scene.even_in_log(0.7, 9)),
    )
    return rest * (peak / rest) ** shapes[scene.rng.integers(len(shapes))]()


def partials(
    scene: Scene, hertz: Samples, levels: Samples, stretch: float = 0.0, decay: float = 0.0
) -> Samples:
    """Harmonics of random phase; they may be stretched as a stiff string's, and die by height.

    Args:
        scene: draws the phases.
        hertz: of the fundamental.
        levels: amplitude of each harmonic, the first one first.
        stretch: inharmonicity B of f k sqrt(1 + B k^2) (Fletcher, 1964).
        decay: nepers a second that each harmonic dies faster than the one below it.
    """
    turned, sound = turns(hertz), np.zeros(RATE)
    for order, level in enumerate(levels, start=1):
        ratio = order * np.sqrt(1 + stretch * order * order)
        if ratio * hertz.max() > TOP or level < FAINT:
            continue
        wave = np.cos(TURN * (ratio * turned + scene.uniform(0, 1)))
        sound += level * wave * np.exp(-decay * order * TIME)
    return sound


def analogue(scene: Scene, hertz: Samples) -> Samples:
    """One oscillator, saw to narrow pulse, through a filter that moves."""
    turned, width = scene.phase(hertz), scene.uniform(0.05, 0.5)
    saw, pulse = 2 * (turned % 1) - 1, np.where(turned % 1 < width, 1.0, -1.0)
    sound = (saw, pulse, pulse - pulse.mean() + saw)[scene.rng.integers(3)]
    return swept_lowpass(scene, sound, sweep(scene))


def pair(scene: Scene, hertz: Samples) -> Samples:
    """Two saws a few cents apart, or an octave, through one filter."""
    apart = 2 ** (scene.even_in_log(0.01, 0.12) / 12) * (2 if scene.odds(0.3) else 1)
    sound = scene.saw(hertz) + scene.uniform(0.3, 1) * scene.saw(hertz * apart)
    return swept_lowpass(scene, sound, sweep(scene))


def wobble(scene: Scene, hertz: Samples) -> Samples:
    """A driven saw and its octave below a filter that wobbles."""
    sound = np.tanh(scene.even_in_log(1, 8) * (scene.saw(hertz) + 0.5 * scene.saw(2 * hertz)))
    speed = scene.even_in_log(1, 10)
    swing = (0.5 + 0.5 * scene.tone(speed)) ** scene.uniform(0.5, 3)
    low = scene.even_in_log(60, 300)
    return swept_lowpass(scene, sound, low * scene.even_in_log(4, 60) ** swing)


def plucked(scene: Scene, hertz: Samples) -> Samples:
    """A string plucked somewhere: combed harmonics, the higher the shorter."""
    order, place = np.arange(1, 200), scene.uniform(0.05, 0.5)
    levels = np.abs(np.sin(np.pi * order * place)) / order ** scene.uniform(0.5, 1.8)
    stretch = scene.even_in_log(1e-6, 4e-4)
    sound = partials(scene, hertz, levels, stretch, scene.even_in_log(0.05, 1.5))
    return sound * np.exp(-TIME / scene.even_in_log(0.3, 4))


def hammered(scene: Scene, hertz: Samples) -> Samples:
    """A piano's low string: stiff, and softened by its hammer."""
    order = np.arange(1, 160)
    levels = np.exp(-order / scene.even_in_log(4, 40)) * scene.rng.uniform(0.2, 1, len(order))
    stretch = scene.even_in_log(5e-5, 6e-4)
    sound = partials(scene, hertz, levels, stretch, scene.even_in_log(0.02, 0.4))
    knock = scene.burst(scene.even_in_log(80, 600), 0.02, 2)[:RATE]
    sound[: len(knock)] += scene.uniform(0, 0.5) * knock
    return sound


def organ(scene: Scene, hertz: Samples) -> Samples:
    """Drawbars: a few harmonics that are octaves and fifths, all held."""
    levels = np.zeros(16)
    for drawbar in (1, 2, 3, 4, 6, 8, 10, 12, 16):
        levels[drawbar - 1] = scene.uniform(0, 1) ** 2
    levels[0] += 0.2
    return partials(scene, hertz, levels)


def pipe(scene: Scene, hertz: Samples) -> Samples:
    """A pipe or a blown bottle: odd harmonics ahead, breath in them."""
    order = np.arange(1, 40)
    levels = order ** -scene.uniform(0.8, 2.5) * np.where(order % 2, 1, scene.uniform(0.05, 1))
    breath = scene.band(60, scene.even_in_log(800, 6000))
    return partials(scene, hertz, levels) + scene.even_in_log(0.003, 0.1) * breath


def brass(scene: Scene, hertz: Samples) -> Samples:
    """Lips: the louder the brighter, harmonics that follow the pressure."""
    pressure = ramp(scene.even_in_log(0.02, 0.2)) * scene.uniform(0.3, 1)
    pressure *= 1 - 0.3 * scene.drift(2)
    buzz = scene.saw(hertz * (1 + 0.002 * scene.narrow(0, 10)))
    bore = peak_filter(buzz, scene.even_in_log(150, 700), scene.uniform(0.5, 2))
    bright = scene.even_in_log(200, 900) * scene.even_in_log(2, 12) ** pressure
    return pressure * swept_lowpass(scene, buzz + bore, bright)


def bowed(scene: Scene, hertz: Samples) -> Samples:
    """A bow on a thick string: a saw that jitters, in a wooden body."""
    saw = scene.saw(hertz * (1 + scene.even_in_log(2e-4, 4e-3) * scene.narrow(0, 15)))
    body = sum(
        scene.uniform(0.2, 1) * peak_filter(saw, scene.even_in_log(80, 3000), scene.uniform(2, 12))
        for _ in range(5)
    )
    return swept_lowpass(scene, 0.2 * saw + body, np.full(RATE, scene.even_in_log(800, 7000)))


def modulated(scene: Scene, hertz: Samples) -> Samples:
    """Frequency modulation at a whole ratio; its depth dies, or stays."""
    ratio, turned = scene.rng.integers(1, 5), turns(hertz)
    index = scene.even_in_log(0.5, 12) * np.exp(-TIME / scene.even_in_log(0.05, 4))
    return np.sin(TURN * turned + index * np.sin(TURN * ratio * turned))


def sub(scene: Scene, hertz: Samples) -> Samples:
    """A sine that is driven until it has harmonics, with a click of a fall at its start."""
    fall = 1 + scene.uniform(0, 3) * np.exp(-TIME / scene.even_in_log(0.005, 0.04))
    wave = scene.tone(hertz * fall)
    return np.tanh(scene.even_in_log(0.5, 12) * wave + scene.uniform(0, 0.5))


def engine(scene: Scene, hertz: Samples) -> Samples:
    """Strokes through pipes; they are uneven, and every second to eighth is alike."""
    strokes = scene.rng.integers(2, 9)
    sizes = 1 + scene.even_in_log(0.02, 0.6) * scene.rng.standard_normal(strokes)
    pulses = scene.pulses(hertz, 0.05)
    hits = np.flatnonzero(pulses)
    pulses[hits] *= sizes[np.arange(len(hits)) % strokes]
    pipes = [
        resonate(pulses, scene.even_in_log(60, 1500), scene.even_in_log(0.003, 0.03))
        for _ in range(4)
    ]
    return sum(scene.uniform(0.2, 1) * unit_peak(each) for each in pipes)


def drone(scene: Scene, hertz: Samples) -> Samples:
    """Throat singing or a didgeridoo: pulses, and one formant that wanders over their harmonics."""
    source = scene.pulses(hertz, 0.03)
    tube = sum(
        resonate(source, centre * scene.uniform(0.7, 1.4), scene.uniform(0.002, 0.008))
        for centre in (180, 500, 1100)
    )
    path = scene.curve(400, 2200, scene.uniform(0, 5))
    return unit_peak(tube) + unit_peak(swept_lowpass(scene, source, path))


def creak(scene: Scene, hertz: Samples) -> Samples:
    """A deep voice, down to the fry: pulses of a throat through a vowel."""
    jitter = scene.even_in_log(1e-3, 0.02)
    source = scene.pulses(scene.unsteady(hertz, jitter, 8), 0.1)
    glottis = lfilter([1], [1, -scene.uniform(0.9, 0.98)], source)
    return scene.formants(glottis, scene.uniform(0.8, 1.2))


KINDS: tuple[Note, ...] = (
    analogue,
    pair,
    wobble,
    modulated,
    sub,
    engine,
    plucked,
    hammered,
    organ,
    pipe,
    brass,
    bowed,
    drone,
    creak,
)


def render_basses(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every kind; its seed is its name, so that a new kind changes no other."""
    del cache  # nothing is downloaded
    for note in KINDS:
        name = f"low_{note.__name__}"
        scene = Scene(np.random.default_rng(crc32(name.encode())))
        for _ in range(int(CLIPS * scale)):
            hertz = fundamental(scene)
            samples, figures = record(note(scene, hertz) * loudness(scene), scene, DESK)
            params: dict[str, object] = {
                key: float(f"{value:.3g}") for key, value in figures.items()
            } | {"hertz": round(float(np.median(hertz)), 2)}
            writer.put(unit_peak(samples), Label(FAMILY, name, licence="own", params=params))
