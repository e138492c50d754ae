"""Every line of every derivation on the pages, evaluated for random letters.

Each display without a label is read as it stands. `CHAPTERS` says what a chapter's letters are; a
display that needs others is named by a piece of its LaTeX. What is not checked has its reason in
`NOT_CHECKED`, so that a new display is either checked or excused. The displays with a label are in
``test_pages.py``.
"""

import math

import equations
import latex
import numpy as np
import pytest
from latex import Given

import nnlib as nn

RNG = np.random.default_rng(7)
SETTINGS = ("first", "close")  # letters of the reader, not of the formula


def softmax(z):
    e = np.exp(z)
    return e / e.sum()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def inner(p, q):  # so that the impossible outcomes of p cost nothing
    return -np.sum(p[p > 0] * np.log(q[p > 0]))


def H(p, q=None):
    return inner(p, p if q is None else q)


def D(p, q):
    return H(p, q) - H(p)


def column(v):
    return v[:, None]


def neuron():
    w, x, delta = RNG.standard_normal((3, 3))
    w_star, w_tilde, x_tilde = RNG.standard_normal((3, 3))
    w_star /= np.linalg.norm(w_star)
    w_tilde *= np.sign(w_tilde @ w_star)
    angle = -np.sign(w_tilde @ x_tilde)  # it is corrected: the example lies on the wrong side
    top, bottom = np.exp(0.7) - np.exp(-0.7), np.exp(0.7) + np.exp(-0.7)
    return {
        **{"w": w, "x": x, "Delta": delta, "z": 0.7, "sigma": sigmoid, "tanh": np.tanh},
        **{"sigma'": lambda z: nn.sigmoid_vjp(1.0, nn.sigmoid(z))},
        **{"tanh'": lambda z: nn.tanh_vjp(1.0, nn.tanh(z))},
        **{"top": top, "bottom": bottom, "top'": bottom, "bottom'": top},
    }, {
        r"w_D x_D + b": {"z": nn.affine(x[None], column(w), [0.4])[0, 0], "b": 0.4, "D": 3}
        | {"dots": 0, "w": w, "x": x},
        r"\text{distance}": {
            "z": w @ x,
            "distance": np.linalg.norm(np.linalg.pinv(w[None]) * (w @ x)),
        },
        r"w \leftarrow": [
            {"y": y, "a": a, "w'": w + sign * x, "b": 0.4, "b'": 0.4 + sign}
            for y, a, sign in [(1, 0, 1), (0, 1, -1), (1, 1, 0), (0, 0, 0)]
        ],
        r"(x_n, 1)": [
            {"x": x, "y": np.array([1, 0, 0]), "n": n, "w": w[0], "b": 0.4}
            | {"w_tilde": np.array([w[0], 0.4])}
            | {"x_tilde": np.array([[x[0], 1], [-x[1], -1], [-x[2], -1]])}
            for n in (1, 2, 3)
        ],
        r"2\, \tilde w \cdot \tilde x_n": {
            **{"w_tilde": w_tilde, "x_tilde": angle * x_tilde[None]},
            **{"n": 1, "R": 1.01 * np.linalg.norm(x_tilde)},
        },
        r"c\, \tilde w^*": {"w_tilde": w_tilde, "w_tilde*": w_star, "c": w_star @ w_tilde},
    }


