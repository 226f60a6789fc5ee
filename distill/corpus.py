"""A folder of sounds as training data: labels, a split by group, cached features, balanced draws.

Knows sounds and their channels; nothing of networks, losses or optimisers.

    folder (+ labels.csv) -> scan -> rows (one-second clip, varispeed) -> features on disk
                               |                                              |
                               +-> split by group -> sampler -> batch <- memory map
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from distill.errors import SoundError, TrainingError
from distill.sound import Sound
from distill.spectrogram import Spectrogram, SpectrogramConfig

EXTENSIONS = frozenset({".wav", ".aif", ".aiff", ".flac", ".ogg", ".opus", ".mp3"})
TRAIN = "train"
"""In labels.csv, the split of what joined after a yardstick was set and must not move it."""
Features = npt.NDArray[np.float16]
Rows = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CorpusConfig:
    """How a folder becomes rows of features.

    Attributes:
        varispeed_copies: further copies of each training clip, played faster or slower.
        varispeed_semitones: largest change of speed, either way.
        validation_share: share of each family's groups that is held back.
        seed: of the split and of the speeds.
    """

    varispeed_copies: int = 1
    varispeed_semitones: float = 5.0
    validation_share: float = 0.08
    seed: int = 0


@dataclass(frozen=True)
class Entry:
    """One file of a folder.

    Attributes:
        file: path below the folder.
        family: what it counts as when families are drawn alike.
        group: what must not be split apart.
        split: TRAIN where its group is never held back, else empty.
    """

    file: str
    family: str
    group: str
    split: str = ""


@dataclass(frozen=True)
class Row:
    """One clip to compute: which entry, and by how many semitones its speed is changed."""

    entry: int
    semitones: float


def scan(folder: Path) -> list[Entry]:
    """Entries of a folder, from its `labels.csv` or from its files alone.

    The table has a column `file`, and may have `family`, `group` and `split`.

    Raises:
        TrainingError: no such folder, or no sounds in it, or labels without a `file` column.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder. Name one that holds sounds.")
    labels = folder / "labels.csv"
    entries = _labelled(labels) if labels.is_file() else _unlabelled(folder)
    if not entries:
        raise TrainingError(
            f"{folder} holds no sounds. Put WAV, FLAC, AIFF, OGG or MP3 files in it."
        )
    return entries


def _labelled(labels: Path) -> list[Entry]:
    with labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if rows and "file" not in rows[0]:
        raise TrainingError(f"{labels} has no column named file.")
    return [_entry(row) for row in rows]


def _entry(row: dict[str, str]) -> Entry:
    told = {column: row.get(column) or "" for column in ("file", "family", "group", "split")}
    return Entry(**told | {"group": told["group"] or told["file"]})


def _unlabelled(folder: Path) -> list[Entry]:
    files = (p for p in sorted(folder.rglob("*")) if p.suffix.lower() in EXTENSIONS and p.is_file())
    names = [path.relative_to(folder).as_posix() for path in files]
    return [Entry(name, "", name) for name in names]


