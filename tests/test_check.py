"""The gradient check: right where it promises to be, and loud where it cannot tell."""

import math
import re

import mpmath
import numpy as np
import pytest

import nnlib as nn

EPS = 2.0**-52  # the gap between 1 and the next float64


def curved(x):
    """Two outputs of three inputs, in plain Python."""
    return [math.exp(x[0]) * x[1], x[0] * x[1] * x[2] ** 3]


def curved_jacobian(x):
    return [
        [math.exp(x[0]) * x[1], math.exp(x[0]), 0.0],
        [x[1] * x[2] ** 3, x[0] * x[2] ** 3, 3 * x[0] * x[1] * x[2] ** 2],
    ]


# ---- the central difference ------------------------------------------------------------------


@pytest.mark.equation("central-difference")
def test_jacobian_is_the_central_difference_of_the_book():
    x, h = [0.5, -1.25, 2.0], 2.0**-10  # a power of two: x + h and x - h are exact
    expected = [[0.0] * 3 for _ in range(2)]
    for j in range(3):
        up = [x[k] + h if k == j else x[k] for k in range(3)]
        down = [x[k] - h if k == j else x[k] for k in range(3)]
        for i in range(2):
            expected[i][j] = (curved(up)[i] - curved(down)[i]) / (2 * h)
    np.testing.assert_allclose(nn.numerical_jacobian(curved, x, h), expected, rtol=1e-13, atol=0)


def test_jacobian_has_the_output_first_and_the_input_last():
    x = [0.5, -1.25, 2.0]
    np.testing.assert_allclose(
        nn.numerical_jacobian(curved, x), curved_jacobian(x), rtol=1e-9, atol=1e-9
    )


def test_shapes_are_those_of_the_output_then_the_input(rng):
    A = rng.standard_normal((4, 2))
    J = nn.numerical_jacobian(lambda x: A @ x, rng.standard_normal((2, 3)))
    assert J.shape == (4, 3, 2, 3)
    for n, k, d, j in np.ndindex(J.shape):  # d(A x)_nk / dx_dj = A_nd where k = j
        assert J[n, k, d, j] == pytest.approx(A[n, d] if k == j else 0, abs=1e-9)
    assert nn.numerical_jacobian(lambda x: x[0], [1.0, 2.0]).shape == (2,)
    assert nn.numerical_jacobian(lambda x: x * x, 3.0) == pytest.approx(6, abs=1e-8)


@pytest.mark.parametrize("point", [-2.0, -0.3, 0.0, 1e-4, 1.0, 20.0])
@pytest.mark.parametrize(
    ("f", "exact"),
    [(np.exp, mpmath.exp), (np.sin, mpmath.sin), (np.arctan, mpmath.atan), (np.cosh, mpmath.cosh)],
)
def test_default_step_gives_ten_digits_of_a_smooth_function(f, exact, point):
    with mpmath.workdps(50):
        derivative = float(mpmath.diff(exact, point))
        size = abs(float(exact(point))) + abs(derivative)
    # the step grows as the cube root of |x|, and the error with its square
    tolerance = 1e-10 * size * max(1, abs(point)) ** (2 / 3)
    assert float(nn.numerical_jacobian(f, point)) == pytest.approx(derivative, abs=tolerance)


def test_error_falls_with_the_square_of_the_step():
    error = [abs(nn.numerical_gradient(math.exp, 0.0, h) - 1) for h in (1e-1, 1e-2, 1e-3)]
    assert error[0] / error[1] == pytest.approx(100, rel=1e-2)
    assert error[1] / error[2] == pytest.approx(100, rel=1e-2)


def test_quadratics_are_exact_at_any_step():
    for h in (0.125, 1.0, 8.0):
        assert nn.numerical_gradient(lambda x: x * x, 3.0, h) == 6.0


