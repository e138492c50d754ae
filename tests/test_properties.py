"""What the book proves for all numbers, tried on numbers that Hypothesis thinks of.

Scores reach from tiny to huge, rows may be equal or far apart, and distributions may hold zeros.
"""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import nnlib as nn

settings.register_profile("book", max_examples=25, deadline=None, derandomize=True, database=None)
settings.load_profile("book")

EPS = np.finfo(float).eps
ROWS, CLASSES = st.integers(1, 4), st.integers(1, 5)


def floats(size):
    return st.floats(-size, size, allow_subnormal=False)


@st.composite
def rows(draw, size=100.0, count=1):
    """Arrays of one shape (N, C), their entries from -size to size."""
    shape = draw(ROWS), draw(CLASSES)
    found = tuple(draw(arrays(float, shape, elements=floats(size))) for _ in range(count))
    return found if count > 1 else found[0]


@st.composite
def distributions(draw, count=1):
    """Arrays of one shape whose rows are distributions; some outcomes never happen."""
    shape = draw(ROWS), draw(CLASSES)
    weights = st.one_of(st.just(0.0), st.floats(1e-3, 1.0))
    found = []
    for _ in range(count):
        w = draw(arrays(float, shape, elements=weights))
        w[:, 0] += w.sum(axis=1) == 0
        found.append(w / w.sum(axis=1, keepdims=True))
    return tuple(found) if count > 1 else found[0]


# --------------------------------------------------------------------------- activations


@given(rows(1e6))
def test_the_sigmoid_is_its_own_mirror(z):
    np.testing.assert_allclose(nn.sigmoid(z) + nn.sigmoid(-z), 1, rtol=2 * EPS)


@given(rows(300.0))
def test_a_tanh_is_a_stretched_sigmoid(z):
    np.testing.assert_allclose(nn.tanh(z), 2 * nn.sigmoid(2 * z) - 1, atol=4 * EPS)


@given(rows(1e6))
def test_a_number_is_relu_minus_the_relu_of_its_negative(z):
    assert np.array_equal(nn.relu(z) - nn.relu(-z), z)


@given(rows(50.0, count=2))
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_a_vjp_is_linear_in_the_upstream_gradient(name, both):
    g, z = both
    a, vjp = getattr(nn, name)(z), getattr(nn, f"{name}_vjp")
    np.testing.assert_allclose(vjp(4 * g, a), 4 * vjp(g, a), rtol=4 * EPS, atol=1e-300)
    np.testing.assert_allclose(vjp(g + z, a), vjp(g, a) + vjp(z, a), rtol=0, atol=1e-13)


# ------------------------------------------------------------------------------- softmax


@given(rows(1e4))
def test_softmax_is_a_distribution_that_keeps_the_order(z):
    s = nn.softmax(z)
    assert s.min() >= 0
    np.testing.assert_allclose(s.sum(axis=1), 1, rtol=4 * EPS)
    order = z.argsort(axis=1)
    assert np.all(np.diff(np.take_along_axis(s, order, 1), axis=1) >= 0)


@given(rows(100.0), floats(1e3))
def test_a_common_shift_changes_nothing(z, c):
    shifted = z + c
    rounding = 4 * EPS * (1 + np.abs(shifted).max() + np.abs(z).max())
    np.testing.assert_allclose(nn.softmax(shifted), nn.softmax(z), atol=rounding)
    np.testing.assert_allclose(nn.log_softmax(shifted), nn.log_softmax(z), atol=2 * rounding)
    np.testing.assert_allclose(nn.logsumexp(shifted), nn.logsumexp(z) + c, atol=2 * rounding)


@given(rows(1e4))
def test_logsumexp_lies_between_the_maximum_and_log_c_above_it(z):
    m, lse = z.max(axis=1), nn.logsumexp(z)
    slack = 4 * EPS * np.maximum(1, np.abs(lse))
    assert np.all(m <= lse)
    assert np.all(lse <= m + np.log(z.shape[1]) + slack)


@given(rows(100.0, count=2), st.floats(0, 1))
def test_logsumexp_is_convex(both, t):
    a, b = both
    chord = t * nn.logsumexp(a) + (1 - t) * nn.logsumexp(b)
    assert np.all(nn.logsumexp(t * a + (1 - t) * b) <= chord + 1e-13)


