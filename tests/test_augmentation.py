from dataclasses import replace

import numpy as np
import torch

from distill.augmentation import (
    AugmentationConfig,
    _colours,
    _fades,
    _later,
    _mixed,
    _quieter,
    augment,
)
from distill.spectrogram import Spectrogram, SpectrogramConfig, mel_edges

ALONE = AugmentationConfig(quietest_db=0.0, latest_frames=0)
"""Nothing is varied until a test says what."""


def drawn(channels: torch.Tensor, config: AugmentationConfig, seed: int = 0) -> torch.Tensor:
    return augment(channels, config, 80.0, torch.Generator().manual_seed(seed))


def tones(*hertz: float) -> torch.Tensor:
    time = torch.arange(48_000) / 48_000
    return torch.stack([0.3 * torch.sin(2 * torch.pi * each * time) for each in hertz])


def test_a_gain_on_the_channels_is_a_gain_on_the_waveform():
    torch.manual_seed(0)
    spectrogram, audio = Spectrogram(), torch.randn(1, 48_000) * 0.1
    quieter = _quieter(spectrogram(audio), torch.tensor(-12.0), 80.0)
    expected = spectrogram(audio * 10 ** (-12 / 20))
    torch.testing.assert_close(quieter[:, 0], expected[:, 0], atol=1e-3, rtol=0)
    loud = expected[:, 0] > 0.2
    assert loud.float().mean() > 0.5
    torch.testing.assert_close(quieter[:, 1][loud], expected[:, 1][loud], atol=1e-3, rtol=0)


def test_what_falls_under_the_floor_loses_its_frequency():
    channels = torch.stack([torch.full((1, 128, 94), 0.1), torch.ones(1, 128, 94)], dim=1)
    quieter = _quieter(channels, torch.tensor(-18.0), 80.0)
    assert quieter[:, 0].max() < 0.02
    assert quieter[:, 1].abs().max() == 0


def test_half_the_examples_are_made_quieter_and_half_later():
    channels = torch.full((400, 2, 4, 94), 0.9)
    config = AugmentationConfig(quietest_db=-18.0, latest_frames=16)
    changed = drawn(channels, config)
    levels, onsets = changed[:, 0].amax(dim=(1, 2)), (changed[:, 0, 0] > 0.1).float().argmax(dim=1)
    assert 0.4 < (levels < 0.899).float().mean() < 0.6
    assert 0.35 < (onsets > 0).float().mean() < 0.6
    assert levels.min() > 0.9 - 18 / 80 - 1e-3
    assert onsets.max() <= 15
    again = drawn(channels, config)
    assert torch.equal(changed, again)


def test_a_delay_on_the_channels_is_a_delay_of_the_waveform():
    spectrogram = Spectrogram()
    audio = torch.randn(1, 48_000, generator=torch.Generator().manual_seed(0)) * 0.1
    later = _later(spectrogram(audio), torch.tensor([5]))
    delayed = torch.cat([torch.zeros(1, 5 * 512), audio], dim=1)[:, :48_000]
    inside = slice(8, 90)
    torch.testing.assert_close(
        later[..., inside], spectrogram(delayed)[..., inside], atol=2e-3, rtol=0
    )


def test_filters_and_fades_only_take_away_smoothly_and_from_half_the_examples():
    for curves, size in (
        (_colours(400, 128, torch.Generator().manual_seed(0)), 128),
        (_fades(400, 94, torch.Generator().manual_seed(0)), 94),
    ):
        assert curves.shape == (400, size)
        assert curves.min() >= 0
        assert curves.max() <= 1
        assert curves.diff(dim=1).abs().max() < 0.1
        bent = (curves != 0).any(dim=1)
        assert 150 < bent.sum() < 250
        assert (curves[bent].amin(dim=1) < 1e-6).all()  # something stays as loud as it was


