"""A journey through clips: its length, its ends, and no jumps on the way."""

import numpy as np
import pytest

from distill.ui.journey import weave


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
