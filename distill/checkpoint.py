"""A model on disk: weights as safetensors, everything else as JSON.

Knows the network and what it was fed; not how it was trained or who uses it. Nothing here is ever
unpickled, so a model from a stranger can be wrong but not hostile.

    model/
        model.safetensors   weights, half or single precision
        model.json          format, both configs, provenance, SHA-256 of the weights

A save is whole or has not happened, whenever it is cut short: new weights wait under another name
until the JSON tells their digest, and loading takes the file that the JSON means.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from distill.errors import CheckpointError
from distill.models.vae import ConvVAE, VAEConfig
from distill.spectrogram import SpectrogramConfig

FORMAT = 1
WEIGHTS = "model.safetensors"
WAITING = "model.next.safetensors"
CARD = "model.json"
SIZES = ("sample_rate", "clip_samples", "fft_size", "hop", "bands")
"""Of the spectrogram's settings, those that something is divided by."""


@dataclass(frozen=True)
class Checkpoint:
    """A network with all that is needed to use it.

    Attributes:
        network: in evaluation mode, single precision, on the CPU.
        spectrogram: what its channels mean.
        provenance: how it came to be: command, corpus, steps, hours, machine; plain JSON.
        digest: SHA-256 of the weights file, in hex.
    """

    network: ConvVAE
    spectrogram: SpectrogramConfig
    provenance: dict[str, Any] = field(default_factory=dict)
    digest: str = ""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a whole file or nothing: a temporary neighbour is flushed, then renamed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def save_checkpoint(
    folder: Path,
    network: ConvVAE,
    spectrogram: SpectrogramConfig,
    provenance: dict[str, Any],
    *,
    half: bool = False,
) -> str:
    """Store a network; returns the SHA-256 of its weights.

    Args:
        folder: made if it is not there.
        network: of a settled shape.
        spectrogram: what its channels mean.
        provenance: plain JSON.
        half: store floating-point weights in half precision, where it can hold them.

    Raises:
        CheckpointError: the network has seen no shape yet.
    """
    if network.shape is None:
        raise CheckpointError("This network has no shape yet. Pass channels through it, then save.")
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: _stored(value, half=half) for name, value in network.state_dict().items()}
    data = save(tensors)
    digest = hashlib.sha256(data).hexdigest()
    card = {
        "format": FORMAT,
        "network": asdict(network.config),
        "spectrogram": asdict(spectrogram),
        "provenance": provenance,
        "sha256": digest,
    }
    write_atomically(folder / WAITING, data)
    write_atomically(folder / CARD, (json.dumps(card, indent=2) + "\n").encode())
    (folder / WAITING).replace(folder / WEIGHTS)
    return digest


def _stored(value: Tensor, *, half: bool) -> Tensor:
    """A tensor as it is written; one that half precision cannot hold stays whole.

    A batch norm's running variance may exceed half precision's 65,504.
    """
    value = value.detach().cpu().contiguous()
    if not half or not value.is_floating_point():
        return value
    small = value.half()
    return small if bool(small.isfinite().all()) else value


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a model folder.

    Raises:
        CheckpointError: missing, damaged, of another format, or weights and config disagree.
    """
    card = read_card(folder)
    digest = card.get("sha256", "")
    data = _weights(folder, digest)
    try:
        config = VAEConfig(**card["network"] | {"widths": tuple(card["network"]["widths"])})
        spectrogram = SpectrogramConfig(**card["spectrogram"])
        provenance = dict(card.get("provenance", {}))
        if min(getattr(spectrogram, name) for name in SIZES) < 1:
            raise ValueError("a size of its spectrogram is below 1")
        network = ConvVAE(config)
        network.load_state_dict({k: _restored(v) for k, v in load(data).items()})
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} does not hold a model this version reads: {error}"
        ) from error
    return Checkpoint(network.eval(), spectrogram, provenance, digest)


def _weights(folder: Path, digest: str) -> bytes:
    """The weights of this digest, be it that a save cut short left them waiting."""
    waiting = folder / WAITING
    if waiting.is_file():
        data = _read(waiting)
        if hashlib.sha256(data).hexdigest() == digest:
            return data
    data = _read(folder / WEIGHTS)
    if hashlib.sha256(data).hexdigest() != digest:
        raise CheckpointError(
            f"{folder / WEIGHTS} is damaged: its SHA-256 is not the one noted. Copy it again."
        )
    return data


def _restored(value: Tensor) -> Tensor:
    if not torch.isfinite(value).all():
        raise ValueError("weights that are NaN or infinite, since its training diverged")
    return value.to(torch.float32) if value.is_floating_point() else value


def read_card(folder: Path) -> dict[str, Any]:
    """The JSON beside the weights.

    Raises:
        CheckpointError: missing, not JSON, or of another format.
    """
    try:
        card = json.loads(_read(folder / CARD))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{folder / CARD} is not valid JSON: {error}") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise CheckpointError(f"{folder / CARD} is not a model of format {FORMAT}.")
    return card


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror}. Name the folder of a model."
        ) from error
