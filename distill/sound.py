"""Read, check, resample, window and write sounds.

    file or bytes -> limits (size, header) -> decode in blocks -> mono -> 48 kHz -> Sound

Knows nothing of tensors, spectrograms, models or pages. A file is judged by its content, never by
its extension, and nothing is decoded before its header has passed the limits.
"""

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final, Literal, cast

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr

from distill.errors import (
    EmptySoundError,
    NonFiniteSoundError,
    SoundError,
    SoundTooLargeError,
    SoundTooLongError,
    UnreadableSoundError,
)

Samples = npt.NDArray[np.float32]
Format = Literal["WAV", "FLAC"]
Subtype = Literal["PCM_16", "PCM_24", "FLOAT"]

LOWEST_RATE: Final = 4_000
HIGHEST_RATE: Final = 192_000

_CONTAINERS: Final = frozenset({"WAV", "WAVEX", "RF64", "AIFF", "FLAC", "OGG", "MP3"})
_SUBTYPES: Final[dict[str, tuple[str, ...]]] = {
    "WAV": ("PCM_16", "PCM_24", "FLOAT"),
    "FLAC": ("PCM_16", "PCM_24"),
}
_KINDS: Final = "WAV, AIFF, FLAC, OGG, Opus or MP3"
_BLOCK_VALUES: Final = 1 << 20  # samples x channels decoded at a time
_UNKNOWN_LENGTH: Final = 1 << 60  # frames; libsndfile's mark is near 2^63
_TAGS_SHARE: Final = 0.1  # of an MP3, at most, may be tags after its end; more, and it is damaged
_STREAMED_BYTES: Final = 0x7FFF_0000
_LOUDEST: Final = 1e6  # 120 dB over full scale: no recording, but a file read as what it is not


@dataclass(frozen=True)
class SoundLimits:
    """What a sound may weigh and last, checked before it is decoded.

    How long an MP3 lasts may come out only while it is; no more of it is decoded than the limit.

    Attributes:
        max_bytes: Size of the file in bytes.
        max_seconds: Length of the sound in seconds.
    """

    max_bytes: int = 50_000_000
    max_seconds: float = 60.0


