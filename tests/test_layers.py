"""Layers and networks: the textbook's letters, the chain of vjps, and one vector for the weights.

Expected values come from literal loops over Python floats, from mpmath or from differences.
"""

import copy
import math
import pickle

import mpmath
import numpy as np
import pytest

import nnlib as nn

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])
SHAPES = pytest.mark.parametrize(
    ("N", "D", "K"), [(5, 3, 2), (1, 4, 3), (4, 1, 1), (3, 3, 3), (1, 1, 1)]
)


def close(expected):
    return pytest.approx(expected, rel=1e-12)


def network(rng, d=3, q=4, l=2, hidden=nn.Sigmoid, dtype=np.float64):
    return nn.Sequential(
        nn.Linear(d, q, rng=rng, dtype=dtype),
        hidden(),
        nn.Linear(q, l, rng=rng, dtype=dtype),
        nn.Sigmoid(),
    )


def loss_of(net, X, Y):
    """The loss as a function of one vector of weights; it works on a copy of the network."""
    net = copy.deepcopy(net)

    def loss(params):
        net.params[...] = params
        return nn.squared_error(net.forward(X), Y)[0]

    return loss


# The affine map and the squared error


@SHAPES
@pytest.mark.parametrize("scale", [1.0, 1e100])
@pytest.mark.equation("affine-vjp")
def test_affine_vjp_is_its_sums_over_indices(rng, N, D, K, scale):
    x, W, dz = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal((N, K))
    x, W = scale * x, scale * W
    dx, dW, db = nn.affine_vjp(dz, x, W)
    for i in range(D):
        for n in range(N):
            assert dx[n, i] == close(math.fsum(dz[n, k] * W[i, k] for k in range(K)))
        for k in range(K):
            assert dW[i, k] == close(math.fsum(x[n, i] * dz[n, k] for n in range(N)))
    for k in range(K):
        assert db[k] == close(math.fsum(dz[n, k] for n in range(N)))
    assert (dx.shape, dW.shape, db.shape) == ((N, D), (D, K), (K,))


@SHAPES
@pytest.mark.equation("affine-vjp")
def test_affine_vjp_passes_the_gradient_check(rng, N, D, K):
    x, W, b = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal(K)
    g = rng.standard_normal((N, K))
    dx, dW, db = nn.affine_vjp(g, x, W)
    nn.gradcheck(lambda x: (g * nn.affine(x, W, b)).sum(), x, dx)
    nn.gradcheck(lambda W: (g * nn.affine(x, W, b)).sum(), W, dW)
    nn.gradcheck(lambda b: (g * nn.affine(x, W, b)).sum(), b, db)


def test_shapes_alone_do_not_decide(rng):
    x, W, dz = rng.standard_normal((3, 4, 4))
    dx, dW, _ = nn.affine_vjp(dz, x, W)
    for wrong in (x @ dz, dz.T @ x, dz @ x, x.T @ dz.T):
        assert wrong.shape == dW.shape
        assert nn.relative_error(wrong, dW) > 0.1
    for wrong in (dz @ W, W @ dz, W.T @ dz):
        assert wrong.shape == dx.shape
        assert nn.relative_error(wrong, dx) > 0.1


@pytest.mark.parametrize("shape", [(4, 3), (1, 2), (5, 1)])
@pytest.mark.equation("squared-error")
def test_squared_error_is_the_mean_of_half_squared_distances(rng, shape):
    a, Y = rng.standard_normal(shape), rng.standard_normal(shape)
    loss, da = nn.squared_error(a, Y)
    N, K = shape
    assert loss == close(
        math.fsum(0.5 * (a[n, k] - Y[n, k]) ** 2 for n in range(N) for k in range(K)) / N
    )
    for n in range(N):
        for k in range(K):
            assert da[n, k] == close((a[n, k] - Y[n, k]) / N)


@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.equation("squared-error")
def test_squared_error_returns_the_gradient_of_its_own_loss(rng, offset):
    a, Y = rng.standard_normal((4, 3)) + offset, rng.standard_normal((4, 3))
    _, da = nn.squared_error(a, Y)
    nn.gradcheck(lambda a: nn.squared_error(a, Y)[0], a, da)


