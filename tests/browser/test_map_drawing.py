"""The map is drawn as soon as its points are known; Plotly takes over once the page rests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

SKETCH = '[data-state="ready"] .d-map-sketch'
OPACITY_AT_SELECTED = """(sketch) => {
  const box = sketch.getBoundingClientRect();
  const mark = document.querySelector(".d-map-selected").getBoundingClientRect();
  const ratio = sketch.width / box.width;
  const at = [mark.x + mark.width / 2 - box.x, mark.y + mark.height / 2 - box.y];
  return sketch.getContext("2d").getImageData(at[0] * ratio, at[1] * ratio, 1, 1).data[3];
}"""


@pytest.fixture
def plain_page(browser: Browser, address: str) -> Iterator[Page]:
    """The page where Plotly cannot be loaded."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(address)
    page.wait_for_function("window.distill?.state.original")
    yield page
    context.close()


def test_without_plotly_the_points_stand_where_their_marks_do(plain_page: Page) -> None:
    sketch = plain_page.locator(SKETCH)
    expect(plain_page.locator(".d-map-selected")).to_be_visible()
    assert sketch.evaluate(OPACITY_AT_SELECTED) > 200
    plain_page.get_by_role("button", name="Zoom out").click()  # in, it might leave the window
    plain_page.wait_for_timeout(500)
    assert sketch.evaluate(OPACITY_AT_SELECTED) > 200


def test_plotly_takes_over_when_nobody_touches_the_page(page: Page) -> None:
    expect(page.locator(".d-map-plot .gl-canvas").first).to_be_attached()
    expect(page.locator(".d-map-sketch")).to_have_count(0)
