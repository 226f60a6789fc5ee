"""Recorded one-shots and ambience: Sonic Pi's CC0 samples, Hydrogen's free drum kits.

Does not know how clips are cut or stored.
"""

from dataclasses import replace
from pathlib import Path

import soundfile
import soxr
from clips import RATE, ClipWriter, Label, Samples, mono
from packages import debian, npm

SONIC_PI_SPEEDS = (0, -5, -2, 3, 6)  # semitones of varispeed; the first is the original
HYDROGEN_SPEEDS = (0, -4, 4)

SONIC_PI_FAMILIES = {  # by the file name's prefix
    **dict.fromkeys(("bd", "sn", "drum", "hat", "ride", "perc", "elec", "tabla"), "drum"),
    **dict.fromkeys(("ambi", "vinyl", "glitch", "misc", "mehackit"), "texture"),
    **dict.fromkeys(("bass", "tbd"), "synth"),
    "guit": "pitched",
}
SONIC_PI_VOICES = frozenset(
    {"ambi_choir", "bass_voxy_c", "bass_voxy_hit_c", "misc_burp", "tbd_voctone"}
)
HYDROGEN_KITS = {"Audiophob": "CC0-1.0", "rumpf_kit_z01_h2": "CC-BY-3.0"}  # kit -> licence
AUDIO = frozenset({".flac", ".wav", ".aiff"})


def render_sonic_pi(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write Sonic Pi's samples (CC0), from Debian and from SuperSonic's npm package.

    Loops are no one-shots (and the rights of one are doubtful), so they are left out.
    """
    samples = npm("supersonic-scsynth-samples", cache) / "samples"
    debian_samples = debian("sonic-pi-samples", cache) / "usr/share/sonic-pi/samples"
    files = {path.stem: path for path in samples.glob("*.flac")}
    files |= {path.stem: path for path in debian_samples.glob("*.flac")}
    speeds = SONIC_PI_SPEEDS if scale >= 1 else SONIC_PI_SPEEDS[:1]
    for name in sorted(files, key=lambda stem: stem + ".flac"):
        prefix = name.split("_")[0]
        if prefix in ("loop", "arovane") or name.startswith("tbd_fxbed_loop"):
            continue
        family = "voice" if name in SONIC_PI_VOICES else SONIC_PI_FAMILIES.get(prefix, "texture")
        _one_shot(files[name], Label(family, name, "CC0-1.0"), speeds, writer)


def render_hydrogen(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write the two Hydrogen drum kits under CC0 and CC-BY."""
    kits = debian("hydrogen-drumkits", cache) / "usr/share/hydrogen/data/drumkits"
    speeds = HYDROGEN_SPEEDS if scale >= 1 else HYDROGEN_SPEEDS[:1]
    for kit, licence in HYDROGEN_KITS.items():
        for path in sorted((kits / kit).iterdir(), key=str):
            if path.suffix.lower() in AUDIO:
                _one_shot(path, Label("drum", f"{kit}/{path.name}", licence), speeds, writer)


def _one_shot(path: Path, label: Label, speeds: tuple[int, ...], writer: ClipWriter) -> None:
    """Write one recording at several tape speeds; textures also in half-overlapping slices."""
    samples, rate = soundfile.read(path)
    samples = mono(samples, rate)
    for semitones in speeds:
        played = replace(label, params={"varispeed": semitones})
        writer.put(varispeed(samples, semitones), played)
        if label.family == "texture" and semitones == 0:
            for start in range(RATE // 2, len(samples) - RATE, RATE // 2):
                sliced = replace(label, params={"slice_s": start / RATE})
                writer.put(samples[start : start + RATE], sliced, trim=False)


def varispeed(samples: Samples, semitones: float) -> Samples:
    """Play [sample] faster or slower, as a tape would: pitch and length change together."""
    if not semitones:
        return samples
    return soxr.resample(samples, RATE * 2 ** (semitones / 12), RATE, "HQ")
