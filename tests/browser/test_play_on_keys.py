"""Letter keys, a pointer and MIDI play the current sound chromatically."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from .conftest import Ear

pytestmark = pytest.mark.browser


def last_rate(page: Page) -> float:
    return page.evaluate("window.started.at(-1).rate")


def sounding(page: Page) -> list[int]:
    return page.evaluate("distill.engine.sounding()")


def test_a_key_plays_the_sound_shown_at_its_pitch(page: Page, ear: Ear):
    current = ear.samples("distill.state.sound.audio")
    page.keyboard.down("k")
    np.testing.assert_array_equal(ear.last(), current)
    assert last_rate(page) == pytest.approx(2.0)
    assert sounding(page) == [12]
    page.keyboard.up("k")
    assert sounding(page) == []


def test_a_chord_sounds_together(page: Page):
    for key in "adg":
        page.keyboard.down(key)
    assert sounding(page) == [0, 4, 7]
    for key in "adg":
        page.keyboard.up(key)
    assert sounding(page) == []


def test_octaves_shift_and_a_held_key_still_ends(page: Page):
    page.keyboard.down("a")
    page.keyboard.press("x")
    page.keyboard.up("a")
    assert sounding(page) == []
    page.keyboard.down("a")
    assert sounding(page) == [12]
    page.keyboard.up("a")
    page.keyboard.press("z")


def test_letters_in_a_text_field_stay_letters(page: Page, ear: Ear):
    field = page.get_by_role("combobox", name="Search sounds by name")
    field.click()
    before = ear.count
    page.keyboard.type("adg")
    assert ear.count == before
    expect(field).to_have_value("adg")


def test_the_oldest_voice_gives_way(page: Page):
    page.evaluate("""for (let note = 0; note < 30; note++)
                       distill.engine.noteOn(note, 0.5, distill.state.sound.audio)""")
    notes = sounding(page)
    assert len(notes) <= 16
    assert notes[-1] == 29
    assert 0 not in notes
    page.evaluate("distill.engine.silenceNotes()")


def test_switched_off_the_keys_are_silent(page: Page, ear: Ear):
    page.get_by_role("button", name="Play on keys").click()
    before = ear.count
    page.keyboard.press("a")
    assert ear.count == before
    expect(page.get_by_role("group", name="Piano keys, A to K")).to_be_hidden()


def test_midi_notes_carry_their_pitch(page: Page):
    midi = """navigator.requestMIDIAccess = async () => {
      window.port = {};
      return { inputs: new Map([["1", window.port]]) };
    };"""
    page.context.add_init_script(midi)
    page.reload()
    page.wait_for_function("window.distill?.state.sound")
    page.keyboard.press("Shift")
    page.get_by_role("button", name="Connect MIDI").click()
    expect(page.get_by_text("MIDI is connected")).to_be_visible()
    page.evaluate("port.onmidimessage({ data: [0x90, 67, 100] })")
    assert sounding(page) == [7]
    assert last_rate(page) == pytest.approx(2 ** (7 / 12))
    page.evaluate("port.onmidimessage({ data: [0x90, 67, 0] })")
    assert sounding(page) == []