def backprop():
    q, l, d = 4, 3, 2
    x, v, gamma = RNG.standard_normal(d), RNG.standard_normal((d, q)), RNG.standard_normal(q)
    w, theta, y = RNG.standard_normal((q, l)), RNG.standard_normal(l), RNG.random(l)
    X, W, dZ = RNG.standard_normal((5, d)), RNG.standard_normal((d, l)), RNG.standard_normal((5, l))
    dX, dW, db = nn.affine_vjp(dZ, X, W)
    network = {
        **{"d": d, "q": q, "l": l, "x": x, "v": v, "gamma": gamma, "w": w, "theta": theta, "y": y},
        **{"sigma": sigmoid, "eta": 0.3},
        "alpha": Given(lambda x, v: x @ v),
        "a": Given(lambda alpha, gamma: sigmoid(alpha - gamma)),
        "beta": Given(lambda a, w: a @ w),
        "y_hat": Given(lambda beta, theta: sigmoid(beta - theta)),
        "E": Given(lambda y_hat, y: np.sum((y_hat - y) ** 2) / 2),
        # what one step of training changes, from the layers of nnlib
        **{f"Delta {name}": change for name, change in trained(x, v, gamma, w, theta, y).items()},
        "g": Given(lambda y, y_hat: y_hat * (1 - y_hat) * (y - y_hat)),
        "e": Given(lambda a, w, g: a * (1 - a) * (w @ g)),
    }
    return network, {
        "0.3884": {"g": 0.1453, "e": np.array([0.0451, -0.0419]), "close": 6e-5},
        r"(1 - a_h^2)": with_cross_entropy(w, y),
        r"\frac{\partial z_k}{\partial x_i}": {
            "z": Given(lambda x: x @ W),
            **{"x": x, "dz": dZ[0], "dx": nn.affine_vjp(dZ[:1], x[None], W)[0][0]},
        },
        r"\mathrm{d}X &=": {
            **{"X": X, "W": W, "dZ": dZ, "dX": dX, "dW": dW, "db": db, "1": np.ones(5)},
        },
        "(a - 1)": {"L": Given(lambda a: (a - 1) ** 2 / 2), "z": 0.4, "a": Given(sigmoid)},
        r"\mathrm{d}a_{nk}\, s_k": {
            **{"x": X, "s": x, "da": X + 1, "dx": (X + 1) * x, "ds": ((X + 1) * X).sum(0)},
        },
    }


def trained(x, v, gamma, w, theta, y):
    rng = np.random.default_rng(0)
    layers = [nn.Linear(2, 4, rng=rng), nn.Sigmoid(), nn.Linear(4, 3, rng=rng), nn.Sigmoid()]
    net = nn.Sequential(*layers)
    net.params[...] = np.concatenate([v.ravel(), -gamma, w.ravel(), -theta])
    before = net.params.copy()
    _, da = nn.squared_error(net.forward(x[None]), y[None])
    net.backward(da)
    nn.SGD(0.3).update(net.params, net.grads)
    change = np.split(net.params - before, np.cumsum([8, 4, 12]))
    return {
        **{"v": change[0].reshape(2, 4), "gamma": -change[1]},
        **{"w": change[2].reshape(4, 3), "theta": -change[3]},
    }


def with_cross_entropy(w, y):
    """The same network with a tanh inside, and cross-entropy behind the last sigmoid."""
    tanh, last = nn.Tanh(), nn.Linear(4, 3, rng=np.random.default_rng(0), init=lambda *_, **__: w)
    a = tanh.forward(RNG.standard_normal((1, 4)))
    y_hat = nn.sigmoid(last.forward(a))
    minus_g = nn.sigmoid_vjp((y_hat - y) / (y_hat * (1 - y_hat)), y_hat)
    minus_e = tanh.backward(last.backward(minus_g))
    return {"a": a[0], "y_hat": y_hat[0], "g": -minus_g[0], "e": -minus_e[0]}


def checking():
    x, h, eps = 0.7, 0.3, 0.01

    def polynomial(degree):
        """A function whose derivative of that order is the same everywhere, as at every xi."""
        p = np.polynomial.Polynomial(RNG.standard_normal(degree + 1))
        slopes = {"f" + "'" * n: p.deriv(n) if n else p for n in range(5)}
        return {**slopes, "x": x, "h": h, "xi": 0.1, "xi_1": 0.2, "xi_2": 0.4}

    f, c = 1.7, 1.5
    g, g_tilde = np.full(3, 2.0), 2.0 + np.array([0.0, 1e-8, 2e-6])
    cube = {"f": lambda x: x**3}
    return {}, {
        "f(2.1) - f(2)}": cube,
        "f(2.1) - f(1.9)": cube,
        r"f(x + h) = f(x) + h f'(x) + \frac{h^2}{2} f''(\xi)": polynomial(2),
        r"\frac{f(x + h) - f(x)}{h}": polynomial(2),
        r"f'''(\xi_1) \\": polynomial(3),
        r"f(x + h) - f(x - h) =": polynomial(3),
        r"{2h} = f'(x) + \frac{h^2}{6}": polynomial(3),
        # both lines at the same h: the one where each pair of errors is in balance
        r"\sqrt{2 \varepsilon": {
            **{"f": f, "f''": -2 * eps * f / h**2, "f'''": -1.5 * eps * f / h**3},
            **{"varepsilon": eps, "h": h, "h*": h},
        },
        r"+ ih f'(x)": polynomial(3) | {"i": 1j, "dots": 0},
        r"\operatorname{Im}": polynomial(3) | {"i": 1j, "dots": 0, "Im": np.imag},
        "{c + 1}": {"r": (c - 1) / (c + 1), "c": c},
        r"f''(x) \approx": polynomial(3),
        "f''''(": polynomial(4),
        r"24\, \varepsilon": {"f": f, "f''''": 24 * eps * f / h**4, "varepsilon": eps}
        | {"h": h, "h*": h, "error": 2 * eps * f / h**2 * 2},
        "10^{-8}": {"g": g, "g_tilde": g_tilde},
        "4 D(h)": richardson(h),
    }


