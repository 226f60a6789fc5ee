"""Modal synthesis: struck heads, bars, plates, shells and cymbals as sums of decaying sines.

A law gives the ratios of a shape's modes, `strike` their decays and levels; drums, solids and
cymbals are ranges to draw from. Does not know any particular instrument, nor how a sound is
recorded; ratios are the textbooks', ranges are judged by ear and not fitted to recordings.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from clips import RATE, Samples
from scene import (
    HIGHEST,
    Range,
    Scene,
    convolve,
    envelope,
    impulses,
    unit_peak,
)
from scipy.ndimage import map_coordinates
from scipy.signal import lfilter
from scipy.special import jn_zeros, jv
from textures import TIME, TURN, bandpass

Law = Callable[[Scene], Samples]

STRIDE = 240  # samples; divides RATE
FREE_BAR = np.array([1, 2.756, 5.404, 8.933, 13.344, 18.638])  # Euler-Bernoulli, ends free
MEMBRANE = np.array([(order, zero) for order in range(12) for zero in jn_zeros(order, 8)])


def damped_sines(hertz: Samples, decay: Samples, gain: Samples) -> Samples:
    """What an impulse makes of a body with these modes: a second of sines that start at 0.

    Powers of each pole factor into coarse and fine steps, so hundreds of modes are one product.
    """
    audible = (hertz > 20) & (hertz < HIGHEST)
    pole = ((-1 / decay + 1j * TURN * hertz) / RATE)[audible]
    coarse = gain[audible] * np.exp(np.arange(0, RATE, STRIDE)[:, None] * pole)
    return (coarse @ np.exp(pole[:, None] * np.arange(STRIDE))).imag.ravel()


def strike(scene: Scene, hertz: Samples, longest: float, dull: float, bright: float) -> Samples:
    """Strike a body that has these modes, anywhere; peak 1.

    Args:
        scene: Draws the place, the unevenness and the strength of damping.
        hertz: [mode] frequencies.
        longest: Decay in seconds of the lowest modes.
        dull: Hz above which the material damps: low for wood, high for metal.
        bright: Hz above which the mallet excites less and less.
    """
    spread = np.exp(scene.rng.normal(0, 0.25, len(hertz)))
    decay = longest * spread / (1 + hertz / dull) ** scene.uniform(0.7, 2)
    gain = scene.rng.normal(0, 1, len(hertz)) / (1 + (hertz / bright) ** 2)
    uneven = hertz * (1 + scene.rng.normal(0, 0.004, len(hertz)))
    return unit_peak(damped_sines(uneven, decay, gain))


def bend(sound: Samples, amount: float, decay: float) -> Samples:
    """Start 1 + `amount` times as high, as a head under tension does, and relax."""
    warped = TIME + amount * decay * (1 - np.exp(-TIME / decay))
    return map_coordinates(sound, [warped * RATE], order=3)


def bar(scene: Scene) -> Samples:
    """Ratios of a free bar, anywhere between uniform (1, 2.76, 5.4) and undercut (1, 4, 10)."""
    return FREE_BAR ** scene.uniform(1, 1.4)


def plate(scene: Scene) -> Samples:
    """Ratios of a rectangular plate with supported edges, of any aspect."""
    across, along = np.meshgrid(np.arange(1, 7), np.arange(1, 7))
    return np.sort((across**2 + scene.even_in_log(0.3, 3) * along**2).ravel()) / 2


def shell(scene: Scene) -> Samples:
    """Ratios of a ring or thin shell; every mode is a pair that beats."""
    waves = np.arange(2, 10)
    ratios = waves * (waves**2 - 1) / np.sqrt(waves**2 + 1) / 2.683
    return np.concatenate([ratios, ratios * scene.uniform(1.0005, 1.02)])


def irregular(scene: Scene) -> Samples:
    """Ratios of no shape in particular: furniture, boxes, shards."""
    return 1 + np.cumsum(scene.rng.exponential(scene.uniform(0.1, 0.7), 24))


LAWS: tuple[Law, ...] = (bar, plate, shell, irregular)


def strike_any(scene: Scene, hertz: Range, longest: Range) -> Samples:
    """Strike an object of random shape and material."""
    ratios = LAWS[scene.rng.integers(len(LAWS))](scene)
    modes = scene.even_in_log(*hertz) * ratios
    dull, bright = scene.even_in_log(400, 12_000), scene.even_in_log(500, 12_000)
    return strike(scene, modes, scene.even_in_log(*longest), dull, bright)


@dataclass(frozen=True)
class Drum:
    """A round head over a shell; every figure is a range to draw from.

    Attributes:
        name: Of the kind.
        hertz: Fundamental.
        longest: Decay of the lowest modes in seconds.
        tension: How much higher a hard stroke starts, as a share.
        click: Level of the stick's or hand's contact.
        air: Load of the air, which pulls the lowest modes down; timpani have the most.
        wires: Level of the snares.
    """

    name: str
    hertz: Range
    longest: Range
    tension: Range
    click: Range
    air: Range = (0, 1)
    wires: Range = (0, 0)


@dataclass(frozen=True)
class Solid:
    """A struck piece of wood, metal, glass or plastic; see `strike` for the figures."""

    name: str
    laws: tuple[Law, ...]
    hertz: Range
    longest: Range
    dull: Range
    bright: Range
    click: Range = (0, 0.5)


@dataclass(frozen=True)
class Cymbal:
    """A thin bronze plate: hundreds of modes that bloom after the stroke.

    Attributes:
        name: Of the kind.
        lowest: Hz, of the lowest modes.
        longest: Decay in seconds of the lowest modes.
        bloom: Time constant in seconds of the modes' rise.
        ping: Level of the stick against the wash.
        hits: How often it is struck or two plates meet, at most; at least once.
    """

    name: str
    lowest: Range
    longest: Range
    bloom: Range
    ping: Range
    hits: int = 1


SNARE = Drum("snare", (130, 330), (0.03, 0.35), (0, 0.2), (0.05, 0.8), wires=(0.3, 2))
DRUMS = (
    Drum("tom", (60, 260), (0.12, 1), (0, 0.3), (0.02, 0.6)),
    Drum("kick", (36, 95), (0.06, 0.5), (0.1, 1.5), (0.05, 1)),
    Drum("conga", (130, 350), (0.05, 0.5), (0, 0.1), (0.05, 0.8)),
    Drum("bongo", (250, 700), (0.02, 0.25), (0, 0.1), (0.1, 0.9)),
    Drum("timpani", (65, 200), (0.5, 2.5), (0, 0.03), (0, 0.15), air=(1.5, 4)),
    Drum("frame_drum", (60, 240), (0.1, 0.8), (0, 0.15), (0.02, 0.5), wires=(0, 0.12)),
    Drum("taiko", (38, 130), (0.2, 1.5), (0, 0.25), (0.02, 0.7)),
    Drum("talking_drum", (110, 330), (0.1, 0.5), (-0.5, 0.8), (0.02, 0.5)),
    SNARE,
    Drum("field_snare", (230, 480), (0.02, 0.12), (0, 0.1), (0.1, 1), wires=(0.1, 1.2)),
)
WOODEN, METALLIC, GLASSY = (250, 2500), (2500, 20_000), (2000, 12_000)  # Hz, `Solid.dull`
SOFT, HARD = (300, 3000), (2000, 14_000)  # Hz, `Solid.bright`
SOLIDS = (
    Solid("woodblock", (bar, plate), (350, 1800), (0.03, 0.15), WOODEN, HARD),
    Solid("claves", (bar,), (1200, 4200), (0.03, 0.15), (1500, 6000), HARD),
    Solid("temple_block", (shell, irregular), (180, 900), (0.04, 0.2), WOODEN, SOFT),
    Solid("bar_thunk", (bar,), (80, 900), (0.04, 0.5), WOODEN, SOFT),
    Solid("metal_bar", (bar,), (200, 2500), (0.2, 3), METALLIC, HARD),
    Solid("agogo", (shell,), (450, 2000), (0.08, 0.8), METALLIC, HARD),
    Solid("cowbell", (plate,), (300, 1200), (0.04, 0.6), METALLIC, HARD),
    Solid("triangle", (irregular,), (350, 1500), (0.3, 4), (8000, 60_000), (9000, 40_000)),
    Solid("anvil", (plate, irregular), (500, 3500), (0.15, 2), METALLIC, HARD, click=(0.1, 1)),
    Solid("pipe", (bar, shell), (90, 1200), (0.1, 2), METALLIC, HARD),
    Solid("sheet_metal", (plate,), (40, 250), (0.1, 1.2), METALLIC, HARD, click=(0.1, 1)),
    Solid("bowl", (shell,), (130, 1200), (0.8, 4), METALLIC, SOFT, click=(0, 0.1)),
    Solid("finger_cymbal", (plate, shell), (1300, 5000), (0.3, 3), METALLIC, HARD),
    Solid("glass_tap", (shell,), (800, 5000), (0.03, 0.9), GLASSY, HARD),
    Solid("bottle", (shell, irregular), (300, 3000), (0.015, 0.3), GLASSY, HARD),
    Solid("pot", (shell, plate), (130, 900), (0.08, 1.2), METALLIC, HARD),
    Solid("crockery", (shell, plate), (500, 3500), (0.01, 0.15), GLASSY, HARD),
    Solid("plastic_tub", (plate, irregular), (80, 700), (0.02, 0.1), WOODEN, SOFT),
    Solid("box_hit", (irregular,), (60, 400), (0.02, 0.1), (150, 1200), SOFT),
    Solid("table_hit", (plate, irregular), (70, 500), (0.01, 0.12), WOODEN, SOFT, click=(0.1, 1)),
)
CYMBALS = (
    Cymbal("hihat_closed", (300, 4000), (0.012, 0.09), (1e-4, 0.002), (0, 1)),
    Cymbal("hihat_open", (250, 3000), (0.15, 0.9), (1e-4, 0.01), (0, 0.6)),
    Cymbal("hihat_pedal", (200, 2500), (0.015, 0.15), (1e-3, 0.012), (0, 0.3), hits=3),
    Cymbal("ride", (200, 900), (0.4, 2), (1e-3, 0.03), (0.3, 2)),
    Cymbal("crash", (150, 900), (0.3, 1.6), (2e-3, 0.05), (0, 0.5)),
    Cymbal("splash_cymbal", (400, 2000), (0.08, 0.4), (1e-3, 0.02), (0, 0.5)),
    Cymbal("china", (120, 700), (0.2, 0.9), (3e-3, 0.04), (0, 0.4), hits=4),
    Cymbal("gong", (45, 250), (0.8, 3), (0.01, 0.3), (0, 0.2)),
)


def drum(kind: Drum, scene: Scene) -> Samples:
    """Strike a head anywhere between centre and rim."""
    orders, zeros = MEMBRANE.T
    load, ratios = scene.uniform(*kind.air), zeros / zeros.min()
    hertz = scene.even_in_log(*kind.hertz) * ratios * np.sqrt((1 + load) / (1 + load / ratios))
    shape = jv(orders, zeros * scene.uniform(0, 0.95)) * scene.rng.uniform(0.3, 1, len(zeros))
    gain = shape / (1 + (hertz / scene.even_in_log(200, 4000)) ** scene.uniform(1, 2.5))
    damping = (ratios ** scene.uniform(0.3, 1.5)) * np.exp(scene.rng.normal(0, 0.2, len(zeros)))
    decay = scene.even_in_log(*kind.longest) / damping
    second_head = scene.uniform(0.75, 1.35) if scene.odds(0.4) else scene.uniform(1, 1.02)
    head = damped_sines(hertz, decay, gain)
    head += scene.uniform(0, 0.8) * damped_sines(hertz * second_head, decay, gain)
    head = unit_peak(bend(head, scene.uniform(*kind.tension), scene.even_in_log(0.01, 0.15)))
    return head + contact(kind.click, scene) + snares(kind.wires, head, scene)


def contact(level: Range, scene: Scene) -> Samples:
    """What a stick or hand adds: a tick of noise and the dull knock of the shell."""
    tick = scene.hiss(scene.some_band((300, 8000), (1, 5)), scene.even_in_log(5e-4, 0.04))
    hertz = scene.even_in_log(150, 900) * irregular(scene)
    knock = strike(scene, hertz, scene.even_in_log(0.004, 0.03), 1500, 4000)
    return scene.uniform(*level) * (tick + scene.uniform(0, 0.7) * knock)


def snares(level: Range, head: Samples, scene: Scene) -> Samples:
    """Wires that rattle as long as the head moves, and a while after."""
    if not max(level):
        return np.zeros(RATE)
    moving = lfilter([0.002], [1, -0.998], np.abs(head)) + 0.05 * envelope(1e-3, 0.05)
    rattle = convolve(moving, np.exp(-TIME / scene.even_in_log(0.01, 0.15)))
    wires = unit_peak(bandpass(scene.white() * rattle, *scene.some_band((1500, 6000), (2, 5))))
    return scene.uniform(*level) * scene.add_resonances(wires, (800, 7000), (0.7, 4))


def solid(kind: Solid, scene: Scene) -> Samples:
    """Strike a solid, sometimes damped by the hand that holds it."""
    ratios = kind.laws[scene.rng.integers(len(kind.laws))](scene)
    modes = scene.even_in_log(*kind.hertz) * ratios
    ranges = (kind.longest, kind.dull, kind.bright)
    struck = strike(scene, modes, *(scene.even_in_log(*figure) for figure in ranges))
    if scene.odds(0.2):
        struck = struck * np.exp(-TIME / scene.even_in_log(0.02, 0.3))
    return struck + contact(kind.click, scene)


def cymbal(kind: Cymbal, scene: Scene) -> Samples:
    """Strike a cymbal, or let two meet."""
    wash = bronze(kind, scene)
    stick = scene.hiss(scene.some_band((2500, 9000), (1, 3)), scene.even_in_log(5e-4, 0.01))
    ping_modes = scene.even_in_log(400, 4000) * plate(scene)[:10]
    ping = strike(scene, ping_modes, scene.even_in_log(0.05, 0.8), 6000, 8000)
    struck = wash + scene.uniform(*kind.ping) * (stick + scene.uniform(0, 0.6) * ping)
    times, gains = scene.rng.uniform((0, 0.5), (0.03, 1), (scene.rng.integers(kind.hits) + 1, 2)).T
    return convolve(impulses(times, gains), struck)


def bronze(kind: Cymbal, scene: Scene) -> Samples:
    """The wash: modes as dense at every frequency, as those of a plate are, and noise."""
    low, modes = scene.even_in_log(*kind.lowest), int(scene.even_in_log(150, 900))
    hertz = scene.rng.uniform(low, 19_000, modes)
    hertz[:12] = low * scene.rng.uniform(1, 6, 12)
    decay = scene.even_in_log(*kind.longest) / (1 + hertz / scene.even_in_log(2000, 30_000))
    decay *= np.exp(scene.rng.normal(0, 0.3, modes))
    centre, octaves = scene.even_in_log(3 * low, min(14_000, 60 * low)), scene.uniform(1, 4)
    tilt = np.exp(-((np.log2(hertz / centre) / octaves) ** 2))
    gain = scene.rng.normal(0, 1, modes) * tilt
    bloom = 1 - np.exp(-TIME / scene.even_in_log(*kind.bloom))
    noise = scene.hiss(scene.some_band((2 * low, 12_000), (1, 4)), float(np.median(decay)))
    return unit_peak(damped_sines(hertz, decay, gain)) * bloom + scene.uniform(0, 1.2) * noise
