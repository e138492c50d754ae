"""nnlib against libraries that share no line with it: values and gradients, in float64.

SciPy, mpmath and scikit-learn belong to the environment. PyTorch and JAX are large, so their tests
run where they are installed (``make oracles``) and are skipped elsewhere.
"""

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import nnlib as nn

SCALES = pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0, 700.0, 1e4])
SHAPES = pytest.mark.parametrize("shape", [(1, 1), (1, 5), (7, 2), (4, 30)])
CLOSE = {"rtol": 1e-12, "atol": 1e-14}


def floats(arguments):
    """Return the places of the arrays of floats, of which there is a gradient."""
    return [i for i, a in enumerate(arguments) if np.ndim(a) and np.asarray(a).dtype.kind == "f"]


class Torch:
    """PyTorch's functions under the names of nnlib, and its gradients."""

    def __init__(self):
        self.torch = pytest.importorskip("torch", reason="PyTorch is optional: make oracles")
        F = self.torch.nn.functional
        self.functions = {
            "sigmoid": self.torch.sigmoid,
            "tanh": self.torch.tanh,
            "relu": self.torch.relu,
            "softmax": lambda z: F.softmax(z, -1),
            "log_softmax": lambda z: F.log_softmax(z, -1),
            "logsumexp": lambda z: self.torch.logsumexp(z, -1),
            "affine": lambda x, W, b: F.linear(x, W.T, b),
            "softmax_cross_entropy": F.cross_entropy,
            "squared_error": lambda a, Y: F.mse_loss(a, Y, reduction="sum") / (2 * len(a)),
            "smoothed": lambda z, y, alpha: F.cross_entropy(z, y, label_smoothing=alpha),
            "kl_divergence": lambda p, q: F.kl_div(q.log(), p, reduction="none").sum(-1),
        }

    def __call__(self, name, *arguments, upstream=1.0):
        """Return the value and the gradients of the float arguments."""
        tensors = [
            self.torch.tensor(a, requires_grad=i in floats(arguments)) if np.ndim(a) else a
            for i, a in enumerate(arguments)
        ]
        value = self.functions[name](*tensors)
        (value * self.torch.tensor(upstream)).sum().backward()
        return value.detach().numpy(), [tensors[i].grad.numpy() for i in floats(arguments)]


class Jax:
    """JAX's functions under the names of nnlib, and its gradients."""

    def __init__(self):
        self.jax = pytest.importorskip("jax", reason="JAX is optional: make oracles")
        self.jax.config.update("jax_enable_x64", True)
        F, jnp = self.jax.nn, self.jax.numpy

        def cross_entropy(z, y):
            Y = F.one_hot(y, z.shape[1]) if y.ndim == 1 else y
            return -(Y * F.log_softmax(z)).sum(-1).mean()

        self.functions = {
            "sigmoid": F.sigmoid,
            "tanh": jnp.tanh,
            "relu": F.relu,
            "softmax": F.softmax,
            "log_softmax": F.log_softmax,
            "logsumexp": lambda z: F.logsumexp(z, axis=-1),
            "affine": lambda x, W, b: x @ W + b,
            "softmax_cross_entropy": cross_entropy,
            "squared_error": lambda a, Y: ((a - Y) ** 2).sum() / (2 * len(a)),
            "smoothed": lambda z, y, alpha: cross_entropy(
                z, (1 - alpha) * F.one_hot(y, z.shape[1]) + alpha / z.shape[1]
            ),
            "kl_divergence": lambda p, q: self.jax.scipy.special.rel_entr(p, q).sum(-1),
        }

    def __call__(self, name, *arguments, upstream=1.0):
        places = floats(arguments)

        def of_floats(*arrays):
            whole = list(arguments)
            for i, a in zip(places, arrays, strict=True):
                whole[i] = a
            return self.functions[name](*whole)

        value, vjp = self.jax.vjp(
            of_floats, *(self.jax.numpy.asarray(arguments[i]) for i in places)
        )
        return np.asarray(value), [np.asarray(g) for g in vjp(upstream + np.zeros_like(value))]


ORACLES = [
    pytest.param(Torch, id="torch", marks=pytest.mark.oracle),
    pytest.param(Jax, id="jax", marks=pytest.mark.oracle),
]


