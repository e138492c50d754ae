"""The neuron: scores, activations, and each derivative in terms of the output."""

import math

import mpmath
import numpy as np
import pytest

import nnlib as nn

ORDINARY = [-3.0, -1.2, -0.4, 0.3, 0.9, 2.5]
LARGE = [-745.0, -700.0, -100.0, -40.0, -20.0, 20.0, 40.0, 100.0, 700.0, 745.0]


def exact(f, z, digits=400):
    """A function of mpmath at each number, to far more digits than a float holds."""
    with mpmath.workdps(digits):
        return [float(f(mpmath.mpf(v))) for v in z]


def exact_sigmoid(z):
    return 1 / (1 + mpmath.exp(-z))


# --- scores -------------------------------------------------------------------------------------


@pytest.mark.equation("affine")
@pytest.mark.parametrize(("N", "D", "K"), [(5, 3, 2), (1, 4, 3), (4, 1, 1), (3, 3, 3)])
def test_a_score_is_the_weighted_sum_of_its_row_plus_the_bias(rng, N, D, K):
    x, W, b = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal(K)
    z = nn.affine(x, W, b)
    assert z.shape == (N, K)
    for n in range(N):
        for k in range(K):
            total = 0.0
            for i in range(D):
                total += float(x[n, i]) * float(W[i, k])
            assert z[n, k] == pytest.approx(total + float(b[k]), rel=1e-13, abs=1e-14)


@pytest.mark.equation("affine-vjp")
@pytest.mark.parametrize(("N", "D", "K"), [(5, 3, 2), (1, 4, 3), (4, 1, 1), (3, 3, 3)])
def test_gradients_of_the_scores_are_these_sums(rng, N, D, K):
    dz, x, W = rng.standard_normal((N, K)), rng.standard_normal((N, D)), rng.standard_normal((D, K))
    dx, dW, db = nn.affine_vjp(dz, x, W)
    assert (dx.shape, dW.shape, db.shape) == ((N, D), (D, K), (K,))
    for n in range(N):
        for i in range(D):
            expected = math.fsum(dz[n, k] * W[i, k] for k in range(K))
            assert dx[n, i] == pytest.approx(expected, rel=1e-13, abs=1e-14)
    for k in range(K):
        assert db[k] == pytest.approx(math.fsum(dz[n, k] for n in range(N)), rel=1e-13, abs=1e-14)
        for i in range(D):
            expected = math.fsum(x[n, i] * dz[n, k] for n in range(N))
            assert dW[i, k] == pytest.approx(expected, rel=1e-13, abs=1e-14)


@pytest.mark.equation("affine-vjp")
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_gradients_of_the_scores_agree_with_differences(rng, scale):
    x, W, b = rng.standard_normal((5, 3)) * scale, rng.standard_normal((3, 2)), np.array([0.5, -2])
    g = rng.standard_normal((5, 2))
    dx, dW, db = nn.affine_vjp(g, x, W)
    nn.gradcheck(lambda v: (g * nn.affine(v, W, b)).sum(), x, dx)
    nn.gradcheck(lambda v: (g * nn.affine(x, v, b)).sum(), W, dW)
    nn.gradcheck(lambda v: (g * nn.affine(x, W, v)).sum(), b, db)


@pytest.mark.parametrize("b", [0.0, [0.0], np.zeros((1, 2)), np.zeros((2, 1)), np.zeros(4)])
def test_a_bias_is_never_broadcast(b):
    with pytest.raises(ValueError, match=r"b \(K,\), got x \(4, 3\), W \(3, 2\), b \("):
        nn.affine(np.ones((4, 3)), np.ones((3, 2)), b)


def test_weights_that_do_not_fit_the_inputs_are_an_error():
    with pytest.raises(ValueError, match=r"got x \(4, 3\), W \(2, 3\), b \(3,\)"):
        nn.affine(np.ones((4, 3)), np.ones((2, 3)), np.zeros(3))


@pytest.mark.parametrize("dz", [np.ones((2, 4)), np.ones((4, 3)), np.ones((1, 2))])
def test_an_upstream_gradient_that_does_not_fit_is_an_error(dz):
    with pytest.raises(ValueError, match=r"expected dz \(N, K\), x \(N, D\), W \(D, K\), got dz"):
        nn.affine_vjp(dz, np.ones((4, 3)), np.ones((3, 2)))


