"""Latents with the names of their sounds, as a file: .npz, or Parquet where pyarrow is installed.

Knows nothing of models and sounds: which model the latents belong to is a word here.
"""

import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from distill.errors import LatentError

_PARQUET_MODEL: Final = b"distill_model"
_NAME_BYTES: Final = 200  # of a sound's name in the name of its file
_EXTENSION: Final = re.compile(r"\.(wav|aiff?|flac|ogg|opus|mp3)$", re.IGNORECASE)
_REFUSED: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\ud800-\udfff]+')


@dataclass(frozen=True, eq=False)
class LatentTable:
    """One row a clip.

    Attributes:
        latents: float32 [clip, latent].
        names: Of the sounds, [clip]; a sound of several clips has several rows.
        clips: int64 [clip], which second of its sound, from 0.
        model: Hash of the model; empty where nobody wrote it down.

    Raises:
        LatentError: The columns do not belong together.
    """

    latents: NDArray[np.float32]
    names: tuple[str, ...]
    clips: NDArray[np.int64]
    model: str = ""

    def __post_init__(self) -> None:
        if self.latents.ndim != 2:
            raise LatentError(f"Latents have the shape [clip, latent], not {self.latents.shape}.")
        rows = len(self.latents)
        if len(self.names) != rows or self.clips.shape != (rows,):
            raise LatentError(
                f"{rows} latents need as many names and clip numbers, not {len(self.names)} and "
                f"{len(self.clips)}."
            )

    @property
    def labels(self) -> list[str]:
        """Names that tell the rows apart: where a sound has several clips, they are counted."""
        several = Counter(self.names)
        return [
            f"{_EXTENSION.sub('', name)}-{clip + 1}" if several[name] > 1 else name
            for name, clip in zip(self.names, self.clips.tolist(), strict=True)
        ]

    def write(self, path: Path) -> None:
        """Write a .npz or .parquet file, whole or not at all.

        Raises:
            LatentError: Another extension, a missing folder or package, or a full disk.
        """
        write = {".npz": self._write_npz, ".parquet": self._write_parquet}.get(path.suffix.lower())
        if write is None:
            raise LatentError(
                f"{path} cannot be written. Use a name that ends in .npz or .parquet."
            )
        if not path.parent.is_dir():
            raise LatentError(f"{path} cannot be written: there is no such folder. Make it first.")
        _write_whole(path, write)

    @classmethod
    def read(cls, path: Path) -> "LatentTable":
        """Read a .npz or .parquet file; of names and clips it may hold neither.

        Raises:
            LatentError: It is missing, damaged, or holds no latents.
        """
        if not path.is_file():
            raise LatentError(f"{path} is not there. Check the name.")
        try:
            columns = _parquet(path) if path.suffix.lower() == ".parquet" else read_arrays(path)
            latents = np.asarray(columns["latents"], dtype=np.float32)
            names = columns.get("names", [f"latent-{row:04}" for row in range(len(latents))])
            clips = columns.get("clips", np.zeros(len(latents)))
            model = str(columns.get("model", ""))
            return cls(latents, tuple(map(str, names)), np.asarray(clips, np.int64), model)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise LatentError(
                f"{path} holds no latents that can be read. Choose a .npz or .parquet file that "
                "`distill encode` wrote, or one with an array named latents."
            ) from error

    def _write_npz(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                latents=self.latents,
                names=np.array(self.names, dtype=np.str_),
                clips=self.clips,
                model=np.array(self.model),
            )

    def _write_parquet(self, path: Path) -> None:
        pyarrow, parquet = _pyarrow()
        size = self.latents.shape[1]
        latents = pyarrow.array(self.latents.reshape(-1), pyarrow.float32())
        table = pyarrow.table(
            {
                "name": pyarrow.array(self.names, pyarrow.string()),
                "clip": pyarrow.array(self.clips),
                "latent": pyarrow.FixedSizeListArray.from_arrays(latents, size),
            }
        )
        parquet.write_table(table.replace_schema_metadata({_PARQUET_MODEL: self.model}), path)


def file_stems(names: Sequence[str]) -> list[str]:
    """Turn names of sounds into names of files without extension.

    Folders become part of the name, what some file system refuses becomes an underscore, and no
    two are alike, even where upper and lower case are the same.
    """
    stems: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = _REFUSED.sub("_", _EXTENSION.sub("", name)).strip(" ._")
        stem = plain.encode()[:_NAME_BYTES].decode("utf-8", "ignore") or "sound"
        number, free = 1, stem
        while free.casefold() in taken:
            number += 1
            free = f"{stem} ({number})"
        taken.add(free.casefold())
        stems.append(free)
    return stems


def require_target(path: Path) -> None:
    """Refuse a file that `LatentTable.write` could not write, before any work is done for it.

    Raises:
        LatentError: Another extension, or a missing folder or package.
    """
    if path.suffix.lower() not in (".npz", ".parquet"):
        raise LatentError(f"{path} cannot be written. Use a name that ends in .npz or .parquet.")
    if not path.parent.is_dir():
        raise LatentError(f"{path} cannot be written: there is no such folder. Make it first.")
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        raise LatentError(
            f"{path} cannot be written: {error.strerror}. Free some space or choose another folder."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of a .npz file by name; nothing in it is unpickled.

    Raises:
        OSError: It cannot be opened.
        ValueError: It is damaged, or of another kind.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (TypeError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"no whole .npz file ({error})") from error


def _parquet(path: Path) -> dict[str, Any]:
    _, parquet = _pyarrow()
    table = parquet.read_table(path)
    latents = table["latent"].combine_chunks()
    metadata = table.schema.metadata or {}
    return {
        "latents": latents.flatten().to_numpy().reshape(len(latents), latents.type.list_size),
        "names": table["name"].to_pylist(),
        "clips": table["clip"].to_numpy(),
        "model": metadata.get(_PARQUET_MODEL, b"").decode(),
    }


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: PLC0415 - optional
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise LatentError(
            "Parquet needs pyarrow, which is not installed. Run pip install 'distill[parquet]', "
            "or use a name that ends in .npz."
        ) from error
    return pyarrow, pyarrow.parquet
