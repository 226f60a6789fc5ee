"""Turn a finished training into a model to ship: half precision, with its provenance.

    python assets/recipe/export.py RUNS/first ... RUNS/eighth assets/model

The last stage's averaged weights are shipped, drawn a little towards those that it began with: what
lies between the two errs less than either (Wortsman et al., "Robust fine-tuning of zero-shot
models", 2022). What the stages before it were is told with them.
"""

import argparse
from pathlib import Path

import torch

from distill.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from distill.models.vae import ConvVAE

NAME = "distill-8"
SHARE = 0.7
"""Of the last stage's weights; the rest is of those before it."""


def main() -> None:
    """Read the last two stages' averaged weights and write what lies between, half as large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", type=Path, nargs="+", help="folders of runs or models, in order")
    parser.add_argument("model", type=Path, help="folder to write")
    arguments = parser.parse_args()
    *before, last = [stage(folder) for folder in arguments.stages]
    if before:
        blend(last.network, before[-1].network)
    told = {"name": NAME, "share": SHARE, "before": [each.provenance for each in before]}
    provenance = last.provenance | told
    digest = save_checkpoint(arguments.model, last.network, last.spectrogram, provenance, half=True)
    print(f"{arguments.model}: {digest[:12]}, step {provenance['step']}")


def stage(folder: Path) -> Checkpoint:
    """Load a stage's model, whether the folder is a run's or the model's own."""
    return load_checkpoint(folder / "model" if (folder / "model").is_dir() else folder)


@torch.no_grad()
def blend(network: ConvVAE, start: ConvVAE) -> None:
    """Draw a network's weights towards those of the one that its training began with."""
    began = start.state_dict()
    for name, weight in network.state_dict().items():
        if weight.is_floating_point():
            weight.copy_(torch.lerp(began[name], weight, SHARE))


if __name__ == "__main__":
    main()
