"""Tuning: the sounds come closer, the rest of the space stays, and a run can be stopped."""

import time
from dataclasses import replace

import numpy as np
import pytest

from distill.checkpoint import load_checkpoint
from distill.errors import TrainingError
from distill.explorer import Explorer
from distill.tuning import Examples, Stand, TuningConfig, TuningRun, tune

CONFIG = TuningConfig(steps=40, batch=4, learning_rate=1e-2, rehearsal=0.0)


@pytest.fixture(scope="module")
def examples(tiny_explorer, demo_sounds) -> Examples:
    chosen = demo_sounds[:6]
    clips = np.concatenate([sound.clips()[:1] for sound in chosen])
    return Examples(
        names=[sound.name for sound in chosen],
        latents=tiny_explorer.encode_clips(clips),
        channels=tiny_explorer.analyze_clips(clips),
        rehearsed=np.random.default_rng(0).normal(size=(32, 8)).astype(np.float32),
    )


@pytest.fixture(scope="module")
def tuned(examples, tiny_model, tmp_path_factory):
    out = tmp_path_factory.mktemp("tuned") / "model"
    stands: list[Stand] = []
    return tune(examples, tiny_model, out, CONFIG, report=stands.append), out, stands


def error_db(explorer: Explorer, examples: Examples) -> float:
    made, wanted = explorer.decode_channels(examples.latents)[:, 0], examples.channels[:, 0]
    return float(np.abs(made - wanted)[wanted > 0.1].mean()) * 80


def test_the_sounds_come_closer_in_the_stored_model(tuned, examples, tiny_explorer):
    gain, out, _ = tuned
    assert gain.learnt.clips == 5
    assert gain.learnt.after_db < 0.9 * gain.learnt.before_db
    after = error_db(Explorer.load(out, device="cpu"), examples)
    assert after < 0.9 * error_db(tiny_explorer, examples)


def test_a_fifth_is_held_back_and_judged_apart(tuned, examples, tiny_explorer):
    gain, _, _ = tuned
    assert gain.held_back.clips == 1
    before = [
        error_db(tiny_explorer, replace(examples, latents=z[None], channels=c[None]))
        for z, c in zip(examples.latents, examples.channels, strict=True)
    ]
    assert min(abs(gain.held_back.before_db - error) for error in before) < 1e-2


def test_the_encoder_and_every_statistic_stay_to_the_bit(tuned, tiny_model):
    _, out, _ = tuned
    before = load_checkpoint(tiny_model).network.state_dict()
    after = load_checkpoint(out).network.state_dict()
    for name, value in before.items():
        stored = value.half().float() if value.is_floating_point() else value
        if name.startswith("encoder.") or "running" in name:
            assert np.array_equal(stored, after[name]), name
    assert not np.array_equal(before["decoder.expand.weight"], after["decoder.expand.weight"])


def test_rehearsal_keeps_the_rest_of_the_space(examples, tiny_model, tiny_explorer, tmp_path):
    before = tiny_explorer.decode_channels(examples.rehearsed)[:, 0]

    def moved(rehearsal: float) -> float:
        out = tmp_path / f"{rehearsal}"
        tune(examples, tiny_model, out, replace(CONFIG, rehearsal=rehearsal))
        after = Explorer.load(out, device="cpu").decode_channels(examples.rehearsed)[:, 0]
        return float(np.abs(after - before).mean())

    assert moved(1.0) < 0.5 * moved(0.0)


def test_a_run_says_where_it_is_and_how_long_it_takes(tuned):
    _, _, stands = tuned
    assert [stand.step for stand in stands] == list(range(1, CONFIG.steps + 1))
    assert stands[-1].seconds_left == 0
    assert Stand(0, 10, 0.0).seconds_left is None
    assert Stand(2, 10, 1.0).seconds_left == pytest.approx(4.0)


def test_fewer_than_five_sounds_are_judged_by_themselves_and_that_is_said(
    examples, tiny_model, tmp_path
):
    few = Examples(
        examples.names[:2], examples.latents[:2], examples.channels[:2], examples.rehearsed
    )
    gain = tune(few, tiny_model, tmp_path / "few", replace(CONFIG, steps=3))
    assert gain.held_back is None
    assert gain.learnt.clips == 2


def test_clips_of_one_sound_are_never_split(examples, tiny_model, tmp_path):
    doubled = Examples(
        [*examples.names, *examples.names],
        np.concatenate([examples.latents] * 2),
        np.concatenate([examples.channels] * 2),
        examples.rehearsed,
    )
    gain = tune(doubled, tiny_model, tmp_path / "doubled", replace(CONFIG, steps=1))
    assert gain.held_back.clips == 2


def test_nothing_to_learn_from_is_refused(examples, tiny_model, tmp_path):
    none = Examples([], examples.latents[:0], examples.channels[:0], examples.rehearsed)
    with pytest.raises(TrainingError, match="no sound to train on"):
        tune(none, tiny_model, tmp_path / "none")
    wrong = replace(examples, latents=np.zeros((6, 9), np.float32))
    with pytest.raises(TrainingError, match="another model"):
        tune(wrong, tiny_model, tmp_path / "wrong")


def test_a_cancelled_run_stops_and_writes_nothing(examples, tiny_model):
    run = TuningRun(examples, tiny_model, replace(CONFIG, steps=100_000))
    while run.stand.step < 2:
        time.sleep(0.01)
    assert run.state == "running"
    run.cancel()
    assert run.state == "cancelled"
    assert run.stand.step < 100_000
    assert not run.folder.exists()


def test_a_run_that_fails_says_why(examples, tmp_path):
    run = TuningRun(examples, tmp_path / "nowhere", CONFIG)
    while run.state == "running":
        time.sleep(0.01)
    assert run.state == "failed"
    assert "cannot be read" in run.problem
