"""Rattles, hands, scraped wood and drum machines; also writes the source `percussion`.

That source holds these, the struck bodies of modes.py and effects.py. Every clip draws its own
dimensions, material, stroke, room and recording, so that each is practically another instrument.
Does not know how clips are cut or stored; the ranges are judged by ear, not fitted to recordings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from effects import EFFECTS
from modes import (
    CYMBALS,
    DRUMS,
    SNARE,
    SOLIDS,
    bar,
    contact,
    cymbal,
    drum,
    irregular,
    plate,
    solid,
    strike,
)
from scene import (
    HIGHEST,
    Range,
    Scene,
    Sound,
    angle,
    convolve,
    envelope,
    glide,
    impulses,
    ticks,
    turns,
    unit_peak,
)
from studio import STUDIO, record
from textures import TIME, bandpass

CLIPS = 40  # of each kind


@dataclass(frozen=True)
class Rattle:
    """Grains that collide at random in or on a resonant body (after Cook's PhISEM).

    Attributes:
        name: Of the kind.
        density: Collisions a second when shaken hardest.
        body: Hz, of the resonances.
        quality: Of the resonances.
        jingle: Decay in seconds of each collision's own ringing.
    """

    name: str
    density: Range
    body: Range
    quality: Range
    jingle: Range


RATTLES = (
    Rattle("shaker", (300, 6000), (2500, 10_000), (0.5, 4), (5e-4, 0.006)),
    Rattle("maraca", (40, 900), (1500, 6000), (1, 8), (1e-3, 0.01)),
    Rattle("cabasa", (200, 3000), (2500, 8000), (0.5, 3), (1e-3, 0.02)),
    Rattle("tambourine", (20, 300), (3500, 11_000), (5, 60), (0.02, 0.3)),
    Rattle("sleigh_bells", (30, 400), (1800, 7000), (20, 150), (0.05, 0.5)),
    Rattle("beans", (15, 250), (300, 2500), (1, 12), (2e-3, 0.02)),
)


def rattle(kind: Rattle, scene: Scene) -> Samples:
    """Shake once or a few times: collisions thin out as the grains lose energy."""
    strokes, gap = scene.rng.integers(1, 5), scene.uniform(0.08, 0.25)
    swing = envelope(scene.even_in_log(0.002, 0.06), scene.even_in_log(0.02, 0.2))
    shaken = impulses(np.arange(strokes) * gap, scene.rng.uniform(0.4, 1, strokes))
    energy = unit_peak(convolve(shaken, swing))
    density, decay = scene.even_in_log(*kind.density), scene.even_in_log(*kind.jingle)
    sound = 0.02 * energy * scene.hiss(kind.body, 1)
    for _ in range(3):  # grains of three sizes
        modes = scene.even_in_log(*kind.body) * irregular(scene)
        grain = strike(scene, modes, decay, HIGHEST, HIGHEST)
        collide = scene.rng.random(RATE) < density * energy / RATE
        sound += convolve(collide * scene.rng.normal(size=RATE) * energy, grain)
    return scene.add_resonances(sound, kind.body, kind.quality)


def rimshot(scene: Scene) -> Samples:
    """Stick on rim, alone or with the head."""
    rim = strike(scene, scene.even_in_log(300, 1800) * irregular(scene), 0.05, 4000, 9000)
    return rim + scene.uniform(0, 0.7) * drum(SNARE, scene) + contact((0.1, 0.8), scene)


def brush(scene: Scene) -> Samples:
    """Wires that sweep or slap a head."""
    middle, width = scene.uniform(0.01, 0.4), scene.even_in_log(0.02, 0.3)
    stroke = np.exp(-(np.abs((TIME - middle) / width) ** scene.uniform(1, 3)))
    wires = scene.sparks(scene.even_in_log(500, 20_000)) * scene.white() * stroke
    swish = unit_peak(bandpass(wires, *scene.some_band((1500, 7000), (2, 5))))
    rubbed = unit_peak(convolve(stroke * scene.white(), drum(SNARE, scene)))
    return swish + scene.uniform(0, 0.3) * rubbed


def guiro(scene: Scene) -> Samples:
    """A stick across ridges: guiro, ratchet, washboard."""
    start, end = scene.even_in_log(15, 150), scene.even_in_log(15, 300)
    length = scene.uniform(0.1, 0.9)
    ridges = ticks(turns(start * (end / start) ** TIME))
    ridges = ridges * scene.rng.uniform(0.4, 1, RATE) * (length > TIME)
    wood = strike(scene, scene.even_in_log(400, 3000) * irregular(scene), 0.02, 3000, HIGHEST)
    return convolve(ridges, wood * np.exp(-TIME / scene.even_in_log(1e-3, 0.02)))


def vibraslap(scene: Scene) -> Samples:
    """Rivets that chatter in a wooden box, ever weaker."""
    rate, decay = scene.even_in_log(18, 60), scene.even_in_log(0.1, 0.6)
    times = np.cumsum(np.full(60, 1 / rate) * scene.rng.uniform(0.8, 1.2, 60))
    pulses = impulses(times, np.exp(-times / decay) * scene.rng.uniform(0.5, 1, 60))
    box = strike(scene, scene.even_in_log(600, 3000) * irregular(scene), 0.03, 3000, HIGHEST)
    return convolve(pulses, box)


def wind_chimes(scene: Scene) -> Samples:
    """Small bars brushed one after another."""
    count, order = int(scene.uniform(4, 24)), scene.rng.choice([-1, 1])
    gap, lowest = scene.even_in_log(0.01, 0.12), scene.even_in_log(700, 3000)
    pitches = lowest * np.sort(scene.rng.uniform(1, 3, count))[::order]
    longest = scene.even_in_log(0.05, 1)
    times = np.arange(count) * gap + scene.rng.uniform(0, gap, (1, count))
    chimes = np.zeros(RATE)
    for time, hertz in zip(times.T, pitches, strict=True):
        struck = strike(scene, hertz * bar(scene), longest, 8000, 9000)
        chimes += convolve(impulses(time, scene.uniform(0.2, 1)), struck)
    return chimes


def clap(scene: Scene) -> Samples:
    """One pair of hands, or several nearly together."""
    hands = int(scene.even_in_log(1, 12))
    sound = np.zeros(RATE)
    for _ in range(min(hands, 4)):
        palm = scene.hiss(scene.some_band((700, 3500), (0.7, 3)), scene.even_in_log(0.003, 0.06))
        times = scene.rng.exponential(scene.even_in_log(0.003, 0.1), hands // 4 + 1)
        sound += convolve(impulses(times, scene.uniform(0.3, 1)), palm)
    return sound


def finger_snap(scene: Scene) -> Samples:
    """A finger slides, then slaps into the palm."""
    slide = scene.hiss(scene.some_band((2500, 8000), (1, 3)), 0.02, scene.even_in_log(0.005, 0.05))
    slap = scene.hiss(scene.some_band((1200, 3500), (0.3, 2)), scene.even_in_log(0.002, 0.015))
    palm = strike(scene, scene.even_in_log(900, 2500) * irregular(scene)[:5], 0.008, 3000, 5000)
    late = impulses(np.array([scene.uniform(0, 0.06)]), 1.0)
    return scene.uniform(0, 0.3) * slide + convolve(late, slap + scene.uniform(0, 1) * palm)


def stomp(scene: Scene) -> Samples:
    """A boot or a crowd of boots on a stage."""
    floor = strike(scene, scene.even_in_log(35, 120) * plate(scene), 0.12, 200, 900)
    sole = scene.hiss(scene.some_band((200, 2500), (1, 3)), scene.even_in_log(0.004, 0.03))
    times = scene.rng.exponential(0.015, int(scene.even_in_log(1, 10)))
    return convolve(impulses(times, 1.0), floor + scene.uniform(0.1, 1) * sole)


def machine_kick(scene: Scene) -> Samples:
    """A sine that sweeps down, with a click, into a soft clipper."""
    low = scene.even_in_log(32, 75)
    sweep = glide(low * scene.even_in_log(1.5, 40), low, scene.even_in_log(0.003, 0.06))
    drive = scene.even_in_log(0.5, 12)
    thump = np.tanh(drive * sweep * envelope(1e-3, scene.even_in_log(0.05, 0.7)))
    return unit_peak(thump) + contact((0, 0.5), scene)


def machine_tom(scene: Scene) -> Samples:
    """Bridged-T oscillators, one to three of them, with some noise."""
    low, fall = scene.even_in_log(70, 450), scene.even_in_log(0.01, 0.12)
    decay = scene.even_in_log(0.04, 0.5)
    tones = sum(
        scene.uniform(0.2, 1) * glide(low * ratio * scene.uniform(1, 2.5), low * ratio, fall)
        for ratio in scene.rng.uniform(1, 2.2, scene.rng.integers(1, 4))
    )
    noise = scene.hiss(scene.some_band((400, 6000), (1, 4)), decay)
    return unit_peak(tones * envelope(1e-3, decay)) + scene.uniform(0, 0.4) * noise


def machine_snare(scene: Scene) -> Samples:
    """Two decaying tones under filtered noise."""
    low, decay = scene.even_in_log(120, 350), scene.even_in_log(0.02, 0.2)
    tones = sum(
        scene.uniform(0, 1) * glide(low * ratio * scene.uniform(1, 2), low * ratio, 0.02)
        for ratio in (1, scene.uniform(1.4, 2.1))
    )
    noise = scene.hiss(scene.some_band((1500, 8000), (1.5, 5)), scene.even_in_log(0.03, 0.35))
    return tones * envelope(5e-4, decay) + scene.uniform(0.2, 1.5) * noise


def squares(scene: Scene, hertz: Range, count: int) -> Samples:
    """The sum of square waves at unrelated pitches."""
    pitches = scene.even_in_log(*hertz) * scene.rng.uniform(1, 2.7, count)
    return unit_peak(sum(np.sign(scene.sine(pitch)) for pitch in pitches))


def machine_cowbell(scene: Scene) -> Samples:
    """Two square waves through a band-pass, with a short and a long decay."""
    sound = bandpass(squares(scene, (280, 1100), 2), *scene.some_band((700, 3500), (0.7, 3)))
    short, long = scene.even_in_log(0.005, 0.03), scene.even_in_log(0.04, 0.5)
    return sound * (envelope(3e-4, short) + scene.uniform(0.1, 1) * envelope(3e-4, long))


def machine_hat(scene: Scene) -> Samples:
    """Six square waves, ring-modulated or not, without their lows."""
    metal = squares(scene, (200, 1800), 6)
    if scene.odds(0.4):
        metal = metal * squares(scene, (500, 6000), 2)
    high = bandpass(
        metal + scene.uniform(0, 0.7) * scene.white(), scene.even_in_log(1500, 9000), 20_000
    )
    return high * envelope(3e-4, scene.even_in_log(0.012, 0.5))


def machine_clap(scene: Scene) -> Samples:
    """A few teeth of noise, then a tail."""
    band = scene.some_band((700, 3000), (0.7, 3))
    teeth = np.arange(scene.rng.integers(2, 6)) * scene.even_in_log(0.006, 0.02)
    tooth, tail = (scene.even_in_log(0.002, 0.008), scene.even_in_log(0.03, 0.3))
    gate = convolve(impulses(teeth, 1.0), envelope(3e-4, tooth))
    gate += convolve(impulses(teeth[-1:], scene.uniform(0.1, 1)), envelope(3e-4, tail))
    return bandpass(scene.white(), *band) * gate


def machine_fm(scene: Scene) -> Samples:
    """Two-operator frequency modulation: clangs, zips and blocks of the eighties."""
    hertz, ratio = scene.even_in_log(60, 1800), scene.uniform(0.2, 7)
    decay = scene.even_in_log(0.05, 0.6)
    index = scene.even_in_log(0.5, 15) * np.exp(-TIME / scene.even_in_log(0.005, decay))
    fall = 1 + scene.uniform(0, 2) * np.exp(-TIME / scene.even_in_log(0.005, 0.1))
    phase = angle(hertz * fall)
    return np.sin(phase + index * np.sin(ratio * phase)) * envelope(5e-4, decay)


STRUCK: tuple[Sound, ...] = (
    rimshot,
    brush,
    guiro,
    vibraslap,
    wind_chimes,
    clap,
    finger_snap,
    stomp,
    machine_kick,
    machine_tom,
    machine_snare,
    machine_cowbell,
    machine_hat,
    machine_clap,
    machine_fm,
)


def kinds() -> Iterator[tuple[str, str, Sound]]:
    """Yield the family, the name and the model of every kind."""
    for model, table in ((drum, DRUMS), (solid, SOLIDS), (cymbal, CYMBALS), (rattle, RATTLES)):
        for kind in table:
            yield "drum", kind.name, partial(model, kind)
    for family, sounds in (("drum", STRUCK), *EFFECTS.items()):
        for sound in sounds:
            yield family, sound.__name__, sound


def render_percussion(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every kind; its seed is its name, so that a new kind changes no other."""
    del cache  # nothing is downloaded
    for family, name, sound in kinds():
        scene = Scene(np.random.default_rng(crc32(name.encode())))
        for _ in range(int(CLIPS * scale)):
            samples, figures = record(sound(scene), scene, STUDIO)
            params: dict[str, object] = {
                key: float(f"{value:.3g}") for key, value in figures.items()
            }
            label = Label(family, name, licence="own", params=params)
            writer.put(unit_peak(samples), label)
