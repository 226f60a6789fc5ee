import base64
import io
import re

import numpy as np
import pytest
import soundfile
from PIL import Image

from distill.evaluation import Evaluation, EvaluationConfig, Row, evaluate
from distill.explorer import Explorer
from distill.metrics import Scores
from distill.report import png, stratified, write_report
from distill.sound import Sound


def row(name: str, family: str, lsd: float) -> Row:
    return Row(name, family, name, {"model": Scores(lsd, 1, None, None)})


def test_the_sample_has_every_family_and_begins_with_the_worst() -> None:
    rows = [row(f"drum{n}", "drum", n) for n in range(20)]
    rows += [row(f"voice{n}", "voice", 0.5 + n) for n in range(3)]
    chosen = stratified(Evaluation("m", "f", tuple(rows), ()), 8)
    assert [each.file for each in chosen[:2]] == ["drum19", "drum13"]
    assert sum(each.family == "voice" for each in chosen) == 3
    assert "drum0" in {each.file for each in chosen}
    distances = [each.scores["model"].lsd_db for each in chosen]
    assert distances == sorted(distances, reverse=True)


def test_a_picture_has_low_bands_below_and_loud_ones_bright() -> None:
    magnitude = np.zeros((4, 3), np.float32)
    magnitude[0] = 1
    image = np.asarray(Image.open(io.BytesIO(png(magnitude))))
    assert image.shape == (4, 3, 3)
    np.testing.assert_array_equal(image[3], [[252, 255, 164]] * 3)
    np.testing.assert_array_equal(image[0], [[0, 0, 4]] * 3)


@pytest.fixture(scope="module")
def page(tiny_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> str:
    tmp_path = tmp_path_factory.mktemp("report")
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(48_000) / 48_000)
    Sound(tone.astype(np.float32), 48_000, "tone").write(tmp_path / "<b>&tone.wav")
    (tmp_path / "broken.wav").write_bytes(b"")
    done = evaluate(tiny_explorer, tmp_path, EvaluationConfig(visqol=False))
    write_report(done, tiny_explorer, tmp_path / "out.html")
    return (tmp_path / "out.html").read_text()


def test_the_page_is_whole_and_escapes_names(page: str) -> None:
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;tone.wav" in page
    assert "broken.wav" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_the_original_in_the_page_is_the_original(page: str) -> None:
    sounds = re.findall(r'data:audio/flac;base64,([^"]+)"', page)
    original, _ = soundfile.read(io.BytesIO(base64.b64decode(sounds[0])))
    assert len(sounds) == 3
    assert original.shape == (48_000,)
    assert np.abs(original).max() == pytest.approx(0.3, abs=1e-3)
