"""Weather, water, fire, animals and crowds as textures: each one function of a `Scene`.

Nothing is recorded. Does not know which room a texture is heard in, nor how it is cut or stored;
the ranges are judged by ear.
"""

from collections.abc import Callable

import numpy as np
from clips import RATE, Samples
from scene import Scene, overlay, resonate, smooth, turns, unit_rms
from textures import TIME, TURN, Texture, bandpass


def fire(scene: Scene) -> Texture:
    """A fluttering low roar, hiss and snaps of very uneven size."""
    density = scene.even_in_log(3, 400)
    brightness = scene.even_in_log(500, 6000)
    snaps = overlay(
        scene.moments(density, scene.drift(8)),
        lambda: scene.burst(
            brightness * scene.gain(0.5), scene.even_in_log(0.0004, 0.02), scene.uniform(0.5, 6)
        ),
    )
    roar = scene.band(30, scene.even_in_log(120, 900)) * scene.curve(0.2, 1, scene.uniform(4, 30))
    hiss = scene.band(2000, scene.even_in_log(4000, 16_000)) * scene.drift(6)
    return scene.blend(snaps, roar, hiss) + 0.4 * unit_rms(snaps), {"density": density}


def stream(scene: Scene) -> Texture:
    """Small bubbles over flowing noise."""
    density, radius = scene.even_in_log(15, 1200), scene.even_in_log(0.0006, 0.004)
    where = scene.curve(0.1, 1, scene.uniform(2, 12))
    water = scene.bubbles(
        radius * 0.6, radius * scene.uniform(1.2, 5), scene.moments(density, where)
    )
    flow = scene.band(scene.even_in_log(200, 1500), scene.even_in_log(2000, 9000))
    return unit_rms(water) + scene.uniform(0, 0.4) * flow, {"density": density, "radius": radius}


def boiling(scene: Scene) -> Texture:
    """Large bubbles in surges, heard through the vessel."""
    density, rate = scene.even_in_log(8, 250), scene.even_in_log(3, 25)
    surges = np.maximum(0, scene.tone(scene.near(rate, 1.5, 4))) ** 3 + 0.05
    water = scene.bubbles(0.003, scene.even_in_log(0.006, 0.03), scene.moments(density, surges))
    vessel = resonate(water, scene.even_in_log(120, 1500), scene.even_in_log(0.003, 0.05))
    rumble = scene.band(40, scene.even_in_log(150, 700)) * surges
    return scene.blend(water, vessel, rumble), {"density": density, "rate": rate}


def drips(scene: Scene) -> Texture:
    """Few drops, each a click and, a moment later, a bubble."""
    rate, radius = scene.even_in_log(1.5, 14), scene.even_in_log(0.001, 0.008)

    def drop() -> Samples:
        bubble = scene.bubble(radius * scene.gain(0.4))
        click = scene.burst(scene.even_in_log(1500, 9000), 0.001) * scene.uniform(0, 3)
        gap = int(scene.uniform(0.002, 0.05) * RATE)
        return np.pad(click, (0, gap + len(bubble))) + np.pad(bubble, (gap + len(click), 0))

    puddle = overlay(scene.beats(rate, scene.uniform(0, 1)), drop)
    return unit_rms(puddle) + scene.uniform(0, 0.1) * unit_rms(scene.coloured()), {"rate": rate}


def waterfall(scene: Scene) -> Texture:
    """Eight octaves of noise, each with a weight and a flutter of its own."""
    rate = scene.even_in_log(1, 60)
    steepness = scene.uniform(0, 3)  # low weighs all octaves alike, high leaves one or two
    falling = sum(
        scene.band(50 * 2**octave, 100 * 2**octave)
        * scene.uniform(0, 1) ** (steepness + 0.2)
        * scene.curve(scene.uniform(0.1, 1), 1, rate)
        for octave in range(8)
    )
    return falling, {"rate": rate, "steepness": steepness}


def thunder(scene: Scene) -> Texture:
    """A crack and the rumble of its echoes, dulled by distance."""
    reach, decay = scene.even_in_log(150, 8000), scene.even_in_log(0.08, 0.8)
    strike = scene.uniform(0, 0.4)
    after = np.exp(-np.maximum(0, TIME - strike) / decay) * (strike < TIME) + 1e-3
    rumble = overlay(
        scene.moments(scene.even_in_log(10, 120), after),
        lambda: scene.burst(scene.even_in_log(30, 250), scene.even_in_log(0.02, 0.2)),
    )
    crack = overlay([int(strike * RATE)], lambda: scene.burst(reach, decay / 4, 0.4))
    roll = scene.band(25, min(reach, 600)) * after * scene.curve(0.1, 1, 20)
    heard = bandpass(scene.blend(rumble, crack, roll), 20, reach)
    return heard, {"reach": reach, "decay": decay}


