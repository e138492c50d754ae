"""The reader of LaTeX: what it reads, what it refuses, and that it calls false what is false."""

import math

import latex
import numpy as np
import pytest
from latex import Given, Unread

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
LETTERS = {
    **{"x": 2.0, "y": 5.0, "k": 3, "a": A, "v": A[:1].T, "lambda": 7.0, "n_in": 4.0},
    **{"y_hat": 0.5, "w*": 8.0, "dz": 9.0, "Y'": 0.25, "f": lambda t, s=0: t**2 + s},
    **{"w_1": 11.0, "g": [lambda t: t, lambda t: 10 * t], "c": np.array([3, 1])},
}


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        ("1 + 2 \\cdot 3 - 4", 3),
        ("-x^2", -4),
        ("2x^2 y", 40),
        ("x y / 4", 2.5),
        ("1{,}000.5", 1000.5),
        (r"\frac{x}{y}", 0.4),
        (r"\tfrac12 \, x", 1),
        (r"\tfrac1{10}", 0.1),
        (r"\frac xy", 0.4),
        (r"\sqrt{x + 2} + \sqrt[3]{8}", 4),
        (r"e^{-x}", math.exp(-2)),
        (r"\log e^x", 2),
        (r"\log \frac{x}{y} \cdot y", 5 * math.log(0.4)),
        (r"y \log(x) x", 10 * math.log(2)),
        (r"\log x + 1", math.log(2) + 1),
        (r"\cos^2 x + \sin^2 x", 1),
        (r"\max(x, y)", 5),
        (r"\left( x + y \right) x", 14),
        (r"\Big( x - y \Big)^2", 9),
        (r"| x - y |", 3),
        (r"2 | x - y | + \lvert x \rvert", 8),
        (r"\lfloor y / x \rfloor + \lceil y / x \rceil", 5),
        (r"\lambda \hat y", 3.5),
        (r"n_\mathrm{in} + n_{\text{in}}", 8),
        (r"w^* + w_1", 19),
        (r"\mathrm{d}z \, Y'", 2.25),
        ("f(x)", 4),
        (r"f(x, y) + f(x \parallel y)", 18),
        ("f(x) y", 20),
        ("x (y + 1)", 12),
        ("a_{12} + a_{2,1}", 6),
        ("a_{1k}", 3),
        ("a_{1,k-1}", 2),
        ("a_{1 c_1}", 3),
        ("a_{12}^2", 4),
        ("a^{(k-1)}_1", 4),
        ("g_2(x)", 20),
        (r"\sum_{i=1}^{2} \sum_j a_{ij}", 21),
        (r"\sum_{i} a_{i2} + x", 9),
        (r"x \sum_{i=1}^{k} i \cdot x", 24),
        (r"\sum_{i=k}^{4} x^{i-3}", 3),
        (r"\begin{cases} x & k > 3 \\ y & k \le 3 \end{cases}", 5),
        (r"\begin{cases} x & \text{if } k = 3 \\ y & \text{if } k \ne 3 \end{cases}", 2),
        (r"v^\top v", 14),
        (r"\frac{\partial}{\partial x} x^3", 12),
        (r"\frac{\mathrm{d}}{\mathrm{d}x} (x^3 + x)", 13),
        (r"y \text{ bits} .", 5),
    ],
)
def test_what_a_formula_is_worth(tex, value):
    assert np.squeeze(latex.evaluate(tex, LETTERS)) == pytest.approx(value, rel=1e-13)


def test_two_matrices_multiply_as_matrices_and_odot_by_entries():
    assert latex.evaluate("a a^\\top", LETTERS).tolist() == (A @ A.T).tolist()
    assert latex.evaluate("a \\odot a", LETTERS).tolist() == (A * A).tolist()
    pairs = latex.evaluate(r"\begin{pmatrix} x & y \\ 0 & -x \end{pmatrix}", LETTERS)
    assert pairs.tolist() == [[2, 5], [0, -2]]


def test_what_follows_from_other_letters_is_nudged_with_them():
    letters = {"z": np.array([0.3, 0.7]), "s": Given(lambda z: z**2 / np.sum(z**2))}
    total = 0.3**2 + 0.7**2
    slope = latex.evaluate(r"\frac{\partial s_1}{\partial z_2}", letters)
    assert slope == pytest.approx(-(0.3**2) * 2 * 0.7 / total**2, rel=1e-13)
    chain = letters | {"L": Given(lambda s: s[0] ** 3)}
    outer = latex.evaluate(r"\frac{\partial L}{\partial s_1}", chain)
    assert outer == pytest.approx(3 * (0.3**2 / total) ** 2, rel=1e-13)
    whole = latex.evaluate(r"\frac{\partial L}{\partial z_2}", chain)
    assert whole == pytest.approx(outer * slope, rel=1e-13)