def test_default_step_is_near_the_bottom_of_the_v():
    points = np.linspace(-2, 2, 41)

    def worst(h):
        numerical = [nn.numerical_gradient(math.sin, x, h) for x in points]
        return np.abs(numerical - np.cos(points)).max()

    assert worst(None) < worst(1e-3) / 1000
    assert worst(None) < worst(1e-9) / 1000
    assert worst(None) < 100 * EPS ** (2 / 3)


def test_default_step_grows_as_the_cube_root_of_the_input():
    seen = []
    nn.numerical_jacobian(lambda x: seen.append(x.copy()) or 0.0, [0.5, -1000.0])
    assert seen[0][0] - 0.5 == pytest.approx(EPS ** (1 / 3), rel=1e-6)
    assert seen[2][1] + 1000.0 == pytest.approx(10 * EPS ** (1 / 3), rel=1e-6)


@pytest.mark.parametrize("offset", [0, 30, 1000, 1e4])
def test_large_inputs_neither_drown_in_rounding_nor_outrun_the_curve(offset, rng):
    # the linear function needs a step that grows with the input, softmax one that does not
    x, W, y = offset + rng.standard_normal((3, 4)), rng.standard_normal((3, 4)), [0, 1, 3]
    nn.gradcheck(lambda x: (W * x).sum(), x, W)
    dz = nn.softmax_cross_entropy(x, y)[1]
    nn.gradcheck(lambda z: nn.softmax_cross_entropy(z, y)[0], x, dz)


def test_divides_by_the_step_that_was_really_taken():
    # 1000 + 1e-6 is rounded, and twice it is not: only the true width gives exactly 2
    assert (1000 + 1e-6) - (1000 - 1e-6) != 2e-6
    assert nn.numerical_gradient(lambda x: 2 * x, 1000.0, 1e-6) == 2.0


def test_integers_are_nudged_too():
    assert nn.numerical_gradient(lambda x: (x**2).sum(), np.array([3, 4])) == pytest.approx([6, 8])
    assert nn.numerical_gradient(lambda x: (x**2).sum(), np.array([3, 4], np.int8)) == (
        pytest.approx([6, 8])
    )


def test_float32_points_are_nudged_in_float64():
    g = nn.numerical_gradient(lambda x: (x**2).sum(), np.array([3, 4], np.float32))
    assert g.dtype == np.float64
    assert g == pytest.approx([6, 8], rel=1e-9)


def test_f_may_write_into_its_argument():
    def f(x):
        x *= 2
        return (x**2).sum()

    x = np.array([3.0, 4.0])
    assert nn.numerical_gradient(f, x) == pytest.approx([24, 32], rel=1e-9)
    assert x.tolist() == [3.0, 4.0]


def test_f_may_return_the_same_buffer_each_time():
    buffer = np.zeros(2)
    J = nn.numerical_jacobian(lambda x: np.multiply(x, [2, 3], out=buffer), [3.0, 4.0])
    np.testing.assert_allclose(J, [[2, 0], [0, 3]], rtol=1e-9)


def test_at_a_kink_it_is_halfway():
    assert nn.numerical_jacobian(nn.relu, 0.0) == 0.5
    assert nn.numerical_jacobian(nn.relu, [-1.0, 1.0]).diagonal() == pytest.approx([0, 1])


def test_it_costs_two_evaluations_for_each_entry():
    calls = []
    nn.numerical_jacobian(lambda x: calls.append(1) or 0.0, np.zeros((3, 5)))
    assert len(calls) == 2 * 15


@pytest.mark.parametrize("h", [0.0, -1e-6, math.nan])
def test_a_step_that_is_not_positive_is_an_error(h):
    with pytest.raises(ValueError, match=f"h: expected a positive number below infinity, got {h}"):
        nn.numerical_jacobian(math.exp, 1.0, h)


def test_an_empty_point_is_an_error():
    with pytest.raises(ValueError, match=r"x: expected at least one number, got shape \(0, 3\)"):
        nn.numerical_jacobian(lambda x: x, np.zeros((0, 3)))


@pytest.mark.parametrize("x", [[1j], ["1"], [None]])
def test_a_point_that_holds_no_real_numbers_is_an_error(x):
    with pytest.raises(TypeError, match="x: expected real numbers"):
        nn.numerical_jacobian(lambda x: x, x)


