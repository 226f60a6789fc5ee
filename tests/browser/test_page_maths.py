"""The page's pure modules hold to their mathematics; no server is needed."""

import json

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from distill.ui.components import STATIC

pytestmark = pytest.mark.browser

MINUS = "\N{MINUS SIGN}"
ORIGIN = "http://modules.test"
CORNERS = np.random.default_rng(0).normal(size=(4, 128)).astype(np.float32)


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Page:
    """An empty page from which every module of the static folder can be imported."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        if name.endswith(".js"):
            route.fulfill(path=STATIC / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = browser.new_page()
    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/")
    return page


def run(page: Page, module: str, body: str, **values: object):
    """Evaluate the body of a function of the module `it` and the given values."""
    names = ", ".join(values)
    call = f"async ({{{names}}}) => {{ const it = await import('/{module}.js'); {body} }}"
    plain = {name: np.asarray(value).tolist() for name, value in values.items()}
    return page.evaluate(call, plain)


def morph(page: Page, x: float, y: float, corners=CORNERS, centre=None) -> np.ndarray:
    body = "return Array.from(it.morph(corners, {x, y}, centre))"
    centre = np.zeros(128) if centre is None else centre
    return np.array(run(page, "morph_maths", body, corners=corners, x=x, y=y, centre=centre))


@pytest.mark.parametrize(("corner", "x", "y"), [(0, 0, 0), (1, 1, 0), (2, 0, 1), (3, 1, 1)])
def test_a_corner_of_the_pad_is_the_sound_itself(modules, corner, x, y):
    centre = np.full(128, 0.3)
    assert np.array_equal(morph(modules, x, y, centre=centre).astype(np.float32), CORNERS[corner])


def test_a_morph_moves_at_constant_angle_and_between_the_norms(modules):
    start, end = CORNERS[0], 2 * CORNERS[1]
    corners = np.stack([start, end, start, end])
    way = np.stack([morph(modules, share, 0, corners) for share in np.linspace(0, 1, 9)])
    norms = np.linalg.norm(way, axis=1)
    np.testing.assert_allclose(np.diff(norms), np.diff(norms)[0], rtol=1e-4)
    cosines = (way[1:] * way[:-1]).sum(1) / (norms[1:] * norms[:-1])
    np.testing.assert_allclose(np.arccos(cosines), np.arccos(cosines)[0], rtol=1e-3)


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-9, 3.0, 0.0, -1.0])
def test_a_morph_between_parallel_sounds_stays_finite(modules, factor):
    corners = np.stack([CORNERS[0], factor * CORNERS[0]] * 2)
    middle = morph(modules, 0.5, 0.5, corners)
    assert np.isfinite(middle).all()
    if factor > 0:
        np.testing.assert_allclose(middle, (1 + factor) / 2 * CORNERS[0], rtol=1e-5)


def test_corner_shares_add_up_to_one(modules):
    shares = run(modules, "morph_maths", "return it.cornerShares({x, y})", x=0.2, y=0.7)
    assert sum(shares) == pytest.approx(1)
    assert shares[2] == max(shares)


CORRELATED = np.random.default_rng(1).normal(size=(5, 128))
CORRELATED[1] = 0.9 * CORRELATED[0] + 0.2 * CORRELATED[1]


def test_moving_one_correlated_slider_shows_on_that_one_alone(modules):
    body = """
      const axes = new it.DirectionAxes(vectors);
      const moved = axes.moved(Float64Array.from(start), 1, 0.8);
      return [axes.values(start), axes.values(moved), Array.from(moved)];"""
    start = np.random.default_rng(2).normal(size=128)
    before, after, moved = run(modules, "slider_maths", body, vectors=CORRELATED, start=start)
    np.testing.assert_allclose(moved, start + 0.8 * CORRELATED[1], atol=1e-9)
    np.testing.assert_allclose(np.subtract(after, before), [0, 0.8, 0, 0, 0], atol=1e-5)


def test_slider_values_are_the_nearest_the_sliders_can_come(modules):
    offset = np.random.default_rng(3).normal(size=128)
    body = "return new it.DirectionAxes(vectors).values(offset)"
    values = run(modules, "slider_maths", body, vectors=CORRELATED, offset=offset)
    expected, *_ = np.linalg.lstsq(CORRELATED.T, offset, rcond=None)
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_dimension_sliders_count_in_standard_deviations(modules):
    body = """
      const axes = new it.DimensionAxes(scale);
      return [axes.values(offset), Array.from(axes.moved(offset, 1, -2))];"""
    values, moved = run(
        modules, "slider_maths", body, scale=[0.5, 2.0, 0.0], offset=[1.0, 1.0, 1.0]
    )
    assert values == [2.0, 0.5, 1.0]
    assert moved == [1.0, -3.0, 1.0]


def test_random_values_keep_locked_sliders_and_the_safe_range(modules):
    body = """
      const slider = (free) => ({ low: -1, high: 0.5, free });
      return Array.from({ length: 400 }, () =>
        it.randomValues([0.25, 0.25], [slider(true), slider(false)], 2))"""
    values = np.array(run(modules, "slider_maths", body))
    assert (values[:, 1] == 0.25).all()
    assert values[:, 0].min() == -1
    assert values[:, 0].max() == 0.5
    assert len(np.unique(values[:, 0])) > 50


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_level_map_grows_evenly_in_lightness(modules, theme):
    body = f"return it.lightnesses(it.colorTable('magnitude', '{theme}'))"
    steps = np.diff(run(modules, "colormap", body))
    sign = 1 if theme == "dark" else -1
    assert (sign * np.convolve(steps, np.ones(8), "valid") > 0).all()
    smooth = np.abs(np.convolve(steps, np.ones(16) / 16, "valid"))
    assert smooth.max() < 1.6 * smooth.mean()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_diverging_map_is_grey_in_the_middle_and_as_strong_both_ways(modules, theme):
    body = f"const t = it.colorTable('diverging', '{theme}'); return [t[127], t[0], t[255]]"
    middle, low, high = run(modules, "colormap", body)
    assert max(channels(middle)) - min(channels(middle)) < 12
    assert channels(low)[2] > channels(low)[0] + 60
    assert channels(high)[0] > channels(high)[2] + 60


def channels(color: int) -> tuple[int, int, int]:
    return color & 255, color >> 8 & 255, color >> 16 & 255


SCALE = """
  const edges = Array.from({ length: 130 }, (_, i) => 24000 * (i / 129) ** 2);
  const scale = new it.SpectrumScale({ bands: 128, frames: 94, edges_hz: edges, range_db: 80,
    sample_rate: 48000, clip_samples: 48000 });"""


def test_the_frequency_axis_runs_through_every_band_centre(modules):
    body = SCALE + "return scale.centres.map((hz) => scale.heightOf(hz))"
    heights = run(modules, "spectrum_scale", body)
    np.testing.assert_allclose(heights, np.arange(128) + 0.5, atol=1e-9)


def test_ticks_keep_their_distance(modules):
    body = SCALE + "return [scale.ticks(220), scale.ticks(60)]"
    many, few = run(modules, "spectrum_scale", body)
    assert [tick["hz"] for tick in many][-3:] == [5000, 10000, 20000]
    assert len(few) < len(many)
    for ticks, pixels in ((many, 220), (few, 60)):
        assert (np.diff([tick["share"] for tick in ticks]) * pixels >= 15).all()


def test_an_if_value_says_where_in_the_band_the_partial_lies(modules):
    body = (
        SCALE
        + """
      return [scale.frequency(60, 0.5), scale.centres[60], scale.halfWidths[60], scale.cents(60, 0),
              scale.cents(60, 1), scale.halfWidths[0]]"""
    )
    hz, centre, half, zero, top, lowest = run(modules, "spectrum_scale", body)
    assert hz == pytest.approx(centre + half / 2)
    assert zero == pytest.approx(0)
    assert top == pytest.approx(1200 * np.log2((centre + half) / centre))
    assert lowest == pytest.approx(48000 / 2048), "a band is never narrower than a bin"


def test_pixels_show_low_bands_below_and_mask_what_is_silent(modules):
    body = """
      const scale = { bands: 2, frames: 2, rangeDb: 80 };
      const channels = Float32Array.from([1, 0, 0, 0, 0.5, 0.5, 0.5, 0.5]);
      const table = Uint32Array.from({ length: 256 }, (_, i) => (0xff000000 | i) >>> 0);
      const paint = (name, against) => {
        const pixels = new Uint32Array(4);
        it[name]({ pixels, channels, against, scale }, table);
        return Array.from(pixels);
      };
      return [paint('paintMagnitude', null), paint('paintFrequency', null),
              paint('paintMagnitude', channels)];"""
    levels, places, difference = run(modules, "spectrum_pixels", body)
    assert [color & 255 for color in levels] == [0, 0, 255, 0]
    assert [color >> 24 for color in places] == [0, 0, 255, 0]
    assert places[2] & 255 == 191
    assert all(color & 255 == 128 for color in difference)


def test_a_gesture_keeps_its_time(modules):
    body = """
      const gesture = new it.Gesture();
      for (const [time, x] of [[0, 0], [1, 0.5], [1, 0.6], [3, 1]]) gesture.add(time, { x, y: x });
      const at = (time) => gesture.at(time).x;
      return [gesture.seconds, at(-1), at(0.5), at(2), at(9), gesture.places(0.1).length];"""
    assert run(modules, "gesture", body) == pytest.approx([3, 0, 0.25, 0.8, 1, 30])


def test_the_pad_opens_on_four_families(modules):
    table = {
        "id": ["f0", "f1", "f2", "f3", "f4", "s5"],
        "name": ["kick", "bd_haus", "choir", "bell", "bass", "mine"],
        "families": ["drum", "voice", "pitched", "synth", "yours"],
        "family": [0, 0, 1, 2, 3, 4],
        "kind": [0, 1, 1, 1, 0, 2],
    }
    body = f"return it.openingSounds({json.dumps(table)})"
    assert run(modules, "morph_corners", body) == ["f1", "f3", "f4", "f2"]


def test_words_for_how_far_a_sound_lies(modules):
    words = run(modules, "remoteness", "return [0, 1.2, 3].map(it.wordsFor)")
    assert words == ["Close to real sounds", "At the edge of real sounds", "Uncharted"]


def test_a_spectrogram_in_words_names_the_loudest_partial(modules):
    body = """
      const { SpectrumScale } = await import('/spectrum_scale.js');
      const edges = Array.from({ length: 130 }, (_, i) => 24000 * (i / 129) ** 2);
      const scale = new SpectrumScale({ bands: 128, frames: 94, edges_hz: edges, range_db: 80,
        sample_rate: 48000, clip_samples: 48000 });
      const channels = new Float32Array(2 * 128 * 94);
      const silence = it.describe(scale, channels);
      channels[40 * 94 + 47] = 0.75;
      channels[128 * 94 + 40 * 94 + 47] = -0.5;
      const read = it.readCell(scale, channels, { band: 40, frame: 47 });
      return [silence, it.describe(scale, channels), read, scale.frequency(40, -0.5)];"""
    silence, words, read, hz = run(modules, "spectrum_words", body)
    assert silence == "Silence."
    assert f"loudest at {hz:,.0f} Hz, {MINUS}20.0 dB, 0.50 s in" in words
    assert read["frequency"].startswith(f"{hz:,.0f} Hz, {MINUS}")


def test_typed_numbers_are_read_as_people_write_them(modules):
    body = "return ['1.5', ' -0,25 ', minus + '2', '', 'loud', '1e999'].map(it.readNumber)"
    call = f"const minus = '{MINUS}'; {body}"
    assert run(modules, "number_field", call) == [1.5, -0.25, -2, None, None, None]