def richardson(h):
    """A function of degree 4: Richardson's formula removes the term in h^2 and is exact."""
    p = np.polynomial.Polynomial(RNG.standard_normal(5))
    central = lambda h: (p(0.7 + h) - p(0.7 - h)) / (2 * h)  # noqa: E731
    return {"f'": p.deriv(), "x": 0.7, "h": h, "D": central}


def entropy():
    p, q = RNG.dirichlet(np.ones(4), size=2)
    p[1] = 0
    p /= p.sum()
    lengths = np.array([1.0, 2.0, 4.0, 4.0])
    kappa = np.sum(0.5**lengths)
    labels = np.array([1, 2, 2, 4, 2, 1])
    counts = np.bincount(labels, minlength=5)[1:]
    y, a, eps = 0.3, 0.6, 0.01
    Y = np.eye(2)[[1, 0, 1, 1, 0, 1, 1, 1, 0, 1]]
    s = np.array([0.2, 0.8])
    bits = lambda p, q=None: H(p, q) / math.log(2)  # noqa: E731
    return {"H": H, "D": D, "p": p, "q": q}, {
        "f(t + t')": {"f": lambda t: 3 * t, "t": 0.2, "t'": 0.5},
        r"\sum_i 2^{-\ell_i}": {"ell": lengths},
        r"\log t \le": [{"t": t} for t in (0.1, 0.9, 1.0, 1.1, 3.0)],
        r"-D(p \parallel q)": {},
        r"\prod": {"y": labels, "q": q, "N": 6, "N_i": Given(lambda i: counts[int(i) - 1])}
        | {"p_hat": counts / 6},
        "(1 - y, y)": {"y": y, "a": a},
        r"\frac1N \sum_{n=1}^{N} H(y_n, s)": {"y": Y, "s": s, "N": 10},
        r"-\frac{y}{a}": {"y": y, "z": 0.4, "a": Given(sigmoid)}
        | {"L": Given(lambda y, a: -y * np.log(a) - (1 - y) * np.log(1 - a))},
        r"&= a - y && \text{(power rule)}": {"y": y, "z": 0.4, "a": Given(sigmoid)}
        | {"L": Given(lambda y, a: (a - y) ** 2 / 2)},
        r"s_0 + \varepsilon": {"z": np.array([0.4, -1.0]), "s": Given(softmax), "first": 0}
        | {"varepsilon": eps, "L": Given(lambda s: -np.log(s[0] + eps))},
        r"a (1 - a)^2": {"a": a},
        r"\log_2 \kappa": {"ell": lengths, "kappa": kappa, "q": 0.5**lengths / kappa, "H": bits},
        r"\mathrm{JS}": {"JS": lambda p, q: (D(p, (p + q) / 2) + D(q, (p + q) / 2)) / 2},
        r"H(r, r)": {"r": (p + q) / 2},
    }


