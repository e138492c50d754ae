"""The loss and its gradient, against loops that are written as the book writes the formulas."""

import math

import mpmath
import numpy as np
import pytest

import nnlib as nn

SCALES = pytest.mark.parametrize("scale", [1, 30, 1000], ids="scores of {}".format)


def loop_loss(z, y):
    """Mean cross-entropy of the rows of scores against target rows of any sum, in 60 digits."""
    with mpmath.workdps(60):
        total = mpmath.mpf(0)
        for z_n, y_n in zip(z, y, strict=True):
            log_sum = mpmath.log(mpmath.fsum(mpmath.exp(z_nk) for z_nk in z_n))
            for z_nj, y_nj in zip(z_n, y_n, strict=True):
                total += y_nj * (log_sum - z_nj)
        return float(total / len(z))


def loop_gradient(z, y):
    dz = np.zeros(np.shape(z))
    with mpmath.workdps(60):
        for n, (z_n, y_n) in enumerate(zip(z, y, strict=True)):
            total = mpmath.fsum(mpmath.exp(z_nk) for z_nk in z_n)
            for j, (z_nj, y_nj) in enumerate(zip(z_n, y_n, strict=True)):
                dz[n, j] = (mpmath.exp(z_nj) / total - mpmath.mpf(y_nj)) / len(z)
    return dz


def labels_and_targets(rng, N, C):
    """Labels, the same one-hot, and uncertain targets, each with the rows that they stand for."""
    y = rng.integers(C, size=N)
    certain, uncertain = np.eye(C)[y], rng.dirichlet(np.ones(C), size=N)
    return [(y, certain), (certain, certain), (uncertain, uncertain)]


# ---------------------------------------------------------------- the formulas


@SCALES
@pytest.mark.equation("softmax-cross-entropy")
def test_loss_is_the_mean_over_the_rows_of_the_information_of_the_targets(scale, rng):
    z = scale * rng.standard_normal((6, 4))
    for y, rows in labels_and_targets(rng, 6, 4):
        loss, _ = nn.softmax_cross_entropy(z, y)
        assert loss == pytest.approx(loop_loss(z, rows), rel=1e-13)


@SCALES
@pytest.mark.equation("fused-gradient")
def test_gradient_is_believed_minus_true_over_the_number_of_rows(scale, rng):
    z = scale * rng.standard_normal((6, 4))
    for y, rows in labels_and_targets(rng, 6, 4):
        _, dz = nn.softmax_cross_entropy(z, y)
        assert dz == pytest.approx(loop_gradient(z, rows), rel=1e-12, abs=1e-16)


@SCALES
@pytest.mark.equation("fused-gradient")
def test_loss_and_gradient_are_one_pair(scale, rng):
    z = scale * rng.standard_normal((5, 3))
    for y, _ in labels_and_targets(rng, 5, 3):
        dz = nn.softmax_cross_entropy(z, y)[1]
        nn.gradcheck(lambda z, y=y: nn.softmax_cross_entropy(z, y)[0], z, dz)


@pytest.mark.equation("one-hot")
def test_one_hot_is_one_at_the_label_and_zero_elsewhere(rng):
    y = rng.integers(5, size=20)
    Y = nn.one_hot(y, 5)
    for n in range(20):
        for j in range(5):
            assert Y[n, j] == (1.0 if j == y[n] else 0.0)


@pytest.mark.parametrize("a", [0.0, 0.1, 0.75, 1.0])
@pytest.mark.equation("smooth-labels")
def test_smooth_labels_share_a_fraction_among_all_classes(a, rng):
    Y = rng.dirichlet(np.ones(4), size=6)
    smooth = nn.smooth_labels(Y, a)
    for n in range(6):
        for j in range(4):
            assert smooth[n, j] == pytest.approx((1 - a) * Y[n, j] + a / 4, rel=1e-15)
    assert smooth.sum(axis=1) == pytest.approx(np.ones(6), rel=1e-15)


# ---------------------------------------------------------------- the routes to s - y


