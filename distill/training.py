"""Train the VAE on a folder of sounds, stop at any moment, go on exactly where it stopped.

Knows the corpus, the network and its losses; nothing of pages or of what the latents mean.

    out/
        model/           the averaged weights, ready to use (see checkpoint)
        state/           what a resume needs: weights, average, optimiser, step (safetensors, JSON)
        curves.jsonl     one line a report

A step draws its batch, its augmentation and its latent noise from a generator seeded with
(seed, step), so a resumed run needs no stored random state and repeats to the bit.
"""

import json
import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator, PartialState
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from distill.augmentation import AugmentationConfig, augment, sent
from distill.checkpoint import load_checkpoint, save_checkpoint, write_atomically
from distill.corpus import Corpus, CorpusConfig, Features, Progress, Rows
from distill.errors import TrainingError
from distill.models.losses import LossConfig, Losses, kl_per_dimension, vae_losses
from distill.models.vae import ConvVAE, Output, Posterior, VAEConfig
from distill.spectrogram import SpectrogramConfig, listener

ACTIVE_NATS = 0.05
"""A latent dimension with less KL than this says nothing about the sound."""
SAMPLED_ROWS = 3
"""Clips of a group that tell how hard it is."""
ROOM = 3
"""A GPU with so many times the features' size free keeps them itself."""


