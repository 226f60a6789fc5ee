"""Render Sonic Pi's synthesisers (MIT synthdefs) with SuperCollider, out of real time.

Does not know how clips are cut or stored, nor SuperCollider's file formats. Needs Debian's
`supercollider-server` and `sc3-plugins-server`. SuperCollider's noise has no seed: two runs give
clips that differ in their noise, never in their labels.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from clips import RATE, ClipWriter, Label
from packages import npm
from synthdefs import bundle, message, read_controls

COUNTS = {"drum": 60, "texture": 120, "synth": 130}  # sounds of each patch
SPACING = 1.3  # seconds between the sounds of a score
FREED_AFTER = 1.2  # seconds

NOISES = frozenset(
    {"bnoise", "cnoise", "gnoise", "noise", "pnoise", "chipnoise", "dark_ambience", "hollow"}
)
LOW_NOTES = frozenset({"bass_foundation", "chipbass", "tb303", "subpulse"})
# not instruments; and `piano`, whose plugin embeds sampled data
SKIPPED = (
    *("piano", "live_audio", "sound_in", "scope", "recorder", "mixer"),
    *("player", "amp_stereo", "server-info", "fx_", "basic_"),
)
RANGES = {  # control -> lowest and highest value drawn
    "cutoff": (55, 128),  # MIDI note
    "res": (0, 0.85),
    "detune": (0.05, 0.6),  # semitones
    "pulse_width": (0.1, 0.9),
    "divisor": (0.5, 6),
    "depth": (0.2, 8),
    "mod_phase": (0.05, 0.5),  # seconds
    "mod_range": (1, 12),  # semitones
    "vibrato_depth": (0, 0.3),
    "vel": (0.1, 1),
    "hard": (0.1, 0.9),
    "coef": (0, 0.8),
    "noise_amp": (0.4, 0.95),
    "clickiness": (0, 0.6),
    "wave": (0, 2),
    "phase": (0.1, 2),
    "range": (5, 30),
    "ring": (0.1, 0.7),
    "drive": (0, 4),
    "width": (0, 2),
    "mix": (0.1, 0.8),
    "mod_index": (0.05, 0.8),
    "lfo_rate": (0.2, 4),  # Hz
    "sub_amp": (0, 1),
    "freq_band": (0, 15),
    "rq": (0.2, 0.9),
    "tone": (0.1, 0.6),
    "detune1": (1.05, 12),
    "detune2": (1.05, 24),
}


def render_supercollider(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every synthesiser, drum and noise at random notes and settings."""
    rng = np.random.default_rng(2)
    folder = npm("supersonic-scsynth-synthdefs", cache) / "synthdefs"
    for path in sorted(folder.glob("sonic-pi-*.scsyndef")):
        patch = path.stem.removeprefix("sonic-pi-")
        if not any(part in patch for part in SKIPPED):
            _patch(path, patch, writer, rng, scale)


def _patch(
    path: Path, patch: str, writer: ClipWriter, rng: np.random.Generator, scale: float
) -> None:
    name, controls = read_controls(path)
    family = family_of(patch)
    count = int(COUNTS[family] * scale)
    sounds = [draw(patch, family, controls, rng) for _ in range(count)]
    samples = _play(path, name, sounds)
    for index, settings in enumerate(sounds):
        start = int(index * SPACING * RATE)
        sound = samples[start : start + int(FREED_AFTER * RATE)]
        writer.put(sound, _label(patch, family, settings))


def _label(patch: str, family: str, settings: dict[str, float]) -> Label:
    params: dict[str, object] = {
        control: round(value, 3)
        for control, value in settings.items()
        if control not in ("out_bus", "amp", "vel")
    }
    plays_notes = family == "synth" and "note" in settings
    return Label(
        family=family,
        instrument=patch,
        licence="own-render (MIT synthdef)",
        midi_pitch=round(settings["note"]) if plays_notes else None,
        velocity=round(settings["vel"], 3) if "vel" in settings else None,
        params=params,
    )


def family_of(patch: str) -> str:
    """Name the family of a Sonic Pi synthesiser."""
    if patch.startswith("sc808") or patch == "gabberkick":
        return "drum"
    return "texture" if patch in NOISES else "synth"


def draw(
    patch: str, family: str, controls: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    """Draw one sound's settings: only controls that the synthdef has."""
    low, high = (24, 64) if patch in LOW_NOTES else (28, 96)
    settings = {"note": float(rng.integers(low, high)), "amp": 0.5, "out_bus": 0.0}
    if family != "drum":
        settings |= _envelope(patch, family, rng)
    for control in controls:
        if control in RANGES and not (family == "drum" and control == "detune"):
            settings[control] = float(rng.uniform(*RANGES[control]))
    if family == "drum":
        settings |= _drum_envelope(patch, controls, rng)
        settings["note"] = controls.get("note", 60) + float(rng.integers(-7, 8))
    return {control: value for control, value in settings.items() if control in controls}


def _envelope(patch: str, family: str, rng: np.random.Generator) -> dict[str, float]:
    longest_attack = 0.05 if family == "synth" else 0.4
    envelope = {
        "attack": float(rng.choice([0, 0.005, 0.02, 0.1, longest_attack])),
        "release": float(rng.uniform(0.05, 0.6)),
        "sustain": float(rng.uniform(0, 0.9)),
        "decay": float(rng.uniform(0, 0.3)),
    }
    slow = {"attack": 0.05, "sustain": 1.0}  # these two need their time
    return envelope | slow if patch in ("hollow", "dark_ambience") else envelope


def _drum_envelope(
    patch: str, controls: dict[str, float], rng: np.random.Generator
) -> dict[str, float]:
    if patch == "sc808_bassdrum":
        length = float(rng.uniform(0.1, 1.2))
        return {"decay" if "decay" in controls else "release": length}
    return {"release": controls.get("release", 1)}


def _play(path: Path, name: str, sounds: list[dict[str, float]]) -> np.ndarray:
    """Render one score, a sound every `SPACING` seconds; returns mono samples."""
    score = bundle(0, message("/d_load", str(path)))
    for index, settings in enumerate(sounds):
        node, start = 1000 + index, index * SPACING
        pairs = [part for pair in settings.items() for part in pair]
        score += bundle(start, message("/s_new", name, node, 0, 0, *pairs))
        score += bundle(start + FREED_AFTER, message("/n_free", node))
    score += bundle(len(sounds) * SPACING, message("/c_set", 0, 0.0))  # marks the end
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "score.osc").write_bytes(score)
        command = ["scsynth", "-N", "score.osc", "_", "out.wav", str(RATE), "WAV", "float"]
        options = ["-o", "2", "-m", "131072"]  # stereo, 128 MB of real-time memory
        subprocess.run([*command, *options], cwd=folder, capture_output=True, check=True)
        samples, _ = soundfile.read(Path(folder) / "out.wav")
    return samples.mean(1)
