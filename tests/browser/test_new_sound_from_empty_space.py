"""A visitor makes sounds that no point of the map is: by clicks, paths and keys in empty places."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

CURRENT = ".d-map-current"


@pytest.fixture(autouse=True)
def map_is_drawn(page: Page) -> None:
    page.wait_for_selector('[data-state="ready"] .d-map-points canvas')


def stage(page: Page):
    return page.get_by_role("application", name="Sound map")


def told(page: Page):
    return page.locator("#d-map-told")


def empty_places(page: Page) -> list[tuple[float, float]]:
    """Pixels of the stage under which no point lies, left to right."""
    box = stage(page).bounding_box()
    found = []
    for across in np.linspace(0.2, 0.8, 13):
        for down in np.linspace(0.25, 0.75, 9):
            pixel = box["x"] + across * box["width"], box["y"] + down * box["height"]
            page.mouse.move(*pixel)
            if not page.locator(".d-map-on-point").count():
                found.append(pixel)
    assert len(found) > 3
    return found


@pytest.fixture
def empty(page: Page) -> list[tuple[float, float]]:
    page.get_by_role("button", name="Hear sounds under the pointer").click()
    return empty_places(page)


def name_of_current(page: Page) -> str | None:
    return page.evaluate("distill.state.selected")


def test_a_click_on_an_empty_place_makes_and_plays_a_new_sound(page, ear, empty):
    opening = np.array(page.evaluate("Array.from(distill.state.sound.audio)"), np.float32)
    heard = ear.after(lambda: page.mouse.click(*empty[0]))
    assert len(heard) == 48_000
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() > 0.005
    assert not np.array_equal(heard, opening)
    assert name_of_current(page) is None
    expect(told(page)).to_contain_text("New sound")


def test_the_map_shows_where_the_new_sound_came_from(page, ear, empty):
    ear.after(lambda: page.mouse.click(*empty[0]))
    box = page.locator(CURRENT).bounding_box()
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert centre == pytest.approx(empty[0], abs=2)
    expect(page.locator(".d-map-made")).to_be_visible()
    expect(page.locator(".d-map-thread")).to_have_count(6)


def test_another_place_sounds_different_and_the_same_place_the_same(page, ear, empty):
    first = ear.after(lambda: page.mouse.click(*empty[0]))
    other = ear.after(lambda: page.mouse.click(*empty[-1]))
    page.wait_for_timeout(500)
    again = ear.after(lambda: page.mouse.click(*empty[0]))
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(first, again)


def test_undo_brings_back_the_sound_before(page, ear, empty):
    before = np.array(page.evaluate("Array.from(distill.state.sound.audio)"), np.float32)
    name = name_of_current(page)
    ear.after(lambda: page.mouse.click(*empty[0]))
    restored = ear.after(lambda: page.keyboard.press("Control+z"))
    np.testing.assert_array_equal(restored, before)
    assert name_of_current(page) == name
    expect(page.locator(".d-map-selected")).to_be_visible()


def test_a_path_drawn_with_shift_plays_as_a_morph_and_is_one_step_back(page, ear, empty):
    before = page.evaluate("Array.from(distill.state.latent)")
    start, end = empty[0], empty[-1]
    played = ear.count
    page.keyboard.down("Shift")
    page.mouse.move(*start)
    page.mouse.down()
    latents = []
    for share in np.linspace(0, 1, 24):
        page.mouse.move(*(np.array(start) + share * (np.array(end) - np.array(start))))
        page.wait_for_timeout(40)
        latents.append(tuple(page.evaluate("Array.from(distill.state.latent.slice(0, 4))")))
    page.mouse.up()
    page.keyboard.up("Shift")
    page.wait_for_timeout(1_000)
    assert ear.count - played >= 5
    assert len(set(latents)) >= 5
    assert page.locator(".d-map-trail").get_attribute("points").count(",") >= 20
    there = page.evaluate("Array.from(distill.state.latent)")
    ear.after(lambda: page.keyboard.press("Control+z"))
    np.testing.assert_array_equal(page.evaluate("Array.from(distill.state.latent)"), before)
    ear.after(lambda: page.keyboard.press("Control+Shift+z"))
    np.testing.assert_array_equal(page.evaluate("Array.from(distill.state.latent)"), there)


def test_the_sound_at_the_end_of_a_path_is_the_one_of_that_place(page, ear, empty):
    page.get_by_role("button", name="Draw a path and hear it").click()
    page.mouse.move(*empty[0])
    page.mouse.down()
    page.mouse.move(*empty[-1], steps=6)
    page.mouse.up()
    page.wait_for_timeout(1_000)
    glided = ear.last()
    page.get_by_role("button", name="Move the map").click()
    clicked = ear.after(lambda: page.mouse.click(*empty[-1]))
    np.testing.assert_allclose(glided, clicked, atol=1e-4)


def test_shift_and_arrow_keys_glide_without_a_mouse(page, ear):
    stage(page).focus()
    start = ear.after(lambda: page.keyboard.press("Enter"))
    page.keyboard.down("Shift")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    page.keyboard.up("Shift")
    expect(told(page)).to_contain_text("New sound")
    page.wait_for_timeout(800)
    moved = ear.last()
    assert np.abs(moved).max() > 0.005
    assert not np.array_equal(moved, start)
    assert name_of_current(page) is None


def test_a_double_click_shows_the_whole_map_again(page, ear, empty):
    def place() -> str | None:
        return page.locator(".d-map-selected").get_attribute("transform")

    fitted = place()
    page.mouse.move(*empty[0])
    for _ in range(5):
        page.mouse.wheel(0, -120)
    assert place() != fitted
    ear.after(lambda: page.mouse.dblclick(*empty[-1]))
    ear.after(lambda: page.keyboard.press("Control+z"))
    expect(page.locator(".d-map-selected")).to_be_visible()
    assert place() == fitted


def test_chance_makes_a_new_sound_and_shows_where_it_stands(page, ear):
    before = page.locator(CURRENT).get_attribute("transform")
    button = page.get_by_role("button", name="A new sound by chance")
    heard = [ear.after(button.click) for _ in range(2)]
    assert all(np.abs(audio).max() > 0 for audio in heard)
    assert not np.array_equal(*heard)
    assert name_of_current(page) is None
    expect(told(page)).to_contain_text("New sound")
    assert page.locator(CURRENT).get_attribute("transform") != before
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Redo").first).to_be_enabled()
