"""The live routes: what they answer, in what bytes, and what they refuse with which sentence."""

import numpy as np
import pytest

from distill.sound import Sound
from distill.ui.journey import weave
from distill.ui.visit import TOKEN_HEADER

HEADER = np.dtype(
    [("sizes", "<u4", 4), ("gain", "<f4"), ("remoteness", "<f4"), ("place", "<f4", 2)]
)


def unpack(data: bytes, latent_size: int = 8):
    """Read a clip as `static/wire.js` does, written here a second time on purpose."""
    header = np.frombuffer(data, HEADER, 1)[0]
    _, samples, bands, frames = header["sizes"]
    latent = np.frombuffer(data, "<f4", latent_size, 32)
    whole = np.frombuffer(data, "<i2", offset=32 + 4 * latent_size).astype(np.float32) / 32767
    assert whole.size == samples + 2 * bands * frames
    channels = whole[samples:].reshape(2, bands, frames) * np.array([2, 1])[:, None, None]
    return header, latent, whole[:samples] * header["gain"], channels


def latent(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=8).astype("<f4")


def test_a_decoded_latent_arrives_as_the_explorer_made_it(visitor, mapped_explorer):
    answer = visitor.post("decode", latent().tobytes())
    header, echoed, audio, channels = unpack(answer.content)
    made = mapped_explorer.render(latent()[None])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert header["sizes"].tolist() == [0x44535431, 48_000, 128, 94]
    np.testing.assert_array_equal(echoed, latent())
    np.testing.assert_allclose(audio, made.audio[0], atol=header["gain"] / 32767)
    np.testing.assert_allclose(channels, np.clip(made.channels[0], -1, 2), atol=2 / 32767)


def test_the_same_latent_gives_the_same_bytes(visitor):
    first = visitor.post("decode", latent(1).tobytes()).content
    visitor.post("decode", latent(2).tobytes())
    assert visitor.post("decode", latent(1).tobytes()).content == first


def test_a_known_sound_decodes_from_its_own_latent_at_its_own_place(visitor, mapped_explorer):
    header, found, _, _ = unpack(visitor.get("decode/f4").content)
    np.testing.assert_array_equal(found, mapped_explorer.atlas.latents[4])
    np.testing.assert_allclose(header["place"], mapped_explorer.atlas.places[4], atol=1e-6)
    assert visitor.get("latent/f4").content == mapped_explorer.atlas.latents[4].tobytes()


def test_an_original_is_the_recording_and_not_the_models_copy(visitor, mapped_explorer):
    name = mapped_explorer.library.names[0]
    recorded = mapped_explorer.library.load(name).clips()[0]
    header, _, audio, _ = unpack(visitor.get("sound/f0").content)
    np.testing.assert_allclose(audio, recorded, atol=header["gain"] / 32767)


def test_a_place_of_the_map_gives_the_sound_of_the_point_that_lies_there(visitor, mapped_explorer):
    x, y = mapped_explorer.atlas.places[2]
    _, found, _, _ = unpack(visitor.get(f"at?x={x}&y={y}").content)
    np.testing.assert_allclose(found, mapped_explorer.atlas.latents[2], atol=1e-4)


def test_a_draw_is_another_sound_each_time(visitor) -> None:
    found = [unpack(visitor.get("draw").content) for _ in range(2)]
    for _, drawn, audio, _ in found:
        assert np.isfinite(audio).all()
        assert drawn.shape == (8,)
    assert not np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "float32"),
        (b"\0" * 31, "float32"),
        (np.full(8, np.nan, "<f4").tobytes(), "NaN"),
        (np.full(8, np.inf, "<f4").tobytes(), "infinite"),
        (np.full(8, 1e30, "<f4").tobytes(), "real sound"),
    ],
)
def test_a_wrong_latent_gets_a_sentence_and_the_server_goes_on(visitor, body, word):
    answer = visitor.post("decode", body)
    assert answer.status_code == 422
    assert word in answer.json()["error"]
    assert "Traceback" not in answer.text
    assert visitor.post("decode", latent().tobytes()).status_code == 200


def test_a_body_larger_than_a_latent_is_not_read(visitor):
    assert visitor.post("decode", b"\0" * 33).status_code == 413


def test_a_body_that_hides_its_length_is_cut_off_too(visitor):
    pieces = (b"\0" * 100_000 for _ in range(20))
    answer = visitor.client.post("/live/sounds?name=a.wav", content=pieces, headers=visitor.headers)
    assert answer.status_code == 413
    assert "0.4 MB" in answer.json()["error"]


@pytest.mark.parametrize("query", ["x=0", "x=a&y=0", "x=nan&y=0", "x=inf&y=0", "x=1e9&y=0"])
def test_a_place_that_is_no_number_is_refused(visitor, query):
    answer = visitor.get(f"at?{query}")
    assert answer.status_code == 422
    assert "must be a number" in answer.json()["error"]


