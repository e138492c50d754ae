"""The penalty on the weights: its gradient, what it leaves alone, and a published log."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

import nnlib as nn
from nnlib.optim import SGD, Momentum
from nnlib.train import evaluate, fit


def network(seed: int = 0) -> nn.Sequential:
    """A network of 2, 3 and 4 neurons whose biases are not 0."""
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.Tanh(), nn.Linear(3, 4, rng=rng))
    net.params[...] += 0.3 * rng.standard_normal(net.params.size)
    return net


def data(N: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.standard_normal((N, 2)), rng.integers(0, 4, N)


def step(lam: float, optimizer=None, X=None, y=None, **settings) -> nn.Sequential:
    """Return the network after one epoch of one batch."""
    if X is None:
        X, y = data()
    net = network()
    settings = {"epochs": 1, "batch_size": len(X), "rng": np.random.default_rng(2)} | settings
    fit(net, optimizer or SGD(0.5), X, y, weight_decay=lam, **settings)
    return net


def penalty(net: nn.Sequential, lam: float) -> float:
    """The double sum of the book, layer by layer, in Python floats."""
    total = 0.0
    for layer in net.layers:
        if "W" in layer.params:
            D, K = layer.params["W"].shape
            for i in range(D):
                for k in range(K):
                    total += float(layer.params["W"][i, k]) ** 2
    return lam / 2 * total


@pytest.mark.equation("weight-decay")
def test_the_step_follows_the_gradient_of_loss_plus_penalty():
    X, y = data()
    net, lam, lr = network(), 0.3, 0.5
    before = net.params.copy()

    def loss(params):
        net.params[...] = params
        return nn.softmax_cross_entropy(net.forward(X), y)[0] + penalty(net, lam)

    gradient = nn.numerical_gradient(loss, before)
    np.testing.assert_allclose(step(lam).params, before - lr * gradient, rtol=0, atol=1e-9)


@pytest.mark.equation("weight-decay")
def test_each_weight_gets_lambda_times_itself_more():
    lam, lr = 0.3, 0.5
    start, with_decay, without = network(), step(lam), step(0.0)
    for layer in (0, 2):
        W = start.layers[layer].params["W"]
        for i in range(W.shape[0]):
            for k in range(W.shape[1]):
                more = (without.layers[layer].params["W"] - with_decay.layers[layer].params["W"])[
                    i, k
                ]
                assert more == pytest.approx(lr * lam * float(W[i, k]), abs=1e-15)


def test_biases_are_left_alone():
    with_decay, without = step(0.3), step(0.0)
    for layer in (0, 2):
        np.testing.assert_array_equal(
            with_decay.layers[layer].params["b"], without.layers[layer].params["b"]
        )


def test_the_mask_is_true_for_weights_only():
    expected = [True] * 6 + [False] * 3 + [True] * 12 + [False] * 4
    assert network().weights.tolist() == expected


def test_the_recorded_loss_is_without_the_penalty():
    X, y = data()
    expected = evaluate(network(), X, y)[0]
    net = network()
    history = fit(
        net, SGD(0.5), X, y, epochs=1, batch_size=7, rng=np.random.default_rng(2), weight_decay=9.0
    )
    assert history.loss == pytest.approx([expected], rel=1e-12)


def test_every_step_of_an_epoch_decays():
    # One example, four times: every batch has the same gradient, and only the steps count.
    X, y = np.tile([[0.5, -1.0]], (4, 1)), np.zeros(4, int)
    net, lam, lr = network(), 0.2, 0.1
    for _ in range(4):
        _, dz = nn.softmax_cross_entropy(net.forward(X[:1]), y[:1])
        net.backward(dz)
        for n, is_weight in enumerate(net.weights):
            net.params[n] -= lr * (net.grads[n] + (lam * net.params[n] if is_weight else 0.0))
    stepped = step(lam, SGD(lr), X, y, batch_size=1)
    np.testing.assert_allclose(stepped.params, net.params, rtol=0, atol=1e-13)


def test_it_is_a_penalty_and_passes_through_the_optimiser():
    # Two steps of momentum on loss plus penalty; a decoupled decay would not be remembered.
    X, y = data()
    lam, lr, momentum = 0.3, 0.1, 0.9
    net, velocity = network(), 0.0
    for _ in range(2):
        _, dz = nn.softmax_cross_entropy(net.forward(X), y)
        net.backward(dz)
        velocity = momentum * velocity + net.grads + lam * net.params * net.weights
        net.params[...] -= lr * velocity
    stepped = step(lam, Momentum(lr, momentum=momentum), epochs=2)
    np.testing.assert_allclose(stepped.params, net.params, rtol=0, atol=1e-13)


def test_shifted_inputs_cost_the_same():
    # Why biases are left out: the network that sees x + c as this one sees x has the same weights.
    X, _ = data()
    net, moved, c = network(), network(), np.array([273.15, -40.0])
    moved.layers[0].params["b"][...] -= c @ net.layers[0].params["W"]
    np.testing.assert_allclose(moved.forward(X + c), net.forward(X), rtol=0, atol=1e-10)
    assert penalty(moved, 0.1) == penalty(net, 0.1)


@pytest.mark.parametrize("lam", [-0.1, float("nan")])
def test_a_negative_penalty_is_refused(lam):
    with pytest.raises(ValueError, match="weight_decay: expected a number from 0"):
        step(lam)


def test_the_published_log():
    # A notebook of 2015 steps by 0.01 times the gradient of the sum over 200 rows plus 0.01 * W,
    # and prints 0.432387 after one update and 0.068947 after 1,001.
    X, y = make_moons(200, noise=0.20, random_state=np.random.RandomState(0))
    legacy, rng = np.random.RandomState(0), np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.Tanh(), nn.Linear(3, 2, rng=rng))
    for layer in (0, 2):
        W = net.layers[layer].params["W"]
        W[...] = legacy.standard_normal(W.shape) / np.sqrt(len(W))
    printed = []
    for epochs in (1, 1000):
        fit(
            net,
            SGD(0.01 * 200),
            X,
            y,
            epochs=epochs,
            batch_size=200,
            rng=rng,
            weight_decay=0.01 / 200,
        )
        printed.append(f"{evaluate(net, X, y)[0] + penalty(net, 0.01 / 200):.6f}")
    assert printed == ["0.432387", "0.068947"]