def test_the_gradient_of_a_function_with_many_outputs_is_an_error():
    with pytest.raises(ValueError, match=r"one number, got shape \(2,\)"):
        nn.numerical_gradient(lambda x: x, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"one number, got shape \(1,\)"):
        nn.numerical_gradient(lambda x: x.sum(keepdims=True), [1.0, 2.0])


# ---- the relative error ----------------------------------------------------------------------


@pytest.mark.equation("relative-error")
def test_relative_error_is_that_of_the_book(rng):
    g, numerical = rng.standard_normal(7), rng.standard_normal(7)
    difference = math.sqrt(math.fsum((p - q) ** 2 for p, q in zip(g, numerical, strict=True)))
    sizes = math.sqrt(math.fsum(p * p for p in g)) + math.sqrt(math.fsum(q * q for q in numerical))
    assert nn.relative_error(g, numerical) == pytest.approx(difference / sizes, rel=1e-14)
    G, N = np.resize(g, (2, 3)), np.resize(numerical, (2, 3))
    assert nn.relative_error(G, N) == nn.relative_error(G.ravel(), N.ravel())


@pytest.mark.parametrize("k", [1, 2, 0.5, 3, 32, 1e-3, 0, -1, -7])
def test_relative_error_tells_a_factor_but_not_its_direction(k, rng):
    g = rng.standard_normal((3, 2))
    expected = abs(k - 1) / (abs(k) + 1)  # 0, 1/3, 1/3, 1/2, 31/33, ..., 1, 1, 1
    assert nn.relative_error(k * g, g) == pytest.approx(expected, rel=1e-14, abs=1e-15)
    assert nn.relative_error(g, k * g) == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_relative_error_of_perpendicular_gradients_of_one_length():
    assert nn.relative_error([3.0, 0.0], [0.0, 3.0]) == pytest.approx(math.sqrt(0.5), rel=1e-15)


def test_relative_error_is_never_above_one(rng):
    for _ in range(100):
        assert nn.relative_error(rng.standard_normal(2), rng.standard_normal(2)) <= 1 + 1e-15


@pytest.mark.parametrize("nothing", [np.zeros(3), np.zeros((0, 3)), 0.0, [0, 0]])
def test_two_zeros_agree(nothing):
    assert nn.relative_error(nothing, nothing) == 0


@pytest.mark.parametrize("size", [5e-324, 1e-200, 1e200, 1.7e308])
def test_no_size_is_too_small_or_too_large_to_disagree(size):
    assert nn.relative_error([size], [-size]) == 1
    assert nn.relative_error([size, 0.0], [0.0, size]) == pytest.approx(math.sqrt(0.5))


def test_tiny_float32_gradients_disagree_too():
    g = np.array([1e-30, 2e-30], np.float32)
    assert nn.relative_error(g, -g) == pytest.approx(1, rel=1e-6)
    assert nn.relative_error(g, 2 * g) == pytest.approx(1 / 3, rel=1e-6)


@pytest.mark.parametrize(
    ("g", "numerical"), [([math.nan, 1.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, math.nan])]
)
def test_nan_agrees_with_nothing(g, numerical):
    assert math.isnan(nn.relative_error(g, numerical))


@pytest.mark.parametrize("other", [[1.0], [[1.0, 1.0]], 1.0, [[1.0], [1.0]]])
def test_relative_error_broadcasts_nothing(other):
    with pytest.raises(ValueError, match=r"two arrays of one shape, got \(2,\) and \("):
        nn.relative_error([1.0, 1.0], other)


# ---- gradcheck -------------------------------------------------------------------------------


def squares(x):
    return (x**2).sum()


