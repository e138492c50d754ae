"""What every public function promises, whatever it computes.

Arguments are never written to; strided, read-only and Fortran-ordered arrays give the same result;
float32 stays float32; what holds no real numbers is a TypeError.
"""

import subprocess
import sys

import numpy as np
import pytest

import nnlib as nn

# Each function with arguments that it takes; the arrays among them are what the tests vary.
RNG = np.random.default_rng(3)
Z = RNG.standard_normal((4, 3))
G = RNG.standard_normal((4, 3))
S = nn.softmax(Z)
X, W, B = RNG.standard_normal((4, 2)), RNG.standard_normal((2, 3)), RNG.standard_normal(3)
LABELS = np.array([0, 2, 1, 1])

CALLS = {
    nn.affine: (X, W, B),
    nn.affine_vjp: (G, X, W),
    nn.step: (Z,),
    nn.sigmoid: (Z,),
    nn.sigmoid_vjp: (G, nn.sigmoid(Z)),
    nn.tanh: (Z,),
    nn.tanh_vjp: (G, np.tanh(Z)),
    nn.relu: (Z,),
    nn.relu_vjp: (G, nn.relu(Z)),
    nn.logsumexp: (Z,),
    nn.softmax: (Z,),
    nn.log_softmax: (Z,),
    nn.softmax_jacobian: (S,),
    nn.softmax_vjp: (G, S),
    nn.log_softmax_vjp: (G, np.log(S)),
    nn.self_information: (S,),
    nn.entropy: (S,),
    nn.cross_entropy: (S, S[::-1]),
    nn.kl_divergence: (S, S[::-1]),
    nn.softmax_cross_entropy: (Z, S),
    nn.squared_error: (Z, G),
    nn.smooth_labels: (S, 0.1),
    nn.relative_error: (Z, G),
}
NOT_HERE = {  # what takes a function, labels, a network, a seed or a file has tests of its own
    *("one_hot", "gradcheck", "numerical_gradient", "numerical_jacobian"),
    *("minibatches", "fit", "evaluate", "save_weights", "load_weights"),
    *("lecun_normal", "glorot_uniform", "he_normal"),
    *("step_decay", "exponential_decay", "cosine_decay"),
    *("load_digits", "load_mnist", "load_fashion_mnist", "read_idx", "decision_regions"),
}
FUNCTIONS = pytest.mark.parametrize("f", CALLS, ids=lambda f: f.__name__)


def results(value) -> list:
    return list(value) if isinstance(value, tuple) else [value]


def arrays(arguments) -> list[int]:
    return [i for i, a in enumerate(arguments) if isinstance(a, np.ndarray)]


def test_no_public_function_is_left_out():
    public = {name for name in nn.__all__ if name[0].islower()}
    assert {f.__name__ for f in CALLS} | NOT_HERE == public


@FUNCTIONS
def test_arguments_are_never_written_to(f):
    before = [np.array(a) for a in CALLS[f]]
    for result in results(f(*CALLS[f])):
        if isinstance(result, np.ndarray) and result.ndim:
            assert not any(np.shares_memory(result, a) for a in CALLS[f] if np.ndim(a))
            result += 1  # writing into the result must not reach the arguments either
    for was, now in zip(before, CALLS[f], strict=True):
        assert np.array_equal(was, now)


def strided(a):
    wide = np.full((*a.shape[:-1], 2 * a.shape[-1]), np.nan)
    wide[..., ::2] = a
    return wide[..., ::2]


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def swapped_bytes(a):
    return a.astype(a.dtype.newbyteorder())


@pytest.mark.parametrize("layout", [strided, read_only, np.asfortranarray, swapped_bytes, list])
@FUNCTIONS
def test_the_layout_of_an_argument_does_not_matter(f, layout):
    arguments = [layout(a) if isinstance(a, np.ndarray) else a for a in CALLS[f]]
    for expected, got in zip(results(f(*CALLS[f])), results(f(*arguments)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-14, atol=1e-15)


@FUNCTIONS
def test_float32_stays_float32(f):
    arguments = [a.astype(np.float32) if isinstance(a, np.ndarray) else a for a in CALLS[f]]
    for result in results(f(*arguments)):
        assert isinstance(result, float) or result.dtype == np.float32


@pytest.mark.parametrize(
    "bad",
    [
        np.array([["a", "b"]]),
        np.array([[1j, 0]]),
        np.array([[None, 1]]),
        np.array([["2020-01-01"]], "datetime64[D]"),
        np.zeros((4, 3), np.longdouble),
        np.ma.masked_array(np.ones((4, 3)), mask=np.eye(4, 3)),
    ],
    ids=["text", "complex", "object", "date", "longdouble", "masked"],
)
@FUNCTIONS
def test_what_holds_no_real_numbers_is_a_type_error(f, bad):
    if bad.dtype == np.float64 and not isinstance(bad, np.ma.MaskedArray):
        pytest.skip("long double is float64 on this machine")
    for i in arrays(CALLS[f]):
        arguments = list(CALLS[f])
        arguments[i] = bad
        with pytest.raises(TypeError, match="expected"):
            f(*arguments)


@pytest.mark.parametrize("name", [name for name in nn.__all__ if name.endswith("_vjp")])
def test_the_upstream_gradient_is_never_broadcast(name):
    f = getattr(nn, name)
    upstream, *saved = CALLS[f]
    for wrong in (upstream[:1], upstream[:, :1], upstream[0], upstream.T, 1.0):
        with pytest.raises(ValueError, match="expected"):
            f(wrong, *saved)


def test_numerical_gradient_leaves_its_point_alone():
    x = read_only(Z)
    nn.numerical_gradient(lambda z: (z**2).sum(), x)
    nn.gradcheck(lambda z: (z**2).sum(), x, 2 * x)


def test_importing_nnlib_loads_numpy_and_nothing_else():
    heavy = "{'matplotlib', 'sklearn', 'scipy', 'tqdm', 'nnlib.plots', 'nnlib.exercises'}"
    code = f"import sys, nnlib; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", nn.__all__)
def test_every_name_is_where_nnlib_says(name):
    assert getattr(nn, name).__module__.startswith("nnlib.")