@pytest.fixture(params=ORACLES)
def oracle(request):
    return request.param()


def targets(rng, shape, kind):
    if kind == "hard":
        return rng.integers(shape[1], size=shape[0])
    return rng.dirichlet(np.ones(shape[1]), size=shape[0])


# --------------------------------------------------------------------- PyTorch and JAX


@SCALES
@SHAPES
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "softmax", "log_softmax"])
def test_functions_and_their_vjps(oracle, rng, name, shape, scale):
    z, g = scale * rng.standard_normal(shape), rng.standard_normal(shape)
    z[0, 0] = 0.0  # where relu has its kink
    value, (gradient,) = oracle(name, z, upstream=g)
    ours = getattr(nn, name)(z)
    np.testing.assert_allclose(ours, value, **CLOSE)
    atol = 1e-14 if name != "sigmoid" else 3e-16  # 1 - a has lost the digits below that
    vjp = getattr(nn, f"{name}_vjp")(g, ours)
    np.testing.assert_allclose(vjp, gradient, rtol=1e-12, atol=max(atol, 4e-16 * np.abs(g).max()))


@SCALES
@SHAPES
def test_logsumexp_and_its_gradient_the_softmax(oracle, rng, shape, scale):
    z = scale * rng.standard_normal(shape)
    value, (gradient,) = oracle("logsumexp", z)
    np.testing.assert_allclose(nn.logsumexp(z), value, **CLOSE)
    np.testing.assert_allclose(nn.softmax(z), gradient, **CLOSE)


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 2), (2, 30, 7)])
def test_affine(oracle, rng, shape):
    N, D, K = shape
    x, W, b = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal(K)
    g = rng.standard_normal((N, K))
    value, gradients = oracle("affine", x, W, b, upstream=g)
    np.testing.assert_allclose(nn.affine(x, W, b), value, **CLOSE)
    for ours, theirs in zip(nn.affine_vjp(g, x, W), gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


@SCALES
@SHAPES
@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_softmax_cross_entropy(oracle, rng, shape, scale, kind):
    z, y = scale * rng.standard_normal(shape), targets(rng, shape, kind)
    value, gradients = oracle("softmax_cross_entropy", z, y)
    loss, dz = nn.softmax_cross_entropy(z, y)
    assert loss == pytest.approx(float(value), rel=1e-12, abs=1e-15 * scale)
    np.testing.assert_allclose(dz, gradients[0], **CLOSE)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0])
def test_label_smoothing(oracle, rng, alpha):
    z, y = 3 * rng.standard_normal((6, 4)), rng.integers(4, size=6)
    value, (gradient, *_) = oracle("smoothed", z, y, alpha)
    loss, dz = nn.softmax_cross_entropy(z, nn.smooth_labels(nn.one_hot(y, 4), alpha))
    assert loss == pytest.approx(float(value), rel=1e-13)
    np.testing.assert_allclose(dz, gradient, **CLOSE)


@SHAPES
def test_squared_error(oracle, rng, shape):
    a, Y = rng.standard_normal((2, *shape))
    value, gradients = oracle("squared_error", a, Y)
    loss, da = nn.squared_error(a, Y)
    assert loss == pytest.approx(float(value), rel=1e-13)
    np.testing.assert_allclose(da, gradients[0], **CLOSE)


@SHAPES
def test_kl_divergence(oracle, rng, shape):
    p, q = (rng.dirichlet(np.ones(shape[1]), size=shape[0]) for _ in range(2))
    value, _ = oracle("kl_divergence", p, q)
    np.testing.assert_allclose(nn.kl_divergence(p, q), value, rtol=1e-11, atol=1e-15)


# ------------------------------------------------------------------- whole networks

HIDDEN = {"Tanh": nn.Tanh, "ReLU": nn.ReLU, "Sigmoid": nn.Sigmoid}


def network(rng, hidden):
    layers = [nn.Linear(3, 6, rng=rng), HIDDEN[hidden](), nn.Linear(6, 5, rng=rng)]
    layers += [HIDDEN[hidden](), nn.Linear(5, 4, rng=rng)]
    net = nn.Sequential(*layers)
    net.params[...] = 0.5 * rng.standard_normal(net.params.shape)
    return net


