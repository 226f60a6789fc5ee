"""The sound map: every sound a point, every empty place a new sound.

This module does not know what is on the map: `static/sound_map.js` fetches, draws and plays it.
"""

from typing import Final

from distill.ui.components import Panel

_KEYS: Final = (
    "Sound map. Arrow keys select the nearest sound in that direction, Enter plays it. "
    "Shift and Enter put it into the selection. "
    "Shift and arrow keys glide through the space between sounds. "
    "Plus and minus zoom, zero shows all, slash searches."
)

_ICONS: Final = {
    "pan": "M8 1.5v13M1.5 8h13M8 1.5 6 3.5M8 1.5l2 2M8 14.5l-2-2M8 14.5l2-2"
    "M1.5 8l2-2M1.5 8l2 2M14.5 8l-2-2M14.5 8l-2 2",
    "glide": "M2 12.5c3.5 0 3-9 6.5-9s2 6 5.5 6M12 7.5l2 2-2 2",
    "lasso": "M8 10.5c-3.6 0-6-1.6-6-4s2.4-4 6-4 6 1.6 6 4-2.4 4-6 4ZM5.5 10.2"
    "c-1.5.3-1.8 2-.3 2.3 1.3.3 1.3 1.5.3 2",
    "zoom-in": "M8 3.5v9M3.5 8h9",
    "zoom-out": "M3.5 8h9",
    "fit": "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
    "surprise": "M3 3h10v10H3zM5.6 5.6v.1M10.4 5.6v.1M8 8v.1M5.6 10.4v.1M10.4 10.4v.1",
    "audition": "M2.5 6.2v3.6H5l3.5 2.7v-9L5 6.2ZM10.8 6.2a2.6 2.6 0 0 1 0 3.6"
    "M12.7 4.2a5.4 5.4 0 0 1 0 7.6",
    "nearest-toggle": "M6 4h7.5M6 8h7.5M6 12h7.5M2.7 4h.1M2.7 8h.1M2.7 12h.1",
}


def _tool(name: str, label: str) -> str:
    return (
        f'<button type="button" class="d-button d-button-quiet d-button-icon" data-part="{name}"'
        f' aria-label="{label}" title="{label}">'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{_ICONS[name]}"/></svg></button>'
    )


_HEAD: Final = """<div class="d-map-head" data-part="head">
<div class="d-map-search"><input class="d-field" data-part="search" type="text" role="combobox"
 aria-label="Search sounds by name" aria-controls="d-map-matches" aria-expanded="false"
 aria-autocomplete="list" autocomplete="off" spellcheck="false" placeholder="Search sounds">
<kbd class="d-kbd" aria-hidden="true">/</kbd>
<div class="d-map-matches d-scroll" id="d-map-matches" data-part="matches" role="listbox"
 aria-label="Matching sounds" hidden></div></div>
<label class="d-map-colour" data-part="colour-label"><span>Colour by</span>
<select class="d-select" data-part="colour" title="Colour by"></select></label>
<button type="button" class="d-button" data-part="remap" hidden
 title="Fit a new map with your sounds in it">Re-map</button>
<button type="button" class="d-button" data-part="show-all-sounds" hidden
 title="Go back to the map of all sounds">All sounds</button></div>"""

_STAGE: Final = f"""<div class="d-map-stage" data-part="stage" tabindex="0" role="application"
 aria-label="{_KEYS}" aria-describedby="d-map-told">
<div class="d-map-points" data-part="points" aria-hidden="true"></div>
<svg class="d-map-marks" data-part="marks" aria-hidden="true"></svg>
<div class="d-map-tip" data-part="tip" aria-hidden="true" hidden>
<b data-part="tip-name"></b><span data-part="tip-more"></span></div></div>
<p class="d-map-told" id="d-map-told" role="status">
<b data-part="told-name"></b><span data-part="told-more"></span></p>"""

_STATES: Final = """<div class="d-map-skeleton" data-part="loading" aria-hidden="true"></div>
<div class="d-empty" data-part="empty" hidden>
<p>No sounds on the map yet. Drop some files on the page and they land here.</p></div>
<div class="d-empty" data-part="failed" hidden><p data-part="failure"></p>
<button type="button" class="d-button" data-part="retry">Try again</button></div>
<div class="d-empty" data-part="all-hidden" hidden><p>Every family is hidden.</p>
<button type="button" class="d-button" data-part="show-all">Show all</button></div>"""

_TOOLS: Final = f"""<div class="d-map-tools" role="group" aria-label="Map tools">
{_tool("pan", "Move the map")}
{_tool("glide", "Draw a path and hear it (or hold Shift)")}
{_tool("lasso", "Select sounds with a lasso (or Shift and click)")}
<i></i>{_tool("zoom-out", "Zoom out")}{_tool("zoom-in", "Zoom in")}
{_tool("fit", "Show all sounds")}
<i></i>{_tool("surprise", "A new sound by chance")}
{_tool("audition", "Hear sounds under the pointer")}
{_tool("nearest-toggle", "List the nearest sounds")}</div>"""

_SELECTION: Final = """<div class="d-map-selection" data-part="selection" role="region"
 aria-label="Selected sounds" hidden><span data-part="selection-count" role="status"></span>
<button type="button" class="d-button" data-part="selection-save"
 title="Save them, as the model plays them, as FLAC files in a ZIP archive">Save FLAC</button>
<button type="button" class="d-button" data-part="selection-list"
 title="Save their names as a table">Save list</button>
<button type="button" class="d-button" data-part="selection-map"
 title="Fit a map to these sounds alone">Re-map</button>
<button type="button" class="d-button" data-part="selection-train"
 title="Train the model on the recordings among them">Train</button>
<button type="button" class="d-button d-button-quiet" data-part="selection-clear">Clear</button>
</div>"""

_NEAREST: Final = """<aside class="d-map-nearest" data-part="nearest" aria-label="Nearest sounds"
 hidden><h3>Nearest sounds</h3>
<ol class="d-scroll" data-part="nearest-list"></ol>
<p data-part="nearest-none">Select a sound to see what lies near it.</p></aside>"""

_FOOT: Final = """<div class="d-map-foot">
<div class="d-map-chips d-scroll" data-part="chips" role="group" aria-label="Families shown"></div>
<div class="d-map-scale" data-part="scale" hidden><span data-part="scale-low"></span>
<i data-part="scale-bar"></i><span data-part="scale-high"></span></div></div>"""


class SoundMap(Panel):
    """Shows all sounds, plays them, and makes new ones between them."""

    module = "sound-map"
    title = "Sound map"
    script = "sound_map.js"
    style = "sound_map.css"
    body = (
        f'{_HEAD}<div class="d-map-main"><div class="d-map-room">{_STAGE}{_STATES}{_TOOLS}'
        f"{_SELECTION}</div>{_NEAREST}</div>{_FOOT}"
    )
