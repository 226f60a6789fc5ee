import copy
import hashlib
import json
import pickle
import re
from pathlib import Path

import pytest
import torch

from distill.checkpoint import CARD, WAITING, WEIGHTS, load_checkpoint, save_checkpoint
from distill.errors import CheckpointError
from distill.models.vae import ConvVAE, VAEConfig
from distill.spectrogram import SpectrogramConfig

CONFIG = VAEConfig(latent=8, widths=(4, 8, 8, 16, 16), bands=None, frames=None)


@pytest.fixture
def network() -> ConvVAE:
    network = ConvVAE(CONFIG)
    network(torch.rand(2, 2, 64, 33))
    return network.eval()


@pytest.fixture
def folder(tmp_path, network):
    save_checkpoint(tmp_path / "model", network, SpectrogramConfig(), {"name": "test"})
    return tmp_path / "model"


def test_it_comes_back_bit_for_bit_without_a_forward_pass(folder, network):
    loaded = load_checkpoint(folder)
    assert loaded.network.shape == (64, 33)
    assert loaded.network.config == network.config
    assert loaded.spectrogram == SpectrogramConfig()
    assert loaded.provenance == {"name": "test"}
    assert not loaded.network.training
    stored = loaded.network.state_dict()
    assert stored.keys() == network.state_dict().keys()
    assert all(torch.equal(stored[name], value) for name, value in network.state_dict().items())
    latent = torch.randn(3, 8)
    assert torch.equal(loaded.network.decode(latent), network.decode(latent))


def test_half_precision_is_half_as_large_and_nearly_the_same(tmp_path, folder, network):
    save_checkpoint(tmp_path / "half", network, SpectrogramConfig(), {}, half=True)
    size = (tmp_path / "half" / WEIGHTS).stat().st_size
    assert size < 0.65 * (folder / WEIGHTS).stat().st_size
    latent = torch.randn(3, 8)
    halved = load_checkpoint(tmp_path / "half").network.decode(latent)
    torch.testing.assert_close(halved, network.decode(latent), atol=0.01, rtol=0.01)


def test_what_half_precision_cannot_hold_stays_whole(tmp_path, network):
    variance = network.decoder.blocks[0][1].running_var
    variance.fill_(125_158.0)
    save_checkpoint(tmp_path / "half", network, SpectrogramConfig(), {}, half=True)
    loaded = load_checkpoint(tmp_path / "half").network
    assert torch.equal(loaded.decoder.blocks[0][1].running_var, variance)


def test_the_digest_tells_models_apart(tmp_path, folder):
    other = ConvVAE(CONFIG)
    other(torch.rand(2, 2, 64, 33))
    digest = save_checkpoint(tmp_path / "other", other, SpectrogramConfig(), {})
    assert digest == load_checkpoint(tmp_path / "other").digest != load_checkpoint(folder).digest


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (CARD, b"{not json"),
        (CARD, b"[]"),
        (CARD, b"[" * 100_000),
        (CARD, b'{"format": 99}'),
        (CARD, None),
        (WEIGHTS, b"\x80\x04\x95pickle"),
        (WEIGHTS, None),
    ],
)
def test_a_damaged_model_is_named(folder, name, content):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=re.escape(str(folder / name))):
        load_checkpoint(folder)


@pytest.mark.parametrize("part", [0, 0.5, 1])
def test_a_single_wrong_byte_is_noticed(folder, part):
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[round(part * (len(data) - 1))] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(folder)


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_a_pickle_is_never_opened(tmp_path, folder):
    trace = tmp_path / "trace"
    data = pickle.dumps(Trap(trace))
    pickle.loads(data)  # noqa: S301  (the trap works)
    trace.unlink()
    (folder / WEIGHTS).write_bytes(data)
    card = json.loads((folder / CARD).read_text())
    card["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=re.escape(str(folder))):
        load_checkpoint(folder)
    assert not trace.exists()


@pytest.mark.parametrize("missing", ["network", "spectrogram"])
def test_a_card_that_lacks_a_part_is_refused(folder, missing):
    card = json.loads((folder / CARD).read_text())
    del card[missing]
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="does not hold a model"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    "change",
    [
        *({"provenance": None}, {"provenance": [1]}, {"spectrogram": None}, {"network": [1]}),
        *({"spectrogram": {name: odd}} for name in ("sample_rate", "hop") for odd in (0, "x", -1)),
    ],
    ids=str,
)
def test_a_card_with_a_part_of_another_kind_is_refused(folder, change):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | change))
    with pytest.raises(CheckpointError, match="does not hold a model"):
        load_checkpoint(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tmp_path, network, value):
    broken = copy.deepcopy(network)
    next(broken.parameters()).data.view(-1)[0] = value
    save_checkpoint(tmp_path, broken, SpectrogramConfig(), {})
    with pytest.raises(CheckpointError, match="NaN or infinite"):
        load_checkpoint(tmp_path)


def test_saving_leaves_no_scraps(folder, network):
    save_checkpoint(folder, network, SpectrogramConfig(), {"name": "again"})
    assert {path.name for path in folder.iterdir()} == {CARD, WEIGHTS}
    assert load_checkpoint(folder).provenance == {"name": "again"}


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_save_cut_short_leaves_the_old_model_or_the_new(folder, network, monkeypatch, renames):
    """Nothing is ever seen of a save but its renames, so it is killed before each of them."""
    old = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        network.decoder.output.bias.add_(1)
    rename, left = Path.replace, iter([True] * renames)

    def dying(path: Path, target: Path) -> Path:
        if next(left, False):
            return rename(path, target)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(folder, network, SpectrogramConfig(), {"name": "new"})
    loaded = load_checkpoint(folder)
    wanted = network.state_dict() if renames == 2 else old
    assert loaded.provenance == {"name": "new" if renames == 2 else "test"}
    assert all(torch.equal(v, wanted[k]) for k, v in loaded.network.state_dict().items())
    save_checkpoint(folder, network, SpectrogramConfig(), {"name": "newer"})
    assert load_checkpoint(folder).provenance == {"name": "newer"}
    assert not (folder / WAITING).exists()


def test_weights_that_do_not_fit_their_card_are_refused(folder):
    card = json.loads((folder / CARD).read_text())
    card["network"]["latent"] = 16
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="does not hold a model"):
        load_checkpoint(folder)


def test_a_network_without_a_shape_is_not_saved(tmp_path):
    with pytest.raises(CheckpointError, match="no shape"):
        save_checkpoint(tmp_path, ConvVAE(CONFIG), SpectrogramConfig(), {})
