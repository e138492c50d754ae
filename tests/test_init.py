"""Starting weights: their distribution, and what the chapter says becomes of signals and twins.

The expected values are the formulas of the chapter, written out here once more; a statistic of
random numbers may miss its expectation by five standard errors.
"""

import math

import numpy as np
import pytest
from scipy import stats

import nnlib as nn
from nnlib.init import glorot_uniform, he_normal, lecun_normal

VARIANCE = {
    lecun_normal: lambda n_in, n_out: 1 / n_in,
    glorot_uniform: lambda n_in, n_out: 2 / (n_in + n_out),
    he_normal: lambda n_in, n_out: 2 / n_in,
}
INITS = pytest.mark.parametrize("init", VARIANCE, ids=lambda f: f.__name__)
SHAPES = pytest.mark.parametrize(("n_in", "n_out"), [(400, 100), (100, 400), (20_000, 1)])


def rms(a):
    return math.sqrt(np.mean(np.square(a)))


def within_five_standard_errors(values, expected):
    values = np.ravel(values)
    return abs(values.mean() - expected) < 5 * values.std(ddof=1) / math.sqrt(values.size)


# The three distributions


@pytest.mark.equation("lecun-normal", "glorot-uniform", "he-normal")
@INITS
@SHAPES
def test_mean_and_variance(init, n_in, n_out, rng):
    W = init(n_in, n_out, rng=rng)
    assert within_five_standard_errors(W, 0)
    assert within_five_standard_errors(W**2, VARIANCE[init](n_in, n_out))


@pytest.mark.equation("lecun-normal")
def test_lecun_is_a_standard_normal_number_over_the_root_of_the_inputs():
    rng = np.random.default_rng(1)
    expected = [[rng.standard_normal() / math.sqrt(5) for _ in range(3)] for _ in range(5)]
    W = lecun_normal(5, 3, rng=np.random.default_rng(1))
    np.testing.assert_allclose(W, expected, rtol=1e-14)


@pytest.mark.equation("he-normal")
def test_he_is_lecun_times_the_root_of_two():
    rng = np.random.default_rng(1)
    expected = [[rng.standard_normal() * math.sqrt(2 / 5) for _ in range(3)] for _ in range(5)]
    W = he_normal(5, 3, rng=np.random.default_rng(1))
    np.testing.assert_allclose(W, expected, rtol=1e-14)


@pytest.mark.equation("glorot-uniform")
def test_glorot_stretches_zero_to_one_into_minus_to_plus_the_bound():
    rng, bound = np.random.default_rng(1), math.sqrt(6 / (5 + 3))
    expected = [[bound * (2 * rng.random() - 1) for _ in range(3)] for _ in range(5)]
    W = glorot_uniform(5, 3, rng=np.random.default_rng(1))
    np.testing.assert_allclose(W, expected, rtol=1e-12)


@pytest.mark.equation("glorot-uniform")
@SHAPES
def test_the_uniform_weights_fill_their_bounds(n_in, n_out, rng):
    W = glorot_uniform(n_in, n_out, rng=rng)
    bound = math.sqrt(6 / (n_in + n_out))
    assert np.abs(W).max() <= bound
    assert W.max() > 0.99 * bound
    assert W.min() < -0.99 * bound


@SHAPES
def test_the_shapes_of_the_distributions(n_in, n_out, rng):
    bound = math.sqrt(6 / (n_in + n_out))
    for W, law in [
        (lecun_normal(n_in, n_out, rng=rng), stats.norm(scale=math.sqrt(1 / n_in))),
        (he_normal(n_in, n_out, rng=rng), stats.norm(scale=math.sqrt(2 / n_in))),
        (glorot_uniform(n_in, n_out, rng=rng), stats.uniform(-bound, 2 * bound)),
    ]:
        assert stats.kstest(W.ravel(), law.cdf).pvalue > 1e-4


def test_a_uniform_distribution_has_a_third_of_its_squared_bound_as_variance():
    for bound in (0.25, 1.0, 7.0):
        assert stats.uniform(-bound, 2 * bound).var() == pytest.approx(bound**2 / 3)


