"""How much memory does an epoch need beside its data?"""

import tracemalloc

import numpy as np
import pytest
from bench_epoch import nnlib


@pytest.mark.parametrize("rows", [20_000, 60_000])
@pytest.mark.parametrize("batch_size", [256, 32])
def test_memory(benchmark, images, rows, batch_size):
    X, y = images(rows)
    epoch = nnlib(X, y, batch_size)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    benchmark.pedantic(epoch, rounds=1)
    beside = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    parameters = 784 * 128 + 128 + 128 * 10 + 10
    benchmark.extra_info.update(
        question="memory",
        contender="nnlib",
        rows=rows,
        batch_size=batch_size,
        threads=1,
        data_bytes=X.nbytes + y.nbytes,
        parameter_bytes=parameters * np.float32().nbytes,
        beside_bytes=beside,
    )
