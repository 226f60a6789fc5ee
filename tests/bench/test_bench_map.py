"""How fast the sound map is in Chromium: frames while it moves, pointer to sound.

Run with `pytest tests/bench/test_bench_map.py --benchmark-only`; see README.md beside this file
for the goals. Extra info has milliseconds by the page's own clock.
"""

import re
import time
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from .conftest import FORGET, summary

pytestmark = pytest.mark.browser

STAGE = "[data-part=stage]"
DRAWN_BY = {"sketch": ".d-map-sketch", "plotly": ".d-map-plot .gl-canvas"}
PLACES = """async () => {
  const { id, data } = await distill.loadMap();
  return [...data.subarray(0, 2 * id.length)];
}"""


@pytest.mark.parametrize("points", [5_000, 50_000])
@pytest.mark.parametrize("gesture", ["pan", "hover"])
@pytest.mark.parametrize("drawn_by", DRAWN_BY)
def test_frames_while_the_pointer_moves(benchmark, open_page, points, gesture, drawn_by) -> None:
    """A second of moves across the map; the sketch is what Plotly has not yet taken over."""
    page = open_page(points, plotly=drawn_by == "plotly")
    page.wait_for_selector(DRAWN_BY[drawn_by], state="attached")
    page.wait_for_timeout(2_000)
    box = page.locator(STAGE).bounding_box()
    frames, long = [], []

    def move() -> None:
        page.mouse.move(box["x"] + 150, box["y"] + 120)
        if gesture == "pan":
            page.mouse.down()
        page.evaluate(FORGET)
        began = time.perf_counter()
        for step in range(60):
            page.mouse.move(box["x"] + 150 + 3 * step, box["y"] + 120 + 2 * step)
            time.sleep(max(0.0, began + (step + 1) / 60 - time.perf_counter()))
        found = page.evaluate("bench")
        page.mouse.up()
        page.wait_for_timeout(600)
        frames.extend(found["frames"])
        long.extend(found["long"])

    benchmark.pedantic(move, rounds=3)
    benchmark.extra_info |= summary(frames) | {
        "points": points,
        "frames_per_s": round(1_000 * len(frames) / sum(frames), 1),
        "long_tasks_ms": long,
    }


class Spots:
    """Pixels of the page's map, in an order of chance: on points never visited, and on none.

    Args:
        page: A page whose map shows all of its points.
    """

    def __init__(self, page: Page) -> None:
        self._box = page.locator(STAGE).bounding_box()
        places = np.array(page.evaluate(PLACES)).reshape(2, -1).T * [1, -1]
        self._points = self._fitted(page, places)
        self._rng = np.random.default_rng(0)

    def _fitted(self, page: Page, places: NDArray) -> NDArray:
        """Where places stand on the page, told by the marks of two of them."""
        ends = [int(places[:, 0].argmin()), int(places[:, 0].argmax())]
        marks = np.array([mark_of(page, end) for end in ends])
        scale = (marks[1, 0] - marks[0, 0]) / (places[ends[1], 0] - places[ends[0], 0])
        return marks[0] + (places - places[ends[0]]) * scale

    def on_points(self) -> Iterator[tuple[float, float]]:
        """Yield where points stand."""
        for row in self._rng.permutation(len(self._points)):
            if self._inside(self._points[row]):
                yield self._on_page(self._points[row])

    def on_none(self) -> Iterator[tuple[float, float]]:
        """Yield where no point is near."""
        while True:
            pixel = self._rng.uniform(0, [self._box["width"], self._box["height"]])
            near = np.hypot(*(self._points - pixel).T).min() < 12
            if self._inside(pixel) and not near:
                yield self._on_page(pixel)

    def _inside(self, pixel: NDArray) -> bool:
        width, height = self._box["width"], self._box["height"]
        return 40 < pixel[0] < width - 40 and 60 < pixel[1] < height - 60

    def _on_page(self, pixel: NDArray) -> tuple[float, float]:
        return self._box["x"] + float(pixel[0]), self._box["y"] + float(pixel[1])


def mark_of(page: Page, row: int) -> list[float]:
    """Select a point of the map; return the pixel of the stage where it is marked."""
    page.evaluate("row => distill.select(`f${row}`, { play: false })", row)
    page.wait_for_timeout(300)
    transform = page.locator(".d-map-selected").get_attribute("transform")
    return [float(number) for number in re.findall(r"-?[\d.]+", transform)]


@pytest.mark.parametrize("kind", ["rest", "click", "click at once", "click on empty space"])
def test_from_the_pointer_to_the_sound(benchmark, page, kind) -> None:
    """From the last input event to the sound, on points that were not heard before."""
    spots = Spots(page)
    aim = spots.on_none() if kind == "click on empty space" else spots.on_points()
    away = next(spots.on_none())
    times = []

    def act() -> None:
        page.mouse.move(*away)
        page.wait_for_timeout(300)
        x, y = next(aim)
        page.evaluate(FORGET)
        page.mouse.move(x, y)
        if kind == "click":
            page.wait_for_timeout(400)
            page.evaluate(FORGET)
        if kind != "rest":
            page.mouse.click(x, y)
        page.wait_for_timeout(500)
        times.append(page.evaluate(SINCE, "pointermove" if kind == "rest" else "pointerup"))

    benchmark.pedantic(act, rounds=20, warmup_rounds=2)
    benchmark.extra_info |= summary(times[2:])


SINCE = """(kind) => {
  const { time } = bench.inputs.findLast((input) => input.kind === kind);
  return bench.sounds.find((sound) => sound > time) - time;
}"""
