"""A visitor explores the map by ear: rests on points, clicks them, searches, filters, lassoes."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from distill.sound import Sound

pytestmark = pytest.mark.browser

SOUNDS = Path(__file__).parents[2] / "assets" / "sounds"
MARK = ".d-map-selected"


@pytest.fixture(autouse=True)
def map_is_drawn(page: Page) -> None:
    expect(stage(page)).to_be_visible()
    page.wait_for_selector('[data-state="ready"] .d-map-points canvas')


def stage(page: Page):
    return page.get_by_role("application", name="Sound map")


def told(page: Page):
    return page.locator("#d-map-told")


def choose(page: Page, name: str) -> None:
    """Select a sound by its name, as the search box does."""
    page.get_by_role("combobox", name="Search sounds by name").fill(name)
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text(name)


def pixel_of(page: Page, name: str) -> tuple[float, float]:
    """Where on the screen a sound stands."""
    choose(page, name)
    box = page.locator(MARK).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


PLACE = """async () => {
  const { id, data } = await distill.loadMap();
  const row = id.indexOf(distill.state.selected);
  return { x: data[row], y: data[row + id.length] };
}"""

LONELIEST = """async (furtherStrangers) => {
  const { id, name, kind, families, family, data } = await distill.loadMap();
  const apart = (i, j) => Math.hypot(data[i] - data[j], data[i + id.length] - data[j + id.length]);
  const bundled = id.map((_, i) => i).filter((i) => kind[i] === 1);
  const felt = (i, j) => apart(i, j) / (family[i] === family[j] ? 1 : furtherStrangers);
  const room = (i) => Math.min(...id.map((_, j) => (i === j ? Infinity : felt(i, j))));
  const [first] = bundled.sort((i, j) => room(j) - room(i));
  return { name: name[first], family: families[family[first]] };
}"""


MIDDLE = """async () => {
  const { id, name, kind, data } = await distill.loadMap();
  const bundled = id.map((_, i) => i).filter((i) => kind[i] === 1);
  const off = (i) => Math.hypot(data[i], data[i + id.length]);
  return name[bundled.sort((i, j) => off(i) - off(j))[0]];
}"""


@pytest.fixture
def lonely(page: Page) -> dict[str, str]:
    """The bundled sound with the most room around it: a pointer can mean no other."""
    return page.evaluate(LONELIEST, arg=1)


def recording(name: str) -> np.ndarray:
    return Sound.read(SOUNDS / f"{name}.flac").clips()[0]


def nowhere(page: Page) -> tuple[float, float]:
    """A pixel of the page that no point of the map is under."""
    box = stage(page).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] - 20


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-12))


def test_resting_on_a_point_plays_its_recording_and_changes_nothing(page, ear, lonely):
    x, y = pixel_of(page, lonely["name"])
    choose(page, "bass_hard_c")
    page.mouse.move(*nowhere(page))
    heard = ear.after(lambda: page.mouse.move(x, y))
    assert len(heard) == 48_000
    assert likeness(heard, recording(lonely["name"])) > 0.999
    assert page.evaluate("distill.state.name") == "bass_hard_c"


def test_clicking_a_point_selects_it_and_plays_the_models_copy(page, ear, lonely):
    x, y = pixel_of(page, lonely["name"])
    choose(page, "bass_hard_c")
    page.mouse.click(x, y)
    expect(told(page)).to_contain_text(lonely["name"])
    page.wait_for_function("distill.state.original !== null")
    heard = ear.after(lambda: page.keyboard.press("Enter"))
    decoded = np.array(page.evaluate("Array.from(distill.state.sound.audio)"), np.float32)
    np.testing.assert_array_equal(heard, decoded)
    assert np.abs(heard).max() > 0.01
    assert not np.array_equal(heard, recording(lonely["name"]))


def test_hearing_under_the_pointer_can_be_switched_off_for_good(page, ear, lonely):
    x, y = pixel_of(page, lonely["name"])
    switch = page.get_by_role("button", name="Hear sounds under the pointer")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    before = ear.count
    page.mouse.move(x, y)
    expect(page.locator("[data-part=tip-name]")).to_have_text(lonely["name"])
    page.wait_for_timeout(400)
    assert ear.count == before
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")


def test_the_ten_nearest_can_be_chosen_in_turn(page, ear):
    choose(page, "bd_haus")
    expect(page.locator('[data-part=nearest-list][aria-busy="false"]')).to_be_visible()
    nearest = page.get_by_role("complementary", name="Nearest sounds").get_by_role("button")
    expect(nearest.filter(has_text="bd_haus")).to_have_count(0)
    expect(nearest).to_have_count(10)
    neighbour = nearest.first.inner_text()
    ear.after(nearest.first.click)
    expect(told(page)).to_contain_text(neighbour)


def test_a_search_by_keyboard_ends_on_the_sound(page, ear):
    page.keyboard.press("/")
    page.keyboard.type("BD_")
    options = page.get_by_role("listbox", name="Matching sounds").get_by_role("option")
    assert all("bd_" in name for name in options.all_inner_texts())
    second = options.nth(1).inner_text()
    page.keyboard.press("ArrowDown")
    ear.after(lambda: page.keyboard.press("Enter"))
    expect(told(page)).to_contain_text(second)


def test_a_search_without_a_match_says_so(page):
    page.get_by_role("combobox", name="Search sounds by name").fill("<b>no such sound</b>")
    expect(page.get_by_text("No sound has that in its name.")).to_be_visible()


def test_arrow_keys_walk_from_sound_to_sound(page, ear):
    choose(page, page.evaluate(MIDDLE))  # at an edge there is nowhere further to go
    stage(page).focus()
    for key, axis in (("ArrowRight", "x"), ("ArrowUp", "y"), ("ArrowRight", "x")):
        before = page.evaluate(PLACE)
        ear.after(lambda key=key: page.keyboard.press(key))
        assert page.evaluate(PLACE)[axis] > before[axis]
    replayed = ear.after(lambda: page.keyboard.press("Enter"))
    decoded = np.array(page.evaluate("Array.from(distill.state.sound.audio)"), np.float32)
    np.testing.assert_array_equal(replayed, decoded)


def test_a_hidden_family_is_neither_seen_nor_heard(page, ear):
    lonely = page.evaluate(LONELIEST, arg=3)  # those of other families lie three times as far off
    x, y = pixel_of(page, lonely["name"])
    family = lonely["family"].capitalize()
    chip = page.get_by_role("group", name="Families shown").get_by_role("button", name=family)
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    page.mouse.move(*nowhere(page))
    page.wait_for_timeout(300)
    before = ear.count
    page.mouse.move(x, y)
    page.wait_for_timeout(300)
    assert ear.count == before
    chip.click()
    page.mouse.move(*nowhere(page))
    heard = ear.after(lambda: page.mouse.move(x, y))
    assert likeness(heard, recording(lonely["name"])) > 0.999


def test_colours_can_show_a_measured_value(page):
    menu = page.get_by_label("Colour by")
    descriptor = menu.locator("option").nth(1).inner_text()
    menu.select_option(descriptor)
    scale = page.locator("[data-part=scale]")
    expect(scale).to_be_visible()
    low, high = scale.inner_text().split("\n")[:2]
    assert float(low.replace("k", "e3")) < float(high.split()[0].replace("k", "e3"))


def test_the_points_stay_where_the_pointer_finds_them_after_zoom_and_pan(page, ear, lonely):
    x, y = pixel_of(page, lonely["name"])
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -120)
    page.mouse.move(x + 30, y - 40)
    page.mouse.down()
    page.mouse.move(x + 80, y - 70, steps=5)
    page.mouse.up()
    box = page.locator(MARK).bounding_box()
    centre = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    assert centre == pytest.approx((x + 50, y - 30), abs=3)
    page.mouse.move(*nowhere(page))
    heard = ear.after(lambda: page.mouse.move(*centre))
    assert likeness(heard, recording(lonely["name"])) > 0.999


def lasso_around(page: Page, x: float, y: float) -> int:
    page.get_by_role("button", name="Select sounds with a lasso").click()
    left, right, top, bottom = x - 12, x + 12, y - 12, y + 12
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    words = page.get_by_role("region", name="Selected sounds").inner_text()
    return int(words.split()[0])


def test_a_lasso_selects_sounds_that_can_be_saved(page, lonely, tmp_path):
    count = lasso_around(page, *pixel_of(page, lonely["name"]))
    assert 0 < count < 100
    with page.expect_download() as listed:
        page.get_by_role("button", name="Save list").click()
    listed.value.save_as(tmp_path / "list.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text())))
    assert len(rows) == count
    assert lonely["name"] in [row["name"] for row in rows]
    with page.expect_download() as packed:
        page.get_by_role("button", name="Save FLAC").click()
    packed.value.save_as(tmp_path / "sounds.zip")
    with zipfile.ZipFile(tmp_path / "sounds.zip") as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == count
        first = Sound.from_bytes(archive.read(archive.namelist()[0]), "first.flac")
    assert len(set(archive.namelist())) == count
    assert len(first.samples) == 48_000
    page.get_by_role("region", name="Selected sounds").get_by_text("Clear").click()
    expect(page.get_by_role("region", name="Selected sounds")).to_be_hidden()


def test_a_selection_grows_by_keys_and_by_clicks_and_is_offered_for_training(page, ear, lonely):
    x, y = pixel_of(page, lonely["name"])
    choose(page, "bd_haus")
    bar = page.get_by_role("region", name="Selected sounds")
    stage(page).focus()
    page.keyboard.press("Shift+Enter")
    expect(bar).to_contain_text("1 sound selected")
    page.keyboard.down("Shift")
    page.mouse.click(x, y)
    page.keyboard.up("Shift")
    expect(bar).to_contain_text("2 sounds selected")
    bar.get_by_role("button", name="Train").click()
    dialog = page.get_by_role("dialog", name="Train on 2 sounds")
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)
    page.keyboard.down("Shift")
    page.mouse.click(x, y)
    page.keyboard.up("Shift")
    expect(bar).to_contain_text("1 sound selected")
    stage(page).focus()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_a_selection_gets_a_map_of_its_own_and_all_come_back(page, ear, lonely):
    every = page.evaluate("async () => (await distill.loadMap()).id.length")
    count = lasso_around(page, *pixel_of(page, lonely["name"]))
    bar = page.get_by_role("region", name="Selected sounds")
    bar.get_by_role("button", name="Re-map").click()
    back = page.get_by_role("button", name="All sounds", exact=True)
    expect(back).to_be_visible()
    visible = """async () => { const { data, id } = await distill.loadMap();
                               return data.slice(0, id.length).filter(Number.isFinite).length; }"""
    assert page.evaluate(visible) == count
    ear.after(lambda: choose(page, lonely["name"]))
    box = page.locator(MARK).bounding_box()
    page.mouse.move(*nowhere(page))
    heard = ear.after(
        lambda: page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    )
    assert likeness(heard, recording(lonely["name"])) > 0.999
    back.click()
    expect(back).to_be_hidden()
    assert page.evaluate(visible) == every


def test_colours_can_show_clusters(page):
    page.get_by_label("Colour by").select_option("cluster")
    expect(page.locator("[data-part=scale]")).to_contain_text("Clusters 1")
    page.wait_for_function(
        """() => { const { data = [] } = document.querySelector(".js-plotly-plot") ?? {};
                   return new Set(data.map((trace) => trace.marker.color)).size === 7; }"""
    )


def test_a_name_with_markup_stays_text(page, tmp_path):
    name = '<img src=x onerror="window.broken=1"> & kick.wav'
    tone = np.sin(np.arange(48_000) / 20).astype(np.float32) / 2
    body = Sound(tone, 48_000, name).to_bytes()
    page.evaluate(
        """async ([name, bytes]) => {
          const path = `live/sounds?name=${encodeURIComponent(name)}`;
          await distill.api(path, { method: "POST", body: Uint8Array.from(bytes) });
          await distill.refreshMap();
        }""",
        [name, list(body)],
    )
    choose(page, "<img src=x")
    expect(told(page)).to_contain_text('<img src=x onerror="window.broken=1">')
    assert page.evaluate("window.broken") is None
    expect(page.get_by_role("button", name="Re-map")).to_be_visible()
    expect(page.locator(".d-map-chip", has_text="Yours")).to_contain_text("1")
