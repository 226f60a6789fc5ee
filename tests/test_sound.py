"""What a sound promises: any file in, mono 48 kHz out, or a named error that names the file."""

import io
import math
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from distill.errors import (
    EmptySoundError,
    NonFiniteSoundError,
    SoundError,
    SoundTooLargeError,
    SoundTooLongError,
    UnreadableSoundError,
)
from distill.sound import Sound, SoundLimits

# container, subtype, worst absolute error of a lossless one (None: lossy)
LOSSLESS = [
    ("WAV", "PCM_U8", 2 / 2**7),
    ("WAV", "PCM_16", 2 / 2**15),
    ("WAV", "PCM_24", 2 / 2**23),
    ("WAV", "PCM_32", 1e-6),
    ("WAV", "FLOAT", 1e-7),
    ("WAV", "DOUBLE", 1e-7),
    ("WAVEX", "PCM_24", 2 / 2**23),
    ("RF64", "PCM_24", 2 / 2**23),
    ("AIFF", "PCM_S8", 2 / 2**7),
    ("AIFF", "PCM_16", 2 / 2**15),
    ("AIFF", "PCM_24", 2 / 2**23),
    ("AIFF", "FLOAT", 1e-7),
    ("FLAC", "PCM_16", 2 / 2**15),
    ("FLAC", "PCM_24", 2 / 2**23),
]
LOSSY = [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")]
EVERY_FORMAT = [(container, subtype) for container, subtype, _ in LOSSLESS] + LOSSY

HOSTILE_NAMES = [
    "kick 🥁.wav",
    "<img src=x onerror=alert(1)>.wav",
    "\"quoted\" & 'single' {braces} %s.wav",
    "a" * 296 + ".wav",
]


def sine(hertz: float = 440.0, rate: int = 48_000, seconds: float = 1.0, level: float = 0.5):
    """A tone with 10 ms fades, so that a resampler has no edge to ring on."""
    time = np.arange(round(rate * seconds)) / rate
    fade = np.clip(np.minimum(time, time[::-1]) / 0.01, 0, 1)
    return (level * fade * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def encoded(samples, rate: int = 48_000, container: str = "WAV", subtype: str = "PCM_16") -> bytes:
    stream = io.BytesIO()
    sf.write(stream, samples, rate, format=container, subtype=subtype)
    return stream.getvalue()


def dominant_hertz(samples, rate: int) -> float:
    """The strongest frequency, by a parabola through the peak of a long windowed spectrum."""
    spectrum = np.log(np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 18)) + 1e-12)
    k = int(spectrum.argmax())
    left, middle, right = spectrum[k - 1 : k + 2]
    return (k + 0.5 * (left - right) / (left - 2 * middle + right)) * rate / (1 << 18)


