"""Fit the PCA that a model is judged beside, on clips its training saw, and store it there.

The low notes of the last stages are left out, as they were for the one that is shipped.

    python assets/recipe/baseline.py assets/model CORPUS_DIR RUN_DIR
"""

import argparse
from pathlib import Path

import numpy as np
from train import NOT_YET

from distill.baseline import Baseline
from distill.checkpoint import load_checkpoint
from distill.corpus import Corpus


def main() -> None:
    """Fit as many components as the model has latents, on unshifted training clips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("run", type=Path, help="the training run, whose cached features are used")
    parser.add_argument("--clips", type=int, default=4000)
    arguments = parser.parse_args()
    checkpoint = load_checkpoint(arguments.model)
    corpus = Corpus(
        arguments.corpus, arguments.run / "features", spectrogram=checkpoint.spectrogram
    )
    rng = np.random.default_rng(0)
    weights = corpus.weights(shares=NOT_YET)
    rows = rng.choice(corpus.train, arguments.clips, replace=False, p=weights)
    channels = corpus.features[np.sort(rows)].astype(np.float32)
    baseline = Baseline.fit(channels, checkpoint.network.config.latent)
    print(baseline.save(arguments.model))


if __name__ == "__main__":
    main()
