"""Machines, vehicles, sparks and worn media as textures; also writes the source `ambience`.

That source holds these, those of nature.py and those of electronics.py. Nothing is recorded: a
texture is painted dry; half of the clips are then shaped, half are heard in a hall (studio.py).
Does not know how clips are cut or stored; the ranges are judged by ear.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from electronics import ELECTRONICS
from nature import NATURE
from scene import Scene, overlay, resonate, smooth, ticks, unit_rms
from studio import FIELD, record
from textures import TIME, TURN, Texture, bandpass

CLIPS = 70  # of each texture


def engine(scene: Scene) -> Texture:
    """A motor: uneven firing pulses through an exhaust, revving or steady."""
    rate, cylinders = scene.even_in_log(8, 450), int(scene.rng.integers(1, 9))
    turned = scene.phase(scene.near(rate, scene.uniform(1, 1.6), scene.uniform(0, 4)))
    strength = scene.rng.uniform(1 - scene.uniform(0, 0.7), 1, cylinders)
    cylinder = turned.astype(int) % cylinders
    bang = np.exp(-(turned % 1) * scene.even_in_log(2, 30)) * strength[cylinder]
    fired = bang * (1 + scene.uniform(0, 1) * scene.white())
    exhaust = sum(
        resonate(fired, scene.even_in_log(50, 3000), scene.even_in_log(0.001, 0.02))
        for _ in range(scene.count(2, 7))
    )
    mixed = scene.blend(fired - fired.mean(), exhaust, exhaust)
    heard = np.tanh(scene.even_in_log(0.3, 4) * unit_rms(mixed))
    return heard, {"rate": rate, "cylinders": cylinders}


def propeller(scene: Scene) -> Texture:
    """Helicopter or fan: a chop of noise at the blade rate, a thump and a turbine's whine."""
    rate, edge = scene.even_in_log(3, 60), scene.even_in_log(1, 12)
    turned = scene.phase(scene.near(rate, scene.uniform(1, 1.15), 2))
    chop = (0.5 + 0.5 * np.cos(TURN * turned)) ** edge
    centre = scene.even_in_log(100, 3000)
    swish = scene.band(centre * 0.4, centre * scene.uniform(1.5, 5)) * chop
    thump = resonate(ticks(turned), scene.uniform(40, 180), scene.even_in_log(0.005, 0.05))
    whine = scene.tone(scene.near(scene.even_in_log(400, 7000), 1.02, 3)) * scene.uniform(0, 1)
    heard = scene.blend(swish, thump, whine) + 0.4 * unit_rms(swish)
    return heard, {"rate": rate, "centre": centre}


def train(scene: Scene) -> Texture:
    """Wheels over rail joints in pairs, a rumble below and perhaps a squeal."""
    rate, gap = scene.even_in_log(1.2, 9), scene.uniform(0.04, 0.2)
    centre = scene.even_in_log(150, 2500)
    first = scene.beats(rate, 0.03)
    starts = np.concatenate([first, first + int(gap * RATE)])
    clacks = overlay(
        starts, lambda: scene.burst(centre * scene.gain(0.1), scene.even_in_log(0.01, 0.06), 3)
    )
    rumble = scene.band(30, scene.even_in_log(120, 800)) * scene.curve(0.3, 1, 15)
    squeal = scene.narrow(scene.near(scene.even_in_log(900, 6000), 1.05, 4), 8) * scene.drift(3)
    layers = (clacks, rumble, squeal) if scene.odds(0.3) else (clacks, rumble)
    return scene.blend(*layers), {"rate": rate, "centre": centre}


def creak(scene: Scene) -> Texture:
    """Stick and slip: a hinge, a rope or a rusty wheel."""
    rate = scene.even_in_log(6, 350)
    motion = scene.near(rate, scene.uniform(1.1, 3), scene.uniform(1, 8))
    slips = scene.pulses(scene.unsteady(motion, 0.3, 30), 0.5)
    low, ringing = scene.even_in_log(150, 1500), scene.even_in_log(0.002, 0.03)
    body = sum(
        scene.uniform(0.2, 1) * resonate(slips, low * ratio, ringing)
        for ratio in scene.rng.uniform(1, 9, scene.count(3, 10))
    )
    return body * scene.curve(0.1, 1, scene.uniform(1, 6)), {"rate": rate, "low": low}


def whoosh(scene: Scene) -> Texture:
    """Something passes: noise and perhaps a tone that swell, bend and go."""
    centre, passing = scene.even_in_log(150, 5000), scene.uniform(0.2, 0.8)
    width = scene.even_in_log(0.03, 0.35)  # seconds
    distance = np.hypot(1, (TIME - passing) / width)
    approach = (passing - TIME) / (width * distance)  # 1 before, -1 after
    pitch = centre * scene.uniform(1, 2.5) ** approach / distance ** scene.uniform(0, 1)
    air = scene.narrow(pitch, centre * scene.even_in_log(0.02, 0.8))
    voice = scene.saw(pitch * scene.uniform(0.1, 0.5)) * scene.odds(0.3)
    sound = (air + scene.uniform(0, 1) * voice) / distance ** scene.uniform(1, 4)
    return sound, {"centre": centre, "width": width}


