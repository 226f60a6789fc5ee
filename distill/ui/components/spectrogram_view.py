"""The spectrogram view: magnitude and IF of the sound, its original, and their difference.

This module does not know how they are drawn; `static/spectrogram_view.js` paints them on canvases.
"""

from distill.ui.components import Panel


class SpectrogramView(Panel):
    """Shows what the ear hears, with axes in Hz and seconds."""

    module = "spectrogram-view"
    title = "Spectrogram"
    script = "spectrogram_view.js"
    style = "spectrogram_view.css"
