"""A visitor trains on two sounds of their own, hears the difference, goes back, takes it home."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from distill.descriptors import DESCRIPTORS
from distill.explorer import Explorer
from distill.sound import Sound

from .conftest import TIMEOUT_MS, Ear

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def small_model(tiny_model: Path, tiny_explorer: Explorer, tmp_path_factory) -> Path:
    """The tiny model with a map of three bundled sounds: it learns in seconds."""
    folder = tmp_path_factory.mktemp("small") / "model"
    shutil.copytree(tiny_model, folder)
    names = tiny_explorer.library.names[:3]
    latents = tiny_explorer.encode([tiny_explorer.library.load(name) for name in names])[:3]
    np.savez(
        folder / "atlas.npz",
        latents=latents,
        places=np.array([[-1, 0], [1, 0], [0, 1]], np.float32),
        names=np.array(names),
        families=np.array(["drum"]),
        family=np.zeros(3, np.int64),
        descriptors=np.array(list(DESCRIPTORS)),
        described=np.zeros((len(DESCRIPTORS), 3), np.float32),
    )
    return folder


@pytest.fixture(scope="module")
def address(serve, small_model: Path) -> str:
    """The page with the small model."""
    return serve(small_model).address


@pytest.fixture
def tones(tmp_path: Path) -> list[Path]:
    time = np.arange(48_000) / 48_000
    paths = [tmp_path / "low <b>tone.wav", tmp_path / "high tone.wav"]
    for path, pitch in zip(paths, (220, 880), strict=True):
        samples = (0.3 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
        Sound(samples, 48_000, path.name).write(path)
    return paths


def add(page: Page, ear: Ear, tones: list[Path]) -> None:
    page.locator("input[type=file][multiple]").first.set_input_files(tones)
    shelf = page.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_role("button", name="Remove")).to_have_count(2)
    ear.after(shelf.get_by_role("button", name="high tone.wav", exact=True).click)


def train(page: Page) -> None:
    page.get_by_role("button", name="Train on your sounds").click()
    dialog = page.get_by_role("dialog", name="Train on 2 sounds")
    expect(dialog).to_contain_text("you can go back with one click")
    dialog.get_by_role("button", name="Train").click()


def test_training_is_followed_heard_left_and_taken_home(page: Page, ear: Ear, tones, tmp_path):
    add(page, ear, tones)
    before = ear.samples("distill.state.sound.audio")
    train(page)
    strip = page.get_by_role("group", name="Training")
    expect(strip.get_by_role("progressbar", name="Training")).to_be_visible()
    trained = strip.get_by_role("button", name="Trained", exact=True)
    expect(trained).to_be_visible(timeout=TIMEOUT_MS)
    expect(strip).to_contain_text("dB")

    after = ear.after(trained.click)
    assert np.abs(after - before).max() > 1e-3
    expect(page.get_by_text("tuned on cpu")).to_be_visible()
    assert page.evaluate("distill.link()").count(page.evaluate("distill.model.hash")) == 1
    latent = np.array(page.evaluate("Array.from(distill.state.latent)"), np.float32)

    with page.expect_download() as saved:
        strip.get_by_role("button", name="Save the trained model").click()
    saved.value.save_as(tmp_path / "model.zip")
    zipfile.ZipFile(tmp_path / "model.zip").extractall(tmp_path / "model")
    at_home = Explorer.load(tmp_path / "model", device="cpu").decode(latent)[0]
    np.testing.assert_allclose(after, at_home, atol=2e-3 * np.abs(at_home).max())

    again = ear.after(strip.get_by_role("button", name="Before").click)
    np.testing.assert_array_equal(again, before)


def test_training_can_be_cancelled_at_once(page: Page, ear: Ear, tones):
    add(page, ear, tones)
    before = ear.samples("distill.state.sound.audio")
    train(page)
    strip = page.get_by_role("group", name="Training")
    strip.get_by_role("button", name="Cancel training").click()
    expect(strip).to_be_hidden()
    assert page.evaluate("async () => (await distill.api('live/tuning')).state") == "none"
    np.testing.assert_array_equal(
        ear.after(lambda: page.get_by_role("button", name="Play", exact=True).click()), before
    )


def test_without_a_recording_the_page_says_what_to_do(page: Page):
    page.get_by_role("button", name="Train on your sounds").click()
    expect(page.get_by_text("Add sounds of your own first")).to_be_visible()
