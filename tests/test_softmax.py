"""Softmax, against loops that are written as the book writes the formulas, and against mpmath."""

import math

import mpmath
import numpy as np
import pytest

import nnlib as nn

SCORES = np.array([2.0, 1.0, 0.0])  # the worked example of the chapter
SCALES = pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])  # near uniform to saturated


def loop_softmax(z):
    total = sum(math.exp(z_j) for z_j in z)
    return [math.exp(z_i) / total for z_i in z]


def loop_jacobian(s):
    J = [[0.0] * len(s) for _ in s]
    for i, s_i in enumerate(s):
        for j, s_j in enumerate(s):
            if i == j:
                J[i][j] = s_i * (1 - s_i)
            else:
                J[i][j] = -s_i * s_j
    return np.array(J)


def loop_vjp(ds, s):
    mean = sum(s_i * ds_i for s_i, ds_i in zip(s, ds, strict=True))
    return [s_j * (ds_j - mean) for s_j, ds_j in zip(s, ds, strict=True)]


def exact_softmax(z):
    with mpmath.workdps(60):
        total = mpmath.fsum(mpmath.exp(z_j) for z_j in z)
        return [mpmath.exp(z_i) / total for z_i in z]


# -------------------------------------------------------------------------- softmax


@pytest.mark.equation("softmax")
def test_softmax_is_the_share_of_each_exponential(rng):
    Z = 5 * rng.standard_normal((20, 4))
    expected = np.array([loop_softmax(z) for z in Z.tolist()])
    assert nn.softmax(Z) == pytest.approx(expected, rel=1e-13)


def test_softmax_of_2_1_0_as_worked_by_hand():
    assert nn.softmax(SCORES) == pytest.approx([0.665, 0.245, 0.090], abs=5e-4)


@pytest.mark.parametrize("size", [1, 80, 400, 700, 1000, 1e6])
def test_softmax_is_exact_where_the_plain_formula_overflows(size):
    z = [size, size - 3, size - 30, -size]
    assert nn.softmax(z) == pytest.approx([float(s_i) for s_i in exact_softmax(z)], rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp_ends_at_the_logarithm_of_the_largest_number_and_softmax_does_not(dtype):
    end = math.log(np.finfo(dtype).max)
    assert np.isfinite(np.exp(dtype(end - 0.001)))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.exp(dtype(end + 0.001)) == np.inf
    assert nn.softmax(np.array([end + 1, end + 1], dtype)).tolist() == [0.5, 0.5]


@pytest.mark.equation("softmax-shift")
@pytest.mark.parametrize("c", [-1000.0, -7.0, 0.5, 88.0, 710.0, 1e6])
def test_a_common_shift_changes_no_bit(rng, c):
    Z = rng.integers(-80, 80, size=(20, 5)) / 8  # so that adding c rounds nothing
    assert np.array_equal(nn.softmax(Z + c), nn.softmax(Z))


def test_every_row_is_shifted_by_its_own_maximum():
    levels = np.array([[-2000.0], [0.0], [2000.0]])
    assert np.array_equal(nn.softmax(SCORES + levels), np.tile(nn.softmax(SCORES), (3, 1)))


def test_probabilities_are_positive_sum_to_one_and_keep_the_order(rng):
    Z = 10 * rng.standard_normal((50, 6))
    S = nn.softmax(Z)
    assert S.min() > 0
    assert S.sum(axis=1) == pytest.approx(np.ones(50), abs=1e-15)
    assert np.array_equal(S.argsort(axis=1), Z.argsort(axis=1))


def test_differences_of_scores_are_log_odds(rng):
    z = rng.standard_normal(6)
    s = nn.softmax(z)
    for i in range(6):
        for j in range(6):
            assert math.log(s[i] / s[j]) == pytest.approx(z[i] - z[j], abs=1e-14)


def test_between_any_two_classes_softmax_is_a_sigmoid(rng):
    z = 3 * rng.standard_normal(4)
    s = nn.softmax(z)
    assert s[2] / (s[2] + s[0]) == pytest.approx(float(nn.sigmoid(z[2] - z[0])), rel=1e-14)
    assert nn.softmax(z[:2])[1] == pytest.approx(float(nn.sigmoid(z[1] - z[0])), rel=1e-14)


def test_low_temperature_shares_everything_among_the_largest():
    assert nn.softmax(np.array([1.0, 3.0, 3.0, 2.0]) / 1e-3).tolist() == [0, 0.5, 0.5, 0]


def test_high_temperature_makes_all_alike(rng):
    s = nn.softmax(rng.standard_normal(5) / 1e9)
    assert s == pytest.approx(np.full(5, 0.2), abs=1e-9)


@pytest.mark.parametrize("f", [nn.softmax, nn.log_softmax, nn.logsumexp])
@pytest.mark.parametrize("axis", [0, 1, 2, -2, -3])
def test_classes_may_lie_along_any_axis(rng, f, axis):
    z = rng.standard_normal((3, 4, 2))
    last = f(np.moveaxis(z, axis, -1))
    if f is not nn.logsumexp:
        last = np.moveaxis(last, -1, axis)
    np.testing.assert_allclose(f(z, axis=axis), last, rtol=1e-14)


# ---------------------------------------------------------- log-sum-exp, log-softmax


@pytest.mark.equation("logsumexp")
def test_logsumexp_is_the_logarithm_of_the_sum(rng):
    Z = 5 * rng.standard_normal((20, 4))
    expected = [math.log(sum(math.exp(z_j) for z_j in z)) for z in Z.tolist()]
    assert nn.logsumexp(Z) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("c", [-1000.0, -100.0, 100.0, 1000.0])
def test_logsumexp_far_from_zero(c):
    z = (SCORES + c).tolist()
    exact = mpmath.log(mpmath.fsum(mpmath.exp(z_j) for z_j in z))
    assert nn.logsumexp(z) == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 100.0])