@pytest.mark.parametrize(
    "name", ["f6", "f-1", "f", "", "f1e3", "f²", "s0", "../f0", "f" + "9" * 5_000]
)
def test_an_unknown_sound_is_not_found(visitor, name):
    assert visitor.get(f"decode/{name}").status_code in {404, 405}


@pytest.mark.parametrize("token", [None, "", "nobody", "x" * 5_000])
def test_without_a_session_the_page_is_told_to_open_one(client, token):
    headers = {} if token is None else {"x-distill-session": token}
    answer = client.get("/live/map", headers=headers)
    assert answer.status_code == 410
    assert answer.json()["error"].endswith(".")


def test_the_model_is_described_in_json_without_nan(client, mapped_explorer):
    model = client.get("/live/model").json()
    assert model["hash"] == mapped_explorer.info.hash
    assert len(model["edges_hz"]) == model["bands"] + 2
    assert len(model["scale"]) == model["latent_size"] == 8
    assert model["opening"] in {"f0", "f1", "f2"}, "the page opens on a bundled sound"


def columns_of(visitor):
    table = visitor.get("map").json()
    numbers = np.frombuffer(visitor.get("map.f32").content, "<f4")
    return table, numbers.reshape(len(table["columns"]), len(table["id"]))


def test_the_map_names_and_places_every_point(visitor, mapped_explorer):
    table, numbers = columns_of(visitor)
    assert table["kind"] == [1, 1, 1, 0, 0, 0]
    assert table["name"][3] == "trained 1"
    assert [table["families"][it] for it in table["family"]][:3] == ["drum", "drum", "voice"]
    np.testing.assert_array_equal(numbers[:2].T, mapped_explorer.atlas.places)
    loudness = numbers[table["columns"].index("loudness")]
    assert np.isfinite(loudness[:3]).all()
    assert table["units"]["loudness"] == "dB"


def test_an_upload_lands_on_the_map_and_moves_no_old_point(visitor, mapped_explorer):
    before = columns_of(visitor)[1]
    sound = mapped_explorer.library.load(mapped_explorer.library.names[5])
    landed = visitor.add(sound.to_bytes(), "mine.wav").json()["sounds"]
    table, after = columns_of(visitor)
    np.testing.assert_array_equal(after[:2, :6], before[:2, :6])
    assert table["id"][6:] == [it["id"] for it in landed]
    assert table["kind"][6:] == [2] * len(landed)
    np.testing.assert_allclose(after[:2, 6], [landed[0]["x"], landed[0]["y"]])
    header, _, audio, _ = unpack(visitor.get(f"sound/{landed[0]['id']}").content)
    np.testing.assert_allclose(audio, sound.clips()[0], atol=2 * header["gain"] / 32767)


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>.wav", "a \"b\" 'c'.wav", "🥁 drum.wav", "x" * 296 + ".wav"],
)
def test_an_odd_name_stays_the_text_it_is(visitor, tone, name):
    landed = visitor.add(tone, name).json()["sounds"]
    assert landed[0]["name"] == name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.wav", "passwd.wav"),
        ("C:\\a\\b.wav", "b.wav"),
        ("a\r\nb.wav", "ab.wav"),
        ("", "sound"),
    ],
)
def test_a_name_carries_no_path_and_no_control_letters(visitor, tone, sent, kept):
    assert visitor.add(tone, sent).json()["sounds"][0]["name"] == kept


