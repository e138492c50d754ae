"""The optimisers: formulas unrolled in loops, PyTorch's paths, and what the chapter claims."""

import json
import math
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
import torch_trajectories as reference

import nnlib as nn
from nnlib.optim import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop

ALL = {
    "SGD": lambda: SGD(lr=0.1),
    "Momentum": lambda: Momentum(lr=0.1),
    "Nesterov": lambda: Momentum(lr=0.1, nesterov=True),
    "RMSprop": lambda: RMSprop(lr=0.1),
    "Adam": lambda: Adam(lr=0.1),
    "AdamW": lambda: AdamW(lr=0.1, weight_decay=0.3),
}
EVERY = pytest.mark.parametrize("new", ALL.values(), ids=ALL)


@pytest.fixture
def gradients(rng) -> np.ndarray:
    """Thirty gradients of four parameters, of very different sizes."""
    return rng.standard_normal((30, 4)) * [1e-6, 0.1, 1.0, 1e4]


def walk(optimizer: Optimizer, w0, gradients, rates=None) -> np.ndarray:
    """Return where the optimiser stands after each of the gradients."""
    w, path = np.array(w0, dtype=float), []
    for t, g in enumerate(np.asarray(gradients)):
        optimizer.lr = optimizer.lr if rates is None else rates[t]
        optimizer.update(w, g)
        path.append(w.copy())
    return np.array(path)


W0 = [2.0, -1.0, 0.5, 30.0]
RATES = [0.1 if t < 10 else 0.01 for t in range(30)]  # as a schedule would have it


def loop(gradients, new_value) -> np.ndarray:
    """Call ``new_value(w, g_1 ... g_t, eta_t)`` for every parameter and step, in plain numbers."""
    path = np.zeros(gradients.shape)
    for i in range(gradients.shape[1]):
        w = W0[i]
        for t in range(1, len(gradients) + 1):
            w = new_value(w, [float(g) for g in gradients[:t, i]], RATES[t - 1])
            path[t - 1, i] = w
    return path


def weighted_sum(values, factor):
    """The sum of factor^(t - k) times the k-th value, k = 1 ... t."""
    t = len(values)
    return sum(factor ** (t - k) * values[k - 1] for k in range(1, t + 1))


def same(path, expected):
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-14)


# The formulas of the chapter


@pytest.mark.equation("sgd")
def test_sgd_steps_against_the_gradient(gradients):
    expected = loop(gradients, lambda w, g, eta: w - eta * g[-1])
    same(walk(SGD(lr=0.1), W0, gradients, RATES), expected)


@pytest.mark.equation("momentum")
def test_momentum_sums_past_gradients(gradients):
    expected = loop(gradients, lambda w, g, eta: w - eta * weighted_sum(g, 0.9))
    same(walk(Momentum(lr=0.1, momentum=0.9), W0, gradients, RATES), expected)


@pytest.mark.equation("nesterov")
def test_nesterov_adds_the_gradient_to_the_next_velocity(gradients):
    expected = loop(gradients, lambda w, g, eta: w - eta * (g[-1] + 0.8 * weighted_sum(g, 0.8)))
    same(walk(Momentum(lr=0.1, momentum=0.8, nesterov=True), W0, gradients, RATES), expected)


@pytest.mark.equation("rmsprop")
def test_rmsprop_divides_by_the_running_root_mean_square(gradients):
    def new_value(w, g, eta):
        mean_square = (1 - 0.7) * weighted_sum([x * x for x in g], 0.7)
        return w - eta * g[-1] / (math.sqrt(mean_square) + 1e-6)

    same(walk(RMSprop(lr=0.1, rho=0.7, eps=1e-6), W0, gradients, RATES), loop(gradients, new_value))


def adam_step(g, beta1, beta2, eps):
    t = len(g)
    m_hat = (1 - beta1) / (1 - beta1**t) * weighted_sum(g, beta1)
    r_hat = (1 - beta2) / (1 - beta2**t) * weighted_sum([x * x for x in g], beta2)
    return m_hat / (math.sqrt(r_hat) + eps)


@pytest.mark.equation("adam")
def test_adam_is_the_corrected_mean_over_the_corrected_root(gradients):
    expected = loop(gradients, lambda w, g, eta: w - eta * adam_step(g, 0.8, 0.95, 1e-6))
    same(walk(Adam(lr=0.1, beta1=0.8, beta2=0.95, eps=1e-6), W0, gradients, RATES), expected)


