"""The gate in front of the work: how much at once, how large, and for whom."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from distill.ui.gate import Gate, Refusal, guarded


def in_a_loop_of_its_own(work):
    """Run a coroutine in another thread: a browser's session may hold a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, work).result()


def test_more_work_than_fits_is_turned_away_and_the_rest_is_done():
    release = threading.Event()
    outcomes: list[str] = []

    async def one(gate: Gate) -> None:
        try:
            outcomes.append(await gate.run(lambda: "done" if release.wait(10) else "late"))
        except Refusal as refusal:
            outcomes.append(str(refusal.status))

    async def crowd() -> None:
        gate = Gate(workers=1, waiting=2)
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one, gate)
            while outcomes != ["503", "503"]:
                await anyio.sleep(0.01)
            release.set()

    in_a_loop_of_its_own(crowd)
    assert outcomes == ["503", "503", "done", "done", "done"]


def test_only_so_many_work_at_once():
    lock = threading.Lock()
    inside: list[int] = [0, 0]

    def work() -> None:
        with lock:
            inside[0] += 1
            inside[1] = max(inside)
        threading.Event().wait(0.02)
        with lock:
            inside[0] -= 1

    async def crowd() -> None:
        gate = Gate(workers=2, waiting=20)
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(gate.run, work)

    in_a_loop_of_its_own(crowd)
    assert inside == [0, 2]


def test_a_failure_frees_its_place():
    async def fail_then_work() -> str:
        gate = Gate(workers=1, waiting=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await gate.run(lambda: 1 / 0)
        return await gate.run(lambda: "free")

    assert in_a_loop_of_its_own(fail_then_work) == "free"


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [(errno.ENOSPC, 507, "disk is full"), (errno.EDQUOT, 507, "disk is full")],
)
def test_a_full_disk_is_said_in_a_sentence(number, status, sentence):
    async def write(_: Request) -> Response:
        raise OSError(number, "written into the void")

    routes = [Route("/write", guarded(write))]
    answer = TestClient(Starlette(routes=routes)).get("/write")
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_another_fault_of_the_disk_is_not_hidden():
    async def write(_: Request) -> Response:
        raise OSError(errno.EIO, "broken")

    client = TestClient(Starlette(routes=[Route("/write", guarded(write))]))
    with pytest.raises(OSError, match="broken"):
        client.get("/write")