def machine_room(scene: Scene) -> Texture:
    """Several hums with harmonics, an airflow and perhaps a relay."""
    machines, rate = scene.count(1, 6), scene.even_in_log(25, 400)

    def machine() -> Samples:
        own = rate * scene.gain(0.6)
        orders = scene.rng.choice(np.arange(1, 30), scene.count(2, 12), replace=False)
        sway = 1 + scene.uniform(0, 0.8) * scene.tone(scene.even_in_log(0.5, 20))
        return sway * sum(
            scene.uniform(0.1, 1) / np.sqrt(order) * scene.sine(min(own * order, 20_000))
            for order in orders
        )

    hums = sum(scene.gain() * unit_rms(machine()) for _ in range(machines))
    airflow = scene.band(scene.even_in_log(60, 1000), scene.even_in_log(1500, 12_000))
    relay = overlay(
        scene.beats(scene.even_in_log(1, 12), 0.02), lambda: scene.burst(2500, 0.004, 3)
    )
    layers = (hums, airflow, relay) if scene.odds(0.4) else (hums, airflow)
    return scene.blend(*layers), {"rate": rate, "machines": machines}


def arc(scene: Scene) -> Texture:
    """Electric buzz that fires at mains rate, stutters and spits."""
    mains = scene.even_in_log(30, 240)
    strikes = scene.pulses(scene.near(mains, scene.uniform(1, 1.05), 20), scene.uniform(0.1, 1.2))
    contact = scene.drift(scene.even_in_log(3, 60)) > scene.uniform(0, 0.7)
    plasma = np.exp(-(scene.phase(mains) % 1) * scene.uniform(2, 20)) * scene.white()
    centre = scene.even_in_log(600, 8000)
    buzz = bandpass(unit_rms(strikes) + unit_rms(plasma), centre * 0.3, centre * 3) * contact
    spit = overlay(scene.moments(scene.even_in_log(2, 80)), lambda: scene.burst(centre, 0.002))
    return scene.blend(buzz, spit) + 0.5 * unit_rms(buzz), {"mains": mains, "centre": centre}


def radio(scene: Scene) -> Texture:
    """Static, tuning whistles, keyed tones and a voice too far off to follow."""
    width = scene.even_in_log(1200, 6000)
    whistle = scene.tone(scene.curve(60, width, scene.uniform(0, 5))) * scene.drift(4)
    key = scene.drift(scene.even_in_log(4, 40)) > scene.uniform(0.3, 0.7)
    keyed = scene.tone(scene.even_in_log(300, 2500)) * smooth(key, 0.002)
    source = scene.pulses(scene.near(scene.uniform(90, 220), 1.2, 5))
    voice = scene.formants(source, 1.0) * scene.drift(7)
    signals = [signal for signal in (whistle, keyed, voice) if scene.odds(0.5)]
    static = scene.white() * scene.curve(0.1, 1, scene.uniform(1, 20))
    static += 2 * scene.white() ** 3 * scene.sparks(scene.even_in_log(5, 800))
    received = bandpass(scene.blend(static, *signals), 250, width)
    return received, {"width": width, "signals": len(signals)}


def vinyl(scene: Scene) -> Texture:
    """An old groove or tape: hiss, clicks, a rumble that turns, and hum or a wavering ghost."""
    clicks = overlay(
        scene.moments(scene.even_in_log(2, 300)),
        lambda: scene.burst(scene.even_in_log(700, 7000), scene.even_in_log(0.0002, 0.003)),
    )
    edge = scene.even_in_log(2000, 18_000)
    hiss = scene.band(scene.even_in_log(100, 1500), edge)
    turning = 1 + scene.uniform(0, 1) * scene.tone(scene.uniform(0.5, 9))
    rumble = scene.band(20, scene.even_in_log(60, 250)) * turning
    note = scene.even_in_log(45, 125) if scene.odds(0.5) else scene.even_in_log(200, 900)
    ghost = scene.saw(scene.near(note, scene.uniform(1, 1.03), 8)) * scene.curve(0.2, 1, 3)
    played = scene.blend(clicks, hiss, rumble, bandpass(ghost, 40, 2500))
    return played, {"edge": edge, "note": note}


MACHINES: tuple[Callable[[Scene], Texture], ...] = (
    engine,
    propeller,
    train,
    creak,
    whoosh,
    machine_room,
    arc,
    radio,
    vinyl,
)


def render_ambience(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every texture with random figures, shapes and rooms."""
    del cache  # nothing is downloaded
    scene = Scene(np.random.default_rng(11))
    for texture in NATURE + MACHINES + ELECTRONICS:
        name = texture.__name__
        for _ in range(int(CLIPS * scale)):
            dry, figures = texture(scene)
            samples, treatment = record(unit_rms(dry), scene, FIELD)
            drawn = figures | {"shaped": False} | treatment
            params: dict[str, object] = {
                key: round(float(value), 4) for key, value in drawn.items()
            }
            group = f"ambience:{name}"
            label = Label("texture", name, licence="own", group=group, params=params)
            writer.put(samples, label)