def held_back(entries: Sequence[Entry], config: CorpusConfig) -> set[str]:
    """Groups kept for validation: of each family the share whose hashes come first.

    The order depends on names and the seed alone: sounds that join known groups move nothing, and
    a new group moves at most one other of its family across the line. Groups of which an entry says
    `TRAIN` are left out, and move nothing.
    """
    trained = {entry.group for entry in entries if entry.split == TRAIN}
    families: dict[str, set[str]] = {}
    for entry in entries:
        if entry.group not in trained:
            families.setdefault(entry.family, set()).add(entry.group)
    chosen: set[str] = set()
    for groups in families.values():
        ranked = sorted(groups, key=lambda group: _hash(f"{config.seed}/{group}"))
        count = round(len(ranked) * config.validation_share)
        chosen.update(ranked[: max(count, 1) if len(ranked) > 4 else 0])
    return chosen


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Corpus:
    """Features of a folder, memory-mapped, with the training and validation rows apart.

    Args:
        folder: the sounds.
        cache: where features are kept; they are found again by files and configuration.
        config: split and copies.
        spectrogram: what the channels mean.
        progress: called with rows done and rows in all while features are computed.

    Raises:
        TrainingError: nothing usable in the folder.
    """

    def __init__(
        self,
        folder: Path,
        cache: Path,
        config: CorpusConfig | None = None,
        spectrogram: SpectrogramConfig | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.folder = folder
        self.config = config or CorpusConfig()
        self.entries = scan(folder)
        validation = held_back(self.entries, self.config)
        self.rows = self._plan(validation)
        store = FeatureStore(cache, spectrogram or SpectrogramConfig())
        sources = [(folder / self.entries[row.entry].file, row.semitones) for row in self.rows]
        self.features, owners, self.skipped = store.get(sources, progress)
        entries = np.array([self.rows[owner].entry for owner in owners], dtype=np.int64)
        shifted = np.array([self.rows[owner].semitones != 0 for owner in owners], dtype=bool)
        kept = np.array([self.entries[entry].group in validation for entry in entries], dtype=bool)
        self.train = np.flatnonzero(~kept)
        self.validation = np.flatnonzero(kept & ~shifted)
        self.families = [self.entries[entry].family for entry in entries]
        self.groups = [self.entries[entry].group for entry in entries]
        self.files = [self.entries[entry].file for entry in entries]
        if not len(self.train):
            raise TrainingError(f"{folder} holds no sound that could be read. {self._excuse()}")

    def _plan(self, validation: set[str]) -> list[Row]:
        rng = np.random.default_rng(self.config.seed)
        rows = []
        for index, entry in enumerate(self.entries):
            rows.append(Row(index, 0.0))
            if entry.group not in validation:
                reach = self.config.varispeed_semitones
                copies = rng.uniform(-reach, reach, self.config.varispeed_copies)
                rows.extend(Row(index, round(float(semitones), 3)) for semitones in copies)
        return rows

    def _excuse(self) -> str:
        return self.skipped[0] if self.skipped else ""

    def digest(self) -> str:
        """SHA-256 over the names, families and groups: which corpus this is."""
        return _hash(json.dumps([asdict(entry) for entry in self.entries]))

    def weights(
        self,
        tilt: npt.NDArray[np.float64] | float = 1.0,
        shares: Mapping[str, float] | None = None,
    ) -> npt.NDArray[np.float64]:
        """Probability of each training row: families alike, rows of a family alike.

        Args:
            tilt: what to multiply that with, one number a training row or one for all.
            shares: of all draws, what each of these families gets, 0 to leave it out; the others
                get the rest.

        Raises:
            TrainingError: shares that leave nothing, or name a family that is not there.
        """
        families = np.array([self.families[row] for row in self.train])
        counts = Counter(families.tolist())
        alike = np.array([1 / counts[family] for family in families])
        tilted: npt.NDArray[np.float64] = alike * np.asarray(tilt, np.float64)
        shares = shares or {}
        rest = 1 - sum(shares.values())
        known = shares.keys() < counts.keys()  # with none left, nobody would get the rest
        if not known or rest <= 0 or min(shares.values(), default=0) < 0:
            raise TrainingError(f"{dict(shares)} are no shares of {', '.join(sorted(counts))}.")
        named = np.isin(families, list(shares))
        for chosen, share in [(~named, rest), *((families == f, s) for f, s in shares.items())]:
            tilted[chosen] *= share / tilted[chosen].sum()
        return tilted


class FeatureStore:
    """Features of sounds in half precision, one file a set of sources, made once.

    Args:
        folder: where the files lie; made if it is not there.
        config: what the channels mean.
    """

    BATCH = 64

    def __init__(self, folder: Path, config: SpectrogramConfig) -> None:
        self.folder = folder
        self.config = config
        self.shape = (2, config.bands, config.frames)

    def get(
        self, sources: Sequence[tuple[Path, float]], progress: Progress | None = None
    ) -> tuple[Features, list[int], list[str]]:
        """Features of one-second clips, in the order of their sources.

        Args:
            sources: path and varispeed in semitones.
            progress: called with sources done and sources in all.

        Returns:
            Features [clip, 2, mel, frame]; for each clip the index of its source; for each
            unreadable source a sentence that names it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = self.folder / f"features-{self._key(sources)[:20]}"
        data, index = stem.with_suffix(".f16"), stem.with_suffix(".json")
        if not index.is_file():
            self._build(data, index, sources, progress)
        note = json.loads(index.read_text())
        owners: list[int] = note["owners"]
        if not owners:
            return np.empty((0, *self.shape), np.float16), [], note["skipped"]
        features = np.memmap(data, np.float16, mode="r", shape=(len(owners), *self.shape))
        return features, owners, note["skipped"]

    def _key(self, sources: Sequence[tuple[Path, float]]) -> str:
        parts: list[Any] = [asdict(self.config)]
        for path, semitones in sources:
            stat = path.stat() if path.exists() else None
            parts.append((str(path), semitones, stat and stat.st_size, stat and stat.st_mtime_ns))
        return _hash(json.dumps(parts))

    def _build(
        self,
        data: Path,
        index: Path,
        sources: Sequence[tuple[Path, float]],
        progress: Progress | None,
    ) -> None:
        owners: list[int] = []
        skipped: list[str] = []
        spectrogram = Spectrogram(self.config)
        temporary = data.with_suffix(".part")
        with temporary.open("wb") as file:
            for clips, batch in self._batches(sources, skipped, progress):
                with torch.inference_mode():
                    channels = spectrogram(torch.from_numpy(clips))
                file.write(channels.half().numpy().tobytes())
                owners.extend(batch)
        temporary.replace(data)
        whole = index.with_suffix(".part.json")
        whole.write_text(json.dumps({"owners": owners, "skipped": skipped}))
        whole.replace(index)  # last, and at once: where there is an index, all is there

    def _batches(
        self,
        sources: Sequence[tuple[Path, float]],
        skipped: list[str],
        progress: Progress | None,
    ) -> Iterator[tuple[npt.NDArray[np.float32], list[int]]]:
        clips: list[npt.NDArray[np.float32]] = []
        owners: list[int] = []
        for number, (path, semitones) in enumerate(sources):
            try:
                read = _clips(path, semitones, self.config)
            except SoundError as error:
                skipped.append(str(error))
            else:
                clips.extend(read)
                owners.extend([number] * len(read))
            if len(clips) >= self.BATCH:
                yield np.stack(clips), owners
                clips, owners = [], []
            if progress:
                progress(number + 1, len(sources))
        if clips:
            yield np.stack(clips), owners


def _clips(path: Path, semitones: float, config: SpectrogramConfig) -> npt.NDArray[np.float32]:
    """One-second clips of a file, played faster (up) or slower (down) like tape."""
    sound = Sound.read(path, sample_rate=config.sample_rate)
    if semitones:
        speed = 2 ** (semitones / 12)
        slower = Sound(sound.samples, round(config.sample_rate * speed), sound.name)
        sound = slower.resample(config.sample_rate)
        return sound.clips(config.clip_samples)[:1]
    return sound.clips(config.clip_samples)