def leaves(scene: Scene) -> Texture:
    """Rustling: soft flickers of bright noise that gather and thin out."""
    density, centre = scene.even_in_log(6, 300), scene.even_in_log(900, 9000)
    longest = scene.even_in_log(0.01, 0.15)

    def flicker() -> Samples:
        return scene.gain() * np.hanning(int(scene.uniform(0.2, 1) * longest * RATE))

    flutter = overlay(scene.moments(density, scene.curve(0.05, 1, scene.uniform(1, 6))), flicker)
    rustle = scene.band(centre * scene.uniform(0.3, 0.9), centre * scene.uniform(1.2, 4)) * flutter
    heard = unit_rms(rustle) + 0.03 * unit_rms(scene.coloured())
    return heard, {"density": density, "centre": centre}


def footsteps(scene: Scene) -> Texture:
    """Steps on gravel, snow or leaves: a thump and a crunch of grains, heel then toe."""
    rate, centre = scene.even_in_log(1.2, 7), scene.even_in_log(400, 8000)
    grains, decay = scene.even_in_log(8, 250), scene.even_in_log(0.0008, 0.012)
    pressing, sharpness = scene.even_in_log(0.03, 0.2), scene.uniform(0.5, 5)
    thump = scene.uniform(0, 2)

    def step() -> Samples:
        weight = np.exp(-TIME / pressing) + scene.uniform(0, 1) * np.exp(
            -(((TIME - 1.5 * pressing) / (0.4 * pressing)) ** 2)
        )
        crunch = overlay(
            scene.moments(grains, weight),
            lambda: scene.burst(centre * scene.gain(0.4), decay, sharpness),
        )
        heel = scene.ring(scene.uniform(45, 160), scene.even_in_log(0.01, 0.05))
        crunch[: len(heel)] += thump * heel
        return scene.gain(0.2) * crunch

    return overlay(scene.beats(rate, 0.05), step), {"rate": rate, "centre": centre}


def crickets(scene: Scene) -> Texture:
    """One insect to ten, each chirping whole groups of syllables on one high tone."""
    insects, centre = scene.count(1, 10), scene.even_in_log(1800, 9000)
    rate = scene.even_in_log(12, 110)

    def insect() -> Samples:
        pitch = min(centre * scene.gain(0.12), 11_000)
        tone = scene.tone(scene.near(pitch, 1.005, 20))
        tone += scene.uniform(0, 0.3) * scene.tone(pitch * 2)
        syllables = (0.5 + 0.5 * scene.tone(rate * scene.gain(0.1))) ** scene.uniform(0.5, 4)
        chirps = scene.phase(scene.even_in_log(0.7, 7)) % 1 < scene.uniform(0.15, 1.1)
        return scene.gain(1) * tone * syllables * smooth(chirps, 0.004)

    night = scene.uniform(0, 0.1) * scene.band(centre * 0.5, centre * 1.5)
    return sum(insect() for _ in range(insects)) + night, {"centre": centre, "insects": insects}


def cicadas(scene: Scene) -> Texture:
    """Fast click trains through sharp high resonances, rising and falling together."""
    rate, centre = scene.even_in_log(60, 700), scene.even_in_log(2500, 10_000)
    clicks = sum(
        scene.pulses(scene.near(rate, 1.1, 10) * scene.gain(0.1), 0.6)
        for _ in range(scene.count(1, 12))
    )
    ringing = scene.even_in_log(0.0002, 0.004)
    song = sum(resonate(clicks, centre * scene.gain(0.25), ringing) for _ in range(3))
    pulsing = 1 + scene.uniform(-1, 1) * scene.tone(scene.even_in_log(2, 40))
    trees = scene.uniform(0, 0.3) * scene.band(centre * 0.7, centre * 1.4)
    return unit_rms(song * pulsing) + trees, {"rate": rate, "centre": centre}


def _note(scene: Scene, centre: float) -> Samples:
    """One bird's note: a bent and perhaps trilled glide."""
    time = np.linspace(0, 1, int(scene.even_in_log(0.02, 0.3) * RATE))
    bend = scene.uniform(-0.6, 0.6) * time + scene.uniform(-0.5, 0.5) * np.sin(np.pi * time)
    trill = scene.uniform(0, 0.12) * np.sin(TURN * scene.uniform(1, 12) * time)
    turned = turns(centre * 2 ** (bend + trill))
    overtone = scene.uniform(0, 0.5) * np.sin(2 * TURN * turned)
    return (np.sin(TURN * turned) + overtone) * np.sin(np.pi * time) ** scene.uniform(0.4, 2)


