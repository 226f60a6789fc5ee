"""On a phone the panels stand below each other, and a finger moves the sound."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser

LEAST_TARGET = 20  # pixels; WCAG 2.2 asks for 24 or room around


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """The page on a phone, opened and allowed to sound."""
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=2)
    page.get_by_role("heading", name="Spectrogram").tap()
    page.wait_for_function("distill.engine.ready() && distill.state.original")
    return page


def test_nothing_is_wider_than_the_screen(phone: Page):
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    wide = phone.evaluate(
        """() => {
          const parts = ".d-panel, .d-panel-head, .d-panel-tools, .d-sliders-foot";
          const cut = (it) => it.scrollWidth > it.clientWidth + 1;
          return [...document.querySelectorAll(parts)]
            .filter((it) => it.getBoundingClientRect().right > 390 || cut(it))
            .map((it) => it.className);
        }"""
    )
    assert wide == []


def test_panels_stand_below_each_other(phone: Page):
    boxes = [it.bounding_box() for it in phone.locator(".d-panel").all()]
    boxes.sort(key=lambda box: box["y"])
    assert len(boxes) >= 6
    for upper, lower in pairwise(boxes):
        assert lower["y"] >= upper["y"] + upper["height"]


def test_controls_are_large_enough_for_a_finger(phone: Page):
    small = phone.evaluate(
        """(least) => [...document.querySelectorAll(".d-panel button, .d-panel [role=slider]")]
          .filter((it) => it.offsetParent)
          .map((it) => [it.ariaLabel || it.textContent, it.getBoundingClientRect()])
          .filter(([, box]) => box.width < least || box.height < least)
          .map(([name, { width, height }]) => `${name}: ${width} x ${height}`)""",
        LEAST_TARGET,
    )
    assert small == []


def test_a_finger_moves_a_slider_and_the_sound(phone: Page):
    ear = Ear(phone)
    before = ear.samples("distill.state.sound.audio")
    phone.get_by_role("tab", name="Principal").tap()
    first = phone.get_by_role("slider", name="PC 1", exact=True)
    expect(first).to_have_attribute("aria-orientation", "horizontal")
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    assert box["width"] > 100
    moved = ear.after(lambda: first.tap(position={"x": box["width"] - 10, "y": box["height"] / 2}))
    assert float(first.get_attribute("aria-valuenow")) > 1
    assert np.abs(moved - before).max() > 1e-4


def test_the_last_component_can_be_reached(phone: Page):
    phone.get_by_role("tab", name="Principal").tap()
    last = phone.get_by_role("slider", name="PC 16", exact=True)
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


def test_a_finger_moves_the_pad(phone: Page):
    ear = Ear(phone)
    square = phone.locator(".d-morph-square")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    heard = ear.after(
        lambda: square.tap(position={"x": box["width"] * 0.3, "y": box["height"] * 0.6})
    )
    assert np.abs(heard).max() > 1e-3
    place = phone.get_by_role("slider", name="Place between")
    assert 20 < float(place.get_attribute("aria-valuenow")) < 40
