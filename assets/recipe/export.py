"""Turn a finished training into a model to ship: half precision, with its provenance.

    python assets/recipe/export.py RUNS/first ... RUNS/eleventh assets/model

The last stage's averaged weights are shipped. What the stages before it were is told with them.
"""

import argparse
from pathlib import Path

from train import result

from distill.checkpoint import load_checkpoint, read_card, save_checkpoint

NAME = "distill-11"


def main() -> None:
    """Read the last stage's averaged weights and write them half as large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", type=Path, nargs="+", help="folders of runs, in order")
    parser.add_argument("model", type=Path, help="folder to write")
    arguments = parser.parse_args()
    *before, last = map(result, arguments.stages)
    checkpoint = load_checkpoint(last)
    told = {"name": NAME, "before": [read_card(each)["provenance"] for each in before]}
    provenance = checkpoint.provenance | told
    digest = save_checkpoint(
        arguments.model, checkpoint.network, checkpoint.spectrogram, provenance, half=True
    )
    print(f"{arguments.model}: {digest[:12]}, step {provenance['step']}")


if __name__ == "__main__":
    main()
