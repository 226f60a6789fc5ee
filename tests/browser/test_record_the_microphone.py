"""A visitor records the microphone: the take lands on the shelf, is selected, and can be heard."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser


def test_a_take_lands_and_is_heard(page: Page, ear: Ear):
    page.context.grant_permissions(["microphone"])
    record = page.get_by_role("button", name="Record the microphone")
    record.click()
    expect(record).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1_500)  # Chromium's microphone without a device beeps every second
    heard = ear.after(record.click)
    shelf = page.get_by_role("list", name="Your sounds")
    expect(shelf.get_by_role("button", name="Take")).to_have_count(2)  # select and remove
    page.wait_for_function("distill.state.name.startsWith('Take') && distill.state.original")
    taken = ear.samples("distill.state.original.audio")
    assert np.abs(taken).max() > 0.01
    assert heard.shape == (48_000,)


def test_without_leave_the_page_says_what_to_do(page: Page):
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = () =>
             Promise.reject(new DOMException("denied", "NotAllowedError")) }"""
    )
    page.get_by_role("button", name="Record the microphone").click()
    expect(page.get_by_text("allow it and try again")).to_be_visible()
