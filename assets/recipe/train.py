"""Train the bundled model, in eleven stages; interrupted at any moment, the same command goes on.

    python assets/recipe/train.py CORPUS_DIR RUNS_DIR

The first stage learns from nothing; each later one begins with the weights of the one before, the
second to fifth at a lower rate. The second and third lean towards what the first got wrong most
often: loud partials, where pitch lives. The fourth leans towards what the ear makes of a sound,
since errors cell by cell spend the latent on noise that it cannot hold. The fifth draws hard groups
more often, for many synthetic ones are long learnt. The sixth and seventh see ten times as many
clips as all before, in larger batches and varied more widely; they took ten minutes on a large GPU,
where the other five took hours on a CPU. For the eighth, kinds of sounds joined the corpus that it
had lacked, and examples are played backwards and laid over each other as well. It was short, so its
weights are drawn a little towards those that it began with. The ninth goes on from there and sees
more clips than all before; it counts likeness to the ear nearly evenly, where the others had made
most of sounds that were nearly right, and draws hard groups more often still. The tenth, on a CPU
again, practises low notes, whose partials lie closer than two bands: three draws in eight are of
them. Since that is not what the model will be used for, batch norms keep the statistics that they
have, and its weights, too, are drawn a little towards those that it began with. The eleventh goes
on so, and weighs the low notes' IF by what their pitch asks for: 50 cents are 29 Hz at 1 kHz, but
1.2 Hz at 41 Hz, a twentieth of a band.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from distill.augmentation import AugmentationConfig
from distill.checkpoint import load_checkpoint, save_checkpoint
from distill.corpus import CorpusConfig
from distill.models.losses import LossConfig
from distill.training import Report, TrainingConfig, train


@dataclass(frozen=True)
class Stage:
    """A run.

    Attributes:
        name: of its folder.
        config: its settings.
        after: the stage whose weights it begins with.
        share: how far its result lies from there towards its own weights. What lies between the
            two may err less than either (Wortsman et al., "Robust fine-tuning of zero-shot
            models", 2022).
    """

    name: str
    config: TrainingConfig
    after: str | None = None
    share: float = 1.0


NOT_YET = {"low": 0.0}
"""What joined for the tenth stage; those before saw none of it."""
LATER = TrainingConfig(
    family_shares=NOT_YET,
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
VARIED = replace(
    WIDE,
    focus=0.65,
    augmentation=replace(WIDE.augmentation, reversed_share=0.15, layered_share=0.2),
    losses=replace(WIDE.losses, likeness_weight=16.0, likeness_tolerance=0.2),
)
PRACTICE = replace(
    VARIED,
    steps=3_722,
    batch=64,
    learning_rate=4e-4,
    warmup_steps=50,
    decay_share=0.6,
    average=0.998,
    precision="auto",
    seed=21,
    family_shares={"low": 0.375},
    hold_statistics=True,
    corpus=CorpusConfig(varispeed_copies=1, varispeed_semitones=6.0),
)
EXACT = replace(
    PRACTICE,
    steps=4_720,
    seed=22,
    family_losses={
        "low": replace(
            PRACTICE.losses, frequency_weight=6.0, frequency_tolerance=3e-3, low_band_weight=30.0
        )
    },
)
STAGES = (
    Stage(
        "first",
        TrainingConfig(
            steps=12_000,
            decay_share=0.35,
            losses=LossConfig(likeness_weight=0.0),
            family_shares=NOT_YET,
        ),
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
        share=0.7,
    ),
    Stage("ninth", replace(VARIED, steps=50_851, decay_share=0.65, seed=9), after="eighth"),
    Stage("tenth", PRACTICE, after="ninth", share=0.8),
    Stage("eleventh", EXACT, after="tenth", share=0.7),
)


def main() -> None:
    """Run the stages one after the other; a finished one is left at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("runs", type=Path)
    arguments = parser.parse_args()
    for stage in STAGES:
        print(stage.name, flush=True)
        run = arguments.runs / stage.name
        start = stage.after and result(arguments.runs / stage.after)
        train(arguments.corpus, run, stage.config, start=start, report=tell)
        if start and stage.share < 1:
            blend(start, run, stage.share)


def result(run: Path) -> Path:
    """What a stage led to: its own model, or what lies between that and its start."""
    return run / "blend" if (run / "blend").is_dir() else run / "model"


@torch.no_grad()
def blend(start: Path, run: Path, share: float) -> None:
    """Store what lies between the weights that a run began with and those it ended with."""
    began, ended = load_checkpoint(start).network.state_dict(), load_checkpoint(run / "model")
    for name, weight in ended.network.state_dict().items():
        if weight.is_floating_point():
            weight.copy_(torch.lerp(began[name], weight, share))
    told = ended.provenance | {"share": share}
    save_checkpoint(run / "blend", ended.network, ended.spectrogram, told)


def tell(report: Report) -> None:
    """Print the figures of a report that has some."""
    if report.figures:
        words = " ".join(f"{name} {value:.5f}" for name, value in report.figures.items())
        print(f"{report.step}/{report.steps} {report.seconds:.0f} s {words}", flush=True)


if __name__ == "__main__":
    main()