@pytest.mark.parametrize("x", [np.ones(3), np.ones((0, 3)), np.ones((2, 0)), np.ones((1, 1, 3))])
def test_inputs_are_a_matrix_with_at_least_one_example(x):
    with pytest.raises(ValueError, match=r"x: expected a non-empty array of shape \(N, D\), got"):
        nn.affine(x, np.ones((3, 2)), np.zeros(2))


# --- step ---------------------------------------------------------------------------------------


@pytest.mark.equation("step")
def test_step_fires_from_the_threshold_on():
    z = [-1e9, -0.5, -5e-324, -0.0, 0.0, 5e-324, 0.5, 1e9]
    assert nn.step(z).tolist() == [1.0 if v >= 0 else 0.0 for v in z]


def test_step_has_no_slope_to_learn_from():
    assert not nn.numerical_jacobian(nn.step, ORDINARY).any()


# --- sigmoid ------------------------------------------------------------------------------------


@pytest.mark.equation("sigmoid")
def test_sigmoid_is_the_formula_written_in_python_floats():
    expected = [1 / (1 + math.exp(-v)) for v in ORDINARY]
    assert nn.sigmoid(ORDINARY).tolist() == pytest.approx(expected, rel=1e-15)


@pytest.mark.equation("sigmoid")
def test_sigmoid_is_right_to_the_last_digits_however_large_the_score():
    z = np.array([*LARGE, *np.linspace(-50, 50, 101)])
    # abs: e^-745 = 5e-324 is the smallest float there is, a single step from 0
    np.testing.assert_allclose(nn.sigmoid(z), exact(exact_sigmoid, z), rtol=1e-15, atol=5e-324)


def test_sigmoid_never_overflows():
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert nn.sigmoid([-np.inf, -1e308, 1e308, np.inf]).tolist() == [0.0, 0.0, 1.0, 1.0]
        assert nn.sigmoid(np.array([-200.0, 200.0], np.float32)).tolist() == [0.0, 1.0]


def test_sigmoid_of_the_negative_is_the_rest():
    z = np.linspace(-30, 30, 121)
    np.testing.assert_allclose(nn.sigmoid(-z), 1 - nn.sigmoid(z), rtol=0, atol=2.3e-16)


@pytest.mark.equation("sigmoid-vjp")
def test_slope_of_sigmoid_from_its_output_is_that_of_the_quotient_rule(rng):
    da = rng.standard_normal(len(ORDINARY))
    expected = [
        g * math.exp(-v) / (1 + math.exp(-v)) ** 2 for g, v in zip(da, ORDINARY, strict=True)
    ]
    assert nn.sigmoid_vjp(da, nn.sigmoid(ORDINARY)).tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.equation("sigmoid-vjp")
def test_slope_of_a_sigmoid_that_is_saturated(rng):
    z = np.array(LARGE)
    da = rng.standard_normal(z.size)
    slope = exact(lambda v: exact_sigmoid(v) * (1 - exact_sigmoid(v)), z)
    dz = nn.sigmoid_vjp(da, nn.sigmoid(z))
    left = z < 0  # on the left the output keeps all its digits, on the right only those of 1 - a
    np.testing.assert_allclose(dz[left], (da * slope)[left], rtol=1e-14, atol=1e-323)
    np.testing.assert_allclose(dz[~left], (da * slope)[~left], rtol=0, atol=2.3e-16)


def test_slope_of_sigmoid_is_at_most_a_quarter():
    z = np.linspace(-5, 5, 101)
    slope = nn.sigmoid_vjp(np.ones(101), nn.sigmoid(z))
    assert slope.max() == slope[50] == 0.25


# --- tanh ---------------------------------------------------------------------------------------


@pytest.mark.equation("tanh")
def test_tanh_is_the_formula_written_in_python_floats():
    expected = [
        (math.exp(v) - math.exp(-v)) / (math.exp(v) + math.exp(-v)) for v in [*ORDINARY, -20, 20]
    ]
    assert nn.tanh([*ORDINARY, -20, 20]).tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.equation("tanh")
