"""Turn any recording or rendering into a labelled training clip, and write it once.

A clip is exactly one second, 48 kHz, mono, peak at -1 dBFS, 16-bit FLAC. Does not know where a
sound comes from.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.floating]

RATE = 48_000  # Hz; also the samples of a clip, since a clip lasts one second
PEAK = 0.891  # -1 dBFS
SILENCE = 1e-3  # full scale; a quieter peak counts as nothing at all
ONSET = 0.01  # of the peak, -40 dB: where a sound is said to begin
LEAD_IN = 96  # samples kept before the onset, 2 ms
FADE_IN = 24  # samples, 0.5 ms
FADE_OUT = 1_440  # samples, 30 ms
SHORTEST = 480  # samples, 10 ms
SHORTEST_AUDIBLE = 1_440  # samples above 2 % of full scale, 30 ms

# Instruments whose sounding pitch was measured not to follow the note they were asked for.
PITCH_UNSURE = frozenset({"flute_wg", "marimba", "dull_bell", "tech_saws", "fm"})


@dataclass(frozen=True)
class Label:
    """What is known about a clip: one row of labels.csv.

    Attributes:
        family: drum, synth, pitched, texture or voice.
        instrument: Preset, patch or recording.
        licence: Of the clip.
        midi_pitch: MIDI note number, where the clip has one that can be heard.
        velocity: MIDI velocity, or a synthesiser's own between 0 and 1.
        group: What must stay on one side of a split; source and instrument when empty.
        params: What the sound was rendered with.
    """

    family: str
    instrument: str
    licence: str
    midi_pitch: int | None = None
    velocity: float | None = None
    group: str = ""
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of labels.csv; empty strings where nothing is known."""

    file: str
    family: str
    instrument: str
    midi_pitch: str
    velocity: str
    source: str
    licence: str
    group: str
    params: str
    split: str


def mono(samples: Samples, rate: int) -> Samples:
    """Mix [sample] or [sample, channel] down to one channel at 48 kHz."""
    mixed = np.asarray(samples, np.float64)
    if mixed.ndim == 2:
        mixed = mixed.mean(1)
    return mixed if rate == RATE else soxr.resample(mixed, rate, RATE, "HQ")


def finish(samples: Samples, *, trim: bool = True) -> tuple[Samples, float] | None:
    """Cut, fade and level one clip.

    Args:
        samples: 48 kHz mono, any length.
        trim: Whether the clip starts at the onset rather than at the first sample.

    Returns:
        float32 [48000] and the gain that was applied in dB, or None where there is no sound.
    """
    if not np.isfinite(samples).all() or not len(samples) or np.abs(samples).max() < SILENCE:
        return None
    if trim:
        begin = int(np.argmax(np.abs(samples) > ONSET * np.abs(samples).max())) - LEAD_IN
        samples = samples[max(0, begin) :]
    clip = np.array(samples[:RATE])
    if len(clip) < SHORTEST:
        return None
    _fade(clip)
    peak = np.abs(clip).max()
    if peak < SILENCE or np.sqrt((clip**2).mean()) < 2e-4 * peak:
        return None
    gain = PEAK / peak
    clip = np.pad(clip, (0, RATE - len(clip)))
    return (clip * gain).astype(np.float32), float(20 * np.log10(gain))


def _fade(clip: Samples) -> None:
    """Remove a full-length clip's offset and round both ends, in place."""
    if len(clip) == RATE:
        clip -= clip.mean()
    tail = min(FADE_OUT, len(clip) // 4)
    clip[-tail:] *= 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, tail))
    clip[:FADE_IN] *= np.linspace(0, 1, FADE_IN)


class ClipWriter:
    """Writes the clips of one source and keeps their labels; drops copies and near-silence.

    Args:
        folder: of the corpus.
        source: folder of the clips below it.
        split: "train" where none of them may be held back, else empty.
    """

    def __init__(self, folder: Path, source: str, split: str = "") -> None:
        self.rows: list[Row] = []
        self._folder = folder
        self._source = source
        self._split = split
        self._seen: set[bytes] = set()
        (folder / source).mkdir(parents=True, exist_ok=True)

    def put(self, samples: Samples, label: Label, *, rate: int = RATE, trim: bool = True) -> None:
        """Finish `samples` [sample] or [sample, channel] at `rate` Hz and write the clip."""
        finished = finish(mono(samples, rate), trim=trim)
        if finished is None:
            return
        clip, gain = finished
        # a coarse fingerprint of the first quarter second: catches samples that presets share
        fingerprint = np.round(clip[: RATE // 4 : 37].astype(np.float64) * 60).astype(np.int8)
        audible = np.flatnonzero(np.abs(clip) > 0.02)
        if fingerprint.tobytes() in self._seen or np.ptp(audible) < SHORTEST_AUDIBLE:
            return
        self._seen.add(fingerprint.tobytes())
        name = f"{self._source}/{len(self.rows) + 1:05d}.flac"
        soundfile.write(self._folder / name, clip, RATE, subtype="PCM_16", format="FLAC")
        self.rows.append(self._row(name, label, gain))

    def _row(self, name: str, label: Label, gain: float) -> Row:
        pitch, params = label.midi_pitch, dict(label.params)
        if label.instrument in PITCH_UNSURE or _is_unpitched(label):
            params["note_nominal"], pitch = "" if pitch is None else pitch, None
        params["gain_db"] = round(gain, 1)
        return Row(
            file=name,
            family=label.family,
            instrument=label.instrument,
            midi_pitch="" if pitch is None else str(pitch),
            velocity="" if label.velocity is None else str(label.velocity),
            source=self._source,
            licence=label.licence,
            group=label.group or f"{self._source}:{label.instrument}",
            params=json.dumps(params),
            split=self._split,
        )


def _is_unpitched(label: Label) -> bool:
    """Whether a nominal note says nothing: textures, and patches that modulate their pitch."""
    return label.family == "texture" or label.instrument.startswith("mod_")


def write_labels(rows: Iterable[Row], path: Path) -> None:
    """Write labels.csv, sorted by file."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, [column.name for column in fields(Row)])
        table.writeheader()
        table.writerows(asdict(row) for row in sorted(rows, key=lambda row: row.file))
