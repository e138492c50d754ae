"""How near does each part of a step come to what the processor and its memory can do?"""

import numpy as np
import pytest

import nnlib as nn


def matmul(m, k, n):
    A, B, C = np.ones((m, k), "f4"), np.ones((k, n), "f4"), np.empty((m, n), "f4")
    return lambda: np.matmul(A, B, out=C), 2 * m * k * n, A.nbytes + B.nbytes + C.nbytes


def copy(n):
    a = np.ones(n, "f4")
    b = np.empty_like(a)
    return lambda: np.copyto(b, a), 0, 2 * a.nbytes


def gather(B):
    rng = np.random.default_rng(0)
    X, rows = rng.random((20_000, 784), dtype=np.float32), rng.permutation(20_000)
    start = 0

    def batch():
        nonlocal start
        start = (start + B) % (20_000 - B)
        X.take(rows[start : start + B], axis=0, mode="clip")

    return batch, 0, 2 * B * 784 * 4


def update():
    params, grads = np.ones(101_770, "f4"), np.ones(101_770, "f4")
    return lambda: nn.SGD(1e-9).update(params, grads), 2 * params.size, 5 * params.nbytes


def relu(B):
    z = np.random.default_rng(0).standard_normal((B, 128)).astype("f4")
    return lambda: nn.relu(z), z.size, 2 * z.nbytes


def loss(B):
    rng = np.random.default_rng(0)
    z, y = rng.standard_normal((B, 10)).astype("f4"), rng.integers(10, size=B)
    return lambda: nn.softmax_cross_entropy(z, y), 20 * z.size, 2 * z.nbytes


PARTS = {
    "peak": (matmul(1024, 1024, 1024), 3),
    "memory": (copy(2**25), 3),
    "cache": (copy(2**15), 500),
    **{f"x W, {B}": (matmul(B, 784, 128), 50) for B in (32, 256)},
    **{f"a W, {B}": (matmul(B, 128, 10), 200) for B in (32, 256)},
    **{f"gather, {B}": (gather(B), 100) for B in (32, 256)},
    "update": (update(), 100),
    **{f"ReLU, {B}": (relu(B), 200) for B in (32, 256)},
    **{f"loss, {B}": (loss(B), 100) for B in (32, 256)},
}


@pytest.mark.parametrize("part", PARTS)
def test_part(median_of, turn, part):
    (call, flop, size), repeat = PARTS[part]
    median_of(call, question="roofline", contender=part, repeat=repeat, flop=flop, bytes=size)
