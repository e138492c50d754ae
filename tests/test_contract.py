"""What every public function promises, whatever it computes.

Arguments are never written to; strided, read-only and Fortran-ordered arrays give the same result;
float32 stays float32; what holds no real numbers is a TypeError.
"""

import gzip
import inspect
import math
import re
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as hypothesis_arrays

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
    *("gradient_of_shard", "combine_shards"),
    *("lecun_normal", "glorot_uniform", "he_normal"),
    *("step_decay", "exponential_decay", "cosine_decay"),
    *("load_digits", "load_mnist", "load_fashion_mnist", "read_idx", "decision_regions"),
}
FUNCTIONS = pytest.mark.parametrize("f", CALLS, ids=lambda f: f.__name__)


def results(value) -> list:
    return list(value) if isinstance(value, tuple) else [value]


def parameters(f) -> list[str]:
    return list(inspect.signature(f).parameters)


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
        with pytest.raises(TypeError, match=f"^{parameters(f)[i]}: expected"):
            f(*arguments)


@FUNCTIONS
def test_an_error_names_the_argument_and_the_shape_of_the_docstring(f):
    for i in arrays(CALLS[f]):
        arguments, name = list(CALLS[f]), parameters(f)[i]
        arguments[i] = np.ones((0, 3))
        words = complaint(f, *arguments) or ""
        if "non-empty" in words:
            named, shape = re.fullmatch(
                r"(\w+): expected .* of shape (\(.*\)), got .*", words
            ).groups()
            assert named == name
            assert f"{name} : array_like, shape {shape}\n" in f.__doc__


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


# ------------------------------------------------------------ whatever else somebody hands in

fuzzed = settings(max_examples=15, deadline=None, derandomize=True, database=None)
NUMBERS = st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, 1e308, -1e308, 5e-324])
ANY_ARRAY = st.tuples(
    st.lists(st.integers(0, 4), max_size=3).map(tuple),
    st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.bool_]),
).flatmap(
    lambda kind: hypothesis_arrays(
        kind[1], kind[0], elements=NUMBERS if kind[1] is np.float64 else None
    )
)


def complaint(f, *arguments):
    """Return what the documented error says, or None if there is none."""
    try:
        f(*arguments)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


@FUNCTIONS
@fuzzed
@given(data=st.data())
def test_any_array_gets_a_result_or_an_error_that_says_what_was_expected(f, data):
    arguments = list(CALLS[f])
    place = data.draw(st.sampled_from(arrays(arguments)), label="which argument")
    arguments[place] = data.draw(ANY_ARRAY, label="what it is")
    before = [np.array(a) for a in arguments]
    with np.errstate(all="ignore"):  # infinities and NaN follow IEEE 754
        words = complaint(f, *arguments)
    assert words is None or "expected" in words
    for was, now in zip(before, arguments, strict=True):
        assert was.tobytes() == np.array(now).tobytes()


