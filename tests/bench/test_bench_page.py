"""How fast the page is in Chromium: opening it, and from a slider to the sound.

Run with `pytest tests/bench/test_bench_page.py --benchmark-only`; see README.md beside this file
for the goals. Extra info has milliseconds by the page's own clock.
"""

import time

import pytest
from playwright.sync_api import Page

from .conftest import FORGET, summary

pytestmark = pytest.mark.browser

MOVES = 60
SLIDER = "[role=slider]:visible"


@pytest.mark.parametrize("points", [0, 5_000, 50_000])
def test_opening(benchmark, open_page, served, points) -> None:
    """From the server's first byte until the page can be used, and until its map is drawn."""
    served(points)
    times: dict[str, list[float]] = {"usable": [], "drawn": []}

    def visit() -> None:
        page = open_page(points)
        answered = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
        for name, at in page.evaluate("bench.at").items():
            times[name].append(at - answered)
        page.context.close()

    benchmark.pedantic(visit, rounds=3)
    benchmark.extra_info |= {"points": points} | {
        name: summary(found) for name, found in times.items()
    }


def test_slider_key_to_sound(benchmark, page) -> None:
    """One step of a slider by an arrow key, until the sound of the new latent starts."""
    page.locator(SLIDER).first.focus()
    times = []

    def step() -> None:
        page.evaluate(FORGET)
        page.keyboard.press("ArrowUp" if len(times) % 2 else "ArrowDown")
        page.wait_for_function("bench.sounds.length > 0")
        times.append(page.evaluate("bench.sounds[0] - bench.inputs[0].time"))
        page.wait_for_timeout(150)

    benchmark.pedantic(step, rounds=40, warmup_rounds=2)
    benchmark.extra_info |= summary(times[2:])


def test_slider_drag_to_sounds(benchmark, page) -> None:
    """A drag of a second in 60 moves: sounds on the way, and the last one after the last move."""
    box = page.locator(SLIDER).first.bounding_box()
    sounds, last, long = [], [], []

    def drag() -> None:
        pull(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(400)
        found = page.evaluate("bench")
        moves = [it["time"] for it in found["inputs"] if it["kind"] == "pointermove"]
        sounds.append(len(found["sounds"]))
        last.append(found["sounds"][-1] - moves[-1])
        long.extend(found["long"])
        page.mouse.up()
        page.wait_for_timeout(600)

    benchmark.pedantic(drag, rounds=8, warmup_rounds=1)
    benchmark.extra_info |= {
        "sounds": sounds[1:],
        "last_move_to_last_sound": summary(last[1:]),
        "long_tasks_ms": long,
    }


def pull(page: Page, x: float, y: float) -> None:
    """Take hold of a slider's thumb and move it 60 times within a second."""
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate(FORGET)
    began = time.perf_counter()
    for move in range(MOVES):
        page.mouse.move(x, y + 20 * ((move + 1) / MOVES))
        time.sleep(max(0.0, began + (move + 1) / MOVES - time.perf_counter()))