def test_gradcheck_passes_a_right_gradient_and_returns_the_relative_error(rng):
    x = rng.standard_normal((3, 4))
    error = nn.gradcheck(squares, x, 2 * x)
    assert error == nn.relative_error(2 * x, nn.numerical_gradient(squares, x))
    assert error < 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        lambda dx: -dx,
        lambda dx: 2 * dx,
        lambda dx: dx / 4,
        lambda dx: dx * (1 + 1e-5),
        lambda dx: dx + 1e-7,
        lambda dx: dx.T,
        lambda dx: dx[::-1],
        lambda dx: np.zeros_like(dx),
        lambda dx: dx.mean() * np.ones_like(dx),
        lambda dx: dx * np.nan,
        lambda dx: dx * np.inf,
    ],
)
def test_gradcheck_refuses_a_wrong_gradient(wrong, rng):
    x = rng.standard_normal((4, 4))
    with pytest.raises(AssertionError, match="wrong in"):
        nn.gradcheck(squares, x, wrong(2 * x))


def test_gradcheck_finds_one_wrong_entry_and_names_it(rng):
    x = rng.standard_normal((3, 4))
    dx = 2 * x
    dx[1, 2] *= -1
    message = rf"wrong in 1 of 12 entries, most at \(1, 2\): claimed {dx[1, 2]:.6g}, numerical"
    with pytest.raises(AssertionError, match=message):
        nn.gradcheck(squares, x, dx)


def test_gradcheck_finds_a_small_wrong_entry_that_hides_in_the_norm():
    weights, x = np.array([50.0, 1.0, 5e-4]), np.ones(3)
    claimed = np.array([100.0, 2.0, -1e-3])
    assert nn.relative_error(claimed, 2 * weights) < 1e-4
    with pytest.raises(AssertionError, match=r"wrong in 1 of 3 entries, most at \(2,\)"):
        nn.gradcheck(lambda x: (weights * x * x).sum(), x, claimed)


def test_gradcheck_shows_both_arrays():
    with pytest.raises(AssertionError) as caught:
        nn.gradcheck(squares, [3.0, 4.0], [6.0, 9.0])
    assert re.search(r"claimed\n\[6\. 9\.\]\nnumerical\n\[6\. +8\. *\]", str(caught.value))


@pytest.mark.parametrize("place", ["f", "dx", "both"])
def test_nan_never_passes(place):
    f = squares if place == "dx" else (lambda x: math.nan)
    dx = [6.0, 8.0] if place == "f" else [math.nan, 8.0]
    with pytest.raises(AssertionError, match="nan"):
        nn.gradcheck(f, [3.0, 4.0], dx)


def test_a_point_where_every_derivative_is_zero_is_refused(rng):
    z = rng.standard_normal((4, 3))
    s = nn.softmax(z)
    ones = np.ones_like(s)
    for vjp in (
        nn.softmax_vjp,
        lambda ds, s: -7 * nn.softmax_vjp(ds, s),
        lambda ds, s: np.zeros_like(s),
        lambda ds, s: ds - ds.mean(axis=-1, keepdims=True),
    ):
        with pytest.raises(ValueError, match=r"^expected a gradient .* nothing$"):
            nn.gradcheck(lambda z: (ones * nn.softmax(z)).sum(), z, vjp(ones, s))


def test_a_wrong_gradient_at_such_a_point_is_wrong_all_the_same():
    with pytest.raises(AssertionError, match="wrong in 2 of 2 entries"):
        nn.gradcheck(lambda x: 1.0, [3.0, 4.0], [6.0, 8.0])


def test_tolerances_are_of_the_numerical_entry_and_absolute():
    x, f = np.array([3.0, 0.0]), squares
    nn.gradcheck(f, x, np.array([6.0 * (1 + 0.9e-3), 0.9e-4]), rtol=1e-3, atol=1e-4)
    with pytest.raises(AssertionError):
        nn.gradcheck(f, x, np.array([6.0 * (1 + 1.1e-3), 0.0]), rtol=1e-3, atol=1e-5)
    with pytest.raises(AssertionError):
        nn.gradcheck(f, x, np.array([6.0, 1.1e-4]), rtol=1e-3, atol=1e-4)