def softmax_chapter():
    C, tau = 4, 0.7
    z, v, ds, dl = RNG.standard_normal((4, C))
    v /= np.linalg.norm(v)
    uniform = np.full(C, 1 / C)
    J = Given(lambda s: np.diag(s) - np.outer(s, s))
    u = v - v.mean()
    return {
        **{"z": z, "s": Given(softmax), "T": Given(lambda z: np.exp(z).sum()), "C": C},
        **{"lse": lambda z: np.log(np.exp(z).sum()), "delta": np.eye(C), "m": z.max()},
        **{"J": J, "v": v, "v_bar": Given(lambda s, v: s @ v)},
    }, {
        r"\sigma(z_1 - z_0)": {"z": z[:2], "s": Given(softmax), "sigma": sigmoid, "first": 0},
        r"/\tau}}": {"tau": tau, "s": Given(lambda z, tau: softmax(z / tau))},
        r"0 \cdot T": [{"i": i, "j": j} for i in range(1, 5) for j in range(1, 5) if i != j],
        r"- s\, s^\top": {"s": Given(lambda z: column(softmax(z)))}
        | {"J": nn.softmax_jacobian(nn.softmax(z))},
        "0.223": {"J": nn.softmax_jacobian(nn.softmax([2, 1, 0]))},
        r"1 & -1 & 0": {
            "J": nn.softmax_jacobian(np.array([0.5, 0.5, 0])) / 0.25
        },  # a tie, tau = 1/4
        r"v^\top J\, v": {"s": column(softmax(z)), "v": column(v), "v_bar": v @ softmax(z)}
        | {"J": nn.softmax_jacobian(nn.softmax(z))},
        r"\mathbf 1 \mathbf 1^\top": {
            **{"J": nn.softmax_jacobian(uniform), "I": np.eye(C), "1": np.ones((C, 1))},
            "u": column(u),
        },
        "J e_j": {"e": np.eye(C), "J": nn.softmax_jacobian(nn.softmax(z))},
        r"J^\top \mathrm{d}s": {"ds": ds, "dz": nn.softmax_vjp(ds, nn.softmax(z))},
        r"J_{\log}": {"s": column(softmax(z)), "1": np.ones((C, 1)), "I": np.eye(C)}
        | {"J_log": nn.numerical_jacobian(nn.log_softmax, z), "close": 1e-9},
        r"\mathrm{d}l_i\, (\delta_{ij}": {
            **{"dl": dl, "dz": nn.log_softmax_vjp(dl, nn.log_softmax(z))},
        },
        r"\partial \tau": {"tau": tau, "s": Given(lambda z, tau: softmax(z / tau))},
        r"\tfrac14 (b - a)^2": {"a": v.min(), "b": v.max(), "c": (v.min() + v.max()) / 2},
        r"\tfrac12 \lVert": {"softmax": nn.softmax, "z'": ds},
    }


def fused():
    C, N = 4, 3
    z, v = RNG.standard_normal((2, C))
    y = RNG.dirichlet(np.ones(C))
    S = nn.softmax(RNG.standard_normal((N, C)))
    X = RNG.standard_normal((N, 2))
    target = 1.7 * y
    net = {"z": z, "s": Given(softmax), "y": y, "delta": np.eye(C), "C": C}
    net |= {"L": Given(lambda s, y: -np.sum(y * np.log(s)))}
    two = {"z": np.array([0.2, 0.9]), "s": Given(softmax), "Delta": 0.9 - 0.2, "first": 0}
    return net, {
        "4.0862": {"s": nn.softmax([2, 1, 0]), "first": 0},
        r"J^\top": {"J": nn.softmax_jacobian(nn.softmax(z)), "s": nn.softmax(z)},
        r"t \, s_j": {"y": target, "t": target.sum()},
        r"\eta_{\text{sum}}": {"eta_sum": 0.1, "eta": 0.3, "N": N, "dW": X},
        r"\sigma(\Delta) = a": {**two, "sigma": sigmoid, "a": nn.sigmoid(0.7)},
        r"s_0 \approx": {"z": np.array([0.0, 8.0]), "Delta": 8.0, "first": 0, "close": 1e-6},
        r"\partial^2 L": {"H_z": nn.softmax_jacobian(nn.softmax(z))}
        | {
            "d2L/dzdz": nn.numerical_jacobian(lambda z: nn.softmax(z) - y, z),
            "close": 1e-9,
            "s": Given(lambda z: column(softmax(z))),
        },
        r"v^\top H_z": {"v": column(v), "H_z": nn.softmax_jacobian(nn.softmax(z))}
        | {"s": column(softmax(z)), "v_bar": v @ nn.softmax(z)},
        r"\otimes": {"N": N, "x": X[:, :, None], "s": S[:, :, None], "H": hessian(X, S)}
        | {"close": 1e-7},
        r"\alpha / C": {"alpha": 0.1},
        r"\log(1 + e^z)": {"z": -0.8, "y": 1.0, "L": -np.log(nn.sigmoid(-0.8))},
    }


