"""The magnitude channel's unit: decibels of energy, 0 at the floor, 1 at a full-scale sine.

Knows torch and two formulas, each the exact inverse of the other down to silence.
"""

import math

import torch
from torch import Tensor


def energy_floor(range_db: float) -> float:
    """Energy of a magnitude of 0 before the floor is taken off; a full-scale sine has 1."""
    return math.exp(-_nepers(range_db))


def to_energy(magnitude: Tensor, range_db: float) -> Tensor:
    """Energy of magnitudes, any shape; a full-scale sine has 1, silence 0, nothing less.

    Args:
        magnitude: 0 lies `range_db` under 1.
        range_db: decibels of one unit of magnitude.
    """
    above = torch.exp((magnitude - 1) * _nepers(range_db)) - energy_floor(range_db)
    return above.clamp(min=0)


def to_magnitude(energy: Tensor, range_db: float) -> Tensor:
    """Inverse of `to_energy`. The floor is added, not clamped to, so that silence has a slope."""
    return 1 + torch.log(energy + energy_floor(range_db)) / _nepers(range_db)


def _nepers(range_db: float) -> float:
    """Natural logarithm of the energy ratio that `range_db` stands for."""
    return range_db / 10 * math.log(10)
