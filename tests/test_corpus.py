import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distill.corpus import Corpus, CorpusConfig, Entry, FeatureStore, held_back, scan
from distill.errors import TrainingError
from distill.sound import Sound
from distill.spectrogram import SpectrogramConfig


def write_tone(path: Path, hertz: float = 440, seconds: float = 0.5) -> None:
    time = np.arange(int(48_000 * seconds)) / 48_000
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.5 * np.sin(2 * np.pi * hertz * time)
    Sound(samples.astype(np.float32), 48_000, path.name).write(path)


def write_labels(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "family", "group"), *rows])


def entries(count: int) -> list[Entry]:
    families = ("drum", "voice")
    return [Entry(f"{n}.wav", families[n % 2], f"group {n // 3}") for n in range(count)]


def test_a_folder_without_labels_is_its_sounds(tmp_path):
    write_tone(tmp_path / "b" / "tone.wav")
    write_tone(tmp_path / "a.flac")
    (tmp_path / "notes.txt").write_text("not a sound")
    assert [entry.file for entry in scan(tmp_path)] == ["a.flac", "b/tone.wav"]


def test_labels_name_family_and_group(tmp_path):
    write_labels(tmp_path, [("x.wav", "drum", "kit"), ("y.wav", "voice", "")])
    assert scan(tmp_path) == [Entry("x.wav", "drum", "kit"), Entry("y.wav", "voice", "y.wav")]


def test_labels_may_keep_a_sound_in_training(tmp_path):
    (tmp_path / "labels.csv").write_text("file,split\nx.wav,train\ny.wav,\n")
    assert scan(tmp_path) == [Entry("x.wav", "", "x.wav", "train"), Entry("y.wav", "", "y.wav")]


def test_what_cannot_be_trained_on_is_said(tmp_path):
    with pytest.raises(TrainingError, match="is not a folder"):
        scan(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="holds no sounds"):
        scan(tmp_path)
    (tmp_path / "labels.csv").write_text("name,family\nx.wav,drum\n")
    with pytest.raises(TrainingError, match="no column named file"):
        scan(tmp_path)


def test_the_split_stays_when_sounds_join_known_groups():
    config = CorpusConfig(validation_share=0.2)
    few, many = entries(60), [*entries(60), Entry("new.wav", "drum", "group 3")]
    assert held_back(few, config) == held_back(many, config)
    assert 0 < len(held_back(few, config)) < 20


def test_a_new_group_moves_at_most_one_other_of_its_family():
    config = CorpusConfig(validation_share=0.2)
    before = held_back(entries(60), config)
    moved = []
    for number in range(50):
        new = f"new {number}"
        after = held_back([*entries(60), Entry("new.wav", "drum", new)], config)
        moved.append(len((before ^ after) - {new}))
    assert max(moved) <= 1
    assert min(moved) == 0


def test_what_is_marked_for_training_is_never_held_back_and_moves_nothing():
    config = CorpusConfig(validation_share=0.2)
    known = entries(60)
    joined = [Entry(f"new {n}.wav", "drum", f"new {n}", split="train") for n in range(50)]
    assert held_back([*known, *joined], config) == held_back(known, config)
    held = next(entry for entry in known if entry.group in held_back(known, config))
    assert held.group not in held_back([*known, replace(held, split="train")], config)


def test_the_split_follows_its_seed_and_not_the_order_of_files():
    config = CorpusConfig(validation_share=0.2)
    assert held_back(entries(60)[::-1], config) == held_back(entries(60), config)
    assert held_back(entries(60), replace(config, seed=1)) != held_back(entries(60), config)


def test_every_family_holds_its_share_back():
    many = [Entry(f"{n}.wav", ("drum", "voice")[n % 10 == 0], f"group {n}") for n in range(200)]
    families = {entry.group: entry.family for entry in many}
    chosen = held_back(many, CorpusConfig(validation_share=0.1))
    counts = Counter(families[group] for group in chosen)
    assert counts == {"drum": 18, "voice": 2}


def test_a_group_is_never_split(tmp_path):
    rows = [(f"{n}.wav", "drum", f"group {n // 2}") for n in range(12)]
    for n, (name, _, _) in enumerate(rows):
        write_tone(tmp_path / name, 200 + 50 * n)
    write_labels(tmp_path, rows)
    corpus = Corpus(tmp_path, tmp_path / "cache", CorpusConfig(validation_share=0.3))
    groups = {name: group for name, _, group in rows}
    sides = [
        {groups[corpus.files[row]] for row in side} for side in (corpus.train, corpus.validation)
    ]
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


def test_families_are_drawn_alike(tmp_path):
    rows = [(f"{n}.wav", "drum" if n < 9 else "voice", f"{n}") for n in range(12)]
    for n, (name, _, _) in enumerate(rows):
        write_tone(tmp_path / name, 200 + 50 * n)
    write_labels(tmp_path, rows)
    corpus = Corpus(tmp_path, tmp_path / "cache", CorpusConfig(validation_share=0))
    weights = corpus.weights()
    drum = [corpus.families[row] == "drum" for row in corpus.train]
    assert weights.sum() == pytest.approx(1)
    share = len({corpus.families[row] for row in corpus.train})
    assert weights[drum].sum() == pytest.approx(1 / share)
    tilted = corpus.weights(np.where(drum, 3.0, 1.0))
    assert tilted.sum() == pytest.approx(1)
    odds, even_odds = (w[drum].sum() / w[np.logical_not(drum)].sum() for w in (tilted, weights))
    assert odds == pytest.approx(3 * even_odds)


