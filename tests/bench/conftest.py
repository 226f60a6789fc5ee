"""What the page's benchmarks share: Chromium, served maps of any size, and a clock in the page.

Times are taken by the page's own clock, from the time stamp of the input event to the start of the
buffer in WebAudio. Chromium without a graphics card draws WebGL on the processor, which a
visitor's machine does not.
"""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

MODEL = Path(__file__).parents[2] / "assets" / "model"
ARGUMENTS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
CLOCK = """
  window.bench = { at: {}, sounds: [], inputs: [], frames: [], long: [] };
  const milestones = {
    usable: () => window.distill?.state.sound && document.querySelector("[role=slider]"),
    drawn: () => document.querySelector('[data-state="ready"] .d-map-points canvas'),
  };
  let last = performance.now();
  const tick = (now) => {
    for (const [name, reached] of Object.entries(milestones)) {
      if (!(name in bench.at) && reached()) bench.at[name] = now;
    }
    bench.frames.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    bench.sounds.push(performance.now());
    return start.apply(this, when);
  };
  for (const kind of ["pointermove", "pointerup", "keydown"]) {
    addEventListener(kind, (event) => bench.inputs.push({ kind, time: event.timeStamp }), true);
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) bench.long.push(Math.round(duration));
  }).observe({ type: "longtask" });
"""
FORGET = "for (const kept of ['sounds', 'inputs', 'frames', 'long']) bench[kept].length = 0"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(serve, tmp_path_factory) -> Callable[[int], str]:
    """A function that serves the bundled model on a map of so many points (0: its own)."""

    @cache
    def address(points: int) -> str:
        folder = large_map(tmp_path_factory.mktemp("mapped"), points) if points else MODEL
        return str(serve(folder).address)

    return address


@pytest.fixture
def open_page(chromium, served) -> Iterator[Callable[..., Page]]:
    """A function that opens the page on so many points, in a browser that never saw it."""
    contexts = []

    def open_anew(points: int = 0, *, plotly: bool = True) -> Page:
        contexts.append(chromium.new_context(viewport={"width": 1440, "height": 900}))
        contexts[-1].set_default_timeout(60_000)
        contexts[-1].add_init_script(CLOCK)
        page = contexts[-1].new_page()
        if not plotly:
            page.route("**/plotly.min.js", lambda route: route.abort())
        page.goto(served(points), wait_until="commit")
        page.wait_for_function("bench.at.usable && bench.at.drawn", polling=200)
        return page

    yield open_anew
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page) -> Page:
    """The page with the bundled map, allowed to sound and at rest."""
    page = open_page()
    page.keyboard.press("Shift")
    page.wait_for_timeout(1_500)
    return page


def large_map(folder: Path, points: int) -> Path:
    """Make a model folder whose map has so many points: the bundled ones and more between them."""
    for path in MODEL.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "atlas.npz").unlink()
    with np.load(MODEL / "atlas.npz") as bundled:
        arrays = dict(bundled)
    rng = np.random.default_rng(0)
    count = len(arrays["places"])
    rows = np.concatenate([np.arange(count), rng.integers(0, count, points)])[:points]
    arrays |= {name: arrays[name][rows] for name in ("latents", "places", "names", "family")}
    arrays["described"] = arrays["described"][:, rows]
    spread = rng.normal(0, 0.02, (points, 2)).astype(np.float32)
    spread[:count] = 0
    np.savez(folder / "atlas.npz", **arrays | {"places": arrays["places"] + spread})
    return folder


def summary(times: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in ms, and how many there were."""
    return {
        "median_ms": round(float(np.median(times)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
        "count": len(times),
    }