def test_logsumexp_lies_between_the_maximum_and_log_of_c_above_it(rng, scale):
    Z = scale * rng.standard_normal((100, 7))
    excess = nn.logsumexp(Z) - Z.max(axis=1)
    assert excess.min() >= 0
    assert excess.max() <= math.log(7) + 1e-15
    assert scale > 0 or excess == pytest.approx(np.full(100, math.log(7)))


def test_logsumexp_moves_along_with_a_shift(rng):
    Z = rng.standard_normal((20, 5))
    assert nn.logsumexp(Z + 5) == pytest.approx(nn.logsumexp(Z) + 5, rel=1e-15)


@SCALES
def test_the_gradient_of_logsumexp_is_softmax(rng, scale):
    z = scale * rng.standard_normal(5)
    nn.gradcheck(nn.logsumexp, z, nn.softmax(z))


def test_logsumexp_keeps_the_axis_when_asked(rng):
    Z = rng.standard_normal((3, 4))
    assert nn.logsumexp(Z, keepdims=True).shape == (3, 1)
    assert nn.logsumexp(Z, axis=0, keepdims=True).shape == (1, 4)
    assert np.array_equal(nn.logsumexp(Z, keepdims=True)[:, 0], nn.logsumexp(Z))
    assert nn.logsumexp(Z[:1]).shape == (1,)  # the axis of the rows stays, even with one row


@pytest.mark.equation("log-softmax")
def test_log_softmax_is_the_score_minus_logsumexp(rng):
    Z = 5 * rng.standard_normal((20, 4))
    expected = [[z_i - math.log(sum(math.exp(z_j) for z_j in z)) for z_i in z] for z in Z.tolist()]
    assert nn.log_softmax(Z) == pytest.approx(np.array(expected), rel=1e-12)
    assert nn.log_softmax(Z) == pytest.approx(np.log(nn.softmax(Z)), rel=1e-12)


def test_log_softmax_is_finite_where_softmax_has_underflowed():
    z = [1000.0, 0.0, -1000.0]
    assert nn.softmax(z).tolist() == [1.0, 0.0, 0.0]
    assert nn.log_softmax(z).tolist() == [0.0, -1000.0, -2000.0]


