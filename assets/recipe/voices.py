"""Kinds of voices: what a throat sings, says, whispers, shouts and coughs.

Each kind is one function of a random throat that returns a second of sound and the MIDI note that
is sung, if any. Does not know how a throat sounds, nor how clips are cut or stored.
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from scene import convolve
from scipy.signal import lfilter, resample_poly
from textures import TIME, TURN, bandpass
from throat import CONSONANTS, CONTROL, Throat, level, overdrive, window

Voice = tuple[Samples, int | None]  # [48000] and the MIDI note

CLIPS = 62  # of each kind
ROOMS = 0.5  # share of clips that are heard in a room


def sung_vowel(throat: Throat) -> Voice:
    """One note on one or two vowels, straight or with vibrato."""
    note = throat.note()
    hertz = _hertz(note) * throat.vibrato(throat.uniform(0, 70))
    loudness = window(0, throat.uniform(0.3, 1.2), throat.even_in_log(0.01, 0.2), 0.12)
    formants = throat.shape(*throat.vowels(throat.rng.integers(1, 3)))
    return throat.resonate(throat.larynx(hertz) * loudness, formants), note


def hum(throat: Throat) -> Voice:
    """A note through the nose, sometimes opened into a vowel: mmm, mmah."""
    note = throat.note()
    hertz = _hertz(note) * throat.vibrato(throat.uniform(0, 40))
    names = ("m", "m") if throat.odds(0.6) else ("m", "m", *throat.vowels(2))
    voice = throat.larynx(hertz, breath=0.3 * throat.breath)
    voice = throat.resonate(voice, throat.shape(*names), nasal=throat.uniform(0.5, 1))
    return voice * window(0, throat.uniform(0.35, 1.2), throat.even_in_log(0.02, 0.3), 0.15), note


def choir(throat: Throat) -> Voice:
    """Three to eight singers in near unison on one or two vowels."""
    note = throat.note()
    vowels = throat.vowels(throat.rng.integers(1, 3))
    total, width = np.zeros(RATE), throat.uniform(3, 18)
    for _ in range(throat.rng.integers(3, 9)):
        singer = Throat(throat.rng, 0.9 * throat.length, 1.1 * throat.length)
        detune = 2 ** (width * throat.rng.standard_normal() / 1200)
        hertz = _hertz(note) * detune * singer.vibrato(singer.uniform(5, 50))
        loudness = window(singer.uniform(0, 0.06), 1.3, singer.uniform(0.05, 0.35))
        total += singer.resonate(singer.larynx(hertz) * loudness, singer.shape(*vowels))
    return total, note


def syllables(throat: Throat) -> Voice:
    """One to four spoken syllables with a pitch that moves."""
    low, high = 0.75 * throat.speaking, 1.4 * throat.speaking
    source = throat.larynx(throat.intonation(low, high, 4))
    count = throat.rng.integers(1, 5)
    seconds = throat.uniform(0.25, 0.35) * (count + 0.5)
    nasal = throat.uniform(0, 0.8) if throat.odds(0.3) else 0
    return throat.babble(source, count, seconds, nasal=nasal), None


def whisper(throat: Throat) -> Voice:
    """Syllables on aspiration noise alone."""
    count = throat.rng.integers(1, 6)
    air = bandpass(throat.white(), throat.uniform(200, 900), 20_000)
    return throat.babble(air, count, throat.uniform(0.3, 1), sharpness=throat.uniform(0.6, 2)), None


def shout(throat: Throat) -> Voice:
    """A loud glide between two vowels on a pressed, high voice: hey, oi."""
    throat.effort = throat.uniform(0.85, 1)
    peak = throat.speaking * throat.uniform(1.6, 3)
    hertz = peak * throat.intonation(0.7, 1.1, 3)
    formants = throat.shape(*throat.vowels(2, ("a", "ae", "e", "o", "uh")))
    formants[0] *= throat.uniform(1, 1.4)
    source = throat.larynx(hertz) * window(0.03, throat.uniform(0.25, 0.9), 0.03, 0.1)
    voice = overdrive(throat.resonate(source, formants), throat.uniform(0.2, 2))
    if throat.odds(0.5):
        voice += 0.3 * throat.consonant(str(throat.rng.choice(list(CONSONANTS))), 0)
    return voice, None


def laugh(throat: Throat) -> Voice:
    """A run of ha, hee or ho, breath between, falling in pitch and loudness."""
    period, start = throat.uniform(0.11, 0.26), throat.speaking * throat.uniform(1, 2.6)
    voiced, air = np.zeros(RATE), np.zeros(RATE)
    for beat in np.arange(0, throat.uniform(0.45, 1), period):
        at = beat + 0.15 * period * throat.uniform(0, 1)
        air += window(at, at + 0.8 * period, 0.01)
        voiced += throat.uniform(0.6, 1) * window(at + 0.03, at + throat.uniform(0.5, 0.9) * period)
    hertz = start * np.exp(-throat.uniform(0, 0.8) * TIME) * (1.15 - 0.3 * (TIME / period % 1))
    source = throat.larynx(hertz) * voiced + throat.uniform(0.05, 0.4) * throat.white() * air
    formants = throat.shape(*throat.vowels(1, ("a", "ae", "e", "o", "i", "uh")) * 2)
    voice = throat.resonate(source, formants, nasal=throat.uniform(0, 0.4))
    return voice * np.exp(-throat.uniform(0, 1.5) * TIME), None


def scream(throat: Throat) -> Voice:
    """A high, rough voice at full force."""
    throat.effort, throat.jitter = 1, throat.even_in_log(0.01, 0.2)
    hertz = throat.even_in_log(450, 1300) * throat.intonation(0.7, 1.3, 4)
    source = throat.larynx(hertz, breath=throat.uniform(0.1, 1.5))
    source *= throat.roughness(hertz, throat.uniform(0, 0.9))
    formants = throat.shape(*throat.vowels(2, ("a", "ae", "e", "i")))
    voice = throat.resonate(source, formants, sharpness=0.7)
    voice *= window(0, throat.uniform(0.4, 1.3), throat.even_in_log(0.02, 0.3), 0.15)
    return overdrive(voice, throat.even_in_log(0.3, 6)), None


def growl(throat: Throat) -> Voice:
    """A low voice over which the false folds beat."""
    hertz = throat.even_in_log(60, 180) * throat.intonation(0.8, 1.25, 4)
    source = throat.larynx(hertz, breath=throat.uniform(0.2, 1))
    source *= throat.roughness(hertz, throat.uniform(0.6, 1))
    voice = throat.resonate(source, throat.shape(*throat.vowels(throat.rng.integers(2, 5))))
    return overdrive(voice, throat.even_in_log(0.3, 4)) * throat.phrase(), None


def fry(throat: Throat) -> Voice:
    """Vocal fry: single pulses of the folds, ringing one by one."""
    throat.jitter, throat.effort = throat.uniform(0.05, 0.3), throat.uniform(0.7, 1)
    source = throat.larynx(throat.intonation(14, 75, throat.rng.integers(2, 5)), breath=0.02)
    vowels = throat.vowels(throat.rng.integers(1, 4))
    nasal = throat.uniform(0, 1) if throat.odds(0.4) else 0
    return throat.resonate(source, throat.shape(*vowels), nasal=nasal) * throat.phrase(), None


def breath(throat: Throat) -> Voice:
    """Air alone, drawn in or let out, once to three times."""
    edges = np.linspace(0, throat.uniform(0.4, 1.2), throat.rng.integers(2, 5))
    flow = np.zeros(RATE)
    for start, end in pairwise(edges):
        inward = throat.uniform(0.1, 0.9) * (end - start)
        flow += throat.uniform(0.3, 1) * window(start, end, inward, end - start - 0.9 * inward)
    hiss = bandpass(throat.coloured(), throat.even_in_log(100, 900), throat.uniform(6e3, 2e4))
    formants = throat.shape(*throat.vowels(len(edges)))
    return throat.resonate(hiss * flow, formants, sharpness=throat.uniform(0.3, 2)), None


def sigh(throat: Throat) -> Voice:
    """A voice that sinks away into breath."""
    fall = throat.uniform(0.5, 1.6)
    hertz = throat.speaking * throat.uniform(1, 2.2) * np.exp(-fall * TIME)
    onset, end = throat.uniform(0, 0.2), throat.uniform(0.5, 1.1)
    source = throat.larynx(hertz, breath=0) * window(onset, end, 0.08, 0.7 * (end - onset))
    source += throat.even_in_log(0.1, 1.5) * throat.white() * window(0, end + 0.15, 0.15, 0.4)
    formants = throat.shape(*throat.vowels(2, ("a", "uh", "o", "er", "m")))
    return throat.resonate(source, formants, sharpness=0.8), None


def cough(throat: Throat) -> Voice:
    """One to three bursts, each with a hoarse tail."""
    throat.jitter, throat.effort = throat.uniform(0.05, 0.2), 0.8
    voiced, burst, at = np.zeros(RATE), np.zeros(RATE), 0.0
    for _ in range(throat.rng.integers(1, 4)):
        seconds, force = throat.uniform(0.15, 0.4), throat.uniform(0.4, 1)
        burst += force * window(at, at + seconds, 0.004, 0.95 * seconds) ** 2
        voiced += force * window(at + 0.04, at + seconds, 0.02, 0.7 * seconds)
        at += seconds + throat.uniform(0, 0.2)
    hertz = throat.speaking * throat.uniform(0.8, 1.8) * throat.intonation(0.6, 1.2, 5)
    source = throat.uniform(0, 1) * throat.larynx(hertz) * voiced
    source += throat.uniform(0.5, 2) * throat.white() * burst
    formants = throat.shape(*throat.vowels(4, ("a", "uh", "er", "ae")))
    return overdrive(throat.resonate(source, formants, sharpness=0.6), throat.uniform(0.5, 2)), None


def robot(throat: Throat) -> Voice:
    """Syllables on a chord of saws, some ring-modulated, some at a low sample rate."""
    root = throat.even_in_log(45, 300)
    chord = root * 2 ** (throat.rng.choice((0, 3, 4, 7, 12, 19), throat.rng.integers(1, 5)) / 12)
    carrier = sum(_saw(throat, hertz * throat.uniform(0.995, 1.005)) for hertz in chord)
    carrier = level(carrier) + throat.uniform(0, 0.3) * throat.white()
    voice = throat.babble(carrier, throat.rng.integers(1, 6), throat.uniform(0.5, 1), sharpness=1.5)
    if throat.odds(0.4):
        voice *= throat.sine(throat.even_in_log(25, 400))
    if throat.odds(0.3):
        hold = int(throat.rng.integers(3, 14))
        voice = np.repeat(voice[::hold], hold)[:RATE]
    return voice, None


def talkbox(throat: Throat) -> Voice:
    """A synthesiser's two saws that a mouth shapes, wah upon wah."""
    hertz = throat.even_in_log(50, 400) * throat.intonation(0.75, 1.33, throat.rng.integers(2, 5))
    detuned = hertz * throat.uniform(1, 1.012)
    source = overdrive(_saw(throat, hertz) + _saw(throat, detuned), throat.even_in_log(0.1, 3))
    formants = throat.shape(*throat.vowels(throat.rng.integers(3, 9)))
    voice = throat.resonate(source, formants, sharpness=throat.uniform(1.5, 5))
    return voice * throat.phrase(), None


