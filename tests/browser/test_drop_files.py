"""A designer drops a folder with broken files in it: each is named and costs the others nothing."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from distill.sound import Sound

from .conftest import TIMEOUT_MS, Ear

pytestmark = pytest.mark.browser

TONES = {
    "low.wav": 110,
    "middle.flac": 440,
    "high.wav": 1760,
    "<b>bold.wav": 330,
    "a & b.wav": 55,
}
MARKUP = "<img src=x onerror=alert(1)>.wav"
BROKEN = {"notes.wav": b"these are no samples", MARKUP: b"", "half.flac": b"fLaC\0\0\0\x22"}


def tone(hertz: float) -> Sound:
    """A decaying sine, a quarter of a second long."""
    time = np.arange(12_000) / 48_000
    return Sound(
        (0.4 * np.sin(2 * np.pi * hertz * time) * np.exp(-8 * time)).astype(np.float32),
        48_000,
        "tone",
    )


@pytest.fixture
def folder(tmp_path: Path) -> list[Path]:
    """Five good files and three broken ones, in one order."""
    for name, hertz in TONES.items():
        tone(hertz).write(tmp_path / name)
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content)
    return sorted(tmp_path.iterdir())


@pytest.fixture
def shelf(page: Page, folder: list[Path]) -> Locator:
    """The list of the visitor's sounds, once every file has landed or been refused."""
    page.locator("input[type=file][multiple]").first.set_input_files(folder)
    rows = page.get_by_role("list", name="Your sounds").get_by_role("listitem")
    expect(rows).to_have_count(len(folder))
    expect(page.get_by_role("progressbar", name="Uploads")).to_be_hidden(timeout=TIMEOUT_MS)
    return rows


def mapped(page: Page) -> list[str]:
    """The names on the map, as the server lists them."""
    return page.evaluate("async () => (await distill.api('live/map')).name")


def test_each_broken_file_is_refused_by_name_and_the_others_land(page: Page, shelf: Locator):
    for name in BROKEN:
        row = shelf.filter(has_text=name)
        expect(row.get_by_role("alert")).to_contain_text(name)
        expect(row.get_by_role("button")).to_have_count(1)
    expect(shelf.get_by_role("alert")).to_have_count(len(BROKEN))
    expect(page.get_by_text("3 sounds could not be read").first).to_be_visible()
    names = mapped(page)
    for name in TONES:
        expect(shelf.get_by_role("button", name=name, exact=True)).to_be_visible()
        assert any(Path(name).stem in on_map for on_map in names)


def test_a_file_that_landed_among_broken_ones_is_heard(page: Page, ear: Ear, shelf: Locator):
    heard = ear.after(shelf.get_by_role("button", name="middle.flac", exact=True).click)
    assert heard.shape == (48_000,)
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(spectrum.argmax() - 440) < 15


def test_a_name_with_markup_is_text(page: Page, shelf: Locator):
    for name in (MARKUP, "<b>bold.wav"):
        expect(shelf.get_by_text(name, exact=name != MARKUP).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert shelf.locator("b").count() == 0
