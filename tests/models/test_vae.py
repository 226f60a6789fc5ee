import math
from dataclasses import replace

import pytest
import torch

from distill.models.losses import LossConfig, magnitude_error, vae_losses
from distill.models.vae import ConvVAE, Posterior, VAEConfig
from distill.spectrogram import SpectrogramConfig, listener

EAR = listener(SpectrogramConfig(bands=32))
SMALL = VAEConfig(latent=8, widths=(4, 8, 8, 16, 16), bands=None, frames=None)


def test_it_has_as_many_parameters_as_it_should():
    assert sum(p.numel() for p in ConvVAE().parameters()) == 17_276_034


@pytest.mark.parametrize("shape", [(128, 94), (128, 47), (80, 100), (64, 33)])
def test_any_shape_comes_back(shape):
    network = ConvVAE(SMALL).eval()
    output = network(torch.rand(2, 2, *shape))
    assert output.channels.shape == (2, 2, *shape)
    assert network.decode(output.posterior.mean).shape == (2, 2, *shape)
    assert network.shape == shape


def test_the_full_network_keeps_the_size_of_a_clip():
    network = ConvVAE().eval()
    with torch.inference_mode():
        channels, posterior = network(torch.rand(1, 2, 128, 94))
    assert channels.shape == (1, 2, 128, 94)
    assert posterior.mean.shape == posterior.log_variance.shape == (1, 128)


def test_the_first_batch_settles_what_a_given_shape_builds_at_once():
    learnt, given = ConvVAE(SMALL), ConvVAE(replace(SMALL, bands=64, frames=33))
    learnt(torch.rand(2, 2, 64, 33))
    assert learnt.config == given.config
    assert {k: v.shape for k, v in learnt.state_dict().items()} == {
        k: v.shape for k, v in given.state_dict().items()
    }


def test_outputs_stay_in_their_ranges():
    network = ConvVAE(SMALL)
    for scale in (1, 1000):
        channels = network(scale * torch.randn(2, 2, 64, 64)).channels
        assert channels[:, 0].min() >= 0
        assert channels[:, 1].abs().max() <= 1


def test_magnitude_is_not_capped_and_frequency_takes_either_sign():
    network = ConvVAE(replace(SMALL, bands=32, frames=32)).eval()
    with torch.no_grad():
        network.decoder.output.bias.copy_(torch.tensor([5.0, -5.0]))
    channels = network.decode(torch.zeros(1, 8))
    assert channels[:, 0].median() > 3
    assert channels[:, 1].median() < -0.9


def test_a_sample_has_the_mean_and_variance_of_its_posterior():
    torch.manual_seed(0)
    log_variance = torch.full((20_000, 2), 2 * math.log(0.5))
    draws = Posterior(torch.tensor([[3.0, -1.0]]).expand(20_000, 2), log_variance).sample()
    torch.testing.assert_close(draws.mean(dim=0), torch.tensor([3.0, -1.0]), atol=0.02, rtol=0)
    torch.testing.assert_close(draws.std(dim=0), torch.full((2,), 0.5), atol=0.02, rtol=0)


def test_an_input_that_does_not_fit_is_told_both_shapes():
    network = ConvVAE(SMALL).eval()
    network(torch.rand(1, 2, 64, 33))
    with pytest.raises(ValueError, match=r"128 bands x 94 frames .* 64 bands x 33 frames"):
        network(torch.rand(1, 2, 128, 94))


def test_an_unsettled_decoder_says_so():
    with pytest.raises(ValueError, match="no shape yet"):
        ConvVAE(SMALL).decode(torch.zeros(1, 8))


def test_use_is_deterministic_and_training_is_not():
    network, channels = ConvVAE(SMALL), torch.rand(4, 2, 64, 64)
    assert not torch.equal(network(channels).channels, network(channels).channels)
    network.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert torch.equal(network(channels).channels, network(channels).channels)
    assert not any(buffer.requires_grad for buffer in network.buffers())
    assert network.state_dict().keys() == before.keys()
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_one_batch_overfits():
    torch.manual_seed(0)
    network = ConvVAE(replace(SMALL, bands=32, frames=32))
    channels = torch.rand(4, 2, 1, 1).expand(4, 2, 32, 32).contiguous()
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    errors, totals = [], []
    for _ in range(40):
        output = network(channels)
        losses = vae_losses(output, channels, EAR, LossConfig()).mean()
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
        errors.append(magnitude_error(output.channels[:, 0], channels[:, 0]).mean().item())
        totals.append(losses.total.item())
    assert errors[-1] < 0.3 * errors[0]
    assert totals[-1] < totals[0] - 0.5


def test_every_weight_learns():
    network = ConvVAE(replace(SMALL, bands=32, frames=32))
    channels = torch.rand(4, 2, 32, 32)
    config = LossConfig(kl_warmup_steps=0)
    vae_losses(network(channels), channels, EAR, config).mean().total.backward()
    assert [n for n, p in network.named_parameters() if p.grad is None] == []
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())
