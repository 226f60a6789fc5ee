"""A table of latents comes back as it was written, and a file that is none says so."""

import sys

import numpy as np
import pytest

from distill.errors import LatentError
from distill.latents import LatentTable


def table(rows: int = 5) -> LatentTable:
    latents = np.random.default_rng(0).normal(size=(rows, 128)).astype(np.float32)
    names = tuple(f"drums/<b>kick</b> 🥁 {row // 2}.wav" for row in range(rows))
    return LatentTable(latents, names, np.arange(rows) % 2, "0123456789ab")


@pytest.mark.parametrize("name", ["latents.npz", "latents.parquet", "LATENTS.NPZ"])
@pytest.mark.parametrize("rows", [5, 1, 0])
def test_what_is_written_is_what_is_read(tmp_path, name, rows):
    written = table(rows)
    written.write(tmp_path / name)
    read = LatentTable.read(tmp_path / name)
    np.testing.assert_array_equal(read.latents, written.latents)
    np.testing.assert_array_equal(read.clips, written.clips)
    assert read.names == written.names
    assert read.model == written.model
    assert [path.name for path in tmp_path.iterdir()] == [name]  # no partial file is left


def test_parquet_opens_in_other_programs(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    table().write(tmp_path / "latents.parquet")
    rows = parquet.read_table(tmp_path / "latents.parquet").to_pylist()
    assert rows[3]["name"] == table().names[3]
    assert rows[3]["clip"] == 1
    np.testing.assert_array_equal(np.float32(rows[3]["latent"]), table().latents[3])


def test_an_array_of_latents_alone_is_enough(tmp_path):
    np.savez(tmp_path / "mine.npz", latents=np.zeros((2, 128)))
    read = LatentTable.read(tmp_path / "mine.npz")
    assert read.names == ("latent-0000", "latent-0001")
    assert read.latents.dtype == np.float32
    assert read.model == ""


@pytest.mark.parametrize(
    "arrays",
    [
        {"other": np.zeros((2, 128))},
        {"latents": np.zeros(128)},
        {"latents": np.zeros((2, 128)), "names": np.array(["one"])},
        {"latents": np.zeros((2, 128)), "clips": np.zeros((2, 2))},
        {"latents": np.array([["a", "b"]])},
        {"latents": np.array([{}], dtype=object)},
    ],
)
def test_arrays_that_are_no_table_are_refused(tmp_path, arrays):
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(LatentError):
        LatentTable.read(tmp_path / "mine.npz")


@pytest.mark.parametrize("name", ["x.npz", "x.parquet", "x.txt"])
@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04" + bytes(100), b"PAR1" + bytes(100)])
def test_damaged_files_are_refused_by_name(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LatentError, match=rf"{name} holds no latents .*`distill encode`"):
        LatentTable.read(tmp_path / name)


def test_names_that_cannot_be_files_say_what_to_do(tmp_path):
    with pytest.raises(LatentError, match=r"\.npz or \.parquet"):
        table().write(tmp_path / "latents.csv")
    with pytest.raises(LatentError, match="no such folder"):
        table().write(tmp_path / "nowhere" / "latents.npz")
    with pytest.raises(LatentError, match="is not there"):
        LatentTable.read(tmp_path / "gone.npz")
    (tmp_path / "taken.npz").mkdir()
    with pytest.raises(LatentError, match=r"taken\.npz cannot be written"):
        table().write(tmp_path / "taken.npz")


def test_without_pyarrow_parquet_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(LatentError, match=r"pip install 'distill\[parquet\]'"):
        table().write(tmp_path / "latents.parquet")
    assert not list(tmp_path.iterdir())
