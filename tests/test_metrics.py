import math

import numpy as np
import pytest

from distill import metrics
from distill.errors import DistillError
from distill.metrics import (
    LOST_CENTS,
    level_error,
    log_spectral_distance,
    pitch_error,
    score,
    track_pitch,
    visqol,
)

RATE = 48_000
SILENCE = np.zeros(RATE, np.float32)


def note(hertz: float, gain: float = 0.3) -> np.ndarray:
    time = np.arange(RATE) / RATE
    partials = [np.sin(2 * np.pi * hertz * order * time) / order for order in (1, 2, 3, 4)]
    return (gain * np.sum(partials, axis=0)).astype(np.float32)


def noise(seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(RATE)).astype(np.float32)


@pytest.mark.parametrize("sound", [note(220), noise(), SILENCE], ids=["note", "noise", "silence"])
def test_a_sound_is_no_distance_from_itself(sound: np.ndarray) -> None:
    assert log_spectral_distance(sound, sound) == 0
    assert level_error(sound, sound) == 0


def test_six_decibels_of_gain_are_six_decibels() -> None:
    sound = noise()
    assert level_error(2 * sound, sound) == pytest.approx(6.0206, abs=1e-4)
    assert level_error(sound, 2 * sound) == pytest.approx(6.0206, abs=1e-4)
    # noise lies far above the floor in nearly every bin, so its distance is the gain too
    assert log_spectral_distance(2 * sound, sound) == pytest.approx(6.02, abs=0.05)


def test_the_distance_floor_is_eighty_decibels_under_the_reference() -> None:
    sound = noise()
    inaudible = (sound + 1e-6 * noise(1)).astype(np.float32)
    assert log_spectral_distance(inaudible, sound) < 0.01
    # every bin of silence is the floor: the mean level of noise over it is just under 80 dB
    assert 55 < log_spectral_distance(SILENCE, sound) < 80


def test_other_noise_is_nearer_than_silence_and_a_note() -> None:
    near = log_spectral_distance(noise(1), noise(0))
    assert 0 < near < log_spectral_distance(note(220), noise(0))
    assert near < log_spectral_distance(SILENCE, noise(0))


def test_a_silent_reference_still_has_a_distance() -> None:
    assert 100 < log_spectral_distance(noise(), SILENCE) < 400
    assert level_error(noise(), SILENCE) == pytest.approx(100, abs=0.1)


def test_silence_is_far_too_quiet() -> None:
    assert level_error(SILENCE, noise()) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("hertz", [55, 82.41, 220, 440, 1046.5, 1760])
def test_pitch_is_told_within_ten_cents(hertz: float) -> None:
    track = track_pitch(note(hertz), RATE)
    assert track.pitched
    cents = 1200 * np.log2(np.median(track.hertz[track.sure]) / hertz)
    assert abs(cents) <= 12


@pytest.mark.parametrize("cents", [0, 100, -100, 700, 1200])
def test_a_shifted_note_is_off_by_its_shift(cents: float) -> None:
    shifted = note(330 * 2 ** (cents / 1200))
    assert pitch_error(shifted, note(330), RATE) == pytest.approx(abs(cents), abs=21)


def test_a_detuned_note_is_wrong_and_a_louder_one_is_not() -> None:
    assert pitch_error(note(330 * 2 ** (80 / 1200)), note(330), RATE) > metrics.RIGHT_CENTS
    assert pitch_error(note(330, gain=0.05), note(330), RATE) == 0


def test_silence_has_lost_the_pitch() -> None:
    assert pitch_error(SILENCE, note(330), RATE) == LOST_CENTS


@pytest.mark.parametrize("sound", [noise(), SILENCE], ids=["noise", "silence"])
def test_no_pitch_to_compare_is_no_number(sound: np.ndarray) -> None:
    assert math.isnan(pitch_error(note(330), sound, RATE))


def test_a_short_note_has_too_few_frames() -> None:
    blip = note(440)
    blip[RATE // 50 :] = 0
    assert not track_pitch(blip, RATE).pitched


def test_visqol_knows_the_same_from_worse() -> None:
    pytest.importorskip("visqol")
    same, noisy = visqol(note(220), note(220)), visqol(note(220) + noise(), note(220))
    assert same == pytest.approx(4.73, abs=0.01)
    assert noisy < same - 0.5
    assert visqol(SILENCE, note(220)) == 1
    assert math.isnan(visqol(note(220), SILENCE))


def test_all_measures_at_once_agree_with_each_alone() -> None:
    pytest.importorskip("visqol")
    sharp = note(330 * 2 ** (80 / 1200), gain=0.15)
    scores = score(note(330), {"sharp": sharp, "silence": SILENCE}, RATE, with_visqol=True)
    sharper = scores["sharp"]
    assert sharper.lsd_db == log_spectral_distance(sharp, note(330))
    assert sharper.level_db == level_error(sharp, note(330))
    assert sharper.pitch_cents == pitch_error(sharp, note(330), RATE)
    # ViSQOL sums in an order that differs from call to call
    assert sharper.visqol == pytest.approx(visqol(sharp, note(330)), rel=1e-9)
    assert scores["silence"].pitch_cents == LOST_CENTS
    unpitched = score(noise(), {"same": noise()}, RATE, with_visqol=False)["same"]
    assert unpitched == metrics.Scores(lsd_db=0, level_db=0, pitch_cents=None, visqol=None)


def test_visqol_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "visqol", None)
    metrics._visqol_judge.cache_clear()
    with pytest.raises(DistillError, match=r"pip install \"distill\[evaluate\]\""):
        visqol(SILENCE, SILENCE)
    metrics._visqol_judge.cache_clear()
