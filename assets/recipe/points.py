"""Which clips of the corpus go on the factory map, and what they are called.

Knows the labels only, no sound and no model.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
Row = Mapping[str, str]


def balanced(labels: Path, points: int, seed: int = 0) -> list[Row]:
    """As many clips of each family, drawn group by group so that no instrument crowds the map.

    Sources that joined for training alone are left out: with their many kinds a plane keeps fewer
    of the neighbours that sounds have in the latent space (trustworthiness 0.948, continuity 0.931;
    without them 0.963 and 0.951).
    """
    with labels.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row.get("split")]
    rng = np.random.default_rng(seed)
    rng.shuffle(rows)
    families = sorted({row["family"] for row in rows})
    chosen: list[Row] = []
    for family in families:
        turns: Counter[str] = Counter()
        ranked = []
        for row in (row for row in rows if row["family"] == family):
            turns[row["group"]] += 1
            ranked.append((turns[row["group"]], row))
        ranked.sort(key=lambda pair: pair[0])
        chosen += [row for _, row in ranked[: points // len(families)]]
    return chosen


def title(row: Row) -> str:
    """A name for people: the instrument and, where it has them, the note or the word."""
    words = [re.sub(r"[_/:+]+", " ", row["instrument"]).strip()]
    words[0] = re.sub(r"\.(flac|wav)$", "", words[0], flags=re.IGNORECASE)
    parameters = json.loads(row["params"] or "{}")
    if row["midi_pitch"]:
        midi = round(float(row["midi_pitch"]))
        words.append(f"{NOTES[midi % 12]}{midi // 12 - 1}")
    if "text" in parameters:
        words.append(f"“{parameters['text']}”")
    if parameters.get("varispeed"):
        words.append(f"{parameters['varispeed']:+g} st")
    return " ".join(words)


def told_apart(titles: Sequence[str], order: Sequence[float]) -> list[str]:
    """Number titles that several points share, from the lowest to the highest in an order.

    Args:
        titles: one a point.
        order: one a point, such as its brightness: then "rain 1" is the darkest rain.
    """
    shared = Counter(titles)
    numbers: Counter[str] = Counter()
    names = list(titles)
    taken = {name for name, count in shared.items() if count == 1}
    for index in np.argsort(np.nan_to_num(np.asarray(order)), kind="stable"):
        name = titles[index]
        while shared[name] > 1 and names[index] in taken | {name}:
            numbers[name] += 1
            names[index] = f"{name} {numbers[name]}"
        taken.add(names[index])
    return names
