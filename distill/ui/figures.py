"""Plotly figures: plain numbers in, a figure out.

Knows neither models nor pages; what the page draws live is drawn by its own scripts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go


def learning_curves(lines: Sequence[Mapping[str, float]]) -> Any:  # noqa: ANN401 - go.Figure
    """Draw every figure of a training run over its steps.

    Training and validation values of the same loss share a colour; a figure that is not a loss
    (clips per second, active latents) is drawn when its name in the legend is clicked.

    Args:
        lines: One mapping a report, with `step` and any figures by name.

    Returns:
        A `plotly.graph_objects.Figure`.
    """
    names = list(dict.fromkeys(name for line in lines for name in line))
    losses = [name for name in names if f"validation_{name}" in names]
    figure = go.Figure()
    for name in names:
        if name == "step":
            continue
        loss = name.removeprefix("validation_")
        shown = [line for line in lines if name in line]
        figure.add_scatter(
            x=[line["step"] for line in shown],
            y=[line[name] for line in shown],
            name=name.replace("_", " "),
            mode="lines",
            line={
                "dash": "dot" if loss == name else "solid",
                "color": _COLOURS[losses.index(loss) % len(_COLOURS)] if loss in losses else "grey",
            },
            visible=True if loss in losses else "legendonly",
        )
    figure.update_layout(
        title="Learning curves: training dotted, validation solid",
        xaxis_title="step",
        yaxis_title="loss",
        template="plotly_white",
    )
    return figure


_COLOURS = ("#e8735a", "#4fb3e8", "#7cc36a", "#b58cff", "#c99a00", "#6d7584")