@pytest.mark.parametrize(
    ("tex", "count"),
    [
        ("x = 2", 1),
        ("x = 4 / 2 = 2 .", 2),
        (r"x + x = 4 , \qquad y = 5", 2),
        (r"x < y \quad\Longleftrightarrow\quad y > x", 2),
        (
            r"\begin{aligned} x &= 1 + 1 && \text{(a sum)} \\ &= 3 - 1 \\ &< y \end{aligned}",
            3,
        ),
        (r"\begin{aligned} x &= 2 & y &= 5 \\ x y &= 10 \end{aligned}", 3),
        (r"a_{ij} = 3 (i - 1) + j", 1),
        (r"\frac{x}{7} = 0.2857", 1),
        (r"\frac{x}{7} \approx 0.286 \text{ bits}", 1),
        (r"x \ne y", 1),
    ],
)
def test_what_is_true_and_of_how_many_claims(tex, count):
    assert latex.check(tex, LETTERS) == count


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        ("x = 3", "not true: x = 3"),
        ("x = 2 = y", "not true: 2 = y"),
        (r"x + x = 4 , \qquad y = 6", "not true: y = 6"),
        (r"\begin{aligned} x &= 1 + 1 \\ &= 3 - 2 \end{aligned}", r"not true: 1 \+ 1 = 3 - 2"),
        (r"\begin{aligned} x &= 2 & y &= 4 \\ x y &= 10 \end{aligned}", "not true: y = 4"),
        (r"a_{ij} = 3 (i - 1) - j", "not true, i = 1, j = 1"),
        (r"a_{ij} = 1 + 3 (i - 1)", "not true, i = 1, j = 2"),
        (r"a_{ji} = a_{ij}", "index [ij] has no one length"),
        (r"\sum_{i=1}^{3} a_{i1} = 5", r"no entry \[3, 1\] in 'a' of shape \(2, 3\)"),
        (r"\frac{x}{7} = 0.2858", "not true"),
        ("y < x", "not true"),
        ("x \\ne 2", "not true"),
        ("\\log (-x) = \\log (-x)", "not true"),
        (r"\begin{cases} x & k > 3 \\ y & k < 3 \end{cases} = x", "expected one case"),
        ("g(x) = x", "expected an index at 'g'"),
        ("a = a^\\top", "not true"),
    ],
)
def test_what_is_false_is_called_so_with_its_place(tex, words):
    with pytest.raises(AssertionError, match=words):
        latex.check(tex, LETTERS)


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        ("x", "expected a claim"),
        ("u = 2", "expected a value for 'u'"),
        ("x = ", "expected two sides"),
        (r"\int x = 2", "expected a value for 'int'"),
        ("(x = 2", r"expected a claim"),
        (r"\frac{x = 2", "expected"),
        ("x ) = 2", "expected"),
        ("x + = 2", "expected a letter"),
        ("x ! = 2", "expected a letter"),
    ],
)
def test_what_cannot_be_read_is_no_guess(tex, words):
    with pytest.raises(Unread, match=words):
        latex.check(tex, LETTERS)


def test_a_law_is_held_against_a_sample():
    from scipy import stats

    sample = np.random.default_rng(0).standard_normal((1, 1, 100_000))
    letters = {"W": sample, "N": lambda m, v: stats.norm(m, math.sqrt(v))}
    assert latex.check(r"W_{ik} \sim \mathcal{N}(0, 1)", letters) == 1
    with pytest.raises(AssertionError, match="not true"):
        latex.check(r"W_{ik} \sim \mathcal{N}(0, 1.2)", letters)


def test_with_symbols_for_letters_a_formula_is_proved():
    import sympy

    z = np.array(sympy.symbols("z1 z2", real=True))
    letters = {"z": z, "e": sympy.E, "sqrt": sympy.sqrt}
    latex.check(r"\sum_j e^{z_j + z_1} = \sqrt{e^{2 z_1}} \sum_j e^{z_j}", letters)
    latex.check(r"\frac{\partial}{\partial z_i} z_i^2 = 2 z_i", letters)
    with pytest.raises(AssertionError, match="not true"):
        latex.check(r"\frac{\partial}{\partial z_i} z_i^2 = 3 z_i", letters)
