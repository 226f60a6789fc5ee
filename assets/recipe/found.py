"""Recorded and designed sounds that free software brings along: games, toolkits, desktops, pages.

Does not know how clips are cut or stored. A sound whose own licence is not free enough is left out,
file by file where Debian's `copyright` says so.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile
from clips import RATE, ClipWriter, Label, Samples, mono
from packages import debian, npm, pypi
from recordings import varispeed

Files = Iterator[tuple[str, bytes]]  # a file's path and what is in it

SPEEDS = (0, -5, 4)  # semitones of varispeed; the first is the original
LONG = 2 * RATE  # samples; a longer recording is also cut into slices
SLICES = 16  # of one recording, at most
QUIET = 0.05  # of the recording's peak; a slice that stays below is left out
LEFT_OUT = ""  # no family
AUDIO = frozenset({".wav", ".ogg", ".oga", ".aiff", ".mp3", ".raw", ".lmp"})
QT_ZLIB, QT_FOLDER = 1, 2  # flags of a node in Qt's resources
DOOM_EMPTY = 40  # bytes: the header and padding of a Doom sound
STK_RATE, STK_TYPE = 22_050, ">i2"  # the Synthesis ToolKit's headerless files
FREE = {  # Debian's name of a licence -> ours
    "public-domain": "public domain",
    "CC0-1.0": "CC0-1.0",
    "CC-BY-3.0": "CC-BY-3.0",
    "CC-BY-4.0": "CC-BY-4.0",
    "CC0-1.0 and CC-BY-3.0": "CC-BY-3.0",
    "CC-BY-3.0 and CC0-1.0": "CC-BY-3.0",
}


@dataclass(frozen=True)
class Collection:
    """The sounds of one package.

    Attributes:
        package: Its name.
        fetch: Where it comes from.
        read: What yields the files under the package's folder.
        where: Glob of what `read` opens.
        families: Family -> file name stems, globs split by spaces; the first match holds, and a
            sound that none matches is left out.
        licence: Of every file; where empty, Debian's `copyright` decides.
    """

    package: str
    fetch: Callable[[str, Path], Path]
    read: Callable[[Path, str], Files]
    where: str
    families: dict[str, str]
    licence: str = ""


def render_found(writer: ClipWriter, cache: Path, scale: float) -> None:
    """Write every free sound of every collection, at several tape speeds."""
    speeds = SPEEDS if scale >= 1 else SPEEDS[:1]
    for collection in COLLECTIONS:
        root = collection.fetch(collection.package, cache)
        for name, data in collection.read(root, collection.where):
            path = PurePosixPath(name)
            label = _label(collection, root, path) if path.suffix in AUDIO else None
            if label is not None:
                _put(decode(path.suffix, data), label, speeds, writer)


def _label(collection: Collection, root: Path, path: PurePosixPath) -> Label | None:
    """Name a sound; None where its licence is not free enough or it is no sound of its own."""
    licence = collection.licence or FREE.get(debian_licence(root, collection.package, path))
    family = next(
        (
            family
            for family, stems in collection.families.items()
            if any(fnmatchcase(path.stem, stem) for stem in stems.split())
        ),
        None,
    )
    return (
        Label(family, f"{collection.package}/{path.stem}", licence) if licence and family else None
    )


def _put(samples: Samples, label: Label, speeds: tuple[int, ...], writer: ClipWriter) -> None:
    """Write the start of a recording at several speeds, then slices from the whole of it."""
    for semitones in speeds:
        played = replace(label, params={"varispeed": semitones})
        writer.put(varispeed(samples, semitones), played)
    if len(samples) < LONG:
        return
    audible = QUIET * np.abs(samples).max()
    count = min(SLICES, len(samples) // RATE - 1)
    for start in np.linspace(RATE, len(samples) - RATE, count, dtype=int):
        part = samples[start : start + RATE]
        if np.abs(part).max() > audible:
            writer.put(part, replace(label, params={"slice_s": round(start / RATE, 2)}), trim=False)


def decode(suffix: str, data: bytes) -> Samples:
    """Turn a file's bytes into 48 kHz mono."""
    if suffix == ".lmp":
        return _doom_sound(data)
    if suffix == ".raw":
        return mono(np.frombuffer(data, STK_TYPE) / 32_768, STK_RATE)
    return mono(*soundfile.read(BytesIO(data)))


def _doom_sound(lump: bytes) -> Samples:
    """Read a Doom sound: format 3, rate, count, then bytes with 16 of padding at either end."""
    _, rate, count = struct.unpack("<HHI", lump[:8])
    return mono(np.frombuffer(lump[24 : 8 + count - 16], np.uint8) / 128 - 1, rate)


