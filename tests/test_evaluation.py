import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from distill.baseline import Baseline
from distill.corpus import Entry
from distill.errors import TrainingError
from distill.evaluation import (
    Evaluation,
    EvaluationConfig,
    Row,
    draw_evenly,
    evaluate,
    format_table,
)
from distill.explorer import Explorer
from distill.metrics import Scores
from distill.sound import Sound

QUICK = EvaluationConfig(visqol=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A labelled drum and note, a second and a half of noise, and a file that is no sound."""
    time = np.arange(48_000) / 48_000
    drum = np.sin(2 * np.pi * 90 * time) * np.exp(-8 * time)
    note = 0.3 * np.sin(2 * np.pi * 330 * time)
    noise = 0.1 * np.random.default_rng(0).standard_normal(72_000)
    for name, samples in (("drum", drum), ("note", note), ("noise", noise)):
        Sound(samples.astype(np.float32), 48_000, name).write(tmp_path / f"{name}.wav")
    (tmp_path / "broken.wav").write_bytes(b"RIFF, said the walrus")
    rows = ["file,family", "drum.wav,drum", "note.wav,pitched", "noise.wav,texture"]
    (tmp_path / "labels.csv").write_text("\n".join([*rows, "broken.wav,texture"]))
    return tmp_path


@pytest.fixture
def with_baseline(tiny_model: Path, demo_sounds: list[Sound], tmp_path: Path) -> Explorer:
    """The tiny model with a linear baseline beside it."""
    copy = shutil.copytree(tiny_model, tmp_path / "with-baseline")
    explorer = Explorer.load(copy, device="cpu")
    Baseline.fit(explorer.analyze(demo_sounds[:20]), 8).save(copy)
    return explorer


def test_the_ceiling_is_good_and_silence_is_bad(with_baseline: Explorer, folder: Path) -> None:
    done = evaluate(with_baseline, folder, QUICK)
    assert done.subjects == ("model", "pca", "silence", "representation")
    figures = {subject: done.figures(subject) for subject in done.subjects}
    assert figures["representation"].lsd_db < 4 < figures["silence"].lsd_db
    assert figures["representation"].level_db < 1
    assert figures["silence"].level_db > 50
    assert done.figures("representation", "pitched").right == 1
    assert done.figures("silence", "pitched").right == 0
    # 8 lines of a real baseline beat an untrained network
    assert figures["pca"].lsd_db < figures["model"].lsd_db


def test_broken_files_are_named_and_the_rest_is_measured(
    tiny_explorer: Explorer, folder: Path
) -> None:
    done = evaluate(tiny_explorer, folder, QUICK)
    assert [row.file for row in done.rows] == ["drum.wav", "note.wav", "noise.wav"]
    assert any("broken.wav" in note for note in done.notes)


def test_a_missing_baseline_is_said_and_left_out(tiny_explorer: Explorer, folder: Path) -> None:
    done = evaluate(tiny_explorer, folder, QUICK)
    assert "pca" not in done.subjects
    assert any("No PCA" in note for note in done.notes)


def test_progress_reaches_the_end(tiny_explorer: Explorer, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(tiny_explorer, folder, QUICK, lambda done, total: seen.append((done, total)))
    assert seen[-1][1] == 4
    assert [done for done, _ in seen] == [1, 2, 3]


def test_a_folder_without_a_usable_sound_is_an_error(
    tiny_explorer: Explorer, tmp_path: Path
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"")
    with pytest.raises(TrainingError, match=r"broken\.wav"):
        evaluate(tiny_explorer, tmp_path, QUICK)


def test_validation_measures_held_back_groups_only(tiny_explorer: Explorer, folder: Path) -> None:
    tone = Sound.read(folder / "note.wav")
    rows = ["file,family,group"]
    for group in range(8):
        tone.write(folder / f"{group}.wav")
        rows.append(f"{group}.wav,pitched,group{group}")
    (folder / "labels.csv").write_text("\n".join(rows))
    done = evaluate(tiny_explorer, folder, EvaluationConfig(validation=True, visqol=False))
    assert len(done.rows) == 1
    again = evaluate(tiny_explorer, folder, EvaluationConfig(validation=True, visqol=False))
    assert done == again


def test_a_folder_too_small_to_split_says_so(tiny_explorer: Explorer, folder: Path) -> None:
    with pytest.raises(TrainingError, match="too few groups"):
        evaluate(tiny_explorer, folder, EvaluationConfig(validation=True, visqol=False))


def test_a_draw_takes_families_evenly_and_repeats() -> None:
    many = [Entry(f"{n}", "common", "") for n in range(90)]
    few = [Entry(f"rare{n}", "rare", "") for n in range(10)]
    drawn = draw_evenly(many + few, 20)
    assert sum(entry.family == "rare" for entry in drawn) == 10
    assert drawn == draw_evenly(many + few, 20) != draw_evenly(many + few, 20, seed=1)
    assert draw_evenly(few, 50) == few


def scores(lsd: float, cents: float | None) -> Scores:
    return Scores(lsd_db=lsd, level_db=1, pitch_cents=cents, visqol=None)


def known() -> Evaluation:
    rows = (
        Row("a", "drum", "kit", {"model": scores(2, None), "silence": scores(9, None)}),
        Row("b", "voice", "bird", {"model": scores(3, 20), "silence": scores(9, 2400)}),
        Row("c", "voice", "bird", {"model": scores(4, 70), "silence": scores(9, 2400)}),
    )
    return Evaluation("tiny 123", "sounds", rows, ())


def test_figures_are_means_and_shares() -> None:
    figures = known().figures("model")
    assert (figures.sounds, figures.lsd_db, figures.pitched, figures.right) == (3, 3, 2, 0.5)
    assert known().figures("model", "drum").right is None
    assert figures.visqol is None


def test_groups_count_alike_however_many_sounds_they_have() -> None:
    by_group = known().figures("model", by_group=True)
    assert (by_group.sounds, by_group.lsd_db, by_group.pitched, by_group.right) == (3, 2.75, 2, 0.5)
    rows = (*known().rows, Row("d", "voice", "cat", {"model": scores(1, 0)}))
    uneven = Evaluation("tiny 123", "sounds", rows, ())
    assert uneven.figures("model", "voice", by_group=True).right == 0.75
    assert uneven.figures("model", "voice").right == pytest.approx(2 / 3)


def test_the_table_has_a_line_for_every_family_and_subject() -> None:
    lines = [line.split("|")[1:-1] for line in format_table(known()).splitlines()]
    cells = [[cell.strip() for cell in line] for line in lines]
    assert cells[2] == ["all", "model", "3", "3.00", "1.0", "50% of 2", "-"]
    assert [tuple(line[:2]) for line in cells[2:]] == [
        (family, subject) for family in ("all", "drum", "voice") for subject in ("model", "silence")
    ]


def test_json_holds_rows_only_on_request() -> None:
    brief, full = known().to_json(), known().to_json(details=True)
    assert json.loads(json.dumps(brief))["figures"]["voice"]["model"]["right"] == 0.5
    assert brief["figures_by_group"]["all"]["model"]["lsd_db"] == 2.75
    assert "rows" not in brief
    assert [row["file"] for row in full["rows"]] == ["a", "b", "c"]
