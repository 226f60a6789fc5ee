"""Render General MIDI soundfonts note by note with FluidSynth, dry.

Does not know how clips are cut or stored. Needs Debian's `libfluidsynth3`.
"""

import ctypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import fluidsynth
import numpy as np
from clips import RATE, ClipWriter, Label, Samples
from packages import debian

Sounds = Iterator[tuple[Samples, Label]]

DRUM_BANK = 128
DRUM_KEYS = range(25, 88)
TAIL = 4_800  # samples rendered after a one-second note
HOLDS = (0.25, 0.6, 0.85, 1.0)  # seconds a key is held
REVERB_SEND, CHORUS_SEND = 91, 93  # MIDI controllers


@dataclass(frozen=True)
class Soundfont:
    """One soundfont and how densely its keyboard is sampled."""

    source: str
    package: str
    path: str
    licence: str
    key_step: int
    key_offset: int
    velocities: tuple[int, ...]


FLUIDR3 = Soundfont(
    source="fluidr3",
    package="fluid-soundfont-gm",
    path="usr/share/sounds/sf2/FluidR3_GM.sf2",
    licence="MIT",
    key_step=4,
    key_offset=0,
    velocities=(55, 110),
)
MUSESCORE = Soundfont(
    source="musescore",
    package="musescore-general-soundfont",
    path="usr/share/sounds/sf3/MuseScore_General_Full.sf3",
    licence="MIT/CC0/PD",
    key_step=6,
    key_offset=2,
    velocities=(90,),
)


@dataclass(frozen=True)
class Preset:
    """A preset as the soundfont's `phdr` chunk lists it."""

    name: str
    program: int
    bank: int


