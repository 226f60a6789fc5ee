"""Turn a finished training into a model to ship: half precision, with its provenance.

    python assets/recipe/export.py RUNS/first ... RUNS/seventh assets/model

The last stage's averaged weights are shipped; what the stages before it were is told with them.
"""

import argparse
from pathlib import Path

from distill.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

NAME = "distill-7"


def main() -> None:
    """Read the last stage's averaged weights and write them again, half as large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", type=Path, nargs="+", help="folders of runs or models, in order")
    parser.add_argument("model", type=Path, help="folder to write")
    arguments = parser.parse_args()
    *before, last = [stage(folder) for folder in arguments.stages]
    provenance = last.provenance | {"name": NAME, "before": [each.provenance for each in before]}
    digest = save_checkpoint(arguments.model, last.network, last.spectrogram, provenance, half=True)
    print(f"{arguments.model}: {digest[:12]}, step {provenance['step']}")


def stage(folder: Path) -> Checkpoint:
    """Load a stage's model, whether the folder is a run's or the model's own."""
    return load_checkpoint(folder / "model" if (folder / "model").is_dir() else folder)


if __name__ == "__main__":
    main()
