"""The formulas as they stand on the pages, evaluated: a wrong sign on a page fails here.

`LETTERS` says for each label what the letters of its equation are. Wherever a function of nnlib
computes the left side, the letter on the left is what that function returns, so that the page and
the function are held against each other. How LaTeX becomes a number is in ``tools/latex.py``.
"""

import itertools
import math
import re

import equations
import latex
import numpy as np
import pytest
from latex import Given
from scipy import stats

import nnlib as nn

EQUATIONS = {e.label: e for e in equations.equations()}
N, D, K, C = 4, 2, 3, 5  # all different, so that a wrong index runs over an edge

# A labelled equation that is not in `LETTERS` needs its reason here.
NOT_EVALUATED: dict[str, str] = {}


def neuron(rng):
    x, w, b = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal(K)
    da, z = rng.standard_normal(2)
    a = nn.sigmoid(z)
    t = nn.tanh(z)
    on, off = nn.relu(abs(z)), nn.relu(-abs(z))
    return {
        "affine": {"x": x, "w": w, "b": b, "z": nn.affine(x, w, b), "D": D},
        "step": [{"z": v, "a": nn.step(v)} for v in (z, -z, 0.0)],
        "sigmoid": {"z": z, "sigma": nn.sigmoid},
        "sigmoid-vjp": {"a": a, "da": da, "dz": nn.sigmoid_vjp(da, a)},
        "tanh": {"z": z, "tanh": nn.tanh},
        "tanh-vjp": {"a": t, "da": da, "dz": nn.tanh_vjp(da, t)},
        "relu": [{"z": v, "relu": nn.relu} for v in (z, -z)],
        "relu-vjp": [{"a": v, "da": da, "dz": nn.relu_vjp(da, v)} for v in (on, off)],
    }


def backprop(rng):
    x, W, dz = rng.standard_normal((N, D)), rng.standard_normal((D, K)), rng.standard_normal((N, K))
    dx, dW, db = nn.affine_vjp(dz, x, W)
    a, y = rng.standard_normal((2, N, K))
    loss, da = nn.squared_error(a, y)
    return {
        "affine-vjp": {"x": x, "W": W, "dz": dz, "dx": dx, "dW": dW, "db": db, "N": N, "K": K},
        "squared-error": {"a": a, "y": y, "L": loss, "da": da, "N": N, "K": K},
        "bp-output-gradient": textbook(rng, "y", "y_hat", "g"),
        "bp-hidden-gradient": textbook(rng, "a", "w", "g", "e", "l"),
        "backpropagation": [{**layers(rng), "r": r} for r in (1, 2, 3)],
    }


def textbook(rng, *names):
    """The network of the textbook, as layers: each row brings minus g and minus e to the scores."""
    q, l = 4, 3
    net = [nn.Linear(2, q, rng=rng), nn.Sigmoid(), nn.Linear(q, l, rng=rng), nn.Sigmoid()]
    a = net[1].forward(net[0].forward(rng.standard_normal((1, 2))))
    y_hat, y = net[3].forward(net[2].forward(a)), rng.random((1, l))
    minus_g = net[3].backward(nn.squared_error(y_hat, y)[1])
    minus_e = net[1].backward(net[2].backward(minus_g))
    letters = {"a": a[0], "y_hat": y_hat[0], "y": y[0], "g": -minus_g[0], "e": -minus_e[0]}
    letters |= {"w": net[2].params["W"], "l": l}
    return {name: letters[name] for name in names}


def layers(rng):
    """Three layers of one width; entry 0 of each array is the input, which has no weights."""
    width, P = 3, 12
    net = nn.Sequential(nn.Linear(3, 3, rng=rng), nn.Tanh(), nn.Linear(3, 3, rng=rng))
    a = [rng.standard_normal((1, width))]
    for layer in net.layers:
        a.append(layer.forward(a[-1]))
    da, dw = np.zeros((4, width)), np.zeros((4, P))
    by_input, by_weights = np.zeros((4, width, 4, width)), np.zeros((4, width, 4, P))
    da[3] = rng.standard_normal(width)
    for r in (3, 2, 1):
        layer = net.layers[r - 1]
        da[r - 1] = layer.backward(da[r : r + 1])[0]
        forward = lambda x, layer=layer: layer.forward(x[None])[0]  # noqa: E731
        by_input[r, :, r - 1, :] = nn.numerical_jacobian(forward, a[r - 1][0])
        if layer.params:
            dw[r] = np.concatenate([g.ravel() for g in layer.grads.values()])
            by_weights[r, :, r, :] = nn.numerical_jacobian(
                lambda w, x=a[r - 1]: nn.affine(x, w[:9].reshape(3, 3), w[9:])[0],
                np.concatenate([p.ravel() for p in layer.params.values()]),
            )
    return {"da": da, "dw": dw, "da/da": by_input, "da/dw": by_weights, "first": 0, "close": 1e-8}