@given(rows(20.0, count=2))
def test_the_jacobian_is_symmetric_sums_to_zero_and_never_bends_down(both):
    z, v = both
    J = nn.softmax_jacobian(nn.softmax(z))
    assert np.array_equal(J, np.swapaxes(J, 1, 2))
    np.testing.assert_allclose(J.sum(axis=-1), 0, atol=4 * EPS)
    form = np.einsum("ni,nij,nj->n", v, J, v)
    assert np.all(form >= -1e-13)
    assert np.all(form <= 0.5 * (v**2).sum(axis=1) + 1e-13)


@given(rows(20.0, count=2))
def test_a_vjp_is_the_transposed_jacobian_times_the_upstream_gradient(both):
    z, g = both
    s = nn.softmax(z)
    J, I = nn.softmax_jacobian(s), np.eye(z.shape[1])
    np.testing.assert_allclose(
        nn.softmax_vjp(g, s), np.einsum("nij,ni->nj", J, g), rtol=0, atol=1e-13
    )
    J_log = I - s[:, None, :]
    np.testing.assert_allclose(
        nn.log_softmax_vjp(g, np.log(s)), np.einsum("nij,ni->nj", J_log, g), rtol=0, atol=1e-13
    )


# --------------------------------------------------------------------------- information


@given(distributions(count=2))
def test_believing_something_else_never_costs_less(both):
    p, q = both
    gap = nn.kl_divergence(p, q)
    assert np.all(gap >= -4 * EPS)
    assert np.all(nn.cross_entropy(p, q) >= nn.entropy(p) - 4 * EPS)
    impossible = ((p > 0) & (q == 0)).any(axis=1)
    assert np.array_equal(np.isinf(gap), impossible)
    assert np.array_equal(np.isinf(nn.cross_entropy(p, q)), impossible)


@given(distributions(), distributions())
def test_independent_outcomes_add_their_entropies(p, q):
    p, q = p[0], q[0]
    both = np.outer(p, q).ravel()
    assert nn.entropy(both) == pytest.approx(nn.entropy(p) + nn.entropy(q), abs=1e-13)


@given(distributions(count=2), st.floats(0, 1))
def test_entropy_is_concave_and_cross_entropy_linear_in_the_truth(both, t):
    p, q = both
    mixed = t * p + (1 - t) * q
    assert np.all(nn.entropy(mixed) >= t * nn.entropy(p) + (1 - t) * nn.entropy(q) - 1e-14)
    belief = nn.smooth_labels(q, 0.5)  # holds nothing impossible
    chord = t * nn.cross_entropy(p, belief) + (1 - t) * nn.cross_entropy(q, belief)
    np.testing.assert_allclose(nn.cross_entropy(mixed, belief), chord, atol=1e-13)


@given(distributions())
def test_entropy_lies_between_nothing_and_log_c(p):
    h = nn.entropy(p)
    assert np.all(h >= 0)
    assert np.all(h <= np.log(p.shape[1]) + 4 * EPS)


# -------------------------------------------------------------------------------- losses


@st.composite
def scores_and_targets(draw, size=100.0):
    z = draw(rows(size))
    weights = draw(arrays(float, z.shape, elements=st.floats(1e-3, 1.0)))
    return z, weights / weights.sum(axis=1, keepdims=True)


@given(scores_and_targets(1e4))
def test_the_rows_of_the_fused_gradient_sum_to_zero(case):
    _, dz = nn.softmax_cross_entropy(*case)
    np.testing.assert_allclose(dz.sum(axis=1), 0, atol=4 * EPS)
    assert np.abs(dz).sum() <= 2 * (1 + 4 * EPS)  # nor can a step be longer than that


