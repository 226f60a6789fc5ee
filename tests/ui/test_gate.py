"""The gate in front of the work: how much at once, how large, and for whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from distill.ui.gate import Gate, Refusal


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
