"""The bundled sounds, and what the points of the factory map are called.

Knows files and labels only. Sounds are read when they are asked for.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from distill.errors import CheckpointError
from distill.latents import read_arrays
from distill.sound import Sound


@dataclass(frozen=True)
class Labels:
    """What is known of the points on the factory map, in the map's order.

    Attributes:
        names: what each sound is called.
        families: its family.
        described: by descriptor, float32 [point] in the descriptor's unit.
    """

    names: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    described: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)


class Library:
    """Sounds that come with Distill.

    Args:
        folder: sounds and their `demo.csv` (file, family, source, licence, origin).
        atlas: the stored factory map, or a path where none is.
    """

    def __init__(self, folder: Path, atlas: Path) -> None:
        self.folder = folder
        self.atlas = atlas

    @cached_property
    def _rows(self) -> dict[str, dict[str, str]]:
        table = self.folder / "demo.csv"
        if not table.is_file():
            return {}
        with table.open(newline="", encoding="utf-8") as file:
            return {Path(row["file"]).stem: row for row in csv.DictReader(file)}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bundled sounds."""
        return tuple(self._rows)

    @property
    def families(self) -> tuple[str, ...]:
        """Family of each bundled sound."""
        return tuple(row["family"] for row in self._rows.values())

    def load(self, name: str) -> Sound:
        """One bundled sound.

        Raises:
            KeyError: no bundled sound has this name.
            SoundError: its file is damaged.
        """
        return Sound.read(self.folder / self._rows[name]["file"])

    @cached_property
    def labels(self) -> Labels:
        """Names and families of the factory map's points; empty without a stored map.

        Raises:
            CheckpointError: the file is damaged.
        """
        if not self.atlas.is_file():
            return Labels()
        try:
            arrays = read_arrays(self.atlas)
            families = arrays["families"][arrays["family"]]
            described = dict(zip(arrays["descriptors"], arrays["described"], strict=True))
            return Labels(
                tuple(map(str, arrays["names"])),
                tuple(map(str, families)),
                {str(name): values for name, values in described.items()},
            )
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise CheckpointError(f"{self.atlas} is damaged: {error}.") from error
