"""Talk on a terminal: lines that cannot take it over, bars with the time left, a gentle Ctrl-C.

Knows nothing of sounds, models or commands.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import typer

Show = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

_KEPT = frozenset({"\n", "\N{ZERO WIDTH JOINER}"})


def printable(text: str) -> str:
    """Replace what a terminal would obey rather than show: a file may be named anything."""
    mark = "\N{REPLACEMENT CHARACTER}"
    return "".join(c if c.isprintable() or c in _KEPT else mark for c in text)


def tell(text: str) -> None:
    """Print a line on stderr, where it does not mix with a result."""
    typer.echo(printable(text), err=True)


@contextmanager
def progress(label: str) -> Iterator[Show]:
    """Show a bar with the time that is left, from the first call of what this yields."""
    with ExitStack() as stack:
        bars: list[Any] = []

        def show(done: int, total: int) -> None:
            if not bars:
                bar = typer.progressbar(length=total, label=label, show_pos=True, file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield show


class Stop:
    """Whether work should end early: asked by the work, answered by Ctrl-C."""

    def __init__(self) -> None:
        self.wanted = False
        self._asked = False

    def __call__(self) -> bool:
        """Answer the work, which can end by itself from now on."""
        self._asked = True
        return self.wanted

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Remember the first Ctrl-C; interrupt at the second, or before the work can be asked."""
        if self.wanted or not self._asked:
            raise KeyboardInterrupt
        self.wanted = True
        tell("\nStopping after this step. Press Ctrl-C again to stop at once.")


@contextmanager
def stopping() -> Iterator[Stop]:
    """Let Ctrl-C end work gently: the work asks what this yields before every step."""
    stop = Stop()
    before = signal.signal(signal.SIGINT, stop.on_signal)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
