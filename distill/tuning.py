"""Bring a model closer to a few sounds of one's own, without moving its latent space.

Only the decoder learns, so a latent, a map and a slider mean afterwards what they meant before. A
handful of sounds would pull the whole space towards them; so that it stays as it was, every step
also rehearses latents from all over the map, with the old decoder as their teacher (learning
without forgetting, Li and Hoiem, 2016).

Knows the network and its losses; not where sounds come from, nor who waits for the result.
"""

import copy
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from distill.checkpoint import load_checkpoint, save_checkpoint
from distill.errors import DistillError, TrainingError
from distill.models.losses import LossConfig, vae_loss
from distill.models.vae import ConvVAE, Output, Posterior
from distill.spectrogram import pitch_weight

Array = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

AUDIBLE: Final = 0.1
"""Magnitude above which a cell is judged: 8 dB over the floor."""
KEPT_FILES: Final = ("directions.json", "atlas.npz")
"""What lies beside a model and stays true, since the latent space does not move."""


@dataclass(frozen=True)
class TuningConfig:
    """How far to go.

    Attributes:
        steps: optimiser steps.
        batch: clips of one's own in a step; as many places of the map are rehearsed.
        learning_rate: of Adam; it falls to nothing along a cosine.
        held_back: share of the sounds that are only used to judge; none of fewer than five.
        seed: of the draws and of what is held back.
        losses: the training's objective; the latents are given, so they cost nothing.
    """

    steps: int = 160
    batch: int = 8
    learning_rate: float = 3e-4
    held_back: float = 0.2
    seed: int = 0
    losses: LossConfig = field(default_factory=lambda: LossConfig(kl_weight=0.0))


@dataclass(frozen=True)
class Examples:
    """What a decoder learns from.

    Attributes:
        names: of the sounds; clips of one sound are held back together.
        latents: float32 [clip, latent].
        channels: float32 [clip, 2, mel, frame], which those latents should give.
        rehearsed: float32 [place, latent], whose sound should stay.
    """

    names: Sequence[str]
    latents: Array
    channels: Array
    rehearsed: Array


@dataclass(frozen=True)
class Stand:
    """Where a run is: steps done, steps in all, seconds so far."""

    step: int
    steps: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """Seconds still to go at the pace so far; None before the first step."""
        return self.seconds / self.step * (self.steps - self.step) if self.step else None


@dataclass(frozen=True)
class Gain:
    """What it brought.

    Attributes:
        before_db: mean error of the level, over bands, frames and clips, where there is sound.
        after_db: the same, afterwards.
        clips: how many clips were judged.
        held_back: whether these are clips that the decoder never saw.
    """

    before_db: float
    after_db: float
    clips: int
    held_back: bool


