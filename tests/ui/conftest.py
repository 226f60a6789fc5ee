"""What the page's tests share: a small model with a stored map, and a client of the live routes."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from distill.descriptors import DESCRIPTORS
from distill.explorer import Explorer
from distill.session import Sessions
from distill.sound import SoundLimits
from distill.ui.routes import LiveLimits, LiveRoutes
from distill.ui.visit import TOKEN_HEADER


@pytest.fixture(scope="session")
def mapped_explorer(
    tiny_model: Path, tiny_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory
) -> Explorer:
    """The tiny model with a stored map: three bundled sounds, then three from training."""
    folder = tmp_path_factory.mktemp("mapped") / "model"
    shutil.copytree(tiny_model, folder)
    names = [*tiny_explorer.library.names[:3], "trained 1", "trained 2", "trained 3"]
    heard = tiny_explorer.encode([tiny_explorer.library.load(name) for name in names[:3]])[:3]
    others = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    np.savez(
        folder / "atlas.npz",
        latents=np.concatenate([heard, others]),
        places=np.random.default_rng(1).uniform(-1, 1, (6, 2)).astype(np.float32),
        names=np.array(names),
        families=np.array(["drum", "voice"]),
        family=np.array([0, 0, 1, 1, 0, 1]),
        descriptors=np.array(list(DESCRIPTORS)),
        described=np.random.default_rng(2).uniform(0, 1, (len(DESCRIPTORS), 6)).astype(np.float32),
    )
    return Explorer.load(folder, device="cpu")


@dataclass(frozen=True)
class Visitor:
    """A client of the live routes with a session of its own."""

    client: TestClient
    headers: dict[str, str]

    def get(self, path: str):
        return self.client.get(f"/live/{path}", headers=self.headers)

    def post(self, path: str, body: bytes = b""):
        return self.client.post(f"/live/{path}", content=body, headers=self.headers)

    def delete(self, path: str):
        return self.client.delete(f"/live/{path}", headers=self.headers)

    def add(self, data: bytes, name: str):
        return self.client.post(
            "/live/sounds", params={"name": name}, content=data, headers=self.headers
        )


@pytest.fixture
def live_limits() -> LiveLimits:
    return replace(LiveLimits(), sound=SoundLimits(max_bytes=400_000))


@pytest.fixture
def client(mapped_explorer: Explorer, live_limits: LiveLimits) -> Iterator[TestClient]:
    live = LiveRoutes(mapped_explorer, Sessions(mapped_explorer), live_limits)
    with TestClient(Starlette(routes=live.routes())) as connected:
        yield connected


@pytest.fixture
def visitor(client: TestClient) -> Visitor:
    token = client.post("/live/session").json()["token"]
    return Visitor(client, {TOKEN_HEADER: token})
