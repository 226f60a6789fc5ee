"""The `distill` command: app, train, evaluate, encode, decode, info.

Knows which command does what and nothing of how. Modules that bring torch or gradio are imported
inside the commands, so that `distill --help` answers at once.

Exit codes: 0, done; 1, not one sound could be used; 2, a wrong argument, or an error whose sentence
says what to do; 130, interrupted.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from typer.core import TyperGroup

from distill import __version__
from distill.errors import DistillError, LatentError, SoundError
from distill.latents import LatentTable, file_stems, require_target
from distill.sound import Sound
from distill.terminal import Show, printable, progress, stopping, tell

if TYPE_CHECKING:
    from distill.evaluation import Evaluation
    from distill.explorer import Explorer
    from distill.training import Trainer

BATCH = 16
"""Sounds encoded at a time."""
Sounds = Annotated[Path, typer.Argument(help="Folder of sounds, with or without a labels.csv.")]
Model = Annotated[
    Path | None,
    typer.Option(help="Folder of a model or a training run.", show_default="the bundled model"),
]
Device = Annotated[
    str | None,
    typer.Option(help="cuda, mps or cpu.", show_default="DISTILL_DEVICE, or the fastest"),
]


class _Commands(TyperGroup):
    """Ends a command that meets an error of ours with its sentence, not with a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - click's context, which typer hides
        try:
            return super().invoke(ctx)
        except DistillError as error:
            tell(f"distill: {error}")
            raise typer.Exit(2) from error
        except OSError as error:
            if isinstance(error, BrokenPipeError) or error.strerror is None:
                raise
            tell(f"distill: {error.filename}: {error.strerror}")
            raise typer.Exit(2) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="Explore the space between sounds.",
)


def main() -> None:
    """Run the `distill` command."""
    app()


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"distill {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    pass


@app.command("app")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, show_default="the first free from 7860")
    ] = None,
    login: Annotated[
        str | None,
        typer.Option(help="USER:PASSWORD that the page asks for.", envvar="DISTILL_LOGIN"),
    ] = None,
    model: Model = None,
    device: Device = None,
) -> None:
    """Serve the instrument, a page for the browser, until Ctrl-C."""
    user, _, password = (login or "").partition(":")
    if login is not None and not (user and password):
        raise typer.BadParameter("Write it as USER:PASSWORD.", param_hint="--login")
    from distill.explorer import Explorer  # noqa: PLC0415
    from distill.ui.app import build_app, launch  # noqa: PLC0415

    explorer = Explorer.load(model, device=device)
    auth = (user, password) if login else None
    launch(build_app(explorer), explorer, host=host, port=port, auth=auth)
    raise typer.Exit(130)  # it served until it was interrupted


