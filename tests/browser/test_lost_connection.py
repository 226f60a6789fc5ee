"""The server goes away and comes back: the page says so, keeps the visitor's sounds and goes on."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from distill.sound import Sound

from .conftest import MODEL, TIMEOUT_MS, Ear

pytestmark = pytest.mark.browser

MOVE = """distill.setLatent(distill.state.latent.map((v, i) => v + 0.2 * distill.model.scale[i]),
                            { source: "test", commit: true })"""


@pytest.fixture
def server(serve) -> Iterator:
    server = serve(MODEL)
    yield server
    server.stop()


@pytest.fixture
def address(server) -> str:
    """The page of a server of its own, which may be killed."""
    return server.address


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "my tone.wav"
    time = np.arange(9_600) / 48_000
    Sound((0.2 * np.sin(2 * np.pi * 330 * time)).astype(np.float32), 48_000, "my tone").write(path)
    return path


def test_a_restart_costs_neither_the_gesture_nor_the_sounds(page: Page, ear: Ear, server, tone):
    page.locator("input[type=file][multiple]").first.set_input_files(tone)
    shelf = page.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_role("button", name="my tone.wav", exact=True)).to_be_visible()
    ear.settle()

    server.stop()
    before = ear.count
    page.evaluate(MOVE)
    expect(page.get_by_text("The connection to the server is lost")).to_be_visible()
    assert ear.count == before

    server.start()
    expect(page.get_by_text("The connection is back")).to_be_visible(timeout=TIMEOUT_MS)
    expect(page.get_by_text("The connection to the server is lost")).to_have_count(0)
    ear.settle()
    assert ear.count > before, "the move made while the server was away is heard"
    page.wait_for_function(
        """async () => (await distill.api('live/sounds')).sounds
                           .some(sound => sound.file === 'my tone.wav')""",
        timeout=TIMEOUT_MS,
        polling=500,
    )
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_an_expired_session_is_renewed_without_a_word_too_many(page: Page, ear: Ear):
    page.evaluate("sessionStorage.clear()")
    expired = "async () => (await fetch('live/map', {headers: {'x-distill-session': 'x'}})).status"
    assert page.evaluate(expired) == 410
    heard = ear.after(lambda: page.evaluate(MOVE))
    assert np.abs(heard).max() > 0.001


def test_a_page_opened_with_an_expired_session_comes_up_whole(page: Page, ear: Ear):
    page.evaluate("sessionStorage.setItem('distill.token', '\"expired\"')")
    page.reload()
    page.wait_for_selector('[data-state="ready"] .d-map-points canvas')
    page.wait_for_function("distill.state.sound && distill.state.original")
    page.keyboard.press("Shift")
    heard = ear.after(lambda: page.get_by_role("button", name="Play", exact=True).click())
    assert np.abs(heard).max() > 0.001
    expect(page.get_by_role("alert")).to_be_empty()


def test_two_tabs_shape_their_own_sounds(open_page):
    first, second = open_page(), open_page()
    for tab in (first, second):
        tab.keyboard.press("Shift")
        tab.wait_for_function("distill.engine.ready()")
    before = second.evaluate("Array.from(distill.state.latent)")
    Ear(first).after(lambda: first.evaluate(MOVE))
    assert second.evaluate("Array.from(distill.state.latent)") == before
    Ear(second).after(lambda: second.evaluate(MOVE))


def test_a_duplicated_tab_follows_the_sounds_of_its_session(page: Page, tone):
    with page.context.expect_page() as opened:
        page.evaluate("open(location.href)")  # carries the tab's storage along, as duplicating does
    twin = opened.value
    twin.wait_for_function("window.distill?.state.sound")
    page.locator("input[type=file][multiple]").first.set_input_files(tone)
    shelf = twin.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_role("button", name="my tone.wav", exact=True)).to_be_visible()
    expect(twin.get_by_text("Another tab of this session")).to_be_visible()
