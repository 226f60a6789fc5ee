import torch

from distill.models.losses import vae_loss
from distill.models.refinement import RefinementConfig, refine
from distill.models.vae import ConvVAE, Output, Posterior, VAEConfig

NETWORK = VAEConfig(latent=8, widths=(4, 8, 8, 16, 16), bands=64, frames=33)


def objective(network: ConvVAE, latent: torch.Tensor, channels: torch.Tensor) -> float:
    output = Output(network.decode(latent), Posterior(latent, torch.zeros_like(latent)))
    return float(vae_loss(output, channels, torch.ones(64), RefinementConfig().losses).total)


def setting() -> tuple[ConvVAE, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    network = ConvVAE(NETWORK).eval().requires_grad_(requires_grad=False)
    return network, torch.rand(3, 2, 64, 33), torch.randn(3, 8)


def test_it_comes_closer_and_leaves_the_network_alone():
    network, channels, mean = setting()
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    found = refine(network, channels, mean, torch.ones(64), RefinementConfig())
    assert objective(network, found, channels) < objective(network, mean, channels)
    assert all(torch.equal(weights[k], v) for k, v in network.state_dict().items())


def test_a_clip_does_not_depend_on_its_neighbours():
    network, channels, mean = setting()
    config = RefinementConfig()
    together = refine(network, channels, mean, torch.ones(64), config)
    alone = refine(network, channels[1:2], mean[1:2], torch.ones(64), config)
    torch.testing.assert_close(together[1:2], alone, atol=1e-3, rtol=1e-3)


def test_no_steps_keep_the_mean():
    network, channels, mean = setting()
    found = refine(network, channels, mean, torch.ones(64), RefinementConfig(steps=0))
    assert torch.equal(found, mean)
