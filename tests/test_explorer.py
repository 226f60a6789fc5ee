import io
import shutil

import numpy as np
import pytest
import torch

from distill.descriptors import describe
from distill.errors import CheckpointError, DeviceError, LatentError
from distill.explorer import FARTHEST, Explorer, assets_folder
from distill.metrics import level_error, log_spectral_distance
from distill.sound import Sound


@pytest.fixture(scope="module")
def bundled() -> Explorer:
    return Explorer.load(device="cpu")


def noise(seconds: float, name: str = "noise") -> Sound:
    samples = np.random.default_rng(0).normal(0, 0.1, int(48_000 * seconds))
    return Sound(samples.astype(np.float32), 48_000, name)


@pytest.fixture(scope="module")
def sounds() -> list[Sound]:
    """One clip, and three."""
    return [noise(0.4), noise(2.5)]


@pytest.fixture(scope="module")
def encoded(bundled, sounds) -> np.ndarray:
    return bundled.encode(sounds)


def test_the_bundled_model_keeps_its_promises(bundled, sounds, encoded):
    promised = {
        (4, 128): [encoded],
        (4, 48_000): [bundled.decode(encoded), bundled.resynthesize(sounds)],
        (4, 2, 128, 94): [bundled.analyze(sounds), bundled.decode_channels(encoded)],
    }
    for shape, results in promised.items():
        for result in results:
            assert (result.shape, result.dtype) == (shape, np.float32)
            assert np.isfinite(result).all()
    assert bundled.info.parameters == 17_276_034


def test_no_sounds_give_no_rows(bundled):
    assert bundled.encode([]).shape == (0, 128)
    assert bundled.decode(np.zeros((0, 128))).shape == (0, 48_000)
    assert bundled.analyze([]).shape == (0, 2, 128, 94)
    assert bundled.resynthesize([]).shape == (0, 48_000)


def test_an_untrained_model_keeps_the_same_promises(tiny_explorer, sounds):
    latents = tiny_explorer.encode(sounds)
    assert (latents.shape, latents.dtype) == ((4, 8), np.float32)
    assert tiny_explorer.decode(latents).shape == (4, 48_000)
    assert len(tiny_explorer.info.hash) == 12


def test_one_latent_decodes_like_a_row_of_many(tiny_explorer):
    latents = np.random.default_rng(0).normal(size=(18, 8))  # more than one batch
    together = tiny_explorer.decode_channels(latents)
    np.testing.assert_allclose(
        tiny_explorer.decode_channels(latents[17])[0], together[17], atol=1e-5
    )
    rendering = tiny_explorer.render(latents[:2])
    np.testing.assert_array_equal(rendering.channels, tiny_explorer.decode_channels(latents[:2]))
    np.testing.assert_array_equal(rendering.audio, tiny_explorer.invert(rendering.channels))


def test_a_sound_of_another_rate_is_analysed_at_the_models(bundled):
    time = np.arange(44_100) / 44_100
    slow = Sound((0.5 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32), 44_100, "tone")
    magnitude = bundled.analyze([slow])[0, 0, :, 40]
    centres = bundled.info.edges_hz[1:-1]
    assert centres[int(magnitude.argmax())] == pytest.approx(1000, rel=0.03)


def test_the_bundled_model_knows_the_bundled_sounds(bundled, demo_sounds):
    clips = np.stack([sound.clips()[0] for sound in demo_sounds[::9]])
    decoded = bundled.decode(bundled.encode_clips(clips, refined=True))
    pairs = list(zip(decoded, clips, strict=True))
    silence = np.mean([log_spectral_distance(np.zeros_like(b), b) for _, b in pairs])
    assert np.mean([log_spectral_distance(a, b) for a, b in pairs]) < 0.5 * silence
    assert np.mean([level_error(a, b) for a, b in pairs]) < 1.5


def test_silence_comes_back_as_silence(bundled):
    silent = Sound(np.zeros(48_000, np.float32), 48_000, "silence")
    assert np.abs(bundled.resynthesize([silent])).max() == 0


def test_encoding_repeats_itself(tiny_explorer):
    np.testing.assert_array_equal(
        tiny_explorer.encode([noise(1)]), tiny_explorer.encode([noise(1)])
    )


def test_a_second_of_a_long_sound_is_encoded_like_a_sound_of_its_own(bundled, sounds, encoded):
    second = Sound(sounds[1].samples[48_000:96_000], 48_000, "second")
    # Rounding grows with every step of the refinement: near in sound, not to the last digit.
    alone = bundled.decode_channels(bundled.encode([second]))[0, 0]
    before, same = bundled.decode_channels(encoded[1:3])[:, 0]
    assert np.abs(alone - same).mean() < 0.3 * np.abs(alone - before).mean()


@pytest.mark.parametrize(
    ("latents", "reason"),
    [
        (np.zeros((2, 64)), "128 numbers"),
        (np.zeros((1, 2, 128)), "128 numbers"),
        (np.full((1, 128), np.nan), "NaN or infinite"),
        (np.full((1, 128), 1e6), "as far out"),
        (np.full((1, 128), 1e39), "NaN or infinite"),
        ([[10**400] * 128], "array of numbers"),
        ("nonsense", "array of numbers"),
    ],
)
def test_a_wrong_latent_is_refused(bundled, latents, reason):
    with pytest.raises(LatentError, match=reason):
        bundled.decode(latents)