@pytest.mark.parametrize("soft", [False, True])
def test_three_routes_lead_to_the_same_gradient(soft, rng):
    z = 3 * rng.standard_normal((6, 4))
    Y = rng.dirichlet(np.ones(4), size=6) if soft else np.eye(4)[rng.integers(4, size=6)]
    s, log_s = nn.softmax(z), nn.log_softmax(z)
    matrices = np.einsum("nij,ni->nj", nn.softmax_jacobian(s), -Y / s) / 6
    _, dz = nn.softmax_cross_entropy(z, Y)
    assert dz == pytest.approx(matrices, abs=1e-15)
    assert dz == pytest.approx(nn.softmax_vjp(-Y / s / 6, s), abs=1e-15)
    assert dz == pytest.approx(nn.log_softmax_vjp(-Y / 6, log_s), abs=1e-15)


def test_targets_of_another_sum_give_another_gradient(rng):
    z, y = rng.standard_normal((1, 4)), rng.random((1, 4))
    t = y.sum()
    numerical = nn.numerical_gradient(lambda z: -(y * nn.log_softmax(z)).sum(), z)
    assert t * nn.softmax(z) - y == pytest.approx(numerical, abs=1e-9)
    with pytest.raises(ValueError, match="sum to 1"):
        nn.softmax_cross_entropy(z, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gap", [50, 120, 800, 10_000])
def test_the_worst_mistake_gets_the_full_gradient(gap, dtype):
    loss, dz = nn.softmax_cross_entropy(np.array([[0, gap]], dtype), [0])
    assert loss == gap
    assert dz.tolist() == [[-1.0, 1.0]]


# ---------------------------------------------------------------- what s - y is like


def test_each_row_of_the_gradient_sums_to_zero(rng):
    z = 10 * rng.standard_normal((8, 5))
    for y, _ in labels_and_targets(rng, 8, 5):
        assert np.abs(nn.softmax_cross_entropy(z, y)[1].sum(axis=1)).max() < 1e-16


def test_the_whole_push_is_twice_the_doubt_about_the_truth(rng):
    z, y = 3 * rng.standard_normal((8, 5)), rng.integers(5, size=8)
    push = np.abs(nn.softmax_cross_entropy(z, y)[1]).sum(axis=1)
    doubt = 1 - nn.softmax(z)[np.arange(8), y]
    assert push == pytest.approx(2 * doubt / 8, abs=1e-15)


@pytest.mark.parametrize("C", [2, 3, 10])
def test_zero_scores_cost_log_c(C, rng):
    z = np.zeros((4, C))
    for y, _ in labels_and_targets(rng, 4, C):
        assert nn.softmax_cross_entropy(z, y)[0] == pytest.approx(math.log(C), rel=1e-15)


def test_repeating_every_row_changes_neither_loss_nor_weight_gradient(rng):
    x, W, b = rng.standard_normal((5, 2)), rng.standard_normal((2, 3)), rng.standard_normal(3)
    y = rng.integers(3, size=5)

    def loss_and_dW(x, y):
        loss, dz = nn.softmax_cross_entropy(nn.affine(x, W, b), y)
        return loss, nn.affine_vjp(dz, x, W)[1]

    once, twice = loss_and_dW(x, y), loss_and_dW(np.repeat(x, 2, axis=0), np.repeat(y, 2))
    assert twice[0] == pytest.approx(once[0], rel=1e-14)
    assert twice[1] == pytest.approx(once[1], rel=1e-13)


def test_two_classes_are_a_sigmoid_of_the_difference(rng):
    z, y = 3 * rng.standard_normal((7, 2)), rng.integers(2, size=7)
    a = nn.sigmoid(z[:, 1] - z[:, 0])
    loss, dz = nn.softmax_cross_entropy(z, y)
    assert loss == pytest.approx(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)), rel=1e-14)
    assert dz == pytest.approx(np.stack([y - a, a - y], axis=1) / 7, abs=1e-16)