@dataclass(frozen=True, eq=False, init=False)
class Sound:
    """One mono sound: at least one sample, all of them finite.

    Attributes:
        samples: float32 [sample], full scale is 1.
        sample_rate: Samples per second, in Hz.
        name: What a listener would call it; plain text, not a path.

    Raises:
        EmptySoundError: There is no sample.
        NonFiniteSoundError: A sample is NaN or infinite.
        ValueError: `samples` has more than one axis, or the rate is not positive.
    """

    samples: Samples
    sample_rate: int
    name: str

    def __init__(self, samples: npt.ArrayLike, sample_rate: int, name: str) -> None:
        samples = np.asarray(samples)
        if samples.ndim != 1 or sample_rate <= 0:
            raise ValueError(
                f"a sound has the shape [sample] and a positive rate, "
                f"not {samples.shape} at {sample_rate} Hz"
            )
        if samples.size == 0:
            raise EmptySoundError(f"{name} holds no samples. Choose a file with sound in it.")
        with np.errstate(over="ignore"):  # to infinity, refused below
            vector = np.ascontiguousarray(samples, dtype=np.float32)
        if not np.isfinite(vector).all():
            raise NonFiniteSoundError(
                f"{name} holds NaN or infinite samples. Export it again from its source."
            )
        object.__setattr__(self, "samples", vector)
        object.__setattr__(self, "sample_rate", sample_rate)
        object.__setattr__(self, "name", name)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        sample_rate: int = 48_000,
        limits: SoundLimits = SoundLimits(),
    ) -> "Sound":
        """Read a WAV, AIFF, FLAC, OGG, Opus or MP3 file, mix it down and resample it.

        Args:
            path: The file; its extension does not matter.
            sample_rate: Rate of the result in Hz.
            limits: What to refuse before decoding.

        Returns:
            The sound, named after the file.

        Raises:
            UnreadableSoundError: Missing, damaged, cut short, or not audio.
            EmptySoundError: No samples.
            SoundTooLargeError: More bytes than the limit.
            SoundTooLongError: More seconds than the limit.
            NonFiniteSoundError: NaN or infinite samples.
        """
        name = os.fsencode(Path(path).name or str(path)).decode("utf-8", "replace")
        return cls.from_bytes(
            _file_bytes(Path(path), name, limits), name, sample_rate=sample_rate, limits=limits
        )

    @classmethod
    def from_bytes(
        cls,
        data: bytes,
        name: str,
        *,
        sample_rate: int = 48_000,
        limits: SoundLimits = SoundLimits(),
    ) -> "Sound":
        """Read a sound from the bytes of a file, such as an upload; see `read`."""
        _check_size(len(data), name, limits)
        samples, rate = _decode(data, name, limits)
        return cls(samples, rate, name).resample(sample_rate)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples.size / self.sample_rate

    def resample(self, sample_rate: int) -> "Sound":
        """Return the sound at another rate (soxr, high quality), or itself at the same rate.

        Args:
            sample_rate: Rate of the result in Hz.

        Returns:
            A sound of `samples * sample_rate / self.sample_rate` samples, rounded up.
        """
        if sample_rate == self.sample_rate:
            return self
        size = -(-self.samples.size * sample_rate // self.sample_rate)
        samples = soxr.resample(self.samples, self.sample_rate, sample_rate, quality="HQ")[:size]
        samples = np.pad(samples, (0, size - samples.size))
        return Sound(samples, sample_rate, self.name)

    def clips(self, clip_samples: int = 48_000) -> npt.NDArray[np.float32]:
        """Cut the sound into windows that touch; the last one is padded with silence.

        Args:
            clip_samples: Samples in a window.

        Returns:
            float32 [clip, sample], at least one clip.
        """
        count = -(-self.samples.size // clip_samples)
        clips = np.zeros((count, clip_samples), dtype=np.float32)
        clips.reshape(-1)[: self.samples.size] = self.samples
        return clips

    def to_bytes(self, format: Format = "WAV", subtype: Subtype = "PCM_24") -> bytes:  # noqa: A002
        """Encode the sound as a WAV or FLAC file.

        What exceeds full scale is clipped in the integer subtypes; `FLOAT` keeps it.

        Args:
            format: "WAV" or "FLAC".
            subtype: "PCM_16", "PCM_24", or (WAV only) "FLOAT", which is 32 bits.

        Raises:
            SoundError: The format does not have the subtype.
        """
        if subtype not in _SUBTYPES.get(format, ()):
            raise SoundError(
                f"{self.name} cannot be written as {format} {subtype}. "
                "Use WAV with PCM_16, PCM_24 or FLOAT, or FLAC with PCM_16 or PCM_24."
            )
        samples = self.samples if subtype == "FLOAT" else np.clip(self.samples, -1.0, 1.0)
        stream = io.BytesIO()
        sf.write(stream, samples, self.sample_rate, format=format, subtype=subtype)
        return stream.getvalue()

    def write(self, path: str | os.PathLike[str], subtype: Subtype = "PCM_24") -> None:
        """Write the sound to a .wav or .flac file; see `to_bytes`.

        Raises:
            SoundError: Another extension, a missing folder, or a disk that refuses.
        """
        path = Path(path)
        kind = path.suffix[1:].upper()
        if kind not in _SUBTYPES:
            raise SoundError(f"{path} cannot be written. Use a name that ends in .wav or .flac.")
        if not path.parent.is_dir():
            raise SoundError(f"{path} cannot be written: there is no such folder. Make it first.")
        data = self.to_bytes(cast("Format", kind), subtype)
        try:
            path.write_bytes(data)
        except OSError as error:
            raise SoundError(
                f"{path} cannot be written: {error.strerror}. Free some space or choose another "
                "folder."
            ) from error


class _Stream(io.BytesIO):
    """Bytes in memory that ignore an impossible seek, which damaged headers ask for."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


def _file_bytes(path: Path, name: str, limits: SoundLimits) -> bytes:
    """Read a regular file, having looked at its size first."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableSoundError(f"{name} is not a file. Choose a sound file.")
        _check_size(status.st_size, name, limits)
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = getattr(error, "strerror", None) or error
        raise UnreadableSoundError(
            f"{name} cannot be opened: {reason}. Check that it exists and may be read."
        ) from error


def _check_size(size: int, name: str, limits: SoundLimits) -> None:
    if size == 0:
        raise EmptySoundError(f"{name} is empty (0 bytes). Choose a file with sound in it.")
    if size > limits.max_bytes:
        raise SoundTooLargeError(
            f"{name} has {size / 1e6:.1f} MB; the limit is {limits.max_bytes / 1e6:g} MB. "
            "Shorten it, or save it as FLAC."
        )


def _decode(data: bytes, name: str, limits: SoundLimits) -> tuple[Samples, int]:
    """Decode a file to mono at its own rate: ([sample], Hz)."""
    try:
        with _opened(data) as file:
            _check_header(file, name, limits)
            rate = int(file.samplerate)
            samples = _mix_down(file, limits.max_seconds * rate + 1)
            _check_seconds(samples.size / rate, name, limits)
            _check_complete(file, samples.size, data, name)
    except sf.SoundFileError as error:
        raise UnreadableSoundError(
            f"{name} is damaged or not a sound. Use {_KINDS}, or export it again."
        ) from error
    if np.isfinite(samples).all() and np.abs(samples).max(initial=0.0) > _LOUDEST:
        raise UnreadableSoundError(
            f"{name} is more than 120 dB over full scale, so it is damaged. Export it again."
        )
    return samples, rate


@contextmanager
def _opened(data: bytes) -> Iterator[sf.SoundFile]:
    """Open a file's bytes; an MP3 as a stream, which tells what its length really rests on.

    Where an MP3 does not say how long it is, libsndfile guesses from the size of the file and its
    first frame, and stops there: of one with a variable bit rate most may be lost, and one with a
    large picture seems cut short. Of a stream it says that the length is unknown, and reads on.
    """
    data = _without_id3(data)
    with sf.SoundFile(_Stream(data)) as file:
        if file.format != "MP3":
            yield file
            return
    reader, writer = os.pipe()
    feeder = Thread(target=_feed, args=(writer, data), daemon=True)
    feeder.start()
    try:
        with sf.SoundFile(reader, closefd=False) as file:
            yield file
            if _is_endless(file) and _unread(reader) > _TAGS_SHARE * len(data):
                raise sf.SoundFileRuntimeError("given up in the middle")
    finally:
        os.close(reader)
        feeder.join()


def _feed(writer: int, data: bytes) -> None:
    """Write bytes into a pipe until its reader has had enough."""
    with suppress(OSError), os.fdopen(writer, "wb") as pipe:
        pipe.write(data)


def _unread(reader: int) -> int:
    """Count the bytes that are left in a pipe, by reading them."""
    return sum(len(part) for part in iter(partial(os.read, reader, 1 << 16), b""))


def _without_id3(data: bytes) -> bytes:
    """Leave out the ID3v2 tags at the start: behind several or a long one, a stream tells nothing.

    A size is four times seven bits; a footer, if there is one, is as long as the header.
    """
    start = 0
    while data[start : start + 3] == b"ID3" and len(data) >= start + 10:
        footer = 10 if data[start + 5] & 0x10 else 0
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        start += 10 + size + footer
    return data[start:]


def _check_header(file: sf.SoundFile, name: str, limits: SoundLimits) -> None:
    if file.format not in _CONTAINERS:
        raise UnreadableSoundError(f"{name} is not a kind of sound Distill reads. Use {_KINDS}.")
    if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
        raise UnreadableSoundError(
            f"{name} has a sample rate of {file.samplerate} Hz. Use 4 to 192 kHz."
        )
    if not _is_endless(file):
        _check_seconds(file.frames / file.samplerate, name, limits)
    elif file.format != "MP3":  # whose length is told when it is decoded
        raise UnreadableSoundError(f"{name} does not say how long it is. Export it again.")


def _is_endless(file: sf.SoundFile) -> bool:
    """Tell whether the header leaves open how long the sound is."""
    return bool(file.frames > _UNKNOWN_LENGTH)


def _check_seconds(seconds: float, name: str, limits: SoundLimits) -> None:
    if seconds > limits.max_seconds:
        raise SoundTooLongError(
            f"{name} lasts {seconds:.1f} s or more; the limit is {limits.max_seconds:g} s. "
            "Cut out the part you want."
        )


def _mix_down(file: sf.SoundFile, most: float) -> Samples:
    """Average the channels, a block at a time, of the frames that the header promises.

    An MP3 may promise none; then at most so many, and all where there is no limit.
    """
    block = max(1, _BLOCK_VALUES // file.channels)
    parts = [np.zeros(0, dtype=np.float32)]
    left = int(min(file.frames, most))
    while left > 0:
        frames = file.read(min(block, left), dtype="float32", always_2d=True)
        if len(frames) == 0:
            break
        parts.append(_mono(frames))
        left -= len(frames)
    return np.concatenate(parts)


def _mono(frames: Samples) -> Samples:
    """[frame, channel] -> [frame]; NaN and infinity pass through, for `Sound` to refuse."""
    with np.errstate(invalid="ignore"):  # inf - inf
        return cast("Samples", frames.mean(axis=1, dtype=np.float64).astype(np.float32))


def _check_complete(file: sf.SoundFile, decoded: int, data: bytes, name: str) -> None:
    """Refuse a file that was cut short, for what is missing could be anything."""
    if file.format == "OGG":
        complete = _ogg_is_complete(data)
    elif file.format == "MP3":  # its length may be unknown, and what it says leaves a little out
        complete = _is_endless(file) or decoded >= 0.95 * file.frames - 4 * 1152
    else:
        complete = decoded >= file.frames and not _lacks_samples(file.extra_info)
    if not complete:
        raise UnreadableSoundError(f"{name} was cut short. Copy or export it again.")


def _lacks_samples(log: str) -> bool:
    """Tell from libsndfile's log of a header whether it promises more than the file holds.

    libsndfile shortens such a sound without an error. A size near 2 or 4 GB is what a program
    writes that streams a WAV without knowing its length: that one is whole.
    """
    if found := re.search(r"^ *(?:data|SSND) *: (\d+) \(should be (\d+)\)", log, re.MULTILINE):
        promised, there = int(found[1]), int(found[2])
        return there < promised < _STREAMED_BYTES
    if found := re.search(r"frame count (\d+) does not match .* 'ds64' chunk of (\d+)", log):
        there, promised = int(found[1]), int(found[2])  # RF64
        return there < promised < _UNKNOWN_LENGTH
    return False


def _ogg_is_complete(data: bytes) -> bool:
    """Tell whether the last Ogg page is whole and flagged as the stream's end (RFC 3533)."""
    start = data.rfind(b"OggS")
    header = data[start : start + 27]
    if len(header) < 27:
        return False
    lacing = data[start + 27 : start + 27 + header[26]]
    whole = len(data) >= start + 27 + header[26] + sum(lacing)
    return whole and bool(header[5] & 4)