def test_a_refinement_that_strays_from_all_data_is_not_taken(tiny_explorer, monkeypatch):
    clips = np.random.default_rng(0).normal(0, 0.1, (1, 48_000)).astype(np.float32)
    monkeypatch.setattr("distill.explorer.refine", lambda *inputs: 1e4 + inputs[2])
    found = tiny_explorer.encode_clips(clips, refined=True)
    np.testing.assert_array_equal(found, tiny_explorer.encode_clips(clips))


def test_remoteness_grows_outwards(bundled):
    mean, scale = bundled.directions.mean, bundled.directions.scale
    steps = np.stack([mean + k * scale for k in (0, 1, 2, 4)])
    remoteness = bundled.remoteness(steps)
    assert remoteness[0] == pytest.approx(0, abs=1e-3)
    assert (np.diff(remoteness) > 0).all()
    assert remoteness[-1] < FARTHEST


def test_draws_are_sounds_that_were_not_there(bundled):
    drawn = bundled.draw(20, seed=3)
    assert (drawn.shape, drawn.dtype) == ((20, 128), np.float32)
    assert bundled.remoteness(drawn).max() < FARTHEST
    assert bundled.atlas.neighbours(drawn, 1)[1].min() > 0
    np.testing.assert_array_equal(drawn, bundled.draw(20, seed=3))


def test_draws_are_rarely_extreme(bundled):
    """Of the real sounds 12 % are extreme in at least one of the ten descriptors."""
    heard = describe(bundled.decode(bundled.draw(60, seed=1)), 48_000)
    extreme = np.zeros(60, bool)
    for name, values in bundled.library.labels.described.items():
        low, high = np.nanpercentile(values, (1, 99))
        extreme |= (heard[name] < low) | (heard[name] > high)
    assert extreme.mean() < 0.1


def test_what_is_asked_for_wins_over_the_environment(tiny_model, monkeypatch):
    monkeypatch.setenv("DISTILL_DEVICE", "abacus")
    assert Explorer.load(tiny_model, device="cpu").info.device == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_missing_is_named(tiny_model):
    with pytest.raises(DeviceError, match="no cuda"):
        Explorer.load(tiny_model, device="cuda")


def test_a_device_that_is_not_there_is_named(tiny_model, monkeypatch):
    monkeypatch.setenv("DISTILL_DEVICE", "abacus")
    with pytest.raises(DeviceError, match="abacus"):
        Explorer.load(tiny_model)
    monkeypatch.setenv("DISTILL_DEVICE", "cpu")
    assert Explorer.load(tiny_model).info.device == "cpu"


@pytest.mark.parametrize("name", ["cpu:x", "cpu:-1", "cpu:1", "cuda:", "cuda:99", "meta", "0", ":"])
def test_an_odd_device_is_one_sentence(tiny_model, monkeypatch, name):
    if name == "cuda:" and torch.cuda.is_available():
        pytest.skip("it is the first one")
    monkeypatch.setenv("DISTILL_DEVICE", name)
    with pytest.raises(DeviceError, match=rf"{name}.*\. (Use|Set) "):
        Explorer.load(tiny_model)


@pytest.mark.parametrize("name", [" CPU ", "cpu:0", "auto", ""])
def test_a_device_may_be_written_in_many_ways(tiny_model, monkeypatch, name):
    monkeypatch.setenv("DISTILL_DEVICE", name)
    assert Explorer.load(tiny_model).info.device in {"cpu", "cuda", "mps"}


def test_latents_may_lie_in_memory_that_cannot_be_written(tiny_explorer):
    latents = np.random.default_rng(0).normal(size=(2, 8))
    writable = tiny_explorer.decode(latents)
    for kind in (np.float32, np.float64, ">f4"):
        locked = latents.astype(kind)
        locked.setflags(write=False)
        np.testing.assert_array_equal(tiny_explorer.decode(locked), writable)


def whole_map(size: int) -> bytes:
    stream = io.BytesIO()
    rows = np.zeros((3, size), np.float16)
    np.savez(stream, latents=rows, places=np.zeros((3, 2), np.float32))
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"text", whole_map(8)[:-40], whole_map(8)[:100], whole_map(8)[:90] + bytes(400)),
        whole_map(8).replace(b"latents", b"strange"),
        b"\x93NUMPY\x01\x00",
        whole_map(9),
    ],
    ids=["empty", "text", "cut", "cut early", "overwritten", "other names", "array", "other size"],
)
def test_a_map_that_is_damaged_or_another_models_is_named(tiny_model, tmp_path, data):
    shutil.copytree(tiny_model, tmp_path / "model")
    (tmp_path / "model" / "atlas.npz").write_bytes(data)
    explorer = Explorer.load(tmp_path / "model", device="cpu")
    with pytest.raises(CheckpointError, match=r"atlas\.npz (is damaged|belongs to a model of 9)"):
        _ = explorer.atlas


def test_the_directions_of_another_model_are_named(tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "model")
    shutil.copy(assets_folder() / "model" / "directions.json", tmp_path / "model")
    with pytest.raises(CheckpointError, match=r"directions\.json belongs to a model of 128"):
        Explorer.load(tmp_path / "model", device="cpu").decode(np.zeros(8))


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere"):
        Explorer.load(tmp_path / "nowhere")


def test_the_map_and_the_directions_belong_to_the_model(bundled):
    assert len(bundled.atlas.latents) == len(bundled.library.labels.names) > 2000
    assert len(bundled.directions.principal) == 16
    assert len(bundled.directions.named) >= 6
