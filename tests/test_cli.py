"""The command: whole folders with broken files in them, clear exits, and nothing lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from typer.testing import CliRunner, Result

import distill
from distill.cli import app
from distill.errors import LatentError
from distill.explorer import Explorer
from distill.latents import LatentTable
from distill.sound import Sound

PROGRAM = [sys.executable, "-c", "from distill.cli import main; main()"]


def distill_command(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def tone(hertz: float = 330, seconds: float = 1.0) -> Sound:
    time_s = np.arange(round(48_000 * seconds)) / 48_000
    return Sound(0.3 * np.sin(2 * np.pi * hertz * time_s), 48_000, "tone")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four good sounds, one of them of three clips, and three broken ones."""
    folder = tmp_path / "sounds"
    (folder / "drums").mkdir(parents=True)
    tone().write(folder / "one.wav")
    tone(440, 2.5).write(folder / "drums" / "long.flac")
    tone(550).write(folder / "<b>kick 🥁.wav")
    (folder / "flac.wav").write_bytes(tone(660).to_bytes("FLAC"))
    (folder / "text.wav").write_text("no sound at all")
    (folder / "drums" / "empty.wav").touch()
    (folder / "short.flac").write_bytes(tone().to_bytes("FLAC")[:2_000])
    (folder / "notes.txt").write_text("not meant to be a sound")
    return folder


GOOD = {"one.wav", "drums/long.flac", "<b>kick 🥁.wav", "flac.wav"}
BROKEN = {"text.wav", "drums/empty.wav", "short.flac"}


# Encoding


@pytest.mark.parametrize("name", ["latents.npz", "latents.parquet"])
def test_encode_writes_what_it_can_and_names_the_rest(tiny_model, folder, tmp_path, name):
    out = tmp_path / name
    done = distill_command("encode", folder, out, "--model", tiny_model)
    assert done.exit_code == 0, done.output
    table = LatentTable.read(out)
    assert set(table.names) == GOOD
    assert table.latents.shape == (6, 8)
    long = [clip for sound, clip in zip(table.names, table.clips, strict=True) if "long" in sound]
    assert long == [0, 1, 2]
    for broken in BROKEN:
        assert f"Skipped {broken}: " in done.stderr
    assert "notes.txt" not in done.output
    assert "6 latents of 4 sounds" in done.stdout


def test_encode_gives_what_the_explorer_gives(tiny_model, tiny_explorer, folder, tmp_path):
    distill_command("encode", folder, tmp_path / "latents.npz", "--model", tiny_model)
    table = LatentTable.read(tmp_path / "latents.npz")
    # All of them at once, as the command does: rounding differs from batch to batch.
    sounds = [Sound.read(folder / name) for name in dict.fromkeys(table.names)]
    expected = tiny_explorer.encode(sounds)
    np.testing.assert_allclose(table.latents, expected, atol=1e-3)
    assert table.names.count("drums/long.flac") == 3
    assert table.model == tiny_explorer.info.hash


def test_encode_takes_a_single_file(tiny_model, folder, tmp_path):
    out = tmp_path / "one.npz"
    assert distill_command("encode", folder / "one.wav", out, "--model", tiny_model).exit_code == 0
    assert LatentTable.read(out).names == ("one.wav",)