def test_log_softmax_keeps_in_float32_what_subtracting_logsumexp_loses():
    z = (SCORES + 10_000).astype(np.float32)
    exact = [float(mpmath.log(s_i)) for s_i in exact_softmax(SCORES)]
    assert nn.log_softmax(z) == pytest.approx(exact, abs=5e-7)
    assert np.abs(z - nn.logsumexp(z) - exact).max() > 1e-4


# ------------------------------------------------------------------------- Jacobian


@SCALES
@pytest.mark.equation("softmax-jacobian")
def test_jacobian_entry_by_entry(rng, scale):
    s = nn.softmax(scale * rng.standard_normal(5))
    assert nn.softmax_jacobian(s) == pytest.approx(loop_jacobian(s.tolist()), rel=1e-13, abs=1e-16)


@SCALES
def test_jacobian_against_central_differences(rng, scale):
    z = scale * rng.standard_normal(5)
    J = nn.numerical_jacobian(nn.softmax, z)
    assert nn.softmax_jacobian(nn.softmax(z)) == pytest.approx(J, abs=1e-10)


def test_jacobian_of_2_1_0_as_worked_by_hand():
    J = [[0.223, -0.163, -0.060], [-0.163, 0.185, -0.022], [-0.060, -0.022, 0.082]]
    assert nn.softmax_jacobian(nn.softmax(SCORES)) == pytest.approx(np.array(J), abs=5e-4)


def test_jacobian_is_a_diagonal_minus_an_outer_product(rng):
    s = nn.softmax(rng.standard_normal(6))
    assert nn.softmax_jacobian(s) == pytest.approx(np.diag(s) - np.outer(s, s), abs=1e-16)


@SCALES
def test_jacobian_is_symmetric_and_its_rows_and_columns_sum_to_zero(rng, scale):
    J = nn.softmax_jacobian(nn.softmax(scale * rng.standard_normal((20, 6))))
    assert pytest.approx(J.swapaxes(1, 2), abs=1e-16) == J
    assert np.abs(J.sum(axis=1)).max() < 1e-15
    assert np.abs(J.sum(axis=2)).max() < 1e-15


@SCALES
def test_the_quadratic_form_is_a_variance(rng, scale):
    s, v = nn.softmax(scale * rng.standard_normal(6)), rng.standard_normal(6)
    mean = sum(s_i * v_i for s_i, v_i in zip(s, v, strict=True))
    variance = sum(s_i * (v_i - mean) ** 2 for s_i, v_i in zip(s, v, strict=True))
    assert v @ nn.softmax_jacobian(s) @ v == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("C", [1, 2, 3, 10, 50])
def test_rank_is_one_less_than_the_number_of_classes(rng, C):
    J = nn.softmax_jacobian(nn.softmax(rng.standard_normal(C)))
    eigenvalues = np.linalg.eigvalsh(J)
    assert eigenvalues.min() > -1e-15
    assert np.sum(eigenvalues > 1e-6) == C - 1


def test_impossible_classes_lower_the_rank():
    s = nn.softmax([0.0, 1.0, -np.inf, -np.inf, 0.5])
    assert np.linalg.matrix_rank(nn.softmax_jacobian(s)) == 3 - 1


@pytest.mark.parametrize("C", [2, 3, 10])
def test_eigenvalues_at_the_uniform_distribution(C):
    eigenvalues = np.linalg.eigvalsh(nn.softmax_jacobian(np.full(C, 1 / C)))
    assert eigenvalues == pytest.approx(np.array([0.0] + [1 / C] * (C - 1)), abs=1e-15)


def test_no_entry_exceeds_a_quarter_and_no_eigenvalue_a_half(rng):
    J = nn.softmax_jacobian(nn.softmax(3 * rng.standard_normal((500, 4))))
    assert np.abs(J).max() <= 0.25
    assert np.linalg.eigvalsh(J).max() <= 0.5
    two = nn.softmax_jacobian(np.array([0.5, 0.5, 0.0]))
    assert np.abs(two).max() == 0.25
    assert np.linalg.eigvalsh(two).max() == pytest.approx(0.5)