@pytest.mark.equation("adamw")
def test_adamw_shrinks_the_weight_and_then_steps(gradients):
    expected = loop(
        gradients, lambda w, g, eta: (1 - eta * 0.3) * w - eta * adam_step(g, 0.9, 0.999, 1e-8)
    )
    same(walk(AdamW(lr=0.1, weight_decay=0.3), W0, gradients, RATES), expected)


def test_adam_is_algorithm_1_of_its_paper(gradients):
    def algorithm_1(theta, gs, alpha, beta1, beta2, epsilon):
        m = v = t = 0.0
        for g in gs:
            t = t + 1
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            m_hat = m / (1 - beta1**t)
            v_hat = v / (1 - beta2**t)
            theta = theta - alpha * m_hat / (math.sqrt(v_hat) + epsilon)
        return theta

    expected = [algorithm_1(W0[i], gradients[:, i], 0.1, 0.9, 0.999, 1e-8) for i in range(4)]
    same(walk(Adam(lr=0.1), W0, gradients)[-1], expected)


# PyTorch


def gradient(w):
    """The gradient of `reference.loss`, by hand."""
    g = np.array(reference.CURVATURES) * w
    slope = np.cos(w[:-1] * w[1:])
    g[:-1] += slope * w[1:]
    g[1:] += slope * w[:-1]
    return g


OURS = {
    "SGD": lambda: SGD(lr=0.05),
    "Momentum": lambda: Momentum(lr=0.02, momentum=0.9),
    "Nesterov": lambda: Momentum(lr=0.02, momentum=0.9, nesterov=True),
    "RMSprop": lambda: RMSprop(lr=0.05, rho=0.9, eps=1e-8),
    "RMSprop, large eps": lambda: RMSprop(lr=0.05, rho=0.99, eps=0.1),
    "Adam": lambda: Adam(lr=0.1),
    "Adam, large eps": lambda: Adam(lr=0.1, beta1=0.8, beta2=0.95, eps=0.1),
    "AdamW": lambda: AdamW(lr=0.1, weight_decay=0.5),
}
STORED = json.loads(reference.STORED.read_text("utf-8"))


def follow(name):
    """Walk as `reference.walk` does, with our optimiser."""
    optimizer, w, path = OURS[name](), np.array(reference.START), []
    for step in range(reference.STEPS):
        if step == reference.DROP:
            optimizer.lr *= 0.1
        optimizer.update(w, gradient(w))
        path.append(w.copy())
    return path


def test_no_path_is_left_out():
    assert set(STORED) - {"torch"} == set(reference.WALKS) == set(OURS)
    assert all(np.shape(STORED[name]) == (50, 4) for name in OURS)