def test_a_filter_on_the_channels_is_a_filter_on_the_waveform():
    config = replace(ALONE, colour_db=12.0)
    torch.manual_seed(0)
    audio = torch.randn(1, 48_000) * 0.1
    spectrogram = Spectrogram()
    seed = next(s for s in range(9) if _drawn_colour(s).max() > 0.5)
    wanted = drawn(spectrogram(audio), config, seed)
    gains = 10 ** (-12 * _drawn_colour(seed)[0] / 20)
    bands = mel_edges(SpectrogramConfig())[1:-1].numpy()
    bins = np.fft.rfftfreq(48_000, 1 / 48_000)
    filtered = np.fft.irfft(np.fft.rfft(audio[0].numpy()) * np.interp(bins, bands, gains.numpy()))
    got = spectrogram(torch.from_numpy(filtered.astype(np.float32))[None])
    torch.testing.assert_close(got[:, 0, 3:], wanted[:, 0, 3:], atol=0.02, rtol=0)


def _drawn_colour(seed):
    generator = torch.Generator().manual_seed(seed)
    torch.rand(4, 1, generator=generator)
    return _colours(1, 128, generator)


def test_where_nothing_is_asked_for_nothing_is_varied():
    channels = Spectrogram()(tones(440, 1000))
    torch.testing.assert_close(drawn(channels, ALONE), channels, atol=1e-4, rtol=0)


def test_a_reversal_of_the_channels_is_a_reversal_of_the_waveform():
    spectrogram = Spectrogram()
    time = torch.arange(48_000) / 48_000
    swept = torch.sin(2 * torch.pi * (300 * time + 400 * time**2)) * time
    # an odd number of samples, so that the middle frame of both is the same one
    audio = swept[None, : 93 * 512 + 1]
    wanted = spectrogram(audio.flip(1))
    got = drawn(spectrogram(audio), replace(ALONE, reversed_share=1.0))
    inside = slice(4, 90)
    torch.testing.assert_close(got[:, 0, :, inside], wanted[:, 0, :, inside], atol=5e-3, rtol=0)
    loud = wanted[:, 0] > 0.8
    off = (got - wanted)[:, 1][loud].abs()
    assert loud.sum() > 100
    assert off.median() < 0.03  # 0.24 where the IF stays with its frame


def test_two_sounds_on_the_channels_are_two_sounds_in_the_waveform():
    spectrogram, audio = Spectrogram(), tones(440, 3000)
    channels = spectrogram(audio)
    share = torch.tensor(0.2)
    mixed = _mixed(channels[:1], channels[1:], share, 80.0)
    wanted = spectrogram(audio[:1] * 0.8**0.5 + audio[1:] * 0.2**0.5)
    loud = wanted[:, 0] > 0.6
    inside = slice(4, 90)  # at the ends both splash over all bands, and interfere
    torch.testing.assert_close(
        mixed[:, 0][loud][inside], wanted[:, 0][loud][inside], atol=5e-3, rtol=0
    )
    torch.testing.assert_close(
        mixed[:, 1][loud][inside], wanted[:, 1][loud][inside], atol=2e-2, rtol=0
    )


def test_a_layer_shares_its_examples_energy_and_is_drawn_as_often_as_asked():
    channels = Spectrogram()(torch.cat([tones(*range(300, 700, 100)), torch.zeros(4, 48_000)]))
    channels = channels.repeat(50, 1, 1, 1)
    layered = drawn(channels, replace(ALONE, layered_share=0.5))
    assert layered[:, 0].max() <= channels[:, 0].max() + 1e-4
    silent = channels[:, 0].amax(dim=(1, 2)) < 0.01
    sounding = (layered[silent, 0].amax(dim=(1, 2)) > 0.3).float().mean()
    assert 0.15 < sounding < 0.35  # half are layered, and half of those with a tone
    assert torch.equal(layered, drawn(channels, replace(ALONE, layered_share=0.5)))
