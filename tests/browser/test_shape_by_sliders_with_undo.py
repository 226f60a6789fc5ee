"""A sound designer shapes a sound by its sliders, hears every step, and takes steps back."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from .conftest import Ear

pytestmark = pytest.mark.browser


def state(page: Page, name: str) -> np.ndarray:
    """A latent of the page's state: "latent" or "base"."""
    return np.array(page.evaluate(f"Array.from(distill.state.{name})"), np.float32)


def vectors(page: Page, kind: str) -> np.ndarray:
    """The directions [direction, latent] of the model: "principal" or "named"."""
    return np.array(page.evaluate(f"distill.model.{kind}.map((it) => it.vector)"))


def turn_to(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def slider(page: Page, name: str) -> Locator:
    return page.get_by_role("tabpanel").get_by_role("slider", name=name, exact=True)


def value(it: Locator) -> float:
    return float(it.get_attribute("aria-valuenow"))


def nearest(page: Page) -> Locator:
    """The buttons of the list of nearest sounds."""
    return page.get_by_role("complementary", name="Nearest sounds").get_by_role("button")


def undo_depth(page: Page) -> int:
    """How often Undo can be pressed, found by pressing it."""
    button = page.get_by_role("region", name="Shape").get_by_role("button", name="Undo")
    presses = 0
    while button.is_enabled():
        button.click()
        presses += 1
    return presses


def test_keys_move_the_sound_along_a_component_and_undo_takes_it_back(page: Page, ear: Ear):
    turn_to(page, "Principal")
    base = state(page, "base")
    slider(page, "PC 1").focus()
    moved = ear.after(lambda: [page.keyboard.press("ArrowUp") for _ in range(8)])
    expected = base + 0.8 * vectors(page, "principal")[0]
    np.testing.assert_allclose(state(page, "latent"), expected, atol=1e-4)
    assert value(slider(page, "PC 1")) == pytest.approx(0.8, abs=1e-3)
    assert value(slider(page, "PC 2")) == pytest.approx(0, abs=1e-3)
    assert moved.shape == (48_000,)
    assert np.abs(moved).max() > 1e-3
    np.testing.assert_array_equal(moved, ear.samples("distill.state.sound.audio"))

    for _ in range(8):
        before = ear.after(lambda: page.keyboard.press("Control+z"))
    np.testing.assert_array_equal(state(page, "latent"), base)
    assert np.abs(before - moved).max() > 1e-3
    assert value(slider(page, "PC 1")) == 0

    again = ear.after(lambda: page.keyboard.press("Control+Shift+z"))
    assert np.abs(again - before).max() > 1e-4
    assert value(slider(page, "PC 1")) == pytest.approx(0.1, abs=1e-3)


def test_a_drag_sounds_on_the_way_and_is_one_step_back(page: Page, ear: Ear):
    turn_to(page, "Principal")
    track = slider(page, "PC 2").bounding_box()
    x, middle = track["x"] + track["width"] / 2, track["y"] + track["height"] / 2
    heard = ear.count

    def drag():
        page.mouse.move(x, middle)
        page.mouse.down()
        for step in range(1, 25):
            page.mouse.move(x, middle - step)
            page.wait_for_timeout(25)
        page.mouse.up()

    ear.after(drag)
    assert ear.count >= heard + 3
    reach = float(slider(page, "PC 2").get_attribute("aria-valuemax"))
    assert value(slider(page, "PC 2")) == pytest.approx(24 * 2 * reach / track["height"], abs=0.05)
    assert undo_depth(page) == 1
    ear.settle()
    np.testing.assert_array_equal(state(page, "latent"), state(page, "base"))


def test_type_double_click_wheel_lock_and_reset(page: Page, ear: Ear):
    turn_to(page, "Principal")
    third = slider(page, "PC 3")
    third.focus()

    def type_value():
        page.keyboard.press("Enter")
        page.keyboard.type("-1.25")
        page.keyboard.press("Enter")

    typed = ear.after(type_value)
    assert value(third) == pytest.approx(-1.25, abs=1e-3)
    assert third.evaluate("it => it === document.activeElement")

    page.keyboard.press("l")
    assert "locked" in third.get_attribute("aria-valuetext")
    shaken = ear.after(lambda: page.get_by_role("button", name="Randomise").click())
    assert np.abs(shaken - typed).max() > 1e-4
    assert value(third) == pytest.approx(-1.25, abs=1e-2)
    assert abs(value(slider(page, "PC 1"))) + abs(value(slider(page, "PC 2"))) > 0.01

    third.hover()
    ear.after(lambda: page.mouse.wheel(0, -120))
    assert value(third) == pytest.approx(-1.15, abs=1e-2)
    ear.after(lambda: third.dblclick(position={"x": 14, "y": 2}))
    assert value(third) == pytest.approx(0, abs=1e-3)

    ear.after(lambda: page.get_by_role("button", name="Reset all").click())
    np.testing.assert_array_equal(state(page, "latent"), state(page, "base"))


def test_the_three_pages_tell_of_one_sound(page: Page, ear: Ear):
    turn_to(page, "All 128")
    fifth = slider(page, "Dimension 5")
    fifth.focus()
    page.keyboard.press("ArrowLeft")
    assert slider(page, "Dimension 4").evaluate("it => it === document.activeElement")
    page.keyboard.press("ArrowRight")
    ear.after(lambda: page.keyboard.press("PageUp"))
    offset = state(page, "latent") - state(page, "base")
    scale = page.evaluate("distill.model.scale[4]")
    assert np.flatnonzero(offset).tolist() == [4]
    assert offset[4] == pytest.approx(0.5 * scale, rel=1e-4)

    for name, kind in (("Principal", "principal"), ("Character", "named")):
        directions = vectors(page, kind)
        if not len(directions):
            continue
        turn_to(page, name)
        shown = page.get_by_role("tabpanel").get_by_role("slider")
        values = [float(it.get_attribute("aria-valuenow")) for it in shown.all()]
        expected, *_ = np.linalg.lstsq(directions.T, offset, rcond=None)
        reach = [float(it.get_attribute("aria-valuemax")) for it in shown.all()]
        np.testing.assert_allclose(values, np.clip(expected, np.negative(reach), reach), atol=2e-3)


def test_another_sound_becomes_the_zero_of_the_sliders(page: Page, ear: Ear):
    turn_to(page, "Principal")
    slider(page, "PC 1").focus()
    ear.after(lambda: page.keyboard.press("PageUp"))
    ear.after(nearest(page).first.click)
    assert [value(it) for it in page.get_by_role("tabpanel").get_by_role("slider").all()] == [
        0
    ] * 16
    assert page.get_by_role("meter", name="Distance from real sounds").get_attribute(
        "aria-valuetext"
    )


def test_far_from_real_sounds_the_meter_says_so(page: Page, ear: Ear):
    meter = page.get_by_role("meter", name="Distance from real sounds")
    near = float(meter.get_attribute("aria-valuenow"))
    turn_to(page, "Principal")
    for name in ("PC 4", "PC 5", "PC 6", "PC 7"):
        slider(page, name).focus()
        ear.after(lambda: page.keyboard.press("End"))
    assert float(meter.get_attribute("aria-valuenow")) > near