def test_encode_of_broken_files_alone_writes_nothing_and_ends_with_1(tiny_model, tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    (folder / "text.wav").write_text("no sound")
    done = distill_command("encode", folder, tmp_path / "latents.npz", "--model", tiny_model)
    assert done.exit_code == 1
    assert "Skipped text.wav: " in done.stderr
    assert not (tmp_path / "latents.npz").exists()


@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("sounds", "latents.csv", "ends in .npz or .parquet"),
        ("sounds", "nowhere/latents.npz", "no such folder"),
        ("missing", "latents.npz", "is not a folder"),
        ("empty", "latents.npz", "holds no sounds"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_encode_says_what_is_in_the_way(tmp_path, source, target, sentence):
    (tmp_path / "empty").mkdir()
    done = distill_command("encode", tmp_path / source, tmp_path / target)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("distill: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr


# Decoding


def test_decode_writes_24_bit_files_named_after_their_sounds(tiny_model, folder, tmp_path):
    distill_command("encode", folder, tmp_path / "latents.npz", "--model", tiny_model)
    out = tmp_path / "new" / "decoded"
    done = distill_command("decode", tmp_path / "latents.npz", out, "--model", tiny_model)
    assert done.exit_code == 0, done.output
    assert {path.name for path in out.iterdir()} == {
        *("one.flac", "flac.flac", "b_kick 🥁.flac"),
        *(f"drums_long-{clip}.flac" for clip in (1, 2, 3)),
    }
    for path in out.iterdir():
        assert (sf.info(path).format, sf.info(path).subtype) == ("FLAC", "PCM_24")
        assert (sf.info(path).samplerate, sf.info(path).frames) == (48_000, 48_000)


def test_decoded_files_sound_as_the_explorer_decodes(tiny_model, tiny_explorer, folder, tmp_path):
    distill_command("encode", folder / "one.wav", tmp_path / "one.npz", "--model", tiny_model)
    distill_command("decode", tmp_path / "one.npz", tmp_path / "out", "--model", tiny_model)
    expected = tiny_explorer.decode(LatentTable.read(tmp_path / "one.npz").latents)[0]
    written = Sound.read(tmp_path / "out" / "one.flac").samples
    np.testing.assert_allclose(written, np.clip(expected, -1, 1), atol=1e-4)


def table_of(path: Path, *names: str, latents: np.ndarray | None = None, model: str = "") -> Path:
    rows = np.zeros((len(names), 8), np.float32) if latents is None else latents
    LatentTable(rows, names, np.zeros(len(names), np.int64), model).write(path)
    return path


def test_names_from_a_file_cannot_leave_the_folder_or_write_over_each_other(tiny_model, tmp_path):
    names = ["../../up.wav", "/etc/passwd", "..", "", "a/b.wav", "a_b.wav", "A_B.wav", "é" * 300]
    table = table_of(tmp_path / "latents.npz", *names)
    out = tmp_path / "deep" / "out"
    done = distill_command("decode", table, out, "--model", tiny_model)
    assert done.exit_code == 0, done.output
    written = set(tmp_path.rglob("*.flac"))
    assert {path.parent for path in written} == {out}
    assert len({path.name.casefold() for path in written}) == len(names)


def test_latents_of_another_model_are_refused_unless_one_insists(tiny_model, tmp_path):
    table = table_of(tmp_path / "latents.npz", "one", model="f" * 12)
    words = ["decode", table, tmp_path / "out", "--model", tiny_model]
    done = distill_command(*words)
    assert done.exit_code == 2
    assert "of the model ffffffffffff" in done.stderr
    assert not (tmp_path / "out").exists()
    assert distill_command(*words, "--any-model").exit_code == 0


def test_one_bad_latent_does_not_stop_the_others(tiny_model, tmp_path):
    latents = np.zeros((3, 8), np.float32)
    latents[1] = np.nan
    table = table_of(tmp_path / "latents.npz", "one", "bad", "three", latents=latents)
    done = distill_command("decode", table, tmp_path / "out", "--model", tiny_model)
    assert done.exit_code == 0
    assert "Skipped bad: " in done.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"one.flac", "three.flac"}


def test_latents_of_the_wrong_size_end_with_1(tiny_model, tmp_path):
    table = table_of(tmp_path / "latents.npz", "one", latents=np.zeros((1, 5), np.float32))
    done = distill_command("decode", table, tmp_path / "out", "--model", tiny_model)
    assert done.exit_code == 1
    assert "Skipped one: " in done.stderr


def test_decode_into_a_file_says_so(tiny_model, tmp_path):
    table = table_of(tmp_path / "latents.npz", "one")
    done = distill_command("decode", table, table, "--model", tiny_model)
    assert done.exit_code == 2
    assert "latents.npz cannot be made" in done.stderr


# Telling and measuring


def test_info_tells_the_model(tiny_model):
    done = distill_command("info", "--model", tiny_model)
    assert done.exit_code == 0
    for word in ("tiny", "48000", "cpu", "latent size  8"):
        assert word in done.stdout
    facts = json.loads(distill_command("info", "--json", "--model", tiny_model).stdout)
    assert facts["latent_size"] == 8
    assert len(facts["edges_hz"]) == 130


def test_a_model_or_device_that_is_not_there_is_one_line(tiny_model, tmp_path):
    for words in (("--model", tmp_path), ("--model", tiny_model, "--device", "abacus")):
        done = distill_command("info", *words)
        assert done.exit_code == 2
        assert done.stderr.startswith("distill: ")
        assert done.stderr.count("\n") == 1


def test_evaluate_tables_the_sounds_and_names_the_broken(tiny_model, folder):
    words = ["evaluate", folder, "--no-visqol", "--details", "--model", tiny_model]
    done = distill_command(*words)
    assert done.exit_code == 0, done.output
    for word in ("model", "silence", "representation", "drums/long.flac"):
        assert word in done.stdout
    for broken in BROKEN:
        assert broken in done.stderr


def test_evaluate_gives_json_and_nothing_else_on_stdout(tiny_model, folder):
    words = ["evaluate", folder, "--no-visqol", "--most", 4, "--json", "--model", tiny_model]
    told = json.loads(distill_command(*words, "--details").stdout)
    assert (
        told["figures"]["all"]["silence"]["lsd_db"]
        > told["figures"]["all"]["representation"]["lsd_db"]
    )
    assert {row["file"] for row in told["rows"]} <= GOOD
    assert "rows" not in json.loads(distill_command(*words).stdout)


# Training


def test_train_goes_on_draws_its_curves_and_writes_validation_sounds(tmp_path):
    folder, out = tmp_path / "sounds", tmp_path / "run"
    folder.mkdir()
    for number in range(6):
        tone(220 * 1.2**number, 0.5).write(folder / f"{number}.wav")
    (folder / "broken.wav").write_text("no sound")
    words = ["train", folder, "--out", out, "--batch", 2, "--precision", "no"]
    done = distill_command(*words, "--steps", 1)
    assert done.exit_code == 0, done.output
    assert done.stderr.count("Skipped broken.wav") == 1
    assert "step 1 of 1" in done.stdout
    with (out / "curves.jsonl").open("a") as log:
        log.write('{"step": 1, "tot')  # what a kill in the middle of a line leaves behind
    done = distill_command(*words, "--steps", 2, "--sounds", 1)
    assert done.exit_code == 0, done.output
    assert "step 2 of 2" in done.stdout
    assert "validation total" in (out / "curves.html").read_text(encoding="utf-8")
    kinds = sorted(path.name.split(".", 1)[1] for path in (out / "sounds").iterdir())
    assert kinds == ["decoded.flac", "original.flac"]
    assert Explorer.load(out, device="cpu").info.trained["step"] == 2


def test_train_without_sounds_is_one_line(tmp_path):
    done = distill_command("train", tmp_path, "--out", tmp_path / "run")
    assert done.exit_code == 2
    assert "holds no sounds" in done.stderr


# The command itself


def test_help_names_every_command_and_version_the_version():
    told = distill_command("--help").stdout
    assert all(name in told for name in ("app", "train", "evaluate", "encode", "decode", "info"))
    assert distill_command("--version").stdout == f"distill {distill.__version__}\n"


def test_a_port_that_is_taken_is_one_line(tiny_model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = distill_command("app", "--model", tiny_model, "--port", port)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"distill: The page cannot be served on 127.0.0.1, port {port}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [("app", "--port", 99_999), ("app", "--port", 0)])
def test_a_number_that_is_no_port_is_refused(words):
    done = distill_command(*words)
    assert done.exit_code == 2
    assert "--port" in done.stderr


def test_a_report_that_would_be_a_folder_is_refused_before_anything_is_measured(tmp_path):
    done = distill_command("evaluate", tmp_path, "--report", tmp_path)
    assert done.exit_code == 2
    assert "--report" in done.stderr


@pytest.mark.parametrize("login", ["anna", "anna:", ":secret", ""])
def test_half_a_login_is_refused_before_anything_is_served(login):
    done = distill_command("app", "--login", login)
    assert done.exit_code == 2
    assert "USER:PASSWORD" in done.stderr


def test_hostile_names_do_not_reach_the_terminal(monkeypatch):
    def fail(*_):
        raise LatentError("\x1b[2Jlatents.npz is damaged.")

    monkeypatch.setattr(LatentTable, "read", fail)
    done = distill_command("decode", "x.npz", "out")
    assert done.stderr == "distill: �[2Jlatents.npz is damaged.\n"


def test_a_full_disk_is_one_line(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "latents.npz")

    monkeypatch.setattr(LatentTable, "read", full)
    done = distill_command("decode", "x.npz", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == "distill: latents.npz: No space left on device\n"


def test_errors_end_the_program_with_2_and_no_traceback(tmp_path):
    words = [*PROGRAM, "decode", str(tmp_path / "gone.npz"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"distill: {tmp_path / 'gone.npz'} is not there. Check the name.\n"


def test_ctrl_c_ends_the_page_with_130(tiny_model, serve):
    server = serve(tiny_model)
    process = server._process
    deadline = time.monotonic() + 60  # the page answers before Gradio has told that it does
    while "public link" not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "Traceback" not in server.log.read_text()


def test_ctrl_c_stores_a_training_run_that_goes_on_later(tmp_path):
    folder, out = tmp_path / "sounds", tmp_path / "run"
    folder.mkdir()
    for number in range(3):
        tone(220 * 1.2**number, 0.5).write(folder / f"{number}.wav")
    words = [*PROGRAM, "train", str(folder), "--out", str(out), "--batch", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env=environment)
    deadline = time.monotonic() + 120
    while b"Training" not in (tmp_path / "log").read_bytes() and time.monotonic() < deadline:
        assert process.poll() is None, (tmp_path / "log").read_text()
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    told = (tmp_path / "log").read_text()
    assert "goes on from here" in told
    assert "Traceback" not in told
    state = json.loads((out / "state" / "state.json").read_text())
    assert 0 < state["step"] < 20_000
