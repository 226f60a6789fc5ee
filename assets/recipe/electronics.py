"""Electronic textures: clouds of grains, frozen spectra, drones, endless glides, chaos, data.

Each is one function of a `Scene`, named after the technique. Does not know which room a texture is
heard in, nor how it is cut or stored; the ranges are judged by ear.
"""

from collections.abc import Callable
from math import sin

import numpy as np
from clips import RATE, Samples
from scene import Scene, convolve, overlay, resonate, unit_rms
from textures import TIME, TURN, Texture

HEARD = np.geomspace(20, 20_000, 1000)  # Hz


def _grain(scene: Scene, kind: int, hertz: float, length: int) -> Samples:
    """A short sine, chirp, FM tone or band of noise; soft, or sharp at one end."""
    time = TIME[:length]
    window = np.hanning(length) if scene.odds(0.5) else np.exp(-5 * np.linspace(0, 1, length))
    ratio, index = scene.uniform(0.3, 5), scene.even_in_log(0.5, 12)
    sounds = (
        lambda: np.sin(TURN * hertz * time),
        lambda: np.sin(TURN * hertz * time * (1 + index * time)),
        lambda: np.sin(TURN * hertz * time + index * np.sin(TURN * ratio * hertz * time)),
        lambda: resonate(scene.rng.standard_normal(length), hertz, index / hertz),
    )
    return scene.gain() * sounds[kind]() * (window[::-1] if scene.odds(0.3) else window)


def granular(scene: Scene) -> Texture:
    """A cloud of grains of one kind whose pitch and density wander."""
    kind, density = int(scene.rng.integers(4)), scene.even_in_log(8, 700)
    centre, spread = scene.even_in_log(100, 6000), scene.even_in_log(0.01, 1.2)
    longest = scene.even_in_log(0.005, 0.25)
    path = scene.near(centre, scene.uniform(1, 3), scene.uniform(0, 8))
    starts = scene.moments(density, scene.curve(0.05, 1, scene.uniform(0, 12)))
    pitches = iter(path[starts])

    def grain() -> Samples:
        length = int(scene.uniform(0.3, 1) * longest * RATE)
        return _grain(scene, kind, min(next(pitches) * scene.gain(spread), 16_000), length)

    figures = {"kind": kind, "density": density, "centre": centre, "spread": spread}
    return overlay(starts, grain), figures


