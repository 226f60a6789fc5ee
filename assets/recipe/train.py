"""Train the bundled model, in eight stages; interrupted at any moment, the same command goes on.

    python assets/recipe/train.py CORPUS_DIR RUNS_DIR

The first stage learns from nothing; each later one begins with the weights of the one before, the
second to fifth at a lower rate. The second and third lean towards what the first got wrong most
often: loud partials, where pitch lives. The fourth leans towards what the ear makes of a sound,
since errors cell by cell spend the latent on noise that it cannot hold. The fifth draws hard groups
more often, for many synthetic ones are long learnt. The sixth and seventh see ten times as many
clips as all before, in larger batches and varied more widely; they took ten minutes on a large GPU,
where the other five took hours on a CPU. For the eighth, kinds of sounds joined the corpus that it
had lacked, and examples are played backwards and laid over each other as well. What is shipped lies
between RUNS_DIR/seventh/model and RUNS_DIR/eighth/model, see export.py.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from distill.augmentation import AugmentationConfig
from distill.corpus import CorpusConfig
from distill.models.losses import LossConfig
from distill.training import Report, TrainingConfig, train


@dataclass(frozen=True)
class Stage:
    """A run: its folder's name, its settings, and the stage whose weights it begins with."""

    name: str
    config: TrainingConfig
    after: str | None = None


LATER = TrainingConfig(
    learning_rate=8e-4,
    average=0.9985,
    losses=LossConfig(
        peak_weight=1.0,
        frequency_weight=1.5,
        loudness_weight=0.2,
        likeness_weight=0.0,
        kl_warmup_steps=0,
    ),
)
HEARD = replace(
    LATER,
    losses=replace(LATER.losses, peak_weight=1.5, frequency_weight=2.0, likeness_weight=4.0),
)
HARD = replace(
    LATER,
    focus=0.5,
    losses=replace(
        LATER.losses,
        peak_weight=2.0,
        frequency_weight=3.0,
        likeness_weight=6.0,
        likeness_tolerance=0.05,
    ),
)
WIDE = replace(
    HARD,
    batch=256,
    learning_rate=2e-3,
    warmup_steps=500,
    average=0.9995,
    precision="no",
    augmentation=AugmentationConfig(colour_db=6.0, fade_db=20.0),
    corpus=CorpusConfig(varispeed_copies=7, varispeed_semitones=6.0),
)
STAGES = (
    Stage(
        "first",
        TrainingConfig(steps=12_000, decay_share=0.35, losses=LossConfig(likeness_weight=0.0)),
    ),
    Stage("second", replace(LATER, steps=4_000, decay_share=0.62, seed=2), after="first"),
    Stage("third", replace(LATER, steps=7_600, decay_share=0.6, seed=3), after="second"),
    Stage("fourth", replace(HEARD, steps=11_500, decay_share=0.6, seed=4), after="third"),
    Stage("fifth", replace(HARD, steps=9_500, decay_share=0.62, seed=5), after="fourth"),
    Stage("sixth", replace(WIDE, steps=25_330, decay_share=0.62, seed=6), after="fifth"),
    Stage(
        "seventh",
        replace(WIDE, steps=4_838, learning_rate=1e-3, decay_share=0.85, seed=7),
        after="sixth",
    ),
    Stage(
        "eighth",
        replace(
            WIDE,
            steps=5_376,
            learning_rate=1.3e-3,
            decay_share=0.85,
            seed=8,
            augmentation=replace(WIDE.augmentation, reversed_share=0.15, layered_share=0.25),
        ),
        after="seventh",
    ),
)


def main() -> None:
    """Run the stages one after the other; a finished one is left at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("runs", type=Path)
    arguments = parser.parse_args()
    for stage in STAGES:
        print(stage.name, flush=True)
        start = stage.after and arguments.runs / stage.after / "model"
        train(arguments.corpus, arguments.runs / stage.name, stage.config, start=start, report=tell)


def tell(report: Report) -> None:
    """Print the figures of a report that has some."""
    if report.figures:
        words = " ".join(f"{name} {value:.5f}" for name, value in report.figures.items())
        print(f"{report.step}/{report.steps} {report.seconds:.0f} s {words}", flush=True)


if __name__ == "__main__":
    main()
