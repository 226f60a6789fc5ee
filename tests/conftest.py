"""What many tests share: few threads, the bundled sounds, a tiny untrained model, and a server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import torch

from distill.checkpoint import save_checkpoint
from distill.explorer import Explorer
from distill.models.vae import ConvVAE, VAEConfig
from distill.sound import Sound
from distill.spectrogram import SpectrogramConfig

ROOT = Path(__file__).parents[1]
SOUNDS = ROOT / "assets" / "sounds"


@pytest.fixture(scope="session", autouse=True)
def few_threads() -> None:
    torch.set_num_threads(2)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let Ctrl+C reach the processes that tests start; a job in the background ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def demo_sounds() -> list[Sound]:
    """The 45 bundled sounds, by name."""
    return [Sound.read(path) for path in sorted(SOUNDS.glob("*.flac"))]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an untrained model of 8 latents and the bundled model's shape."""
    torch.manual_seed(0)
    network = ConvVAE(VAEConfig(latent=8, widths=(4, 8, 8, 16, 16)))
    folder = tmp_path_factory.mktemp("tiny") / "model"
    save_checkpoint(folder, network.eval(), SpectrogramConfig(), {"name": "tiny"})
    return folder


@pytest.fixture(scope="session")
def tiny_explorer(tiny_model: Path) -> Explorer:
    return Explorer.load(tiny_model, device="cpu")


class Server:
    """The page in a process of its own, which can be stopped and started again.

    Args:
        model: folder of the model.
        log: where its output goes.
        options: further words for `distill app`.
    """

    def __init__(self, model: Path, log: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}/"
        self.log = log
        start = "from distill.cli import main; main()"
        words = ["app", "--port", str(self.port), "--model", str(model), *options]
        self._command = [sys.executable, "-c", start, *words]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        quiet = {"OMP_NUM_THREADS": "2", "GRADIO_ANALYTICS_ENABLED": "0"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=os.environ | quiet, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 120
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The page did not start:\n{self.log.read_text()[-4_000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}live/health", timeout=2).status_code in {200, 401}
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Kill it, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """A function that serves a model's page until the tests are over."""
    servers: list[Server] = []

    def start(model: Path, *options: str) -> Server:
        servers.append(Server(model, tmp_path_factory.mktemp("served") / "log.txt", *options))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
