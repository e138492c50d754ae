"""How does the time grow: of an epoch with its rows, of softmax's vjp with its classes?"""

import numpy as np
import pytest
from bench_epoch import nnlib

import nnlib as nn


@pytest.mark.parametrize("size", [5000, 10_000, 20_000, 40_000, 80_000])
def test_rows(median_of, images, turn, size):
    X, y = images(size)
    median_of(nnlib(X, y, 256), question="growth", contender="epoch, by rows", size=size)


def problem(C):
    rng = np.random.default_rng(0)
    return rng.standard_normal((64, C)), nn.softmax(rng.standard_normal((64, C)))


@pytest.mark.parametrize("size", [10, 100, 1000, 10_000])
def test_vjp(median_of, turn, size):
    ds, s = problem(size)
    median_of(
        lambda: nn.softmax_vjp(ds, s),
        question="growth",
        contender="softmax_vjp, by classes",
        size=size,
        repeat=max(2, 100_000 // size),
    )


@pytest.mark.parametrize("size", [10, 100, 1000])
def test_jacobian(median_of, turn, size):
    ds, s = problem(size)
    median_of(
        lambda: np.einsum("nij,ni->nj", nn.softmax_jacobian(s), ds),
        question="growth",
        contender="Jacobian, by classes",
        size=size,
        repeat=max(1, 1000 // size),
    )