def throat_singing(throat: Throat) -> Voice:
    """A pressed drone with one overtone whistling above it, step by step."""
    throat.effort, throat.jitter = 1, 0.003
    drone = throat.even_in_log(65, 190)
    formants = throat.shape(*throat.vowels(1, ("o", "u", "uh", "er")) * 2)
    steps = throat.rng.integers(5, 14, throat.rng.integers(1, 6))
    overtone = drone * steps[(CONTROL * 0.95 * len(steps)).astype(int).clip(0, len(steps) - 1)]
    overtone = lfilter([0.2], [1, -0.8], overtone - overtone[0]) + overtone[0]
    source = throat.larynx(drone * throat.vibrato(throat.uniform(0, 25)), breath=0.02)
    if throat.odds(0.4):
        source *= throat.roughness(drone, throat.uniform(0.3, 1))
    voice = throat.resonate(source, formants, sharpness=0.8)
    formants[1:3] = overtone
    whistle = throat.resonate(source, formants, sharpness=throat.uniform(3, 8))
    return (voice + throat.uniform(0.4, 2) * whistle) * throat.phrase(), None


def baby(throat: Throat) -> Voice:
    """A very short tract that cries: waah."""
    throat = Throat(throat.rng, 0.42, 0.58)
    throat.effort, throat.jitter = throat.uniform(0.6, 1), throat.even_in_log(0.003, 0.05)
    hertz = throat.even_in_log(330, 620) * throat.intonation(0.75, 1.25, 4)
    source = throat.larynx(hertz)
    if throat.odds(0.4):
        source *= throat.roughness(hertz, throat.uniform(0.2, 0.8))
    names = throat.vowels(4, ("a", "ae", "e", "uh", "u"))
    voice = throat.resonate(source, throat.shape(*names), nasal=throat.uniform(0, 0.8))
    cries, length = np.zeros(RATE), throat.uniform(0.2, 1)
    for start in np.arange(0, 1, length):
        cries += window(start, start + 0.85 * length, throat.uniform(0.03, 0.15), 0.3 * length)
    return voice * cries, None


