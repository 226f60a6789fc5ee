"""The head of the page: name, model, hints, undo, theme and help.

This module does not know what the controls do; `static/header.js` wires them.
"""

from distill.ui.components import Panel

_HEAD = """<div class="d-header"><h1 class="d-brand">
<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="var(--d-accent)" stroke-width="2"
stroke-linecap="round"><path d="M3 12v0M7 8v8M11 4v16M15 9v6M19 11v2"/></svg>Distill</h1>
<span class="d-badge d-model">loading the model</span>
<div class="d-hint-home"></div><div class="d-header-tools"></div></div>"""


class Header(Panel):
    """The line above the panels."""

    module = "header"
    title = "Distill"
    script = "header.js"
    style = "header.css"

    @classmethod
    def markup(cls) -> str:
        """Return the constant HTML of the head."""
        return _HEAD
