"""The key step of each derivation, proved for all numbers at once with symbols instead of numbers.

Where the page prints the formula, the page's own LaTeX is what is proved: its letters are symbols.
"""

import equations
import latex
import numpy as np
import pytest
import sympy as sp
from sympy import E, Matrix, Rational, exp, log, oo, sqrt, symbols

EQUATIONS = {e.label: e.tex for e in equations.equations()}
PROOF = {"e": E, "log": log, "sqrt": sqrt, "tanh": sp.tanh}
SIZES = pytest.mark.parametrize("C", [1, 2, 3])


def reals(names):
    return np.array(symbols(names, real=True, seq=True))


def softmax(z):
    return np.array([exp(z_i) for z_i in z]) / sum(exp(z_j) for z_j in z)


def prove(label, **letters):
    latex.check(EQUATIONS[label], PROOF | letters)


def is_zero(expression):
    return sp.simplify(expression) == 0


# ---------------------------------------------------------------------------- activations

x, z, a = symbols("x z a", real=True)


@pytest.mark.equation("sigmoid-vjp")
def test_the_slope_of_the_sigmoid():
    sigma = latex.evaluate(EQUATIONS["sigmoid"].split("=")[1], {**PROOF, "z": z})
    prove("sigmoid-vjp", da=x, a=sigma, dz=x * sp.diff(sigma, z))


@pytest.mark.equation("tanh-vjp")
def test_the_slope_of_the_tanh():
    tanh = latex.evaluate(EQUATIONS["tanh"].split("=")[1], {**PROOF, "z": z})
    prove("tanh-vjp", da=x, a=tanh, dz=x * sp.diff(tanh, z))
    assert is_zero(tanh - (2 / (1 + exp(-2 * z)) - 1))  # a sigmoid, stretched


# ------------------------------------------------------------------------------- softmax


@SIZES
@pytest.mark.equation("softmax-shift", "softmax-jacobian", "softmax-vjp", "log-softmax-vjp")
def test_the_softmax(C):
    z, g = reals(f"z:{C}"), reals(f"g:{C}")
    c = symbols("c", real=True)
    s = softmax(z)
    J = Matrix(s.tolist()).jacobian(z.tolist())
    prove("softmax", z=z, s=s)
    prove("softmax-shift", z=z, c=c)
    prove("softmax-jacobian", s=s, delta=np.eye(C, dtype=int), **{"ds/dz": np.array(J)})
    prove("softmax-vjp", s=s, ds=g, dz=np.array(J.T @ Matrix(g))[:, 0])
    l = np.array([log(s_i) for s_i in s])
    J_log = Matrix(l.tolist()).jacobian(z.tolist())
    prove("log-softmax-vjp", l=l, dl=g, dz=np.array(J_log.T @ Matrix(g))[:, 0])


@SIZES
def test_the_jacobian_is_symmetric_with_rows_that_sum_to_zero(C):
    z = reals(f"z:{C}")
    J = Matrix(softmax(z).tolist()).jacobian(z.tolist())
    assert sp.simplify(J - J.T) == sp.zeros(C, C)
    assert sp.simplify(J @ sp.ones(C, 1)) == sp.zeros(C, 1)


@pytest.mark.parametrize("C", [2, 3])
def test_the_hessian_of_softmax_cross_entropy_is_positive_semidefinite(C):
    """Its form is a sum of squares: half of sum s_j s_k (v_j - v_k)^2, and no s is negative."""
    z, y, v = reals(f"z:{C}"), reals(f"y:{C}"), reals(f"v:{C}")
    y[-1] = 1 - sum(y[:-1])
    loss = log(sum(exp(z_j) for z_j in z)) - y @ z
    form = Matrix(v).T @ sp.hessian(loss, z.tolist()) @ Matrix(v)
    s = softmax(z)
    pairs = sum(s[j] * s[k] * (v[j] - v[k]) ** 2 for j in range(C) for k in range(C))
    assert is_zero(form[0] - pairs / 2)


