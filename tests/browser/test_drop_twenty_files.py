"""Twenty files in one drop, three of them broken: seventeen land, three are refused by name."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from distill.sound import Sound

from .conftest import TIMEOUT_MS, Ear

pytestmark = pytest.mark.browser

BROKEN = ["broken 1.wav", "<b>broken<i> 2.flac", "broken 3 🥁.mp3"]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    time = np.arange(4_800) / 48_000
    for number in range(17):
        tone = 0.2 * np.sin(2 * np.pi * (110 + 40 * number) * time)
        name = tmp_path / f"tone {number:02d}.wav"
        Sound(tone.astype(np.float32), 48_000, name.name).write(name)
    for name, data in zip(["1", "2", "3"], [b"", b"fLaC", b"ID3 no music"], strict=True):
        (tmp_path / name).write_bytes(data)
    return sorted(tmp_path.iterdir())


def drop(page: Page, files: list[Path]) -> None:
    """Drop files on the page; those named by a digit get the names of `BROKEN`."""
    transfer = page.evaluate_handle("new DataTransfer()")
    for path in files:
        name = BROKEN[int(path.name) - 1] if path.name.isdigit() else path.name
        page.evaluate(
            """([transfer, name, data]) =>
               transfer.items.add(new File([Uint8Array.from(data)], name))""",
            [transfer, name, list(path.read_bytes())],
        )
    page.dispatch_event("#d-map", "dragover", {"dataTransfer": transfer})
    page.dispatch_event("#d-map", "drop", {"dataTransfer": transfer})


def test_the_good_land_the_broken_are_named_and_a_removed_one_comes_back(
    page: Page, ear: Ear, files
):
    points = len(page.evaluate("async () => (await distill.loadMap()).id"))
    drop(page, files)
    shelf = page.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_role("listitem")).to_have_count(20)
    page.wait_for_function(
        "async wanted => (await distill.loadMap()).id.length === wanted",
        arg=points + 17,
        timeout=3 * TIMEOUT_MS,
        polling=500,
    )
    for name in BROKEN:
        row = shelf.get_by_role("listitem").filter(has_text=name)
        expect(row.get_by_role("alert")).to_contain_text(name)
    assert page.locator("#d-shelf b").count() == 0, "a name never becomes markup"

    heard = ear.after(lambda: shelf.get_by_role("button", name="tone 05.wav", exact=True).click())
    assert np.abs(heard).max() > 0.001

    page.get_by_role("button", name="Remove tone 05.wav").click()
    expect(shelf.get_by_text("tone 05.wav")).to_have_count(0)
    page.get_by_role("status").get_by_role("button", name="Undo", exact=True).click()
    expect(shelf.get_by_text("tone 05.wav")).to_be_visible()