def cartoon(throat: Throat) -> Voice:
    """Quick syllables in a small creature's voice that leaps about."""
    throat = Throat(throat.rng, 0.45, 0.75)
    source = throat.larynx(throat.even_in_log(250, 700) * throat.intonation(0.6, 1.7, 6))
    count, nasal = throat.rng.integers(2, 8), throat.uniform(0, 0.9) * throat.odds(0.4)
    return throat.babble(source, count, throat.uniform(0.4, 1), nasal=nasal), None


def monster(throat: Throat) -> Voice:
    """A tract about twice as long as a man's: roars and slow words."""
    throat = Throat(throat.rng, 1.4, 2.3)
    hertz = throat.even_in_log(32, 100) * throat.intonation(0.7, 1.4, 4)
    source = throat.larynx(hertz, breath=throat.even_in_log(0.1, 2))
    source *= throat.roughness(hertz, throat.uniform(0.2, 1))
    if throat.odds(0.5):
        voice = throat.babble(source, throat.rng.integers(1, 4), throat.uniform(0.5, 1.1))
    else:
        voice = throat.resonate(source, throat.shape(*throat.vowels(3))) * throat.phrase()
    return overdrive(voice, throat.even_in_log(0.3, 5)), None


def beatbox(throat: Throat) -> Voice:
    """Mouth drums on a grid, some over a hum: lips for the kick, teeth for the hats."""
    step, total = throat.uniform(0.09, 0.3), np.zeros(RATE)
    drums = ("kick", "kick", "t", "s", "k", "p", "ch", "sh", "f")
    for at in np.arange(0, throat.uniform(0.1, 0.95), step):
        drum = str(throat.rng.choice(drums))
        if drum == "kick":
            total += throat.uniform(0.7, 1.5) * _lips(throat, at) + throat.consonant("p", at)
        else:
            total += throat.uniform(0.4, 1.5) * throat.consonant(drum, at, throat.uniform(0.4, 2))
    if throat.odds(0.3):
        hertz = throat.speaking * throat.intonation(0.8, 1.4, 3)
        total += 0.3 * throat.resonate(throat.larynx(hertz), throat.shape("m", "m", "u"), nasal=0.7)
    return total, None