def torch_twin(torch, net, hidden):
    """The same network in PyTorch, whose weights are transposed."""
    layers = []
    for layer in net.layers:
        if not layer.params:
            layers.append(getattr(torch.nn, hidden)())
            continue
        twin = torch.nn.Linear(*layer.params["W"].shape, dtype=torch.float64)
        with torch.no_grad():
            twin.weight[...] = torch.tensor(layer.params["W"].T)
            twin.bias[...] = torch.tensor(layer.params["b"])
        layers.append(twin)
    return torch.nn.Sequential(*layers)


def torch_vector(twin, what):
    parts = []
    for layer in twin:
        if hasattr(layer, "weight"):
            parts += [what(layer.weight).numpy().T.ravel(), what(layer.bias).numpy().ravel()]
    return np.concatenate(parts)


def optimizers(torch):
    """Pairs of optimisers that should walk the same way."""
    t = torch.optim if torch else None
    return {
        "SGD": (nn.SGD(0.1), lambda p: t.SGD(p, 0.1)),
        "Momentum": (nn.Momentum(0.1, 0.8), lambda p: t.SGD(p, 0.1, momentum=0.8)),
        "Nesterov": (
            nn.Momentum(0.1, 0.8, nesterov=True),
            lambda p: t.SGD(p, 0.1, momentum=0.8, nesterov=True),
        ),
        "RMSprop": (nn.RMSprop(0.01, 0.95), lambda p: t.RMSprop(p, 0.01, alpha=0.95)),
        "Adam": (nn.Adam(0.01, 0.8, 0.99), lambda p: t.Adam(p, 0.01, betas=(0.8, 0.99))),
        "AdamW": (nn.AdamW(0.01, 0.3), lambda p: t.AdamW(p, 0.01, weight_decay=0.3)),
    }


@pytest.mark.oracle
@pytest.mark.parametrize("name", list(optimizers(None)))
@pytest.mark.parametrize("hidden", HIDDEN)
def test_networks_train_along_the_same_path_as_in_pytorch(rng, hidden, name):
    torch = pytest.importorskip("torch", reason="PyTorch is optional: make oracles")
    net = network(rng, hidden)
    twin = torch_twin(torch, net, hidden)
    ours, theirs = optimizers(torch)[name]
    theirs = theirs(twin.parameters())
    X, y = rng.standard_normal((20, 3)), rng.integers(4, size=20)
    for _ in range(15):
        loss, dz = nn.softmax_cross_entropy(net.forward(X), y)
        net.backward(dz)
        theirs.zero_grad()
        their_loss = torch.nn.functional.cross_entropy(twin(torch.tensor(X)), torch.tensor(y))
        their_loss.backward()
        assert loss == pytest.approx(their_loss.item(), rel=1e-9)
        gradient = torch_vector(twin, lambda p: p.grad)
        np.testing.assert_allclose(net.grads, gradient, rtol=1e-8, atol=1e-10)
        ours.update(net.params, net.grads)
        theirs.step()
        weights = torch_vector(twin, lambda p: p.detach())
        np.testing.assert_allclose(net.params, weights, rtol=1e-8, atol=1e-9)


@pytest.mark.oracle
@pytest.mark.parametrize("hidden", HIDDEN)
def test_the_gradient_of_a_network_is_that_of_jax(rng, hidden):
    oracle = Jax()
    net = network(rng, hidden)
    X, Y = rng.standard_normal((20, 3)), rng.dirichlet(np.ones(4), size=20)

    def loss(*arrays):
        *weights, X = arrays
        a = X
        for i in range(0, len(weights), 2):
            a = a @ weights[i] + weights[i + 1]
            a = oracle.functions[hidden.lower()](a) if i < len(weights) - 2 else a
        return oracle.functions["softmax_cross_entropy"](a, Y)

    oracle.functions["loss"] = loss
    weights = [p for layer in net.layers for p in layer.params.values()]
    value, (*gradients, dX) = oracle("loss", *weights, X)
    ours, dz = nn.softmax_cross_entropy(net.forward(X), Y)
    assert ours == pytest.approx(float(value), rel=1e-13)
    np.testing.assert_allclose(net.backward(dz), dX, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(
        net.grads, np.concatenate([g.ravel() for g in gradients]), atol=1e-14
    )


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (nn.step_decay(3, 0.7), lambda s, o: s.StepLR(o, 3, 0.7)),
        (nn.exponential_decay(0.9), lambda s, o: s.ExponentialLR(o, 0.9)),
        (nn.cosine_decay(10, 0.1), lambda s, o: s.CosineAnnealingLR(o, 9, 0.1)),
    ],
    ids=["step", "exponential", "cosine"],
)
def test_schedules_fall_as_in_pytorch(ours, theirs):
    torch = pytest.importorskip("torch", reason="PyTorch is optional: make oracles")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    schedule = theirs(torch.optim.lr_scheduler, optimizer)
    for epoch in range(10):
        assert ours(epoch) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        optimizer.step()
        schedule.step()


