import math

import pytest
import torch

from distill.models import losses
from distill.models.vae import Output, Posterior
from distill.spectrogram import SpectrogramConfig, listener

MAGNITUDE = torch.rand(3, 128, 94, generator=torch.Generator().manual_seed(0))
ONES = torch.ones(128)
EAR = listener(SpectrogramConfig())


def posterior(mean: float, log_variance: float, batch: int = 2) -> Posterior:
    means = torch.full((batch, 4), float(mean))
    return Posterior(means, torch.full_like(means, float(log_variance)))


def test_no_error_where_nothing_differs():
    assert losses.magnitude_error(MAGNITUDE, MAGNITUDE).max() == 0
    assert losses.peak_error(MAGNITUDE, MAGNITUDE, ONES, 80.0).max() == 0
    assert losses.frequency_error(MAGNITUDE, MAGNITUDE, MAGNITUDE, ONES, 80.0).max() == 0
    assert losses.loudness_error(MAGNITUDE, MAGNITUDE, 80.0).max() == 0


def test_a_constant_offset_is_its_square():
    error = losses.magnitude_error(MAGNITUDE + 0.1, MAGNITUDE)
    torch.testing.assert_close(error, torch.full((3,), 0.01))


def test_a_full_scale_frame_of_one_band_has_level_one():
    frame = torch.zeros(1, 128, 2)
    frame[0, 5, 0] = 1
    torch.testing.assert_close(losses.frame_level(frame, 80.0), torch.tensor([[1.0, 0.0]]))


def test_peaks_weigh_more_than_what_lies_between():
    target = torch.full((2, 128, 94), 0.3)
    target[:, 40] = 1
    result = target.clone()
    result[0, 40] -= 0.1
    result[1, 80] -= 0.1
    loud, quiet = losses.peak_error(result, target, ONES, 80.0)
    assert loud > 100 * quiet
    weight = ONES.clone()
    weight[40] = 4
    assert losses.peak_error(result, target, weight, 80.0)[0] > loud


def test_frequency_counts_where_there_is_sound_and_where_pitch_needs_it():
    magnitude = torch.zeros(1, 128, 94)
    magnitude[0, 10] = 1
    wrong = torch.zeros(1, 128, 94)
    wrong[0, 10] = 0.5
    silent = torch.zeros(1, 128, 94)
    silent[0, 90] = 0.5
    right = torch.zeros(1, 128, 94)
    heard = losses.frequency_error(wrong, right, magnitude, ONES, 80.0)
    unheard = losses.frequency_error(silent, right, magnitude, ONES, 80.0)
    assert heard > 50 * unheard
    weight = ONES.clone()
    weight[10] = 4
    assert losses.frequency_error(wrong, right, magnitude, weight, 80.0) > heard


def test_kl_of_known_gaussians():
    assert losses.kl_divergence(posterior(0, 0)).abs().max() == 0
    torch.testing.assert_close(losses.kl_divergence(posterior(1, 0)), torch.full((2,), 2.0))
    expected = 4 * 0.5 * (math.e - 1 - 1)
    torch.testing.assert_close(losses.kl_divergence(posterior(0, 1)), torch.full((2,), expected))


def test_kl_is_never_negative():
    mean, log_variance = torch.randn(2, 100, 16)
    assert losses.kl_per_dimension(Posterior(mean, log_variance)).min() >= 0


def test_free_nats_cost_nothing():
    free = losses.kl_divergence(posterior(0.3, 0), free_nats=0.05)
    assert free.max() == 0
    some = losses.kl_divergence(posterior(1, 0), free_nats=0.1)
    torch.testing.assert_close(some, torch.full((2,), 4 * 0.4))


def test_a_dimension_may_idle_on_some_sounds_at_the_cost_of_others():
    mean = torch.tensor([[0.0], [2.0]])  # 0 and 2 nats: 1 on average
    kl = losses.kl_divergence(Posterior(mean, torch.zeros_like(mean)), free_nats=0.25)
    torch.testing.assert_close(kl, torch.tensor([0.0, 2 * 0.75]))


def test_a_level_that_is_off_by_a_tenth_costs_a_hundredth():
    target = torch.zeros(1, 128, 94)
    target[0, 40] = 0.8
    result = torch.zeros(1, 128, 94)
    result[0, 40] = 0.7
    error = losses.loudness_error(result, target, 80.0)
    torch.testing.assert_close(error, torch.tensor([0.01]), atol=1e-4, rtol=0)


def test_the_balance_is_half_the_logarithm_above_its_tolerance():
    error = torch.tensor([0.0, math.e - 0.5])
    torch.testing.assert_close(
        losses.balanced(error, 0.5), torch.tensor([0.5 * math.log(0.5), 0.5])
    )


def test_the_balance_ignores_scale():
    small = torch.tensor([0.01], requires_grad=True)
    large = torch.tensor([10.0], requires_grad=True)
    losses.balanced(small, 0.0).backward()
    losses.balanced(large, 0.0).backward()
    torch.testing.assert_close(small.grad * small.detach(), large.grad * large.detach())


@pytest.mark.parametrize(("step", "beta"), [(0, 0.0), (5, 0.5), (10, 1.0), (50, 1.0)])
def test_beta_warms_up(step, beta):
    assert losses.warmup(step, 10) == beta


def test_no_warm_up_means_full_weight():
    assert losses.warmup(0, 0) == 1


def test_kl_is_charged_by_beta_alone():
    target = torch.stack([MAGNITUDE, MAGNITUDE * 2 - 1], dim=1)
    output = Output(target, posterior(1, 0, 3))
    config = losses.LossConfig(kl_weight=0.5, free_nats=0.0, kl_warmup_steps=10)
    early, late = (losses.vae_losses(output, target, EAR, config, n).mean().total for n in (0, 10))
    assert (late - early).item() == pytest.approx(0.5 * 2 / MAGNITUDE[0].numel(), rel=0.05)


def test_low_bands_can_be_made_to_count_for_more():
    target = torch.stack([MAGNITUDE, MAGNITUDE * 2 - 1], dim=1)
    wrong = target.clone()
    wrong[:, 1, :5] += 0.3
    result = Output(wrong, posterior(0, 0, 3))
    few, many = (
        losses.vae_losses(result, target, EAR, losses.LossConfig(low_band_weight=most)).mean()
        for most in (9.0, 30.0)
    )
    assert few.frequency < many.frequency < 0.3**2


def test_the_objective_is_finite_on_silence_and_on_wild_results():
    silence = torch.zeros(2, 2, 128, 94)
    wild = torch.stack([torch.full((2, 128, 94), 50.0), torch.ones(2, 128, 94)], dim=1)
    wild.requires_grad_()
    output = Output(wild, posterior(0, 0))
    total = losses.vae_losses(output, silence, EAR, losses.LossConfig()).mean().total
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(wild.grad).all()


def test_the_objective_prefers_the_truth():
    target = torch.stack([MAGNITUDE, MAGNITUDE * 2 - 1], dim=1)
    same, off = (
        losses.vae_losses(
            Output(result, posterior(0, 0, 3)), target, EAR, losses.LossConfig()
        ).mean()
        for result in (target, target * 0.9)
    )
    assert same.total < off.total
    assert off.magnitude > same.magnitude == 0
    assert off.unlikeness > same.unlikeness
