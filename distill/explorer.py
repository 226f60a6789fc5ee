"""The facade: sounds in, latents, channels and sounds out.

Knows the model and the device it lives on; speaks numpy and dataclasses only, so nothing above
needs torch. One explorer serves many threads: the network is only read.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from distill.atlas import Atlas
from distill.checkpoint import Checkpoint, load_checkpoint
from distill.directions import Directions
from distill.errors import CheckpointError, DeviceError, LatentError
from distill.latents import read_arrays
from distill.library import Library
from distill.models.postfilter import Postfilter
from distill.models.refinement import RefinementConfig, refine
from distill.models.vae import ConvVAE
from distill.sound import Sound
from distill.spectrogram import Spectrogram, listener, mel_edges

Array = npt.NDArray[np.float32]

BATCH = 16
"""Clips worked on at a time; more would leave the processor's cache."""
FARTHEST = 6.0
"""Remoteness beyond which a latent is refused: nothing there was ever trained."""
USUAL_PERCENTILES = (2, 98)
"""Of every descriptor: between these a sound of the factory map is a usual one."""


@dataclass(frozen=True)
class ModelInfo:
    """What a user may want to know of the model.

    Attributes:
        name: of the model's folder.
        hash: first 12 hex digits of the weights' SHA-256; tells models apart.
        device: "cuda", "mps" or "cpu".
        latent_size: latent dimensions.
        parameters: trainable numbers in the network.
        sample_rate: in Hz.
        clip_samples: samples in one clip.
        bands: mel bands.
        frames: frames in one clip.
        range_db: decibels of one unit of magnitude.
        edges_hz: corner frequencies of the bands, `bands + 2` of them.
        trained: provenance, plain JSON.
    """

    name: str
    hash: str
    device: str
    latent_size: int
    parameters: int
    sample_rate: int
    clip_samples: int
    bands: int
    frames: int
    range_db: float
    edges_hz: tuple[float, ...]
    trained: dict[str, Any]


@dataclass(frozen=True)
class Rendering:
    """What a latent sounds and looks like: audio [clip, sample], channels [clip, 2, mel, frame]."""

    audio: Array
    channels: Array


