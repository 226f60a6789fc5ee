"""Measure a model on a folder of sounds, beside silence, a linear baseline and the ceiling.

Knows the explorer, the baseline and the measures; not how anything was trained, nor how the
figures are shown. The subjects of every table:

    model            decoded from the latent
    pca              the linear baseline with as many dimensions
    silence          nothing at all: no measure may be pleased with it
    representation   there and back without a model: the ceiling
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distill.baseline import Baseline
from distill.corpus import CorpusConfig, Entry, Progress, held_back, scan
from distill.errors import LatentError, SoundError, TrainingError
from distill.explorer import Explorer
from distill.metrics import RIGHT_CENTS, Scores, has_visqol, score
from distill.sound import Sound

Floats = NDArray[np.float32]

SUBJECTS = ("model", "pca", "silence", "representation")
CHUNK = 32
"""Sounds rendered before they are scored; bounds the memory."""


@dataclass(frozen=True)
class EvaluationConfig:
    """What is measured.

    Attributes:
        validation: only the groups that training held back; the folder must be the corpus.
        most: sounds, drawn evenly over the families; None for all.
        visqol: whether to take ViSQOL, about a quarter of a second each; None if it is installed.
        jobs: processes that score.
        baseline_clips: clips the linear baseline is fitted on where none is stored.
        seed: of the draw.
    """

    validation: bool = False
    most: int | None = None
    visqol: bool | None = None
    jobs: int = 1
    baseline_clips: int = 4_000
    seed: int = 0


@dataclass(frozen=True)
class Row:
    """One sound: file below the folder, family, group, and the scores of each subject."""

    file: str
    family: str
    group: str
    scores: dict[str, Scores]


@dataclass(frozen=True)
class Figures:
    """Means over sounds.

    Attributes:
        sounds: how many.
        lsd_db: mean log-spectral distance.
        level_db: mean absolute level error.
        pitched: sounds whose pitch can be told.
        right: share of those within 50 cents; None without any.
        visqol: mean; None where it was not taken.
    """

    sounds: int
    lsd_db: float
    level_db: float
    pitched: int
    right: float | None
    visqol: float | None


@dataclass(frozen=True)
class Evaluation:
    """All figures of a model on a folder.

    Attributes:
        model: name and hash.
        folder: what was measured.
        rows: one a sound.
        notes: sentences on what was skipped or missing.
    """

    model: str
    folder: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Those that were measured, in the table's order."""
        return tuple(name for name in SUBJECTS if name in self.rows[0].scores)

    @property
    def families(self) -> tuple[str, ...]:
        """Families of the sounds, in alphabetical order; empty without labels."""
        return tuple(sorted({row.family for row in self.rows if row.family}))

    def figures(
        self, subject: str, family: str | None = None, *, by_group: bool = False
    ) -> Figures:
        """Average one subject's scores over all sounds, or over one family's.

        Args:
            subject: one of `SUBJECTS`.
            family: one of `families`, or None for all.
            by_group: groups count alike, however many of their sounds were measured. Sounds of one
                group are takes of one thing, and a large group could drown the others.
        """
        rows = [row for row in self.rows if family in (None, row.family)]
        scores = [(row.scores[subject], row.group if by_group else row.file) for row in rows]
        cents = [(s.pitch_cents <= RIGHT_CENTS, g) for s, g in scores if s.pitch_cents is not None]
        quality = [(s.visqol, g) for s, g in scores if s.visqol is not None]
        return Figures(
            sounds=len(scores),
            lsd_db=_mean((s.lsd_db, g) for s, g in scores),
            level_db=_mean((s.level_db, g) for s, g in scores),
            pitched=len(cents),
            right=_mean(cents) if cents else None,
            visqol=_mean(quality) if quality else None,
        )

    def to_json(self, *, details: bool = False) -> dict[str, Any]:
        """Plain JSON: figures by family and subject, of sounds alike and of groups alike.

        With `details` a row a sound, too.
        """
        told = {"model": self.model, "folder": self.folder, "notes": list(self.notes)}
        figures = {"figures": self._summary(), "figures_by_group": self._summary(by_group=True)}
        rows = {"rows": [asdict(row) for row in self.rows]} if details else {}
        return {**told, **figures, **rows}

    def _summary(self, *, by_group: bool = False) -> dict[str, dict[str, dict[str, Any]]]:
        """Figures of all sounds and of each family, by subject."""
        families: list[str | None] = [None, *self.families]
        return {
            family or "all": {
                name: asdict(self.figures(name, family, by_group=by_group))
                for name in self.subjects
            }
            for family in families
        }


def _mean(values: Iterable[tuple[float, str]]) -> float:
    """Mean over groups of the mean within each; every value comes with the name of its group."""
    groups: dict[str, list[float]] = {}
    for value, group in values:
        groups.setdefault(group, []).append(value)
    return float(np.mean([np.mean(group) for group in groups.values()]))


def evaluate(
    explorer: Explorer,
    folder: Path,
    config: EvaluationConfig | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure every sound of a folder; a file that cannot be read is named in the notes.

    Args:
        explorer: the model.
        folder: sounds, with or without a `labels.csv` (file, family, group).
        config: what is measured.
        progress: called with sounds done and sounds in all.

    Raises:
        TrainingError: no usable sound in the folder.
        DistillError: ViSQOL was asked for and is not installed.
    """
    config = config or EvaluationConfig()
    entries = scan(folder)
    kept = _held_back(entries, explorer) if config.validation else entries
    chosen = draw_evenly(kept, config.most, config.seed)
    notes: list[str] = []
    measured = set(kept)
    rest = [entry for entry in entries if entry not in measured]
    baseline = _baseline(explorer, folder, draw_evenly(rest, config.baseline_clips), notes)
    if config.visqol is None and not has_visqol():
        notes.append('No ViSQOL: pip install "distill[evaluate]" adds it.')
    bench = Bench(explorer, baseline, folder)
    rows = tuple(_rows(bench, chosen, config, notes, progress))
    if not rows:
        raise TrainingError(f"{folder} holds no sound that could be measured. {notes[-1]}")
    model = f"{explorer.info.name} {explorer.info.hash}"
    return Evaluation(model, str(folder), rows, tuple(notes))


def draw_evenly(entries: Sequence[Entry], most: int | None, seed: int = 0) -> list[Entry]:
    """Draw at most so many entries, as nearly as many of each family; order is kept."""
    if most is None or most >= len(entries):
        return list(entries)
    shuffled = np.random.default_rng(seed).permutation(len(entries))
    turns: dict[str, int] = {}
    ranked = []
    for index in shuffled:  # the nth of its family is drawn before any family's next
        family = entries[index].family
        ranked.append((turns.setdefault(family, 0), int(index)))
        turns[family] += 1
    return [entries[index] for index in sorted(index for _, index in sorted(ranked)[:most])]


def _held_back(entries: Sequence[Entry], explorer: Explorer) -> list[Entry]:
    """Entries that the model's training kept for validation, by the split stored with it."""
    stored = explorer.info.trained.get("config", {}).get("corpus", {})
    groups = held_back(entries, CorpusConfig(**stored))
    kept = [entry for entry in entries if entry.group in groups]
    if not kept:
        raise TrainingError("This folder has too few groups for a split. Measure all of it.")
    return kept


class Bench:
    """Renders a sound the way each subject would.

    Args:
        explorer: the model.
        baseline: the linear baseline, or None to leave it out.
        folder: where files are looked for.
    """

    def __init__(self, explorer: Explorer, baseline: Baseline | None, folder: Path) -> None:
        self.explorer = explorer
        self.baseline = baseline
        self.folder = folder

    def render(self, file: str) -> tuple[Floats, dict[str, Floats]]:
        """Reference [sample] and results [sample] of each subject, in whole clips.

        Raises:
            SoundError: the file cannot be read.
            LatentError: the model puts the sound absurdly far from all data.
        """
        sound = Sound.read(self.folder / file, sample_rate=self.explorer.info.sample_rate)
        clips = sound.clips(self.explorer.info.clip_samples)
        channels = self.explorer.analyze_clips(clips)
        latents = self.explorer.encode_channels(channels, refined=True)
        results = {"model": self.explorer.decode(latents)}
        if self.baseline is not None:
            results["pca"] = self.explorer.invert(self.baseline.reconstruct(channels))
        results["silence"] = np.zeros_like(clips)
        results["representation"] = self.explorer.invert(channels)
        return clips.ravel(), {name: result.ravel() for name, result in results.items()}


def _rows(
    bench: Bench,
    entries: Sequence[Entry],
    config: EvaluationConfig,
    notes: list[str],
    progress: Progress | None,
) -> Iterator[Row]:
    """Render here, a chunk at a time, and score in as many processes as asked for."""
    scorer = partial(
        score,
        sample_rate=bench.explorer.info.sample_rate,
        with_visqol=has_visqol() if config.visqol is None else config.visqol,
    )
    with ProcessPoolExecutor(config.jobs, mp_context=get_context("spawn")) as pool:
        run = pool.map if config.jobs > 1 else map
        for start in range(0, len(entries), CHUNK):
            chunk = entries[start : start + CHUNK]
            rendered = [(entry, *pair) for entry in chunk if (pair := _try(bench, entry, notes))]
            found, references, results = zip(*rendered, strict=True) if rendered else ((), (), ())
            scored = run(scorer, references, results)
            for index, (entry, scores) in enumerate(zip(found, scored, strict=True)):
                yield Row(entry.file, entry.family, entry.group, scores)
                if progress:
                    progress(start + index + 1, len(entries))


def _try(bench: Bench, entry: Entry, notes: list[str]) -> tuple[Floats, dict[str, Floats]] | None:
    try:
        return bench.render(entry.file)
    except (SoundError, LatentError) as error:
        notes.append(f"Skipped {entry.file}: {error}")
        return None


def _baseline(
    explorer: Explorer, folder: Path, entries: Sequence[Entry], notes: list[str]
) -> Baseline | None:
    """Load the stored baseline, or fit one on sounds that are not measured, or do without."""
    size = explorer.info.latent_size
    stored = Baseline.load(explorer.folder)
    if stored is not None and stored.components.shape[0] == size:
        return stored
    if len(entries) <= 2 * size:
        notes.append(f"No PCA: the model has no baseline of {size} components stored beside it.")
        return None
    clips = []
    for entry in entries:
        try:
            sound = Sound.read(folder / entry.file, sample_rate=explorer.info.sample_rate)
        except SoundError:
            continue  # told when, and if, it is measured
        clips.append(sound.clips(explorer.info.clip_samples)[0])
    notes.append(f"PCA fitted on {len(clips)} clips of the groups that are not measured here.")
    return Baseline.fit(explorer.analyze_clips(np.stack(clips)), size)


def format_table(evaluation: Evaluation) -> str:
    """Lay the figures out as a Markdown table, which reads well on a terminal too."""
    head = ["family", "subject", "sounds", "LSD dB", "level dB", "pitch right", "ViSQOL"]
    lines = [head, *(_line(evaluation, *place) for place in _places(evaluation))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * width for width in widths]
    rows = (
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in [head, rule, *lines[1:]]
    )
    return "\n".join(rows)


def _places(evaluation: Evaluation) -> Iterator[tuple[str, str | None]]:
    families = evaluation.families if len(evaluation.families) > 1 else ()
    for family in (None, *families):
        for subject in evaluation.subjects:
            yield subject, family


def _line(evaluation: Evaluation, subject: str, family: str | None) -> list[str]:
    figures = evaluation.figures(subject, family)
    right = "-" if figures.right is None else f"{figures.right:.0%} of {figures.pitched}"
    quality = "-" if figures.visqol is None else f"{figures.visqol:.2f}"
    measured = [f"{figures.lsd_db:.2f}", f"{figures.level_db:.1f}", right, quality]
    return [family or "all", subject, str(figures.sounds), *measured]
