"""Nothing that a file is called takes over the terminal, and Ctrl-C is gentle once."""

import os
import signal

import pytest

from distill.terminal import Stop, printable, progress, stopping, tell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kick 🥁 <b>é</b>.wav", "kick 🥁 <b>é</b>.wav"),
        ("\x1b[2J\x1b]0;title\x07.wav", "�[2J�]0;title�.wav"),
        ("a\rb\x9bc.wav", "a�b�c.wav"),
        ("abc\u202evaw.exe", "abc�vaw.exe"),
        ("caf\udce9.wav", "caf�.wav"),
        ("two\nlines", "two\nlines"),
        ("👩\u200d🎤.wav", "👩\u200d🎤.wav"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_a_mark(text, shown):
    assert printable(text) == shown


def test_lines_go_to_stderr_and_not_into_a_result(capsys):
    tell("Skipped \x1b[31mkick.wav")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "Skipped �[31mkick.wav\n"


def test_a_bar_appears_with_the_first_call_only(capsys):
    with progress("Reading"):
        pass
    assert capsys.readouterr().err == ""
    with progress("Reading") as show:
        show(1, 2)
        show(2, 2)
    assert "Reading" in capsys.readouterr().err


def test_work_that_asks_ends_by_itself_at_the_first_ctrl_c_and_breaks_off_at_the_second(capsys):
    before = signal.getsignal(signal.SIGINT)
    with stopping() as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        assert "again to stop at once" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_work_that_has_not_asked_yet_is_interrupted_at_once():
    with pytest.raises(KeyboardInterrupt), stopping():
        os.kill(os.getpid(), signal.SIGINT)
    assert not Stop().wanted
