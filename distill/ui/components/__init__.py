"""The base of every component on the page: a panel that a JavaScript module fills.

This module does not know what any panel shows, nor how sounds are made.
"""

import json
from pathlib import Path
from typing import ClassVar

import gradio as gr

STATIC = Path(__file__).parent / "static"

_PANEL = """<section class="d-panel {css}" aria-labelledby="{name}-title">
<header class="d-panel-head"><h2 class="d-panel-title" id="{name}-title">{title}</h2>
<div class="d-panel-tools"></div></header>
<div class="d-panel-body">{body}</div></section>"""

# The element is handed over at once or, where core.js is still on its way, kept in a queue.
_MOUNT = "(window.distillQueue ??= []).push([{module}, element, props]);"


class Panel:
    """A panel with a title, filled in by the module that registers under the same name.

    A subclass sets the class attributes; `distill.component(module, build)` in its script then
    gets the element and fills `.d-panel-body` and `.d-panel-tools`. The markup is constant, so
    that nothing a user names can become markup.

    It makes a `gr.HTML` instead of being one: Gradio writes a stub file beside the source of
    every class derived from its own.

    Attributes:
        module: Name under which the script registers, such as "sound-map".
        title: Heading of the panel, one or two words.
        script: File name of the ES module in `static/`.
        style: File name of the style sheet in `static/`, or "" for none.
        body: Constant HTML inside the panel: its skeleton while the script loads.
    """

    module: ClassVar[str] = ""
    title: ClassVar[str] = ""
    script: ClassVar[str] = ""
    style: ClassVar[str] = ""
    body: ClassVar[str] = ""

    @classmethod
    def place(cls, area: str) -> gr.HTML:
        """Put the panel into the page that is being built.

        Args:
            area: Its identifier, which is also its area of the page's grid.
        """
        return gr.HTML(
            value="",
            html_template=cls.markup(),
            js_on_load=_MOUNT.format(module=json.dumps(cls.module)),
            apply_default_css=False,
            elem_id=area,
            elem_classes="d-cell",
        )

    @classmethod
    def markup(cls) -> str:
        """Return the constant HTML of the panel."""
        css = f"d-{cls.module}"
        return _PANEL.format(css=css, name=cls.module, title=cls.title, body=cls.body)
