import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from distill.checkpoint import load_checkpoint
from distill.corpus import CorpusConfig
from distill.errors import TrainingError
from distill.explorer import Explorer
from distill.models.losses import LossConfig, vae_losses
from distill.models.vae import Output, Posterior, VAEConfig
from distill.sound import Sound
from distill.training import (
    Trainer,
    TrainingConfig,
    learning_rate,
    train,
)

CONFIG = TrainingConfig(
    steps=4,
    batch=2,
    report_steps=2,
    network=VAEConfig(latent=8, widths=(4, 8, 8, 16, 16)),
    corpus=CorpusConfig(varispeed_copies=0, validation_share=0.2),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    time = np.arange(24_000) / 48_000
    for number in range(6):
        tone = 0.3 * np.sin(2 * np.pi * 200 * (number + 1) * time).astype(np.float32)
        Sound(tone, 48_000, f"{number}").write(folder / f"{number}.wav")
    return folder


def test_a_stopped_run_goes_on_to_the_bit(folder, tmp_path):
    whole = train(folder, tmp_path / "whole", CONFIG)
    asked = iter([False, False, True])
    stopped = train(folder, tmp_path / "parts", CONFIG, stop=lambda: next(asked))
    assert stopped.step == 2
    resumed = train(folder, tmp_path / "parts", CONFIG)
    assert resumed.step == 4
    for mine, other in (
        (whole.average, resumed.average),
        (whole._state(), resumed._state()),
    ):
        assert mine.keys() == other.keys()
        assert all(torch.equal(value, other[name]) for name, value in mine.items())


def test_a_run_leaves_curves_and_a_model(folder, tmp_path):
    reports = []
    train(folder, tmp_path, CONFIG, report=reports.append)
    lines = [json.loads(line) for line in (tmp_path / "curves.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4] == [it.step for it in reports if it.figures]
    assert all(math.isfinite(line["validation_total"]) for line in lines)
    explorer = Explorer.load(tmp_path, device="cpu")
    assert explorer.info.latent_size == 8
    assert explorer.info.trained["clips_seen"] == 8


def test_a_state_of_another_network_is_refused(folder, tmp_path):
    train(folder, tmp_path, replace(CONFIG, steps=1))
    other = replace(CONFIG, network=replace(CONFIG.network, latent=16))
    with pytest.raises(TrainingError, match="does not fit this run"):
        train(folder, tmp_path, other)


@pytest.mark.parametrize("name", ["state.json", "step-00000001.safetensors"])
def test_a_damaged_state_is_refused_and_left_as_it_is(folder, tmp_path, name):
    train(folder, tmp_path, replace(CONFIG, steps=1))
    damaged = tmp_path / "state" / name
    damaged.write_bytes(damaged.read_bytes()[:-20])
    before = damaged.read_bytes()
    with pytest.raises(TrainingError, match="does not fit this run"):
        train(folder, tmp_path, CONFIG)
    assert damaged.read_bytes() == before


def test_a_run_that_diverges_says_so_and_stores_nothing(folder, tmp_path):
    wild = replace(CONFIG, steps=12, learning_rate=1e9, warmup_steps=1)
    with pytest.raises(TrainingError, match=r"diverged: .* lower learning rate"):
        train(folder, tmp_path, wild)
    assert not (tmp_path / "model").exists()


def test_a_finished_run_takes_no_further_step(folder, tmp_path):
    first = train(folder, tmp_path, replace(CONFIG, steps=1))
    again = train(folder, tmp_path, replace(CONFIG, steps=1))
    assert again.step == 1
    assert all(torch.equal(value, again.average[name]) for name, value in first.average.items())


def test_a_step_draws_the_same_batch_whenever_it_is_asked(folder, tmp_path):
    trainer = train(folder, tmp_path, replace(CONFIG, steps=1, batch=8))
    assert torch.equal(trainer.draw(7).channels, trainer.draw(7).channels)
    assert not torch.equal(trainer.draw(7).channels, trainer.draw(8).channels)


def test_what_is_hard_is_drawn_more_often_and_a_run_taken_up_draws_the_same(folder, tmp_path):
    run = tmp_path / "run"
    trainer = train(folder, run, replace(CONFIG, steps=2, focus=1.0))
    errors = trainer.difficulty()
    assert errors.keys() == {trainer.corpus.groups[row] for row in trainer.corpus.train}
    told = json.loads((run / "difficulty.json").read_text())
    wanted = np.array([told[trainer.corpus.groups[row]] for row in trainer.corpus.train])
    np.testing.assert_allclose(trainer.weights, wanted / wanted.sum())
    assert trainer.weights.max() > trainer.weights.min()
    resumed = train(folder, run, replace(CONFIG, focus=1.0))
    np.testing.assert_array_equal(resumed.weights, trainer.weights)


def test_without_focus_all_groups_of_a_family_are_drawn_alike(folder, tmp_path):
    trainer = train(folder, tmp_path, replace(CONFIG, steps=1))
    assert not (tmp_path / "difficulty.json").exists()
    np.testing.assert_allclose(trainer.weights, 1 / len(trainer.corpus.train))


def test_a_family_can_be_trained_by_losses_of_its_own(folder, tmp_path):
    mixed = shutil.copytree(folder, tmp_path / "mixed")
    rows = [f"{name}.wav,{family},train" for name, family in enumerate(["high", "low"] * 3)]
    (mixed / "labels.csv").write_text("\n".join(["file,family,split", *rows]))
    low = LossConfig(frequency_weight=6.0, low_band_weight=30.0, kl_weight=0.0)
    config = replace(CONFIG, batch=16, precision="no", hold_statistics=True, steps=1)
    trainer = train(mixed, tmp_path / "run", replace(config, family_losses={"low": low}))
    batch = trainer.draw(trainer.step)
    with torch.no_grad():
        output = trainer.network.eval()(batch.channels)
    wanted = 0.0
    for family, losses in (("high", config.losses), ("low", low)):
        at = torch.tensor([name == family for name in batch.families])
        part = Output(output.channels[at], Posterior(*(each[at] for each in output.posterior)))
        each = vae_losses(part, batch.channels[at], trainer.ear, losses, trainer.step).total
        wanted += float(each.sum()) / len(at)
    assert trainer.advance().total.item() == pytest.approx(wanted, rel=1e-4)


def test_a_run_can_hold_the_statistics_that_it_began_with(folder, tmp_path):
    start = train(folder, tmp_path / "start", replace(CONFIG, steps=1))
    began = start.averaged().state_dict()
    for hold in (True, False):
        config, run = replace(CONFIG, hold_statistics=hold, average=0.0), tmp_path / f"{hold}"
        train(folder, run, config, start=tmp_path / "start" / "model")
        ended = load_checkpoint(run / "model").network.state_dict()
        same = [torch.equal(began[name], ended[name]) for name in began if "running" in name]
        assert same
        assert all(same) if hold else not any(same)
        assert not torch.equal(began["decoder.expand.weight"], ended["decoder.expand.weight"])


def test_the_rate_warms_up_holds_and_falls():
    config = TrainingConfig(steps=1000, warmup_steps=100, decay_share=0.2, learning_rate=1.0)
    rates = [learning_rate(step, config) for step in (0, 49, 400, 800, 900, 999)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 1.0, 0.5, 0.01])


def test_a_run_can_begin_with_a_models_weights(folder, tmp_path):
    first = train(folder, tmp_path / "first", CONFIG)
    begun = train(
        folder, tmp_path / "second", CONFIG, start=tmp_path / "first" / "model", stop=lambda: True
    )
    assert all(torch.equal(value, begun.average[name]) for name, value in first.average.items())
    other = replace(CONFIG, network=replace(CONFIG.network, latent=16))
    with pytest.raises(TrainingError, match="starting model"):
        train(folder, tmp_path / "third", other, start=tmp_path / "first" / "model")


def test_runs_of_two_precisions_fit_one_process(folder, tmp_path):
    for precision in ("no", "bf16", "no"):
        run = train(folder, tmp_path / precision, replace(CONFIG, steps=1, precision=precision))
        assert run.accelerator.mixed_precision == precision


def test_a_run_with_weights_channels_last_goes_on_with_moments_likewise(folder, tmp_path):
    """As they do on a GPU, whose fused optimiser refuses moments that lie otherwise."""
    corpus = train(folder, tmp_path, replace(CONFIG, steps=1)).corpus
    layouts = []
    for steps in (2, 3):
        trainer = Trainer(corpus, tmp_path, replace(CONFIG, steps=steps))
        trainer._plain().to(memory_format=torch.channels_last)
        assert trainer.resume()
        trainer.run(lambda _: None, lambda: False)
        weights = list(trainer._plain().parameters())
        moments = [trainer.optimizer.state[weight]["exp_avg"] for weight in weights]
        layouts.append([m.stride() == w.stride() for m, w in zip(moments, weights, strict=True)])
    assert all(map(all, layouts))
    whole = train(folder, tmp_path / "whole", replace(CONFIG, steps=3))
    for name, value in whole.average.items():
        torch.testing.assert_close(trainer.average[name], value, atol=1e-4, rtol=1e-3)
