"""A sound designer morphs between four sounds, changes the corners and saves a gesture."""

import io
import re
from collections.abc import Callable

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser


def pad(page: Page) -> Locator:
    return page.get_by_role("region", name="Morph")


def handle(page: Page) -> Locator:
    return pad(page).get_by_role("slider")


def corner(page: Page, place: str) -> Locator:
    """A corner of the pad, once it holds a sound."""
    chip = pad(page).get_by_role("button", name=f"{place} corner")
    expect(chip).not_to_have_text("Empty")
    return chip


def latent(page: Page) -> np.ndarray:
    return np.array(page.evaluate("Array.from(distill.state.latent)"), np.float32)


def latent_named(page: Page, name: str) -> np.ndarray:
    """The latent of a bundled sound of the map."""
    found = page.evaluate(
        """async (name) => {
          const table = await distill.loadMap();
          const row = table.name.findIndex((it, i) => it === name && table.kind[i] === 1);
          return Array.from(await distill.fetchLatent(table.id[row]));
        }""",
        name,
    )
    return np.array(found, np.float32)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], steps: int = 15) -> None:
    """Drag on the pad, in shares of its square."""
    box = pad(page).locator(".d-morph-square").bounding_box()
    points = np.linspace(start, end, steps + 1)
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
        page.wait_for_timeout(30)
    page.mouse.up()


def test_it_opens_with_four_sounds_of_different_families(page: Page):
    colors = [
        corner(page, place).locator("i").evaluate("it => getComputedStyle(it).backgroundColor")
        for place in ("Top left", "Top right", "Bottom left", "Bottom right")
    ]
    assert len(set(colors)) == 4


def test_the_corner_is_the_sound_itself_and_the_middle_is_between(page: Page, ear: Ear):
    name = corner(page, "Top right").inner_text()
    handle(page).focus()

    def go_to_corner():
        page.keyboard.press("End")
        page.keyboard.press("PageUp")

    at_corner = ear.after(go_to_corner)
    np.testing.assert_array_equal(latent(page), latent_named(page, name))
    assert handle(page).get_attribute("aria-valuetext").endswith(f"nearest to {name}")
    assert np.abs(at_corner).max() > 1e-3

    heard = ear.count
    between = ear.after(lambda: drag(page, (0.9, 0.3), (0.5, 0.5)))
    assert ear.count >= heard + 3, "the way must sound, not only its end"
    assert between.shape == (48_000,)
    assert np.abs(between - at_corner).max() > 1e-3
    np.testing.assert_array_equal(between, ear.samples("distill.state.sound.audio"))

    page.keyboard.press("Control+z")
    ear.settle()
    np.testing.assert_array_equal(latent(page), latent_named(page, name))


def test_arrows_step_across_the_pad(page: Page, ear: Ear):
    handle(page).focus()
    ear.after(lambda: page.keyboard.press("ArrowRight"))
    assert handle(page).get_attribute("aria-valuenow") == "55"
    ear.after(lambda: page.keyboard.press("Shift+ArrowDown"))
    assert "55 % from the left, 51 % from the top" in handle(page).get_attribute("aria-valuetext")


def test_the_selected_sound_goes_to_a_corner_and_back(page: Page):
    before = corner(page, "Bottom left").inner_text()
    near = page.get_by_role("complementary", name="Nearest sounds").get_by_role("button")
    expect(near).to_have_count(10)
    names = [name for name in near.all_inner_texts() if name != before]
    page.get_by_role("complementary", name="Nearest sounds").get_by_role(
        "button", name=names[0], exact=True
    ).first.click()
    page.wait_for_function("name => distill.state.name === name", arg=names[0])
    corner(page, "Bottom left").click()
    expect(corner(page, "Bottom left")).to_have_text(names[0])
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(corner(page, "Bottom left")).to_have_text(before)


def test_a_sound_is_dragged_from_the_map_to_a_corner(page: Page):
    row = page.get_by_role("complementary", name="Nearest sounds").get_by_role("button").nth(1)
    name = row.inner_text()
    row.drag_to(corner(page, "Top left"))
    expect(corner(page, "Top left")).to_have_text(name)