def checking(rng):
    x, h = rng.standard_normal(3), 0.1
    g, g_tilde = rng.standard_normal((2, 5))
    f = [lambda x: x[0] * x[1] ** 3, lambda x: np.sin(x[1] * x[2])]
    jacobian = nn.numerical_jacobian(lambda x: [f_i(x) for f_i in f], x, h)
    return {
        "central-difference": {"f": f, "x": x, "h": h, "e": np.eye(3), "df/dx": jacobian},
        "relative-error": {"g": g, "g_tilde": g_tilde, "r": nn.relative_error},
    }


def H(p, q=None):
    return nn.entropy(p) if q is None else nn.cross_entropy(p, q)


def information(rng):
    p, q = rng.dirichlet(np.ones(C), size=2)
    return {
        "self-information": {"p": p[0], "I": nn.self_information},
        "entropy": {"p": p, "H": H},
        "cross-entropy": {"p": p, "q": q, "H": H},
        "kl-divergence": {"p": p, "q": q, "H": H, "D": nn.kl_divergence},
        "gibbs": {"p": p, "q": q, "D": nn.kl_divergence},
    }


def softmax(rng):
    z, ds, dl = rng.standard_normal((3, C))
    s, l = nn.softmax(z), nn.log_softmax(z)
    return {
        "softmax": {"z": z, "s": s},
        "softmax-shift": {"z": z, "c": rng.standard_normal()},
        "logsumexp": {"z": z, "m": z.max(), "lse": nn.logsumexp},
        "log-softmax": {"z": z, "l": l},
        "softmax-jacobian": {"s": s, "delta": np.eye(C), "ds/dz": nn.softmax_jacobian(s)},
        "softmax-vjp": {"s": s, "ds": ds, "dz": nn.softmax_vjp(ds, s)},
        "log-softmax-vjp": {"l": l, "dl": dl, "dz": nn.log_softmax_vjp(dl, l)},
    }


def fused(rng):
    z, Y = rng.standard_normal((N, C)), rng.dirichlet(np.ones(C), size=N)
    loss, dz = nn.softmax_cross_entropy(z, Y)
    y, alpha = rng.integers(C, size=N), 0.3
    return {
        "one-hot": {"y": y, "Y": nn.one_hot(y, C), "first": 0},  # classes count from 0
        "softmax-cross-entropy": {"z": z, "Y": Y, "N": N, "C": C, "L": loss},
        "fused-gradient": {"s": nn.softmax(z), "Y": Y, "N": N, "dL/dz": dz},
        "smooth-labels": {"Y": Y, "Y'": nn.smooth_labels(Y, alpha), "alpha": alpha, "C": C},
    }


def training(rng):
    X, y = rng.standard_normal((10, D)), rng.integers(C, size=10)
    net = nn.Sequential(nn.Linear(D, C, rng=rng))
    cuts = [slice(0, 4), slice(4, 8), slice(8, 10)]
    means = [nn.softmax_cross_entropy(net.forward(X[cut]), y[cut])[0] for cut in cuts]
    epoch = {"B": np.array([4, 4, 2]), "L": np.array(means), "T": 3}
    return {
        "epoch-mean": {**epoch, "L_bar": nn.evaluate(net, X, y, batch_size=4)[0]},
        "weight-decay": decayed(rng),
        "shard-mean": shards(rng, X, y),
    }


def shards(rng, X, y):
    net, cuts = nn.Sequential(nn.Linear(D, C, rng=rng)), [slice(0, 6), slice(6, 9), slice(9, 10)]
    parts = [nn.gradient_of_shard(net, X[cut], y[cut]) for cut in cuts]
    both = nn.combine_shards(parts)
    rows, losses = np.array([6, 3, 1]), np.array([part.loss for part in parts])
    means = {"M": 3, "N": rows, "L": losses, "L_bar": both.loss}
    return [  # one derivative at a time
        {**means, "g": np.array([part.grads[i] for part in parts]), "g_bar": both.grads[i]}
        for i in (0, 4, 11)
    ]


def decayed(rng):
    x, W, y = rng.standard_normal((N, D)), rng.standard_normal((D, C)), rng.integers(C, size=N)
    _, dz = nn.softmax_cross_entropy(x @ W, y)
    L = Given(lambda W: np.mean(np.log(np.exp(x @ W).sum(1)) - (x @ W)[range(N), y]))
    return {"L": L, "W": W, "dL/dW": nn.affine_vjp(dz, x, W)[1], "lambda": 0.7}


def starting(rng):
    size = {"n_in": 200, "n_out": 300}
    # All weights of a large layer stand for one weight that is drawn again and again.
    sample = lambda init: init(200, 300, rng=rng).reshape(1, 1, -1)  # noqa: E731
    laws = {
        "N": lambda mean, variance: stats.norm(mean, math.sqrt(variance)),
        "U": lambda low, high: stats.uniform(low, high - low),
    }
    return {
        "lecun-normal": {**laws, **size, "W": sample(nn.lecun_normal)},
        "glorot-uniform": {**laws, **size, "W": sample(nn.glorot_uniform)},
        "he-normal": {**laws, **size, "W": sample(nn.he_normal)},
    }


