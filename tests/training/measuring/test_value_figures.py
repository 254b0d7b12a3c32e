"""What is told of values and of gradients agrees with a computation by hand in float64."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphcore.training.measuring.value_figures import described, products


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


VALUES = {
    "noise": noise(4, 3, 8, 8),
    "a ReLU's": noise(16, 64).relu(),
    "nearly constant": 100.0 + 1e-3 * noise(4096),
    "constant": torch.full((5, 7), 3.0),
    "nothing but zeros": torch.zeros(6),
    "tiny": 1e-25 * noise(300),
    "huge": 1e16 * noise(300),
    "channels last": noise(2, 5, 6, 7).contiguous(memory_format=torch.channels_last),
    "a part of another": noise(6, 10)[:, ::2],
    "half": noise(100).bfloat16(),
    "double": noise(50).double() + 1e6,
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_mean_deviation_and_zeros(value: Tensor) -> None:
    exact = value.double()
    wanted = [exact.mean(), exact.std(correction=0), (exact == 0).double().mean()]
    size = float(exact.abs().max())
    for found, one in zip(described(value), wanted, strict=True):
        assert float(found) == pytest.approx(float(one), rel=1e-4, abs=1e-6 * size)


@pytest.mark.parametrize("factor", [1.0, 1e-22, 1e22, 0.0])
@pytest.mark.parametrize("last", [False, True], ids=["planes", "channels last"])
def test_products_of_gradients_of_every_size(factor: float, last: bool) -> None:
    a, b = noise(2, 3, 4, 5) * factor, noise(2, 3, 4, 5).flip(0) * factor
    if last:
        a = a.contiguous(memory_format=torch.channels_last)
    exact = (a.double(), b.double())
    wanted = [float((exact[i] * exact[j]).sum()) for i, j in ((0, 0), (0, 1), (1, 1))]
    assert [float(found) for found in products([a, b])] == pytest.approx(wanted, rel=1e-5, abs=0.0)


def test_a_gradient_that_did_not_come_is_nought() -> None:
    a = torch.tensor([3.0, 4.0])
    assert products([None, a]) == [0.0, 0.0, 25.0]
