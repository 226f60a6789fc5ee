"""A visitor without a pointer reaches everything, sees where the keyboard is, and makes a sound."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser

PANELS = ("Sound map", "Spectrogram", "Player", "Shape", "Morph", "Your sounds")
MOST_STOPS = 140

FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const name = it.getAttribute("aria-label") || it.labels?.[0]?.textContent || it.textContent;
  const around = [it, it.nextElementSibling, ...it.children].filter(Boolean);
  const rings = around.map((at) => getComputedStyle(at));
  return {
    name: name.trim(),
    panel: it.closest("section")?.querySelector("h2")?.textContent.trim() ?? "",
    ring: rings.some((it) => it.outlineStyle !== "none" && parseFloat(it.outlineWidth) >= 1),
    marked: it.dataset.stop ?? "",
  };
}"""


def walk(page: Page) -> list[dict]:
    """Press Tab through the whole page once; what holds the focus at each stop."""
    stops = []
    for number in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or stop["marked"]:
            break
        page.evaluate("stop => { document.activeElement.dataset.stop = stop; }", str(number + 1))
        stops.append(stop)
    return stops


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element whose name starts so holds the focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop and stop["name"].startswith(name):
            return
    pytest.fail(f"Tab never reached {name!r}")


def test_tab_visits_every_panel_once_with_a_visible_ring(page: Page):
    stops = walk(page)
    assert 20 < len(stops) < MOST_STOPS, "Tab must come round, without a trap"
    visited = [stop["panel"] for stop in stops if stop["panel"] in PANELS]
    order = [panel for i, panel in enumerate(visited) if i == 0 or visited[i - 1] != panel]
    assert order == [panel for panel in PANELS if panel in order], "panels in reading order"
    assert set(order) == set(PANELS)
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert all(stop["name"] for stop in stops), stops


def test_a_sound_is_found_shaped_morphed_and_taken_back(page: Page, ear: Ear):
    page.keyboard.press("/")
    page.keyboard.type("ambi_choir")
    chosen = ear.after(lambda: [page.keyboard.press("ArrowDown"), page.keyboard.press("Enter")])
    assert page.evaluate("distill.state.name") == "ambi_choir"
    assert np.abs(chosen).max() > 1e-3

    tab_to(page, "Character")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Principal")).to_be_focused()
    tab_to(page, "PC 1")
    shaped = ear.after(lambda: page.keyboard.press("PageUp"))
    assert np.abs(shaped - chosen).max() > 1e-4

    tab_to(page, "Place between")
    morphed = ear.after(lambda: page.keyboard.press("ArrowLeft"))
    assert np.abs(morphed - shaped).max() > 1e-4

    back = ear.after(lambda: [page.keyboard.press("Control+z") for _ in range(2)])
    np.testing.assert_array_equal(back, chosen)


def test_space_plays_and_the_view_changes_by_arrows(page: Page, ear: Ear):
    page.evaluate("document.activeElement.blur()")
    heard = ear.after(lambda: page.keyboard.press("Space"))
    np.testing.assert_array_equal(heard, ear.samples("distill.state.sound.audio"))
    view = page.get_by_role("region", name="Spectrogram")
    tab_to(page, "Decoded")
    page.keyboard.press("ArrowRight")
    expect(view.get_by_role("radio", name="Difference")).to_be_checked()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(view.get_by_role("radio", name="Original")).to_be_checked()


def test_the_dense_page_is_one_stop(page: Page):
    tab_to(page, "Character")
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="All 128")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Dimension 1"
    page.keyboard.press("Tab")
    assert not page.evaluate(FOCUSED)["name"].startswith("Dimension")
