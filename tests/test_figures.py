"""Learning curves show what was logged, and nothing where nothing was."""

from distill.ui.figures import learning_curves

LINES = [
    {"step": 10, "clips_per_s": 100.0, "total": -1.0},
    {"step": 20, "clips_per_s": 110.0, "total": -2.0, "validation_total": -1.5},
    {"step": 30, "clips_per_s": 120.0, "total": -3.0, "validation_total": -2.5},
]


def test_every_figure_is_drawn_over_the_steps_it_was_logged_at():
    traces = {trace.name: trace for trace in learning_curves(LINES).data}
    assert set(traces) == {"clips per s", "total", "validation total"}
    assert list(traces["total"].x) == [10, 20, 30]
    assert list(traces["total"].y) == [-1, -2, -3]
    assert list(traces["validation total"].x) == [20, 30]
    assert list(traces["validation total"].y) == [-1.5, -2.5]


def test_a_loss_and_its_validation_share_a_colour_and_the_rest_waits_in_the_legend():
    traces = {trace.name: trace for trace in learning_curves(LINES).data}
    assert traces["total"].line.color == traces["validation total"].line.color
    assert traces["total"].visible is True
    assert traces["clips per s"].visible == "legendonly"


def test_negative_losses_are_visible():
    assert learning_curves(LINES).layout.yaxis.type != "log"


def test_no_lines_give_an_empty_figure():
    assert len(learning_curves([]).data) == 0
