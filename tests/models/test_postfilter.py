"""The postfilter: partials stand out more, noise is scattered, loudness and silence stay."""

import pytest
import torch

from distill.models.losses import frame_level
from distill.models.postfilter import Postfilter, PostfilterConfig

RANGE_DB = 80.0


def made(**settings):
    return Postfilter(128, 94, RANGE_DB, PostfilterConfig(**settings))


@pytest.fixture
def blurred():
    """A partial of 7 bands' width on a quiet ground, in three clips."""
    bands = torch.arange(128.0)
    line = 0.2 + 0.5 * torch.exp(-0.5 * ((bands - 60) / 2) ** 2)
    magnitude = line[None, :, None].expand(3, 128, 94)
    frequency = torch.linspace(-1, 1, 94).expand(3, 128, 94)
    return torch.stack([magnitude, frequency], dim=1)


@pytest.fixture
def tonal():
    return torch.ones(3, 128, 94)


@pytest.mark.parametrize("reach", [1, 2, 4])
def test_a_partial_stands_out_more_and_is_as_loud(blurred, tonal, reach):
    result = made(contrast=0.4, reach=reach)(blurred, tonal)
    peak, valley = result[:, 0, 60], result[:, 0, 55]
    assert (peak - valley > blurred[:, 0, 60] - blurred[:, 0, 55] + 0.01).all()
    levels = frame_level(result[:, 0], RANGE_DB), frame_level(blurred[:, 0], RANGE_DB)
    torch.testing.assert_close(*levels, atol=1e-5, rtol=0)


def test_noise_gains_no_contrast_and_a_partial_takes_its_neighbours_along(blurred, tonal):
    filtered = made(contrast=2.0, scatter=0.0)
    torch.testing.assert_close(filtered(blurred, 0 * tonal), blurred, atol=1e-5, rtol=0)
    one = torch.zeros(3, 128, 94)
    one[:, 64] = 1.0
    change = (filtered(blurred, one) - blurred)[:, 0, :, 0].abs()
    assert change[0, 63:66].min() > 5 * change[0, 67:].max()


def test_a_partial_keeps_its_frequency(blurred, tonal):
    result = made()(blurred, tonal)
    torch.testing.assert_close(result[:, 1], blurred[:, 1], atol=0, rtol=0)


def test_noise_is_scattered_evenly_and_in_range(blurred, tonal):
    calm = blurred * torch.tensor([1.0, 0.0])[None, :, None, None]
    frequency = made(scatter=0.5)(calm, 0 * tonal)[:, 1]
    assert frequency.abs().max() <= 0.5
    assert frequency.mean().abs() < 0.01
    assert frequency.std() == pytest.approx(0.5 / 3**0.5, rel=0.03)
    assert made(scatter=3.0)(blurred, 0 * tonal)[:, 1].abs().max() <= 1


def test_the_scatter_is_the_same_for_every_clip_and_every_time(blurred, tonal):
    first, again = made()(blurred, 0 * tonal), made()(blurred[:1], 0 * tonal[:1])
    torch.testing.assert_close(first[1], again[0], atol=0, rtol=0)


def test_nothing_added_changes_nothing(blurred, tonal):
    result = made(contrast=0.0, scatter=0.0)(blurred, 0 * tonal)
    torch.testing.assert_close(result, blurred, atol=1e-5, rtol=0)


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_silence_and_an_even_ground_keep_their_magnitude(level):
    flat = torch.full((2, 2, 128, 94), level)
    result = made()(flat, torch.zeros(2, 128, 94))
    torch.testing.assert_close(result[:, 0], flat[:, 0], atol=1e-5, rtol=0)


def test_magnitude_is_never_negative_and_always_finite():
    rough = torch.rand(4, 2, 128, 94, generator=torch.Generator().manual_seed(0)) * 1.5
    result = made(contrast=2.0, reach=3)(rough, torch.ones(4, 128, 94))
    assert torch.isfinite(result).all()
    assert (result[:, 0] >= 0).all()
