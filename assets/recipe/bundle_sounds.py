"""Copy the bundled sounds out of the corpus, as `demo.csv` lists them.

    python assets/recipe/bundle_sounds.py CORPUS [--out assets/sounds]

Recordings are found by their name; the six renderings by their place in the Faust source, which
the corpus' seed fixes.
"""

import argparse
import csv
import json
import shutil
from pathlib import Path

SOUNDS = Path(__file__).parents[1] / "sounds"
RENDERINGS = {
    "own_ks_string_m055": "faust/00105.flac",
    "own_nylon_guitar_m052": "faust/00402.flac",
    "own_bowed_string_m060": "faust/00983.flac",
    "own_sung_vowel_m057": "faust/01549.flac",
    "own_sung_vowel_m064": "faust/01594.flac",
    "own_fm2_m048": "faust/03518.flac",
}


def recordings(corpus: Path) -> dict[str, str]:
    """Map each recording that is played at its own speed, from its start, to its clip."""
    with (corpus / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "sonicpi"]
    return {
        row["instrument"]: row["file"]
        for row in rows
        if json.loads(row["params"]).get("varispeed") == 0
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, default=SOUNDS)
    options = parser.parse_args()
    clips = recordings(options.corpus) | RENDERINGS
    options.out.mkdir(parents=True, exist_ok=True)
    with (SOUNDS / "demo.csv").open(newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    for name in names:
        shutil.copyfile(options.corpus / clips[Path(name).stem], options.out / name)
    print(f"{len(names)} sounds in {options.out}")


if __name__ == "__main__":
    main()
