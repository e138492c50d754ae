"""How long do the loss and its gradient take, with every check of the arguments?"""

import numpy as np
import pytest
import torch

import nnlib as nn

SHAPES = {(256, 10): 200, (10_000, 10): 20, (1000, 1000): 5, (64, 50_000): 2}


def problem(shape, dtype):
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape).astype(dtype), rng.integers(shape[1], size=shape[0])


def nnlib(z, y):
    return lambda: nn.softmax_cross_entropy(z, y)


def pytorch(z, y):
    z, y = torch.from_numpy(z).requires_grad_(), torch.from_numpy(y)

    def loss_and_gradient():
        z.grad = None
        loss = torch.nn.functional.cross_entropy(z, y)
        loss.backward()
        return loss.item(), z.grad

    return loss_and_gradient


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("contender", [nnlib, pytorch], ids=lambda f: f.__name__)
def test_loss(median_of, turn, shape, dtype, contender):
    median_of(
        contender(*problem(shape, dtype)),
        question="loss",
        contender=contender.__name__,
        shape=shape,
        dtype=dtype,
        repeat=SHAPES[shape],
    )
