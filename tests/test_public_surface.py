"""The names and signatures that a notebook may rely on; a change here is a change of promise."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import distill
from distill.explorer import Explorer
from distill.sound import Sound

PROMISES = {
    Explorer.load: ["path", "device"],
    Explorer.encode: ["self", "sounds"],
    Explorer.decode: ["self", "latents"],
    Explorer.analyze: ["self", "sounds"],
    Explorer.resynthesize: ["self", "sounds"],
    Sound.read: ["path", "sample_rate", "limits"],
}


def test_the_package_exports_four_names_and_each_is_there():
    assert distill.__all__ == ["DistillError", "Explorer", "Sound", "__version__"]
    assert distill.Explorer is Explorer
    assert distill.Sound is Sound
    with pytest.raises(AttributeError, match="no attribute 'Exploder'"):
        distill.Exploder  # noqa: B018


@pytest.mark.parametrize("method", PROMISES, ids=lambda method: method.__qualname__)
def test_the_promised_parameters_come_first_and_suffice(method):
    parameters = list(inspect.signature(method).parameters.values())
    wanted = PROMISES[method]
    assert [parameter.name for parameter in parameters][: len(wanted)] == wanted
    for extra in parameters[len(wanted) :]:
        assert extra.default is not inspect.Parameter.empty


def test_the_promised_shapes(tiny_explorer, tmp_path):
    tone = np.sin(2 * np.pi * 440 * np.arange(72_000) / 48_000)
    Sound(0.5 * tone, 48_000, "tone").write(tmp_path / "tone.wav")
    sound = Sound.read(tmp_path / "tone.wav")
    size = tiny_explorer.info.latent_size
    latents = tiny_explorer.encode([sound, sound])
    shapes = {
        "latents": (latents, (4, size)),
        "audio": (tiny_explorer.decode(latents), (4, 48_000)),
        "channels": (tiny_explorer.analyze([sound]), (2, 2, 128, 94)),
        "ceiling": (tiny_explorer.resynthesize([sound]), (2, 48_000)),
    }
    for array, shape in shapes.values():
        assert array.shape == shape
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


def test_no_sounds_give_no_rows(tiny_explorer):
    latents = tiny_explorer.encode([])
    assert latents.shape == (0, tiny_explorer.info.latent_size)
    assert tiny_explorer.decode(latents).shape == (0, 48_000)
    assert tiny_explorer.analyze([]).shape == (0, 2, 128, 94)
    assert tiny_explorer.resynthesize([]).shape == (0, 48_000)


def test_every_public_error_is_a_distill_error():
    from distill import errors

    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    assert len(kinds) == 12
    assert all(issubclass(kind, distill.DistillError) for kind in kinds)


@pytest.mark.parametrize("module", ["distill", "distill.cli"])
def test_importing_brings_neither_torch_nor_gradio_nor_numba(module):
    heavy = {"torch", "gradio", "numba", "umap", "librosa", "plotly", "sklearn"}
    program = f"import sys, {module}; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == []
