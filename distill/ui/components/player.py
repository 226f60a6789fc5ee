"""The player: play, loop, compare, volume, waveform, keys, download and link.

This module does not know how sound comes about; `static/player.js` speaks to the engine.
"""

from distill.ui.components import Panel


class Player(Panel):
    """Plays the current sound and its original."""

    module = "player"
    title = "Player"
    script = "player.js"
    style = "player.css"
