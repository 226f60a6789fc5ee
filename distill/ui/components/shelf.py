"""The shelf: the visitor's own sounds, by drop, by file or by microphone.

This module does not know how files are read; `static/shelf.js` sends them to the live routes.
"""

from distill.ui.components import Panel


class Shelf(Panel):
    """Takes files in, lists them and lets them go again."""

    module = "shelf"
    title = "Your sounds"
    script = "shelf.js"
    style = "shelf.css"
