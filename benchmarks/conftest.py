"""What all questions share: data as the posts have it, and contenders that take turns.

`turn` is the outermost parameter, so pytest runs every contender once, then every contender a
second time, and so on. Whatever else the computer does in those minutes, it does to all of them.
"""

import os

import numpy as np
import pytest

TURNS = int(os.environ.get("TURNS", "9"))
# Set before Python starts: NumPy and PyTorch read it when they are imported.
THREADS = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))


def pytest_generate_tests(metafunc):
    if "turn" in metafunc.fixturenames:
        metafunc.parametrize("turn", range(TURNS), scope="session")


@pytest.fixture(scope="session")
def images():
    """Rows of the shape of MNIST: 784 pixels of float32, ten classes."""

    def make(rows):
        rng = np.random.default_rng(0)
        return rng.random((rows, 784), dtype=np.float32), rng.integers(10, size=rows)

    return make


@pytest.fixture
def median_of(benchmark, turn):
    """Time a call once per turn, long enough for the clock; `collect.py` takes the medians."""

    def measure(call, *, question, contender, repeat=1, **case):
        benchmark.extra_info.update(question=question, contender=contender, threads=THREADS, **case)
        benchmark.pedantic(call, rounds=1, iterations=repeat, warmup_rounds=repeat > 1)

    return measure