def test_jacobian_fades_where_softmax_saturates():
    sizes = [np.abs(nn.softmax_jacobian(nn.softmax(k * SCORES))).max() for k in (1, 5, 20, 50)]
    assert np.all(np.diff(sizes) < 0)
    assert sizes[2] == pytest.approx(float(mpmath.exp(-20)), rel=1e-6)
    assert sizes[3] < 1e-15


def test_a_batch_has_one_jacobian_per_row(rng):
    Z = rng.standard_normal((4, 3))
    J = nn.softmax_jacobian(nn.softmax(Z))
    assert J.shape == (4, 3, 3)
    whole = nn.numerical_jacobian(nn.softmax, Z)  # (4, 3, 4, 3)
    for n in range(4):
        for other in range(4):
            expected = J[n] if n == other else np.zeros((3, 3))
            assert whole[n, :, other, :] == pytest.approx(expected, abs=1e-10)


# ------------------------------------------------------------ backwards, matrix-free


@SCALES
@pytest.mark.equation("softmax-vjp")
def test_softmax_vjp_entry_by_entry(rng, scale):
    S = nn.softmax(scale * rng.standard_normal((6, 5)))
    G = rng.standard_normal((6, 5))
    expected = np.array([loop_vjp(g, s) for g, s in zip(G.tolist(), S.tolist(), strict=True)])
    assert nn.softmax_vjp(G, S) == pytest.approx(expected, rel=1e-12, abs=1e-16)


@SCALES
def test_softmax_vjp_is_the_transposed_jacobian_times_upstream(rng, scale):
    S, G = nn.softmax(scale * rng.standard_normal((6, 5))), rng.standard_normal((6, 5))
    expected = np.stack([loop_jacobian(s).T @ g for s, g in zip(S, G, strict=True)])
    assert nn.softmax_vjp(G, S) == pytest.approx(expected, abs=1e-15)


@SCALES
@pytest.mark.parametrize("shape", [(5,), (1, 4), (3, 3), (2, 3, 4)])
def test_softmax_vjp_against_central_differences(rng, shape, scale):
    z, g = scale * rng.standard_normal(shape), rng.standard_normal(shape)
    nn.gradcheck(lambda z: (g * nn.softmax(z)).sum(), z, nn.softmax_vjp(g, nn.softmax(z)))


@pytest.mark.parametrize("gap", [20.0, 40.0, 700.0])
def test_softmax_vjp_deep_in_saturation(gap):
    z, g = [0.0, -gap, -1.5 * gap], [0.7, -1.3, 2.1]
    exact = [float(dz_j) for dz_j in loop_vjp(g, exact_softmax(z))]
    dz = nn.softmax_vjp(g, nn.softmax(z))
    assert dz[1:] == pytest.approx(exact[1:], rel=1e-13)
    assert dz[0] == pytest.approx(exact[0], abs=3e-16)  # the difference of two numbers near 0.7


def test_softmax_vjp_sums_to_zero_and_ignores_a_constant_upstream(rng):
    S, G = nn.softmax(rng.standard_normal((20, 5))), rng.standard_normal((20, 5))
    assert np.abs(nn.softmax_vjp(G, S).sum(axis=1)).max() < 1e-15
    assert nn.softmax_vjp(G + 3, S) == pytest.approx(nn.softmax_vjp(G, S), abs=1e-14)


def test_an_upstream_of_ones_gives_zero_and_so_checks_nothing(rng):
    S = nn.softmax(rng.standard_normal((20, 5)))
    assert np.abs(nn.softmax_vjp(np.ones_like(S), S)).max() < 1e-15
    with pytest.raises(ValueError, match="checks nothing"):
        nn.gradcheck(lambda z: nn.softmax(z).sum(), SCORES, np.zeros(3))


def test_a_million_classes_need_no_matrix(rng):
    s, g = nn.softmax(rng.standard_normal(10**6)), rng.standard_normal(10**6)
    assert abs(nn.softmax_vjp(g, s).sum()) < 1e-12
    assert abs(nn.log_softmax_vjp(g, np.log(s)).sum()) < 1e-9


