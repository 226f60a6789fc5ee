"""A designer strays from sound to sound and takes every step back, then forward again."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser


def latent(page: Page) -> np.ndarray:
    return np.array(page.evaluate("Array.from(distill.state.latent)"), np.float32)


def header(page: Page, name: str) -> Locator:
    """Undo or Redo in the page's header."""
    return page.get_by_role("button", name=name, exact=True).first


def hear(ear: Ear, act: Callable[[], object]) -> np.ndarray:
    """Act and return the buffer that plays once it is the sound of the current latent."""
    ear.after(act)
    ear.page.wait_for_function(
        """() => { const heard = window.started.at(-1).samples;
                   return distill.state.sound.audio.every((v, i) => v === heard[i]); }"""
    )
    ear.settle()
    return ear.last()


def stray(page: Page, ear: Ear) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Choose a neighbour, shape it and shake it: the latents and the sounds after each step."""
    latents, sounds = [latent(page)], [ear.samples("distill.state.sound.audio")]
    nearest = page.get_by_role("complementary", name="Nearest sounds").get_by_role("button")
    slider = page.get_by_role("tabpanel").get_by_role("slider").first
    for act in (
        nearest.nth(4).click,
        lambda: slider.press("PageUp"),
        page.get_by_role("button", name="Randomise").click,
    ):
        sounds.append(hear(ear, act))
        latents.append(latent(page))
    return latents, sounds


def test_every_kind_of_step_goes_back_and_forward_as_it_sounded(page: Page, ear: Ear):
    expect(header(page, "Undo")).to_be_disabled()
    latents, sounds = stray(page, ear)
    for earlier, later in pairwise(latents):
        assert not np.array_equal(earlier, later)

    for step in (2, 1, 0):
        heard = hear(ear, header(page, "Undo").click)
        np.testing.assert_array_equal(latent(page), latents[step])
        np.testing.assert_allclose(heard, sounds[step], atol=1e-3)
    expect(header(page, "Undo")).to_be_disabled()

    for step in (1, 2, 3):
        heard = hear(ear, header(page, "Redo").click)
        np.testing.assert_array_equal(latent(page), latents[step])
        np.testing.assert_allclose(heard, sounds[step], atol=1e-3)
    expect(header(page, "Redo")).to_be_disabled()


def test_a_new_step_after_undo_ends_the_old_future(page: Page, ear: Ear):
    stray(page, ear)
    ear.after(lambda: page.keyboard.press("Control+z"))
    ear.after(lambda: page.get_by_role("tabpanel").get_by_role("slider").nth(1).press("PageDown"))
    expect(header(page, "Redo")).to_be_disabled()


def test_the_player_names_what_is_heard_before_and_after_undo(page: Page, ear: Ear):
    player = page.get_by_role("region", name="Player")
    name = page.evaluate("distill.state.name")
    ear.after(lambda: page.get_by_role("tabpanel").get_by_role("slider").first.press("PageUp"))
    expect(player.get_by_text(f"{name}, shaped", exact=True)).to_be_visible()
    ear.after(lambda: page.keyboard.press("Control+z"))
    expect(player.get_by_text(name, exact=True)).to_be_visible()


def test_the_list_that_follows_a_choice_does_not_play_over_it(page: Page, ear: Ear):
    listed = page.get_by_role("complementary", name="Nearest sounds").get_by_role("list")
    before = listed.text_content()
    chosen = hear(ear, listed.get_by_role("button").nth(4).click)
    expect(listed).not_to_have_text(before)
    expect(listed).to_have_attribute("aria-busy", "false")
    page.wait_for_timeout(1_000)  # what it would play comes late
    np.testing.assert_array_equal(ear.last(), chosen)