def hessian(X, S):
    """The Hessian of the loss of a softmax regression, by differences of its gradient."""
    scores = np.log(S)

    def gradient(w):
        W = w.reshape(2, -1)
        _, dz = nn.softmax_cross_entropy(scores + X @ W, np.zeros(len(X), int))
        return nn.affine_vjp(dz, X, W)[1].ravel()

    return nn.numerical_jacobian(gradient, np.zeros(X.shape[1] * S.shape[1]))


def regression():
    N, B, T, r = 50, 20, 3, 10
    A, L_T = RNG.random(2)
    mean = ((N - r) * A + r * L_T) / N
    return {}, {
        r"\lceil": {"N": N, "B": B, "T": T},
        r"\frac{B}{N} \cdot": {"N": N, "B": B},
        "mean of means": {"mean of means": ((T - 1) * A + L_T) / T, "L_bar": mean, "T": T}
        | {"A": A, "L_T": L_T, "N": N, "r": r},
        "10{,}000": {"T": 40, "N": 10_000, "r": 16},
        r"e^{N \log(1 - 1/N)}": {"N": 10_000, "close": 1e-4},
    }


def hidden():
    X, W_1, b_1 = RNG.standard_normal((5, 2)), RNG.standard_normal((2, 3)), RNG.standard_normal(3)
    W_2, b_2 = RNG.standard_normal((3, 2)), RNG.standard_normal(2)
    net = nn.Sequential(*(nn.Linear(*shape, rng=RNG) for shape in [(2, 3), (3, 2)]))
    net.params[...] = np.concatenate([a.ravel() for a in (W_1, b_1, W_2, b_2)])
    Z = nn.Sequential(nn.Tanh(), nn.Linear(3, 2, rng=RNG))
    Z.params[...] = net.params[-8:]
    w_0, w_1, difference = RNG.standard_normal((3, 2))
    # a point of the line where both scores are equal
    x = difference - (difference @ (w_1 - w_0) + 0.5) / np.sum((w_1 - w_0) ** 2) * (w_1 - w_0)
    gradients, N, eps, decay = RNG.standard_normal((4, 2, 3)), 4, 0.1, 0.3
    W = RNG.standard_normal((2, 3))
    summed = {
        **{"varepsilon": eps, "N": N, "lambda": decay, "W": W, "dL/dW": gradients.mean(0)},
        **{"dL_n/dW": Given(lambda n: gradients[int(n) - 1])},
        **{"L": None, "L_n": None, "#n": N},
    }
    step = {"W'": W - eps * (gradients.sum(0) + decay * W), "L": np.ones(4)}
    layers = {"X": X, "W_1": W_1, "b_1": b_1, "W_2": W_2, "b_2": b_2, "tanh": np.tanh}
    return layers, {
        "a_1 = ": [
            {"x": x, "a_1": np.tanh(2 * x + 1), "a_2": np.tanh(2 * x - 1)}
            | {"z": np.tanh(2 * x + 1) - np.tanh(2 * x - 1) - 1}
            for x in (-1.0, 0.3)
        ],
        r"z_1 = z_0": {"x": x, "w_0": w_0, "w_1": w_1, "b_0": 0.2, "b_1": 0.7}
        | {"z_0": x @ w_0 + 0.2, "z_1": x @ w_1 + 0.7},
        r"A = \tanh": {"A": np.tanh(X @ W_1 + b_1), "Z": Z.forward(X @ W_1 + b_1)},
        "(X W_1 + b_1) W_2": {},
        r"(x + c) \cdot w": {"x": w_0, "c": difference, "w": w_1, "b": 0.3},
        r"W \leftarrow": summed | step,
        r"\text{(a sum is }": summed,
    }


def chaos():
    w, eta = RNG.standard_normal(3), 0.3
    q = 1.3
    product = {"L": Given(lambda w_1, w_2: (w_1 * w_2 - 1) ** 2 / 2), "w_1": 0.6, "w_2": -1.1}
    return {}, {
        r"(1 - \eta\lambda)": {"w": w, "eta": eta, "lambda": 0.2},
        r"(w_1 w_2 - 1)^2": product,
        r"w \leftarrow": {"w": 0.6, "w'": 0.6 - eta * (0.6 * 0.6 - 1) * 0.6, "eta": eta},
        "q^2 - qr": {"q": q, "r": 1 / q, "a": q**2 + 1 / q**2},
    }