def test_an_error_as_large_as_the_tolerance_is_allowed():
    """The numerical derivative of 4 x is 4 to the last bit."""
    nn.gradcheck(lambda x: 4 * x.sum(), [3.0], [4.5], rtol=0, atol=0.5)
    with pytest.raises(AssertionError, match="wrong in 1 of 2 entries"):
        nn.gradcheck(lambda x: 4 * x[0] + 4 * x[1], [3.0, 0.0], [4.5, 7.0], rtol=0, atol=0.5)
    with pytest.raises(ValueError, match="this point checks nothing"):
        nn.gradcheck(lambda x: 4 * x.sum(), [3.0], [4.0], rtol=0, atol=4.0)


@pytest.mark.parametrize(("x", "dx", "name"), [("a", 1.0, "x"), (1.0, "a", "dx")])
def test_the_array_that_holds_no_numbers_is_named(x, dx, name):
    with pytest.raises(TypeError, match=f"^{name}: expected real numbers"):
        nn.gradcheck(squares, x, dx)


@pytest.mark.parametrize("which", [0, 1])
def test_float32_is_refused(which):
    arrays = [np.array([3.0, 4.0]), np.array([6.0, 8.0])]
    arrays[which] = arrays[which].astype(np.float32)
    with pytest.raises(TypeError, match=r"expected x and dx in float64, got .*float32"):
        nn.gradcheck(squares, *arrays)


def test_gradcheck_broadcasts_nothing():
    with pytest.raises(ValueError, match=r"dx: expected shape \(2,\), that of x, got \(\)"):
        nn.gradcheck(squares, [3.0, 3.0], 6.0)
    with pytest.raises(ValueError, match=r"dx: expected shape \(2, 2\), that of x, got \(2,\)"):
        nn.gradcheck(squares, np.ones((2, 2)), [2.0, 2.0])


def test_gradcheck_asks_for_one_number():
    with pytest.raises(ValueError, match=r"one number, got shape \(2,\)"):
        nn.gradcheck(lambda x: x**2, [3.0, 4.0], [6.0, 8.0])


# ---- what the chapter says of a whole network ------------------------------------------------


def network(rng):
    layers = nn.Linear(2, 5, rng=rng), nn.Tanh(), nn.Linear(5, 3, rng=rng)
    return nn.Sequential(*layers), rng.standard_normal((6, 2)), rng.integers(0, 3, 6)


def test_one_random_direction_finds_every_kind_of_mistake(rng):
    net, X, y = network(rng)
    net.backward(nn.softmax_cross_entropy(net.forward(X), y)[1])
    g, p, v = net.grads.copy(), net.params.copy(), rng.standard_normal(net.params.shape)

    def loss(p):
        net.params[...] = p
        return nn.softmax_cross_entropy(net.forward(X), y)[0]

    measured = (loss(p + 1e-5 * v) - loss(p - 1e-5 * v)) / 2e-5
    assert g @ v == pytest.approx(measured, rel=1e-7)
    for wrong in (-g, 2 * g, g[::-1], 0 * g, np.where(np.arange(g.size) < 15, 0, g)):
        assert wrong @ v != pytest.approx(measured, rel=1e-2)


def test_a_loss_and_a_gradient_of_two_functions_disagree():
    def clipped(z, y, floor=1e-7):
        s = nn.softmax(z)
        p = np.maximum(s[np.arange(len(y)), y], floor)
        return -np.log(p).mean(), (s - nn.one_hot(y, z.shape[1])) / len(y)

    tame, saturated = np.array([[0.0, 10.0]]), np.array([[0.0, 20.0]])
    nn.gradcheck(lambda z: clipped(z, [0])[0], tame, clipped(tame, [0])[1])
    with pytest.raises(AssertionError):
        nn.gradcheck(lambda z: clipped(z, [0])[0], saturated, clipped(saturated, [0])[1])
    for z in (tame, saturated, np.array([[0.0, 1000.0]])):
        dz = nn.softmax_cross_entropy(z, [0])[1]
        nn.gradcheck(lambda z: nn.softmax_cross_entropy(z, [0])[0], z, dz)
