"""Turn a finished training run into a model to ship: half precision, with its provenance.

python assets/recipe/export.py RUN_DIR assets/model
"""

import argparse
from pathlib import Path

from distill.checkpoint import load_checkpoint, save_checkpoint


def main() -> None:
    """Read the run's averaged weights and write them again, half as large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder that distill train wrote")
    parser.add_argument("model", type=Path, help="folder to write")
    arguments = parser.parse_args()
    source = load_checkpoint(arguments.run / "model")
    provenance = source.provenance | {"name": "distill-1"}
    digest = save_checkpoint(
        arguments.model, source.network, source.spectrogram, provenance, half=True
    )
    print(f"{arguments.model}: {digest[:12]}, step {provenance['step']}")


if __name__ == "__main__":
    main()