# ----------------------------------------------------- SciPy, mpmath and scikit-learn


@SCALES
@SHAPES
def test_softmax_and_its_logarithms_against_scipy(rng, shape, scale):
    z = scale * rng.standard_normal(shape)
    np.testing.assert_allclose(nn.sigmoid(z), scipy.special.expit(z), **CLOSE)
    np.testing.assert_allclose(nn.softmax(z), scipy.special.softmax(z, axis=-1), **CLOSE)
    np.testing.assert_allclose(nn.log_softmax(z), scipy.special.log_softmax(z, axis=-1), **CLOSE)
    np.testing.assert_allclose(nn.logsumexp(z), scipy.special.logsumexp(z, axis=-1), **CLOSE)


@SHAPES
def test_information_against_scipy(rng, shape):
    p, q = (rng.dirichlet(np.ones(shape[1]), size=shape[0]) for _ in range(2))
    entropy, divergence = scipy.stats.entropy(p, axis=1), scipy.stats.entropy(p, q, axis=1)
    np.testing.assert_allclose(nn.entropy(p), entropy, **CLOSE)
    np.testing.assert_allclose(nn.kl_divergence(p, q), divergence, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(nn.cross_entropy(p, q), entropy + divergence, **CLOSE)


@SCALES
@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_loss_and_gradient_against_fifty_digits(rng, scale, kind):
    shape = N, C = 3, 4
    z, y = scale * rng.standard_normal(shape), targets(rng, shape, kind)
    Y = nn.one_hot(y, C) if kind == "hard" else y
    loss, dz = nn.softmax_cross_entropy(z, y)
    with mpmath.workdps(50):
        exact, slopes = mpmath.mpf(0), []
        for z_n, Y_n in zip(z, Y, strict=True):
            powers = [mpmath.exp(mpmath.mpf(v)) for v in z_n]
            total = mpmath.fsum(powers)
            exact += mpmath.fsum(
                Y_nj * (mpmath.log(total) - v) for Y_nj, v in zip(Y_n, z_n, strict=True)
            )
            slopes.append([float((e / total - v) / N) for e, v in zip(powers, Y_n, strict=True)])
        assert loss == pytest.approx(float(exact / N), rel=1e-14, abs=1e-15 * scale)
    np.testing.assert_allclose(dz, slopes, rtol=1e-13, atol=1e-16)


def test_the_mean_loss_is_the_log_loss_of_scikit_learn(rng):
    z, y = 2 * rng.standard_normal((30, 4)), rng.integers(4, size=30)
    theirs = log_loss(y, nn.softmax(z), labels=range(4))
    assert nn.softmax_cross_entropy(z, y)[0] == pytest.approx(theirs, rel=1e-13)


def test_where_scikit_learn_stops_the_gradient_is_zero(rng):
    """Its logistic regression minimises the same loss, with a penalty on the weights."""
    X = rng.standard_normal((60, 3))
    y = (X @ rng.standard_normal((3, 4)) + rng.standard_normal((60, 4))).argmax(axis=1)
    C = 0.5
    model = LogisticRegression(C=C, tol=1e-12, max_iter=10_000).fit(X, y)
    W, b = model.coef_.T, model.intercept_
    _, dz = nn.softmax_cross_entropy(nn.affine(X, W, b), y)
    _, dW, db = nn.affine_vjp(dz, X, W)
    np.testing.assert_allclose(dW + W / (C * len(X)), 0, atol=1e-6)
    np.testing.assert_allclose(db, 0, atol=1e-6)
    assert np.abs(dW).max() > 1e-3  # the zero is not a zero of both terms