def test_softmax_taken_twice_has_a_floor_that_no_scores_get_below(rng):
    y = rng.integers(4, size=50)
    floor = math.log(1 + 3 / math.e)
    certain = nn.softmax_cross_entropy(np.eye(4)[y], y)[0]  # probabilities in place of scores
    assert certain == pytest.approx(floor, rel=1e-14)
    for scale in (1, 10, 100):
        s = nn.softmax(scale * rng.standard_normal((50, 4)))
        assert nn.softmax_cross_entropy(s, y)[0] > floor


# ---------------------------------------------------------------- curvature


def test_second_derivatives_in_the_scores_are_the_softmax_jacobian(rng):
    z = rng.standard_normal((1, 4))
    for y in ([2], rng.dirichlet(np.ones(4), size=1)):
        H = nn.numerical_jacobian(lambda z, y=y: nn.softmax_cross_entropy(z, y)[1], z)
        J = nn.softmax_jacobian(nn.softmax(z[0]))
        assert H.reshape(4, 4) == pytest.approx(J, abs=1e-9)


def affine_problem(rng, scale=1.0):
    x, y = scale * rng.standard_normal((6, 2)), rng.integers(3, size=6)

    def loss_and_dW(W):
        loss, dz = nn.softmax_cross_entropy(x @ W, y)
        return loss, x.T @ dz

    return x, loss_and_dW


def test_hessian_of_the_weights_is_a_mean_of_kronecker_products(rng):
    x, loss_and_dW = affine_problem(rng)
    W = rng.standard_normal((2, 3))
    J = nn.softmax_jacobian(nn.softmax(x @ W))
    H = np.zeros((2, 3, 2, 3))
    for n in range(6):
        for i, j, k, m in np.ndindex(H.shape):
            H[i, j, k, m] += x[n, i] * x[n, k] * J[n, j, m] / 6
    kron = sum(np.kron(np.outer(x_n, x_n), J_n) for x_n, J_n in zip(x, J, strict=True)) / 6
    assert kron.reshape(H.shape) == pytest.approx(H, abs=1e-15)
    assert nn.numerical_jacobian(lambda W: loss_and_dW(W)[1], W) == pytest.approx(H, abs=1e-8)
    eigenvalues = np.linalg.eigvalsh(kron)
    assert eigenvalues.min() > -1e-15
    assert eigenvalues.max() <= np.linalg.eigvalsh(x.T @ x / 6).max() / 2