@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (4,), (3, 4)])
def test_squared_error_never_broadcasts_its_targets(shape):
    with pytest.raises(ValueError, match="expected"):
        nn.squared_error(np.zeros((4, 3)), np.zeros(shape))


# The d-q-l network of the textbook, in its own letters


def textbook_forward(x, v, gamma, w, theta, exp=math.exp):
    """Hidden outputs a_h and outputs y_j; thresholds are subtracted."""
    d, q, l = len(x), len(gamma), len(theta)
    a = [1 / (1 + exp(gamma[h] - sum(v[i][h] * x[i] for i in range(d)))) for h in range(q)]
    y = [1 / (1 + exp(theta[j] - sum(w[h][j] * a[h] for h in range(q)))) for j in range(l)]
    return a, y


def textbook_signals(x, y, v, gamma, w, theta):
    """The g_j and e_h of one example, as the book writes them."""
    a, y_hat = textbook_forward(x, v, gamma, w, theta)
    q, l = len(gamma), len(theta)
    g = [y_hat[j] * (1 - y_hat[j]) * (y[j] - y_hat[j]) for j in range(l)]
    e = [a[h] * (1 - a[h]) * sum(w[h][j] * g[j] for j in range(l)) for h in range(q)]
    return a, g, e


def example(rng, d, q, l, scale=1.0):
    """One example, its network, and the network's numbers in the textbook's letters."""
    net = network(rng, d, q, l)
    net.params[...] = scale * rng.standard_normal(net.params.size)
    first, second = net.layers[0].params, net.layers[2].params
    x, y = rng.standard_normal(d), rng.uniform(size=l)
    letters = (first["W"].tolist(), (-first["b"]).tolist())
    letters += (second["W"].tolist(), (-second["b"]).tolist())
    return net, x.tolist(), y.tolist(), letters


DQL = pytest.mark.parametrize(("d", "q", "l"), [(2, 2, 1), (3, 4, 2), (2, 3, 3), (1, 1, 1)])


@DQL
@pytest.mark.parametrize("scale", [1.0, 4.0])
@pytest.mark.equation("bp-output-gradient")
def test_scores_of_the_outputs_receive_minus_g(rng, d, q, l, scale):
    net, x, y, letters = example(rng, d, q, l, scale)
    a, g, _ = textbook_signals(x, y, *letters)
    _, da = nn.squared_error(net.forward([x]), [y])
    net.backward(da)
    grads = net.layers[2].grads
    assert grads["b"] == pytest.approx([-gj for gj in g], rel=1e-12)
    for h in range(q):
        assert grads["W"][h] == pytest.approx([-gj * a[h] for gj in g], rel=1e-12)


@DQL
@pytest.mark.parametrize("scale", [1.0, 4.0])
@pytest.mark.equation("bp-hidden-gradient")
def test_scores_of_the_hidden_neurons_receive_minus_e(rng, d, q, l, scale):
    net, x, y, letters = example(rng, d, q, l, scale)
    _, _, e = textbook_signals(x, y, *letters)
    _, da = nn.squared_error(net.forward([x]), [y])
    net.backward(da)
    grads = net.layers[0].grads
    assert grads["b"] == pytest.approx([-eh for eh in e], rel=1e-11, abs=1e-18)
    for i in range(d):
        assert grads["W"][i] == pytest.approx([-eh * x[i] for eh in e], rel=1e-11, abs=1e-18)