def test_a_link_carries_the_corners(page: Page, open_page: Callable[..., Page]):
    row = page.get_by_role("complementary", name="Nearest sounds").get_by_role("button").nth(2)
    name = row.inner_text()
    row.drag_to(corner(page, "Bottom right"))
    expect(corner(page, "Bottom right")).to_have_text(name)
    fragment = page.evaluate("new URL(distill.link()).hash")
    other = open_page(fragment)
    expect(corner(other, "Bottom right")).to_have_text(name)


def test_a_gesture_is_recorded_replayed_and_saved(page: Page, ear: Ear):
    record = pad(page).get_by_role("button", name="Record a gesture")
    record.click()
    drag(page, (0.2, 0.5), (0.8, 0.5))
    page.wait_for_timeout(200)
    record.click()
    ear.settle()
    seconds = float(re.match(r"[\d.]+", pad(page).get_by_role("timer").inner_text())[0])
    assert seconds > 0.5

    heard, end = ear.count, latent(page)
    ear.after(lambda: page.keyboard.press("Control+z"))
    replay = pad(page).get_by_role("button", name="Replay")
    replay.click()
    expect(replay).to_have_attribute("aria-pressed", "true")
    expect(replay).to_have_attribute("aria-pressed", "false")
    ear.settle()
    assert ear.count > heard + 1
    np.testing.assert_array_equal(latent(page), end)

    with page.expect_download() as download:
        pad(page).get_by_role("button", name="Save the gesture").click()
    assert re.fullmatch(r"morph_[\w-]+\.wav", download.value.suggested_filename)
    file = io.BytesIO(download.value.path().read_bytes())
    assert soundfile.info(file).subtype == "PCM_24"
    file.seek(0)
    audio, rate = soundfile.read(file)
    assert rate == 48_000
    assert len(audio) / rate == pytest.approx(seconds, abs=0.2)
    halves = np.array_split(audio, 2)
    assert all(np.abs(half).max() > 1e-3 for half in halves)


def test_a_sound_is_carried_from_the_map_to_a_corner(page: Page, ear: Ear):
    page.wait_for_selector('[data-state="ready"] .d-map-points canvas')
    page.get_by_role("combobox", name="Search sounds by name").fill("own_bowed_string_m060")
    ear.after(lambda: page.keyboard.press("Enter"))
    mark = page.locator(".d-map-selected").bounding_box()
    page.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    page.wait_for_timeout(250)  # a sound is taken up only where the pointer has rested
    carried = page.locator("[data-part=tip-name]").inner_text()
    square = pad(page).locator(".d-morph-square").bounding_box()
    page.mouse.down()
    for share in (0.3, 0.6, 0.8):
        page.mouse.move(
            square["x"] + share * square["width"], square["y"] + 0.75 * square["height"], steps=4
        )
    expect(page.locator(".d-carried")).to_have_text(carried)
    page.mouse.up()
    expect(corner(page, "Bottom right")).to_contain_text(carried)
    expect(page.locator(".d-carried")).to_have_count(0)
    drag(page, (0.5, 0.5), (1.0, 1.0))
    ear.settle()
    wanted = page.evaluate(
        """async (name) => {
          const { id, name: names } = await distill.loadMap();
          const of = names.flatMap((it, i) => (it === name ? [distill.fetchLatent(id[i])] : []));
          return (await Promise.all(of)).map((latent) => Array.from(latent));
        }""",
        carried,
    )
    assert min(np.abs(np.array(it) - latent(page)).max() for it in wanted) < 1e-4


def test_a_rendering_tells_how_far_it_is_and_can_be_stopped(page: Page, ear: Ear):
    record = pad(page).get_by_role("button", name="Record a gesture")
    record.click()
    page.wait_for_timeout(2_500)
    record.click()
    pad(page).get_by_role("button", name="Save the gesture").click()
    stop = pad(page).get_by_role("button", name="Stop rendering")
    expect(pad(page).get_by_role("timer")).to_contain_text("%")
    stop.click()
    expect(page.get_by_text("Rendering stopped")).to_be_visible()
    with page.expect_download() as download:
        pad(page).get_by_role("button", name="Save the gesture").click()
    audio, rate = soundfile.read(io.BytesIO(download.value.path().read_bytes()))
    assert len(audio) / rate == pytest.approx(2.5, abs=0.5)