def assets_folder() -> Path:
    """The bundled assets: inside an installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "_assets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "assets"


def best_device(wanted: str | None = None) -> torch.device:
    """The device asked for, here or by DISTILL_DEVICE, or the fastest there is.

    Raises:
        DeviceError: an unknown device, or one this machine lacks.
    """
    there = {  # how many, the fastest first
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
        "cpu": 1,
    }
    name = (wanted or os.environ.get("DISTILL_DEVICE") or "auto").strip().lower()
    if name == "auto":
        return torch.device(next(kind for kind, count in there.items() if count))
    kind, _, index = name.partition(":")
    if kind not in there or not (index or "0").isdecimal():
        raise DeviceError(f"There is no device named {name}. Use cuda, mps or cpu.")
    if int(index or 0) >= there[kind]:
        raise DeviceError(
            f"This machine has no {name}. Set DISTILL_DEVICE to cpu, or leave it out."
        )
    return torch.device(name)


class Explorer:
    """A model at hand: `Explorer.load()`, then encode, decode, analyze, resynthesize.

    Args:
        checkpoint: network and configs.
        folder: the model's folder, where its directions and map lie.
        device: where to compute.
    """

    def __init__(self, checkpoint: Checkpoint, folder: Path, device: torch.device) -> None:
        self.folder = folder
        self._device = device
        network = checkpoint.network.to(device).eval().requires_grad_(requires_grad=False)
        self._network = _fast_in_memory(network)
        self._ear = listener(checkpoint.spectrogram).to(device)
        self._refinement = RefinementConfig()
        self._spectrogram = Spectrogram(checkpoint.spectrogram).to(device).eval()
        self.info = _describe(checkpoint, folder, device)
        self._postfilter = Postfilter(self.info.bands, self.info.frames, self.info.range_db)
        self._postfilter.to(device)

    @classmethod
    def load(cls, path: Path | str | None = None, *, device: str | None = None) -> "Explorer":
        """Load a model folder; by default the bundled one, on the best device.

        Args:
            path: a folder that `distill train` or `save_checkpoint` wrote.
            device: "cuda", "mps" or "cpu"; by default DISTILL_DEVICE, or the fastest.

        Raises:
            CheckpointError: missing, damaged or of another format.
            DeviceError: no such device here.
        """
        folder = Path(path) if path is not None else assets_folder() / "model"
        if (folder / "model" / "model.json").is_file():  # the folder of a training run
            folder = folder / "model"
        return cls(load_checkpoint(folder), folder, best_device(device))

    # -- the six promises ----------------------------------------------------------------

    def encode(self, sounds: Sequence[Sound]) -> Array:
        """Posterior means, one row a one-second clip, in the order of the sounds.

        The encoder's answer is refined by a few quasi-Newton steps through the decoder, which
        brings the level and what the ear makes of the sound much nearer; on two cores it takes
        0.8 s for one clip and 0.35 s a clip for many (`tests/bench/test_bench_core.py`).

        Args:
            sounds: any rate and length; a sound of 2.5 s has three clips.

        Returns:
            float32 [clip, latent]
        """
        return self.encode_clips(self._clips(sounds), refined=True)

    def decode(self, latents: npt.ArrayLike) -> Array:
        """Sound of each latent.

        Args:
            latents: [clip, latent], or one [latent].

        Returns:
            float32 [clip, sample]

        Raises:
            LatentError: wrong shape, not finite, or absurdly far from all data.
        """
        return self.render(latents).audio

    def analyze(self, sounds: Sequence[Sound]) -> Array:
        """Magnitude and IF of each one-second clip: float32 [clip, 2, mel, frame]."""
        return self.analyze_clips(self._clips(sounds))

    def resynthesize(self, sounds: Sequence[Sound]) -> Array:
        """The representation alone, there and back: the best any model here could sound.

        Returns:
            float32 [clip, sample]
        """
        return self.invert(self.analyze(sounds))

    # -- and their parts -----------------------------------------------------------------

    def analyze_clips(self, clips: Array) -> Array:
        """Channels of clips [clip, sample] at the model's rate: float32 [clip, 2, mel, frame]."""
        return self._map(self._spectrogram, clips, (2, self.info.bands, self.info.frames))

    def encode_clips(self, clips: Array, *, refined: bool = False) -> Array:
        """Posterior means of clips [clip, sample] at the model's rate: float32 [clip, latent].

        Args:
            clips: full scale is 1.
            refined: close the encoder's gap to each clip; see `models.refinement`.
        """
        return self.encode_channels(self.analyze_clips(clips), refined=refined)

    def encode_channels(self, channels: Array, *, refined: bool = False) -> Array:
        """The same of channels [clip, 2, mel, frame] that `analyze_clips` gave."""
        encode = self._encode_refined if refined else self._encode
        return self._map(encode, channels, (self.info.latent_size,))

    def _encode(self, channels: Tensor) -> Tensor:
        return self._network.encode(channels).mean

    def _encode_refined(self, channels: Tensor) -> Tensor:
        """Refined means; where that strays as far as nothing is decoded, the encoder's own."""
        mean = self._encode(channels)
        with torch.inference_mode(mode=False), torch.enable_grad():
            # Copies, since tensors made in inference mode cannot take part in a gradient.
            refined = refine(
                self._network, channels.clone(), mean.clone(), self._ear, self._refinement
            )
        strayed = torch.from_numpy(self.remoteness(refined.cpu().numpy()) > FARTHEST)
        return torch.where(strayed.to(mean.device)[:, None], mean, refined)

    def decode_channels(self, latents: npt.ArrayLike) -> Array:
        """Magnitude and IF of each latent: float32 [clip, 2, mel, frame]; errors as `decode`.

        The decoder's answer, its partials sharpened and its noise scattered; see
        `models.postfilter`.
        """
        shape = (2, self.info.bands, self.info.frames)
        return self._map(self._decode, self.check(latents), shape)

    def _decode(self, latents: Tensor) -> Tensor:
        channels: Tensor = self._network.decode(latents)
        filtered: Tensor = self._postfilter(channels, self._spectrogram.tonality(channels))
        return filtered

    def invert(self, channels: Array) -> Array:
        """Waveform of channels [clip, 2, mel, frame]: float32 [clip, sample]."""
        return self._map(self._spectrogram.inverse, channels, (self.info.clip_samples,))

    def render(self, latents: npt.ArrayLike) -> Rendering:
        """Sound and channels of each latent, decoded once; errors as `decode`."""
        channels = self.decode_channels(latents)
        return Rendering(self.invert(channels), channels)

    def check(self, latents: npt.ArrayLike) -> Array:
        """Latents as float32 [clip, latent], or a LatentError that says what is wrong.

        Raises:
            LatentError: wrong shape, not finite, or absurdly far from all data.
        """
        try:
            with np.errstate(over="ignore"):  # to infinity, refused below
                array = np.atleast_2d(np.asarray(latents, dtype=np.float32))
        except (TypeError, ValueError, OverflowError) as error:
            raise LatentError("A latent is an array of numbers.") from error
        size = self.info.latent_size
        if array.ndim != 2 or array.shape[1] != size:
            raise LatentError(f"A latent has {size} numbers here, not the shape {array.shape}.")
        if not np.isfinite(array).all():
            raise LatentError("A latent holds NaN or infinite numbers.")
        if len(array) and (far := float(self.remoteness(array).max())) > FARTHEST:
            raise LatentError(
                f"A latent lies {far:.3g} times as far out as any real sound; the limit is "
                f"{FARTHEST:g}. Move closer to the points of the map."
            )
        return array

    def remoteness(self, latents: npt.ArrayLike) -> Array:
        """How far latents [clip, latent] lie from real data: float32 [clip].

        0 at the middle of the factory map; 99 % of its points, and of the bundled sounds as
        `encode` refines them, lie within 1. See `Directions.remoteness`, also for models of
        which no map was made.
        """
        array = np.asarray(latents, dtype=np.float32)
        return np.asarray(self.directions.remoteness(array), dtype=np.float32)

    def draw(self, count: int, *, seed: int | None = None) -> Array:
        """New latents, drawn like the usual ones of the factory map: float32 [count, latent].

        One real sound in eight is extreme in some descriptor, and what is drawn beside it is
        more so; a draw begins and ends between sounds that are not.

        Args:
            count: how many.
            seed: the same seed gives the same latents; by default every call gives others.
        """
        return self._usual.draw(count, seed=seed)

    # -- what lies beside the model ------------------------------------------------------

    @cached_property
    def directions(self) -> Directions:
        """Principal and named directions of the latent space.

        Raises:
            CheckpointError: the file is damaged, or another model's.
        """
        path = self.folder / "directions.json"
        if not path.is_file():
            return Directions.plain(self.info.latent_size)
        try:
            directions = Directions.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{path} is damaged: {error}.") from error
        self._require_mine(path, directions.mean.size)
        return directions

    @cached_property
    def library(self) -> Library:
        """Bundled sounds and the labels of the factory map."""
        return Library(assets_folder() / "sounds", self.folder / "atlas.npz")

    @cached_property
    def atlas(self) -> Atlas:
        """The factory map; without a stored one, a map of the bundled sounds.

        Raises:
            CheckpointError: the file is damaged, or another model's.
        """
        path = self.folder / "atlas.npz"
        if not path.is_file():
            return Atlas.fit(self.encode([self.library.load(name) for name in self.library.names]))
        try:
            atlas = Atlas.from_arrays(read_arrays(path))
        except (OSError, ValueError, KeyError, LatentError) as error:
            raise CheckpointError(f"{path} is damaged ({error}).") from error
        self._require_mine(path, atlas.latents.shape[-1])
        return atlas

    @cached_property
    def _usual(self) -> Atlas:
        """The factory map without the points that are extreme in any descriptor.

        The whole of it where that would leave less than half, as it does of a few points.
        """
        usual = np.ones(len(self.atlas.latents), bool)
        for values in self.library.labels.described.values():
            low, high = np.nanpercentile(values, USUAL_PERCENTILES)
            usual &= ~((values < low) | (values > high))  # a descriptor that is not there is usual
        if usual.mean() < 0.5:
            return self.atlas
        return Atlas(self.atlas.latents[usual], self.atlas.places[usual])

    @staticmethod
    def leave_room() -> None:
        """Compute on one thread from now on, in the whole process: for serving a page.

        One clip is decoded no sooner by two (30 ms either way on two cores), and the browser
        beside us draws with the core that the second would take. NumPy's BLAS would even keep
        it busy when there is nothing to do: its threads spin for a fifth of a second after the
        smallest product.
        """
        torch.set_num_threads(1)
        threadpool_limits(1, user_api="blas")

    def warm(self) -> None:
        """Pay all first-use costs now: compiled maps, caches, one decode and one encode."""
        start = self.directions.mean[None].astype(np.float32)
        self.encode_clips(self.decode(start))
        self.atlas.place(start)

    # -- inside --------------------------------------------------------------------------

    def _require_mine(self, path: Path, size: int) -> None:
        if size != self.info.latent_size:
            raise CheckpointError(
                f"{path} belongs to a model of {size} latents, not of {self.info.latent_size}. "
                "Take it away, or make it again for this model."
            )

    def _clips(self, sounds: Sequence[Sound]) -> Array:
        rate, length = self.info.sample_rate, self.info.clip_samples
        if not sounds:
            return np.zeros((0, length), dtype=np.float32)
        return np.concatenate([sound.resample(rate).clips(length) for sound in sounds])

    def _map(
        self, function: Callable[[Tensor], Tensor], inputs: Array, shape: tuple[int, ...]
    ) -> Array:
        """Apply a torch function to a batch at a time, on the device."""
        result = np.empty((len(inputs), *shape), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(inputs), BATCH):
                batch = inputs[start : start + BATCH]
                # Tensors want memory that can be written, which columns of a file do not have.
                part = torch.from_numpy(np.require(batch, np.float32, ["C", "W"]))
                done = function(part.to(self._device))
                result[start : start + BATCH] = done.float().cpu().numpy()
        return result


def _fast_in_memory(network: ConvVAE) -> ConvVAE:
    """Order the weights so that a clip is decoded in three quarters of the time, on one thread."""
    for weight in network.parameters():
        if weight.ndim == 4:  # of a convolution
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return network


def _describe(checkpoint: Checkpoint, folder: Path, device: torch.device) -> ModelInfo:
    config, shape = checkpoint.spectrogram, checkpoint.network.shape
    if shape != (config.bands, config.frames):
        raise CheckpointError(f"{folder}: the network's shape {shape} is not the spectrogram's.")
    return ModelInfo(
        name=str(checkpoint.provenance.get("name", folder.resolve().name)),
        hash=checkpoint.digest[:12],
        device=device.type,
        latent_size=checkpoint.network.config.latent,
        parameters=sum(p.numel() for p in checkpoint.network.parameters()),
        sample_rate=config.sample_rate,
        clip_samples=config.clip_samples,
        bands=config.bands,
        frames=config.frames,
        range_db=config.range_db,
        edges_hz=tuple(round(hz, 3) for hz in mel_edges(config).tolist()),
        trained=checkpoint.provenance,
    )