@dataclass(frozen=True)
class TrainingConfig:
    """A run, all of it; stored with the model.

    Attributes:
        steps: optimiser steps in all.
        batch: examples a step, over all devices.
        learning_rate: of AdamW, held after its warm-up until the final decay.
        warmup_steps: steps to reach it.
        decay_share: share of the steps, at the end, over which it falls to a hundredth.
        weight_decay: of AdamW.
        clip_norm: largest norm of the gradient.
        average: decay of the weights' moving average, per step.
        focus: how much more often hard groups are drawn: by their error to this power.
        family_shares: of all draws, what these families get, 0 to leave one out; the others are
            drawn alike.
        hold_statistics: batch norms keep the statistics they begin with, for a stage that draws
            otherwise than the model will be used.
        report_steps: steps between two validations.
        save_minutes: minutes between two stored states.
        seed: of everything random.
        precision: "auto", "bf16" or "no".
        network, spectrogram, augmentation, losses, corpus: what is trained, on what.
        family_losses: by what these families are trained, instead of by `losses`.
    """

    steps: int = 20_000
    batch: int = 16
    learning_rate: float = 1e-3
    warmup_steps: int = 300
    decay_share: float = 0.25
    weight_decay: float = 1e-3
    clip_norm: float = 1.0
    average: float = 0.999
    focus: float = 0.0
    family_shares: dict[str, float] = field(default_factory=dict)
    hold_statistics: bool = False
    report_steps: int = 500
    save_minutes: float = 5.0
    seed: int = 0
    precision: str = "auto"
    network: VAEConfig = field(default_factory=VAEConfig)
    spectrogram: SpectrogramConfig = field(default_factory=SpectrogramConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    family_losses: dict[str, LossConfig] = field(default_factory=dict)


class Batch(NamedTuple):
    """A step's examples and the family that each is of."""

    channels: Float[Tensor, "batch 2 mel frame"]
    families: list[str]


@dataclass(frozen=True)
class Report:
    """Where a run stands: step, steps in all, seconds so far, and figures by name."""

    step: int
    steps: int
    seconds: float
    figures: dict[str, float]


def best_precision(device: torch.device) -> str:
    """Mixed precision that is faster than single on this hardware: "bf16" or "no"."""
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "no"
    if device.type == "cpu":
        fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return "bf16" if fast else "no"
    return "no"


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Warm up, hold, fall: a schedule whose end can be moved while it holds."""
    rise = min(1.0, (step + 1) / max(1, config.warmup_steps))
    decay = max(1, round(config.steps * config.decay_share))
    left = min(1.0, max(0.0, (config.steps - step) / decay))
    return config.learning_rate * rise * max(0.01, left)


class Trainer:
    """One run over one corpus.

    Args:
        corpus: features and their split.
        out: folder of the run.
        config: all settings; a stored state of the same network goes on under these.
    """

    def __init__(self, corpus: Corpus, out: Path, config: TrainingConfig) -> None:
        self.corpus, self.out, self.config = corpus, out, config
        precision = config.precision
        if precision == "auto":
            precision = best_precision(PartialState().device)
        # Accelerate keeps one precision a process; a second run may want another.
        AcceleratorState._reset_state()
        self.accelerator = Accelerator(mixed_precision=precision)
        set_seed(config.seed)
        torch.set_flush_denormal(True)
        network = ConvVAE(config.network)
        if self.accelerator.device.type == "cuda":
            torch.backends.cudnn.benchmark = True
            # 16 ms a step instead of 21 on an H100; torch's stub does not know the argument.
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.AdamW(
            network.parameters(),
            config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.network, self.optimizer = self.accelerator.prepare(network, optimizer)
        self.average = {k: v.clone() for k, v in self._plain().state_dict().items()}
        self.features = self._within_reach()
        self.weights = corpus.weights(shares=config.family_shares)
        self.ear = listener(config.spectrogram).to(self.accelerator.device)
        self.step = 0
        self.seconds = 0.0

    def _plain(self) -> ConvVAE:
        network: ConvVAE = self.accelerator.unwrap_model(self.network)
        return network

    def _within_reach(self) -> Features | Float[Tensor, "clip 2 mel frame"]:
        """The features, on the GPU if they fit well: a step then waits for no disk and no bus."""
        stored, device = self.corpus.features, self.accelerator.device
        if device.type != "cuda" or torch.cuda.mem_get_info(device)[0] < ROOM * stored.nbytes:
            return stored
        near = torch.empty(stored.shape, dtype=torch.float16, device=device)
        for start in range(0, len(stored), 4096):
            near[start : start + 4096] = torch.from_numpy(stored[start : start + 4096].copy())
        return near

    def _channels(self, rows: Rows) -> Float[Tensor, "batch 2 mel frame"]:
        """Stored features of some rows, on the device, in single precision."""
        if isinstance(self.features, Tensor):
            return self.features[sent(torch.from_numpy(rows), self.features.device)].float()
        batch = torch.from_numpy(self.features[rows])
        return batch.to(self.accelerator.device, torch.float32)

    # -- one step ------------------------------------------------------------------------

    def draw(self, step: int) -> Batch:
        """This process's part of a step's batch, augmented, on the device."""
        rng = np.random.default_rng([self.config.seed, step])
        rows = rng.choice(self.corpus.train, self.config.batch, p=self.weights)
        mine = rows[self.accelerator.process_index :: self.accelerator.num_processes]
        seed = int(rng.integers(1 << 62)) + self.accelerator.process_index
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed)
        rows, range_db = np.sort(mine), self.config.spectrogram.range_db
        channels = augment(self._channels(rows), self.config.augmentation, range_db, generator)
        return Batch(channels, [self.corpus.families[row] for row in rows])

    def advance(self) -> Losses:
        """One optimiser step."""
        batch = self.draw(self.step)
        self.network.train(not self.config.hold_statistics)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        with self.accelerator.autocast():
            output = self.network(batch.channels)
        losses = self._losses(output, batch).mean()
        self.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(losses.total)
        self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return losses

    def _losses(self, output: Output, batch: Batch) -> Losses:
        """Each family's by its own config, `[batch]`, those of one config side by side."""
        usual, own = self.config.losses, self.config.family_losses
        if not own:
            return vae_losses(output, batch.channels, self.ear, usual, self.step)
        places: dict[LossConfig, list[int]] = {}
        for place, family in enumerate(batch.families):
            places.setdefault(own.get(family, usual), []).append(place)
        parts = []
        for config, its_places in places.items():
            at = sent(torch.tensor(its_places), batch.channels.device)
            posterior = Posterior(*(value[at] for value in output.posterior))
            part = Output(output.channels[at], posterior)
            parts.append(vae_losses(part, batch.channels[at], self.ear, config, self.step))
        return Losses.joined(parts)

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the weights; quickly at first, when they are far."""
        decay = min(self.config.average, (1 + self.step) / (10 + self.step))
        for name, value in self._plain().state_dict().items():
            kept = self.average[name]
            if value.is_floating_point():
                kept.lerp_(value, 1 - decay)
            else:
                kept.copy_(value)

    # -- validation ----------------------------------------------------------------------

    def averaged(self) -> ConvVAE:
        """The network with averaged weights, for use and for judging."""
        network = ConvVAE(self.config.network)
        network.load_state_dict(self.average)
        return network.to(self.accelerator.device).eval()

    @torch.inference_mode()
    def validate(self, most: int = 256) -> dict[str, float]:
        """Mean errors of the averaged network on held-back clips, and its active latents."""
        rows = self.corpus.validation
        rows = rows[:: max(1, len(rows) // most)]
        if not len(rows):
            return {}
        sums, kl = dict.fromkeys(_PARTS, 0.0), torch.zeros(0)
        for output, losses in self._judged(rows):
            each = kl_per_dimension(output.posterior).sum(dim=0).cpu()
            kl = each if not len(kl) else kl + each
            for name in _PARTS:
                sums[name] += float(getattr(losses, name).sum())
        figures = {f"validation_{name}": value / len(rows) for name, value in sums.items()}
        return figures | {"active_latents": float((kl / len(rows) > ACTIVE_NATS).sum())}

    def _judged(self, rows: Rows) -> Iterator[tuple[Output, Losses]]:
        """What the averaged network makes of rows, and each one's losses, some at a time."""
        network = self.averaged()
        for start in range(0, len(rows), 32):
            channels = self._channels(rows[start : start + 32])
            output = network(channels)
            yield output, vae_losses(output, channels, self.ear, self.config.losses, self.step)

    def focus(self) -> None:
        """Draw what is hard for the network more often, for the whole run.

        Families alike and clips alike would spend most of a long run on what is long learnt. How
        hard a group is, is told once and kept with the run, so that one taken up draws the same.
        """
        if not self.config.focus:
            return
        path = self.out / "difficulty.json"
        if self.accelerator.is_main_process and not path.is_file():
            write_atomically(path, json.dumps(self.difficulty()).encode())
        self.accelerator.wait_for_everyone()
        told: dict[str, float] = json.loads(path.read_text())
        usual = float(np.mean(list(told.values())))
        errors = [told.get(self.corpus.groups[row], usual) for row in self.corpus.train]
        tilt = np.array(errors) ** self.config.focus
        self.weights = self.corpus.weights(tilt, self.config.family_shares)

    @torch.inference_mode()
    def difficulty(self) -> dict[str, float]:
        """How far from right each group's training clips come out: unlikeness and error of peaks.

        Told from a few clips of each group.
        """
        rows = np.random.default_rng(self.config.seed).permutation(self.corpus.train)
        sampled: dict[str, list[int]] = {}
        for row in rows.tolist():
            sampled.setdefault(self.corpus.groups[row], []).append(row)
        sampled = {group: rows[:SAMPLED_ROWS] for group, rows in sampled.items()}
        flat = np.concatenate([np.array(rows) for rows in sampled.values()])
        errors = [losses.unlikeness + losses.peak for _, losses in self._judged(flat)]
        parts = torch.split(torch.cat(errors).cpu(), [len(rows) for rows in sampled.values()])
        return {group: float(part.mean()) for group, part in zip(sampled, parts, strict=True)}

    # -- the run -------------------------------------------------------------------------

    def run(self, report: Callable[[Report], None], stop: Callable[[], bool]) -> None:
        """Train to the last step, or until `stop` says so; either way the state is stored.

        Raises:
            TrainingError: it diverged; what is stored stays as it was.
        """
        started, saved = time.monotonic() - self.seconds, time.monotonic()
        running: dict[str, float] = {}
        while self.step < self.config.steps and not stop():
            losses = self.advance()
            self._smooth(running, losses)
            self.seconds = time.monotonic() - started
            if self.step % self.config.report_steps == 0 or self.step == self.config.steps:
                figures = running | self.validate()
                self._log(figures)
                report(Report(self.step, self.config.steps, self.seconds, figures))
            elif self.step % 10 == 0:
                report(Report(self.step, self.config.steps, self.seconds, {}))
            if time.monotonic() - saved > self.config.save_minutes * 60:
                self.save()
                saved = time.monotonic()
        self.save()

    def _smooth(self, running: dict[str, float], losses: Losses) -> None:
        """Exponential mean of the training losses; read seldom, since reading waits for a GPU."""
        if self.step % 10 and running:
            return
        for name in _PARTS:
            value = float(getattr(losses, name).detach())
            if not math.isfinite(value):
                raise TrainingError(
                    f"Training diverged: {name} is {value} at step {self.step}. "
                    "Train into another folder with a lower learning rate."
                )
            running[name] = value if name not in running else 0.8 * running[name] + 0.2 * value

    def _log(self, figures: dict[str, float]) -> None:
        if self.accelerator.is_main_process:
            rate = self.step * self.config.batch / max(self.seconds, 1e-9)
            line = {"step": self.step, "seconds": round(self.seconds, 1), "clips_per_s": rate}
            with (self.out / "curves.jsonl").open("a") as file:
                file.write(json.dumps(line | figures) + "\n")

    # -- stored state --------------------------------------------------------------------

    def save(self) -> None:
        """Store the model for use and the state for going on; a kill leaves the old or the new."""
        if not self.accelerator.is_main_process:
            return
        save_checkpoint(
            self.out / "model", self.averaged().cpu(), self.config.spectrogram, self.provenance()
        )
        state = self.out / "state"
        state.mkdir(exist_ok=True)
        name = f"step-{self.step:08d}.safetensors"
        temporary = state / f".{name}.tmp"
        save_file(self._state(), temporary)
        temporary.replace(state / name)
        note = {"step": self.step, "seconds": self.seconds, "file": name}
        write_atomically(state / "state.json", json.dumps(note).encode())
        for old in state.glob("step-*.safetensors"):
            if old.name != name:
                old.unlink()

    def _state(self) -> dict[str, Tensor]:
        tensors = {f"network/{k}": v for k, v in self._plain().state_dict().items()}
        tensors |= {f"average/{k}": v for k, v in self.average.items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{index}/{k}": torch.as_tensor(v) for k, v in moments.items()}
        return {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}

    def resume(self) -> bool:
        """Take up the stored state of this run, if there is one.

        Raises:
            TrainingError: the state is damaged or belongs to another network.
        """
        note = self.out / "state" / "state.json"
        if not note.is_file():
            return False
        try:
            told = json.loads(note.read_text())
            tensors = load_file(self.out / "state" / told["file"])
            self._plain().load_state_dict(_below(tensors, "network/"))
            for name, kept in self.average.items():
                kept.copy_(tensors[f"average/{name}"])
            self._restore_optimizer(_below(tensors, "optimizer/"))
            self.step, self.seconds = told["step"], told["seconds"]
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise TrainingError(
                f"{self.out / 'state'} does not fit this run: {error}. Train into another folder."
            ) from error
        return True

    def begin_with(self, network: ConvVAE) -> None:
        """Take over another network's weights, to fine-tune them or to train them further.

        Raises:
            TrainingError: it has another shape.
        """
        if network.config != self.config.network:
            raise TrainingError(
                f"The starting model is {network.config}, this run {self.config.network}."
            )
        self._plain().load_state_dict(network.state_dict())
        self.average = {k: v.clone() for k, v in self._plain().state_dict().items()}

    def _restore_optimizer(self, tensors: dict[str, Tensor]) -> None:
        """Take up stored moments, laid out in memory like the weights that they belong to."""
        weights = list(self._plain().parameters())
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            index, key = name.split("/")
            weight = weights[int(index)].detach()
            like_it = torch.empty_like(weight).copy_(value) if value.ndim else value
            moments.setdefault(int(index), {})[key] = like_it
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": moments})

    def provenance(self) -> dict[str, Any]:
        """What made this model: data, settings, time and machine."""
        return {
            "corpus_sha256": self.corpus.digest(),
            "corpus_files": len(self.corpus.entries),
            "training_rows": len(self.corpus.train),
            "validation_clips": len(self.corpus.validation),
            "step": self.step,
            "clips_seen": self.step * self.config.batch,
            "hours": round(self.seconds / 3600, 3),
            "device": str(self.accelerator.device),
            "precision": self.accelerator.mixed_precision,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "python": platform.python_version(),
            "config": asdict(self.config),
        }


_PARTS = ("total", "magnitude", "peak", "frequency", "loudness", "unlikeness", "kl")


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def train(
    folder: Path,
    out: Path,
    config: TrainingConfig | None = None,
    *,
    start: Path | None = None,
    report: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Trainer:
    """Train on a folder of sounds; called again with the same `out`, it goes on.

    Args:
        folder: sounds, with or without a `labels.csv`.
        out: folder of the run; made if it is not there.
        config: settings; the network's shape follows the spectrogram's.
        start: model folder whose weights a new run begins with; a run taken up ignores it.
        report: called every tenth step, with figures every `report_steps`.
        stop: asked before every step.
        progress: called while features are computed.

    Returns:
        The trainer, its state stored under `out`.

    Raises:
        TrainingError: no usable sounds, a stored state or start that does not fit, or losses
            that are no longer finite.
    """
    config = config or TrainingConfig()
    shape = replace(
        config.network, bands=config.spectrogram.bands, frames=config.spectrogram.frames
    )
    config = replace(config, network=shape)
    corpus = Corpus(folder, out / "features", config.corpus, config.spectrogram, progress)
    trainer = Trainer(corpus, out, config)
    if not trainer.resume() and start is not None:
        trainer.begin_with(load_checkpoint(start).network)
    trainer.focus()
    trainer.run(report, stop)
    return trainer
