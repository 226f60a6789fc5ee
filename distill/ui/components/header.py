"""The head of the page: name, model, hints, undo, theme and help.

This module does not know what the controls do; `static/header.js` wires them.
"""

from distill.ui.components import Panel


class Header(Panel):
    """The line above the panels."""

    module = "header"
    title = "Distill"
    script = "header.js"
    style = "header.css"

    @classmethod
    def markup(cls) -> str:
        """Return the constant HTML of the head."""
        return '<header class="d-header"><h1 class="d-brand">Distill</h1></header>'