@pytest.fixture
def three_families(tmp_path):
    rows = [(f"{n}.wav", ("drum", "low", "voice")[n % 3], f"{n}") for n in range(9)]
    for n, (name, _, _) in enumerate(rows):
        write_tone(tmp_path / name, 200 + 50 * n)
    write_labels(tmp_path, rows)
    return Corpus(tmp_path, tmp_path / "cache", CorpusConfig(validation_share=0))


def test_a_family_gets_the_share_of_the_draws_that_it_is_given(three_families):
    families = np.array([three_families.families[row] for row in three_families.train])
    tilt = np.where(families == "voice", 3.0, 1.0)
    weights = three_families.weights(tilt, {"low": 0.4})
    shares = {family: weights[families == family].sum() for family in ("drum", "low", "voice")}
    assert shares == pytest.approx({"drum": 0.15, "low": 0.4, "voice": 0.45})
    without = three_families.weights(tilt, {"low": 0.0})
    assert without[families == "low"].sum() == 0
    assert without.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "shares",
    [
        {"low": 1.0},
        {"low": -0.1},
        {"low": 0.5, "drum": 0.6},
        {"low": 0.2, "drum": 0.2, "voice": 0.2},
    ],
)
def test_shares_that_leave_nothing_or_nobody_are_refused(three_families, shares):
    with pytest.raises(TrainingError, match="are no shares of drum, low, voice"):
        three_families.weights(shares=shares)


def test_a_share_for_a_family_that_is_not_there_is_refused(three_families):
    with pytest.raises(TrainingError, match="bass"):
        three_families.weights(shares={"bass": 0.5})


def test_features_are_computed_once_and_broken_files_named(tmp_path):
    write_tone(tmp_path / "good.wav", seconds=1.5)
    (tmp_path / "bad.wav").write_bytes(b"RIFF nonsense")
    store = FeatureStore(tmp_path / "cache", SpectrogramConfig())
    sources = [(tmp_path / "bad.wav", 0.0), (tmp_path / "good.wav", 0.0)]
    features, owners, skipped = store.get(sources)
    assert features.shape == (2, 2, 128, 94)
    assert owners == [1, 1]
    assert len(skipped) == 1
    assert "bad.wav" in skipped[0]
    stamp = next((tmp_path / "cache").glob("*.f16")).stat().st_mtime_ns
    store.get(sources)
    assert next((tmp_path / "cache").glob("*.f16")).stat().st_mtime_ns == stamp


def test_a_changed_file_is_computed_anew(tmp_path):
    store = FeatureStore(tmp_path / "cache", SpectrogramConfig())
    write_tone(tmp_path / "tone.wav", 440)
    first = np.array(store.get([(tmp_path / "tone.wav", 0.0)])[0])
    write_tone(tmp_path / "tone.wav", 880, seconds=0.6)
    assert not np.array_equal(first, store.get([(tmp_path / "tone.wav", 0.0)])[0])


def test_a_corpus_is_read_once_and_says_what_it_left_out(tmp_path):
    for number in range(3):
        write_tone(tmp_path / "sounds" / f"{number}.wav", 200 + 50 * number)
    (tmp_path / "sounds" / "bad.wav").write_bytes(b"RIFF nonsense")
    progress = []
    first = Corpus(
        tmp_path / "sounds", tmp_path / "cache", progress=lambda *done: progress.append(done)
    )
    assert len(first.skipped) == 2  # once as it is, once at another speed
    assert all("bad.wav" in sentence for sentence in first.skipped)
    assert set(first.files) == {"0.wav", "1.wav", "2.wav"}
    assert progress[-1] == (8, 8)
    progress.clear()
    again = Corpus(
        tmp_path / "sounds", tmp_path / "cache", progress=lambda *done: progress.append(done)
    )
    assert not progress
    assert np.array_equal(again.features, first.features)
    assert again.digest() == first.digest()


def test_a_folder_of_broken_files_is_refused_with_the_reason(tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(TrainingError, match=r"no sound that could be read.*bad\.wav"):
        Corpus(tmp_path, tmp_path / "cache")


def test_validation_hears_no_sound_at_another_speed(tmp_path):
    for number in range(8):
        write_tone(tmp_path / f"{number}.wav", 200 + 50 * number)
    corpus = Corpus(tmp_path, tmp_path / "cache", CorpusConfig(varispeed_copies=2))
    held = held_back(corpus.entries, corpus.config)
    heard = [corpus.files[row] for row in corpus.validation]
    assert sorted(heard) == sorted(held)
    assert len(corpus.train) == 3 * (8 - len(held))


def test_varispeed_moves_the_pitch(tmp_path):
    write_tone(tmp_path / "tone.wav", 440, seconds=1)
    store = FeatureStore(tmp_path / "cache", SpectrogramConfig())
    features, _, _ = store.get([(tmp_path / "tone.wav", 0.0), (tmp_path / "tone.wav", 12.0)])
    plain, octave = features[:, 0, :, 20].argmax(axis=1)
    assert octave > plain