@pytest.mark.parametrize("C", [2, 3])
@pytest.mark.equation("fused-gradient")
def test_the_fused_gradient_is_that_of_the_composition(C):
    N = 2
    z, Y = (np.array(reals(f"{name}:{N * C}")).reshape(N, C) for name in "zY")
    Y[:, -1] = 1 - Y[:, :-1].sum(axis=1)  # a distribution
    S = np.array([softmax(row) for row in z])
    composed = -sum(Y[n, j] * log(S[n, j]) for n in range(N) for j in range(C)) / N
    slopes = np.array([[sp.diff(composed, z_nj) for z_nj in row] for row in z])
    prove("fused-gradient", s=S, Y=Y, N=N, **{"dL/dz": slopes})
    prove("softmax-cross-entropy", z=z, Y=Y, N=N, C=C, L=sp.expand_log(composed, force=True))


# --------------------------------------------------------------------------- information


@pytest.mark.equation("kl-divergence")
def test_the_divergence_is_what_cross_entropy_costs_beyond_entropy():
    p, q = (np.array(symbols(f"{name}:3", positive=True)) for name in "pq")
    letters = {**PROOF, "p": p, "q": q, "log": lambda t: sp.expand_log(log(t), force=True)}
    entropy = latex.evaluate(EQUATIONS["entropy"].split("=")[1], letters)
    crossed = latex.evaluate(EQUATIONS["cross-entropy"].split("=")[1], letters)
    divergence = latex.evaluate(EQUATIONS["kl-divergence"].split("=")[2], letters)
    assert is_zero(divergence - (crossed - entropy))


@pytest.mark.equation("gibbs")
def test_the_logarithm_lies_below_its_tangent_at_one():
    """The whole of Gibbs' inequality: t - 1 - log t is least at t = 1, and there it is 0."""
    t = symbols("t", positive=True)
    gap = t - 1 - log(t)
    assert sp.solve(sp.diff(gap, t), t) == [1]
    assert gap.subs(t, 1) == 0
    assert sp.diff(gap, t, 2).is_positive


def test_entropy_is_largest_when_nothing_is_known():
    p, q = symbols("p q", positive=True)
    H = -p * log(p) - q * log(q) - (1 - p - q) * log(1 - p - q)
    third = {p: Rational(1, 3), q: Rational(1, 3)}
    assert [sp.simplify(sp.diff(H, v).subs(third)) for v in (p, q)] == [0, 0]
    assert sp.hessian(H, (p, q)).subs(third).is_negative_definite
    assert is_zero(H.subs(third) - log(3))
    assert sp.limit(p * log(p), p, 0) == 0


# ----------------------------------------------------------------------- backpropagation


@pytest.mark.equation("bp-output-gradient", "bp-hidden-gradient")
def test_the_gradients_of_the_textbook_network():
    d, q, l = 2, 2, 2
    x, y, theta, gamma = reals(f"x:{d}"), reals(f"y:{l}"), reals(f"theta:{l}"), reals(f"gamma:{q}")
    v, w = reals(f"v:{d * q}").reshape(d, q), reals(f"w:{q * l}").reshape(q, l)

    class sigma(sp.Function):  # of the sigmoid the derivation uses nothing but its slope
        def fdiff(self, argindex=1):
            return self * (1 - self)

    a = np.array([sigma(score) for score in x @ v - gamma])
    y_hat = np.array([sigma(score) for score in a @ w - theta])
    error = sum((y_hat - y) ** 2) / 2
    # theta_j and gamma_h are subtracted, so their slopes are g and e themselves
    g = np.array([sp.diff(error, t) for t in theta])
    e = np.array([sp.diff(error, t) for t in gamma])
    prove("bp-output-gradient", g=g, y=y, y_hat=y_hat)
    prove("bp-hidden-gradient", e=e, a=a, w=w, g=g, l=l)
    for h in range(q):
        for j in range(l):
            assert sp.expand(sp.diff(error, w[h, j]) + g[j] * a[h]) == 0
        for i in range(d):
            assert sp.expand(sp.diff(error, v[i, h]) + e[h] * x[i]) == 0


# ------------------------------------------------------------------------ starting weights


