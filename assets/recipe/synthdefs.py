"""Read compiled SuperCollider synthdefs, and write scores for its non-real-time server.

Does not know which synthdefs there are or what they sound like.
"""

import struct
from pathlib import Path


def read_controls(path: Path) -> tuple[str, dict[str, float]]:
    """Read a synthdef's name and its controls with their default values.

    Format: https://doc.sccode.org/Reference/Synth-Definition-File-Format.html
    """
    reader = _Reader(path.read_bytes())
    version = reader.number("i", at=4)
    count = "i" if version >= 2 else "h"
    name = reader.text(at=10)
    reader.skip("f", int(reader.number(count)))  # constants
    values = [reader.number("f") for _ in range(int(reader.number(count)))]
    controls = {}
    for _ in range(int(reader.number(count))):
        control = reader.text()
        controls[control] = values[int(reader.number(count))]
    return name, controls


class _Reader:
    """A cursor over big-endian data."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, kind: str, at: int | None = None) -> float:
        (value,) = struct.unpack_from(">" + kind, self._data, self._at if at is None else at)
        self._at = (self._at if at is None else at) + struct.calcsize(">" + kind)
        return value

    def text(self, at: int | None = None) -> str:
        start = self._at if at is None else at
        end = start + 1 + self._data[start]
        self._at = end
        return self._data[start + 1 : end].decode()

    def skip(self, kind: str, count: int) -> None:
        self._at += struct.calcsize(f">{count}{kind}")


def message(address: str, *arguments: str | float) -> bytes:
    """Encode one Open Sound Control message: a type tag, then 4-byte aligned arguments."""
    tags = "," + "".join({str: "s", int: "i"}.get(type(value), "f") for value in arguments)
    return _padded(address) + _padded(tags) + b"".join(_encoded(value) for value in arguments)


def bundle(seconds: float, *messages: bytes) -> bytes:
    """Encode messages for one moment of a score, with the length prefix a score file wants."""
    time_tag = struct.pack(">II", int(seconds), int((seconds % 1) * 2**32))
    body = b"".join(struct.pack(">i", len(part)) + part for part in messages)
    packet = b"#bundle\0" + time_tag + body
    return struct.pack(">i", len(packet)) + packet


def _padded(text: str) -> bytes:
    """Zero-terminate, then fill up to a multiple of four bytes."""
    return text.encode() + b"\0" * (4 - len(text) % 4)


def _encoded(value: str | float) -> bytes:
    if isinstance(value, str):
        return _padded(value)
    return struct.pack(">i" if isinstance(value, int) else ">f", value)