def rms(samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


# Reading


@pytest.mark.parametrize(("container", "subtype", "tolerance"), LOSSLESS)
def test_lossless_files_come_back_within_their_quantisation(container, subtype, tolerance):
    samples = sine()
    sound = Sound.from_bytes(encoded(samples, 48_000, container, subtype), "tone")
    assert sound.sample_rate == 48_000
    assert sound.samples.dtype == np.float32
    np.testing.assert_allclose(sound.samples, samples, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("container", "subtype"), LOSSY)
def test_lossy_files_keep_pitch_level_and_length(container, subtype):
    sound = Sound.from_bytes(encoded(sine(), 48_000, container, subtype), "tone")
    assert sound.samples.shape == (48_000,)
    assert dominant_hertz(sound.samples, 48_000) == pytest.approx(440, abs=0.5)
    assert rms(sound.samples) == pytest.approx(rms(sine()), rel=0.03)


def untold_mp3(samples, mode: str) -> bytes:
    """An MP3 whose first frame, which says how long it is, is gone, as a recorded stream's is."""
    stream = io.BytesIO()
    how = {"bitrate_mode": mode, "compression_level": 0.5}
    with sf.SoundFile(
        stream, "w", 48_000, 1, format="MP3", subtype="MPEG_LAYER_III", **how
    ) as file:
        file.write(samples)
    data = stream.getvalue()
    assert b"Xing" in data[:100] or b"Info" in data[:100]
    return data[data.index(data[:2], 2) :]


def picture(size: int, *, footer: bool = False) -> bytes:
    """An ID3v2 tag with a picture of so many bytes."""
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    header = b"\4\0" + (b"\x10" if footer else b"\0") + sizes
    return b"ID3" + header + b"\xff\xfb" * (size // 2) + (b"3DI" + header if footer else b"")


@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
@pytest.mark.parametrize(
    "before", [b"", picture(5_000), picture(300_000, footer=True) + picture(400)]
)
def test_an_mp3_that_does_not_say_how_long_it_is_is_read_to_its_end(mode, before):
    calm, wild = sine(seconds=8), np.random.default_rng(0).uniform(-0.3, 0.3, 96_000)
    samples = np.concatenate([wild, calm])  # the frames of noise are the larger ones
    sound = Sound.from_bytes(before + untold_mp3(samples, mode), "stream.mp3")
    assert 10 <= sound.seconds < 10.1
    assert dominant_hertz(sound.samples[-144_000:-48_000], 48_000) == pytest.approx(440, abs=0.5)


def test_an_mp3_that_breaks_off_in_the_middle_is_unreadable_and_one_with_tags_at_its_end_is_not():
    data = untold_mp3(np.random.default_rng(0).uniform(-0.3, 0.3, 480_000), "VARIABLE")
    middle = len(data) // 2
    assert_refused(UnreadableSoundError, data[:middle] + bytes(3_000) + data[middle:])
    value = struct.pack("<II", 3_000, 2) + b"Cover\0" + bytes(3_000)
    about = b"APETAGEX" + struct.pack("<III", 2_000, len(value) + 32, 1)
    flags = (struct.pack("<I", flag) + bytes(8) for flag in (0xA000_0000, 0x8000_0000))
    ape = about + next(flags) + value + about + next(flags)
    for tags in (ape, b"TAG" + bytes(125), ape + b"TAG" + bytes(125)):
        assert Sound.from_bytes(data + tags, "tagged.mp3").seconds > 10


def test_an_mp3_with_a_large_picture_keeps_its_length_and_its_limits():
    told = encoded(sine(seconds=2), container="MP3", subtype="MPEG_LAYER_III")
    assert Sound.from_bytes(picture(300_000) + told, "tone.mp3").seconds == 2
    for data in (told, untold_mp3(sine(seconds=2), "VARIABLE")):
        assert_refused(SoundTooLongError, picture(300_000) + data, SoundLimits(max_seconds=1.9))
        assert Sound.from_bytes(data, "m", limits=SoundLimits(max_seconds=math.inf)).seconds >= 2
    assert_refused(UnreadableSoundError, picture(300_000) + told[: len(told) // 2])


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 22_050, 44_100, 88_200, 96_000, 192_000])
def test_every_rate_arrives_at_48_khz_with_its_pitch_level_and_length(rate):
    sound = Sound.from_bytes(encoded(sine(1_000, rate), rate, subtype="FLOAT"), "tone")
    assert sound.sample_rate == 48_000
    assert sound.samples.shape == (48_000,)  # not 48,001, which would make a second clip
    assert dominant_hertz(sound.samples, 48_000) == pytest.approx(1_000, abs=0.2)
    assert rms(sound.samples) == pytest.approx(rms(sine(1_000, rate)), rel=0.002)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8, 64])
def test_channels_are_averaged(channels):
    rng = np.random.default_rng(channels)
    frames = rng.uniform(-0.9, 0.9, (1_000, channels)).astype(np.float32)
    sound = Sound.from_bytes(encoded(frames, subtype="FLOAT"), "many")
    np.testing.assert_allclose(sound.samples, frames.mean(axis=1), atol=1e-6)


def test_a_long_file_of_many_channels_is_mixed_alike_in_every_block():
    frames = np.repeat(sine(seconds=1.5)[:, None], 64, axis=1)  # more than one block
    sound = Sound.from_bytes(encoded(frames, subtype="FLOAT"), "many")
    np.testing.assert_allclose(sound.samples, sine(seconds=1.5), atol=1e-6)


@pytest.mark.parametrize("extension", [".wav", ".mp3", ".raw", ".txt", ".gsm", ""])
@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "MP3"])
def test_the_content_decides_and_not_the_extension(tmp_path, container, extension):
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(container, "PCM_16")
    path = tmp_path / f"tone{extension}"
    path.write_bytes(encoded(sine(), container=container, subtype=subtype))
    assert dominant_hertz(Sound.read(path).samples, 48_000) == pytest.approx(440, abs=0.5)


def test_a_sound_is_named_after_its_file(tmp_path):
    path = tmp_path / "snare 🥁 <b>.wav"
    path.write_bytes(encoded(sine()))
    assert Sound.read(path).name == "snare 🥁 <b>.wav"
    assert Sound.read(str(path)).seconds == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux")
