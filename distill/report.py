"""A page to listen to an evaluation: original, representation and model side by side.

Knows the evaluation and how to lay it out; measures nothing. The page is one file that needs no
network: sounds are FLAC and pictures PNG, both inside.
"""

import base64
import struct
import zlib
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.evaluation import Bench, Evaluation, Row
from distill.explorer import Explorer
from distill.metrics import Scores
from distill.sound import Sound

Floats = NDArray[np.float32]

SHOWN = ("original", "representation", "model")
COLOURS = np.array(  # inferno (van der Walt and Smith, 2015) at nine even steps
    [
        *((0, 0, 4), (27, 12, 65), (74, 12, 107), (120, 28, 109), (165, 44, 96)),
        *((207, 68, 70), (237, 105, 37), (251, 155, 6), (252, 255, 164)),
    ],
    float,
)
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: left; }
td, figcaption { font-variant-numeric: tabular-nums; }
section { border-top: 1px solid #8884; margin-top: 1.5rem; }
.three { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; }
figure { margin: 0; } img { width: 100%; height: 190px; image-rendering: pixelated; }
audio { width: 100%; }
"""


def write_report(evaluation: Evaluation, explorer: Explorer, path: Path, most: int = 40) -> None:
    """Write the page.

    Args:
        evaluation: what was measured.
        explorer: the model it was measured on; renders the shown sounds once more.
        path: HTML file to write.
        most: sounds shown.
    """
    bench = Bench(explorer, None, Path(evaluation.folder))
    sections = [_section(row, bench) for row in stratified(evaluation, most)]
    path.write_text("\n".join([*_head(evaluation), *sections, ""]), encoding="utf-8")


def stratified(evaluation: Evaluation, most: int) -> list[Row]:
    """Choose as many rows of each family, from its worst to its best; the worst of all first."""
    families = evaluation.families or ("",)
    chosen: list[Row] = []
    for family in families:
        rows = sorted((row for row in evaluation.rows if row.family == family), key=_distance)
        count = min(len(rows), max(1, most // len(families)))
        places = np.linspace(len(rows) - 1, 0, count).round().astype(int)
        chosen += [rows[place] for place in places]
    return sorted(chosen, key=_distance, reverse=True)


def _distance(row: Row) -> float:
    return row.scores["model"].lsd_db


def _head(evaluation: Evaluation) -> Iterator[str]:
    title = escape(f"Distill: {evaluation.model} on {evaluation.folder}")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{STYLE}</style><h1>{title}</h1><table>"
    yield "<tr><th>subject<th>sounds<th>LSD dB<th>level dB<th>pitch right<th>ViSQOL</tr>"
    for subject in evaluation.subjects:
        figures = evaluation.figures(subject)
        right = "-" if figures.right is None else f"{figures.right:.0%} of {figures.pitched}"
        quality = "-" if figures.visqol is None else f"{figures.visqol:.2f}"
        cells = f"<td>{figures.lsd_db:.2f}<td>{figures.level_db:.1f}<td>{right}<td>{quality}"
        yield f"<tr><td>{subject}<td>{figures.sounds}{cells}</tr>"
    yield "</table>"
    yield from (f"<p>{escape(note)}</p>" for note in evaluation.notes)


def _section(row: Row, bench: Bench) -> str:
    """Lay one sound out: its name and, side by side, its three versions."""
    reference, results = bench.render(row.file)
    audio = {"original": reference, **results}
    figures = "".join(
        _figure(name, audio[name], row.scores.get(name), bench.explorer) for name in SHOWN
    )
    title = escape(f"{row.file} ({row.family})" if row.family else row.file)
    return f'<section><h2>{title}</h2><div class="three">{figures}</div></section>'


def _figure(name: str, samples: Floats, scores: Scores | None, explorer: Explorer) -> str:
    info = explorer.info
    flac = Sound(samples, info.sample_rate, name).to_bytes("FLAC", "PCM_16")
    channels = explorer.analyze_clips(samples.reshape(-1, info.clip_samples))
    magnitude = np.concatenate(list(channels[:, 0]), axis=1)
    caption = name if scores is None else f"{name}: {_told(scores)}"
    return (
        f'<figure><img alt="magnitude of {name}" src="{_data("image/png", png(magnitude))}">'
        f'<audio controls preload="none" src="{_data("audio/flac", flac)}"></audio>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _told(scores: Scores) -> str:
    parts = [f"LSD {scores.lsd_db:.2f} dB", f"level {scores.level_db:.1f} dB"]
    if scores.pitch_cents is not None:
        parts.append(f"{scores.pitch_cents:.0f} cents")
    if scores.visqol is not None:
        parts.append(f"ViSQOL {scores.visqol:.2f}")
    return ", ".join(parts)


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def png(magnitude: Floats) -> bytes:
    """Draw [mel, frame] between 0 and 1 as a PNG, low bands at the bottom.

    8-bit RGB with one filter byte a row, as in https://www.w3.org/TR/png-3/.
    """
    steps = np.linspace(0, 1, len(COLOURS))
    level = magnitude[::-1].clip(0, 1)
    rgb = np.stack([np.interp(level, steps, channel) for channel in COLOURS.T], axis=-1)
    height, width = level.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = rgb.round().reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows.tobytes())
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
