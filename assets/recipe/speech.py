"""Short spoken words from two speech synthesisers: eSpeak NG (formants), Flite (recordings).

Does not know how clips are cut or stored. Needs Debian's `espeak-ng`; Flite is unpacked only.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from clips import ClipWriter, Label
from packages import debian

# fmt: off
WORDS = (
    "ah", "oh", "ee", "oo", "eh", "ha", "hey", "yeah", "no", "go", "one", "two", "three",
    "four", "five", "six", "seven", "eight", "up", "down", "la la", "mmm", "wow", "hello",
    "come on", "stop", "shh", "boom", "tick", "zap", "alpha", "echo", "dream", "light",
    "never", "water",
)
# fmt: on

ESPEAK_CLIPS = 1_200
ESPEAK_VARIANTS = (
    *("", "+f1", "+f2", "+f3", "+f4", "+f5"),
    *("+m1", "+m3", "+m4", "+m5", "+m6", "+m7"),
    *("+croak", "+whisper", "+whisperf"),
)
ESPEAK_LANGUAGES = ("en", "de", "fr", "it", "es", "pl", "sv", "pt", "ja", "hi")

FLITE_CLIPS = 110  # of each voice
FLITE_VOICES = {  # voice -> mean fundamental in Hz, lowest and highest
    "slt": (130, 280),
    "awb": (75, 180),
    "rms": (75, 180),
    "kal16": (75, 180),
}


def render_espeak(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write eSpeak NG in ten languages and fifteen voice variants."""
    del cache  # the installed program is used
    rng = np.random.default_rng(4)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        for _ in range(int(ESPEAK_CLIPS * scale)):
            variant = ESPEAK_VARIANTS[rng.integers(len(ESPEAK_VARIANTS))]
            language = ESPEAK_LANGUAGES[rng.integers(len(ESPEAK_LANGUAGES))]
            word = WORDS[rng.integers(len(WORDS))]
            pitch, speed = int(rng.integers(10, 95)), int(rng.integers(90, 190))
            voice = ["-v", language + variant, "-p", str(pitch), "-s", str(speed)]
            _run(["espeak-ng", *voice, "-w", str(path), word])
            label = Label(
                family="voice",
                instrument=f"espeak{variant or '+m'}",
                licence="own-render (espeak-ng)",
                params={"text": word, "lang": language, "pitch": pitch},
            )
            _put(path, label, writer)


def render_flite(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write CMU Flite's four voices (BSD-like licence, recorded at 16 kHz)."""
    rng = np.random.default_rng(5)
    program = debian("flite", cache) / "usr/bin/flite"
    library = next(debian("libflite1", cache).glob("usr/lib/*/libflite.so*"))
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        for voice, fundamental in FLITE_VOICES.items():
            for index in range(int(FLITE_CLIPS * scale)):
                word = WORDS[index % len(WORDS)]
                hertz, stretch = int(rng.uniform(*fundamental)), round(rng.uniform(0.8, 1.8), 2)
                tone = ["--setf", f"int_f0_target_mean={hertz}"]
                pace = ["--setf", f"duration_stretch={stretch}"]
                command = [str(program), "-voice", voice, *tone, *pace, "-t", word]
                _run([*command, "-o", str(path)], environment)
                label = Label(
                    family="voice",
                    instrument=f"flite:{voice}",
                    licence="own-render (CMU Flite voice, BSD-like)",
                    params={"text": word, "f0": hertz},
                )
                _put(path, label, writer)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=True)


def _put(path: Path, label: Label, writer: ClipWriter) -> None:
    samples, rate = soundfile.read(path)
    writer.put(samples, label, rate=rate)
