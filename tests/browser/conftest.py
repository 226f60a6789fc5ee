"""What the browser stories share: Chromium, the page with the bundled model, and an ear.

The ear hears what the page hands to WebAudio: the samples of every buffer that starts to play.
"""

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

MODEL = Path(__file__).parents[2] / "assets" / "model"
TIMEOUT_MS = 60_000
ARGUMENTS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-quic",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
]
LISTEN = """
  window.started = [];
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.started.push({ samples: this.buffer.getChannelData(0).slice(), loop: this.loop,
                          rate: this.playbackRate.value });
    if (window.started.length > 300) window.started.splice(0, 100);
    window.startedInAll = (window.startedInAll ?? 0) + 1;
    return start.apply(this, when);
  };
"""
ENCODE = """(samples) => {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}"""


class Ear:
    """Hears what reaches WebAudio on one page.

    Args:
        page: A page that was opened after `LISTEN` was installed.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def count(self) -> int:
        """How many buffers have started so far."""
        return self.page.evaluate("window.startedInAll ?? 0")

    def last(self) -> np.ndarray:
        """The samples [sample] of the buffer that started last."""
        return self.samples("window.started.at(-1).samples")

    def samples(self, expression: str) -> np.ndarray:
        """The Float32Array that an expression in the page names."""
        text = self.page.evaluate(f"({ENCODE})({expression})")
        return np.frombuffer(base64.b64decode(text), np.float32)

    def after(self, act: Callable[[], object]) -> np.ndarray:
        """Act, wait until the page has come to rest, and return what started last.

        At rest: something started after the act, it is the sound of the current latent, and
        no newer one follows.
        """
        before = self.count
        act()
        self.page.wait_for_function(
            "before => (window.startedInAll ?? 0) > before", arg=before, timeout=TIMEOUT_MS
        )
        self.settle()
        return self.last()

    def settle(self) -> None:
        """Wait until the sound shown is that of the current latent."""
        self.page.wait_for_function(
            """() => { const { sound, latent } = distill.state;
                       return sound && sound.latent.every((v, i) => v === latent[i]); }""",
            timeout=TIMEOUT_MS,
        )
        self.page.wait_for_timeout(150)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if path is None:
        pytest.fail("The browser stories need Chromium on the PATH.")
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(serve) -> str:
    """Where the page with the bundled model is served."""
    return serve(MODEL).address


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """A function that opens the page anew: `open_page(fragment, viewport=..., has_touch=...)`.

    The story fails when the page raised an error on the way.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_anew(fragment: str = "", **options: object) -> Page:
        settings = {"viewport": {"width": 1440, "height": 900}} | options
        contexts.append(browser.new_context(**settings))
        contexts[-1].set_default_timeout(TIMEOUT_MS)
        contexts[-1].add_init_script(LISTEN)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + fragment)
        page.wait_for_function(
            "window.distill?.state.sound && distill.state.original !== undefined"
        )
        # The sound is there before the panels are, and with them the keys.
        page.get_by_role("button", name="Play", exact=True).wait_for()
        return page

    yield open_anew
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The page on a large screen, opened and allowed to sound."""
    page = open_page()
    page.keyboard.press("Shift")
    page.wait_for_function("distill.engine.ready() && distill.state.original")
    return page


@pytest.fixture
def ear(page: Page) -> Ear:
    """Hears what reaches WebAudio."""
    return Ear(page)