@SCALES
@pytest.mark.equation("log-softmax-vjp")
def test_log_softmax_vjp_entry_by_entry(rng, scale):
    L, G = nn.log_softmax(scale * rng.standard_normal((6, 5))), rng.standard_normal((6, 5))
    expected = [
        [g_j - math.exp(l_j) * sum(g) for g_j, l_j in zip(g, l, strict=True)]
        for g, l in zip(G.tolist(), L.tolist(), strict=True)
    ]
    assert nn.log_softmax_vjp(G, L) == pytest.approx(np.array(expected), rel=1e-12, abs=1e-15)


@SCALES
def test_jacobian_of_log_softmax_is_the_identity_minus_s_in_every_row(rng, scale):
    z = scale * rng.standard_normal(4)
    J = np.eye(4) - np.outer(np.ones(4), nn.softmax(z))
    assert nn.numerical_jacobian(nn.log_softmax, z) == pytest.approx(J, abs=1e-9)
    rows = [nn.log_softmax_vjp(e, nn.log_softmax(z)) for e in np.eye(4)]
    assert np.array(rows) == pytest.approx(J, abs=1e-15)
    assert np.diag(nn.softmax(z)) @ J == pytest.approx(loop_jacobian(nn.softmax(z)), abs=1e-15)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 300.0])
@pytest.mark.parametrize("shape", [(5,), (1, 4), (3, 3), (2, 3, 4)])
def test_log_softmax_vjp_against_central_differences(rng, shape, scale):
    z, g = scale * rng.standard_normal(shape), rng.standard_normal(shape)
    dz = nn.log_softmax_vjp(g, nn.log_softmax(z))
    nn.gradcheck(lambda z: (g * nn.log_softmax(z)).sum(), z, dz)


def test_log_softmax_vjp_does_not_fade():
    certain_and_wrong = nn.log_softmax([1000.0, 0.0, -1000.0])
    dz = nn.log_softmax_vjp([0.0, 0.0, -1.0], certain_and_wrong)
    assert dz.tolist() == [1.0, 0.0, -1.0]


# --------------------------------------------------------------------------- errors


@pytest.mark.parametrize("f", [nn.softmax, nn.log_softmax, nn.logsumexp])
@pytest.mark.parametrize("axis", [2, -3])
def test_an_axis_that_is_not_there_is_an_error(f, axis):
    with pytest.raises(ValueError, match=rf"z: .*class along axis {axis}, got shape \(2, 3\)"):
        f(np.zeros((2, 3)), axis=axis)


def test_a_single_number_is_no_row_of_scores():
    with pytest.raises(ValueError, match=r"z: expected at least one class .* got shape \(\)"):
        nn.softmax(3.0)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: nn.softmax_jacobian("0.5"), "s"),
        (lambda: nn.softmax_vjp([1.0], ["0.5"]), "s"),
        (lambda: nn.softmax_vjp(["1"], [0.5]), "ds"),
        (lambda: nn.log_softmax_vjp([1.0], ["0.5"]), "log_s"),
        (lambda: nn.log_softmax_vjp(["1"], [0.5]), "dl"),
    ],
)
def test_an_error_names_the_argument(call, name):
    with pytest.raises(TypeError, match=rf"^{name}: expected real numbers"):
        call()


def test_labels_are_not_an_upstream_gradient():
    with pytest.raises(ValueError, match=r"ds: expected shape \(2, 3\), .* got \(2,\)"):
        nn.softmax_vjp([0, 2], np.full((2, 3), 1 / 3))


@pytest.mark.parametrize("dtype", [">f4", "<f4", ">f8", "<f8"])
def test_either_order_of_bytes_gives_the_same_in_the_order_of_this_machine(dtype):
    s = nn.softmax(np.array([0.0, 1.0], dtype))
    assert s.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(s, nn.softmax(np.array([0.0, 1.0], s.dtype)))
