"""The parts of the recipe that can be held without a corpus: names, slopes and ways."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import torch

from distill.checkpoint import load_checkpoint, save_checkpoint
from distill.corpus import CorpusConfig, Entry, held_back
from distill.descriptors import describe
from distill.directions import Direction
from distill.models.vae import ConvVAE, VAEConfig
from distill.spectrogram import Spectrogram, SpectrogramConfig

RECIPE = Path(__file__).parent.parent / "assets" / "recipe"
TIME = np.arange(48_000) / 48_000
SINE = 0.5 * np.sin(2 * np.pi * 440 * TIME)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(48_000)


def script(name: str) -> ModuleType:
    """A script of the recipe, which is no package."""
    sys.path.insert(0, str(RECIPE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(RECIPE))


def channels(sounds: list[np.ndarray]) -> torch.Tensor:
    return Spectrogram()(torch.from_numpy(np.stack(sounds).astype(np.float32)))


LADDERS = {
    "brightness": [0.5 * np.sin(2 * np.pi * hertz * TIME) for hertz in (300, 900, 5000)],
    "warmth": [low * SINE + np.sin(2 * np.pi * 3000 * TIME) / 2 for low in (0.1, 1, 3)],
    "presence": [SINE + gain * np.sin(2 * np.pi * 3000 * TIME) for gain in (0.01, 0.1, 1)],
    "richness": [SINE + gain * np.sin(2 * np.pi * 7000 * TIME) for gain in (0, 0.1, 0.4)],
    "swell": [SINE * np.exp(-TIME / 0.1), SINE, SINE * TIME**3],
    "length": [SINE * np.exp(-TIME / decay) for decay in (0.05, 0.2, 0.7)],
}


@pytest.mark.parametrize("name", LADDERS)
def test_a_likeness_rises_with_the_descriptor_it_stands_for(name: str) -> None:
    heard = describe(np.stack(LADDERS[name]), 48_000)[name]
    liked = script("slopes").Likenesses(SpectrogramConfig())(channels(LADDERS[name]))[name]
    assert (np.diff(heard) > 0).all()
    assert (liked.diff() > 0).all()


def test_noisiness_with_a_slope_is_the_descriptor() -> None:
    clips = [SINE, NOISE, SINE + NOISE, SINE * (TIME < 0.3)]
    audio = torch.from_numpy(np.stack(clips).astype(np.float32)).requires_grad_()
    octaves = script("slopes").Flatness()(audio)
    heard = describe(audio.detach().numpy(), 48_000)["noisiness"]
    np.testing.assert_allclose(2 ** octaves.detach().numpy(), heard, rtol=0.01, atol=2e-4)
    (slope,) = torch.autograd.grad(octaves.sum(), audio)
    assert torch.isfinite(slope).all()


def test_likenesses_have_slopes_everywhere_even_in_silence() -> None:
    likenesses = script("slopes").Likenesses(SpectrogramConfig())
    inputs = channels([SINE, NOISE, 0 * SINE, SINE * (TIME > 0.9)]).requires_grad_()
    for name, values in likenesses(inputs).items():
        (slope,) = torch.autograd.grad(values.sum(), inputs, retain_graph=True)
        assert torch.isfinite(values).all(), name
        assert torch.isfinite(slope).all(), name
        assert slope[0].abs().max() > 0, name


def test_points_that_share_a_title_are_numbered_from_the_darkest() -> None:
    titles = ["rain", "kick", "rain", "rain 2", "rain"]
    names = script("points").told_apart(titles, [3.0, 1.0, 2.0, 5.0, 4.0])
    assert names == ["rain 3", "kick", "rain 1", "rain 2", "rain 4"]


def test_a_title_tells_instrument_note_and_word() -> None:
    title = script("points").title
    row = {"instrument": "Ahh_Choir", "midi_pitch": "60", "params": ""}
    assert title(row) == "Ahh Choir C4"
    assert title(row | {"midi_pitch": "", "params": '{"text": "boom"}'}) == "Ahh Choir “boom”"
    assert title(row | {"midi_pitch": "", "params": '{"varispeed": -5}'}) == "Ahh Choir -5 st"


def test_a_way_is_exact_at_its_ends_and_keeps_its_distance_from_the_centre() -> None:
    rng = np.random.default_rng(0)
    start, end, centre = rng.standard_normal((3, 128)).astype(np.float32)
    latents = script("figures").way(start, 2 * end, 32, centre)
    np.testing.assert_allclose(latents[[0, -1]], [start, 2 * end], atol=1e-4)
    radii = np.linalg.norm(latents - centre, axis=1)
    np.testing.assert_allclose(np.diff(radii, 2), 0, atol=1e-3)


def test_a_stage_leads_to_weights_between_its_start_and_its_end(tmp_path: Path) -> None:
    small = VAEConfig(latent=8, widths=(4, 8, 8, 16, 16), bands=64, frames=33)
    began, ended = ConvVAE(small), ConvVAE(small)
    start, run, train = tmp_path / "start", tmp_path / "run", script("train")
    save_checkpoint(start, began, SpectrogramConfig(), {})
    save_checkpoint(run / "model", ended, SpectrogramConfig(), {"step": 9})
    assert train.result(run) == run / "model"
    train.blend(start, run, 0.25)
    between = load_checkpoint(train.result(run))
    assert between.provenance == {"step": 9, "share": 0.25}
    first, last = began.state_dict(), ended.state_dict()
    for name, weight in between.network.state_dict().items():
        if weight.is_floating_point():
            torch.testing.assert_close(weight, 0.75 * first[name] + 0.25 * last[name])


@pytest.mark.parametrize(("free", "chosen"), [(np.inf, 2), (2.0, 1), (0.0, 0)])
def test_a_direction_that_wavers_gives_way_to_the_surest_that_is_pure(free, chosen) -> None:
    """The looser, the less length wavers; further off than what is free brightness follows."""
    vectors = np.array([[1, 0, 0], [1, 0.5, 0], [1, 2, 0]], np.float32)
    tight, *looser = (Direction("length", "named", vector) for vector in vectors)
    starts = np.zeros((6, 3), np.float32)
    starts[:, 2] = np.linspace(0, 5, 6)

    def listen(latents: np.ndarray) -> dict[str, np.ndarray]:
        wavering = np.sin(latents[:, 0] + latents[:, 2])
        return {
            "length": wavering + latents[:, 1],
            "brightness": latents[:, 1] - np.clip(latents[:, 1], -free, free),
        }

    kept, _ = script("chart").surest(tight, looser, listen, starts)
    np.testing.assert_array_equal(kept.vector, vectors[chosen])


LOW_KINDS = [note.__name__ for note in script("basses").KINDS]


@pytest.mark.parametrize("kind", LOW_KINDS)
def test_a_low_note_of_every_kind_sounds_at_the_pitch_it_is_given(kind: str) -> None:
    basses, pitch = script("basses"), script("lowered").pitch
    heard = []
    for seed in range(6):
        scene = basses.Scene(np.random.default_rng(seed))
        heard.append(pitch(basses.unit_peak(getattr(basses, kind)(scene, np.full(48_000, 55.0)))))
    told = [hertz for hertz in heard if hertz is not None]
    assert len(told) >= 4  # some are too noisy or too uneven to have a pitch
    assert told == pytest.approx([55.0] * len(told), rel=0.012)


@pytest.mark.parametrize("hertz", [40.0, 97.0, 440.0, 1500.0])
def test_what_repeats_itself_has_a_pitch(hertz: float) -> None:
    saw = 2 * (hertz * TIME % 1) - 1
    assert script("lowered").pitch(saw) == pytest.approx(hertz, rel=0.07)


def test_noise_silence_and_a_click_have_none() -> None:
    click = np.zeros(48_000)
    click[:40] = 1
    for sound in (NOISE, np.zeros(48_000), click):
        assert script("lowered").pitch(sound) is None


def test_only_what_is_trained_on_and_has_a_pitch_is_lowered(tmp_path: Path) -> None:
    clips, lowered = script("clips"), script("lowered")
    writer = clips.ClipWriter(tmp_path, "notes")
    for number in range(8):  # eight groups: one of them is held back
        tone = np.sin(2 * np.pi * 110 * (TIME + number)) * (1 - 0.1 * number * TIME)
        writer.put(tone, clips.Label("pitched", "tone", "own", group=f"{number}"))
    writer.put(NOISE, clips.Label("pitched", "noise", "own", group="noise"))
    entries = [Entry(row.file, row.family, row.group) for row in writer.rows]
    kept_apart = held_back(entries, CorpusConfig())
    rows = lowered.add_lowered(tmp_path, writer.rows)
    assert {row.group for row in rows} == {f"lowered:{n}" for n in range(8)} - {
        f"lowered:{group}" for group in kept_apart
    }
    assert {(row.family, row.split) for row in rows} == {("low", "train")}
    for row in rows:
        told, (samples, _) = json.loads(row.params)["hertz"], soundfile.read(tmp_path / row.file)
        assert told < 80
        assert lowered.pitch(samples) == pytest.approx(told, rel=0.02)
