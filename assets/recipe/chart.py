"""Chart a trained model: directions for its sliders and the factory map, stored beside it.

    python assets/recipe/chart.py assets/model CORPUS_DIR

Writes `directions.json` and `atlas.npz` (latents, places, names and families of corpus clips; no
audio, no pickle) and prints what was measured.
"""

import argparse
import csv
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness

from distill.atlas import Atlas
from distill.descriptors import describe
from distill.directions import Direction, fit_directions, listen_for_named, measured
from distill.explorer import Explorer
from distill.sound import Sound

NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
NAMED = ("brightness", "noisiness", "attack", "length", "pitch", "warmth", "richness")
AUDIBLE_RHO = 0.4
"""A slider that moves its descriptor less surely than this would mislead, and is left out."""
Row = Mapping[str, str]


class Point(NamedTuple):
    """What the map says of a clip."""

    name: str
    family: str


def main() -> None:
    """Encode a balanced part of the corpus, fit, measure and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--points", type=int, default=2400)
    parser.add_argument("--starts", type=int, default=50)
    arguments = parser.parse_args()
    explorer = Explorer.load(arguments.model)
    rows = balanced(arguments.corpus / "labels.csv", arguments.points)
    points = [Point(title(row), row["family"]) for row in rows]
    parts = [Sound.read(arguments.corpus / row["file"]).clips()[:1] for row in rows]
    library = explorer.library
    for name, family in zip(library.names, library.families, strict=True):
        parts.append(library.load(name).clips())
        points += [Point(name, family)] * len(parts[-1])
    clips = np.concatenate(parts)
    latents = explorer.encode_clips(clips)
    store_map(arguments.model / "atlas.npz", latents, points, describe(clips, 48_000))
    store_directions(arguments.model / "directions.json", explorer, latents, arguments.starts)


def balanced(labels: Path, points: int, seed: int = 0) -> list[Row]:
    """As many clips of each family, drawn group by group so that no instrument crowds the map."""
    with labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rng = np.random.default_rng(seed)
    rng.shuffle(rows)
    families = sorted({row["family"] for row in rows})
    chosen: list[Row] = []
    for family in families:
        turns: dict[str, int] = {}
        ranked = []
        for row in (row for row in rows if row["family"] == family):
            turns[row["group"]] = turns.get(row["group"], 0) + 1
            ranked.append((turns[row["group"]], row))
        ranked.sort(key=lambda pair: pair[0])
        chosen += [row for _, row in ranked[: points // len(families)]]
    return chosen


def title(row: Row) -> str:
    """A name for people: the instrument and, where it has one, the note."""
    words = re.sub(r"[_/:+]+", " ", row["instrument"]).strip()
    words = re.sub(r"\.(flac|wav)$", "", words, flags=re.IGNORECASE)
    if not row["midi_pitch"]:
        return words
    midi = round(float(row["midi_pitch"]))
    return f"{words} {NOTES[midi % 12]}{midi // 12 - 1}"


def store_map(
    path: Path,
    latents: NDArray[np.float32],
    points: list[Point],
    described: Mapping[str, NDArray[np.float64]],
) -> None:
    """Fit the map to the latents as they are stored, in half precision, and say how true it is."""
    latents = latents.astype(np.float16).astype(np.float32)
    atlas = Atlas.fit(latents)
    families = sorted({point.family for point in points})
    family = np.array([families.index(point.family) for point in points], np.uint8)
    np.savez_compressed(
        path,
        latents=latents.astype(np.float16),
        places=atlas.places,
        names=np.array([point.name for point in points]),
        families=np.array(families),
        family=family,
        descriptors=np.array(list(described)),
        described=np.stack(list(described.values())).astype(np.float32),
    )
    print("points", len(points), "bytes", path.stat().st_size)
    print("trustworthiness", trustworthiness(latents, atlas.places, n_neighbors=10))
    print("continuity", trustworthiness(atlas.places, latents, n_neighbors=10))
    print("same family", same_family(atlas.places, family), flush=True)


def same_family(places: NDArray[np.float32], family: NDArray[np.uint8], count: int = 10) -> float:
    """Share of each point's nearest on the map that belong to its own family."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    nearest = np.argsort(apart, axis=1)[:, 1 : count + 1]
    return float((family[nearest] == family[:, None]).mean())


def store_directions(
    path: Path, explorer: Explorer, latents: NDArray[np.float32], starts: int
) -> None:
    """Fit directions, measure the named ones on decoded sounds, keep what was measured."""

    def listen(points: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
        heard = describe(explorer.decode(points), explorer.info.sample_rate)
        return {name: heard[name] for name in NAMED if name in heard}

    directions = fit_directions(latents)
    rng = np.random.default_rng(1)
    begin = latents[rng.choice(len(latents), starts, replace=False)]
    named: list[Direction] = []
    for direction in listen_for_named(latents, listen, pairs=500):
        result = measured(direction, listen, begin)
        print(f"{result.name:12s} rho {result.rho:+.2f} leakage {result.leakage:.2f}", flush=True)
        if result.rho >= AUDIBLE_RHO:
            named.append(result)
    stored = replace(directions, named=tuple(named)).to_json()
    path.write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
