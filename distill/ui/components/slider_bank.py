"""The slider bank: named directions, principal components and every latent dimension.

This module does not know the mathematics of a slider; see `static/slider_maths.js`.
"""

from distill.ui.components import Panel


class SliderBank(Panel):
    """Shapes the selected sound by sliders whose zero it is."""

    module = "slider-bank"
    title = "Shape"
    script = "slider_bank.js"
    style = "slider_bank.css"