def _random_spectrum(scene: Scene) -> Samples:
    """Amplitudes of whole hertz: a random outline, up to 70 dB deep, that also falls."""
    corners = scene.count(4, 14)
    outline = np.interp(
        np.log(HEARD), np.linspace(3, 9.9, corners), scene.rng.uniform(-70, 0, corners)
    )
    slope = scene.uniform(0, 6) * np.log2(HEARD / 20)  # dB
    amplitudes = 10 ** ((outline - slope) / 20)
    return np.interp(np.arange(RATE // 2 + 1), HEARD, amplitudes, left=0, right=0)


def freeze(scene: Scene) -> Texture:
    """One spectrum held still: sines of random phase, from a chord to a wash."""
    spectrum = _random_spectrum(scene)
    kept = scene.count(6, 6000)
    chosen = np.zeros(len(spectrum))
    if scene.odds(0.5):
        fundamental = scene.even_in_log(40, 500)
        orders = np.arange(1, min(kept, int(HEARD[-1] / fundamental)) + 1)
        partials = orders ** scene.uniform(0.9, 1.1) * fundamental
        chosen[partials[partials < HEARD[-1]].astype(int)] = 1
    else:
        chosen[np.exp(scene.rng.uniform(3.5, 9.8, kept)).astype(int)] = 1
    phases = np.exp(1j * scene.rng.uniform(0, TURN, len(spectrum)))
    return np.fft.irfft(spectrum * chosen * phases, RATE), {"partials": kept}


def shimmer(scene: Scene) -> Texture:
    """A bright reverb's tail: bands of noise on a chord, each dying at its own pace."""
    root, width = scene.even_in_log(80, 900), scene.even_in_log(0.3, 60)
    intervals = scene.rng.choice(
        [0, 3, 4, 5, 7, 10, 11, 12, 14, 19, 24, 31, 36], scene.count(3, 12)
    )
    decay = scene.even_in_log(0.08, 1.5)
    tail = sum(
        scene.narrow(root * 2 ** (interval / 12), width)
        * np.exp(-TIME / (decay * scene.gain(0.4)))
        * scene.gain(0.6)
        for interval in intervals
    )
    diffuse = scene.band(root, 12_000) * np.exp(-TIME / decay)
    return unit_rms(tail) + scene.uniform(0, 0.4) * diffuse, {"root": root, "decay": decay}


def reversed_swell(scene: Scene) -> Texture:
    """A struck sound in a room, played backwards."""
    pitch, decay = scene.even_in_log(60, 3000), scene.even_in_log(0.06, 0.6)
    struck = overlay(
        [0] * scene.count(1, 10),
        lambda: scene.gain() * scene.ring(pitch * scene.uniform(1, 6), 0.1),
    )
    noise = scene.white() * np.exp(-TIME / (decay / 4))
    source = unit_rms(struck) * scene.uniform(0, 1) + unit_rms(noise) * scene.uniform(0, 1)
    tail = convolve(source, scene.white() * np.exp(-TIME / decay))
    turned = np.roll(tail[::-1], -int(scene.even_in_log(0.001, 0.3) * RATE))
    return turned, {"pitch": pitch, "decay": decay}


def flanged(scene: Scene) -> Texture:
    """Noise or a buzz through combs whose delay moves."""
    source = scene.coloured() if scene.odds(0.7) else scene.saw(scene.even_in_log(50, 400))
    shortest = scene.even_in_log(0.0002, 0.01)
    delay = scene.curve(shortest, shortest * scene.uniform(1.1, 8), scene.uniform(0, 6))
    feedback = scene.uniform(0.4, 1) * scene.rng.choice([-1, 1])
    sound = unit_rms(source)
    for doubling in range(scene.count(1, 5)):  # 1 + z, then 1 + z^2, ...: as feedback would
        delayed = np.interp(TIME - delay * 2**doubling, TIME, sound)
        sound = sound + feedback ** (2**doubling) * delayed
    return sound, {"delay": shortest * 1000, "feedback": feedback}


def ring_drone(scene: Scene) -> Texture:
    """A driven carrier times one or two drifting tones: sums and differences of their pitches."""
    low = scene.even_in_log(30, 900)
    tones = [
        scene.tone(scene.near(low * ratio, scene.uniform(1, 1.2), 3))
        for ratio in scene.rng.uniform(0.3, 7, int(scene.rng.integers(1, 3)))
    ]
    carrier = scene.saw(low) if scene.odds(0.5) else scene.narrow(low, scene.even_in_log(1, 200))
    drive = scene.even_in_log(0.5, 8)
    return np.tanh(drive * unit_rms(carrier)) * np.prod(tones, axis=0), {"low": low, "drive": drive}


def shepard(scene: Scene) -> Texture:
    """Voices a fixed ratio apart that glide for ever, fading in at one end and out at the other."""
    speed = scene.even_in_log(0.1, 5) * scene.rng.choice([-1, 1])  # octaves a second
    ratio, centre = scene.uniform(0.15, 1.2), scene.even_in_log(200, 2500)  # ratio in octaves
    breadth = scene.uniform(0.5, 2.5)  # octaves
    start = scene.uniform(0, ratio)
    sound = np.zeros(RATE)
    for voice in np.arange(-6, 6, ratio):
        octave = (voice + start + speed * TIME + 6) % 12 - 6
        sound += np.exp(-((octave / breadth) ** 2)) * scene.tone(centre * 2**octave)
    noise = scene.uniform(0, 1) ** 3 * scene.white()
    return sound * (1 + noise), {"speed": speed, "centre": centre}


def logistic(scene: Scene) -> Texture:
    """The logistic map, heard as steps of pressure or as the pitch of a tone."""
    as_pitch = scene.odds(0.5)
    hold = int(scene.even_in_log(200, 6000) if as_pitch else scene.even_in_log(2, 150))
    steps = RATE // hold + 1
    growth = np.linspace(scene.uniform(3.4, 4), scene.uniform(3.4, 4), steps)
    state, states = scene.uniform(0.1, 0.9), np.empty(steps)
    for step in range(steps):
        state = growth[step] * state * (1 - state)
        states[step] = state
    held = np.repeat(states, hold)[:RATE]
    low = scene.even_in_log(60, 1500)
    wave = scene.saw if scene.odds(0.3) else scene.tone
    sound = wave(low * scene.uniform(2, 12) ** held) if as_pitch else held - held.mean()
    return sound, {"hold": hold, "low": low}


def feedback_fm(scene: Scene) -> Texture:
    """Two oscillators that bend each other's phase, from a tone into chaos and back."""
    first, second = scene.even_in_log(30, 2000), scene.even_in_log(30, 2000)
    depth = scene.curve(scene.even_in_log(0.2, 1), scene.even_in_log(1, 5), scene.uniform(0, 8))
    across = depth * scene.uniform(0.2, 1.5)
    one = two = 0.0
    heard = np.empty(RATE)
    angles = (TURN * first * TIME, TURN * second * TIME)
    for sample, (alpha, beta, own, other) in enumerate(zip(*angles, depth, across, strict=True)):
        one, two = sin(alpha + own * two), sin(beta + other * one + 0.5 * own * two)
        heard[sample] = one
    return heard, {"first": first, "second": second}


def data_noise(scene: Scene) -> Texture:
    """A modem's or a chip's data: keyed tones or a looped word, crushed to few bits."""
    baud, word = scene.even_in_log(15, 5000), scene.count(4, 600)
    symbols = scene.rng.random(word) ** scene.uniform(0.5, 2)
    symbols = np.round(symbols * scene.count(1, 8))
    turn = np.floor(scene.phase(baud)).astype(int) % word
    low, keying = scene.even_in_log(200, 3000), scene.uniform(0.1, 1.5)
    keyed = scene.tone(np.minimum(low * 2 ** (keying * symbols[turn]), 15_000))
    sound = keyed if scene.odds(0.6) else unit_rms(symbols[turn] - symbols.mean())
    hold, bits = scene.count(1, 24), scene.uniform(1, 8)
    crushed = np.round(sound[::hold] * 2**bits) / 2**bits
    return np.repeat(crushed, hold)[:RATE], {"baud": baud, "word": word, "bits": bits}


def dark_pad(scene: Scene) -> Texture:
    """A low chord of detuned, slowly beating partials under a falling spectrum."""
    root, slope = scene.even_in_log(30, 400), scene.uniform(0, 2.2)
    detune = scene.even_in_log(0.0005, 0.05)
    chord = 2 ** (scene.rng.choice([0, 3, 5, 7, 8, 10, 12, 15, 19], scene.count(1, 4)) / 12)
    pad = sum(
        scene.tone(root * note * order * (1 + detune * scene.rng.standard_normal()))
        * scene.curve(0.2, 1, scene.uniform(0, 4))
        / order**slope
        for note in chord
        for order in range(1, 13)
        for _ in range(2)
    )
    vowel = resonate(pad, scene.even_in_log(150, 3000), 0.004) * scene.curve(0.05, 1, 3)
    breath = scene.uniform(0, 0.3) * scene.band(root * 2, root * 20)
    sung = unit_rms(pad) + scene.uniform(0, 2) * unit_rms(vowel) + breath
    figures = {"root": root, "slope": slope, "detune": detune}
    return np.tanh(scene.even_in_log(0.1, 3) * sung), figures


def dust_bank(scene: Scene) -> Texture:
    """Dust falling on a bank of resonators: harmonic, stretched or clustered."""
    density, low = scene.even_in_log(2, 2000), scene.even_in_log(50, 2000)
    voices, stretch = scene.count(3, 30), scene.uniform(0.3, 1.5)
    decay = scene.even_in_log(0.005, 1)
    dust = scene.sparks(density) * scene.white()
    dust[scene.moments(2)] += 1
    orders = np.arange(1, voices + 1) ** stretch * scene.rng.uniform(0.97, 1.03, voices)
    struck = sum(
        scene.gain(0.5) * resonate(dust, low * order, decay / np.sqrt(order))
        for order in orders[low * orders < 18_000]
    )
    return struck, {"density": density, "low": low, "decay": decay}


ELECTRONICS: tuple[Callable[[Scene], Texture], ...] = (
    granular,
    freeze,
    shimmer,
    reversed_swell,
    flanged,
    ring_drone,
    shepard,
    logistic,
    feedback_fm,
    data_noise,
    dark_pad,
    dust_bank,
)
