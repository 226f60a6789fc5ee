import math

import numpy as np
import pytest
import torch

from distill.metrics import level_error, log_spectral_distance
from distill.spectrogram import Spectrogram, SpectrogramConfig

RATE = 48_000
TONES_HZ = (60, 110, 220, 440, 1003.7, 2500, 6000, 10_000, 12_000, 13_500, 15_000)


@pytest.fixture(scope="module")
def spectrogram() -> Spectrogram:
    return Spectrogram().eval()


def tone(hertz: float, amplitude: float = 0.5) -> torch.Tensor:
    time = torch.arange(RATE, dtype=torch.float64) / RATE
    return (amplitude * torch.sin(2 * math.pi * hertz * time)).float()[None]


def strongest_hertz(audio: torch.Tensor) -> float:
    """Frequency of the largest spectral peak, by parabolic interpolation of its logarithm."""
    part = audio[0, 4000:44_000].numpy() * np.hanning(40_000)
    size = 1 << 20
    spectrum = np.abs(np.fft.rfft(part, size))
    peak = int(spectrum.argmax())
    left, mid, right = np.log(spectrum[peak - 1 : peak + 2])
    return (peak + 0.5 * (left - right) / (left - 2 * mid + right)) * RATE / size


def there_and_back(spectrogram: Spectrogram, audio: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return spectrogram.inverse(spectrogram(audio))


def test_a_second_has_two_channels_of_128_bands_and_94_frames(spectrogram):
    assert spectrogram(torch.zeros(3, RATE)).shape == (3, 2, 128, 94)


def test_silence_is_zero_and_comes_back_as_silence(spectrogram):
    channels = spectrogram(torch.zeros(1, RATE))
    assert channels.abs().max() < 1e-6
    assert spectrogram.inverse(channels).abs().max() == 0
    assert spectrogram.inverse(torch.zeros(1, 2, 128, 94)).abs().max() == 0


def test_a_full_scale_sine_has_magnitude_one(spectrogram):
    centre = spectrogram.centre_hz[100].item()
    magnitude = spectrogram(tone(centre, 1.0))[0, 0, :, 10:80]
    assert magnitude.max() == pytest.approx(1, abs=0.01)


def test_magnitude_falls_by_its_decibels(spectrogram):
    loud, quiet = (spectrogram(tone(1000, a))[0, 0].max().item() for a in (0.5, 0.05))
    assert loud - quiet == pytest.approx(20 / 80, abs=1e-3)


def test_a_gain_moves_loud_cells_by_its_decibels_and_no_frequency(spectrogram):
    audio = 0.1 * torch.randn(1, RATE, generator=torch.Generator().manual_seed(0))
    before, after = spectrogram(audio), spectrogram(audio * 10 ** (6 / 20))
    loud = before[:, 0] > 0.5
    assert loud.float().mean() > 0.3
    moved = (after - before)[:, 0][loud]
    torch.testing.assert_close(moved, torch.full_like(moved, 6 / 80), atol=1e-4, rtol=0)
    torch.testing.assert_close(after[:, 1][loud], before[:, 1][loud], atol=1e-3, rtol=0)


def test_the_frequency_channel_is_zero_where_nothing_sounds(spectrogram):
    audio = tone(1000)
    audio[:, RATE // 2 :] = 0
    magnitude, position = spectrogram(audio)[0]
    silent = magnitude < 10 * math.log10(2) / 80  # a band as weak as the floor adds 3 dB to it
    assert silent[:, 60:].all()
    assert position[silent].abs().max() == 0


@pytest.mark.parametrize("hertz", TONES_HZ)
def test_every_loud_band_names_the_tone_within_its_reach(spectrogram, hertz):
    magnitude, position = spectrogram(tone(hertz))[0, :, :, 4:90]
    named = spectrogram.centre_hz[:, None] + position * spectrogram.half_width_hz[:, None]
    sure = (magnitude > magnitude.max() - 0.25) & (position.abs() < 1)
    assert sure.any(dim=0).all()
    assert (named[sure] - hertz).abs().max() < 1


@pytest.mark.parametrize("hertz", TONES_HZ)
def test_the_frequency_channel_names_a_tone(spectrogram, hertz):
    magnitude, position = spectrogram(tone(hertz))[0, :, :, 40]
    band = int(magnitude.argmax())
    named = spectrogram.centre_hz[band] + position[band] * spectrogram.half_width_hz[band]
    assert named.item() == pytest.approx(hertz, abs=1)


@pytest.mark.parametrize("hertz", TONES_HZ)
def test_a_tone_keeps_pitch_and_level(spectrogram, hertz):
    before = tone(hertz)
    after = there_and_back(spectrogram, before)
    cents = 1200 * math.log2(strongest_hertz(after) / hertz)
    assert abs(cents) < (2 if hertz <= 6000 else 10)
    if hertz <= 6000:
        middle = slice(4000, 44_000)
        assert level_error(after[0, middle].numpy(), before[0, middle].numpy()) < 0.2


@pytest.mark.parametrize("start", [240, 4_801, 23_837, 24_059, 24_281, 47_000])
def test_a_click_stays_within_three_milliseconds(spectrogram, start):
    click = torch.zeros(1, RATE)
    click[0, start] = 0.9
    peak = int(there_and_back(spectrogram, click)[0].abs().argmax())
    assert abs(peak - start) <= 0.003 * RATE


def test_real_sounds_come_back(spectrogram, demo_sounds):
    clips = np.stack([sound.clips()[0] for sound in demo_sounds])
    after = there_and_back(spectrogram, torch.from_numpy(clips)).numpy()
    pairs = list(zip(after, clips, strict=True))
    assert np.mean([log_spectral_distance(a, b) for a, b in pairs]) <= 1.9
    levels = np.array([level_error(a, b) for a, b in pairs])
    assert levels.mean() <= 0.2
    assert np.quantile(levels, 0.9) <= 0.2
    assert levels.max() <= 1


def test_channels_stay_in_their_ranges(spectrogram):
    channels = spectrogram(torch.rand(2, RATE) * 2 - 1)
    assert channels[:, 0].min() >= 0
    assert channels[:, 1].abs().max() <= 1


def test_energy_and_magnitude_are_inverse(spectrogram):
    magnitude = torch.linspace(0, 1.2, 128).expand(1, 3, 128)
    again = spectrogram.energy_to_magnitude(spectrogram.magnitude_to_energy(magnitude))
    torch.testing.assert_close(again, magnitude, atol=1e-4, rtol=0)


def test_a_batch_gives_what_its_clips_give(spectrogram):
    audio = torch.cat([tone(300), tone(3000) * torch.rand(1, RATE)])
    together = there_and_back(spectrogram, audio)
    apart = torch.cat([there_and_back(spectrogram, one[None]) for one in audio])
    torch.testing.assert_close(together, apart, atol=1e-3, rtol=0)


def test_both_ways_are_differentiable(spectrogram):
    audio = (tone(440) + 0.01 * torch.randn(1, RATE)).requires_grad_()
    spectrogram.inverse(spectrogram(audio), iterations=2).square().sum().backward()
    assert torch.isfinite(audio.grad).all()
    assert audio.grad.abs().max() > 0


def test_more_iterations_bring_the_bands_closer(spectrogram):
    torch.manual_seed(0)
    channels = spectrogram(torch.randn(1, RATE) * 0.1)
    errors = [
        (spectrogram(spectrogram.inverse(channels, n))[:, 0] - channels[:, 0]).abs().mean()
        for n in (0, 8)
    ]
    assert errors[1] < 0.8 * errors[0]


def test_less_than_a_hop_is_refused(spectrogram):
    with pytest.raises(ValueError, match="fewer than a hop"):
        spectrogram(torch.zeros(1, 100))


def test_other_sizes_work():
    config = SpectrogramConfig(
        sample_rate=16_000, clip_samples=8000, fft_size=1024, hop=256, bands=64
    )
    other = Spectrogram(config)
    channels = other(torch.rand(1, 8000))
    assert channels.shape == (1, 2, 64, config.frames)
    assert other.inverse(channels).shape == (1, 8000)
