"""Measures of how far a result lies from its reference: spectrum, level, pitch, ViSQOL.

Does not know models, files or who made the result. All take two clips of one length, reference
last, as the names of the arguments say. librosa and visqol are imported when they are first needed.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from distill.errors import DistillError

Samples = NDArray[np.float32]
Values = NDArray[np.float64]

FFT_SIZES = (512, 1024, 2048, 4096)
"""Of the log-spectral distance, in samples; hop = size / 4."""
LSD_FLOOR = 1e-4
"""Share of the reference's largest bin that is added to every bin: what lies 80 dB under it."""
SILENT_BIN = 1e-7
"""Stands for the largest bin of a silent reference, so that its distance is defined."""
SILENT_RMS = 1e-6
"""-120 dB of full scale; nothing is told to be quieter."""

PITCH_RATE = 24_000
"""Hz; pitch is tracked at this rate."""
PITCH_FRAME = 4_096
"""Samples at that rate, 171 ms: more than three periods of the lowest pitch in half a frame."""
PITCH_HOP = 256
"""Samples at that rate, 11 ms."""
LOWEST_HZ, HIGHEST_HZ = 40.0, 2_000.0
PITCH_STEP = 0.2
"""Semitones between candidates, so a lone pitch is told within 10 cents."""
SURE = 0.5
"""Voicing probability from which a frame counts: tones lie at 0.7 to 1, noise under 0.05."""
FEWEST_FRAMES = 10
RIGHT_CENTS = 50.0
"""A sound whose pitch is off by no more than this is right."""
LOST_CENTS = 2_400.0
"""Two octaves: no frame counts as worse, and a silent result is this wrong."""

VISQOL_RATE = 48_000
WORST_VISQOL = 1.0
VISQOL_PADDING = 4_800
"""Samples of silence on both ends, 0.1 s."""


def log_spectral_distance(result: Samples, reference: Samples) -> float:
    """Mean absolute difference of log magnitude over four STFT sizes, in dB.

    For each size the mean over bins and frames of |20 log10(|X| + e) - 20 log10(|R| + e)| with
    e = 1e-4 max |R|, so whatever lies more than 80 dB under the reference's peak counts little.

    Args:
        result: [sample].
        reference: [sample], of the same length.

    Returns:
        0 for the reference itself; about 9 for silence in place of an ordinary sound.
    """
    distances = []
    for size in FFT_SIZES:
        wanted, got = _magnitudes(reference, size), _magnitudes(result, size)
        floor = LSD_FLOOR * max(float(wanted.max()), SILENT_BIN)
        distances.append(np.abs(20 * np.log10((got + floor) / (wanted + floor))).mean())
    return float(np.mean(distances))