def birds(scene: Scene) -> Texture:
    """From one bird to a flock, each repeating a note of its own."""
    flock, centre = scene.count(1, 30), scene.even_in_log(900, 6500)

    def bird() -> Samples:
        pitch, loudness = min(centre * scene.gain(0.3), 9000), scene.gain(1)
        note = _note(scene, pitch)
        varied = scene.odds(0.4)
        starts = scene.beats(scene.even_in_log(1, 14), scene.uniform(0, 0.5))
        sung = scene.rng.random(len(starts)) < scene.uniform(0.3, 1)
        sung[0] = True
        return overlay(starts[sung], lambda: loudness * (_note(scene, pitch) if varied else note))

    air = scene.uniform(0, 0.1) * unit_rms(scene.coloured())
    return unit_rms(sum(bird() for _ in range(flock))) + air, {"centre": centre, "birds": flock}


def frogs(scene: Scene) -> Texture:
    """One frog to eight: slow pulses through a throat."""
    frog_count, throat = scene.count(1, 8), scene.even_in_log(250, 3000)

    def frog() -> Samples:
        length = int(scene.even_in_log(0.05, 0.5) * RATE)
        low = scene.even_in_log(15, 180)
        source = scene.pulses(scene.curve(low, low * scene.uniform(1, 2), 3))
        own, ringing = throat * scene.gain(0.3), scene.even_in_log(0.001, 0.02)
        croak = resonate(source, own, ringing) + scene.uniform(0, 1) * resonate(
            source, own * scene.uniform(1.6, 3.5), ringing / 2
        )
        shape = np.sin(np.pi * np.linspace(0, 1, length) ** scene.uniform(0.4, 2))
        croak = unit_rms(croak)[:length] * shape * scene.gain()
        return overlay(scene.beats(scene.even_in_log(1, 6), 0.2), lambda: croak)

    pond = scene.uniform(0, 0.1) * scene.band(100, 3000)
    return sum(frog() for _ in range(frog_count)) + pond, {"throat": throat, "frogs": frog_count}


def growl(scene: Scene) -> Texture:
    """A beast's rough voice, from purr to howl."""
    pitch = scene.even_in_log(20, 500)
    voice = scene.near(pitch, scene.uniform(1.02, 1.8), scene.uniform(1, 5))
    roughness = scene.uniform(0, 0.5)
    source = scene.pulses(scene.unsteady(voice, roughness, 60), roughness)
    source += scene.uniform(0, 0.05) * scene.white() * scene.drift(8)
    stretch = scene.even_in_log(0.35, 1.6)
    mouth = scene.drift(scene.uniform(1, 5))
    sound = scene.formants(source, stretch) * mouth + scene.formants(source, stretch) * (1 - mouth)
    breath = np.sin(np.pi * (scene.phase(scene.even_in_log(0.5, 4)) % 1))
    return np.tanh(scene.even_in_log(0.5, 6) * unit_rms(sound) * breath), {"pitch": pitch}


def swarm(scene: Scene) -> Texture:
    """One flying insect to forty: buzzing tones of drifting pitch and loudness."""
    insects, pitch = scene.count(1, 40), scene.even_in_log(70, 900)

    def insect() -> Samples:
        own = scene.near(pitch * scene.gain(0.15), scene.uniform(1, 1.15), scene.uniform(1, 8))
        return scene.saw(own) * scene.curve(0.03, 1, scene.uniform(1, 5)) * scene.gain(0.5)

    buzz = sum(insect() for _ in range(insects))
    body = resonate(buzz, scene.even_in_log(300, 5000), scene.even_in_log(0.0002, 0.003))
    return scene.blend(buzz, body) + 0.02 * scene.white(), {"pitch": pitch, "insects": insects}


