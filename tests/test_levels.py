"""The magnitude channel's unit, there and back."""

import pytest
import torch

from distill.levels import energy_floor, to_energy, to_magnitude


def test_known_values() -> None:
    energy = to_energy(torch.tensor([1.0, 0.5, 0.0, -1.0]), 80.0)
    expected = torch.tensor([1 - 1e-8, 1e-4 - 1e-8, 0.0, 0.0])
    torch.testing.assert_close(energy, expected, atol=1e-9, rtol=1e-4)
    assert energy_floor(80.0) == pytest.approx(1e-8)


@pytest.mark.parametrize("range_db", [60.0, 80.0, 120.0])
def test_each_undoes_the_other_down_to_silence(range_db: float) -> None:
    magnitude = torch.linspace(0, 1.2, 50, dtype=torch.float64)
    torch.testing.assert_close(to_magnitude(to_energy(magnitude, range_db), range_db), magnitude)
    assert to_magnitude(torch.zeros(1), range_db).item() == pytest.approx(0, abs=1e-6)


def test_silence_has_a_slope() -> None:
    energy = torch.zeros(3, requires_grad=True)
    (slope,) = torch.autograd.grad(to_magnitude(energy, 80.0).sum(), energy)
    assert torch.isfinite(slope).all()
    assert (slope > 0).all()
