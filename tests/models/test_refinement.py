import pytest
import torch

from distill.models.losses import vae_losses
from distill.models.refinement import RefinementConfig, _even_steps, refine
from distill.models.vae import ConvVAE, Output, Posterior, VAEConfig
from distill.spectrogram import SpectrogramConfig, listener

EAR = listener(SpectrogramConfig(bands=64))
NETWORK = VAEConfig(latent=8, widths=(4, 8, 8, 16, 16), bands=64, frames=33)


def objective(network: ConvVAE, latent: torch.Tensor, channels: torch.Tensor) -> float:
    output = Output(network.decode(latent), Posterior(latent, torch.zeros_like(latent)))
    return float(vae_losses(output, channels, EAR, RefinementConfig().losses).mean().total)


def setting() -> tuple[ConvVAE, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    network = ConvVAE(NETWORK).eval().requires_grad_(requires_grad=False)
    return network, torch.rand(3, 2, 64, 33), torch.randn(3, 8)


def test_it_comes_closer_and_leaves_the_network_alone():
    network, channels, mean = setting()
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    found = refine(network, channels, mean, EAR, RefinementConfig())
    assert objective(network, found, channels) < objective(network, mean, channels)
    assert all(torch.equal(weights[k], v) for k, v in network.state_dict().items())


def test_a_clip_does_not_depend_on_its_neighbours():
    network, channels, mean = setting()
    config = RefinementConfig(steps=5)  # rounding grows with every step
    together = refine(network, channels, mean, EAR, config)
    alone = refine(network, channels[1:2], mean[1:2], EAR, config)
    torch.testing.assert_close(together[1:2], alone, atol=1e-3, rtol=1e-3)
    together = refine(network, channels, mean, EAR, RefinementConfig())
    alone = refine(network, channels[1:2], mean[1:2], EAR, RefinementConfig())
    one, other = (objective(network, found, channels[1:2]) for found in (together[1:2], alone))
    assert one == pytest.approx(other, abs=1e-2)


def test_no_steps_keep_the_mean():
    network, channels, mean = setting()
    found = refine(network, channels, mean, EAR, RefinementConfig(steps=0))
    assert torch.equal(found, mean)


def test_steps_are_even_where_the_first_layer_is_steep_and_where_it_is_flat():
    torch.manual_seed(0)
    weight = torch.randn(400, 8) * torch.linspace(1, 5, 8)
    steep = torch.linalg.svdvals(weight)
    even = torch.linalg.svdvals(_even_steps(weight) @ weight.mT)
    assert steep[0] / steep[-1] > 4
    assert even[0] / even[-1] < 1.5


def test_directions_that_change_nothing_are_no_trouble():
    torch.manual_seed(0)
    weight = torch.randn(40, 8)
    weight[:, 3:] = 0
    assert torch.isfinite(_even_steps(weight)).all()
