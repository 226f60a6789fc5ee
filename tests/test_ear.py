import pytest
import torch

from distill.ear import CRITICAL_BANDS
from distill.spectrogram import Spectrogram, SpectrogramConfig, listener

CONFIG = SpectrogramConfig()
RANGE_DB = CONFIG.range_db
EAR = listener(CONFIG)
SPECTROGRAM = Spectrogram(CONFIG)


def magnitude(sounds: torch.Tensor) -> torch.Tensor:
    return SPECTROGRAM(sounds)[:, 0]


def noise(seed: int) -> torch.Tensor:
    return 0.1 * torch.randn(1, 48_000, generator=torch.Generator().manual_seed(seed))


def sine(hertz: float) -> torch.Tensor:
    return 0.5 * torch.sin(2 * torch.pi * hertz * torch.arange(48_000) / 48_000)[None]


def test_low_bands_weigh_more_for_pitch():
    weight = EAR.pitch_weight
    assert weight.min() == pytest.approx(1)
    assert weight[3] > weight[20] > weight[120] - 0.1


def test_a_full_scale_sine_is_about_77_db_loud_and_silence_0():
    levels = EAR.levels(magnitude(torch.cat([2 * sine(1000), 0 * sine(1000)])), RANGE_DB)
    assert levels.shape[1] == CRITICAL_BANDS
    middle = levels[:, :, 10:-10].amax(dim=(1, 2))
    torch.testing.assert_close(middle, torch.tensor([77.0, 0.0]), atol=4.0, rtol=0)


def test_the_loudest_band_rises_with_frequency():
    tones = torch.cat([sine(hertz) for hertz in (100, 400, 1600, 6400)])
    loudest = EAR.levels(magnitude(tones), RANGE_DB).mean(dim=2).argmax(dim=1)
    assert (loudest.diff() > 3).all()


def test_a_sound_is_like_itself_and_silence_like_silence():
    sounds = magnitude(torch.cat([noise(0), sine(440), 0 * sine(440)]))
    likeness = EAR.similarity(sounds, sounds, RANGE_DB)
    torch.testing.assert_close(likeness, torch.ones(3), atol=1e-3, rtol=0)


def test_a_longer_look_hears_less_difference_between_two_draws_of_one_noise():
    one, other, tone = (magnitude(sound) for sound in (noise(0), noise(1), sine(440)))
    cells = (one - other).square().mean().sqrt() * RANGE_DB
    heard = (EAR.levels(one, RANGE_DB) - EAR.levels(other, RANGE_DB)).square().mean().sqrt()
    assert heard < 0.7 * cells
    assert EAR.similarity(one, other, RANGE_DB) > EAR.similarity(one, tone, RANGE_DB) + 0.1


def test_likeness_falls_with_every_step_away():
    target = magnitude(noise(0) * torch.linspace(1, 0.01, 48_000))
    away = torch.randn(target.shape, generator=torch.Generator().manual_seed(2))
    likeness = [
        float(EAR.similarity((target + share * away).clamp(min=0), target, RANGE_DB))
        for share in (0.0, 0.05, 0.1, 0.2)
    ]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] > likeness[-1] + 0.2


def test_a_level_that_is_off_everywhere_alike_costs_little_but_not_nothing():
    target = magnitude(noise(0))
    quieter = magnitude(0.5 * noise(0))
    assert 0.98 < EAR.similarity(quieter, target, RANGE_DB) < 0.9999


@pytest.mark.parametrize("frames", [1, 2, 7, 94])
def test_any_number_of_frames_will_do(frames):
    cells = torch.rand(2, 128, frames)
    assert torch.isfinite(EAR.similarity(cells, cells.flip(0), RANGE_DB)).all()


def test_its_slope_is_finite_in_silence():
    silence = torch.zeros(1, 128, 94, requires_grad=True)
    EAR.similarity(silence, magnitude(noise(0)), RANGE_DB).sum().backward()
    assert torch.isfinite(silence.grad).all()
