"""axe-core finds nothing serious, in dark and light, on a screen and on a phone."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SCREENS = {"screen": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
GRAVE = {"serious", "critical"}


def grave(page: Page) -> list[str]:
    """Each grave violation with the first element that it concerns."""
    found = Axe().run(page).response["violations"]
    return [
        f"{it['id']} ({len(it['nodes'])}): {it['nodes'][0]['html']}"
        for it in found
        if it["impact"] in GRAVE
    ]


@pytest.fixture(params=SCREENS)
def opened(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    """The page with its map drawn, on a screen and on a phone."""
    page = open_page(viewport=SCREENS[request.param], reduced_motion="reduce")
    page.wait_for_selector('[data-state="ready"] .d-map-points canvas')
    return page


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_serious_is_found(opened: Page, theme: str):
    if opened.evaluate("distill.state.theme") != theme:
        opened.get_by_role("button", name="Light or dark").click()
    for tab in ("Character", "Principal", "All 128"):
        opened.get_by_role("tab", name=tab).click()
        assert grave(opened) == [], tab
    opened.get_by_role("button", name="About and shortcuts").click()
    expect(opened.get_by_role("dialog")).to_be_visible()
    assert grave(opened) == [], "the dialog"


def test_axe_hears_of_a_fault(page: Page):
    page.evaluate("document.querySelector('.d-play').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.d-play').textContent = ''")
    page.evaluate("document.querySelector('.d-play').removeAttribute('title')")
    assert any(it.startswith("button-name") for it in grave(page))


def test_who_wants_no_motion_gets_none(open_page: Callable[..., Page]):
    page = open_page(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll(".d-page *")].map((it) => getComputedStyle(it))
          .filter(({ animationName, transitionDuration }) =>
            animationName !== "none" || !/^(0s(, )?)+$/.test(transitionDuration)).length"""
    )
    assert moving == 0
