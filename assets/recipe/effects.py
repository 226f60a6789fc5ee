"""Foley and game effects from noise, modes and sweeps: knocks, breakage, water, lasers, whooshes.

Each is one function of a `Scene`. Does not know how a sound is recorded afterwards (room, drive,
tone), cut or stored; the ranges are judged by ear.
"""

import numpy as np
from clips import RATE, Samples
from modes import strike_any
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
    ramp,
    ticks,
    turns,
    unit_peak,
)
from scipy.signal import lfilter
from textures import TIME, TURN, bandpass


def fragments(scene: Scene, count: int, reach: float, hertz: Range, longest: Range) -> Samples:
    """About `count` hits of six different pieces, fewer and weaker after `reach` seconds."""
    cloud = np.zeros(RATE)
    for _ in range(6):
        times = scene.rng.exponential(reach, count // 6 + 1)
        gains = scene.rng.exponential(1, len(times)) * np.exp(-times / reach / 2)
        cloud += convolve(impulses(times, gains), strike_any(scene, hertz, longest))
    return unit_peak(cloud)


def bounce(scene: Scene) -> Samples:
    """An object that falls and comes to rest: ever shorter gaps, ever weaker hits."""
    restitution, gap = scene.uniform(0.5, 0.92), scene.even_in_log(0.06, 0.5)
    strength = restitution ** np.arange(40)
    times = gap * (np.cumsum(strength) - 1)
    grains = [strike_any(scene, (90, 4000), (0.008, 0.3)) for _ in range(2)]
    hits = [strength * scene.rng.uniform(0.2, 1, 40) for _ in grains]
    layers = zip(hits, grains, strict=True)
    return sum(convolve(impulses(times, hit), grain) for hit, grain in layers)


def shatter(scene: Scene) -> Samples:
    """Glass: a crack, then bright shards that ring and fall."""
    count, reach = int(scene.even_in_log(20, 400)), scene.even_in_log(0.05, 0.35)
    shards = fragments(scene, count, reach, (900, 5000), (0.01, 0.25))
    crack = scene.hiss(scene.some_band((2000, 9000), (1, 3)), scene.even_in_log(0.003, 0.05))
    return shards + scene.uniform(0.2, 1.5) * crack


def collapse(scene: Scene) -> Samples:
    """Wood, bricks or crockery that fall in a heap."""
    count, reach = int(scene.even_in_log(8, 120)), scene.even_in_log(0.08, 0.4)
    heap = fragments(scene, count, reach, (70, 900), (0.006, 0.12))
    dust = scene.hiss(scene.some_band((300, 5000), (1, 4)), reach, 0.01)
    return heap + scene.uniform(0, 0.4) * dust


def footstep(scene: Scene) -> Samples:
    """Heel, then sole, on boards, stone, gravel or snow."""
    treads = impulses(np.array([0, scene.uniform(0.03, 0.2)]), np.array([1, scene.uniform(0.1, 1)]))
    sole = convolve(treads, strike_any(scene, (60, 500), (0.004, 0.05)))
    weight = envelope(scene.even_in_log(0.002, 0.03), scene.even_in_log(0.01, 0.08))
    press = convolve(treads, weight)
    grit = scene.sparks(scene.even_in_log(50, 6000)) * scene.white() * press
    gravel = unit_peak(bandpass(grit, *scene.some_band((600, 7000), (1, 4))))
    return unit_peak(sole) * scene.uniform(0, 1) + gravel * scene.uniform(0.05, 1)


def clicks(scene: Scene, times: Samples) -> Samples:
    """A small mechanism: each of its moves strikes the case a little differently."""
    gains = scene.rng.uniform(0.2, 1, (2, len(times)))
    tick = scene.hiss(scene.some_band((1500, 9000), (0.5, 3)), scene.even_in_log(4e-4, 0.006))
    case = strike_any(scene, (150, 3500), (0.003, 0.05))
    return convolve(impulses(times, gains[0]), tick) + convolve(impulses(times, gains[1]), case)


def switch(scene: Scene) -> Samples:
    """One to three clicks: a lever, a latch, a relay."""
    return clicks(scene, np.cumsum(scene.rng.uniform(0.005, 0.12, scene.rng.integers(1, 4))))


def key_press(scene: Scene) -> Samples:
    """A key goes down and comes back up."""
    down = scene.rng.uniform(0, 0.02, 2)
    return clicks(scene, np.concatenate([down, down + scene.uniform(0.05, 0.25)]))


def coins(scene: Scene) -> Samples:
    """A handful of small metal pieces: keys, coins, chain."""
    count, reach = int(scene.even_in_log(4, 50)), scene.even_in_log(0.05, 0.4)
    return fragments(scene, count, reach, (1500, 7000), (0.03, 0.5))


def zipper(scene: Scene) -> Samples:
    """Teeth that pass faster or slower, through the resonances of cloth and slider."""
    start, end = scene.even_in_log(20, 300), scene.even_in_log(40, 500)
    length = scene.uniform(0.15, 0.9)
    passed = ticks(turns(start * (end / start) ** (TIME / length)))
    teeth = passed * scene.rng.uniform(0.3, 1, RATE)
    tooth = scene.hiss(scene.some_band((1500, 8000), (1, 3)), scene.even_in_log(5e-4, 0.008))
    tooth += 0.3 * strike_any(scene, (300, 3000), (0.002, 0.02))
    return convolve(teeth * (length > TIME), tooth)


def scratch(scene: Scene) -> Samples:
    """A record or a nail dragged to and fro: pitch follows speed."""
    strokes, length = scene.uniform(0.5, 5), scene.uniform(0.15, 0.9)
    speed = np.abs(np.sin(np.pi * strokes * TIME / length)) * (length > TIME)
    speed *= 0.5 + scene.drift(8)
    groove = scene.swept(40 + scene.even_in_log(400, 5000) * speed)
    tone = np.tanh(3 * np.sin(angle(scene.even_in_log(100, 1500) * speed)))
    return (groove + scene.uniform(0, 0.7) * tone) * speed ** scene.uniform(0.3, 1.5)


def tear(scene: Scene) -> Samples:
    """Paper or cloth: fibres snap, often louder towards the end of the stroke."""
    length, density = scene.uniform(0.1, 0.8), scene.even_in_log(200, 8000)
    stroke = ramp(length) ** scene.uniform(0, 2) * (length > TIME)
    snaps = scene.sparks(density) * scene.white() * stroke * (0.1 + scene.drift(20))
    return convolve(snaps, scene.hiss(scene.some_band((1500, 8000), (1, 4)), 0.002))


def whip(scene: Scene) -> Samples:
    """A rising swish that ends in a crack."""
    rise, top = scene.uniform(0.05, 0.35), scene.even_in_log(1500, 7000)
    curve = 100 + top * ramp(rise) ** 2
    swish = scene.swept(curve) * ramp(rise) ** 3 * (rise > TIME)
    crack = scene.hiss(scene.some_band((1500, 6000), (2, 5)), scene.even_in_log(0.003, 0.04))
    return scene.uniform(0.1, 0.8) * swish + convolve(impulses(np.array([rise]), 1), crack)


def whoosh(scene: Scene) -> Samples:
    """Something passes: noise swells and falls in pitch and level."""
    middle, width = scene.uniform(0.1, 0.6), scene.even_in_log(0.05, 0.35)
    skew = np.where(middle > TIME, scene.uniform(0.5, 2), scene.uniform(0.5, 2))
    near = np.exp(-(((TIME - middle) / width * skew) ** 2))
    low = scene.even_in_log(60, 800)
    air = scene.swept(low * (1 + scene.uniform(0.5, 12) * near))
    flutter = 1 + scene.uniform(0, 0.9) * scene.sine(scene.even_in_log(8, 60))
    return air * near * flutter


def riser(scene: Scene) -> Samples:
    """Tension that climbs and stops, or falls when turned round."""
    curve = scene.even_in_log(80, 800) * scene.uniform(2, 30) ** TIME
    air = scene.swept(curve)
    tone = np.tanh(scene.uniform(0.5, 8) * np.sin(angle(curve)))
    pulse = 1 - scene.uniform(0, 1) * (scene.sine(scene.even_in_log(3, 30)) > 0)
    rise = (air + scene.uniform(0, 1) * tone) * pulse * TIME ** scene.uniform(0.5, 3)
    return rise[::-1] if scene.odds(0.3) else rise


def laser(scene: Scene) -> Samples:
    """An FM tone that dives, or climbs, within moments; fired up to three times."""
    start, end = scene.even_in_log(600, 9000), scene.even_in_log(40, 900)
    if scene.odds(0.2):
        start, end = end, start
    curve = end + (start - end) * np.exp(-TIME / scene.even_in_log(0.02, 0.4))
    phase = angle(curve)
    tone = np.sin(phase + scene.uniform(0, 6) * np.sin(phase * scene.uniform(0.25, 4)))
    shot = np.tanh(scene.uniform(0.5, 6) * tone) * envelope(0.002, scene.even_in_log(0.03, 0.4))
    times = np.arange(scene.rng.integers(1, 4)) * scene.uniform(0.06, 0.3)
    return convolve(impulses(times, 1.0), shot)


def zap(scene: Scene) -> Samples:
    """Electric arcs: noise that fires again and again at an unsteady rate."""
    rate = scene.even_in_log(30, 250) * (1 + scene.uniform(0, 2) * scene.drift(15))
    phase = turns(rate) % 1
    arc = np.exp(-phase * scene.uniform(2, 30)) * scene.white()
    arc = bandpass(arc, *scene.some_band((800, 7000), (1, 5)))
    return unit_peak(arc) * (0.1 + scene.drift(25)) * envelope(0.002, scene.even_in_log(0.05, 0.6))


def explosion(scene: Scene) -> Samples:
    """A blast whose highs die first, a low thump and falling debris."""
    boom = scene.even_in_log(0.1, 0.8)
    layers = ((60, 300, 1.0), (200, 1200, 0.7), (800, 12_000, 0.4))
    blast = sum(
        scene.uniform(0.2, 1) * scene.hiss((low, high), boom * length, 0.003)
        for low, high, length in layers
    )
    start, thump = scene.even_in_log(80, 400), scene.even_in_log(22, 60)
    low = glide(start, thump, scene.even_in_log(0.02, 0.15)) * envelope(0.002, boom)
    debris = fragments(scene, 60, scene.uniform(0.1, 0.5), (100, 2500), (0.003, 0.04))
    return blast + scene.uniform(0, 1) * low + scene.uniform(0, 0.4) * debris


def gunshot(scene: Scene) -> Samples:
    """A crack, a body and an action that clicks."""
    crack = scene.hiss(scene.some_band((800, 5000), (3, 6)), scene.even_in_log(0.002, 0.02))
    report = scene.hiss(scene.some_band((120, 900), (1, 4)), scene.even_in_log(0.02, 0.15))
    action = clicks(scene, scene.rng.uniform(0.03, 0.25, 2))
    return crack + scene.uniform(0.2, 1.2) * report + scene.uniform(0, 0.2) * unit_peak(action)


def impact(scene: Scene) -> Samples:
    """A large hit as in trailers: sub drop, resonant body, noise."""
    low = glide(scene.even_in_log(80, 600), scene.even_in_log(25, 70), scene.even_in_log(0.01, 0.2))
    low = low * envelope(0.001, scene.even_in_log(0.08, 0.6))
    struck = strike_any(scene, (50, 700), (0.1, 1.5))
    air = scene.hiss(scene.some_band((300, 6000), (1, 5)), scene.even_in_log(0.02, 0.4))
    weights = scene.rng.uniform(0, 1, 3)
    return weights[0] * low + weights[1] * struck + weights[2] * air


def pickup(scene: Scene) -> Samples:
    """Coins and power-ups of old games: a few notes in a row, pulses or sines."""
    notes, step = int(scene.rng.integers(2, 7)), scene.even_in_log(0.03, 0.16)
    jumps = scene.rng.choice([-12, -5, 3, 4, 5, 7, 12], notes - 1)
    semitones = np.concatenate([[0], np.cumsum(jumps if scene.odds(0.5) else np.abs(jumps))])
    order = np.minimum((TIME / step).astype(int), notes - 1)
    phase = turns(scene.even_in_log(180, 1500) * 2 ** (semitones[order] / 12)) % 1
    pulse = np.where(phase < scene.uniform(0.1, 0.5), 1.0, -1.0)
    wave = pulse if scene.odds(0.6) else np.sin(TURN * phase)
    held = np.maximum(0, TIME - step * (notes - 1))
    decay = np.exp(-held / scene.even_in_log(0.03, 0.3))
    return wave * decay * np.exp(-(TIME % step) / step * scene.uniform(0, 2) * (held == 0))


def blip(scene: Scene) -> Samples:
    """A jump, a hurt or a menu beep: one held wave whose pitch slides and trembles."""
    start, end, length = *(scene.even_in_log(70, 2500) for _ in range(2)), scene.uniform(0.05, 0.6)
    tremble = 1 + scene.uniform(0, 0.3) * scene.sine(scene.even_in_log(4, 50))
    curve = start * (end / start) ** ramp(length) * tremble
    held = curve[:: (hold := int(scene.even_in_log(1, 1500)))].repeat(hold)[:RATE]
    phase = turns(held) % 1
    waves = (np.sign(phase - scene.uniform(0.1, 0.5)), 2 * phase - 1, np.sin(TURN * phase))
    return waves[scene.rng.integers(3)] * np.clip((length - TIME) / length, 0, 1) ** 0.5


def water_drop(scene: Scene) -> Samples:
    """Bubbles: short sines that rise as each closes, after a faint splash."""
    sound = scene.uniform(0, 0.3) * scene.hiss(scene.some_band((1500, 8000), (1, 3)), 0.006)
    for _ in range(int(scene.even_in_log(1, 14))):
        decay, hertz = scene.even_in_log(0.008, 0.1), scene.even_in_log(250, 3500)
        rising = hertz * (1 + scene.uniform(0, 0.4) * TIME / decay)
        drop = np.sin(angle(np.minimum(rising, HIGHEST))) * envelope(1e-3, decay)
        sound += convolve(impulses(scene.rng.exponential(0.12, 1), scene.uniform(0.2, 1)), drop)
    return sound


def splash(scene: Scene) -> Samples:
    """Something drops into water: a slap, spray, and many bubbles."""
    slap = scene.hiss(scene.some_band((200, 2000), (1, 4)), scene.even_in_log(0.01, 0.06))
    spray = scene.hiss(scene.some_band((1500, 8000), (1, 4)), scene.even_in_log(0.05, 0.3), 0.03)
    bubbles = sum(water_drop(scene) for _ in range(3))
    weights = scene.rng.uniform(0.1, 1, 3)
    return weights[0] * slap + weights[1] * spray * (0.3 + scene.drift(40)) + weights[2] * bubbles


def boing(scene: Scene) -> Samples:
    """A spring or ruler: a low buzz that wobbles in pitch and brightness, and settles."""
    hertz, decay = scene.even_in_log(40, 400), scene.even_in_log(0.1, 0.5)
    wobble = scene.sine(scene.even_in_log(4, 18)) * np.exp(-TIME / decay)
    curve = hertz * (1 + scene.uniform(0.05, 0.5) * wobble) * (1 + scene.uniform(-0.4, 2) * TIME)
    index = scene.uniform(1, 8) * np.exp(-TIME / decay)
    phase = angle(curve)
    return np.sin(phase + index * np.sin(phase * scene.rng.integers(1, 5))) * envelope(2e-3, decay)


def ricochet(scene: Scene) -> Samples:
    """A crack, then a whining piece that flies away, falling in pitch."""
    start = scene.even_in_log(1200, 6000)
    curve = start * np.exp(-TIME * scene.uniform(0.5, 4)) * (1 + 0.03 * scene.sine(30))
    whine = np.sin(angle(curve)) + scene.uniform(0, 1) * scene.swept(curve)
    flight = whine * envelope(scene.even_in_log(0.005, 0.05), scene.even_in_log(0.08, 0.4))
    return strike_any(scene, (300, 3000), (0.005, 0.2)) + scene.uniform(0.1, 1) * flight


def squeak(scene: Scene) -> Samples:
    """Stick and slip: a hinge, a rubber sole, a cork."""
    length = scene.uniform(0.08, 0.8)
    push = np.sin(np.pi * ramp(length)) ** scene.uniform(0.3, 2)
    curve = scene.even_in_log(60, 2500) * (
        0.7 + scene.uniform(0.1, 1) * push + 0.3 * scene.drift(9)
    )
    slips = ticks(turns(curve)) * scene.rng.uniform(0.5, 1, RATE)
    return convolve(slips * push, strike_any(scene, (400, 3000), (0.001, 0.02)))


def spray(scene: Scene) -> Samples:
    """Compressed air: a valve opens, hisses and shuts."""
    length = scene.uniform(0.04, 0.7)
    jet = unit_peak(bandpass(scene.white(), *scene.some_band((2000, 10_000), (0.5, 4))))
    gate = np.where(length > TIME, 1 - scene.uniform(0, 0.7) * TIME / length, 0)
    flow = lfilter([0.003], [1, -0.997], gate * (1 - scene.uniform(0, 0.6) * scene.drift(30)))
    return jet * flow + scene.uniform(0, 0.5) * clicks(scene, np.array([0, length]))


EFFECTS: dict[str, tuple[Sound, ...]] = {  # by family
    "drum": (
        bounce,
        shatter,
        collapse,
        footstep,
        switch,
        key_press,
        coins,
        whip,
        explosion,
        gunshot,
        impact,
        water_drop,
        splash,
        ricochet,
    ),
    "synth": (laser, zap, pickup, blip, boing),
    "texture": (zipper, scratch, tear, whoosh, riser, squeak, spray),
}