@given(scores_and_targets(20.0))
def test_fused_is_composed_where_composed_survives(case):
    z, Y = case
    s = nn.softmax(z)
    loss, dz = nn.softmax_cross_entropy(z, Y)
    composed = nn.softmax_vjp(-Y / s / len(z), s)
    assert loss == pytest.approx(nn.cross_entropy(Y, s).mean(), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(dz, composed, rtol=0, atol=1e-12)


@given(scores_and_targets(20.0), st.floats(0, 1))
def test_the_loss_is_convex_in_the_scores_and_lies_above_its_tangent(case, t):
    z, Y = case
    other = z[::-1, ::-1]
    (loss, dz), (loss_other, _) = (nn.softmax_cross_entropy(a, Y) for a in (z, other))
    between, _ = nn.softmax_cross_entropy(t * z + (1 - t) * other, Y)
    assert between <= t * loss + (1 - t) * loss_other + 1e-12
    assert loss_other >= loss + (dz * (other - z)).sum() - 1e-12


@given(scores_and_targets(1e3), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_classes_is_a_name_only(case, random):
    z, Y = case
    loss, dz = nn.softmax_cross_entropy(z, Y)
    n, c = (random.sample(range(size), size) for size in z.shape)
    again, moved = nn.softmax_cross_entropy(z[n][:, c], Y[n][:, c])
    assert again == pytest.approx(loss, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(moved, dz[n][:, c], rtol=1e-12, atol=1e-15)


@given(rows(100.0), st.data())
def test_a_label_is_a_distribution_that_is_certain(z, data):
    y = data.draw(arrays(int, len(z), elements=st.integers(0, z.shape[1] - 1)))
    loss, dz = nn.softmax_cross_entropy(z, y)
    loss_rows, dz_rows = nn.softmax_cross_entropy(z, nn.one_hot(y, z.shape[1]))
    assert loss == pytest.approx(loss_rows, rel=1e-14, abs=1e-14)
    np.testing.assert_allclose(dz, dz_rows, rtol=0, atol=EPS)


@given(distributions(), st.floats(0, 1))
def test_smoothing_keeps_a_distribution_and_its_order(Y, alpha):
    smooth = nn.smooth_labels(Y, alpha)
    np.testing.assert_allclose(smooth.sum(axis=1), 1, rtol=4 * EPS)
    assert smooth.min() >= alpha / Y.shape[1] * (1 - EPS)
    assert np.all(nn.entropy(smooth) >= nn.entropy(Y) - 4 * EPS)


# ---------------------------------------------------------------- layers and optimisers


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=2, max_size=4), ROWS)
def test_backward_is_the_transpose_of_the_slope_of_forward(seed, widths, N):
    """For random directions u in and g out, <g, J u> = <J^T g, u>."""
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in itertools.pairwise(widths):
        layers += [nn.Linear(n_in, n_out, rng=rng), nn.Tanh()]
    net = nn.Sequential(*layers)
    x, u = rng.standard_normal((2, N, widths[0]))
    g = rng.standard_normal((N, widths[-1]))
    h = 1e-5
    slope = (net.forward(x + h * u) - net.forward(x - h * u)) / (2 * h)
    net.forward(x)
    dx = net.backward(g)
    assert (g * slope).sum() == pytest.approx((dx * u).sum(), abs=1e-8)


@given(st.floats(1e-3, 1e3), st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("name", ["Adam", "RMSprop"])
def test_a_step_does_not_depend_on_the_unit_of_the_loss(name, unit, seed):
    """Up to eps, which is why eps must be small."""
    gradients = np.random.default_rng(seed).standard_normal((5, 3))
    paths = []
    for scale in (1.0, unit):
        params, optimizer = np.zeros(3), getattr(nn, name)(0.1, eps=1e-12)
        for g in gradients:
            optimizer.update(params, scale * g)
        paths.append(params)
    assume(np.abs(gradients).min() > 1e-3)
    np.testing.assert_allclose(*paths, rtol=1e-6)


@given(st.floats(0, 0.99), st.integers(1, 6))
def test_without_memory_every_momentum_is_gradient_descent(mu, steps):
    plain, heavy, ahead = np.zeros((3, 2))
    rules = nn.SGD(0.1), nn.Momentum(0.1, 0.0), nn.Momentum(0.1, 0.0, nesterov=True)
    for t in range(steps):
        for rule, params in zip(rules, (plain, heavy, ahead), strict=True):
            rule.update(params, np.array([mu, t]))
    assert np.array_equal(plain, heavy)
    assert np.array_equal(plain, ahead)
