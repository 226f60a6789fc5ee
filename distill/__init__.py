"""Distill: explore the space between sounds.

    from distill import Explorer, Sound

    explorer = Explorer.load()                    # the bundled model on the best device
    sound = Sound.read("kick.wav")                # checks, mixes down, resamples to 48 kHz
    latents = explorer.encode([sound])            # float32 [clip, 128]; a clip lasts one second
    audio = explorer.decode(latents)              # float32 [clip, 48000]

Whatever goes wrong on the way is a `DistillError` whose message says what to do.
"""

from typing import TYPE_CHECKING

from distill.errors import DistillError
from distill.sound import Sound

if TYPE_CHECKING:
    from distill.explorer import Explorer

__all__ = ["DistillError", "Explorer", "Sound", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import `Explorer` when it is first asked for: torch takes seconds, `distill --help` none."""
    if name == "Explorer":
        from distill.explorer import Explorer  # noqa: PLC0415

        return Explorer
    raise AttributeError(f"module 'distill' has no attribute {name!r}")
