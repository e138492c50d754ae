"""How long do softmax and log-softmax take, here and in SciPy?"""

import numpy as np
import pytest
import scipy.special

import nnlib as nn

SHAPES = {(256, 10): 200, (10_000, 10): 20, (1000, 1000): 5, (64, 50_000): 2}
LIBRARIES = {"nnlib": nn, "scipy": scipy.special}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
@pytest.mark.parametrize("contender", LIBRARIES)
def test_softmax(median_of, turn, shape, dtype, function, contender):
    z = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    f = getattr(LIBRARIES[contender], function)
    median_of(
        lambda: f(z, axis=-1),
        question="softmax",
        contender=contender,
        function=function,
        shape=shape,
        dtype=dtype,
        repeat=SHAPES[shape],
    )