def test_tanh_is_right_to_the_last_digits_however_large_or_small_the_score():
    z = np.array([*LARGE, -1e-300, 1e-9, *np.linspace(-5, 5, 101)])
    np.testing.assert_allclose(nn.tanh(z), exact(mpmath.tanh, z), rtol=1e-15)


def test_tanh_is_a_stretched_sigmoid():
    z = np.linspace(-20, 20, 81)
    np.testing.assert_allclose(nn.tanh(z), 2 * nn.sigmoid(2 * z) - 1, rtol=0, atol=4.5e-16)


@pytest.mark.equation("tanh-vjp")
def test_slope_of_tanh_from_its_output_is_that_of_the_definition(rng):
    z = np.array([*ORDINARY, *LARGE])
    da = rng.standard_normal(z.size)
    slope = exact(lambda v: mpmath.sech(v) ** 2, z)  # 1 / cosh^2, which knows nothing of tanh
    np.testing.assert_allclose(nn.tanh_vjp(da, nn.tanh(z)), da * slope, rtol=1e-13, atol=4.5e-16)


# --- ReLU ---------------------------------------------------------------------------------------


@pytest.mark.equation("relu")
def test_relu_is_the_larger_of_the_score_and_zero():
    z = [*ORDINARY, *LARGE, 0.0, -0.0]
    assert nn.relu(z).tolist() == [max(v, 0.0) for v in z]


@pytest.mark.equation("relu-vjp")
def test_relu_passes_a_gradient_on_where_it_is_awake_and_nowhere_else(rng):
    z = np.array([*ORDINARY, *LARGE, 5e-324, -5e-324])
    da = rng.standard_normal(z.size)
    expected = [g if v > 0 else 0.0 for g, v in zip(da, z, strict=True)]
    assert nn.relu_vjp(da, nn.relu(z)).tolist() == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_relu_passes_every_bit_on_or_a_plain_zero(dtype):
    """Also of numbers that a product with 0 or 1 would change: -0.0, infinities, NaN."""
    da = np.array([1.5, -1.5, 0.0, -0.0, 1e-40, np.inf, -np.inf, np.nan], dtype)
    awake, asleep = np.ones_like(da), np.zeros_like(da)
    assert nn.relu_vjp(da, awake).tobytes() == da.tobytes()
    assert nn.relu_vjp(da, asleep).tobytes() == asleep.tobytes()
    mixed = np.tile([1, 0], 4).astype(dtype)
    assert nn.relu_vjp(da, mixed).tobytes() == np.where(mixed > 0, da, dtype(0)).tobytes()


def test_a_sleeping_relu_stops_even_an_infinite_gradient():
    assert nn.relu_vjp([np.inf, np.nan], nn.relu([-1.0, -1.0])).tolist() == [0.0, 0.0]


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "vjp"),
    [
        pytest.param(nn.sigmoid, nn.sigmoid_vjp, id="sigmoid"),
        pytest.param(nn.tanh, nn.tanh_vjp, id="tanh"),
        pytest.param(nn.relu, nn.relu_vjp, id="relu"),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_vjp_agrees_with_differences_for_a_random_upstream_gradient(rng, f, vjp, scale):
    z = scale * np.array(ORDINARY).reshape(2, 3)
    g = rng.standard_normal(z.shape)
    nn.gradcheck(lambda v: (g * f(v)).sum(), z, vjp(g, f(z)))


@pytest.mark.parametrize(
    ("f", "at_minus_infinity", "at_infinity"),
    [(nn.step, 0.0, 1.0), (nn.sigmoid, 0.0, 1.0), (nn.tanh, -1.0, 1.0), (nn.relu, 0.0, np.inf)],
)
def test_infinite_scores_have_limits_and_nan_stays_nan(f, at_minus_infinity, at_infinity):
    a = f([-np.inf, np.inf, np.nan])
    assert a[:2].tolist() == [at_minus_infinity, at_infinity]
    assert np.isnan(a[2])


@pytest.mark.parametrize("f", [nn.step, nn.sigmoid, nn.tanh, nn.relu])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 1, 3)])
def test_activations_keep_any_shape(f, shape):
    assert f(np.zeros(shape)).shape == shape