@pytest.mark.equation("glorot-uniform")
def test_the_variance_of_glorots_weights():
    w, B, n_in, n_out = symbols("w B n_in n_out", positive=True)
    variance = sp.integrate(w**2 / (2 * B), (w, -B, B))
    assert is_zero(variance - B**2 / 3)
    bounds = []
    letters = PROOF | {
        "n_in": n_in,
        "n_out": n_out,
        "U": lambda low, high: bounds.append((low, high)),
    }
    latex.evaluate(EQUATIONS["glorot-uniform"].split(r"\sim")[1], letters)
    ((low, high),) = bounds
    assert is_zero(low + high)
    wanted = variance.subs(B, high)
    assert is_zero((n_in * wanted + n_out * wanted) / 2 - 1)  # what the derivation asks for


@pytest.mark.equation("he-normal")
def test_relu_keeps_half_of_the_mean_square():
    v, n_in = symbols("v n_in", positive=True)
    density = exp(-(z**2) / (2 * v)) / sqrt(2 * sp.pi * v)
    kept = sp.integrate(z**2 * density, (z, 0, oo))
    assert is_zero(kept - v / 2)
    laws = []
    letters = PROOF | {"n_in": n_in, "N": lambda mean, variance: laws.append((mean, variance))}
    latex.evaluate(EQUATIONS["he-normal"].split(r"\sim")[1], letters)
    ((mean, variance),) = laws
    assert mean == 0
    assert is_zero(n_in * variance * kept - v)  # the scores of the next layer vary as much


def test_the_mean_square_behind_a_tanh():
    nu = symbols("nu", positive=True)
    density = exp(-(z**2) / 2) / sqrt(2 * sp.pi)
    square = sp.series(sp.tanh(sqrt(nu) * z) ** 2, nu, 0, 3).removeO()
    mean = sp.integrate(sp.expand(square * density), (z, -oo, oo))
    assert is_zero(mean - (nu - 2 * nu**2))
    assert sp.series(1 / mean, nu, 0, 1).removeO() == 1 / nu + 2


def test_the_loss_at_the_start():
    """To second order in small scores, for three classes."""
    t = symbols("t")
    z = reals("z:3")
    exact = sp.series(log(sum(exp(t * z_j) for z_j in z)), t, 0, 3).removeO().subs(t, 1)
    mean, square = sum(z) / 3, sum(z_j**2 for z_j in z) / 3
    assert is_zero(exact - (log(3) + mean + (square - mean**2) / 2))


# ------------------------------------------------------------------------------ optimisers

beta, g, t, k = symbols("beta g t k", positive=True)


@pytest.mark.equation("adam")
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_adams_correction_makes_the_mean_of_equal_gradients_exact(steps):
    m = 0
    for _ in range(steps):
        m = beta * m + (1 - beta) * g
    assert is_zero(m / (1 - beta**steps) - g)
    unrolled = (1 - beta) * sp.summation(beta ** (steps - k) * g, (k, 1, steps))
    assert is_zero(m - unrolled)


@pytest.mark.equation("momentum")
def test_a_velocity_is_a_sum_of_faded_gradients():
    mu, gradients = symbols("mu"), symbols("g1:5")
    v = 0
    for gradient in gradients:
        v = mu * v + gradient
    T = len(gradients)
    assert is_zero(v - sum(mu ** (T - k) * g_k for k, g_k in enumerate(gradients, start=1)))


def test_the_noise_that_stays():
    eta, lam, V, square = symbols("eta lambda V w2", positive=True)
    fixed = sp.solve(sp.Eq(square, (1 - eta * lam) ** 2 * square + eta**2 * V), square)
    assert is_zero(fixed[0] - eta * V / (lam * (2 - eta * lam)))


def test_the_larger_of_two_normal_numbers():
    """Its mean is the mean of |difference| / 2 above r, and the difference has variance 2."""
    half = sp.integrate(z * exp(-(z**2) / 4) / sqrt(4 * sp.pi), (z, 0, oo))
    assert is_zero(half - 1 / sqrt(sp.pi))
    assert abs(float(half) - 0.56) < 0.005