@pytest.mark.parametrize("scale", [1, 20])
@pytest.mark.equation("bp-output-gradient")
@pytest.mark.equation("bp-hidden-gradient")
def test_the_four_update_rules_are_derivatives_with_their_signs(rng, scale):
    """Each against mpmath, also at scores of about 20, where the sigmoids are saturated."""
    x, y = [0.6, -1.1], [1.0, 0.0]
    v, gamma = (scale * rng.standard_normal((2, 3))).tolist(), rng.standard_normal(3).tolist()
    w, theta = (scale * rng.standard_normal((3, 2))).tolist(), rng.standard_normal(2).tolist()
    a, g, e = textbook_signals(x, y, v, gamma, w, theta)

    def slope(array, *index):
        *outer, last = index
        row = array[outer[0]] if outer else array

        def error(t):
            kept, row[last] = row[last], t
            _, y_hat = textbook_forward(x, v, gamma, w, theta, exp=mpmath.exp)
            row[last] = kept
            return sum((y_hat[j] - y[j]) ** 2 for j in range(2)) / 2

        with mpmath.workdps(50):
            return float(mpmath.diff(error, mpmath.mpf(row[last])))

    for h in range(3):
        assert slope(gamma, h) == pytest.approx(e[h], rel=1e-9)
        for j in range(2):
            assert slope(w, h, j) == pytest.approx(-g[j] * a[h], rel=1e-9)
        for i in range(2):
            assert slope(v, i, h) == pytest.approx(-e[h] * x[i], rel=1e-9)
    for j in range(2):
        assert slope(theta, j) == pytest.approx(g[j], rel=1e-9)


@pytest.mark.parametrize(
    ("d", "q", "l", "count"), [(2, 2, 1, 9), (784, 128, 10, 101_770), (4, 5, 3, 43)]
)
def test_number_of_parameters(rng, d, q, l, count):
    assert (d + l + 1) * q + l == count
    assert network(rng, d, q, l).params.shape == (count,)


# The chain


@pytest.mark.parametrize("hidden", [nn.Sigmoid, nn.Tanh, nn.ReLU])
@pytest.mark.equation("backpropagation")
def test_backward_is_the_product_of_the_jacobians_from_the_left(rng, hidden):
    net = network(rng, 3, 4, 2, hidden)
    net.params[...] = rng.standard_normal(net.params.size)
    x, g = rng.standard_normal((1, 3)), rng.standard_normal((1, 2))
    row, inputs = g.ravel(), [x]
    for layer in net.layers:
        inputs.append(layer.forward(inputs[-1]))
    net.forward(x)
    dx = net.backward(g)
    for layer, a in zip(reversed(net.layers), reversed(inputs[:-1]), strict=True):
        for name, p in layer.params.items():
            J = nn.numerical_jacobian(lambda t, n=name, f=layer, a=a: with_param(f, n, t, a), p)
            claimed = layer.grads[name].ravel()
            assert claimed == pytest.approx(row @ J.reshape(row.size, -1), rel=1e-7, abs=1e-9)
        J = nn.numerical_jacobian(lambda t, f=layer: copy.deepcopy(f).forward(t), a)
        row = row @ J.reshape(row.size, -1)
    assert dx.ravel() == pytest.approx(row, rel=1e-7, abs=1e-9)


def with_param(layer, name, value, a):
    layer = copy.deepcopy(layer)
    layer.params[name][...] = value
    return layer.forward(a)


@pytest.mark.parametrize("hidden", [nn.Sigmoid, nn.Tanh, nn.ReLU])
@pytest.mark.parametrize("scale", [0.5, 3.0])
@pytest.mark.equation("backpropagation")
def test_the_whole_network_passes_the_gradient_check_in_one_call(rng, hidden, scale):
    net = network(rng, hidden=hidden)
    net.params[...] = scale * rng.standard_normal(net.params.size)
    X, Y = rng.standard_normal((6, 3)), rng.uniform(size=(6, 2))
    _, da = nn.squared_error(net.forward(X), Y)
    dX = net.backward(da)
    assert nn.gradcheck(loss_of(net, X, Y), net.params, net.grads) < 1e-7
    nn.gradcheck(lambda X: nn.squared_error(copy.deepcopy(net).forward(X), Y)[0], X, dX)