@app.command()
def train(
    folder: Sounds,
    *,
    out: Annotated[Path, typer.Option(help="Folder of the run; name it again to go on.")],
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps in all.")] = 20_000,
    batch: Annotated[int, typer.Option(min=1, help="Clips a step.")] = 16,
    learning_rate: Annotated[float, typer.Option(min=0, help="Of AdamW, at its height.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    precision: Annotated[str, typer.Option(help="auto, bf16 or no.")] = "auto",
    start: Annotated[
        Path | None, typer.Option(help="Model folder whose weights a new run begins with.")
    ] = None,
    sounds: Annotated[
        int, typer.Option(min=0, help="Validation sounds to write as FLAC at the end.")
    ] = 0,
) -> None:
    """Train a model on a folder of sounds; run it again and it goes on where it stopped."""
    from distill.training import TrainingConfig  # noqa: PLC0415
    from distill.training import train as run  # noqa: PLC0415

    config = TrainingConfig(
        steps=steps, batch=batch, learning_rate=learning_rate, seed=seed, precision=precision
    )
    with progress("Features") as features, progress("Training") as training, stopping() as stop:
        trainer = run(
            folder,
            out,
            config,
            start=start,
            report=lambda stand: training(stand.step, stand.steps),
            stop=stop,
            progress=features,
        )
    _tell_skipped(trainer.corpus.skipped)
    _draw_curves(out)
    _write_validation(trainer, folder, sounds)
    typer.echo(f"{out / 'model'}: step {trainer.step} of {steps}")
    if stop.wanted:
        tell("Stopped. The same command goes on from here.")
        raise typer.Exit(130)


def _draw_curves(out: Path) -> None:
    """Draw curves.jsonl of a run as curves.html, which needs no network."""
    log = out / "curves.jsonl"
    if not log.is_file():
        return
    from distill.ui.figures import learning_curves  # noqa: PLC0415

    lines = log.read_text(encoding="utf-8").splitlines()
    learning_curves([*_whole(lines)]).write_html(out / "curves.html")


def _whole(lines: Sequence[str]) -> Iterator[dict[str, float]]:
    """Parse lines of JSON, leaving out one that a kill cut short."""
    for line in lines:
        with suppress(json.JSONDecodeError):
            yield json.loads(line)


def _write_validation(trainer: "Trainer", folder: Path, count: int) -> None:
    """Write sounds that training never saw beside what the model makes of them."""
    files = sorted({trainer.corpus.files[row] for row in trainer.corpus.validation})
    chosen = files[:: max(1, len(files) // max(1, count))][:count]
    if not chosen:
        return
    from distill.explorer import Explorer  # noqa: PLC0415

    explorer = Explorer.load(trainer.out)
    target = trainer.out / "sounds"
    target.mkdir(exist_ok=True)
    rate = explorer.info.sample_rate
    for file, stem in zip(chosen, file_stems(chosen), strict=True):
        sound = Sound.read(folder / file, sample_rate=rate)
        decoded = explorer.decode(explorer.encode([sound])).reshape(-1)
        sound.write(target / f"{stem}.original.flac")
        Sound(decoded, rate, stem).write(target / f"{stem}.decoded.flac")


@app.command()
def evaluate(
    folder: Sounds,
    *,
    most: Annotated[
        int | None, typer.Option(min=1, help="Sounds, drawn evenly over the families.")
    ] = None,
    validation: Annotated[
        bool, typer.Option("--validation", help="Only what training held back of this corpus.")
    ] = False,
    visqol: Annotated[
        bool | None, typer.Option("--visqol/--no-visqol", show_default="if it is installed")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that score.")] = 1,
    details: Annotated[bool, typer.Option("--details", help="One row a sound, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="HTML page to write, to listen to.", dir_okay=False)
    ] = None,
    model: Model = None,
    device: Device = None,
) -> None:
    """Measure the model beside silence, PCA and the representation alone."""
    if report is not None and not report.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {report.parent}.", param_hint="--report")
    from distill.evaluation import EvaluationConfig, format_table  # noqa: PLC0415
    from distill.evaluation import evaluate as run  # noqa: PLC0415
    from distill.explorer import Explorer  # noqa: PLC0415
    from distill.report import write_report  # noqa: PLC0415

    config = EvaluationConfig(validation=validation, most=most, visqol=visqol, jobs=jobs)
    explorer = Explorer.load(model, device=device)
    with progress("Measuring") as show:
        result = run(explorer, folder, config, show)
    if report is not None:
        write_report(result, explorer, report)
    if as_json:
        typer.echo(json.dumps(result.to_json(details=details), indent=2))
        return
    typer.echo(format_table(result))
    if details:
        typer.echo("\n" + "\n".join(_details(result)))
    for note in result.notes:
        tell(note)


def _details(result: "Evaluation") -> Iterator[str]:
    """Lay the model's scores out, one Markdown row a sound, the worst spectrum first."""
    yield "| LSD dB | level dB | cents | ViSQOL | sound |"
    yield "| ------ | -------- | ----- | ------ | ----- |"
    for row in sorted(result.rows, key=lambda row: -row.scores["model"].lsd_db):
        scores = row.scores["model"]
        cents = "-" if scores.pitch_cents is None else f"{scores.pitch_cents:.0f}"
        quality = "-" if scores.visqol is None else f"{scores.visqol:.2f}"
        measured = f"{scores.lsd_db:6.2f} | {scores.level_db:8.1f} | {cents:>5} | {quality:>6}"
        yield f"| {measured} | {printable(row.file)} |"


@app.command()
def encode(
    folder: Annotated[Path, typer.Argument(help="Folder of sounds, or one sound.")],
    out: Annotated[Path, typer.Argument(help="File to write: .npz or .parquet.")],
    model: Model = None,
    device: Device = None,
) -> None:
    """Write the latents of sounds, one row a second, with their names."""
    require_target(out)
    files = _sound_files(folder)
    from distill.explorer import Explorer  # noqa: PLC0415

    explorer = Explorer.load(model, device=device)
    skipped: list[str] = []
    with progress("Encoding") as show:
        rows = list(_encoded(explorer, files, skipped, show))
    _tell_skipped(skipped)
    if not rows:
        raise typer.Exit(1)
    names, clips, latents = zip(*rows, strict=True)
    LatentTable(np.stack(latents), names, np.array(clips), explorer.info.hash).write(out)
    typer.echo(f"{out}: {len(rows)} latents of {len(files) - len(skipped)} sounds")


def _sound_files(folder: Path) -> dict[str, Path]:
    """Name every sound of a folder by its path below it, or a single file by its own name."""
    if folder.is_file():
        return {folder.name: folder}
    from distill.corpus import scan  # noqa: PLC0415 - brings torch

    return {entry.file: folder / entry.file for entry in scan(folder)}


def _encoded(
    explorer: "Explorer", files: dict[str, Path], skipped: list[str], show: Show
) -> Iterator[tuple[str, int, Any]]:
    """Yield name, clip and latent of every clip that can be read, a batch of sounds at a time."""
    names = list(files)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        labels, clips = [], []
        for name in batch:
            try:
                sound = Sound.read(files[name], sample_rate=explorer.info.sample_rate)
            except SoundError as error:
                skipped.append(f"{name}: {error}")
                continue
            windows = sound.clips(explorer.info.clip_samples)
            labels += [(name, clip) for clip in range(len(windows))]
            clips.append(windows)
        if clips:
            latents = explorer.encode_clips(np.concatenate(clips), refined=True)
            yield from ((*label, row) for label, row in zip(labels, latents, strict=True))
        show(start + len(batch), len(names))


@app.command()
def decode(
    latents: Annotated[Path, typer.Argument(help="File that `distill encode` wrote.")],
    out: Annotated[Path, typer.Argument(help="Folder for the FLAC files, 24 bit.")],
    any_model: Annotated[
        bool, typer.Option("--any-model", help="Decode latents of another model, too.")
    ] = False,
    model: Model = None,
    device: Device = None,
) -> None:
    """Write the sound of each latent as a FLAC file."""
    table = LatentTable.read(latents)
    from distill.explorer import Explorer  # noqa: PLC0415

    explorer = Explorer.load(model, device=device)
    if table.model not in ("", explorer.info.hash) and not any_model:
        raise LatentError(
            f"{latents} holds latents of the model {table.model}, not of {explorer.info.hash}, and "
            "would sound wrong. Name its folder with --model, or insist with --any-model."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SoundError(f"{out} cannot be made: {error.strerror}. Name another.") from error
    skipped = _write_decoded(explorer, table, out)
    _tell_skipped(skipped)
    typer.echo(f"{out}: {len(table.names) - len(skipped)} sounds")
    if len(skipped) == len(table.names):
        raise typer.Exit(1)


def _write_decoded(explorer: "Explorer", table: LatentTable, out: Path) -> list[str]:
    """Write a file a latent; returns a sentence for each that the model refuses."""
    skipped = []
    stems = file_stems(table.labels)
    with progress("Decoding") as show:
        for row, stem in enumerate(stems):
            try:
                audio = explorer.decode(table.latents[row])[0]
            except LatentError as error:
                skipped.append(f"{table.names[row]}: {error}")
            else:
                Sound(audio, explorer.info.sample_rate, stem).write(out / f"{stem}.flac")
            show(row + 1, len(stems))
    return skipped


@app.command()
def info(
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines.")] = False,
    model: Model = None,
    device: Device = None,
) -> None:
    """Tell what a model is: its size, device, directions, map and provenance."""
    from distill.explorer import Explorer  # noqa: PLC0415

    explorer = Explorer.load(model, device=device)
    facts = asdict(explorer.info)
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    trained = facts.pop("trained")
    facts.pop("edges_hz")
    facts["directions"] = ", ".join(d.name for d in explorer.directions.named) or "none named"
    facts["bundled_sounds"] = len(explorer.library.names)
    plain = {name: value for name, value in trained.items() if not isinstance(value, dict | list)}
    for name, value in [*facts.items(), *plain.items()]:
        typer.echo(f"{name.replace('_', ' '):>18}  {printable(str(value))}")


def _tell_skipped(sentences: Sequence[str]) -> None:
    """Name what could not be used; the rest was."""
    for sentence in dict.fromkeys(sentences):  # a file may be read more than once
        tell(f"Skipped {sentence}")
