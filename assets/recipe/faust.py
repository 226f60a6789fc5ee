"""Physical models and small synthesisers in Faust, rendered through dawdreamer.

Does not know how clips are cut or stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dawdreamer
import numpy as np
from clips import RATE, ClipWriter, Label, Samples

BLOCK = 512  # samples
SECONDS = 1.05  # rendered of each sound
HOLDS = (0.2, 0.5, 0.8)  # seconds the gate stays open
GATE_AT = 480  # samples of silence before it opens
PROGRAM = """
import("stdfaust.lib");
g = button("g");                        // gate
f = hslider("f", 220, 20, 5000, 0.01);  // Hz
a = hslider("a", 0.5, 0, 1, 0.001);     // two characters, each patch's own
b = hslider("b", 0.5, 0, 1, 0.001);
process = %s <: _,_;
"""


@dataclass(frozen=True)
class Patch:
    """One Faust expression and the MIDI notes [low, high) it is played at."""

    name: str
    family: str
    low: int
    high: int
    clips: int
    expression: str

    @property
    def pitched(self) -> bool:
        """Whether its notes are heard as notes."""
        return self.low + 1 < self.high and self.family in ("pitched", "synth", "voice")


BELLOWS = "en.asr(0.02,1,0.05,g)*(0.8+0.3*a)*(1+0.02*no.noise)"
VOWEL = "pm.SFFormantModelBP(1,a*4,0,f*(1+0.006*b*os.osc(5.2)),0.02)*en.asr(0.03+0.1*b,1,0.1,g)"
METAL_PARTIALS = "(f,f*(1.9+a),f*(2.8+b),f*(4.1+a),f*(5.4+b),f*6.9)"
METAL_DECAYS = "(1.5*b+.1,b+.1,.8*b+.1,.6*b+.05,.4*b+.05,.3*b+.05)"
METAL = (
    f"pm.modalModel(6,{METAL_PARTIALS},{METAL_DECAYS},(1,.8,.6,.5,.4,.3),"
    "en.ar(0.0005,0.002,g)*no.noise)"
)
FM = "os.osc(f+os.osc(f*(1+int(b*5.99)))*f*8*a*en.ar(0.001,0.7,g))*en.ar(0.002,0.9,g)"

PATCHES = (
    Patch(
        name="ks_string",
        family="pitched",
        low=33,
        high=88,
        clips=400,
        expression="pm.ks(pm.f2l(f),a*0.6,no.noise*en.ar(0.001,0.002+0.02*b,g))",
    ),
    Patch(
        name="nylon_guitar",
        family="pitched",
        low=38,
        high=84,
        clips=300,
        expression="pm.nylonGuitarModel(pm.f2l(f),0.1+0.8*a,no.noise*en.ar(0.001,0.003+0.02*b,g))",
    ),
    Patch(
        name="flute_wg",
        family="pitched",
        low=55,
        high=90,
        clips=250,
        expression=f"pm.fluteModel(pm.f2l(f),0.3+0.4*b,{BELLOWS})",
    ),
    Patch(
        name="bowed_string",
        family="pitched",
        low=40,
        high=84,
        clips=300,
        expression="pm.violinModel(pm.f2l(f),0.2+0.4*a,0.1+0.2*b,0.12)*en.asr(0.03,1,0.08,g)",
    ),
    Patch("church_bell", "pitched", 60, 61, 40, "pm.churchBell(a*6,1500+9000*b,0.5,0.8,g)"),
    Patch("djembe", "drum", 36, 64, 250, "pm.djembe(f,a,0.1+0.8*b,0.8,g)"),
    Patch("sung_vowel", "voice", 40, 76, 800, VOWEL),
    Patch("kick", "drum", 28, 52, 300, "sy.kick(f,0.01+0.05*b,0.001,0.08+0.7*a,1+14*b,g)"),
    Patch("clap", "drum", 60, 61, 150, "sy.clap(700+2600*a,0.001,0.06+b*.5,g)"),
    Patch("hat", "drum", 60, 61, 250, "sy.hat(150+600*a,4000+9000*a,0.002,0.02+b*b*.9,g)"),
    Patch("dubdub", "synth", 28, 76, 250, "sy.dubDub(f,300+5000*a,1+5*b,g)"),
    Patch("comb_string", "pitched", 33, 84, 250, "sy.combString(f,0.3+a*5,g)"),
    Patch("fm2", "synth", 33, 88, 400, FM),
    Patch("modal_metal", "drum", 55, 90, 300, METAL),
)


def render_faust(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every patch at random notes, characters and gate lengths."""
    del cache  # nothing is downloaded: the libraries come with dawdreamer
    rng = np.random.default_rng(3)
    for patch in PATCHES:
        for samples, label in _sounds(patch, int(patch.clips * scale), rng):
            writer.put(samples, label)


def _sounds(patch: Patch, count: int, rng: np.random.Generator) -> Iterator[tuple[Samples, Label]]:
    engine = dawdreamer.RenderEngine(RATE, BLOCK)
    processor = engine.make_faust_processor(patch.name.replace("_", ""))
    processor.set_dsp_string(PROGRAM % patch.expression)
    processor.compile()
    engine.load_graph([(processor, [])])
    # a parameter's path ends in the one letter it has in PROGRAM; unused ones are compiled away
    paths = {entry["name"][-1]: entry["name"] for entry in processor.get_parameters_description()}
    for _ in range(count):
        note = int(rng.integers(patch.low, patch.high))
        a, b, hold = rng.uniform(), rng.uniform(), float(rng.choice(HOLDS))
        settings = {"f": 440 * 2 ** ((note - 69) / 12), "a": a, "b": b}
        for name in settings.keys() & paths.keys():
            processor.set_parameter(paths[name], settings[name])
        if "g" in paths:
            processor.set_automation(paths["g"], _gate(hold))
        engine.render(SECONDS)
        label = Label(
            family=patch.family,
            instrument=patch.name,
            licence="own-render (Faust libs)",
            midi_pitch=note if patch.pitched else None,
            params={"a": round(a, 3), "b": round(b, 3), "hold_s": hold},
        )
        yield engine.get_audio().T, label


def _gate(hold: float) -> Samples:
    """Closed for 10 ms, open for `hold` seconds, then closed."""
    closed = np.zeros(int((1.1 - hold) * RATE))
    gate = np.concatenate([np.zeros(GATE_AT), np.ones(int(hold * RATE)), closed])
    return gate.astype(np.float32)
