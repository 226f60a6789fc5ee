"""What happens to a rendered sound before it is a clip: shape, room, tone, drive, noise floor.

A stage takes a dry sound and returns it treated, with the figures it drew; a chain holds stages in
the order of the signal, with the share of clips that pass each. Rooms are random echoes and
dying noise, not geometry. Does not know what it treats, nor how clips are cut, levelled or stored.
"""

from collections.abc import Callable

import numpy as np
from clips import RATE, Samples
from scene import Scene, convolve, impulses, peak_filter, smooth, unit_peak, unit_rms
from scipy.signal import butter, sosfilt
from textures import TIME, bandpass

Treated = tuple[Samples, dict[str, float]]
Chain = dict[Callable[[Samples, Scene], Treated], float]


def room(sound: Samples, scene: Scene) -> Treated:
    """Play in a room: early reflections, then noise whose highs die sooner.

    `room_s` is the decay of the lows to -60 dB in seconds.
    """
    decay, share = scene.even_in_log(0.05, 1.2), scene.even_in_log(0.08, 1)
    size = scene.even_in_log(0.004, 0.06)  # seconds of the early part
    times = size * scene.rng.uniform(0.1, 1, scene.rng.integers(4, 20))
    early = impulses(times, scene.rng.normal(0, 1, len(times)) * np.exp(-times / size))
    colour = scene.uniform(0.1, 0.8)  # how much sooner each higher band dies
    tail = sum(
        scene.uniform(0.2, 1) * scene.hiss((low, 4 * low), decay / 7 / (1 + colour * step), size)
        for step, low in enumerate((60, 250, 1000, 4000))
    )
    wet = convolve(sound, early + scene.uniform(0.02, 0.3) * tail)
    return unit_peak(sound) + share * unit_peak(wet), {"room_s": decay, "room": share}


def saturate(sound: Samples, scene: Scene) -> Treated:
    """Clip softly, a little lopsided."""
    drive, bias = scene.even_in_log(1, 15), scene.uniform(-0.3, 0.3)
    return np.tanh(drive * unit_peak(sound) + bias) - np.tanh(bias), {"drive": drive}


def compress(sound: Samples, scene: Scene) -> Treated:
    """Turn down what is loud, after a while: peaks pass, tails come up."""
    lag, amount = scene.even_in_log(0.003, 0.05), scene.uniform(0.2, 0.8)
    level = smooth(np.abs(unit_peak(sound)), lag)
    return sound / (0.02 + level) ** amount, {"compression": amount}


def equalise(sound: Samples, scene: Scene) -> Treated:
    """Microphone and desk: three gentle peaks or dips and a shelf."""
    for _ in range(3):
        change = 10 ** (scene.uniform(-9, 9) / 20) - 1
        hertz, quality = scene.even_in_log(60, 12_000), scene.even_in_log(0.4, 3)
        sound = sound + change * peak_filter(sound, hertz, quality)
    pivot, shelf = scene.even_in_log(200, 5000), 10 ** (scene.uniform(-8, 8) / 20)
    lows = sosfilt(butter(1, pivot, fs=RATE, output="sos"), sound)
    return lows + shelf * (sound - lows), {"shelf": shelf}


def cut_short(sound: Samples, scene: Scene) -> Treated:
    """End early, as samples do that were trimmed to save memory."""
    end, fade = scene.even_in_log(0.08, 0.8), scene.even_in_log(0.003, 0.1)
    return sound * np.clip((end - TIME) / fade, 0, 1), {"cut_s": end}


def band_limit(sound: Samples, scene: Scene) -> Treated:
    """Lose the top, and some of the bottom, as in old samplers and small microphones."""
    top, bottom = scene.even_in_log(5000, 12_000), scene.even_in_log(20, 200)
    edges = butter(4, (bottom, top), "bandpass", fs=RATE, output="sos")
    return sosfilt(edges, sound), {"top_hz": top}


def crush(sound: Samples, scene: Scene) -> Treated:
    """Keep few bits and few samples."""
    bits, hold = scene.uniform(4, 10), int(scene.uniform(1, 9))
    held = unit_peak(sound)[::hold].repeat(hold)[: len(sound)]
    return np.round(held * 2**bits) / 2**bits, {"bits": bits, "hold": hold}


def add_hiss(sound: Samples, scene: Scene) -> Treated:
    """The noise floor of whatever recorded it."""
    level = scene.even_in_log(1e-4, 6e-3)
    return unit_peak(sound) + level * unit_peak(scene.coloured()), {"floor": level}


def contour(sound: Samples, scene: Scene) -> Treated:
    """A loudness over the second: swell, decay, rise, pulses, gusts or strikes."""
    speed, peak = scene.even_in_log(1.5, 16), scene.uniform(0.05, 0.95)
    shapes = (
        lambda: np.interp(TIME, [0, peak, 1], [0, 1, 0]) ** scene.uniform(0.5, 3),
        lambda: np.exp(-TIME / scene.even_in_log(0.06, 0.8)),
        lambda: np.exp((TIME - 1) / scene.even_in_log(0.06, 0.6)),
        lambda: (0.5 + 0.5 * scene.tone(speed)) ** scene.uniform(0.3, 4),
        lambda: scene.drift(speed) ** 2,
        lambda: np.exp(-(scene.phase(speed) % 1) * scene.uniform(1, 8)),
    )
    return sound * shapes[scene.rng.integers(len(shapes))](), {"shaped": True}


def hall(sound: Samples, scene: Scene) -> Treated:
    """Play in a hall: one tail of noise, up to four times as loud as the sound.

    `room_s` is the decay to -60 dB in seconds.
    """
    decay = scene.even_in_log(0.1, 2)
    low, high = scene.even_in_log(40, 500), scene.even_in_log(1500, 15_000)
    tail = bandpass(scene.white() * 10 ** (-3 * TIME / decay), low, high)
    distance = int(scene.even_in_log(0.001, 0.04) * RATE)  # before the first reflection
    wet = convolve(sound, np.pad(tail, (distance, 0)))
    return unit_rms(sound) + scene.even_in_log(0.15, 4) * unit_rms(wet), {"room_s": decay}


def microphone(sound: Samples, scene: Scene) -> Treated:
    """Lose a little at both ends."""
    low, high = scene.even_in_log(25, 300), scene.even_in_log(2500, 20_000)
    return bandpass(sound, low, high), {}


STUDIO: Chain = {  # for one-shots
    saturate: 0.25,
    room: 0.5,
    equalise: 0.7,
    compress: 0.25,
    band_limit: 0.3,
    crush: 0.1,
    add_hiss: 0.2,
    cut_short: 0.15,
}
FIELD: Chain = {contour: 0.5, hall: 0.5, microphone: 0.4}  # for textures


def record(dry: Samples, scene: Scene, chain: Chain) -> Treated:
    """Send a dry sound through a random part of a chain; tell which by the figures."""
    sound, figures = dry, dict[str, float]()
    for stage, share in chain.items():
        if scene.odds(share):
            sound, drawn = stage(sound, scene)
            figures |= drawn
    return sound, figures
