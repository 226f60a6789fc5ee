"""How fast the sound map is in Chromium: first drawing, frames while it moves, click to sound.

Run with `pytest tests/bench/test_bench_map.py --benchmark-only`. Times inside the page are measured
by the page's own clock and stand in the benchmark's extra info, in milliseconds; Chromium without a
graphics card draws WebGL on the processor, which a visitor's machine does not.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, sync_playwright

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[2] / "assets" / "model"
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
STAGE = "[data-part=stage]"
DRAWN = '[data-state="ready"] .d-map-points canvas'
COUNT_FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => { frames_ms.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
TIME_TO_SOUND = """([x, y, kind]) => new Promise((done) => {
  const stage = document.querySelector("[data-part=stage]");
  const from = performance.now();
  const played = distill.engine.played;
  const look = () => distill.engine.played > played
    ? done(performance.now() - from) : setTimeout(look, 1);
  const { left, top } = stage.getBoundingClientRect();
  const at = { clientX: left + x, clientY: top + y, bubbles: true, button: 0, pointerId: 1 };
  const send = (type) => stage.dispatchEvent(new PointerEvent(type, at));
  stage.setPointerCapture = () => {};
  if (kind === "rest") send("pointermove");
  else { send("pointerdown"); send("pointerup"); }
  look();
})"""


@pytest.fixture(scope="module")
def open_map(serve) -> Iterator[Callable[[int], Page]]:
    """A function that opens the page on so many points (0 = the bundled map)."""
    address = serve(MODEL).address
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )

        def open_page(points: int) -> Page:
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            if points:
                page.route("**/live/map*", lambda route: answer(route, points))
            page.goto(address, wait_until="commit")
            page.wait_for_selector(DRAWN)
            page.wait_for_function("distill.state.sound")
            page.keyboard.press("Shift")
            return page

        yield open_page
        chromium.close()


def answer(route: Route, points: int) -> None:
    """Stand in for the map routes with islands of points."""
    rng = np.random.default_rng(0)
    islands = rng.normal(0, 4, (14, 2))[rng.integers(0, 14, points)]
    places = (islands + rng.normal(0, 0.8, (points, 2))).astype("<f4")
    if route.request.url.endswith(".f32"):
        route.fulfill(body=places.T.tobytes(), content_type="application/octet-stream")
        return
    table = {
        "version": 1,
        "families": ["drum", "synth", "pitched", "texture", "voice"],
        "id": [f"f{row}" for row in range(points)],
        "name": [f"sound {row}" for row in range(points)],
        "family": rng.integers(0, 5, points).tolist(),
        "kind": [0] * points,
        "columns": ["x", "y"],
        "units": {},
    }
    route.fulfill(body=json.dumps(table), content_type="application/json")


def summary(times: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
    }


@pytest.mark.parametrize("points", [5_000, 50_000])
def test_opening_the_page_until_the_map_is_drawn(benchmark, open_map, points):
    benchmark.extra_info["points"] = points
    benchmark.pedantic(lambda: open_map(points).close(), rounds=2)


@pytest.mark.parametrize("points", [5_000, 50_000])
@pytest.mark.parametrize("gesture", ["pan", "hover"])
def test_frames_while_the_pointer_moves(benchmark, open_map, points, gesture):
    page = open_map(points)
    box = page.locator(STAGE).bounding_box()
    page.evaluate(COUNT_FRAMES)
    page.wait_for_timeout(1_000)

    def move() -> None:
        page.mouse.move(box["x"] + 150, box["y"] + 120)
        if gesture == "pan":
            page.mouse.down()
        page.evaluate("frames_ms.length = 0")
        for step in range(100):
            page.mouse.move(box["x"] + 150 + 2 * step, box["y"] + 120 + step)
            page.wait_for_timeout(10)
        times = page.evaluate("frames_ms")
        page.mouse.up()
        seconds = sum(times) / 1_000
        benchmark.extra_info |= summary(times) | {"frames_per_s": round(len(times) / seconds, 1)}

    benchmark.pedantic(move, rounds=1)
    page.close()


@pytest.mark.parametrize("kind", ["rest", "point", "empty"])
def test_from_the_pointer_to_the_sound(benchmark, open_map, kind):
    page = open_map(0)
    box = page.locator(STAGE).bounding_box()
    rng = np.random.default_rng(0)
    times = []

    def find() -> tuple[float, float]:
        while True:
            x, y = rng.uniform([40, 60], [box["width"] - 40, box["height"] - 60])
            page.mouse.move(box["x"] + x, box["y"] + y)
            if bool(page.locator(".d-map-on-point").count()) == (kind != "empty"):
                return x, y

    def act() -> None:
        x, y = find()
        if kind == "rest":
            page.mouse.move(box["x"] + 200, box["y"] - 20)
        page.wait_for_timeout(400)
        times.append(page.evaluate(TIME_TO_SOUND, [x, y, kind]))

    benchmark.pedantic(act, rounds=20, warmup_rounds=2)
    benchmark.extra_info |= summary(times[2:])
    page.close()
