"""A session loses no work: sounds keep their places, come back after a save, and have limits."""

import json
import threading
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest

from distill.atlas import Atlas
from distill.errors import SessionError
from distill.explorer import Explorer
from distill.session import Session, SessionLimits, Sessions
from distill.sound import Sound


@dataclass(frozen=True)
class StandInInfo:
    name: str = "stand-in"
    hash: str = "0" * 12
    latent_size: int = 128
    sample_rate: int = 48_000
    clip_samples: int = 48_000


class StandIn(Explorer):
    """Stands for a model where nothing depends on what a latent sounds like."""

    info = StandInInfo()
    atlas = Atlas(
        np.random.default_rng(0).normal(size=(10, 128)).astype(np.float32),
        np.random.default_rng(1).uniform(-1, 1, (10, 2)).astype(np.float32),
    )
    seed = 2

    def __init__(self):
        self.encoded = 0

    def encode(self, sounds):
        self.encoded += len(sounds)
        projection = np.random.default_rng(self.seed).normal(size=(48, 128))
        loudness = [
            np.sqrt(np.square(sound.clips().reshape(-1, 48, 1_000)).mean(2)) for sound in sounds
        ]
        return (np.concatenate(loudness) @ projection).astype(np.float32)


class OtherStandIn(StandIn):
    info = StandInInfo(hash="f" * 12)
    seed = 3


def noise(seconds: float = 1.0, name: str = "noise.wav", seed: int = 0) -> Sound:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(48_000 * seconds))
    envelope = np.random.default_rng(seed).uniform(0, 1, 48).repeat(1_000)
    return Sound((samples * np.resize(envelope, samples.size)), 48_000, name)


@pytest.fixture
def session() -> Session:
    return Session(StandIn())


# Adding and removing


def test_a_sound_becomes_one_entry_a_clip(session):
    added = session.add(noise(2.25))
    assert [sound.clip for sound in added] == [0, 1, 2]
    assert [sound.seconds for sound in added] == [1.0, 1.0, 0.25]
    assert {sound.name for sound in added} == {"noise.wav"}
    assert len({sound.id for sound in added}) == 3
    assert list(session.sounds) == added
    np.testing.assert_array_equal(np.stack([s.audio for s in added]), noise(2.25).clips())


def test_adding_moves_no_point_of_the_map(session):
    session.add(noise(seed=1))
    before = session.atlas.places
    added = session.add(noise(seed=2))
    np.testing.assert_array_equal(session.atlas.places[:-1], before)
    np.testing.assert_array_equal(session.atlas.places[-1], added[0].place)
    np.testing.assert_array_equal(session.atlas.latents[-1], added[0].latent)


def test_the_same_sound_twice_gets_two_places(session):
    first, second = session.add(noise())[0], session.add(noise())[0]
    np.testing.assert_array_equal(first.latent, second.latent)
    assert not np.array_equal(first.place, second.place)


def test_sessions_do_not_see_each_other():
    explorer = StandIn()
    one, other = Session(explorer), Session(explorer)
    one.add(noise())
    assert not other.sounds
    assert len(other.atlas.latents) == len(explorer.atlas.latents) == 10
    assert one.token != other.token


def test_removing_takes_its_point_and_no_other(session):
    first, second, third = (session.add(noise(seed=seed))[0] for seed in range(3))
    assert session.remove(second.id) is second
    assert [sound.id for sound in session.sounds] == [first.id, third.id]
    np.testing.assert_array_equal(session.atlas.places[-2:], [first.place, third.place])
    np.testing.assert_array_equal(session.atlas.latents[-2:], [first.latent, third.latent])


def test_a_removed_sound_comes_back_whole(session):
    sound = session.add(noise())[0]
    session.remove(sound.id)
    back = session.restore(sound.id)
    assert session.get(sound.id) is back
    np.testing.assert_array_equal(back.audio, sound.audio)
    np.testing.assert_array_equal(back.place, sound.place)
    with pytest.raises(SessionError, match="cannot be brought back"):
        session.restore(sound.id)


def test_unknown_sounds_are_session_errors(session):
    for use in (session.get, session.remove, session.restore):
        with pytest.raises(SessionError, match="Add its file again"):
            use("no such id")


def test_remapping_moves_every_point_and_keeps_every_latent(session):
    sounds = session.add(noise(3))
    latents = session.atlas.latents
    atlas = session.remap()
    np.testing.assert_array_equal(atlas.latents, latents)
    np.testing.assert_array_equal([s.place for s in session.sounds], atlas.places[-3:])
    assert [sound.id for sound in session.sounds] == [sound.id for sound in sounds]
    np.testing.assert_array_equal(session.add(noise(seed=9))[0].place, session.atlas.places[-1])
    np.testing.assert_array_equal(session.atlas.places[:-1], atlas.places)


# Limits