def debian_licence(root: Path, package: str, path: PurePosixPath) -> str:
    """Look a file up in a machine-readable `copyright`: of several stanzas the last one holds.

    The stanzas name paths of the source package, so only the ends of the paths are compared.
    """
    found = ""
    text = (root / "usr/share/doc" / package / "copyright").read_text()
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(
            re.findall(r"^(Files|License):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        )
        lines = [line.strip() for line in fields.get("Files", "").splitlines()]
        # a line may be one path with spaces in it, or several paths
        patterns = {*lines, *(word for line in lines for word in line.split())} - {""}
        if any(fnmatchcase(str(path), "*" + pattern.lstrip("./")) for pattern in patterns):
            found = fields["License"].splitlines()[0].strip()
    return found


def folder(root: Path, where: str) -> Files:
    """Yield the files that a glob finds."""
    for path in sorted(root.glob(where)):
        yield str(path.relative_to(root)), path.read_bytes()


def zipped(root: Path, where: str) -> Files:
    """Yield what is in zip archives, as if unpacked beside them."""
    for path in sorted(root.glob(where)):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                yield f"{path.parent.relative_to(root)}/{name}", archive.read(name)


def wad(root: Path, where: str) -> Files:
    """Yield the sounds (lumps whose names begin with DS) of Doom's archives."""
    for path in sorted(root.glob(where)):
        data = path.read_bytes()
        _, count, table = struct.unpack("<4sii", data[:12])
        for start, size, name in struct.iter_unpack("<ii8s", data[table : table + 16 * count]):
            if name.startswith(b"DS") and size > DOOM_EMPTY:
                stem = name[2:].rstrip(b"\0").decode().lower()
                yield f"{stem}.lmp", data[start : start + size]


def qt_resources(root: Path, where: str) -> Files:
    """Yield what is in Qt's binary resources (`rcc`, version 2 and up)."""
    for path in sorted(root.glob(where)):
        yield from _qt_tree(path.read_bytes(), 0, "")


def _qt_tree(data: bytes, node: int, parent: str) -> Files:
    """Walk the tree from one node, which is a folder of other nodes or a file."""
    tree, bodies, names = struct.unpack(">III", data[8:20])
    at = tree + 22 * node
    name_at, flags, first, second = struct.unpack(">IHII", data[at : at + 14])
    (length,) = struct.unpack(">H", data[names + name_at : names + name_at + 2])
    label = data[names + name_at + 6 : names + name_at + 6 + 2 * length].decode("utf-16-be")
    path = f"{parent}/{label}" if node else ""
    if flags & QT_FOLDER:
        for child in range(second, second + first):
            yield from _qt_tree(data, child, path)
    else:
        start = bodies + second
        (size,) = struct.unpack(">I", data[start : start + 4])
        body = data[start + 4 : start + 4 + size]
        yield path, zlib.decompress(body[4:]) if flags & QT_ZLIB else body


COLLECTIONS = (
    Collection(
        package="endless-sky-data",
        fetch=debian,
        read=folder,
        where="usr/share/games/endless-sky/sounds/*.wav",
        families={
            LEFT_OUT: "*?small~ *?medium~ *?large~",  # as their tiny and huge kin, but for gain
            "texture": "*~ *explosion* *nuke* takeoff landing hyperdrive* jump* rocket torpedo"
            " meteor ion?rain thunderhead typhoon",
            "drum": "crunch fail *anti-missile bombardment repeater warder mine*",
            "synth": "*",
        },
    ),
    Collection(
        package="freedoom",
        fetch=debian,
        read=wad,
        where="usr/share/games/doom/freedoom2.wad",
        families={
            "voice": "*sit* *dth* *deth *pain *act oof noway pdiehi keen* bospn sgtatk",
            "drum": "pistol *sh*tgn sgcock db* punch tink hoof metal swtch* wpnup skepch claw"
            " bspwlk",
            "synth": "item* itmbk getpow telept plasma bfg radio",
            "texture": "*",
        },
        licence="BSD-3-Clause",
    ),
    Collection(
        package="arcade",
        fetch=pypi,
        read=folder,
        where="arcade/resources/assets/sounds/*.wav",
        families={"texture": "explosion*", "drum": "hit* rockHit*", "synth": "*"},
        licence="CC0-1.0",
    ),
    Collection(
        package="gcompris-qt-data",
        fetch=debian,
        read=qt_resources,
        where="usr/share/gcompris-qt/rcc/*.rcc",
        families={
            "texture": "water_fill helicopter car icy_walk brush eraser",
            "synth": "win",
            "drum": "*",
        },
    ),
    Collection(
        package="ufoai-sound",
        fetch=debian,
        read=zipped,
        where="usr/share/games/ufoai/base/*.pk3",
        families={"drum": "breakwood*", "texture": "minepump* bloodspider*", "synth": "*"},
    ),
    Collection(
        package="lomiri-sounds",
        fetch=debian,
        read=folder,
        where="usr/share/sounds/lomiri/**/*.ogg",
        families={"drum": "camera*", "pitched": "Noti* Mangor* Wooden*", "synth": "*"},
    ),
    Collection(
        package="sound-theme-freedesktop",
        fetch=debian,
        read=folder,
        where="usr/share/sounds/freedesktop/stereo/*.oga",
        families={"texture": "trash-empty", "drum": "*"},
    ),
    Collection(
        package="puredata-doc",
        fetch=debian,
        read=folder,
        where="usr/share/puredata/doc/sound/*",
        families={"voice": "voice*", "pitched": "bell"},
        licence="BSD-3-Clause",
    ),
    Collection(
        package="stk",
        fetch=debian,
        read=folder,
        where="usr/share/stk/rawwaves/*.raw",
        families={
            "voice": "ahh eee ooo dope",
            "drum": "bassdrum snardrum tom* hihatcym ridecymb crashcym cowbell1 tambourn mand1"
            " marmstk1 britestk",
        },
        licence="MIT-like (STK)",
    ),
    Collection(
        package="blockly",
        fetch=npm,
        read=folder,
        where="media/*.mp3",
        families={"drum": "*"},
        licence="Apache-2.0",
    ),
)
