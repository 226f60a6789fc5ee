"""How fast the core is: representation, encoding, decoding, a training step, a cold start.

Run with `pytest tests/bench/test_bench_core.py --benchmark-only`; extra info has ms or clips per s.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

from distill.corpus import Corpus
from distill.explorer import Explorer
from distill.models.losses import vae_losses
from distill.sound import Sound
from distill.spectrogram import Spectrogram
from distill.training import Trainer, TrainingConfig

ASSETS = Path(__file__).parents[2] / "assets"
BATCHES = pytest.mark.parametrize("clips", [1, 32])


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    """The bundled model on the processor, warm."""
    loaded = Explorer.load(device="cpu")
    loaded.encode_clips(loaded.decode(loaded.directions.mean))
    return loaded


@pytest.fixture(scope="module")
def audio(demo_sounds: list[Sound]) -> np.ndarray:
    """Thirty-two clips, float32 [clip, sample]."""
    return np.concatenate([sound.clips()[:1] for sound in demo_sounds[:32]])


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A run of the full-size network on the bundled sounds, a few steps old."""
    out = tmp_path_factory.mktemp("run")
    run = Trainer(Corpus(ASSETS / "sounds", out / "features"), out, TrainingConfig(batch=32))
    for _ in range(3):
        run.advance()
    return run


def per_clip(benchmark, clips: int) -> None:
    """Note the median in ms a clip."""
    benchmark.extra_info["ms_a_clip"] = round(1000 * benchmark.stats.stats.median / clips, 2)


def per_second(benchmark, clips: int) -> None:
    """Note the median in clips per s."""
    benchmark.extra_info["clips_per_s"] = round(clips / benchmark.stats.stats.median, 1)


@BATCHES
def test_waveform_to_channels(benchmark, audio, clips):
    spectrogram = Spectrogram()
    waveform = torch.from_numpy(audio[:clips])
    with torch.inference_mode():
        benchmark(spectrogram, waveform)
    per_clip(benchmark, clips)


@BATCHES
def test_channels_to_waveform(benchmark, audio, clips):
    spectrogram = Spectrogram()
    with torch.inference_mode():
        channels = spectrogram(torch.from_numpy(audio[:clips]))
        benchmark(spectrogram.inverse, channels)
    per_clip(benchmark, clips)


@pytest.mark.parametrize("refined", [False, True], ids=["plain", "refined"])
@BATCHES
def test_encode(benchmark, explorer, audio, clips, refined):
    benchmark.pedantic(explorer.encode_clips, (audio[:clips],), {"refined": refined}, rounds=3)
    per_clip(benchmark, clips)


@BATCHES
def test_decode_to_channels(benchmark, explorer, audio, clips):
    latents = explorer.encode_clips(audio[:clips])
    benchmark(explorer.decode_channels, latents)
    per_clip(benchmark, clips)


@BATCHES
def test_decode_to_sound(benchmark, explorer, audio, clips):
    latents = explorer.encode_clips(audio[:clips])
    benchmark(explorer.decode, latents)
    per_clip(benchmark, clips)


def test_bare_training_step(benchmark, trainer):
    """Forward, losses, backward and optimiser on one batch that is already there."""
    channels = trainer.draw(0).channels
    trainer.network.train()

    def step() -> None:
        with trainer.accelerator.autocast():
            output = trainer.network(channels)
        losses = vae_losses(output, channels, trainer.ear, trainer.config.losses, 1).mean()
        trainer.optimizer.zero_grad(set_to_none=True)
        trainer.accelerator.backward(losses.total)
        trainer.optimizer.step()

    benchmark.pedantic(step, rounds=10, warmup_rounds=2)
    per_second(benchmark, trainer.config.batch)


def test_full_training_step(benchmark, trainer):
    """The same within the loop: drawn, augmented, clipped and averaged."""
    benchmark.pedantic(trainer.advance, rounds=10, warmup_rounds=2)
    per_second(benchmark, trainer.config.batch)


def test_cold_start_to_served_page(benchmark, serve):
    """A new process with the bundled model, until it answers."""
    servers = []

    def start() -> None:
        servers.append(serve(ASSETS / "model"))

    benchmark.pedantic(start, rounds=3, teardown=lambda: servers.pop().stop())