@pytest.mark.parametrize(
    "limits", [SessionLimits(max_clips=2), SessionLimits(max_bytes=2 * 4 * 48_000)]
)
def test_a_full_session_refuses_the_whole_sound_before_encoding_it(limits):
    explorer = StandIn()
    session = Session(explorer, limits)
    session.add(noise())
    with pytest.raises(SessionError, match=r"no room for long\.wav: .* Remove"):
        session.add(noise(2, "long.wav"))
    assert explorer.encoded == 1
    assert len(session.sounds) == 1
    session.add(noise(seed=1))
    session.remove(session.sounds[0].id)
    session.add(noise(seed=2))  # room was made


def test_threads_that_add_together_lose_nothing_and_overfill_nothing():
    session = Session(StandIn(), SessionLimits(max_clips=12))
    refused = []

    def add(seed: int) -> None:
        try:
            session.add(noise(seed=seed))
        except SessionError as error:
            refused.append(error)

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session.sounds) == 12
    assert len(refused) == 4
    ours = session.atlas.latents[10:]
    np.testing.assert_array_equal(ours, [sound.latent for sound in session.sounds])


# Saving and loading


@pytest.fixture
def saved(tmp_path):
    session = Session(StandIn())
    session.add(noise(1.5, "<b>kick</b> 🥁.wav"))
    session.add(noise(name="hot.wav", seed=4))
    for value in (1.0, 2.0, 3.0):
        session.history.push(np.full(128, value, dtype=np.float32))
    session.history.undo()
    path = tmp_path / "work.distill"
    session.save(path)
    return session, path


def test_a_saved_session_comes_back_bit_for_bit(saved):
    session, path = saved
    loaded = Session(StandIn())
    added = loaded.load(path)
    assert added == list(loaded.sounds)
    for before, after in zip(session.sounds, loaded.sounds, strict=True):
        assert (before.name, before.clip, before.seconds) == (after.name, after.clip, after.seconds)
        assert before.id != after.id
        np.testing.assert_array_equal(before.audio, after.audio)
        np.testing.assert_array_equal(before.latent, after.latent)
        np.testing.assert_array_equal(before.place, after.place)
    np.testing.assert_array_equal(loaded.history.latents, session.history.latents)
    assert loaded.history.undo()[0] == 1.0


def test_loading_adds_to_what_is_there(saved):
    _, path = saved
    session = Session(StandIn())
    mine = session.add(noise(seed=7))[0]
    session.load(path)
    assert session.sounds[0] is mine
    assert len(session.sounds) == 4


def test_an_empty_session_can_be_saved(tmp_path):
    Session(StandIn()).save(tmp_path / "empty.distill")
    assert Session(StandIn()).load(tmp_path / "empty.distill") == []


def test_sounds_saved_on_a_map_of_their_own_are_placed_anew(saved):
    session, path = saved
    session.remap()
    session.save(path)
    loaded = Session(StandIn())
    loaded.load(path)
    expected = StandIn.atlas.joined(np.stack([sound.latent for sound in session.sounds]))
    np.testing.assert_array_equal(loaded.atlas.places, expected.places)


def test_another_model_says_so_and_still_gives_the_sounds_back(saved):
    session, path = saved
    other = Session(OtherStandIn())
    with pytest.raises(SessionError, match=r"another model \(stand-in 000.*stand-in fff.*anew"):
        other.load(path)
    assert not other.sounds
    added = other.load(path, reencode=True)
    for before, after in zip(session.sounds, added, strict=True):
        np.testing.assert_array_equal(before.audio, after.audio)
        expected = other._explorer.encode([Sound(before.audio, 48_000, before.name)])[0]
        np.testing.assert_array_equal(after.latent, expected)
        assert not np.allclose(after.latent, before.latent)
    assert not other.history.latents


def test_loading_more_than_fits_adds_nothing(saved):
    _, path = saved
    small = Session(StandIn(), SessionLimits(max_clips=2))
    with pytest.raises(SessionError, match="no room"):
        small.load(path)
    assert not small.sounds


def test_the_sounds_of_a_saved_session_need_no_distill(saved, tmp_path):
    session, path = saved
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    for sound, file in zip(session.sounds, sorted(tmp_path.glob("sounds/*.wav")), strict=True):
        np.testing.assert_array_equal(Sound.read(file).samples, sound.audio)