def starts():
    # Every outcome of two random weights and of two inputs that depend on each other.
    signs = np.array([-1.0, 1.0])
    w1, w2, k = (a.ravel() for a in np.meshgrid(1.5 * signs, 1.5 * signs, [0, 1, 2]))
    x = np.array([[1.0, 2.0, -0.5], [0.5, 1.0, 3.0]])[:, k]
    w = np.array([w1, w2])
    mean = lambda v: np.mean(v, -1) if np.ndim(v) else v  # noqa: E731
    variance = lambda v: np.mean(v**2) - np.mean(v) ** 2  # noqa: E731
    sample = RNG.standard_normal(9)
    sample = np.concatenate([sample, -sample])
    neurons = np.repeat(RNG.standard_normal((5, 1)), 3, axis=1)  # three that are all the same
    X, dz2 = RNG.standard_normal((5, 2)), RNG.standard_normal((5, 4))
    return {"E": mean, "Var": variance}, {
        r"\mathrm{d}W'_{jm}": {
            **{"x": X, "a": neurons, "dz": neurons, "dz'": dz2, "dW'": neurons.T @ dz2},
            **{"dW": X.T @ neurons, "db": neurons.sum(0)},
        },
        r"\mathbb{E}[x]^2 ,": {"x": sample + 0.7},
        r"\mathbb{E}[z] &=": {"w": w, "x": x, "z": (w * x).sum(0), "n_in": 2} | {"E": np.mean},
        r"\frac{n_\mathrm{in} \operatorname{Var}(w)": {
            **{"n_in": 3, "n_out": 5, "w": None, "Var": lambda w: 2 / 8},
        },
        r"\operatorname{relu}(-z)^2 &=": {"z": sample, "relu": nn.relu},
        r"\mathbb{E}[\mathrm{d}x^2]": {"dx": (w * x).sum(0), "dz": x, "w": w, "n_out": 2}
        | {"E": np.mean},
    }


def optimisers():
    T, eta, mu, lam = 3, 0.2, 0.7, 0.9
    H = np.array([[2.0, 0.4], [0.4, 1.0]])
    values, vectors = np.linalg.eigh(H)
    w = [RNG.standard_normal((2, 1))]
    for _ in range(T):
        w.append(w[-1] - eta * H @ w[-1])
    low, high = 0.5, 4.5
    kappa = high / low
    # one parameter: velocity, gradients, means
    g = RNG.standard_normal(T + 1)
    etas = np.abs(RNG.standard_normal(T + 1))
    m, r, v = (np.zeros(T + 1) for _ in range(3))
    walk, ball, ahead, scaled = (np.full(T + 1, 0.8) for _ in range(4))
    beta1, beta2, rho, eps = 0.6, 0.9, 0.8, 0.01
    ball_v, ahead_v = np.zeros(T + 1), np.zeros(T + 1)
    square = np.zeros(T + 1)
    momentum = [nn.Momentum(1, mu), nn.RMSprop(1, rho, eps)]
    for t in range(1, T + 1):
        m[t] = beta1 * m[t - 1] + (1 - beta1) * g[t]
        r[t] = beta2 * r[t - 1] + (1 - beta2) * g[t] ** 2
        square[t] = rho * square[t - 1] + (1 - rho) * g[t] ** 2
        v[t] = mu * v[t - 1] + g[t]
        for optimizer, path in zip(momentum, (walk, scaled), strict=True):
            params = path[t - 1 : t].copy()
            optimizer.lr = etas[t]
            optimizer.update(params, g[t : t + 1])
            path[t] = params[0]
        ball_v[t] = mu * ball_v[t - 1] + lam * ball[t - 1]
        ball[t] = ball[t - 1] - eta * ball_v[t]
        ahead_v[t] = mu * ahead_v[t - 1] + lam * (ahead[t - 1] - eta * mu * ahead_v[t - 1])
        ahead[t] = ahead[t - 1] - eta * ahead_v[t]
    seen = ahead - eta * mu * ahead_v
    slope = lam * (ahead[:-1] - eta * mu * ahead_v[:-1])
    each = [{"t": t, "first": 0, "eta": eta, "mu": mu, "lambda": lam} for t in (1, 2, 3)]
    constant = running_mean(T, beta1, 1.3)
    return {}, {
        r"\eta H w_{t-1}": [
            {"w": np.array(w), "H": H, "u": vectors.T[:, :, None], "lambda": values, "eta": eta}
            | {"t": t, "first": 0}
            for t in (1,)
        ],
        r"\lambda_{\max} - 1": {
            **{"lambda_min": low, "lambda_max": high, "eta": 2 / (low + high)},
            **{"kappa": kappa},
        },
        r"\frac{N - B}{N - 1}": {"Var": 0.6 / 4 * (10 - 4) / (10 - 1), "B": 4, "N": 10, "V": 0.6},
        r"v_t = \mu \, v_{t-1} + g_t": [
            {**row, "v": v, "g": g, "w": walk, "eta": etas} for row in each
        ],
        r"(1 + \mu - \eta\lambda)": [{**row, "v": ball_v, "w": ball} for row in each[1:]],
        r"\sqrt\mu =": {"mu": ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2, "kappa": kappa}
        | {"lambda_min": low, "lambda_max": high, "eta": 4 / (low**0.5 + high**0.5) ** 2},
        r"\tilde w_t": [
            {**row, "v": ahead_v, "w": ahead, "w_tilde": seen, "g": np.append(np.nan, slope)}
            for row in each
        ],
        r"\nabla L(": [
            {**row, "v": ahead_v, "w": ahead, "nabla L": lambda w: lam * w} for row in each
        ],
        r"r_t = \rho": [
            {**row, "r": square, "g": g, "w": scaled, "rho": rho, "eta": etas, "varepsilon": eps}
            for row in each
        ],
        r"m_t = \beta_1": [
            {**row, "m": m, "r": r, "g": g, "beta_1": beta1, "beta_2": beta2} for row in each
        ],
        r"(geometric series)": [
            {**row, "g": np.full(T + 1, 1.3), "m": constant, "beta_1": beta1, "E": np.mean}
            for row in each
        ],
    }