def test_a_file_name_that_is_not_unicode_becomes_text_that_can_be_sent(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    path.write_bytes(encoded(sine()))
    assert Sound.read(path).name.encode("utf-8").decode() == "caf\ufffd.wav"


def test_total_silence_is_a_sound():
    sound = Sound.from_bytes(encoded(np.zeros(44_100), 44_100), "silence")
    assert sound.samples.shape == (48_000,)
    assert not sound.samples.any()


def test_one_sample_is_a_sound():
    sound = Sound.from_bytes(encoded(np.array([0.5]), 48_000), "click")
    assert sound.clips().shape == (1, 48_000)


def test_junk_after_the_sound_does_not_matter():
    for container, subtype in EVERY_FORMAT:
        data = encoded(sine(), 48_000, container, subtype)
        tagged = Sound.from_bytes(data + b"TAG" + b"\0" * 125, "tagged")
        np.testing.assert_array_equal(tagged.samples, Sound.from_bytes(data, "plain").samples)


@pytest.mark.parametrize("size", [0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_streamed_wav_of_unknown_length_is_read_to_its_end(size):
    data = bytearray(encoded(sine()))
    data[4:8] = data[40:44] = struct.pack("<I", size)
    assert Sound.from_bytes(bytes(data), "streamed").samples.shape == (48_000,)


def test_levels_over_full_scale_are_kept_in_float_files():
    sound = Sound.from_bytes(encoded(sine(level=4.0), subtype="FLOAT"), "hot")
    assert np.abs(sound.samples).max() == pytest.approx(4.0, rel=1e-3)


# Refusing


def assert_refused(error: type[SoundError], data: bytes, limits: SoundLimits | None = None):
    limits = limits or SoundLimits()
    with pytest.raises(error, match=r"culprit\.wav .*\. [A-Z].*\.$"):  # what is wrong. What to do.
        Sound.from_bytes(data, "culprit.wav", limits=limits)


@pytest.mark.parametrize(
    "data",
    [
        b"just some text, not a sound at all\n" * 100,
        b"<html><body>404</body></html>",
        b"\x00",
        b"\x00" * 10_000,
        b"\xff\xfb\x90\xc4" * 3,
        b"PK\x03\x04" + b"\x00" * 500,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 500,
        np.random.default_rng(0).bytes(100_000),
        b"RIFF\xff\xff\xff\xffWAVE",
        b"fLaC" + b"\xff" * 1_000,
        b"OggS" + b"\xff" * 1_000,
        b"FORM\x00\x00\x00\x04AIFF",
    ],
    ids=[
        *("text", "html", "one byte", "zeros", "MP3 sync alone", "zip", "png", "random"),
        *("WAV shell", "FLAC shell", "OGG shell", "AIFF shell"),
    ],
)
def test_what_is_not_a_sound_is_unreadable(data):
    assert_refused(UnreadableSoundError, data)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_behind_a_real_header_never_escape_as_another_error(seed):
    rng = np.random.default_rng(seed)
    container, subtype = EVERY_FORMAT[seed % len(EVERY_FORMAT)]
    data = bytearray(encoded(sine(seconds=0.2), 48_000, container, subtype))
    for at in rng.integers(0, min(len(data), 200), 12):
        data[at] = rng.integers(256)
    try:
        sound = Sound.from_bytes(bytes(data), "fuzzed.wav")
    except SoundError:  # any other error fails the test
        return
    assert np.isfinite(sound.samples).all()
    assert sound.seconds <= 60


def test_other_containers_are_refused_by_name():
    assert_refused(UnreadableSoundError, encoded(sine(), container="AU"))


@pytest.mark.parametrize(("container", "subtype"), EVERY_FORMAT)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_sound_that_was_cut_short_is_unreadable(container, subtype, share):
    data = encoded(sine(seconds=2), 48_000, container, subtype)
    assert_refused(UnreadableSoundError, data[: int(len(data) * share)])


@pytest.mark.parametrize("size", range(1, 120, 7))
def test_a_header_that_was_cut_anywhere_is_refused(size):
    for container, subtype in EVERY_FORMAT:
        with pytest.raises(SoundError, match=r"culprit\.wav"):
            Sound.from_bytes(encoded(sine(), 48_000, container, subtype)[:size], "culprit.wav")


@pytest.mark.parametrize("rate", [1, 3_999, 192_001, 2**31 - 1])
def test_rates_outside_4_to_192_khz_are_unreadable(rate):
    data = bytearray(encoded(sine()))
    data[24:28] = struct.pack("<I", rate)
    assert_refused(UnreadableSoundError, bytes(data))


def test_missing_files_folders_and_devices_are_unreadable(tmp_path):
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "link.wav").symlink_to(tmp_path / "gone")
    paths = [tmp_path / "missing.wav", tmp_path / "folder.wav", tmp_path / "link.wav"]
    for path in [*paths, Path("/dev/zero"), Path("n\0ul"), tmp_path / ("a" * 300)]:
        with pytest.raises(UnreadableSoundError) as refusal:
            Sound.read(path)
        assert path.name in str(refusal.value)


@pytest.mark.parametrize("path", ["/", "..", "."])
def test_a_path_without_a_name_is_named_whole(path):
    with pytest.raises(UnreadableSoundError, match=rf"^{re.escape(path)} is not a file"):
        Sound.read(path)


@pytest.mark.parametrize("container", ["WAV", "AIFF", "OGG"])
def test_a_file_without_samples_is_empty(container):
    subtype = "VORBIS" if container == "OGG" else "PCM_16"
    assert_refused(EmptySoundError, encoded(np.zeros(0), container=container, subtype=subtype))


def test_a_file_of_no_bytes_is_empty(tmp_path):
    (tmp_path / "culprit.wav").touch()
    with pytest.raises(EmptySoundError, match=r"culprit\.wav"):
        Sound.read(tmp_path / "culprit.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_that_are_no_numbers_are_refused(value, channels):
    frames = np.zeros((100, channels))
    frames[50, 0] = value
    assert_refused(NonFiniteSoundError, encoded(frames, subtype="DOUBLE"))


def test_opposite_infinities_do_not_cancel():
    frames = np.array([[np.inf, -np.inf]])
    assert_refused(NonFiniteSoundError, encoded(frames, subtype="FLOAT"))


def test_absurd_levels_are_refused():
    assert_refused(UnreadableSoundError, encoded(np.array([1e9]), subtype="FLOAT"))


@pytest.mark.parametrize(("container", "subtype"), EVERY_FORMAT)
def test_a_sound_over_the_seconds_limit_is_too_long_and_one_at_the_limit_is_not(container, subtype):
    data = encoded(sine(seconds=1.5), 48_000, container, subtype)
    assert_refused(SoundTooLongError, data, SoundLimits(max_seconds=1.4))
    assert Sound.from_bytes(data, "ok", limits=SoundLimits(max_seconds=1.5)).seconds == 1.5


def test_more_bytes_than_the_limit_are_too_large():
    data = encoded(sine())
    assert_refused(SoundTooLargeError, data, SoundLimits(max_bytes=len(data) - 1))
    assert Sound.from_bytes(data, "ok", limits=SoundLimits(max_bytes=len(data))).seconds == 1


def test_a_huge_file_is_refused_by_its_size_alone(tmp_path):
    path = tmp_path / "culprit.wav"
    with path.open("wb") as file:
        file.truncate(10**12)  # sparse: reading it would take an hour and all memory
    with pytest.raises(SoundTooLargeError, match=r"culprit\.wav .*limit is 50 MB"):
        Sound.read(path)


def flac_claiming(frames: int) -> bytes:
    """A FLAC of one second whose STREAMINFO claims another length (36 bits at byte 21)."""
    data = bytearray(encoded(sine(), container="FLAC"))
    data[21] = (data[21] & 0xF0) | (frames >> 32)
    data[22:26] = struct.pack(">I", frames & 0xFFFF_FFFF)
    return bytes(data)


def test_the_header_is_judged_before_anything_is_decoded(monkeypatch):
    def decode(*args, **kwargs):
        pytest.fail("the sound was decoded")

    monkeypatch.setattr(sf.SoundFile, "read", decode)
    assert_refused(SoundTooLongError, flac_claiming(48_000 * 7_200))


def test_a_header_that_promises_more_than_there_is_is_unreadable():
    assert_refused(UnreadableSoundError, flac_claiming(48_000 * 30))


def test_a_header_without_a_length_is_unreadable():
    assert_refused(UnreadableSoundError, flac_claiming(0))


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_plain_text_in_sounds_and_messages(name):
    assert Sound.from_bytes(encoded(sine()), name).name == name
    with pytest.raises(UnreadableSoundError) as refusal:
        Sound.from_bytes(b"nothing", name)
    assert name in str(refusal.value)


# Making, resampling, windowing


def test_a_sound_is_made_from_any_vector_and_refuses_other_shapes():
    for ones in (np.ones(3, dtype=np.int16), [1, 1, 1.0]):
        assert Sound(ones, 48_000, "ones").samples.dtype == np.float32
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        Sound(np.zeros((2, 3), dtype=np.float32), 48_000, "stereo")
    with pytest.raises(ValueError, match="0 Hz"):
        Sound(np.zeros(3, dtype=np.float32), 0, "timeless")
    with pytest.raises(EmptySoundError, match="void"):
        Sound(np.zeros(0, dtype=np.float32), 48_000, "void")
    for value in (np.nan, 1e300):
        with pytest.raises(NonFiniteSoundError, match="broken"):
            Sound(np.array([value]), 48_000, "broken")


def test_resampling_there_and_back_keeps_what_both_rates_can_hold():
    sound = Sound(sine(1_000), 48_000, "tone")
    back = sound.resample(22_050).resample(48_000)
    np.testing.assert_allclose(back.samples, sound.samples, atol=2e-3)
    assert back.name == "tone"


def test_resampling_removes_what_would_alias():
    assert rms(Sound(sine(15_000), 48_000, "high").resample(16_000).samples) < 1e-3


def test_resampling_to_the_same_rate_is_the_same_sound():
    sound = Sound(sine(), 48_000, "tone")
    assert sound.resample(48_000) is sound


@pytest.mark.parametrize(("size", "clips"), [(1, 1), (48_000, 1), (48_001, 2), (120_000, 3)])
def test_clips_hold_every_sample_once_and_then_silence(size, clips):
    samples = np.random.default_rng(0).uniform(-1, 1, size).astype(np.float32)
    windows = Sound(samples, 48_000, "noise").clips()
    assert windows.shape == (clips, 48_000)
    np.testing.assert_array_equal(windows.reshape(-1)[:size], samples)
    assert not windows.reshape(-1)[size:].any()


# Writing


@pytest.mark.parametrize(
    ("container", "subtype", "tolerance"),
    [entry for entry in LOSSLESS if entry[:2] in {
        ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"),
        ("FLAC", "PCM_16"), ("FLAC", "PCM_24"),
    }],
)  # fmt: skip
def test_what_is_written_is_what_is_read(tmp_path, container, subtype, tolerance):
    sound = Sound(sine(), 48_000, "tone")
    path = tmp_path / f"tone.{container.lower()}"
    sound.write(path, subtype)
    assert sf.info(path).format == container
    assert sf.info(path).subtype == subtype
    np.testing.assert_allclose(Sound.read(path).samples, sound.samples, rtol=0, atol=tolerance)


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24")])
def test_integer_files_clip_at_full_scale_and_never_wrap(container, subtype):
    loud = Sound(np.array([-3.0, -1.0, 1.0, 3.0], dtype=np.float32), 48_000, "loud")
    written = Sound.from_bytes(loud.to_bytes(container, subtype), "loud").samples
    np.testing.assert_allclose(written, [-1, -1, 1, 1], atol=1e-4)


def test_float_files_keep_what_exceeds_full_scale():
    loud = Sound(np.array([-3.0, 3.0], dtype=np.float32), 48_000, "loud")
    written = Sound.from_bytes(loud.to_bytes("WAV", "FLOAT"), "loud").samples
    np.testing.assert_array_equal(written, [-3, 3])


def test_writing_says_what_is_in_the_way(tmp_path):
    sound = Sound(sine(), 48_000, "tone")
    with pytest.raises(SoundError, match=r"tone\.mp3 .*\.wav or \.flac"):
        sound.write(tmp_path / "tone.mp3")
    with pytest.raises(SoundError, match="no such folder"):
        sound.write(tmp_path / "nowhere" / "tone.wav")
    with pytest.raises(SoundError, match="FLAC FLOAT"):
        sound.write(tmp_path / "tone.flac", "FLOAT")
    (tmp_path / "taken.wav").mkdir()
    with pytest.raises(SoundError, match=r"taken\.wav cannot be written"):
        sound.write(tmp_path / "taken.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.wav"]


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_reading_does_not_load_numba(tmp_path, rate):
    path = tmp_path / "tone.wav"
    sf.write(path, sine(), rate)
    program = (
        "import sys; from distill import Sound; Sound.read(sys.argv[1]).clips(); "
        "assert not {'numba', 'librosa', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