def optimisers(rng):
    mu, rho, beta1, beta2, eps, c = 0.7, 0.8, 0.6, 0.9, 0.01, 0.5
    betas = {"beta_1": beta1, "beta_2": beta2, "varepsilon": eps}
    adamw = steps(rng, nn.AdamW(1, c, beta1, beta2, eps))
    for letters in adamw:
        g, t = letters["g"], letters["t"]
        ago = t - np.arange(1, t + 1)
        m_hat = np.average(g[1 : t + 1], weights=beta1**ago)
        r_hat = np.average(g[1 : t + 1] ** 2, weights=beta2**ago)
        letters |= {"m_hat": np.full(t + 1, m_hat), "r_hat": np.full(t + 1, r_hat), "c": c}
    return {
        "sgd": steps(rng, nn.SGD(1)),
        "momentum": steps(rng, nn.Momentum(1, mu), mu=mu),
        "nesterov": steps(rng, nn.Momentum(1, mu, nesterov=True), mu=mu),
        "rmsprop": steps(rng, nn.RMSprop(1, rho, eps), rho=rho, varepsilon=eps),
        "adam": steps(rng, nn.Adam(1, beta1, beta2, eps), **betas),
        "adamw": [letters | betas for letters in adamw],
        "step-decay": [
            {"f": nn.step_decay(3, 0.8), "e": e, "e_0": 3, "gamma": 0.8} for e in range(8)
        ],
        "cosine-decay": [
            {"f": nn.cosine_decay(9, 0.2), "e": e, "E": 9, "varphi": 0.2} for e in range(9)
        ],
    }


def steps(rng, optimizer, T=4, **constants):
    """One parameter and its gradients over T steps; w[0] is the start, and there is no g[0]."""
    w, g, eta = rng.standard_normal((3, T + 1))
    eta, g[0] = np.abs(eta), np.nan
    for t in range(1, T + 1):
        params = w[t - 1 : t].copy()
        optimizer.lr = eta[t]
        optimizer.update(params, g[t : t + 1])
        w[t] = params[0]
    return [{"w": w, "g": g, "eta": eta, "t": t, "first": 0, **constants} for t in range(1, T + 1)]


def all_letters(seed):
    rng = np.random.default_rng(seed)
    rooms = neuron, backprop, checking, information, softmax, fused, training, starting, optimisers
    found = {}
    for room in rooms:
        for label, letters in room(rng).items():
            found[label] = letters if isinstance(letters, list) else [letters]
    return found


LETTERS = all_letters(0)


def holds(tex, several):
    """Check the formula for each set of letters."""
    for letters in several:
        settings = {k: v for k, v in letters.items() if k in ("first", "close")}
        rest = {k: v for k, v in letters.items() if k not in settings}
        latex.check(tex, rest, **settings)


@pytest.mark.parametrize("label", LETTERS)
def test_the_equation_on_the_page_is_what_nnlib_computes(label):
    assert label in EQUATIONS, f"no page has an equation {label!r}: remove it from LETTERS"
    holds(EQUATIONS[label].tex, LETTERS[label])


def test_no_equation_is_left_out():
    """A new label needs the letters of its equation in LETTERS, or a reason in NOT_EVALUATED."""
    left_out = {
        label: f"{e.page}: say in tests/test_pages.py what its letters are: {e.tex}"
        for label, e in EQUATIONS.items()
        if label not in LETTERS and label not in NOT_EVALUATED
    }
    assert left_out == {}
    assert set(NOT_EVALUATED) <= set(EQUATIONS) - set(LETTERS)


# ------------------------------------------------------- would a mistake on a page be noticed?


def misprints(tex):
    """Yield the formula with one sign, number, index or relation changed, one at a time."""
    other = {"+": "-", "-": "+", "1": "2", "2": "3", "6": "5", "0": "1", r"\log": r"\exp"}
    for sign in re.finditer(r"(?<![{_^\w])[-+](?!\w+})|\b[0126]\b|\\log", tex):
        yield tex[: sign.start()] + other[sign[0]] + tex[sign.end() :]
    for pair in re.finditer(r"_\{(\w)(\w)\}", tex):
        yield tex[: pair.start()] + f"_{{{pair[2]}{pair[1]}}}" + tex[pair.end() :]


STILL_TRUE = {  # what such a change does not make wrong
    r"\delta_{ji}": "the identity matrix is symmetric",
    r"\sum_{i} \sum_{k} W_{ki}^2": "it sums the same squares under other names",
    r"W_{ki} \sim": "every weight has the same law, whatever its indices are called",
}


@pytest.mark.parametrize("label", LETTERS)
def test_a_misprint_would_be_noticed(label):
    for wrong in misprints(EQUATIONS[label].tex):
        try:
            holds(wrong, LETTERS[label])
        except (AssertionError, latex.Unread):
            continue
        assert any(part in wrong for part in STILL_TRUE), f"still true: {wrong}"


def test_two_swapped_labels_would_be_noticed():
    def passes(equation, label):
        try:
            holds(EQUATIONS[equation].tex, LETTERS[label])
        except (AssertionError, latex.Unread, TypeError):  # or an array where a number was
            return False
        return True

    pairs = itertools.combinations(LETTERS, 2)
    assert [(a, b) for a, b in pairs if passes(a, b) and passes(b, a)] == []