def running_mean(T, beta, g):
    """The running mean of a gradient that is always the same, started at zero."""
    m = np.zeros(T + 1)
    for t in range(1, T + 1):
        m[t] = beta * m[t - 1] + (1 - beta) * g
    return m


def generalising():
    counts, total = np.array([3, 5, 2]), 10
    right, sure = RNG.random((2, 3))
    return {}, {
        r"\mathrm{ECE}": {"accuracy": right, "confidence": sure, "N": total}
        | {"N_g": Given(lambda g: counts[int(g) - 1])}
        | {"ECE": float(np.average(np.abs(right - sure), weights=counts))},
    }


def images():
    x, W = RNG.standard_normal(4), RNG.standard_normal((4, 3))
    order = [3, 1, 4, 2]
    rows, dz = RNG.standard_normal((5, 4)), RNG.standard_normal((5, 3))
    r, N = 0.7, 3
    outcomes = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1)
    chance = np.prod(np.where(outcomes == 1, r, 1 - r), axis=0)
    mean = lambda v: v @ chance  # noqa: E731
    return {}, {
        r"\varphi(i)": {"x": x, "W": W, "varphi": lambda i: order[int(i) - 1], "#i": 4},
        r"\longrightarrow": {"x": np.array([0, 16, 8, 4]) / 16},
        r"\eta'": {"W": W, "x": rows, "dz": dz, "c": 4.0, "eta'": 0.3},
        r"\operatorname{Var} u": {"u": outcomes, "r": r, "N": N, "E": mean}
        | {"Var": lambda v: mean(v**2) - mean(v) ** 2},
        r"w_k \cdot x": {"w": W.T, "x": x},
    }


def frameworks():
    W = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    net = nn.affine([[1.0, 2.0]], W, np.zeros(3))
    return {"W": W, "b": np.zeros(3), "x": np.array([1.0, 2.0]), "z": net[0]}, {}


def machines():
    M, P, B, F, alpha, beta = 4, 101_770, 256, 5e10, 2e-5, 1.25e8
    each = np.array([3, 5, 2])  # rows of three workers

    def ring(M, c):
        """The time of a step: everybody computes, then passes parts of the gradient on."""
        time = B / M * c
        for _reduce_then_gather in range(2):
            for _to_the_next in range(round(M) - 1):
                time += alpha + 4 * P / M / beta
        return time

    link = {"M": M, "P": P, "B": B, "c": 6 * P / F, "alpha": alpha, "beta": beta, "F": F}
    worth_it = {**link, "B": 1.0001 * 4 / 3 * F / beta}  # just enough rows, so that all three hold
    return {**link, "T": lambda M: ring(M, 6 * P / F)}, {
        r"\Longleftrightarrow": worth_it,
        r"f_r": {"M": 3, "N": 10, "N_r": Given(lambda r: each[int(r) - 1]), "f": each / (10 / 3)},
    }