def _lips(throat: Throat, at: float) -> Samples:
    """A kick drum of the lips: a tone that drops within a few hundredths of a second."""
    since = np.maximum(TIME - at, 0)
    low, drop = throat.uniform(40, 90), throat.uniform(60, 300)
    phase = low * since + drop * 0.02 * (1 - np.exp(-since / 0.02))
    return np.sin(TURN * phase) * np.exp(-since / throat.uniform(0.03, 0.12)) * (since > 0)


def _saw(throat: Throat, hertz: Samples | float) -> Samples:
    """A saw wave [48000] from a random phase, oversampled twice as `Scene.saw` is not."""
    steps = np.repeat(np.broadcast_to(hertz, RATE), 2) / (2 * RATE)
    return resample_poly(2 * ((np.cumsum(steps) + throat.uniform(0, 1)) % 1) - 1, 1, 2)


def _hertz(note: int) -> float:
    """The frequency of a MIDI note."""
    return 440 * 2 ** ((note - 69) / 12)


KINDS: tuple[Callable[[Throat], Voice], ...] = (
    *(sung_vowel, hum, choir, syllables, whisper, shout, laugh, scream, growl, fry, breath),
    *(sigh, cough, robot, talkbox, throat_singing, baby, cartoon, monster, beatbox),
)


def render_vocaltract(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every kind of voice, each clip by another random throat."""
    del cache  # nothing is downloaded
    rng = np.random.default_rng(21)
    for kind in KINDS:
        for _ in range(int(CLIPS * scale)):
            throat = Throat(rng)
            samples, note = kind(throat)
            if roomy := throat.odds(ROOMS):
                samples = _in_room(samples, throat)
            params = {"tract": round(throat.length, 2), "room": roomy}
            writer.put(samples, Label("voice", kind.__name__, "own", note, params=params))


def _in_room(dry: Samples, throat: Throat) -> Samples:
    """Add the reverberation of a random room: noise of one band that decays after a moment."""
    seconds = throat.even_in_log(0.12, 2)
    tail = throat.white() * np.exp(-6.9 * TIME / seconds) * (throat.uniform(0.001, 0.02) < TIME)
    tail = bandpass(tail, throat.uniform(80, 400), throat.even_in_log(2500, 18_000))
    return level(dry) + throat.even_in_log(0.08, 0.9) * level(convolve(dry, tail))
