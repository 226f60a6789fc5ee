"""A sound designer looks at a sound: levels, frequencies, the original and the difference."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser

PICTURE = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return [...new Uint32Array(data.buffer)].filter((_, i) => i % 5 === 0);
}"""


def view(page: Page) -> Locator:
    return page.get_by_role("region", name="Spectrogram")


def picture(page: Page, name: str) -> np.ndarray:
    """Every fifth pixel of a canvas: "Magnitude" or "Instantaneous frequency"."""
    return np.array(canvas(page, name).evaluate(PICTURE))


def canvas(page: Page, name: str) -> Locator:
    return view(page).get_by_role("img", name=re.compile(f"^{name} ?(over|:)"))


@pytest.fixture
def looking(page: Page, ear: Ear) -> Page:
    """The page once its spectrogram is drawn and put into words."""
    ear.settle()
    expect(view(page).get_by_role("img", name=re.compile("loudest at"))).to_have_count(2)
    return page


def choose(page: Page, name: str) -> None:
    view(page).get_by_role("radio", name=name).check(force=True)
    page.wait_for_timeout(100)


def test_original_decoded_and_difference_differ(looking: Page):
    decoded = picture(looking, "Magnitude")
    choose(looking, "Original")
    original = picture(looking, "Magnitude")
    choose(looking, "Difference")
    difference = picture(looking, "Magnitude")
    assert len(np.unique(decoded)) > 50
    assert (decoded != original).mean() > 0.02
    assert (difference != original).mean() > 0.2
    expect(view(looking).get_by_text("+24 dB")).to_be_visible()


def test_the_pointer_reads_the_cell_under_it(looking: Page):
    box = canvas(looking, "Magnitude").bounding_box()
    peak = looking.evaluate(
        """() => {
          const { bands, frames } = distill.model;
          const levels = distill.state.sound.channels.subarray(0, bands * frames);
          const at = levels.indexOf(Math.max(...levels));
          return { band: Math.floor(at / frames), frame: at % frames, level: levels[at] };
        }"""
    )
    left, foot = 30, 18
    seconds = peak["frame"] * 512 / 48_000
    x = box["x"] + left + seconds * (box["width"] - left - 1) + 0.5
    y = box["y"] + 1 + (box["height"] - foot - 1) * (1 - (peak["band"] + 0.5) / 128)
    looking.mouse.move(x, y)
    readout = view(looking).locator(".d-spectrum-readout").inner_text()
    assert f"{seconds:.2f} s" in readout
    decibels = (peak["level"] - 1) * 80
    assert f"{abs(decibels):.1f} dB" in readout
    assert "cents" in readout
    looking.mouse.move(5, 5)
    expect(view(looking).get_by_text("Point at a picture")).to_be_visible()


def test_keys_read_single_cells(looking: Page):
    canvas(looking, "Magnitude").focus()
    looking.keyboard.press("ArrowUp")
    first = view(looking).locator(".d-spectrum-readout").inner_text()
    looking.keyboard.press("Shift+ArrowUp")
    second = view(looking).locator(".d-spectrum-readout").inner_text()
    bands = [
        float(re.search(r"band ([\d,]+) Hz", it)[1].replace(",", "")) for it in (first, second)
    ]
    assert bands[1] > bands[0]


def test_it_follows_a_drag_while_the_sound_changes(looking: Page):
    track = looking.get_by_role("region", name="Shape").get_by_role("slider").first.bounding_box()
    before = picture(looking, "Magnitude")
    looking.mouse.move(track["x"] + track["width"] / 2, track["y"] + track["height"] / 2)
    looking.mouse.down()
    looking.mouse.move(track["x"] + track["width"] / 2, track["y"] + 2, steps=4)
    looking.wait_for_timeout(1500)
    during = picture(looking, "Magnitude")
    looking.mouse.up()
    assert (during != before).mean() > 0.05


def test_the_playhead_moves_with_the_sound(looking: Page):
    playhead = view(looking).locator(".d-spectrum-playhead").first
    expect(playhead).to_be_hidden()
    looking.keyboard.press("Space")
    expect(playhead).to_be_visible()
    early = playhead.bounding_box()["x"]
    looking.wait_for_function(
        "x => document.querySelector('.d-spectrum-playhead').getBoundingClientRect().x > x + 20",
        arg=early,
    )
    expect(playhead).to_be_hidden()


def test_a_made_sound_has_no_original_to_show(looking: Page, ear: Ear):
    choose(looking, "Original")
    ear.after(lambda: looking.evaluate("distill.makeAt(0.123, 0.456, {commit: true})"))
    expect(view(looking).get_by_role("radio", name="Original")).to_be_disabled()
    expect(view(looking).get_by_role("radio", name="Decoded")).to_be_checked()


def test_frequency_is_grey_where_there_is_nothing_to_hear(looking: Page):
    looking.evaluate(
        """() => {
          const channels = new Float32Array(2 * 128 * 94);
          distill.state.sound = { ...distill.state.sound, channels };
          distill.emit("sound", distill.state.sound);
        }"""
    )
    expect(view(looking).get_by_role("img", name=re.compile("Silence"))).to_have_count(2)
    ground = canvas(looking, "Instantaneous frequency").evaluate(
        """(canvas) => {
          const [x, y] = [canvas.width / 2, canvas.height / 2];
          return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
        }"""
    )
    token = looking.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--d-raised').trim()"
    )
    assert ground[:3] == [int(token[i : i + 2], 16) for i in (1, 3, 5)]
