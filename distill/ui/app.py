"""Puts the page together: which panel stands where, and what is served beside it.

This module does not know what a panel does: each one is a component with a script of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import gradio as gr
from starlette.middleware import Middleware

from distill.errors import DistillError
from distill.explorer import Explorer
from distill.session import Sessions
from distill.ui.assets import PageAssets
from distill.ui.components import STATIC, Panel
from distill.ui.components.header import Header
from distill.ui.components.morph_pad import MorphPad
from distill.ui.components.player import Player
from distill.ui.components.shelf import Shelf
from distill.ui.components.slider_bank import SliderBank
from distill.ui.components.sound_map import SoundMap
from distill.ui.components.spectrogram_view import SpectrogramView
from distill.ui.head_start import HeadStart
from distill.ui.routes import LiveLimits, LiveRoutes

TITLE = "Distill: explore the space between sounds"
PAPER, INK = "#101216", "#e9ebef"


def panels() -> dict[str, type[Panel]]:
    """Return the panels of the page in reading order, by the grid area they fill."""
    return {
        "d-header": Header,
        "d-map": SoundMap,
        "d-view": SpectrogramView,
        "d-player": Player,
        "d-sliders": SliderBank,
        "d-pad": MorphPad,
        "d-shelf": Shelf,
    }


def build_app(explorer: Explorer) -> gr.Blocks:
    """Build the page.

    Args:
        explorer: The model to explore; the page names it.

    Returns:
        The page, to be served by `launch`.
    """
    title = f"{TITLE} ({explorer.info.name})"
    with (
        gr.Blocks(title=title, fill_width=True, analytics_enabled=False) as page,
        gr.Column(elem_classes="d-page"),
    ):
        for area, panel in panels().items():
            panel.place(area)
    return page


def head(assets: PageAssets) -> str:
    """Return what the page's head loads: style sheets, then the core, then the panels' scripts."""
    kinds = dict.fromkeys(panels().values())
    styles = ["theme.css", *dict.fromkeys(kind.style for kind in kinds if kind.style)]
    scripts = ["core.js", *dict.fromkeys(kind.script for kind in kinds if kind.script)]
    preloads = [name for name in assets.names if name.endswith(".js") and name not in scripts]
    lines = [f'<link rel="stylesheet" href="{_address(assets, name)}">' for name in styles]
    lines += [f'<link rel="modulepreload" href="{_address(assets, name)}">' for name in preloads]
    lines += [f'<script type="module" src="{_address(assets, name)}"></script>' for name in scripts]
    return "\n".join(lines)


def early_head(assets: PageAssets) -> str:
    """Return what the HTML itself loads: the same files, while Gradio still draws the page.

    The style sheets are only fetched: `head` puts them in their place, after Gradio's.
    """
    lines = head(assets).splitlines()
    sheets = [line.replace('rel="stylesheet"', 'rel="preload" as="style"') for line in lines]
    return "\n".join(sheets)


def _address(assets: PageAssets, name: str) -> str:
    return escape(assets.address(name), quote=True)


def launch(
    page: gr.Blocks,
    explorer: Explorer,
    *,
    host: str | None = None,
    port: int | None = None,
    auth: tuple[str, str] | None = None,
    block: bool = True,
    limits: LiveLimits | None = None,
) -> str:
    """Serve the page and the live routes; warm the model up meanwhile.

    Args:
        page: What `build_app` returned.
        explorer: The same as the page's.
        host: Name or address to listen on; None for this machine only (or GRADIO_SERVER_NAME).
        port: Port to listen on; None for the first free one from 7860 (or GRADIO_SERVER_PORT).
        auth: User name and password, where the page is not for everyone.
        block: Whether to serve until interrupted.
        limits: What the server bears; None for what a laptop does.

    Returns:
        The page's address on this machine.

    Raises:
        DistillError: the port is taken, or the address is not this machine's.
    """
    explorer.leave_room()
    limits = limits or LiveLimits()
    assets = PageAssets(STATIC)
    live = LiveRoutes(explorer, Sessions(explorer), limits)
    warming = threading.Thread(target=explorer.warm, name="warm", daemon=True)
    try:
        with _named(host, port):
            _, address, _ = page.launch(
                server_name=host,
                server_port=port,
                auth=auth,
                prevent_thread_lock=True,
                footer_links=[],
                run_history=False,
                enable_monitoring=False,
                ssr_mode=False,
                pwa=False,
                theme=_theme(),
                head=head(assets),
                max_file_size=limits.sound.max_bytes,
                app_kwargs={
                    "routes": [*assets.routes(), *live.routes()],
                    "middleware": [Middleware(HeadStart, tags=early_head(assets))],
                },
            )
        warming.start()
        live.warm()
        if block:
            page.block_thread()
    finally:
        if block:
            page.close(verbose=False)  # wherever the interrupt came: its threads outlive this one
            live.close()
            if warming.is_alive():
                warming.join()  # an interpreter that ends under native code aborts
    return str(address)


@contextmanager
def _named(host: str | None, port: int | None) -> Iterator[None]:
    """Say which address cannot be had; Gradio blames the port even for a wrong host."""
    try:
        yield
    except OSError as error:
        place = f"{host or 'this machine'}, port {port or 'from 7860'}"
        raise DistillError(
            f"The page cannot be served on {place}: it is taken, or not an address of this "
            "machine. Choose another with --port or --host."
        ) from error


def _theme() -> gr.themes.Base:
    """Return Gradio's plainest theme in our ground colours, so that nothing flashes white."""
    return gr.themes.Base().set(
        body_background_fill=PAPER,
        body_background_fill_dark=PAPER,
        body_text_color=INK,
        body_text_color_dark=INK,
    )