def museum():
    z, epsilon = np.array([-4.0, 0.5, 1.0]), 1e-2
    return {}, {
        r"s_0 + \varepsilon": {
            **{"first": 0, "z": z, "s": softmax(z), "varepsilon": epsilon},
            "L": Given(lambda z: -np.log(softmax(z)[0] + epsilon)),
        },
    }


CHAPTERS = {
    "book/01-neuron": neuron(),
    "book/02-backprop": backprop(),
    "book/03-checking": checking(),
    "book/04-entropy": entropy(),
    "book/05-softmax": softmax_chapter(),
    "book/06-fused": fused(),
    "book/07-regression": regression(),
    "book/08-hidden": hidden(),
    "book/09-chaos": chaos(),
    "book/10-init": starts(),
    "book/11-optimisers": optimisers(),
    "book/12-generalising": generalising(),
    "book/13-images": images(),
    "book/14-frameworks": frameworks(),
    "book/15-machines": machines(),
    "book/16-museum": museum(),
}
NOT_CHECKED = {
    "book/07-regression": {r"\text{ in batch } t": "a sum over rows that are named in words"},
    "book/09-chaos": {r"\tfrac{3}{\sqrt 7}": "w is one number in one line and another in the next"},
    "book/10-init": {
        r"\mathbb{E}[z_\ell^2]": "a mean over random weights; a cell measures it",
        r"\int": "an integral; see test_symbolic.py",
        r"\nu - 2 \nu^2": "it holds for small variances only; see test_symbolic.py",
        r"\log C + \bar z": "it holds for small scores only; see test_symbolic.py",
    },
    "book/11-optimisers": {
        r"\sum_{b \ne c}": "a sum over pairs of random rows; the line after it is checked",
        r"\eta\, \xi_t": "a mean over noise; see test_symbolic.py",
    },
    "book/13-images": {
        r"\operatorname{E} \max(A, B)": "a mean over normal numbers; see test_symbolic.py",
    },
    "book/15-machines": {r"\text{ on } r": "a sum over rows that are named in words"},
}


def displays():
    for page in equations.pages():
        chapter = page.relative_to(equations.ROOT).with_suffix("").as_posix()
        if page.suffix == ".ipynb":
            lines = "\n".join(equations.prose(equations.markdown(page)))
            for number, (tex, label) in enumerate(equations.DISPLAY.findall(lines), start=1):
                if not label and latex.claims(tex):
                    yield pytest.param(chapter, tex.strip(), id=f"{chapter[5:]}-{number}")


DISPLAYS = list(displays())


@pytest.mark.parametrize(("chapter", "tex"), DISPLAYS)
def test_the_lines_of_the_page_are_true(chapter, tex):
    if any(piece in tex for piece in NOT_CHECKED.get(chapter, ())):
        return
    usual, special = CHAPTERS.get(chapter, ({}, {}))
    keys = [piece for piece in special if piece in tex]
    assert len(keys) <= 1, f"several pieces of CHAPTERS are in it: {keys}"
    several = special[keys[0]] if keys else {}
    for letters in several if isinstance(several, list) else [several]:
        values = {**usual, **letters}
        settings = {name: values.pop(name) for name in SETTINGS if name in values}
        try:
            latex.check(tex, values, **settings)
        except latex.Unread as error:
            where = (
                "say in tests/test_derivations.py what its letters are, or why it is not checked"
            )
            pytest.fail(f"{chapter}: {where}\n{error}\n{tex}")


def test_nothing_is_said_of_displays_that_are_gone():
    by_chapter = {chapter: [] for chapter in CHAPTERS}
    for display in DISPLAYS:
        by_chapter[display.values[0]].append(display.values[1])
    for chapter, (_, special) in CHAPTERS.items():
        for piece in [*special, *NOT_CHECKED.get(chapter, ())]:
            assert any(piece in tex for tex in by_chapter[chapter]), f"{chapter}: {piece}"
    assert len(DISPLAYS) > 100  # else nothing was looked at