@pytest.fixture
def tone() -> bytes:
    time = np.arange(4_800) / 48_000
    return Sound(
        (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 48_000, "tone"
    ).to_bytes()


@pytest.mark.parametrize("data", [b"", b"RIFF....WAVE", b"<html>", bytes(range(256)) * 40])
def test_a_broken_file_is_refused_by_name_and_the_next_one_lands(visitor, tone, data):
    refused = visitor.add(data, "broken kick.wav")
    assert refused.status_code == 422
    assert "broken kick.wav" in refused.json()["error"]
    assert visitor.add(tone, "good.wav").status_code == 200


def test_a_removed_sound_leaves_the_map_and_comes_back(visitor, tone):
    identifier = visitor.add(tone, "tone.wav").json()["sounds"][0]["id"]
    assert visitor.delete(f"sounds/{identifier}").status_code == 200
    assert visitor.get(f"decode/{identifier}").status_code == 404
    assert identifier not in visitor.get("map").json()["id"]
    restored = visitor.post(f"sounds/{identifier}/restore").json()["sounds"]
    assert restored[0]["name"] == "tone.wav"
    assert [it["name"] for it in visitor.get("sounds").json()["sounds"]] == ["tone.wav"]


def test_bundled_sounds_cannot_be_removed(visitor):
    assert visitor.delete("sounds/f0").status_code == 404


def test_one_visitor_does_not_see_the_sounds_of_another(client, visitor, tone):
    identifier = visitor.add(tone, "secret.wav").json()["sounds"][0]["id"]
    token = client.post("/live/session").json()["token"]
    answer = client.get(f"/live/sound/{identifier}", headers={"x-distill-session": token})
    assert answer.status_code == 404


def test_a_saved_session_opens_in_another(client, visitor, tone):
    visitor.add(tone, "kept.wav")
    saved = visitor.get("session/file").content
    token = client.post("/live/session").json()["token"]
    answer = client.post("/live/session/file", content=saved, headers={"x-distill-session": token})
    assert [it["name"] for it in answer.json()["sounds"]] == ["kept.wav"]


def test_a_damaged_session_is_refused_with_a_sentence(visitor):
    answer = visitor.post("session/file", b"PK not a zip")
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_an_export_is_the_decoded_sound_in_24_bit(visitor, mapped_explorer, kind):
    answer = visitor.post(f"export?format={kind}&name=lead", latent().tobytes())
    sound = Sound.from_bytes(answer.content, f"lead.{kind}")
    made = mapped_explorer.decode(latent()[None])[0]
    np.testing.assert_allclose(sound.samples, np.clip(made, -1, 1), atol=2 / 2**23)
    assert answer.headers["content-type"] == f"audio/{kind}"


def test_a_journey_lasts_as_long_as_its_steps(visitor):
    path = np.stack([latent(seed) for seed in range(10)])
    answer = visitor.post("export?format=wav&step=0.05", path.tobytes())
    assert Sound.from_bytes(answer.content, "journey.wav").samples.size == 24_000
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("count", [8, 9, 17])
def test_a_journey_decoded_in_parts_has_no_seams(visitor, mapped_explorer, count):
    path = np.stack([latent(seed) for seed in range(count)])
    wanted = np.clip(weave(mapped_explorer.decode(path), 2_400), -1, 1)
    for kind in ("wav", "flac"):
        answer = visitor.post(f"export?format={kind}&step=0.05", path.tobytes())
        sound = Sound.from_bytes(answer.content, f"journey.{kind}")
        np.testing.assert_allclose(sound.samples, wanted, atol=1e-4)  # batches round differently


@pytest.mark.parametrize("query", ["format=mp3", "step=0", "step=-1", "step=nan", "step=100"])
def test_an_export_that_makes_no_sense_is_refused(visitor, query):
    answer = visitor.post(f"export?{query}", latent().tobytes())
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_the_nearest_sounds_begin_with_the_sound_itself_and_grow_more_distant(
    visitor, mapped_explorer
):
    latents = mapped_explorer.atlas.latents
    named = visitor.post("nearest?count=5", latents[3].tobytes()).json()["id"]
    rows = [int(name.removeprefix("f")) for name in named]
    distances = np.linalg.norm(latents[rows] - latents[3], axis=1)
    assert rows[0] == 3
    assert len(set(rows)) == 5
    assert (np.diff(distances) >= 0).all()
    assert distances[-1] <= np.sort(np.linalg.norm(latents - latents[3], axis=1))[4] + 1e-6


def test_ones_own_sound_is_the_nearest_to_its_latent(visitor, tone):
    own = visitor.add(tone, "mine.wav").json()["sounds"][0]["id"]
    latent_of_it = visitor.get(f"latent/{own}").content
    assert visitor.post("nearest?count=1", latent_of_it).json() == {"id": [own]}


def test_the_nearest_sounds_of_no_latent_are_refused(visitor):
    assert visitor.post("nearest", b"123").status_code == 422


def test_a_refusal_is_never_kept_by_a_browser(client):
    answer = client.get("/live/map", headers={TOKEN_HEADER: "expired"})
    assert answer.status_code == 410
    assert answer.headers["cache-control"] == "no-store"


def test_every_point_has_a_cluster_and_a_new_sound_joins_one(visitor, tone):
    visitor.add(tone, "mine.wav")
    table, numbers = columns_of(visitor)
    clusters = numbers[table["columns"].index("cluster")]
    assert len(clusters) == 7
    assert set(clusters[:6]) == set(range(len(set(clusters[:6]))))
    assert clusters[6] in clusters[:6]


def test_a_focus_shows_some_sounds_alone_and_new_ones_are_made_among_them(visitor):
    answer = visitor.post("focus", b'["f0", "f4", "f5"]')
    assert answer.json() == {"points": 3}
    table, numbers = columns_of(visitor)
    assert table["id"] == [f"f{row}" for row in range(6)]
    seen = np.isfinite(numbers[0])
    assert np.flatnonzero(seen).tolist() == [0, 4, 5]
    x, y = numbers[:2, 4]
    header, found, _, _ = unpack(visitor.get(f"at?x={x}&y={y}").content)
    assert found.tobytes() == visitor.get("latent/f4").content
    np.testing.assert_allclose(header["place"], [x, y], atol=1e-6)
    nearest = visitor.post("nearest", visitor.get("latent/f5").content).json()["id"]
    assert nearest[0] == "f5"
    assert set(nearest) == {"f0", "f4", "f5"}
    visitor.post("focus", b"[]")
    assert np.isfinite(columns_of(visitor)[1][0]).all()


def test_a_focus_on_unknown_sounds_is_refused(visitor):
    assert visitor.post("focus", b'["f99"]').status_code == 404
    assert visitor.post("focus", b'["s99"]').status_code == 404