@INITS
@pytest.mark.parametrize(("n_in", "n_out"), [(1, 1), (3, 1), (1, 4), (5, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, "float32"])
def test_shape_and_dtype(init, n_in, n_out, dtype, rng):
    W = init(n_in, n_out, rng=rng, dtype=dtype)
    assert (W.shape, W.dtype) == ((n_in, n_out), np.dtype(dtype))
    assert W.base is None  # else Sequential would refuse it


@INITS
def test_same_seed_same_weights_in_both_precisions(init):
    first, again = (init(6, 4, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again)
    single = init(6, 4, rng=np.random.default_rng(3), dtype=np.float32)
    assert np.array_equal(single, first.astype(np.float32))


@INITS
def test_the_generator_moves_on(init, rng):
    first, second = init(6, 4, rng=rng), init(6, 4, rng=rng)
    assert not np.any(first == second)
    assert not np.any(first == init(6, 4, rng=np.random.default_rng(4)))


@INITS
@pytest.mark.parametrize("bad", [None, 0, np.random, np.random.PCG64(0)])
def test_anything_but_a_generator_is_refused(init, bad):
    with pytest.raises(TypeError, match=r"expected np.random.default_rng\(seed\), got"):
        init(3, 2, rng=bad)


@INITS
def test_the_generator_is_required_by_name(init, rng):
    with pytest.raises(TypeError, match="rng"):
        init(3, 2)
    with pytest.raises(TypeError, match="positional"):
        init(3, 2, rng)


@INITS
@pytest.mark.parametrize("dtype", [int, bool, complex, np.float16, np.longdouble, "U3"])
def test_other_dtypes_are_refused(init, dtype, rng):
    if np.dtype(dtype) == np.float64:
        pytest.skip("long double is float64 on this machine")
    with pytest.raises(TypeError, match=f"expected float32 or float64, got {np.dtype(dtype)}$"):
        init(3, 2, rng=rng, dtype=dtype)


@INITS
@pytest.mark.parametrize(("n_in", "n_out"), [(0, 3), (3, 0), (-1, 3), (3, -1)])
def test_a_layer_without_inputs_or_neurons_is_refused(init, n_in, n_out, rng):
    with pytest.raises(ValueError, match=r"^n_(in|out): expected at least 1, got -?[01]$"):
        init(n_in, n_out, rng=rng)


# Linear


def test_linear_starts_with_lecun_and_zero_biases():
    layer = nn.Linear(7, 5, rng=np.random.default_rng(5))
    expected = lecun_normal(7, 5, rng=np.random.default_rng(5))
    assert np.array_equal(layer.params["W"], expected)
    assert np.array_equal(layer.params["b"], np.zeros(5))


@INITS
def test_linear_asks_its_init_once_with_its_own_sizes_and_dtype(init):
    asked = []

    def spy(n_in, n_out, *, rng, dtype):
        asked.append((n_in, n_out, np.dtype(dtype)))
        return init(n_in, n_out, rng=rng, dtype=dtype)

    layer = nn.Linear(7, 5, rng=np.random.default_rng(5), dtype=np.float32, init=spy)
    assert asked == [(7, 5, np.float32)]
    expected = init(7, 5, rng=np.random.default_rng(5), dtype=np.float32)
    assert np.array_equal(layer.params["W"], expected)


# What becomes of signals


@INITS
def test_a_layer_multiplies_the_mean_square_by_inputs_times_variance(init, rng):
    x = rng.random(50) + 1  # not centred: the mean square counts, not the variance
    z = nn.affine(x[None, :], init(50, 40_000, rng=rng), np.zeros(40_000))
    factor = 50 * VARIANCE[init](50, 40_000)
    assert within_five_standard_errors(z**2, factor * np.mean(x**2))
    assert not within_five_standard_errors(z**2, factor * np.var(x))


@INITS
def test_backward_the_factor_is_neurons_times_variance(init, rng):
    dz = rng.standard_normal((1, 50))
    W = init(40_000, 50, rng=rng)
    dx, _, _ = nn.affine_vjp(dz, np.ones((1, 40_000)), W)
    factor = 50 * VARIANCE[init](40_000, 50)
    assert within_five_standard_errors(dx**2, factor * np.mean(dz**2))


def test_glorot_gives_both_directions_the_mean_factor_one():
    for n_in, n_out in [(64, 16), (1, 9), (30, 30)]:
        variance = VARIANCE[glorot_uniform](n_in, n_out)
        assert (n_in * variance + n_out * variance) / 2 == pytest.approx(1)


def test_relu_keeps_half_of_the_mean_square_of_any_symmetric_numbers(rng):
    for z in (rng.standard_normal(1001), rng.uniform(-3, 3, 1001), rng.standard_cauchy(1001)):
        pairs = np.concatenate([z, -z])
        assert np.mean(nn.relu(pairs) ** 2) == pytest.approx(np.mean(pairs**2) / 2)


def deep_relu(init, rng, depth=6, width=16, networks=3000):
    """The mean square of the last scores, relative to the input's, of many networks."""
    ratios = []
    for _ in range(networks):
        a = x = rng.standard_normal((1, width))
        for _ in range(depth):
            z = a @ init(width, width, rng=rng)
            a = nn.relu(z)
        ratios.append(np.mean(z**2) / np.mean(x**2))
    return np.array(ratios)


def test_he_keeps_the_mean_square_through_relu_layers(rng):
    # the first layer sees an input that was not halved: its factor is 2, all others have 1
    assert within_five_standard_errors(deep_relu(he_normal, rng), 2)


def test_lecun_loses_half_of_it_in_every_relu_layer(rng):
    assert within_five_standard_errors(deep_relu(lecun_normal, rng), 2.0**-5)


def test_tanh_with_lecun_fades_like_one_over_the_depth(rng):
    a = rng.standard_normal((100, 256))
    for _ in range(20):
        a = np.tanh(a @ lecun_normal(256, 256, rng=rng))
    assert rms(a) == pytest.approx(1 / math.sqrt(2 * 20), rel=0.15)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_first_loss_exceeds_log_c_by_half_the_mean_square_of_the_scores(classes, rng):
    z, y = 0.1 * rng.standard_normal((200_000, classes)), rng.integers(0, classes, 200_000)
    loss = -nn.log_softmax(z)[np.arange(len(y)), y]
    # the mean of z over rows is known, and taking it out leaves a sharper statistic
    excess = loss + z[np.arange(len(y)), y] - z.mean(axis=1)
    expected = math.log(classes) + 0.1**2 / 2 * (1 - 1 / classes)
    assert excess.mean() == pytest.approx(expected, abs=2e-5)


# Twins


def constant(value):
    return lambda n_in, n_out, *, rng, dtype: np.full((n_in, n_out), value, dtype)


def trained(init, activation, optimizer, rng, steps=30):
    X, y = rng.random((40, 6)), np.repeat([0, 0, 1, 2], 10)
    net = nn.Sequential(
        nn.Linear(6, 5, rng=rng, init=init), activation(), nn.Linear(5, 3, rng=rng, init=init)
    )
    nn.fit(net, optimizer, X, y, epochs=steps, batch_size=len(X), rng=rng)
    return net, X


OPTIMISERS = pytest.mark.parametrize(
    "optimizer",
    [lambda: nn.SGD(lr=0.5), lambda: nn.Momentum(lr=0.1), lambda: nn.Adam(lr=0.05)],
    ids=["SGD", "Momentum", "Adam"],
)


@OPTIMISERS
@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh, nn.ReLU])
def test_twins_stay_twins(activation, optimizer, rng):
    net, _ = trained(constant(0.1), activation, optimizer(), rng)
    first, last = net.layers[0].params, net.layers[2].params
    assert rms(first["W"] - 0.1) > 0.01  # it has learned something
    np.testing.assert_allclose(first["W"], first["W"][:, :1].repeat(5, axis=1), rtol=1e-9)
    np.testing.assert_allclose(first["b"], first["b"][:1].repeat(5), rtol=1e-9)
    np.testing.assert_allclose(last["W"], last["W"][:1].repeat(5, axis=0), rtol=1e-9)


@OPTIMISERS
@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
def test_from_zero_only_the_last_biases_move(activation, optimizer, rng):
    net, _ = trained(constant(0.0), activation, optimizer(), rng)
    assert not net.params[net.weights].any()
    assert not net.layers[0].params["b"].any()
    assert net.layers[2].params["b"].all()


def test_from_zero_a_network_learns_the_frequencies_of_the_classes(rng):
    net, X = trained(constant(0.0), nn.Tanh, nn.SGD(lr=1.0), rng, steps=200)
    s = nn.softmax(net.forward(X))
    np.testing.assert_allclose(s, np.tile([0.5, 0.25, 0.25], (40, 1)), atol=1e-9)


def test_random_weights_break_the_symmetry(rng):
    net, _ = trained(lecun_normal, nn.Tanh, nn.SGD(lr=0.5), rng)
    W = net.layers[0].params["W"]
    assert np.abs(W[:, 1:] - W[:, :1]).max(axis=0).min() > 0.01
