"""A link carries a sound: the same to the bit, or a sentence that says why not."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser

SHAPE = """distill.setLatent(distill.state.latent.map((v, i) => v + 0.3 * distill.model.scale[i]),
                             { source: "test", commit: true })"""


def fragment(page: Page) -> str:
    return "#" + page.evaluate("distill.link()").split("#", 1)[1]


def test_a_link_brings_the_same_sound_back_to_the_bit(page: Page, ear: Ear, open_page):
    opened = ear.samples("distill.state.sound.audio")
    shaped = ear.after(lambda: page.evaluate(SHAPE))
    assert np.abs(shaped - opened).max() > 0.001
    name = page.evaluate("distill.state.name")

    other = open_page(fragment(page))
    other.wait_for_function("distill.state.sound")
    np.testing.assert_array_equal(Ear(other).samples("distill.state.sound.audio"), shaped)
    bases = [it.evaluate("Array.from(distill.state.base)") for it in (page, other)]
    assert bases[0] == bases[1]
    assert other.evaluate("distill.state.name") == name
    heard = Ear(other).after(lambda: other.get_by_role("button", name="Play", exact=True).click())
    np.testing.assert_array_equal(heard, shaped)


def test_the_address_follows_what_is_heard(page: Page, ear: Ear):
    before = page.url
    ear.after(lambda: page.evaluate(SHAPE))
    expect(page).to_have_url(re.compile(re.escape(fragment(page)) + "$"))
    assert page.url != before


def test_a_link_pasted_into_an_open_page_is_followed(page: Page, ear: Ear):
    opened = ear.samples("distill.state.sound.audio")
    first = fragment(page)
    ear.after(lambda: page.evaluate(SHAPE))
    page.evaluate("fragment => { location.hash = fragment; }", first)
    page.wait_for_function("distill.state.latent.every((v, i) => v === distill.state.base[i])")
    ear.settle()
    np.testing.assert_array_equal(ear.samples("distill.state.sound.audio"), opened)
    page.evaluate("location.hash = location.hash.replace('model=', 'model=0')")
    expect(page.get_by_role("alert").get_by_text("cannot be restored")).to_be_visible()


def test_where_copying_is_forbidden_the_link_is_shown(page: Page):
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_role("button", name="Copy link").click()
    shown = page.get_by_role("textbox", name="Link to this sound")
    expect(shown).to_have_value(page.evaluate("distill.link()"))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (lambda text: text.replace("model=", "model=0"), "cannot be restored"),
        (lambda text: text.replace("latent=", "latent=AAAA"), "This link is damaged"),
    ],
)
def test_a_link_that_cannot_be_kept_says_so_and_the_page_opens(
    page: Page, open_page: Callable[..., Page], broken, sentence
):
    other = open_page(broken(fragment(page)))
    expect(other.get_by_role("alert").get_by_text(sentence)).to_be_visible()
    assert other.evaluate("distill.state.selected") == page.evaluate("distill.model.opening")


def test_copy_link_copies_it(page: Page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link to this sound is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate("distill.link()")