def test_curvature_along_a_direction_is_a_mean_of_variances(rng):
    x, loss_and_dW = affine_problem(rng)
    W, V = rng.standard_normal((2, 2, 3))
    s, v = nn.softmax(x @ W), x @ V
    variance = (s * (v - (s * v).sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    slope = nn.numerical_gradient(lambda t: (loss_and_dW(W + t * V)[1] * V).sum(), np.array(0.0))
    assert slope == pytest.approx(variance.mean(), rel=1e-8)
    Hv = x.T @ nn.softmax_vjp(v, s) / 6
    assert (Hv * V).sum() == pytest.approx(variance.mean(), rel=1e-13)


@pytest.mark.parametrize("scale", [1, 30])
def test_the_loss_lies_below_its_chords_and_above_its_tangents(scale, rng):
    _, loss_and_dW = affine_problem(rng, scale)
    for _ in range(100):
        W, V, t = *rng.standard_normal((2, 2, 3)), rng.random()
        (start, dW), (end, _) = loss_and_dW(W), loss_and_dW(V)
        assert loss_and_dW(W + t * (V - W))[0] <= (1 - t) * start + t * end + 1e-12
        assert end >= start + (dW * (V - W)).sum() - 1e-12


# ---------------------------------------------------------------- where the minimum is


def test_no_scores_cost_less_than_the_entropy_of_the_targets(rng):
    Y = rng.dirichlet(np.ones(4), size=6)
    floor = nn.entropy(Y).mean()
    loss, dz = nn.softmax_cross_entropy(np.log(Y) + 7.0, Y)
    assert loss == pytest.approx(floor, rel=1e-14)
    assert np.abs(dz).max() < 1e-16
    for _ in range(100):
        assert nn.softmax_cross_entropy(rng.standard_normal((6, 4)), Y)[0] > floor


@pytest.mark.parametrize(("a", "C"), [(0.1, 3), (0.1, 10), (0.5, 2)])
def test_smoothed_labels_ask_for_a_finite_gap_between_the_scores(a, C):
    Y = nn.smooth_labels(np.eye(C), a)
    gap = math.log(1 + C * (1 - a) / a)
    loss, dz = nn.softmax_cross_entropy(gap * np.eye(C), Y)
    assert np.abs(dz).max() < 1e-15
    assert loss == pytest.approx(nn.entropy(Y).mean(), rel=1e-14)
    too_far = nn.softmax_cross_entropy((gap + 1) * np.eye(C), Y)[1]
    assert np.all(np.diag(too_far) > 0)  # uphill: the true class is pushed back down


def test_certain_labels_ask_for_an_infinite_gap():
    gaps = np.arange(0, 30)
    losses = [nn.softmax_cross_entropy([[float(g), 0.0]], [0])[0] for g in gaps]
    assert np.all(np.diff(losses) < 0)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("z", [[0.0, 1.0], 3.0, np.zeros((2, 2, 2))])
def test_scores_that_are_no_matrix_are_an_error(z):
    with pytest.raises(ValueError, match=r"z: expected a non-empty array of shape \(N, C\)"):
        nn.softmax_cross_entropy(z, [0])


def test_the_message_names_the_shape_that_was_expected():
    with pytest.raises(ValueError, match=r"expected shape \(3,\) for scores \(3, 2\), got \(2,\)"):
        nn.softmax_cross_entropy(np.zeros((3, 2)), [0, 1])
    with pytest.raises(ValueError, match=r"expected shape \(3, 2\) .*, got \(3, 4\)"):
        nn.softmax_cross_entropy(np.zeros((3, 2)), np.full((3, 4), 0.25))


def test_smoothing_rows_that_are_no_distribution_is_an_error():
    with pytest.raises(ValueError, match="Y: expected rows that sum to 1"):
        nn.smooth_labels([[0.5, 0.4]], 0.1)
    with pytest.raises(ValueError, match=r"Y: expected a non-empty array of shape \(N, C\)"):
        nn.smooth_labels([0.5, 0.5], 0.1)


def test_one_hot_of_labels_that_are_no_integers_is_an_error():
    with pytest.raises(TypeError, match="y: expected integer labels, got dtype float64"):
        nn.one_hot([0.0, 1.0], 2)
    with pytest.raises(ValueError, match=r"y: expected labels of shape \(N,\), got \(2, 1\)"):
        nn.one_hot([[0], [1]], 2)


def test_squares_in_float32_are_added_in_float64():
    """In float32 the two ones would be lost beside 4096 squared, which is 2 to the 24th."""
    loss, da = nn.squared_error(np.array([[4096, 1, 1]], np.float32), np.zeros((1, 3), np.float32))
    assert loss == (2**24 + 2) / 2
    assert da.dtype == np.float32


def test_the_gradient_of_the_squared_error_has_the_dtype_of_the_output():
    _, da = nn.squared_error(np.float32([[0.5]]), np.float64([[0.25]]))
    assert da.dtype == np.float32


def test_the_mean_of_equal_losses_is_that_loss_in_float32_too():
    """Added up in float64, so that a large batch loses nothing."""
    loss, _ = nn.softmax_cross_entropy(np.zeros((30_000, 3), np.float32), np.zeros(30_000, int))
    assert loss == pytest.approx(float(np.log(np.float32(3))), rel=1e-13)


def test_masked_labels_are_refused_by_name():
    with pytest.raises(TypeError, match=r"^y: expected a plain array, got a masked one"):
        nn.softmax_cross_entropy(np.zeros((2, 3)), np.ma.array([0, 1]))