# Every setting that is one number, with a call in which it is right.
R = np.random.default_rng
SETTINGS = [
    (nn.SGD, {"lr": 0.1}),
    (nn.Momentum, {"lr": 0.1, "momentum": 0.9}),
    (nn.RMSprop, {"lr": 0.1, "rho": 0.9, "eps": 1e-8}),
    (nn.Adam, {"lr": 0.1, "beta1": 0.9, "beta2": 0.9, "eps": 1e-8}),
    (nn.AdamW, {"lr": 0.1, "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.9, "eps": 1e-8}),
    (nn.step_decay, {"every": 2, "factor": 0.5}),
    (nn.exponential_decay, {"factor": 0.5}),
    (nn.cosine_decay, {"epochs": 4, "final": 0.1}),
    (partial(nn.lecun_normal, rng=R(0)), {"n_in": 2, "n_out": 3}),
    (partial(nn.glorot_uniform, rng=R(0)), {"n_in": 2, "n_out": 3}),
    (partial(nn.he_normal, rng=R(0)), {"n_in": 2, "n_out": 3}),
    (partial(nn.Linear, rng=R(0)), {"n_in": 2, "n_out": 3}),
    (partial(nn.minibatches, X, LABELS, rng=R(0)), {"batch_size": 2}),
    (partial(nn.one_hot, LABELS), {"num_classes": 3}),
    (partial(nn.smooth_labels, S), {"a": 0.1}),
    (partial(nn.entropy, S), {"base": 2}),
    (partial(nn.numerical_gradient, np.sum, Z), {"h": 1e-5}),
]
NO_NUMBER = {
    **{"text": "0.1", "complex": 1j, "list": [], "dict": {}, "object": object()},
    **{"array": np.ones(3), "empty": np.ones(0), "negative": -1, "minus-infinity": -math.inf},
    **{"NaN": math.nan, "infinity": math.inf, "huge": 10**400, "float32-NaN": np.float32("nan")},
}
COUNTS = {"every", "epochs", "n_in", "n_out", "batch_size", "num_classes"}


@pytest.mark.parametrize(
    ("f", "right", "name"),
    [(f, right, name) for f, right in SETTINGS for name in right],
    ids=lambda value: getattr(value, "__name__", None) if callable(value) else None,
)
@pytest.mark.parametrize("wrong", NO_NUMBER.values(), ids=NO_NUMBER)
def test_a_setting_that_cannot_be_is_an_error(f, right, name, wrong):
    f(**right)
    with pytest.raises((TypeError, ValueError), match=f"^{name}: expected"):
        f(**right | {name: wrong})


@pytest.mark.parametrize(
    ("f", "right", "name"),
    [(f, right, name) for f, right in SETTINGS for name in sorted(right.keys() & COUNTS)],
)
@pytest.mark.parametrize("wrong", [2.0, 1.5, np.float64(3)])
def test_a_count_is_an_integer(f, right, name, wrong):
    with pytest.raises(TypeError, match=f"^{name}: expected an integer, got"):
        f(**right | {name: wrong})


@pytest.mark.parametrize("wrong", [None, 3, "net", nn.Tanh(), SimpleNamespace(lr=0.1)])
def test_what_is_no_network_or_optimiser_is_named(wrong, tmp_path):
    net = nn.Sequential(nn.Linear(3, 3, rng=R(0)))
    settings = {"epochs": 1, "batch_size": 2, "rng": R(0)}
    for call in (
        lambda: nn.fit(wrong, nn.SGD(0.1), X, LABELS, **settings),
        lambda: nn.evaluate(wrong, X, LABELS),
        lambda: nn.save_weights(wrong, tmp_path / "weights.npz"),
        lambda: nn.load_weights(wrong, tmp_path / "weights.npz"),
    ):
        with pytest.raises(TypeError, match=r"^net: expected a Sequential, got"):
            call()
    with pytest.raises(TypeError, match=r"^optimizer: expected one such as SGD"):
        nn.fit(net, wrong, X, LABELS, **settings)


@pytest.mark.parametrize("name", ["epochs", "patience", "weight_decay", "batch_size"])
@pytest.mark.parametrize("wrong", [*NO_NUMBER.values()], ids=NO_NUMBER)
def test_a_setting_of_fit_that_cannot_be_is_an_error(name, wrong):
    net = nn.Sequential(nn.Linear(3, 3, rng=R(0)))
    settings = {"epochs": 1, "batch_size": 2, "validation": (X, LABELS)} | {name: wrong}
    before = net.params.copy()
    with pytest.raises((TypeError, ValueError), match=f"^{name}: expected"):
        nn.fit(net, nn.SGD(0.1), X, LABELS, rng=R(0), **settings)
    assert np.array_equal(net.params, before)


@pytest.mark.parametrize("name", ["rtol", "atol"])
@pytest.mark.parametrize("wrong", [*NO_NUMBER.values()], ids=NO_NUMBER)
def test_a_tolerance_that_cannot_be_is_an_error(name, wrong):
    with pytest.raises((TypeError, ValueError), match=f"^{name}: expected"):
        nn.gradcheck(np.sum, np.ones(2), np.ones(2), **{name: wrong})


# ------------------------------------------------------------------------ files that are damaged


def damaged(data, whole: bytes) -> bytes:
    """The bytes of a file, cut off, with a byte changed or with bytes added."""
    at = data.draw(st.integers(0, len(whole) - 1), label="where")
    how = data.draw(st.sampled_from(["cut", "changed", "added"]), label="how")
    if how == "cut":
        return whole[:at]
    if how == "added":
        return whole[:at] + data.draw(st.binary(min_size=1, max_size=9)) + whole[at:]
    flipped = whole[at] ^ data.draw(st.integers(1, 255), label="which bits")
    return whole[:at] + bytes([flipped]) + whole[at + 1 :]


@settings(fuzzed, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_weights_are_refused_or_were_not_damaged(tmp_path, data):
    net = nn.Sequential(nn.Linear(2, 3, rng=R(0)), nn.Tanh(), nn.Linear(3, 1, rng=R(1)))
    saved = net.params.copy()
    nn.save_weights(net, tmp_path / "whole.npz")
    file = tmp_path / "damaged.npz"
    file.write_bytes(damaged(data, (tmp_path / "whole.npz").read_bytes()))
    net.params[...] = 7.0
    words = complaint(nn.load_weights, net, file)
    if words is None:
        assert np.array_equal(net.params, saved)
    else:
        assert "damaged.npz: expected" in words
        assert np.all(net.params == 7.0)  # all or nothing


@settings(fuzzed, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), zipped=st.booleans())
def test_a_damaged_idx_file_is_refused_or_is_still_a_file_of_bytes(tmp_path, data, zipped):
    whole = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes(range(6))
    file = tmp_path / "damaged"
    file.write_bytes(damaged(data, gzip.compress(whole, mtime=0) if zipped else whole))
    words = complaint(nn.read_idx, file)
    if words is None:
        assert nn.read_idx(file).dtype == np.uint8
    else:
        assert "damaged: expected" in words


def test_a_name_that_is_not_there_is_said():
    with pytest.raises(AttributeError, match=r"^module 'nnlib' has no attribute 'sofmax'$"):
        nn.sofmax  # noqa: B018 (asking is the test)
