"""Undo goes back exactly, redo forth again, and a new step forgets what was undone."""

import numpy as np
import pytest

from distill.errors import SessionError
from distill.history import History


def latent(value: float) -> np.ndarray:
    return np.full(4, value, dtype=np.float32)


def filled(*values: float, limit: int = 10) -> History:
    history = History(limit)
    for value in values:
        history.push(latent(value))
    return history


def test_undo_and_redo_walk_the_same_steps():
    history = filled(1, 2, 3)
    assert [history.undo()[0], history.undo()[0]] == [2, 1]
    assert not history.can_undo
    assert [history.redo()[0], history.redo()[0]] == [2, 3]
    assert not history.can_redo


def test_a_new_step_forgets_what_was_undone():
    history = filled(1, 2, 3)
    history.undo()
    history.push(latent(4))
    assert not history.can_redo
    assert [step[0] for step in history.latents] == [1, 2, 4]


def test_latents_end_at_the_current_step():
    history = filled(1, 2, 3)
    history.undo()
    assert [step[0] for step in history.latents] == [1, 2]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_only_the_newest_steps_are_kept(limit):
    history = filled(1, 2, 3, 4, limit=limit)
    assert [step[0] for step in history.latents] == [1, 2, 3, 4][-limit:]


def test_a_step_is_a_copy():
    history, shared = filled(), latent(1)
    history.push(shared)
    shared[:] = 9
    assert history.latents[0][0] == 1


@pytest.mark.parametrize("steps", [(), (1,)])
def test_the_ends_say_what_to_do(steps):
    history = filled(*steps)
    with pytest.raises(SessionError, match="nothing to undo"):
        history.undo()
    with pytest.raises(SessionError, match="nothing to redo"):
        history.redo()
    assert len(history.latents) == len(steps)
