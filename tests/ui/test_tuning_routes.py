"""Training from the page: by recordings only, one at a time, heard by its own visitor only."""

import io
import json
import time
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from distill.explorer import Explorer
from distill.session import Sessions
from distill.tuning import TuningConfig
from distill.ui.catalogue import Catalogue
from distill.ui.gate import Gate
from distill.ui.routes import LiveRoutes
from distill.ui.tuning_routes import TuningRoutes
from distill.ui.visit import TOKEN_HEADER

LATENT = np.linspace(-1, 1, 8, dtype="<f4").tobytes()


class Studio:
    """A server whose training runs are short, and its visitors."""

    def __init__(self, explorer: Explorer, steps: int) -> None:
        sessions = Sessions(explorer)
        config = TuningConfig(steps=steps, batch=2, learning_rate=3e-3)
        gates = Gate(1, 8), Gate(2, 8)
        self.tuning = TuningRoutes(explorer, sessions, Catalogue(explorer), *gates, config=config)
        live = LiveRoutes(explorer, sessions)
        self.client = TestClient(Starlette(routes=[*self.tuning.routes(), *live.routes()]))

    def visitor(self) -> dict[str, str]:
        return {TOKEN_HEADER: self.client.post("/live/session").json()["token"]}

    def start(self, visitor: dict[str, str], *identifiers: str):
        return self.client.post("/live/tuning", content=json.dumps(identifiers), headers=visitor)

    def finish(self, visitor: dict[str, str]) -> dict:
        while (told := self.client.get("/live/tuning", headers=visitor).json())[
            "state"
        ] == "running":
            time.sleep(0.02)
        return told

    def decode(self, visitor: dict[str, str]) -> bytes:
        return self.client.post("/live/decode", content=LATENT, headers=visitor).content


@pytest.fixture
def make_studio(mapped_explorer) -> Iterator:
    studios: list[Studio] = []

    def make(steps: int = 4) -> Studio:
        studios.append(Studio(mapped_explorer, steps))
        return studios[-1]

    yield make
    for studio in studios:
        studio.tuning.close()


def test_a_result_is_heard_by_who_trained_it_and_by_nobody_else(make_studio):
    studio = make_studio()
    mine, other = studio.visitor(), studio.visitor()
    before = studio.decode(mine)
    started = studio.start(mine, "f0", "f1", "f2").json()
    assert started["state"] == "running"
    assert started["sounds"] == 3
    told = studio.finish(mine)
    assert told["state"] == "done"
    assert told["step"] == told["steps"] == 4
    assert told["gain"]["learnt"]["before_db"] > 0
    assert studio.decode(mine) == before  # nothing changes before it is asked for
    assert studio.client.post("/live/tuning/use", headers=mine).json()["used"]
    assert studio.decode(mine) != before
    assert studio.decode(other) == before
    assert studio.client.post("/live/tuning/leave", headers=mine).json()["used"] is False
    assert studio.decode(mine) == before


def test_the_model_told_is_the_one_heard_and_shares_the_space(make_studio, mapped_explorer):
    studio = make_studio(2)
    mine = studio.visitor()
    studio.start(mine, "f0")
    studio.finish(mine)
    studio.client.post("/live/tuning/use", headers=mine)
    told = studio.client.get("/live/model", headers=mine).json()
    assert told["hash"] != told["space"] == mapped_explorer.info.hash
    assert told["name"].endswith(", tuned")
    assert studio.client.get("/live/model").json()["hash"] == mapped_explorer.info.hash


def test_a_result_can_be_taken_home_and_loaded(make_studio, tmp_path):
    studio = make_studio(2)
    mine = studio.visitor()
    studio.start(mine, "f0")
    studio.finish(mine)
    data = studio.client.get("/live/tuning/file", headers=mine).content
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "home")
    assert len(Explorer.load(tmp_path / "home", device="cpu").atlas.latents) == 6


def test_sounds_without_a_recording_are_refused_in_a_sentence(make_studio):
    studio = make_studio()
    answer = studio.start(studio.visitor(), "f3", "f4")
    assert answer.status_code == 422
    assert "recording" in answer.json()["error"]
    assert studio.start(studio.visitor()).status_code == 422  # and none at all


def test_a_second_run_is_told_to_wait_and_a_cancelled_one_makes_room(make_studio):
    studio = make_studio(100_000)
    mine, other = studio.visitor(), studio.visitor()
    studio.start(mine, "f0")
    assert studio.start(other, "f1").status_code == 409
    assert studio.client.delete("/live/tuning", headers=mine).json() == {"state": "none"}
    assert studio.start(other, "f1").status_code == 200


@pytest.mark.parametrize("body", [b"{", b'"f0"', b"[1]"])
def test_a_list_that_is_none_is_refused(make_studio, body):
    studio = make_studio()
    answer = studio.client.post("/live/tuning", content=body, headers=studio.visitor())
    assert answer.status_code == 422


def test_nothing_can_be_used_before_it_is_trained(make_studio):
    studio = make_studio()
    mine = studio.visitor()
    assert studio.client.post("/live/tuning/use", headers=mine).status_code == 404
    assert studio.client.get("/live/tuning/file", headers=mine).status_code == 404
    assert studio.client.post("/live/tuning/sell", headers=mine).status_code == 404
