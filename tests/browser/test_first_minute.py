"""A newcomer's first minute: drop a sound, see it, find it on the map, shape it, hear it change."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from distill.sound import Sound

from .conftest import TIMEOUT_MS, Ear

pytestmark = pytest.mark.browser


def pluck() -> Sound:
    """A decaying tone of five harmonics at 220 Hz, half a second long."""
    time = np.arange(24_000) / 48_000
    waves = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 6))
    return Sound((0.3 * waves * np.exp(-6 * time)).astype(np.float32), 48_000, "pluck")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    pluck().write(tmp_path / "my pluck.wav")
    return tmp_path / "my pluck.wav"


def drop(page: Page, file: Path) -> None:
    page.locator("input[type=file][multiple]").first.set_input_files(file)
    shelf = page.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_text("my pluck.wav").first).to_be_visible(timeout=TIMEOUT_MS)


def test_the_page_opens_on_a_sound_that_plays(page: Page, ear: Ear):
    heard = ear.after(lambda: page.get_by_role("button", name="Play", exact=True).click())
    assert heard.shape == (48_000,)
    assert np.abs(heard).max() > 0.01


def test_a_dropped_sound_is_mapped_seen_shaped_and_heard(page: Page, ear: Ear, file: Path):
    count = "async () => (await distill.api('live/map')).id.length"
    points = page.evaluate(count)
    drop(page, file)
    page.wait_for_function(
        "async known => (await distill.api('live/map')).id.length === known + 1",
        arg=points,
        polling=500,
    )

    shelf = page.get_by_role("list", name="Your sounds")
    heard = ear.after(shelf.get_by_text("my pluck.wav").first.click)
    assert heard.shape == (48_000,)
    spectrum = np.abs(np.fft.rfft(heard[:24_000]))
    assert abs(spectrum.argmax() * 2 - 220) < 12
    pictures = page.get_by_role("region", name="Spectrogram").get_by_role("img")
    for channel in ("Magnitude", "Instantaneous frequency"):
        expect(pictures.and_(page.get_by_label(re.compile(f"^{channel}"))).first).to_be_visible()

    slider = page.get_by_role("tabpanel").get_by_role("slider").first
    slider.focus()
    moved = ear.after(lambda: [page.keyboard.press("PageUp") for _ in range(3)])
    assert moved.shape == (48_000,)
    assert np.abs(moved).max() > 0.001
    assert np.abs(moved - heard).max() > 0.01
