"""Descriptors of synthetic sounds whose values are known."""

import numpy as np
import pytest

from distill.descriptors import DESCRIPTORS, LOUDNESS_FLOOR, describe

RATE = 48_000
TIME = np.arange(RATE) / RATE


def one(sound: np.ndarray) -> dict[str, float]:
    """Descriptors of a single sound."""
    described = describe(sound[None].astype(np.float32), RATE)
    return {name: float(values[0]) for name, values in described.items()}


def sine(hertz: float) -> np.ndarray:
    """A sine that starts within 10 ms: at once would be a click, which is broad."""
    return 0.5 * np.sin(2 * np.pi * hertz * TIME) * np.minimum(TIME / 0.01, 1)


def sawtooth(hertz: float) -> np.ndarray:
    partials = np.arange(1, int(20_000 / hertz) + 1)
    phases = 2 * np.pi * hertz * TIME[:, None] * partials + partials**2
    return 0.2 * (np.sin(phases) / partials).sum(axis=1)


def noise(seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(RATE)


@pytest.mark.parametrize("hertz", [110, 440, 1000, 4000, 12_000])
def test_a_sine_is_as_bright_as_its_frequency_pure_and_narrow(hertz: float) -> None:
    heard = one(sine(hertz))
    assert heard["brightness"] == pytest.approx(hertz, rel=0.04)
    assert heard["noisiness"] < 0.03
    assert heard["richness"] < 0.4
    assert heard["length"] == pytest.approx(1, abs=0.03)


def test_white_noise_is_noise_and_its_centre_is_the_middle() -> None:
    heard = one(noise())
    assert heard["noisiness"] > 0.95
    assert heard["brightness"] == pytest.approx(12_000, rel=0.02)
    assert np.isnan(heard["pitch"])


def test_coloured_noise_is_as_noisy_as_white() -> None:
    dark = np.convolve(noise(), np.ones(50) / 50, "same")
    assert one(dark)["noisiness"] > 0.9
    assert one(dark)["brightness"] < one(noise())["brightness"] / 2


def test_noise_over_a_tone_counts_by_its_energy() -> None:
    shares = [one(sine(440) + gain * noise())["noisiness"] for gain in (0, 0.3, 1, 3, 30)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[-1] > 0.9


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.1, 0.2])
def test_length_is_the_time_constant_of_a_decay(seconds: float) -> None:
    heard = one(noise() * np.exp(-TIME / seconds))
    assert heard["length"] == pytest.approx(seconds, abs=0.012)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.8])
def test_length_is_the_duration_of_a_steady_sound(seconds: float) -> None:
    assert one(sine(440) * (seconds > TIME))["length"] == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("milliseconds", [20, 100, 500])