def test_gradient_of_a_saturated_network_is_exact(rng):
    """Central differences end here: the sigmoids are so flat that the loss hardly moves."""
    net, x, y, _ = example(rng, 2, 2, 1)
    net.layers[0].params["b"][...] = [-15.0, -20.0]
    net.layers[2].params["b"][...] = [-12.0]
    net.backward(nn.squared_error(net.forward([x]), [y])[1])

    def error(*p):
        letters = [p[0:2], p[2:4]], [-p[4], -p[5]], [[p[6]], [p[7]]], [-p[8]]
        _, y_hat = textbook_forward(x, *letters, exp=mpmath.exp)
        return (y_hat[0] - y[0]) ** 2 / 2

    with mpmath.workdps(50):
        p = [mpmath.mpf(t) for t in net.params.tolist()]
        for i in range(9):
            order = tuple(int(i == k) for k in range(9))
            exact = float(mpmath.diff(error, tuple(p), order))
            assert net.grads[i] == pytest.approx(exact, rel=1e-12)
            assert 0 < abs(exact) < 1e-5


def test_the_batch_gradient_is_the_mean_of_the_single_ones(rng):
    net, X, Y = network(rng), rng.standard_normal((7, 3)), rng.uniform(size=(7, 2))
    each = []
    for n in range(7):
        net.backward(nn.squared_error(net.forward(X[[n]]), Y[[n]])[1])
        each.append(net.grads.copy())
    net.backward(nn.squared_error(net.forward(X), Y)[1])
    np.testing.assert_allclose(net.grads, np.mean(each, axis=0), rtol=1e-12, atol=1e-16)


def test_standard_and_accumulated_bp_differ_in_second_order_of_the_rate(rng):
    start = network(rng, 2, 2, 1)

    def apart(lr):
        one_by_one, together = copy.deepcopy(start), copy.deepcopy(start)
        for n in range(4):
            one_by_one.backward(nn.squared_error(one_by_one.forward(XOR[[n]]), XOR_TARGETS[[n]])[1])
            one_by_one.params -= lr * one_by_one.grads
        together.backward(nn.squared_error(together.forward(XOR), XOR_TARGETS)[1])
        together.params -= 4 * lr * together.grads
        return np.linalg.norm(one_by_one.params - together.params)

    assert apart(1e-2) / apart(1e-3) == pytest.approx(100, rel=0.02)


def test_backward_replaces_the_last_gradient_and_does_not_add_to_it(rng):
    net, X, g = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    net.forward(X)
    first = net.backward(g)
    grads = net.grads.copy()
    assert np.array_equal(net.backward(g), first)
    assert np.array_equal(net.grads, grads)


def test_backward_belongs_to_the_last_forward(rng):
    net, X, other = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((2, 3))
    net.forward(X)
    net.forward(other)
    with pytest.raises(ValueError, match="expected"):
        net.backward(np.ones((5, 2)))
    net.backward(np.ones((2, 2)))


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh, nn.ReLU])
def test_the_caller_may_write_into_what_forward_and_backward_return(rng, activation):
    net = nn.Sequential(nn.Linear(3, 2, rng=rng), activation())
    X, g = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    net.forward(X)
    expected = net.backward(g), net.grads.copy()
    a = net.forward(X)
    a -= 1
    dx = net.backward(g)
    assert np.array_equal(dx, expected[0])
    assert np.array_equal(net.grads, expected[1])
    dx += 1
    assert np.array_equal(net.backward(g), expected[0])


@SHAPES
def test_a_layer_is_the_pair_of_functions_it_is_named_after(rng, N, D, K):
    layer = nn.Linear(D, K, rng=rng)
    layer.params["b"][...] = rng.standard_normal(K)
    W, b = layer.params.values()
    x, dz = rng.standard_normal((N, D)), rng.standard_normal((N, K))
    assert np.array_equal(layer.forward(x), nn.affine(x, W, b))
    found = layer.backward(dz), layer.grads["W"], layer.grads["b"]
    assert all(map(np.array_equal, found, nn.affine_vjp(dz, x, W)))


def test_the_gradient_of_the_input_may_be_left_out(rng):
    net, X, g = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    net.forward(X)
    net.backward(g)
    expected = net.grads.copy()
    net.grads[...] = np.nan
    assert net.backward(g, input_gradient=False) is None
    assert np.array_equal(net.grads, expected)


class Doubled(nn.Linear):
    """A layer with a backward pass of its own."""

    def backward(self, da):
        dx = super().backward(da)
        self.grads["W"] *= 2
        return dx


