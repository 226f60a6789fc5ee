"""A journey through clips: its length, its ends, and no jumps on the way."""

import numpy as np
import pytest

from distill.sound import Sound
from distill.ui.journey import wav_body, wav_head, wav_size, wav_tail, weave


def test_one_clip_comes_back_untouched():
    clip = np.random.default_rng(0).normal(size=(1, 100)).astype(np.float32)
    np.testing.assert_array_equal(weave(clip, 10), clip[0])


@pytest.mark.parametrize("step", [7, 40, 100, 130])
def test_the_length_is_one_step_a_clip(step):
    clips = np.ones((5, 100), np.float32)
    assert weave(clips, step).shape == (5 * step,)


def test_equal_clips_give_the_clip_again_and_again():
    clip = np.random.default_rng(0).normal(size=100).astype(np.float32)
    woven = weave(np.stack([clip] * 25), 10)
    np.testing.assert_allclose(woven, np.resize(clip, 250), atol=1e-6)


def test_it_fades_from_each_clip_to_the_next():
    levels = np.array([0.0, 1.0, 3.0], np.float32)
    woven = weave(np.repeat(levels[:, None], 100, axis=1), 10)
    np.testing.assert_allclose(woven[[0, 10, 20]], levels)
    np.testing.assert_allclose(woven[5], 0.5)
    assert np.abs(np.diff(woven)).max() <= 0.2 + 1e-6


def test_clips_further_apart_than_they_last_stand_apart_in_silence():
    woven = weave(np.ones((2, 10), np.float32), 15)
    np.testing.assert_array_equal(woven, np.tile([1] * 10 + [0] * 5, 2))


def test_a_journey_in_parts_is_the_journey():
    clips = np.random.default_rng(0).normal(size=(5, 100)).astype(np.float32)
    parts = [weave(clips[:3], 30)[:60], weave(clips[2:5], 30, 60)[:60], weave(clips[4:], 30, 120)]
    np.testing.assert_array_equal(np.concatenate(parts), weave(clips, 30))


@pytest.mark.parametrize("samples", [1, 333, 48_000])
def test_a_file_in_parts_is_the_file(samples):
    audio = np.random.default_rng(0).uniform(-1.1, 1.1, samples).astype(np.float32)
    body = [wav_body(part, 48_000) for part in np.array_split(audio, min(3, samples))]
    file = b"".join([wav_head(samples, 48_000), *body, wav_tail(samples)])
    assert file == Sound(audio, 48_000, "whole").to_bytes()
    assert wav_size(samples) == len(file)
