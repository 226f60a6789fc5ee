import pytest
import torch

from distill.models.losses import magnitude_error
from distill.models.vae import ConvVAE, VAEConfig

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


def test_outputs_stay_in_their_ranges():
    channels = ConvVAE(SMALL)(100 * torch.randn(2, 2, 64, 64)).channels
    assert channels[:, 0].min() >= 0
    assert channels[:, 1].abs().max() <= 1


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
    torch.testing.assert_close(network(channels).channels, network(channels).channels)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_one_batch_overfits():
    torch.manual_seed(0)
    network, channels = ConvVAE(SMALL), torch.rand(4, 2, 1, 1).expand(4, 2, 32, 32)
    network(channels)
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    errors = []
    for _ in range(60):
        error = magnitude_error(network(channels).channels[:, 0], channels[:, 0]).mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.5 * errors[0]