@pytest.mark.parametrize("name", OURS)
def test_fifty_steps_follow_the_stored_path_of_pytorch(name):
    np.testing.assert_allclose(follow(name), STORED[name], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", OURS)
def test_fifty_steps_follow_pytorch(name):
    pytest.importorskip("torch", reason="PyTorch is not installed; its stored paths are compared")
    path = reference.walk(name)
    np.testing.assert_allclose(follow(name), path, rtol=0, atol=1e-10)
    np.testing.assert_allclose(STORED[name], path, rtol=0, atol=1e-10)  # it was this function


# In place, in the dtype of the parameters, with a memory of its own


@EVERY
def test_parameters_change_in_place_and_gradients_do_not(new, rng):
    whole = rng.standard_normal(6)
    before, g = whole.copy(), rng.standard_normal(4)
    kept = g.copy()
    optimizer = new()
    for _ in range(3):
        assert optimizer.update(whole[1:5], g) is None  # a view, as in a layer
        np.testing.assert_array_equal(g, kept)
    assert (whole[1:5] != before[1:5]).all()
    np.testing.assert_array_equal(whole[[0, 5]], before[[0, 5]])


@EVERY
def test_the_caller_may_reuse_the_array_of_the_gradient(new, rng):
    gs, w, v, buffer = rng.standard_normal((5, 3)), np.ones(3), np.ones(3), np.empty(3)
    a, b = new(), new()
    for g in gs:
        buffer[...] = g  # as Sequential does with `grads`
        a.update(w, buffer)
        b.update(v, g)
    np.testing.assert_array_equal(w, v)


@EVERY
def test_float32_stays_float32(new, rng):
    w = rng.standard_normal(5).astype(np.float32)
    optimizer = new()
    for _ in range(3):
        optimizer.update(w, rng.standard_normal(5).astype(np.float32))
    assert w.dtype == np.float32
    assert optimizer._direction(np.ones(5, np.float32)).dtype == np.float32


@EVERY
def test_two_optimisers_share_no_memory(new, rng):
    gs = rng.standard_normal((5, 3))
    alone = walk(new(), [1, 2, 3], gs)
    a, b, w, v = new(), new(), np.array([1.0, 2.0, 3.0]), np.zeros(3)
    for g, expected in zip(gs, alone, strict=True):
        b.update(v, 7 * g)
        a.update(w, g)
        np.testing.assert_array_equal(w, expected)


@EVERY
def test_each_parameter_is_treated_by_itself(new, rng):
    gs = rng.standard_normal((5, 3))
    together = walk(new(), [1, 2, 3], gs)
    for i in range(3):
        np.testing.assert_array_equal(walk(new(), [i + 1], gs[:, [i]])[:, 0], together[:, i])


@EVERY
def test_a_matrix_steps_like_its_entries_in_a_row(new, rng):
    gs = rng.standard_normal((4, 6))
    flat = walk(new(), np.arange(6), gs)[-1]
    matrix = walk(new(), np.arange(6).reshape(2, 3), gs.reshape(4, 2, 3))[-1]
    np.testing.assert_array_equal(matrix.ravel(), flat)


@EVERY
def test_a_network_is_trained_through_its_one_vector(new, rng):
    net = nn.Sequential(nn.Linear(3, 2, rng=rng))
    W = net.layers[0].params["W"]
    before = W.copy()
    _, dz = nn.softmax_cross_entropy(net.forward(rng.standard_normal((5, 3))), [0, 1, 1, 0, 1])
    net.backward(dz)
    new().update(net.params, net.grads)
    assert np.all(before != W)


# Errors


@pytest.mark.parametrize("wrong", [0, -0.1, math.nan])
@pytest.mark.parametrize("optimizer", [SGD, Momentum, RMSprop, Adam, AdamW])
def test_a_rate_must_be_positive(optimizer, wrong):
    with pytest.raises(ValueError, match="lr: expected a positive number below infinity, got"):
        optimizer(lr=wrong)


@pytest.mark.parametrize("wrong", [0, -1e-8, math.nan])
@pytest.mark.parametrize("optimizer", [RMSprop, Adam, AdamW])
def test_eps_must_be_positive(optimizer, wrong):
    with pytest.raises(ValueError, match="eps: expected a positive number below infinity, got"):
        optimizer(lr=0.1, eps=wrong)


@pytest.mark.parametrize("wrong", [1, -0.1, 1.5, math.nan])
@pytest.mark.parametrize(
    ("optimizer", "name"),
    [(Momentum, "momentum"), (RMSprop, "rho"), (Adam, "beta1"), (Adam, "beta2"), (AdamW, "beta1")],
)
def test_what_survives_a_step_is_less_than_all(optimizer, name, wrong):
    with pytest.raises(ValueError, match=f"{name}: expected a number from 0 to below 1, got"):
        optimizer(lr=0.1, **{name: wrong})


@pytest.mark.parametrize("wrong", [-0.1, math.nan])
def test_weight_decay_is_not_negative(wrong):
    with pytest.raises(
        ValueError, match="weight_decay: expected a number from 0 to below infinity, got"
    ):
        AdamW(lr=0.1, weight_decay=wrong)


@EVERY
def test_gradients_must_have_the_shape_of_the_parameters(new):
    w = np.ones(3)
    with pytest.raises(ValueError, match=r"expected .* shape \(3,\), got \(3,\) and \(1,\)"):
        new().update(w, np.ones(1))  # NumPy would broadcast it
    np.testing.assert_array_equal(w, np.ones(3))


@EVERY
@pytest.mark.parametrize(("first", "second"), [((3,), (1,)), ((), (2,))])
def test_an_optimiser_belongs_to_parameters_of_one_shape(new, first, second):
    optimizer = new()
    optimizer.update(np.ones(first), np.ones(first))
    with pytest.raises(ValueError, match="expected params and grads of shape"):
        optimizer.update(np.ones(second), np.ones(second))


# Weight decay


def test_adamw_decays_only_where_it_is_told_to(gradients):
    where = np.array([True, False, True, False])
    path = walk(AdamW(lr=0.1, weight_decay=0.3, where=where), W0, gradients)
    np.testing.assert_array_equal(path[:, ~where], walk(Adam(lr=0.1), W0, gradients)[:, ~where])
    everywhere = walk(AdamW(lr=0.1, weight_decay=0.3), W0, gradients)
    np.testing.assert_array_equal(path[:, where], everywhere[:, where])


def test_adamw_takes_the_mask_of_a_network(rng):
    net = nn.Sequential(nn.Linear(3, 2, rng=rng))
    net.params[...] = 1.0
    AdamW(lr=0.1, weight_decay=0.5, where=net.weights).update(net.params, np.zeros(8))
    np.testing.assert_allclose(net.layers[0].params["W"], 0.95)
    np.testing.assert_array_equal(net.layers[0].params["b"], [1, 1])


def test_adamw_refuses_indices_and_a_mask_of_another_network():
    for indices in (np.array([0, 2], dtype=np.int64), [0, 2], "W"):
        with pytest.raises(TypeError, match="where: expected a mask, an array of bool, got"):
            AdamW(lr=0.1, where=indices)
    w = np.ones(3)
    with pytest.raises(ValueError, match=r"where: expected shape \(3,\), got \(1,\)"):
        AdamW(lr=0.1, where=np.array([True])).update(w, np.ones(3))
    np.testing.assert_array_equal(w, np.ones(3))


def with_l2(optimizer, w0, gradients, c):
    """The gradient of the penalised loss: c w is added before the optimiser sees it."""
    w = np.array(w0, dtype=float)
    for g in gradients:
        optimizer.update(w, g + c * w)
    return w


def test_adamw_without_decay_is_adam(gradients):
    plain = walk(Adam(lr=0.1), W0, gradients)
    np.testing.assert_array_equal(walk(AdamW(lr=0.1, weight_decay=0), W0, gradients), plain)


def test_in_gradient_descent_a_penalty_is_a_decay(gradients):
    shrunk = np.array(W0)
    for g in gradients:
        shrunk *= 1 - 0.1 * 0.3
        shrunk -= 0.1 * g
    same(with_l2(SGD(lr=0.1), W0, gradients, 0.3), shrunk)


def test_through_adam_a_penalty_spares_parameters_with_large_gradients():
    gradients = np.array([[10.0, 0.1], [-10.0, -0.1]] * 200)
    penalty = with_l2(Adam(lr=0.001), [1, 1], gradients, 0.1)
    decay = walk(AdamW(lr=0.001, weight_decay=0.1), [1, 1], gradients)[-1]
    assert decay[0] == pytest.approx(decay[1], abs=1e-3)  # alike, whatever the gradients
    assert penalty[0] > 0.99  # hardly touched
    assert penalty[1] < 0.8


# Gradient descent on a quadratic


def descend(optimizer, curvatures, w0, steps):
    w, path = np.array(w0, dtype=float), [np.array(w0, dtype=float)]
    for _ in range(steps):
        optimizer.update(w, curvatures * w)
        path.append(w.copy())
    return np.array(path)


@pytest.mark.parametrize("lr", [0.05, 0.1, 2 / 11, 0.2, 0.25])
def test_on_a_quadratic_each_eigendirection_shrinks_by_its_own_factor(lr, rng):
    Q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    curvatures = np.array([1.0, 4.0, 10.0])
    H = Q @ np.diag(curvatures) @ Q.T
    w, optimizer = Q @ [10.0, 3.0, 1.0], SGD(lr=lr)
    for t in range(1, 21):
        optimizer.update(w, H @ w)
        expected = Q @ ((1 - lr * curvatures) ** t * [10.0, 3.0, 1.0])
        np.testing.assert_allclose(w, expected, rtol=1e-9, atol=1e-9)


def test_above_two_over_the_curvature_descent_climbs():
    curvatures = np.array([1.0, 10.0])
    below = descend(SGD(lr=0.199), curvatures, [10, 1], 600)
    above = descend(SGD(lr=0.201), curvatures, [10, 1], 600)
    assert np.abs(below[-1]).max() < 0.01
    assert np.abs(above[-1]).max() > 100


@pytest.mark.parametrize("kappa", [3.0, 10.0, 100.0])
def test_the_best_rate_shrinks_both_ends_by_the_same_factor(kappa):
    best = (kappa - 1) / (kappa + 1)
    path = descend(SGD(lr=2 / (1 + kappa)), np.array([1.0, kappa]), [1, 1], 10)
    np.testing.assert_allclose(np.abs(path[-1]), best**10, rtol=1e-9)
    for lr in (1.9 / (1 + kappa), 2.1 / (1 + kappa)):
        assert np.abs(1 - lr * np.array([1.0, kappa])).max() > best


# Momentum


def test_the_velocity_grows_to_ten_gradients_and_alternation_cancels():
    steady = walk(Momentum(lr=1.0, momentum=0.9), [0], np.ones((300, 1)))
    assert steady[-2, 0] - steady[-1, 0] == pytest.approx(1 / (1 - 0.9))
    to_and_fro = walk(Momentum(lr=1.0, momentum=0.9), [0], np.array([[1.0], [-1.0]] * 150))
    assert abs(to_and_fro[-2, 0] - to_and_fro[-1, 0]) == pytest.approx(1 / (1 + 0.9))


def contraction(path):
    """The factor per step, from the sizes of (w, previous w) a thousand steps apart."""
    size = np.hypot(path[1:], path[:-1])
    return (size[-1] / size[-1001]) ** (1 / 1000)


def largest_root(trace, mu):
    return np.abs(np.roots([1, -trace, mu])).max()


@pytest.mark.parametrize("x", [0.001, 0.01, 0.1, 1.0, 3.0, 3.7])
def test_the_heavy_ball_shrinks_by_the_root_of_its_momentum(x):
    path = descend(Momentum(lr=1.0, momentum=0.9), np.array([x]), [1.0], 1100)[:, 0]
    assert contraction(path) == pytest.approx(largest_root(1 + 0.9 - x, 0.9), rel=2e-3)
    swings = (1 - math.sqrt(0.9)) ** 2 < x < (1 + math.sqrt(0.9)) ** 2
    assert (largest_root(1 + 0.9 - x, 0.9) == pytest.approx(math.sqrt(0.9))) == swings


def test_the_heavy_ball_obeys_its_recurrence():
    w = descend(Momentum(lr=0.3, momentum=0.8), np.array([2.0]), [1.0], 30)[:, 0]
    np.testing.assert_allclose(w[2:], (1 + 0.8 - 0.3 * 2) * w[1:-1] - 0.8 * w[:-2], atol=1e-12)


def test_nesterov_on_a_quadratic_has_less_momentum_where_it_is_steeper():
    x, mu = 0.5, 0.9
    path = descend(Momentum(lr=1.0, momentum=mu, nesterov=True), np.array([x]), [1.0], 1100)[:, 0]
    less = mu * (1 - x)
    assert contraction(path) == pytest.approx(largest_root(1 + less - x, less), rel=2e-3)
    assert largest_root(1 + less - x, less) == pytest.approx(math.sqrt(less))


def test_nesterov_is_the_gradient_at_the_point_ahead():
    mu, lr, w, v = 0.9, 0.02, np.array(reference.START), np.zeros(4)
    optimizer, ahead = Momentum(lr=lr, momentum=mu, nesterov=True), w.copy()
    for _ in range(50):
        v = mu * v + gradient(w - lr * mu * v)  # as Sutskever et al. write it
        w = w - lr * v
        optimizer.update(ahead, gradient(ahead))
        np.testing.assert_allclose(ahead, w - lr * mu * v, rtol=0, atol=1e-12)


# RMSprop and Adam


def test_adam_divides_out_what_the_start_at_zero_took():
    for t in range(1, 40):  # with a constant gradient every step is the same
        path = walk(Adam(lr=0.1), [0.0], np.full((t, 1), 3.0))
        assert path[-1, 0] == pytest.approx(-0.1 * t, rel=1e-7)


def test_the_running_mean_has_the_expectation_that_the_correction_assumes():
    """All 2^6 sequences of the gradients 1 and 5: E[m_6] is (1 - beta^6) times E[g], exactly."""
    beta, t = Fraction(9, 10), 6
    runs = [
        sum((1 - beta) * beta ** (t - k) * g for k, g in enumerate(gs, start=1))
        for gs in product((1, 5), repeat=t)
    ]
    assert Fraction(sum(runs), len(runs)) == (1 - beta**t) * 3


@pytest.mark.parametrize("g", [1e-4, 1.0, -1e4])
def test_the_first_step_of_adam_is_the_rate_times_the_sign(g):
    assert walk(Adam(lr=0.1), [0], [[g]])[0, 0] == pytest.approx(-0.1 * np.sign(g), rel=2e-4)


def test_the_first_step_of_rmsprop_is_longer_by_the_missing_correction():
    step = walk(RMSprop(lr=0.1, rho=0.9), [0], [[5.0]])[0, 0]
    assert step == pytest.approx(-0.1 / math.sqrt(1 - 0.9))


@pytest.mark.parametrize("new", [lambda: RMSprop(lr=0.1), lambda: Adam(lr=0.1)])
def test_the_scale_of_the_loss_does_not_change_the_steps(new, rng):
    gs = rng.standard_normal((20, 3))
    np.testing.assert_allclose(
        walk(new(), [0, 0, 0], 1000 * gs), walk(new(), [0, 0, 0], gs), rtol=1e-4, atol=1e-6
    )


def test_on_a_parabola_rmsprop_ends_in_steps_of_half_its_rate():
    w = descend(RMSprop(lr=0.1), np.array([1.0]), [1.0], 2000)[-2:, 0]
    np.testing.assert_allclose(np.sort(w), [-0.05, 0.05], rtol=1e-4)


# Conventions, in numbers


def test_the_rate_multiplies_the_velocity_from_outside():
    rates, gradients = [0.1, 0.01], np.ones((2, 1))
    assert walk(Momentum(lr=0.1), [0], gradients, rates)[-1, 0] == pytest.approx(-0.119)
    v = w = 0.0
    for lr in rates:  # the classical form
        v = 0.9 * v - lr * 1
        w = w + v
    assert w == pytest.approx(-0.200)


def test_eps_stands_outside_the_root():
    assert walk(RMSprop(lr=1.0), [0], [[1e-6]])[0, 0] == pytest.approx(-3.0653, abs=1e-4)
    inside = 1e-6 / math.sqrt(0.1 * 1e-6**2 + 1e-8)
    assert inside == pytest.approx(0.0100, abs=1e-6)


def test_eps_is_added_after_the_correction():
    assert walk(Adam(lr=1.0), [0], [[1e-8]])[0, 0] == pytest.approx(-0.5)
    eps_hat = math.sqrt(1e-3) / 0.1 * (0.1 * 1e-8) / (math.sqrt(1e-3 * 1e-16) + 1e-8)
    assert eps_hat == pytest.approx(0.0307, abs=1e-4)


# The noise of minibatches


def test_the_variance_of_a_minibatch_mean():
    """All batches of two from four gradients, with replacement and without, in fractions."""
    g = [Fraction(x) for x in (1, 3, 5, 11)]
    N, B, mean = 4, 2, Fraction(sum(g), 4)
    V = sum((x - mean) ** 2 for x in g) / N

    def variance(batches):
        means = [Fraction(sum(batch), B) for batch in batches]
        assert Fraction(sum(means), len(means)) == mean
        return sum((m - mean) ** 2 for m in means) / len(means)

    assert variance(list(product(g, repeat=B))) == V / B
    assert variance(list(combinations(g, B))) == V / B * Fraction(N - B, N - 1)


def test_a_fixed_rate_leaves_a_floor(rng):
    lr, curvature, V = 0.3, 2.0, 4.0
    w, optimizer = np.zeros(100_000), SGD(lr=lr)  # as many runs at once
    for _ in range(60):
        optimizer.update(w, curvature * w + math.sqrt(V) * rng.standard_normal(w.shape))
    floor = lr * V / (curvature * (2 - lr * curvature))
    assert np.mean(w**2) == pytest.approx(floor, rel=0.02)  # over four standard errors


def test_adamw_decays_by_default_as_in_pytorch():
    """torch.optim.AdamW: weight_decay=1e-2."""
    gradients = np.zeros((1, 4))
    (step,) = np.diff([W0, walk(AdamW(lr=0.5), W0, gradients)[-1]], axis=0)
    np.testing.assert_allclose(step, -0.5 * 0.01 * np.array(W0), rtol=1e-12)