def test_a_backward_pass_of_ones_own_is_never_gone_around(rng):
    X, g = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    for first in (Doubled(3, 3, rng=rng), Scale(3)):
        net = nn.Sequential(first, nn.Linear(3, 2, rng=rng))
        net.forward(X)
        net.backward(g)
        expected = net.grads.copy()
        net.grads[...] = np.nan
        net.backward(g, input_gradient=False)
        assert np.array_equal(net.grads, expected)


def test_the_upstream_gradient_is_left_alone(rng):
    for layer in (nn.Linear(3, 3, rng=rng), nn.Sigmoid(), nn.Tanh(), nn.ReLU(), network(rng, l=3)):
        g = rng.standard_normal((5, 3))
        before = g.copy()
        layer.forward(rng.standard_normal((5, 3)))
        layer.backward(g)
        assert np.array_equal(g, before)


# One vector for all weights


def test_arrays_of_the_layers_are_views_into_one_vector(rng):
    net = network(rng)
    order = [layer.params[name] for layer in (net.layers[0], net.layers[2]) for name in ("W", "b")]
    assert np.array_equal(net.params, np.concatenate([a.ravel() for a in order]))
    net.params[...] = np.arange(net.params.size)
    assert net.layers[0].params["W"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert net.layers[0].params["b"].tolist() == [12, 13, 14, 15]
    net.layers[2].params["b"][...] = -1
    assert net.params[-2:].tolist() == [-1, -1]


def test_joining_layers_keeps_their_weights(rng):
    layer = nn.Linear(3, 2, rng=rng)
    W = layer.params["W"].copy()
    net = nn.Sequential(layer, nn.ReLU())
    assert np.array_equal(net.layers[0].params["W"], W)
    assert net.layers[0] is layer


def test_one_subtraction_trains_every_layer(rng):
    net = network(rng, 2, 3, 1, nn.Tanh)
    before = copy.deepcopy(net)
    net.backward(nn.squared_error(net.forward(XOR), XOR_TARGETS)[1])
    net.params -= 0.5 * net.grads
    for i in (0, 2):
        for name, p in net.layers[i].params.items():
            expected = before.layers[i].params[name] - 0.5 * net.layers[i].grads[name]
            assert np.array_equal(p, expected)
            assert np.any(net.layers[i].grads[name] != 0)


COPIES = [copy.deepcopy] + [
    lambda net, protocol=protocol: pickle.loads(pickle.dumps(net, protocol))
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]
NAMES = ["deepcopy"] + [f"pickle protocol {p}" for p in range(pickle.HIGHEST_PROTOCOL + 1)]


@pytest.mark.parametrize("clone", COPIES, ids=NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_copy_is_a_network_of_its_own_and_trains(rng, clone, dtype):
    net = network(rng, 2, 2, 1, dtype=dtype)
    X = XOR.astype(dtype)
    twin = clone(net)
    assert np.array_equal(twin.forward(X), net.forward(X))
    kept = net.params.copy()
    twin.backward(np.ones((4, 1), dtype))
    twin.params -= twin.grads
    layers = [layer for layer in twin.layers if layer.params]
    for kind in ("params", "grads"):
        arrays = [a.ravel() for layer in layers for a in getattr(layer, kind).values()]
        assert np.array_equal(np.concatenate(arrays), getattr(twin, kind))
        assert getattr(twin, kind).dtype == dtype
    assert not np.array_equal(twin.forward(X), net.forward(X))
    assert np.array_equal(net.params, kept)


def test_a_shallow_copy_shares_the_weights(rng):
    net = network(rng)
    twin = copy.copy(net)
    twin.params += 1
    assert np.array_equal(twin.params, net.params)
    assert twin.layers[0] is net.layers[0]
    net.forward(np.ones((1, 3)))
    twin.forward(np.ones((1, 3)))


def test_a_copy_keeps_its_class_and_what_was_attached_to_it(rng):
    class Named(nn.Sequential):
        pass

    net = Named(nn.Linear(2, 1, rng=rng))
    net.note = "before"
    twin = copy.deepcopy(net)
    assert type(twin) is Named
    assert twin.note == "before"


def test_a_copy_remembers_the_forward_pass(rng):
    net, X, g = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    net.forward(X)
    assert np.array_equal(copy.deepcopy(net).backward(g), net.backward(g))


def test_a_copied_layer_may_start_another_network(rng):
    net = network(rng)
    twin = nn.Sequential(*copy.deepcopy(net.layers))
    twin.params += 1
    assert not np.array_equal(twin.params, net.params)


def test_a_network_without_weights_still_runs():
    net = nn.Sequential(nn.ReLU(), nn.Tanh())
    assert net.params.shape == net.grads.shape == (0,)
    assert net.forward([[-1.0, 0.0]]).tolist() == [[0.0, 0.0]]


class Scale:
    """A layer that a reader might write: one factor per column."""

    def __init__(self, n):
        self.params = {"s": np.ones(n)}
        self.grads = {"s": np.zeros(n)}

    def forward(self, x):
        self.x = np.asarray(x)
        return self.x * self.params["s"]

    def backward(self, da):
        self.grads["s"][...] = (da * self.x).sum(axis=0)
        return da * self.params["s"]


def test_a_layer_of_ones_own_joins_in(rng):
    net = nn.Sequential(nn.Linear(3, 2, rng=rng), Scale(2), nn.Tanh())
    X, Y = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    net.backward(nn.squared_error(net.forward(X), Y)[1])
    nn.gradcheck(loss_of(net, X, Y), net.params, net.grads)
    assert net.params.shape == (10,)


# Linear: starting weights and dtypes


def test_starting_weights_have_variance_one_over_the_inputs(rng):
    layer = nn.Linear(400, 500, rng=rng)
    assert layer.params["W"].std() == pytest.approx(1 / 20, rel=0.01)
    assert abs(layer.params["W"].mean()) < 1e-3
    assert not layer.params["b"].any()


def test_starting_weights_depend_on_rng_alone():
    first, again, other = (
        nn.Linear(2, 3, rng=np.random.default_rng(s)).params["W"] for s in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_float32_network_computes_in_float32_throughout(rng):
    net = network(rng, 2, 3, 1, nn.Tanh, np.float32)
    a = net.forward(XOR.astype(np.float32))
    _, da = nn.squared_error(a, XOR_TARGETS.astype(np.float32))
    dx = net.backward(da)
    net.params -= 0.1 * net.grads
    assert {t.dtype for t in (net.params, net.grads, a, da, dx)} == {np.dtype(np.float32)}
    for layer in (net.layers[0], net.layers[2]):
        assert {p.dtype for p in (layer.params | layer.grads).values()} == {np.dtype(np.float32)}


def test_float32_network_agrees_with_its_float64_twin(rng):
    wide = network(rng, 2, 3, 1)
    narrow = network(rng, 2, 3, 1, dtype=np.float32)
    narrow.params[...] = wide.params
    for net, dtype in ((wide, np.float64), (narrow, np.float32)):
        X, Y = XOR.astype(dtype), XOR_TARGETS.astype(dtype)
        net.backward(nn.squared_error(net.forward(X), Y)[1])
    assert nn.relative_error(narrow.grads, wide.grads) < 1e-6


def test_float32_layer_refuses_to_narrow_its_input(rng):
    layer = nn.Linear(2, 3, rng=rng, dtype=np.float32)
    with pytest.raises(TypeError, match="x: expected float32, the dtype of the weights, got float"):
        layer.forward(XOR)


def test_float64_layer_widens_its_input(rng):
    layer = nn.Linear(2, 3, rng=rng)
    assert layer.forward(XOR.astype(np.float32)).dtype == np.float64
    assert layer.forward(XOR.astype(int)).dtype == np.float64


# What is refused, and in which words


def test_sequential_says_what_it_expected(rng):
    layer = nn.Linear(2, 2, rng=rng)
    with pytest.raises(ValueError, match="at least one layer, got none"):
        nn.Sequential()
    with pytest.raises(TypeError, match=r"expected layers such as Linear.*, got <class .*ReLU"):
        nn.Sequential(layer, nn.ReLU)
    with pytest.raises(TypeError, match=r"expected layers such as Linear.*, got \["):
        nn.Sequential([layer, nn.ReLU()])
    with pytest.raises(TypeError, match="expected layers such as Linear"):
        nn.Sequential(nn.Sequential(layer))


def test_one_dtype_for_all_weights(rng):
    with pytest.raises(TypeError, match=r"one dtype, got \['float32', 'float64'\]"):
        nn.Sequential(nn.Linear(2, 2, rng=rng), nn.Linear(2, 2, rng=rng, dtype=np.float32))


def test_a_layer_belongs_to_one_network(rng):
    layer = nn.Linear(2, 2, rng=rng)
    nn.Sequential(layer)
    with pytest.raises(ValueError, match=r"layer 1: expected 'W' to own its numbers.*one network"):
        nn.Sequential(nn.Linear(2, 2, rng=rng), layer)


@pytest.mark.parametrize("layer", [nn.Tanh(), nn.Linear(2, 2, rng=np.random.default_rng(0))])
def test_a_layer_stands_in_its_network_once(layer, rng):
    with pytest.raises(ValueError, match="expected different layers, got one twice"):
        nn.Sequential(layer, nn.Linear(2, 2, rng=rng), layer)


@pytest.mark.parametrize(
    "grads", [{}, {"s": np.zeros(3)}, {"t": np.zeros(2)}, {"s": np.zeros((1, 2))}]
)
def test_gradients_must_match_the_weights_they_are_subtracted_from(grads):
    layer = Scale(2)
    layer.grads = grads
    with pytest.raises(ValueError, match="expected grads named and shaped like params"):
        nn.Sequential(layer)


def one_pass(net, X, g):
    net.forward(X)
    net.backward(g)


@pytest.mark.parametrize("kind", ["params", "grads"])
def test_a_replaced_array_is_found_before_it_costs_a_training_run(rng, kind):
    net, X, g = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    getattr(net.layers[2], kind)["W"] = np.zeros((4, 2))
    with pytest.raises(RuntimeError, match=rf"layer 2: expected {kind}\['W'\] to be a view"):
        one_pass(net, X, g)


@pytest.mark.parametrize("kind", ["params", "grads"])
def test_a_replaced_vector_is_found_too(rng, kind):
    net, X, g = network(rng), rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    setattr(net, kind, getattr(net, kind) - 0.1)
    with pytest.raises(RuntimeError, match=rf"layer 0: expected {kind}\['W'\].*do not replace it"):
        one_pass(net, X, g)


def test_backward_needs_a_forward(rng):
    for layer in (nn.Linear(2, 1, rng=rng), nn.Sigmoid(), nn.Tanh(), nn.ReLU(), network(rng)):
        with pytest.raises(RuntimeError, match="expected a forward pass before it"):
            layer.backward(np.ones((1, 2)))


@pytest.mark.parametrize("shape", [(4, 2), (3,), (0, 3), (2, 2, 3)])
def test_forward_names_the_shape_it_expected(rng, shape):
    with pytest.raises(ValueError, match=r"expected .*\(N, D\)"):
        network(rng).forward(np.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 2), (5, 1), (2,), (5, 3), ()])
def test_backward_never_broadcasts_the_upstream_gradient(rng, shape):
    linear, net = nn.Linear(3, 2, rng=rng), network(rng)
    for layer in (linear, net):
        layer.forward(np.ones((5, 3)))
        with pytest.raises(ValueError, match="expected"):
            layer.backward(np.ones(shape))


@pytest.mark.parametrize("rng", [None, 0, np.random.RandomState(0)])
def test_linear_wants_a_generator(rng):
    with pytest.raises(TypeError, match=r"rng: expected np.random.default_rng\(seed\), got"):
        nn.Linear(2, 2, rng=rng)


@pytest.mark.parametrize("dtype", [int, np.float16, complex])
def test_linear_wants_float32_or_float64(rng, dtype):
    with pytest.raises(TypeError, match="dtype: expected float32 or float64, got"):
        nn.Linear(2, 2, rng=rng, dtype=dtype)


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (-1, 2)])
def test_linear_wants_at_least_one_input_and_one_neuron(rng, sizes):
    with pytest.raises(ValueError, match=r"^n_(in|out): expected at least 1, got -?[01]$"):
        nn.Linear(*sizes, rng=rng)