def _magnitudes(samples: Samples, size: int) -> Values:
    """Centred STFT magnitudes [frame, bin], periodic Hann window, reflected ends."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    padded = np.pad(np.asarray(samples, np.float64), size // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    return cast("Values", np.abs(np.fft.rfft(frames * window)))


def level_error(result: Samples, reference: Samples) -> float:
    """Absolute difference of RMS level, in dB."""
    return abs(_level(result) - _level(reference))


def _level(samples: Samples) -> float:
    rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    return float(20 * np.log10(max(rms, SILENT_RMS)))


@dataclass(frozen=True)
class PitchTrack:
    """Pitch over time.

    Attributes:
        hertz: float64 [frame], the best guess even where there is no pitch.
        certainty: float64 [frame], probability that the frame has a pitch.
    """

    hertz: Values
    certainty: Values

    @property
    def sure(self) -> NDArray[np.bool_]:
        """[frame], where there is surely a pitch."""
        return self.certainty > SURE

    @property
    def pitched(self) -> bool:
        """Whether enough frames are sure for a pitch to be compared."""
        return int(self.sure.sum()) >= FEWEST_FRAMES


def track_pitch(samples: Samples, sample_rate: int) -> PitchTrack:
    """Track the pitch of a clip between 40 Hz and 2 kHz.

    Probabilistic YIN (Mauch and Dixon, 2014) as in librosa, on 24 kHz, every 11 ms, in steps of 20
    cents. The first call takes seconds, since numba compiles.

    Args:
        samples: [sample].
        sample_rate: Hz.
    """
    import librosa  # noqa: PLC0415  (slow to import; only figures need it)

    if not np.any(samples):
        frames = 1 + len(samples) * PITCH_RATE // sample_rate // PITCH_HOP
        return PitchTrack(np.full(frames, LOWEST_HZ), np.zeros(frames))
    slower = librosa.resample(np.asarray(samples), orig_sr=sample_rate, target_sr=PITCH_RATE)
    hertz, _, certainty = librosa.pyin(
        slower,
        fmin=LOWEST_HZ,
        fmax=HIGHEST_HZ,
        sr=PITCH_RATE,
        frame_length=PITCH_FRAME,
        hop_length=PITCH_HOP,
        resolution=PITCH_STEP,
        fill_na=None,
    )
    return PitchTrack(hertz, certainty)


def pitch_error(result: Samples, reference: Samples, sample_rate: int) -> float:
    """Median absolute pitch difference in cents over the frames where the reference is sure.

    Returns:
        Cents, at most 2,400; NaN where the reference has no pitch to compare.
    """
    wanted = track_pitch(reference, sample_rate)
    if not wanted.pitched:
        return float("nan")
    return track_difference(track_pitch(result, sample_rate), wanted)


def track_difference(result: PitchTrack, reference: PitchTrack) -> float:
    """Median absolute difference in cents of two tracks where the reference is sure.

    A frame in which the result has no trace of a pitch counts as lost, 2,400 cents.
    """
    sure = reference.sure
    cents = np.abs(1200 * np.log2(result.hertz[sure] / reference.hertz[sure]))
    lost = result.certainty[sure] <= 0
    return float(np.median(np.where(lost, LOST_CENTS, np.minimum(cents, LOST_CENTS))))


def has_visqol() -> bool:
    """Tell whether the package that `visqol` needs is installed."""
    return find_spec("visqol") is not None


def visqol(result: Samples, reference: Samples) -> float:
    """Perceived quality of `result` at 48 kHz, 1 (bad) to 4.73 (no difference).

    ViSQOL v3 in audio mode (Chinen et al., 2020), 0.1 s of silence added on both ends. It is not
    defined on silence: a silent result gets the worst score, a silent reference none (NaN).

    Raises:
        DistillError: the extra package is not installed.
    """
    judge = _visqol_judge()
    if not np.any(reference):
        return float("nan")
    if not np.any(result):
        return WORST_VISQOL
    wanted, got = (
        np.pad(np.asarray(clip, np.float64), VISQOL_PADDING) for clip in (reference, result)
    )
    return float(judge.measure_from_arrays(wanted, got, VISQOL_RATE).moslqo)


@cache
def _visqol_judge() -> Any:  # noqa: ANN401  (the package is optional)
    try:
        from visqol import VisqolApi  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DistillError(
            'ViSQOL needs one more package: pip install "distill[evaluate]", then run this again.'
        ) from error
    api = VisqolApi()
    api.create(mode="audio")
    return api


@dataclass(frozen=True)
class Scores:
    """All measures of one result.

    Attributes:
        lsd_db: log-spectral distance.
        level_db: absolute level difference.
        pitch_cents: None where the reference has no pitch.
        visqol: None where it was not asked for, or the reference is silent.
    """

    lsd_db: float
    level_db: float
    pitch_cents: float | None
    visqol: float | None


def score(
    reference: Samples, results: dict[str, Samples], sample_rate: int, *, with_visqol: bool
) -> dict[str, Scores]:
    """Take every measure of every result against one reference [sample]."""
    wanted = track_pitch(reference, sample_rate)
    scores = {}
    for name, result in results.items():
        cents, quality = None, None
        if wanted.pitched:
            cents = track_difference(track_pitch(result, sample_rate), wanted)
        if with_visqol and np.any(reference):
            quality = visqol(result, reference)
        distance = log_spectral_distance(result, reference)
        scores[name] = Scores(distance, level_error(result, reference), cents, quality)
    return scores