def rewritten(path, change):
    """Write the archive again with its manifest changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["session.json"])
    change(manifest, members)
    members["session.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


DAMAGE = {
    "another format": lambda manifest, _: manifest.update(format=99),
    "no model": lambda manifest, _: manifest.pop("model"),
    "sounds of the wrong type": lambda manifest, _: manifest.update(sounds=3),
    "a latent that is text": lambda manifest, _: manifest["sounds"][0].update(latent="x"),
    "a latent of NaN": lambda manifest, _: manifest["sounds"][0].update(
        latent=[float("nan")] * 128
    ),
    "a short latent": lambda manifest, _: manifest["sounds"][0].update(latent=[1.0]),
    "a short step": lambda manifest, _: manifest["history"].append([1.0]),
    "a place off the map": lambda manifest, _: manifest["sounds"][0].update(place=[1.0]),
    "an absurd rate": lambda manifest, _: manifest.update(sample_rate=1e9),
    "an endless rate": lambda manifest, _: manifest.update(sample_rate=float("inf")),
    "a name that cannot be sent": lambda manifest, _: manifest["sounds"][0].update(name="\ud800"),
    **{
        f"{key} {value}": lambda manifest, _, key=key, value=value: manifest["sounds"][0].update(
            {key: value}
        )
        for key, values in {
            "seconds": (float("nan"), float("inf"), -1, 0, 60),
            "clip": (float("inf"), float("nan"), -1, 10**30),
        }.items()
        for value in values
    },
    "a missing sound": lambda _, members: members.pop("sounds/0001.wav"),
    "a damaged sound": lambda _, members: members.update({"sounds/0001.wav": b"RIFF"}),
    "a sound of another length": lambda _, members: members.update(
        {"sounds/0001.wav": noise(0.5).to_bytes("WAV", "FLOAT")}
    ),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_a_session_error_that_names_it(saved, change):
    _, path = saved
    rewritten(path, change)
    session = Session(StandIn())
    with pytest.raises(SessionError, match=r"work\.distill is damaged"):
        session.load(path)
    assert not session.sounds


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_that_was_cut_short_is_a_session_error(saved, share):
    _, path = saved
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SessionError, match=r"work\.distill is damaged"):
        Session(StandIn()).load(path)


def test_a_missing_file_is_a_session_error(tmp_path):
    with pytest.raises(SessionError, match=r"gone\.distill cannot be opened"):
        Session(StandIn()).load(tmp_path / "gone.distill")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(saved):
    _, path = saved
    rewritten(path, lambda _, members: members.update({"sounds/0001.wav": bytes(5_000_000)}))
    with pytest.raises(SessionError, match=r"work\.distill unpacks to"):
        Session(StandIn(), SessionLimits(max_bytes=2_000_000)).load(path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    session, path = saved
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(SessionError, match="No space left on device"):
        session.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


# The registry


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock) -> Sessions:
    return Sessions(StandIn(), SessionLimits(idle_seconds=10, max_sessions=3), clock)


def test_a_session_is_found_by_its_token_until_it_is_dropped(sessions):
    session = sessions.create()
    assert sessions.get(session.token) is session
    sessions.drop(session.token)
    sessions.drop(session.token)
    with pytest.raises(SessionError, match="has ended"):
        sessions.get(session.token)


def test_idle_sessions_end_and_used_ones_live_on(sessions, clock):
    used, idle = sessions.create(), sessions.create()
    clock.seconds = 6
    sessions.get(used.token)
    clock.seconds = 12
    assert sessions.get(used.token) is used
    with pytest.raises(SessionError, match="has ended"):
        sessions.get(idle.token)
    assert len(sessions) == 1


def test_one_too_many_ends_the_longest_idle(sessions):
    first, second, third = (sessions.create() for _ in range(3))
    sessions.get(first.token)
    fourth = sessions.create()
    assert len(sessions) == 3
    for kept in (first, third, fourth):
        assert sessions.get(kept.token) is kept
    with pytest.raises(SessionError):
        sessions.get(second.token)


def test_unknown_tokens_are_session_errors(sessions):
    for token in ("", "x", "../../etc/passwd"):
        with pytest.raises(SessionError, match="Start a new one"):
            sessions.get(token)


def test_a_focus_maps_some_sounds_alone_and_lets_go_of_them_again(session):
    session.add(noise())
    session.focus([1, 3, 10])
    assert session.rows.tolist() == [1, 3, 10]
    seen = np.isfinite(session.places).all(axis=1)
    assert np.flatnonzero(seen).tolist() == [1, 3, 10]
    np.testing.assert_array_equal(session.view.latents, session.atlas.latents[[1, 3, 10]])
    session.focus([])
    np.testing.assert_array_equal(session.places, session.atlas.places)


def test_sounds_that_come_and_go_keep_the_focus_true(session):
    first, second = session.add(noise(seed=1))[0], session.add(noise(seed=2))[0]
    session.focus([0, 10, 11])
    third = session.add(noise(seed=3))[0]
    assert session.rows.tolist() == [0, 10, 11, 12]
    session.remove(first.id)
    assert session.rows.tolist() == [0, 10, 11]
    wanted = [StandIn.atlas.latents[0], second.latent, third.latent]
    np.testing.assert_array_equal(session.view.latents, wanted)
    session.remap()
    assert len(session.rows) == 12