def test_attack_is_the_length_of_a_ramp(milliseconds: float) -> None:
    ramp = np.minimum(TIME * 1000 / milliseconds, 1)
    assert one(sine(440) * ramp)["attack"] == pytest.approx(milliseconds, rel=0.05, abs=5)
    late = np.roll(sine(440) * ramp, RATE // 3) * (TIME > 1 / 3)
    assert one(late)["attack"] == pytest.approx(milliseconds, rel=0.05, abs=5)


def test_swell_is_when_the_energy_comes() -> None:
    assert one(sine(440) * (TIME < 0.6))["swell"] == pytest.approx(300, abs=15)
    assert one(noise() * np.exp(-TIME / 0.1))["swell"] == pytest.approx(50, abs=10)
    assert one(noise() * np.exp((TIME - 1) / 0.1))["swell"] == pytest.approx(950, abs=10)
    pulses = sine(440) * ((TIME % 0.5) < 0.1)
    assert one(pulses)["swell"] == pytest.approx(300, abs=15)


@pytest.mark.parametrize("hertz", [55, 82.41, 110, 261.63, 440, 1000, 2093, 3000, 4000])
@pytest.mark.parametrize("wave", [sine, sawtooth])
def test_pitch_is_within_20_cents(wave, hertz: float) -> None:
    note = 69 + 12 * np.log2(hertz / 440)
    assert one(wave(hertz))["pitch"] == pytest.approx(note, abs=0.2)
    assert one(wave(hertz) * np.exp(-TIME / 0.2))["pitch"] == pytest.approx(note, abs=0.2)


def test_a_missing_fundamental_is_still_the_pitch() -> None:
    assert one(sine(440) + sine(660) + sine(880))["pitch"] == pytest.approx(57, abs=0.2)


def test_warmth_is_the_balance_about_500_hz() -> None:
    assert one(sine(200) + sine(2000))["warmth"] == pytest.approx(0, abs=0.2)
    assert one(sine(200) + 0.1 * sine(2000))["warmth"] == pytest.approx(20, abs=0.2)
    assert one(0.1 * sine(200) + sine(2000))["warmth"] == pytest.approx(-20, abs=0.2)


def test_presence_is_the_balance_of_2_to_5_khz() -> None:
    assert one(sine(3000) + sine(300))["presence"] == pytest.approx(0, abs=0.2)
    assert one(sine(3000) + 0.1 * sine(8000))["presence"] == pytest.approx(20, abs=0.2)
    assert one(0.1 * sine(3000) + sine(8000))["presence"] == pytest.approx(-20, abs=0.2)


def test_richness_is_the_spread_in_octaves() -> None:
    assert one(sine(500) + sine(2000))["richness"] == pytest.approx(1, abs=0.05)
    assert one(sine(250) + sine(4000))["richness"] == pytest.approx(2, abs=0.05)


def test_loudness_is_the_level_of_the_loudest_moment() -> None:
    assert one(2 * sine(440))["loudness"] == pytest.approx(-3.01, abs=0.05)
    assert one(2 * sine(440) * (TIME < 0.2))["loudness"] == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("gain", [0.01, 3.0])
def test_only_loudness_hears_gain(gain: float) -> None:
    sound = sawtooth(220) * np.exp(-TIME / 0.3) + 0.1 * noise()
    plain, scaled = one(sound), one(gain * sound)
    assert scaled.pop("loudness") - plain.pop("loudness") == pytest.approx(20 * np.log10(gain))
    assert scaled == pytest.approx(plain, rel=1e-3)


def test_silence_is_at_the_floor_and_has_nothing_else() -> None:
    heard = one(np.zeros(RATE))
    assert heard.pop("loudness") == LOUDNESS_FLOOR
    assert all(np.isnan(value) for value in heard.values())


@pytest.mark.parametrize("samples", [1, 100, 3000, 48_001])
def test_odd_lengths_and_clicks_are_described(samples: int) -> None:
    click = np.zeros((2, samples), np.float32)
    click[0, 0] = 1
    described = describe(click, RATE)
    assert list(described) == list(DESCRIPTORS)
    assert all(values.shape == (2,) for values in described.values())
    assert described["length"][0] < 0.03


def test_a_clip_is_described_alike_alone_and_in_a_crowd() -> None:
    crowd = np.stack([sawtooth(100 + 10 * step) for step in range(40)]).astype(np.float32)
    crowd[7] = 0
    together = describe(crowd, RATE)
    for index in (0, 7, 39):
        alone = one(crowd[index])
        for name, values in together.items():
            assert values[index] == pytest.approx(alone[name], nan_ok=True)


def test_no_clips_have_no_values() -> None:
    described = describe(np.zeros((0, RATE), np.float32), RATE)
    assert list(described) == list(DESCRIPTORS)
    assert all(values.shape == (0,) for values in described.values())


def test_heard_is_in_octaves_where_ratios_are_heard() -> None:
    brightness, warmth = DESCRIPTORS["brightness"], DESCRIPTORS["warmth"]
    assert np.diff(brightness.heard(np.array([220.0, 440.0]))) == pytest.approx(1)
    assert np.diff(warmth.heard(np.array([-6.0, 6.0]))) == pytest.approx(12)