# What the chapter claims


def test_two_hidden_neurons_learn_xor():
    net = network(np.random.default_rng(4), 2, 2, 1, nn.Tanh)
    for _ in range(400):
        _, da = nn.squared_error(net.forward(XOR), XOR_TARGETS)
        net.backward(da)
        net.params -= 5 * net.grads
    assert np.abs(net.forward(XOR) - XOR_TARGETS).max() < 0.05


@pytest.mark.parametrize("z", [0, -5, -10, -30])
def test_squared_error_stalls_behind_a_saturated_sigmoid(z):
    a = nn.sigmoid([[float(z)]])
    dz = nn.sigmoid_vjp(nn.squared_error(a, [[1.0]])[1], a)
    s = 1 / (1 + mpmath.exp(-z))
    assert dz[0, 0] == pytest.approx(float((s - 1) * s * (1 - s)), rel=1e-13)
    assert abs(dz[0, 0]) <= 4 / 27


# What the errors say, to the last word


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: net.forward("a"), TypeError, "x: expected real numbers .*"),
        (lambda net: net.backward("a"), TypeError, "da: expected real numbers .*"),
        (
            lambda net: net.layers[0].forward("a"),
            TypeError,
            "x: expected real numbers .*",
        ),
        (
            lambda net: net.layers[0].forward(np.ones(2)),
            ValueError,
            r"x: expected a non-empty array of shape \(N, D\), got \(2,\)",
        ),
        (
            lambda net: net.layers[0].backward("a"),
            TypeError,
            "da: expected real numbers .*",
        ),
        (
            lambda net: net.layers[0].backward(np.ones(3)),
            ValueError,
            r"da: expected a non-empty array of shape \(N, K\), got \(3,\)",
        ),
        (lambda _: nn.Sequential(), ValueError, "expected at least one layer, got none"),
        (
            lambda net: nn.Sequential(nn.Tanh(), *2 * [nn.ReLU()]),
            ValueError,
            "expected different layers, got one twice: it remembers one pass only",
        ),
        (
            lambda net: nn.Sequential(net.layers[0]),
            ValueError,
            r".* give it a copy of the array\)",
        ),
        (
            lambda net: (
                net.layers[0].params.update(W=np.ones((2, 3))) or net.forward(np.ones((1, 2)))
            ),
            RuntimeError,
            r".*got another array: write into it with \[...\] =, do not replace it",
        ),
        (
            lambda _: nn.Tanh().backward(np.ones(2)),
            RuntimeError,
            "backward: expected a forward pass before it, there was none",
        ),
        (
            lambda _: nn.Linear(
                2, 3, rng=np.random.default_rng(0), init=lambda *_, **__: np.ones(2)
            ),
            ValueError,
            r"init: expected weights of shape \(2, 3\), got \(2,\)",
        ),
    ],
)
def test_the_error_says(rng, call, error, message):
    net = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.Tanh())
    net.forward(np.ones((1, 2)))
    with pytest.raises(error, match=f"^{message}$"):
        call(net)


def test_the_weights_have_the_dtype_of_the_layer_whatever_init_returns(rng):
    layer = nn.Linear(
        2, 3, rng=rng, dtype=np.float32, init=lambda n_in, n_out, **_: np.ones((n_in, n_out))
    )
    assert layer.params["W"].dtype == np.float32


def test_the_input_is_remembered_without_a_copy(rng):
    layer, x = nn.Linear(2, 3, rng=rng), np.ones((4, 2))
    layer.forward(x)
    x[...] = 2.0  # before backward: this is what the docstring warns of
    layer.backward(np.ones((4, 3)))
    assert np.all(layer.grads["W"] == 8.0)


def test_a_network_without_weights_has_an_empty_mask():
    net = nn.Sequential(nn.Tanh())
    assert net.weights.shape == net.params.shape == (0,)
    assert net.weights.dtype == bool