def murmur(scene: Scene) -> Texture:
    """One talker to a crowd: voices that keep changing their vowel, no words."""
    talkers, stretch = scene.count(1, 24), scene.even_in_log(0.85, 1.5)

    def talker() -> Samples:
        pitch = scene.even_in_log(85, 180) * stretch
        source = scene.pulses(scene.near(pitch, 1.25, 5)) + 0.02 * scene.white()
        mouth = scene.drift(scene.uniform(4, 12))
        spoken = sum(
            scene.formants(source, stretch) * weight for weight in (mouth**2, (1 - mouth) ** 2)
        )
        consonants = scene.band(2500, 9000) * smooth(scene.drift(14) > scene.uniform(0.7, 1), 0.01)
        voiced = unit_rms(spoken) * scene.drift(scene.uniform(4, 9))
        return scene.gain(0.6) * (voiced + 0.2 * consonants)

    return sum(talker() for _ in range(talkers)), {"talkers": talkers, "stretch": stretch}


def applause(scene: Scene) -> Texture:
    """From one pair of hands to a hall: claps of individual colour and pace."""
    hands, rate = scene.count(1, 150), scene.even_in_log(2, 7)
    together = scene.odds(0.2)
    shared = scene.beats(rate, 0.1)

    def clapper() -> Samples:
        centre, decay = scene.even_in_log(500, 4000), scene.even_in_log(0.002, 0.02)
        sharpness, distance = scene.uniform(0.4, 2), scene.gain(0.7)
        late = scene.rng.integers(0, 1500, len(shared))
        starts = shared + late if together else scene.beats(rate * scene.gain(0.2), 0.3)
        return overlay(starts, lambda: distance * scene.burst(centre, decay, sharpness))

    return sum(clapper() for _ in range(hands)), {"hands": hands, "rate": rate}


def gap_wind(scene: Scene) -> Texture:
    """Wind that whistles through gaps: narrow moving resonances in gusts."""
    centre, width = scene.even_in_log(180, 4000), scene.even_in_log(1, 150)
    gusts = scene.curve(0.05, 1, scene.uniform(1, 6))
    whistles = sum(
        scene.narrow(scene.near(centre * ratio, scene.uniform(1, 1.4), 4), width)
        * (gusts * scene.curve(0.1, 1, 5))
        for ratio in scene.rng.uniform(0.5, 3, scene.count(1, 5))
    )
    air = bandpass(scene.coloured(), centre * 0.3, centre * 4) * gusts
    heard = unit_rms(whistles) + scene.uniform(0, 1.5) * unit_rms(air)
    return heard, {"centre": centre, "width": width}


def debris(scene: Scene) -> Texture:
    """Falling pieces of ice, glass, stone or wood: a cloud of small inharmonic impacts."""
    density, centre = scene.even_in_log(5, 200), scene.even_in_log(250, 6000)
    decay = scene.even_in_log(0.003, 0.2)
    ratios = np.sort(scene.rng.uniform(1, 6, scene.count(2, 6)))

    def impact() -> Samples:
        pitch = centre * scene.gain(0.5)
        partials = [scene.ring(min(pitch * ratio, 20_000), decay / ratio) for ratio in ratios]
        sound = scene.gain(0.9) * partials[0]
        for partial in partials[1:]:
            sound[: len(partial)] += scene.uniform(0, 1) * partial
        return sound

    spill = np.exp(-TIME / scene.even_in_log(0.05, 3)) + 0.01
    pieces = overlay(scene.moments(density, spill), impact)
    grit = scene.band(centre, centre * 4) * spill
    return unit_rms(pieces) + scene.uniform(0, 0.2) * grit, {"density": density, "centre": centre}


def underwater(scene: Scene) -> Texture:
    """Muffled rumble and surges, large bubbles and, in half, a far call or sonar."""
    edge, call = scene.even_in_log(80, 1500), scene.even_in_log(80, 2500)
    rumble = scene.band(20, edge) * scene.curve(0.05, 1, scene.uniform(1, 14))
    bubbles = scene.bubbles(0.002, 0.05, scene.moments(scene.even_in_log(1, 150)))
    pressure = scene.narrow(scene.near(edge * scene.uniform(0.3, 1), 1.3, 3), scene.uniform(2, 40))
    song = scene.tone(scene.near(call, scene.uniform(1, 1.8), scene.uniform(0, 5)))
    song = song * scene.drift(scene.uniform(1, 8)) ** 2
    layers = (rumble, bubbles, pressure, song) if scene.odds(0.5) else (rumble, bubbles, pressure)
    return scene.blend(*layers), {"edge": edge, "layers": len(layers)}


NATURE: tuple[Callable[[Scene], Texture], ...] = (
    fire,
    stream,
    boiling,
    drips,
    waterfall,
    thunder,
    leaves,
    footsteps,
    crickets,
    cicadas,
    birds,
    frogs,
    growl,
    swarm,
    murmur,
    applause,
    gap_wind,
    debris,
    underwater,
)
