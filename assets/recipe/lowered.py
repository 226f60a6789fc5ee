"""Play sounds of the corpus slower, like tape, until they are low notes.

Beside `basses` the other half of the practice at partials that lie close together, and with the
character of instruments, voices and drums. Nothing is made of what is held back. Does not know how
clips are cut or stored.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from basses import FAMILY
from clips import RATE, ClipWriter, Label, Row, Samples
from scipy.signal import butter, sosfilt

from distill.corpus import CorpusConfig, Entry, held_back

SOURCE_HZ = (45.0, 180.0)  # what has such a pitch is played slower
TARGET_HZ = (34.0, 76.0)  # down to about here
SPEEDS = (0.36, 1.06)  # slowest and fastest

SLOW_RATE, TOP = 12_000, 5_000  # Hz: of the pitch tracker, and what it hears
FRAME, STEP, WINDOW = 2_048, 512, 1_024  # samples at that rate
LONGEST_LAG, SHORTEST_LAG = 310, 6  # samples: 39 Hz to 2 kHz
CLEAR = 0.12  # de Cheveigne and Kawahara's threshold
QUIET = 1e-6  # mean square; quieter frames do not count
FEWEST, LEAST_SHARE = 5, 0.5  # frames with a pitch


def add_lowered(folder: Path, rows: Sequence[Row]) -> list[Row]:
    """Write the lowered clips below a corpus' folder; returns their labels.

    Args:
        folder: of the corpus.
        rows: all of it, for what is held back depends on all.
    """
    rng = np.random.default_rng(5)
    entries = [Entry(row.file, row.family, row.group, row.split) for row in rows]
    kept_apart = held_back(entries, CorpusConfig())
    writer = ClipWriter(folder, "lowered", split="train")
    for row in rows:
        if row.group in kept_apart or row.family == FAMILY:
            continue
        samples, _ = soundfile.read(folder / row.file, dtype="float32")
        hertz = pitch(samples)
        if hertz is None or not SOURCE_HZ[0] <= hertz <= SOURCE_HZ[1]:
            continue
        target = float(np.exp(rng.uniform(*np.log(TARGET_HZ))))
        speed = float(np.clip(target / hertz, *SPEEDS))
        slower = soxr.resample(samples, RATE * speed, RATE, "HQ")
        params = {"of": row.file, "speed": round(speed, 3), "hertz": round(hertz * speed, 1)}
        writer.put(slower, _label(row, params))
    return writer.rows


def _label(row: Row, params: dict[str, object]) -> Label:
    told = params | {"was": json.loads(row.params)}
    group = f"lowered:{row.group}"
    return Label(FAMILY, row.instrument, licence=row.licence, group=group, params=told)


def pitch(samples: Samples) -> float | None:
    """Median pitch in Hz by YIN (de Cheveigne and Kawahara, 2002); None if half has none.

    By this the low notes were found that the model has practised. `distill.descriptors.pitch` would
    take others (145 of 160 alike), and hears nothing under 40 Hz.
    """
    sections = butter(6, TOP, fs=RATE, output="sos")
    slow = sosfilt(sections, samples)[:: RATE // SLOW_RATE]
    frames = np.lib.stride_tricks.sliding_window_view(slow, FRAME)[::STEP]
    frames = frames[np.square(frames).mean(axis=1) > QUIET]
    lags = [lag for frame in frames if (lag := _lag(frame)) is not None]
    if len(lags) < max(FEWEST, LEAST_SHARE * len(frames)):
        return None
    return float(SLOW_RATE / np.median(lags))


def _lag(frame: Samples) -> int | None:
    """The first lag at which a frame clearly repeats itself."""
    spectrum = np.fft.rfft(frame, 2 * FRAME) * np.fft.rfft(frame[:WINDOW], 2 * FRAME).conj()
    product = np.fft.irfft(spectrum)[:WINDOW]
    sums = np.concatenate([[0], np.cumsum(np.square(frame))])
    energy = sums[WINDOW : 2 * WINDOW] - sums[:WINDOW]
    difference = (energy[0] + energy - 2 * product)[1:]
    mean = np.cumsum(difference) / np.arange(1, WINDOW)
    normal = difference / np.maximum(mean, 1e-12)
    inside = normal[SHORTEST_LAG : LONGEST_LAG + 1]
    dips = (inside[1:-1] < CLEAR) & (inside[1:-1] <= inside[:-2]) & (inside[1:-1] <= inside[2:])
    found = np.flatnonzero(dips)
    return int(found[0]) + SHORTEST_LAG + 2 if len(found) else None