def render_fluidr3(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write FluidR3 GM (MIT): every fourth key, two velocities, all drum kits."""
    _render(FLUIDR3, writer, cache, scale)


def render_musescore(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write MuseScore General (MIT and freer): every sixth key, one velocity, all drum kits."""
    _render(MUSESCORE, writer, cache, scale)


def _render(font: Soundfont, writer: ClipWriter, cache: Path, scale: float) -> None:
    path = debian(font.package, cache) / font.path
    player = Player(path)
    rng = np.random.default_rng(1)
    heard: set[bytes] = set()
    key_step = max(1, round(font.key_step / scale))
    for preset in presets(path):
        if preset.bank >= DRUM_BANK:
            sounds = _drum_kit(font, preset, player, heard)
        else:
            sounds = _instrument(font, preset, player, rng, key_step)
        for samples, label in sounds:
            writer.put(samples, label)
    player.close()


def _drum_kit(font: Soundfont, preset: Preset, player: "Player", heard: set[bytes]) -> Sounds:
    """Play every key of a kit; kits share samples, so a sample heard before is left out."""
    for key, velocity in product(DRUM_KEYS, font.velocities):
        samples = player.note(preset, key, velocity, RATE)
        peak = np.abs(samples).max()
        shape = np.round(samples[:9600:97] / (peak + 1e-9) * 60).astype(np.int16).tobytes()
        if peak < 1e-3 or shape in heard:
            continue
        heard.add(shape)
        label = Label(
            family="drum",
            instrument=f"{preset.name}/key{key}",
            licence=font.licence,
            velocity=velocity,
            group=f"{font.source}:kit:{key}",
            params={"kit": preset.name, "key": key},
        )
        yield samples, label


def _instrument(
    font: Soundfont, preset: Preset, player: "Player", rng: np.random.Generator, key_step: int
) -> Sounds:
    """Play a ladder of keys over the range in which General MIDI's program is played."""
    low, high = key_range(preset.program)
    family = family_of(preset.program)
    pitched = family != "drum" and preset.program < 120
    for key in range(low + (font.key_offset + preset.program) % key_step, high + 1, key_step):
        hold = int(RATE * rng.choice(HOLDS))
        params = {"program": preset.program, "bank": preset.bank, "hold_s": round(hold / RATE, 2)}
        label = Label(
            family=family,
            instrument=preset.name,
            licence=font.licence,
            midi_pitch=key if pitched else None,
            group=f"{font.source}:{preset.bank}:{preset.program}",
            params=params,
        )
        for velocity in font.velocities:
            samples = player.note(preset, key, velocity, hold)
            yield samples, replace(label, velocity=velocity)


class Player:
    """FluidSynth with one soundfont, reverb and chorus off."""

    def __init__(self, path: Path) -> None:
        self._synth = fluidsynth.Synth(samplerate=float(RATE), gain=0.6)
        self._synth.setting("synth.reverb.active", 0)
        self._synth.setting("synth.chorus.active", 0)
        self._font = self._synth.sfload(str(path))
        self._left = np.zeros(RATE + TAIL, np.float32)
        self._right = np.zeros(RATE + TAIL, np.float32)
        # the Python package renders 16 bits only, which would be noise on soft notes
        self._write = fluidsynth._fl.fluid_synth_write_float
        pointer, count = ctypes.c_void_p, ctypes.c_int
        self._write.argtypes = (pointer, count, pointer, count, count, pointer, count, count)

    def note(self, preset: Preset, key: int, velocity: int, hold: int) -> Samples:
        """Play one note, held for `hold` samples, from a silent synthesiser."""
        synth = self._synth
        synth.system_reset()
        synth.program_select(0, self._font, preset.bank, preset.program)
        synth.cc(0, REVERB_SEND, 0)
        synth.cc(0, CHORUS_SEND, 0)
        synth.noteon(0, key, velocity)
        self._fill(0, hold)
        synth.noteoff(0, key)
        self._fill(hold, len(self._left) - hold)
        return (self._left + self._right) * 0.5

    def close(self) -> None:
        """Free the synthesiser."""
        self._synth.delete()

    def _fill(self, start: int, count: int) -> None:
        left, right = (
            ctypes.c_void_p(side[start:].ctypes.data) for side in (self._left, self._right)
        )
        self._write(self._synth.synth, count, left, 0, 1, right, 0, 1)


def presets(path: Path) -> Iterator[Preset]:
    """Read the presets of an SF2 or SF3 file: 38-byte records of its `phdr` chunk."""
    data = path.read_bytes()
    start = data.index(b"phdr")
    (size,) = struct.unpack("<I", data[start + 4 : start + 8])
    for at in range(start + 8, start + 8 + size - 38, 38):  # the last record ends the list
        name, program, bank = struct.unpack("<20sHH", data[at : at + 24])
        yield Preset(name.split(b"\0")[0].decode("latin1").strip(), program, bank)


def family_of(program: int) -> str:
    """Name the family of a General MIDI program (counted from 0)."""
    if program in (52, 53, 54, 85, 91):  # choirs and voices
        return "voice"
    if 80 <= program <= 95:  # synth leads and pads
        return "synth"
    if 96 <= program <= 103 or program >= 120:  # synth and sound effects
        return "texture"
    if program == 47 or 112 <= program <= 119:  # timpani, percussion
        return "drum"
    return "pitched"


# First and last MIDI key, by General MIDI program (counted from 0); the first match holds.
KEY_RANGES: tuple[tuple[frozenset[int], tuple[int, int]], ...] = (
    (frozenset(range(8)), (24, 100)),  # pianos
    (frozenset({8, 9, 10, 14, 112}), (60, 102)),  # celesta, bells
    (frozenset({11, 12, 13, 15, 72, 75, 78}), (48, 98)),  # mallets, small flutes
    (frozenset({*range(32, 40), 43, 58, 87}), (24, 60)),  # basses
    (frozenset({42, 57, 70, 67, 47}), (30, 70)),  # cello, trombone, bassoon, timpani
)


def key_range(program: int) -> tuple[int, int]:
    """Give the MIDI keys in which a General MIDI program is usually played."""
    matches = (keys for programs, keys in KEY_RANGES if program in programs)
    return next(matches, (36, 90))
