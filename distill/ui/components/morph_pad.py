"""The morph pad: four sounds in the corners of a square, and everything between them.

This module does not know how sounds are mixed; see `static/morph_maths.js`.
"""

from distill.ui.components import Panel


class MorphPad(Panel):
    """Morphs between four sounds and records the gesture."""

    module = "morph-pad"
    title = "Morph"
    script = "morph_pad.js"
    style = "morph_pad.css"