def tune(
    examples: Examples,
    start: Path,
    out: Path,
    config: TuningConfig | None = None,
    *,
    device: str = "cpu",
    report: Callable[[Stand], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Gain | None:
    """Tune a model's decoder and store the result as a model folder.

    Args:
        examples: sounds to come closer to, and latents to leave alone.
        start: model folder to start from.
        out: model folder to write.
        config: how far to go.
        device: where to compute.
        report: called after every step.
        stop: asked before every step; it may wait, to let more urgent work pass.

    Returns:
        What it brought; None when it was stopped, and then nothing is written.

    Raises:
        TrainingError: no examples, or of another shape than the model's.
        CheckpointError: the starting model cannot be read.
    """
    config = config or TuningConfig()
    checkpoint = load_checkpoint(start)
    _check(examples, checkpoint.network)
    tuner = Tuner(checkpoint.network.to(device), examples, config)
    tuner.pitch = pitch_weight(checkpoint.spectrogram).to(device)
    before = tuner.error_db(checkpoint.spectrogram.range_db)
    began = time.monotonic()
    for step in range(config.steps):
        if stop():
            return None
        tuner.advance(step)
        report(Stand(step + 1, config.steps, time.monotonic() - began))
    after = tuner.error_db(checkpoint.spectrogram.range_db)
    gain = Gain(before, after, len(tuner.judged), tuner.holds_back)
    told = {"name": f"{checkpoint.provenance.get('name', start.name)}, tuned"}
    told |= {"tuned_from": checkpoint.digest, "tuning": asdict(config) | asdict(gain)}
    provenance = checkpoint.provenance | told
    save_checkpoint(out, tuner.network.cpu(), checkpoint.spectrogram, provenance, half=True)
    for name in KEPT_FILES:
        if (start / name).is_file():
            shutil.copyfile(start / name, out / name)
    return gain


def _check(examples: Examples, network: ConvVAE) -> None:
    if not len(examples.latents):
        raise TrainingError("There is no sound to train on. Add some, or select recorded ones.")
    size = network.config.latent
    if examples.latents.shape[1] != size or examples.channels.shape[2:] != network.shape:
        raise TrainingError("These sounds were read for another model. Add them again.")


class Tuner:
    """A decoder that learns, beside the one it was.

    Args:
        network: in evaluation mode, where it will stay: a few sounds are no statistics.
        examples: what to learn.
        config: how fast.
    """

    pitch: Float[Tensor, " mel"]

    def __init__(self, network: ConvVAE, examples: Examples, config: TuningConfig) -> None:
        self.network = network.eval().requires_grad_(requires_grad=False)
        self.teacher = copy.deepcopy(network.decoder)
        network.decoder.requires_grad_()
        self.config = config
        device = next(network.parameters()).device
        self.latents, self.channels, self.rehearsed = (
            torch.from_numpy(array).to(device)
            for array in (examples.latents, examples.channels, examples.rehearsed)
        )
        self.learned, self.judged = _split(examples.names, config)
        self.holds_back = len(self.judged) > 0
        if not self.holds_back:
            self.judged = self.learned
        self.optimizer = torch.optim.Adam(network.decoder.parameters(), config.learning_rate)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, config.steps)

    def advance(self, step: int) -> None:
        """Take one step on some of the sounds and some of the rest of the space."""
        latents, wanted = self._batch(np.random.default_rng([self.config.seed, step]))
        made = Output(self.network.decode(latents), Posterior(latents, torch.zeros_like(latents)))
        losses = vae_loss(made, wanted, self.pitch, self.config.losses)
        self.optimizer.zero_grad(set_to_none=True)
        losses.total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()

    def _batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        rows = rng.choice(self.learned, self.config.batch)
        places = rng.choice(len(self.rehearsed), self.config.batch)
        old = self.rehearsed[places]
        bands, frames = self.channels.shape[2:]
        with torch.no_grad():
            kept = self.teacher(old)[..., :bands, :frames]
        return torch.cat([self.latents[rows], old]), torch.cat([self.channels[rows], kept])

    @torch.no_grad()
    def error_db(self, range_db: float) -> float:
        """Mean absolute error of the level, in dB, where the sounds that judge are to be heard."""
        error = heard = torch.zeros(())
        for row in self.judged:
            made, wanted = self.network.decode(self.latents[[row]])[0, 0], self.channels[row, 0]
            audible = wanted > AUDIBLE
            error = error + ((made - wanted).abs() * audible).sum().cpu()
            heard = heard + audible.sum().cpu()
        return float(error / heard.clamp(min=1)) * range_db


def _split(names: Sequence[str], config: TuningConfig) -> tuple[Rows, Rows]:
    """Rows to learn from and rows to judge by; the clips of one sound stay together."""
    different = list(dict.fromkeys(names))
    count = round(len(different) * config.held_back) if len(different) >= 5 else 0
    rng = np.random.default_rng(config.seed)
    chosen = {different[index] for index in rng.permutation(len(different))[:count]}
    kept = np.array([name in chosen for name in names])
    return np.flatnonzero(~kept), np.flatnonzero(kept)


class TuningRun:
    """One tuning on a thread of its own: look at it, stop it, use what it made.

    The model folder lives as long as the run does.

    Args:
        examples: what to learn.
        start: model folder to start from.
        config: how far to go.
        device: where to compute.
        wait: called before every step; it may wait, to let more urgent work pass.
    """

    def __init__(
        self,
        examples: Examples,
        start: Path,
        config: TuningConfig | None = None,
        *,
        device: str = "cpu",
        wait: Callable[[], None] = lambda: None,
    ) -> None:
        self.config = config or TuningConfig()
        self.sounds = len(set(examples.names))
        self.stand = Stand(0, self.config.steps, 0.0)
        self.gain: Gain | None = None
        self.problem = ""
        self._home = tempfile.TemporaryDirectory(
            prefix="distill-tuned-", ignore_cleanup_errors=True
        )
        self.folder = Path(self._home.name) / "model"
        self._stopping = threading.Event()
        arguments = (examples, start, device, wait)
        self._thread = threading.Thread(
            target=self._work, args=arguments, name="tuning", daemon=True
        )
        self._thread.start()

    def _work(self, examples: Examples, start: Path, device: str, wait: Callable[[], None]) -> None:
        def stop() -> bool:
            wait()
            return self._stopping.is_set()

        try:
            self.gain = tune(
                examples,
                start,
                self.folder,
                self.config,
                device=device,
                report=self._note,
                stop=stop,
            )
        except DistillError as error:
            self.problem = str(error)
        except OSError as error:
            self.problem = (
                f"The result could not be stored: {error.strerror}. Make room, try again."
            )

    def _note(self, stand: Stand) -> None:
        self.stand = stand

    @property
    def state(self) -> str:
        """One of "running", "done", "failed" and "cancelled"."""
        if self._thread.is_alive():
            return "running"
        if self.problem:
            return "failed"
        return "done" if self.gain else "cancelled"

    def cancel(self) -> None:
        """Stop before the next step, and wait for that."""
        self._stopping.set()
        self._thread.join()
