"""Exercises of the chapter *Checking a gradient*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.check import numerical_gradient
from nnlib.exercises._exercise import Exercise, Mistake

Scalar = Callable[[Array], float]
STEPS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)


# ---- central_gradient ------------------------------------------------------------------------


def _squares(x: Array) -> float:
    return float((x**2).sum())


def _bowl(x: Array) -> float:
    return float(5 * (x**2).sum())


def _waves(x: Array) -> float:
    return float((np.sin(3 * x) * np.arange(1, x.size + 1).reshape(x.shape)).sum())


def _points() -> list[tuple[Scalar, Array]]:
    """Return functions with a point: integers, the bottom of a bowl, a matrix."""
    return [
        (_squares, np.array([3, 4])),
        (_bowl, np.zeros(2)),
        (_waves, np.array([[0.1, -0.4, 1.3], [0.9, 2.0, -2.2]])),
    ]


def _quotients(h: float, copy: Callable[[Array], Array], back: float, width: float) -> Any:
    """Return a gradient by differences between a step `h` up and `back * h` down."""

    def gradient(f: Scalar, x: Array) -> Array:
        g = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            up, down = copy(x), copy(x)
            up[i] = x[i] + h
            down[i] = x[i] - back * h
            g[i] = (f(up) - f(down)) / (width * h)
        return g

    return gradient


def _floats(x: Array) -> Array:
    return np.array(x, dtype=np.float64)


def _same_dtype(x: Array) -> Array:
    return x.copy()


def _result_like_x(f: Scalar, x: Array) -> Array:
    g = np.zeros_like(x)
    g[...] = _quotients(1e-5, _floats, 1, 2)(f, x)
    return g


def _one_row_at_a_time(f: Scalar, x: Array) -> Array:
    g = np.zeros(x.shape)
    for i in range(len(x)):
        up, down = _floats(x), _floats(x)
        up[i] += 1e-5
        down[i] -= 1e-5
        g[i] = (f(up) - f(down)) / 2e-5
    return g


# ---- dropout_vjp -----------------------------------------------------------------------------


def _dropouts() -> list[tuple[Array, Array, float]]:
    """Return upstream gradients, masks of 0 and 1, and the fraction that is kept."""
    rng = np.random.default_rng(6)
    return [
        (rng.standard_normal((4, 3)), (rng.random((4, 3)) < keep).astype(float), keep)
        for keep in (0.5, 0.8)
    ] + [(np.array([[1.0, -2.0]]), np.array([[0.0, 1.0]]), 0.25)]


# ---- entries_agree ---------------------------------------------------------------------------


def _agree(claimed: Array, numerical: Array) -> bool:
    if claimed.shape != numerical.shape:
        return False
    off = np.abs(claimed - numerical)
    return bool(np.all(off <= 1e-8 + 1e-6 * np.abs(numerical)))


def _claims() -> list[tuple[Array, Array]]:
    """Return gradients to compare; the third, eighth and tenth pair agree."""
    g = np.array([[1e4, -2.0], [1e-3, 0.0]])
    flipped = np.array([[1e4, -2.0], [-1e-3, 0.0]])
    return [
        (flipped, g),
        (np.zeros(3), np.array([3e-5, -1e-5, 2e-5])),
        (g + 5e-9, g),
        (np.array([np.nan, 1.0]), np.array([1.0, 1.0])),
        (np.array([-1.0, 2.0]), np.array([1.0, 2.0])),
        (g * (1 + 5e-6), g),
        (np.full(1, 2.0), np.full(3, 2.0)),
        (g * (1 - 5e-7), g),
        (np.array([0.0, 0.0]), np.array([1.0, -1.0])),
        (np.full((2, 1), 0.5), np.full((2, 1), 0.5)),
        (np.full((3, 1), 2.0), np.full(3, 2.0)),
    ]


def _no_nan_check(claimed: Array, numerical: Array) -> bool:
    if claimed.shape != numerical.shape:
        return False
    return not np.any(np.abs(claimed - numerical) > 1e-8 + 1e-6 * np.abs(numerical))


def _small_norm(claimed: Array, numerical: Array) -> bool:
    if claimed.shape != numerical.shape:
        return False
    difference = np.linalg.norm(claimed - numerical)
    return bool(difference <= 1e-6 * (np.linalg.norm(claimed) + np.linalg.norm(numerical)))


# ---- directional_pair ------------------------------------------------------------------------


def _directions() -> list[tuple[Scalar, Array, Array, Array]]:
    """Return functions, points, claimed gradients (right, half, flipped) and directions."""
    rng = np.random.default_rng(8)
    x = rng.standard_normal((2, 3))
    dx = numerical_gradient(_waves, x)
    return [
        (_waves, x, dx, rng.standard_normal((2, 3))),
        (_waves, x, dx / 2, rng.standard_normal((2, 3))),
        (
            _squares,
            np.array([1.0, 2.0, -3.0]),
            np.array([2.0, 4.0, 6.0]),
            np.array([1.0, 2.0, 2.0]),
        ),
    ]


def _directional(f: Scalar, x: Array, dx: Array, v: Array) -> tuple[float, float]:
    h = 1e-5
    return float((dx * v).sum()), (f(x + h * v) - f(x - h * v)) / (2 * h)


def _along(h: float, back: float, width: float) -> Any:
    def pair(f: Scalar, x: Array, dx: Array, v: Array) -> tuple[float, float]:
        return float((dx * v).sum()), (f(x + h * v) - f(x - back * h * v)) / (width * h)

    return pair


def _unit(f: Scalar, x: Array, dx: Array, v: Array) -> tuple[float, float]:
    return _directional(f, x, dx, v / np.linalg.norm(v))


# ---- richardson ------------------------------------------------------------------------------


def _central(f: Callable[[float], float], x: float, h: float) -> float:
    return float((f(x + h) - f(x - h)) / (2 * h))


def _curves() -> list[tuple[Callable[[float], float], float, float]]:
    """Return functions of one number, a point and a step wide enough to see the error."""
    return [(np.exp, 0.3, 0.1), (np.sin, 1.0, 0.2), (np.arctan, -0.7, 0.05)]


EXERCISES = [
    Exercise(
        name="central_by_hand",
        answer=4.04,
        rtol=1e-3,
        verified="(1.4641 - 0.6561) / 0.2; the 0.04 too much is h² f'''/6",
        hints=(
            "a step to the right and a step to the left; see 'Two nudges, by hand'",
            "square 1.21 and 0.81 to get the two values",
            "the two points are 0.2 apart; for the error, the third derivative of x**4 at 1 is 24",
        ),
        mistakes=(
            Mistake(4.641, "that is the forward difference: step to both sides, see 'Two nudges'"),
            Mistake(3.439, "that is the backward difference: step to both sides"),
            Mistake(4.0, "that is the derivative itself; what does the difference quotient give?"),
            Mistake(8.08, "the two points are 2h apart, not h"),
            Mistake(0.808, "that is the difference of the two values; divide by their distance"),
        ),
    ),
    Exercise(
        name="forgotten_factor",
        answer=32,
        verified="(1 + r) / (1 - r) = 32: a mean over 32 rows and the gradient of their sum",
        hints=(
            "if every entry is off by one factor, the relative error depends on that factor "
            "alone; see 'One number for two arrays'",
            "put N times the right gradient into the formula of the relative error: the "
            "gradient itself cancels",
            "what is left is (N - 1)/(N + 1) = 0.9394; solve it for N",
        ),
        mistakes=(
            Mistake(
                1 / (1 - 0.9394),
                "half of it: solve (N - 1) / (N + 1) = 0.9394 for N, both N stay",
            ),
            Mistake(1 / 32, "the factor is 1/N or N, which look the same; N itself is asked for"),
            Mistake(31, "one off: r is (N - 1) / (N + 1), so this is the numerator"),
            Mistake(33, "one off: r is (N - 1) / (N + 1), so this is the denominator"),
        ),
        rtol=5e-4,
    ),
    Exercise(
        name="central_gradient",
        answer=_quotients(1e-5, _floats, 1, 2),
        verified="integers, a matrix, the bottom of a bowl; and x was not touched",
        hints=(
            "one entry at a time: a little up, a little down, and the difference of the two "
            "values of f",
            "two traps are in 'The code, and three ways to get it wrong': an array of "
            "integers, and two names for one array",
            "np.ndindex(x.shape) visits every entry of an array of any shape; for each one "
            "make two copies in float64",
        ),
        mistakes=(
            *(
                Mistake(
                    _quotients(h, _floats, 0, 1),
                    f"that is the forward difference: off by {5 * h:.0e} where the slope is 0",
                )
                for h in STEPS
            ),
            *(
                Mistake(
                    _quotients(h, _same_dtype, 1, 2),
                    f"an array of integers cannot hold 3 + {h:.0e}: copy x into floats first",
                )
                for h in STEPS
            ),
            Mistake(
                _quotients(1e-5, _floats, 1, 1), "twice too much: up and down are 2h apart, not h"
            ),
            Mistake(
                lambda f, x: np.zeros(x.shape),
                "every difference is 0: are up and down two arrays, or two names of one?",
            ),
            Mistake(
                _result_like_x,
                "the result is an array of integers too: np.zeros(x.shape) holds floats",
            ),
            Mistake(
                _one_row_at_a_time,
                "a whole row of the matrix moved at once: np.ndindex(x.shape) visits every entry",
            ),
        ),
        cases=_points,
        atol=2e-8,
    ),
    Exercise(
        name="second_difference_exponent",
        answer=0.25,
        verified="h² against ε/h²: they balance at the fourth root of ε, about 1e-4",
        hints=(
            "do what 'How wrong, and why' does for the first derivative, but add the two "
            "Taylor formulas, to the fourth derivative",
            "the error of the formula goes as h**2; rounding in the values of f is divided by "
            "h**2 instead of h",
            "the two are in balance where h**2 is as large as the machine epsilon over h**2, "
            "apart from constants",
        ),
        mistakes=(
            Mistake(1 / 3, "that is the first derivative; here rounding is divided by h², not h"),
            Mistake(0.5, "that is the size of the best error, or the forward difference's step"),
            Mistake(4, "h⁴ ~ ε is right; solve it for h"),
            Mistake(1e-4, "that is about the step; the power of ε that gives it is asked for"),
            Mistake(8, "that is the number of digits; the exponent of ε in the step is asked for"),
            Mistake(1 / 5, "the error of the formula is of order h², not h³"),
        ),
    ),
    Exercise(
        name="dropout_vjp",
        answer=lambda da, mask, keep: da * mask / keep,
        verified="each entry gets back the factor it was multiplied by: 0, or 1/keep",
        hints=(
            "the forward pass multiplies each entry by a number that depends on mask and "
            "keep; which numbers occur?",
            "the derivative of c times a with respect to a is c: the backward pass has the "
            "same factor as the forward pass",
            "compare the two functions of the exercise factor by factor; the relative error "
            "of 1/3 says that one of them, a factor 2, was lost",
        ),
        mistakes=(
            Mistake(
                lambda da, mask, keep: da * mask,
                "the mask is there, the factor 1/keep is not: this is the defect of the symptom",
            ),
            Mistake(
                lambda da, mask, keep: da / keep,
                "what was dropped had no influence on the loss: its gradient is 0",
            ),
            Mistake(
                lambda da, mask, keep: da,
                "that is the vjp of doing nothing; what was each entry multiplied by?",
            ),
            Mistake(
                lambda da, mask, keep: da * mask * keep,
                "times where the forward pass divides: the derivative of a·c is c, not 1/c",
            ),
            Mistake(
                lambda da, mask, keep: da * (1 - mask) / keep,
                "the mask is 1 where the activation was kept, not where it was dropped",
            ),
        ),
        cases=_dropouts,
    ),
    Exercise(
        name="entries_agree",
        answer=_agree,
        verified="no wrong entry hides behind a mean, a norm, a NaN or a broadcast",
        hints=(
            "for the three wrong gradients: what is the mean of very small numbers, what is "
            "NaN > 1e-4, what does 1 entry minus 3 entries give?",
            "check the shapes first, or NumPy will stretch one array over the other",
            "compare entry by entry with a tolerance that is an array too, and ask whether "
            "all are within it: a NaN is within nothing",
        ),
        mistakes=(
            Mistake(
                lambda claimed, numerical: not np.mean(np.abs(claimed - numerical)) > 1e-4,
                "this is the published check again; start from your three wrong gradients",
            ),
            Mistake(
                lambda claimed, numerical: bool(np.mean(np.abs(claimed - numerical)) < 1e-4),
                "an average of small numbers is small, right or wrong: judge each entry by its own",
            ),
            Mistake(
                _small_norm,
                "the norm is that of the largest entries, and a small wrong one hides behind them",
            ),
            Mistake(
                _no_nan_check,
                "a NaN passes: NaN > tolerance is False. Ask that all are within, not that none is "
                "beyond",
            ),
            Mistake(
                lambda claimed, numerical: (
                    claimed.shape == numerical.shape
                    and bool(np.all(claimed - numerical <= 1e-8 + 1e-6 * np.abs(numerical)))
                ),
                "an entry that is far too small passes: the difference needs its absolute value",
            ),
            Mistake(
                lambda claimed, numerical: (
                    claimed.shape == numerical.shape and np.allclose(claimed, numerical)
                ),
                "np.allclose without arguments allows 1e-5, ten times what was asked",
            ),
            Mistake(
                lambda claimed, numerical: bool(np.allclose(claimed, numerical)),
                "two things: np.allclose spreads one entry over three, and allows 1e-5, not 1e-6",
            ),
            Mistake(
                lambda claimed, numerical: (
                    claimed.shape == numerical.shape
                    and bool(np.all(np.abs(claimed - numerical) <= 1e-8 + 1e-6 * numerical))
                ),
                "a right entry fails if it is negative: the tolerance needs an absolute value too",
            ),
            Mistake(lambda claimed, numerical: True, "a wrong gradient passes: all of them do"),
            Mistake(lambda claimed, numerical: False, "a right gradient fails: all of them do"),
            Mistake(
                lambda claimed, numerical: (
                    claimed.size == numerical.size
                    and np.allclose(claimed.ravel(), numerical.ravel(), 1e-6, 1e-8)
                ),
                "as many entries are not yet the same shape: a column does not agree with a row",
            ),
            Mistake(
                lambda claimed, numerical: np.allclose(claimed, numerical, 1e-6, 1e-8),
                "one entry was compared with three: shapes that differ do not agree",
            ),
            Mistake(
                lambda claimed, numerical: (
                    claimed.shape == numerical.shape
                    and bool(np.all(np.abs(claimed - numerical) <= 1e-6 * np.abs(numerical)))
                ),
                "where the derivative is 0 nothing but 0 would pass: the 1e-8 is for that",
            ),
        ),
        cases=_claims,
    ),
    Exercise(
        name="directional_pair",
        answer=_directional,
        verified="both numbers, for right and for wrong gradients",
        hints=(
            "f(x + t v) is a function of the one number t; both numbers are its slope at t = 0",
            "by the chain rule the first is a sum over all entries of two arrays; it needs no f",
            "the second is the central difference in t: see 'Two evaluations instead of 742'. "
            "Leave v as long as it is",
        ),
        mistakes=(
            Mistake(
                lambda f, x, dx, v: (_directional(f, x, dx, v)[1],) * 2,
                "the first number must come from dx, not from f: it is what the gradient claims",
            ),
            Mistake(
                lambda f, x, dx, v: (float((dx * v).sum()),) * 2,
                "the second number must come from f, not from dx: it is there to contradict it",
            ),
            *(
                Mistake(
                    _along(h, 0, 1),
                    f"the second number is a forward difference with step {h:.0e}: step both ways",
                )
                for h in STEPS[:4]
            ),
            Mistake(_along(1e-5, 1, 1), "the second number: the two points are 2h apart, not h"),
            Mistake(_unit, "v is used as it comes: do not divide it by its length"),
            Mistake(
                lambda f, x, dx, v: _directional(f, x, dx, v)[::-1],
                "the two numbers come in the other order: claimed first, then measured",
            ),
            Mistake(
                lambda f, x, dx, v: (float((dx * v).mean()), _directional(f, x, dx, v)[1]),
                "the first number: the derivative along v is the sum of dx times v, not the mean",
            ),
        ),
        cases=_directions,
        rtol=1e-7,
        atol=1e-8,
    ),
    Exercise(
        name="richardson",
        answer=lambda f, x, h: (4 * _central(f, x, h) - _central(f, x, 2 * h)) / 3,
        verified="the h² of the two steps cancels and an error of order h⁴ is left",
        hints=(
            "write down what D(h) and D(2h) are off by; one unknown, f'''(x), is in both",
            "look for two weights: their sum must be 1, so that the derivative survives, and "
            "the h**2 terms must cancel",
            "D(2h) is off by four times as much as D(h), so its weight is minus a quarter of "
            "the other one",
        ),
        mistakes=(
            Mistake(
                lambda f, x, h: (4 * _central(f, x, 2 * h) - _central(f, x, h)) / 3,
                "the wrong way round: the smaller step is the better one and gets the 4",
            ),
            Mistake(
                lambda f, x, h: (8 * f(x + h) - f(x + 2 * h) - 7 * f(x)) / (6 * h),
                "D is the central difference: a forward one is off by order h, which these weights "
                "do not cancel",
            ),
            Mistake(
                lambda f, x, h: 2 * _central(f, x, h) - _central(f, x, 2 * h),
                "2 and -1 would cancel an error that doubles with the step; this one is four times "
                "as large",
            ),
            Mistake(
                lambda f, x, h: 4 * _central(f, x, h) - _central(f, x, 2 * h),
                "three times too much: the weights must add up to 1, or constants do not survive",
            ),
            Mistake(
                lambda f, x, h: _central(f, x, h),
                "that is the central difference with step h alone",
            ),
            Mistake(
                lambda f, x, h: (4 * _central(f, x, h / 2) - _central(f, x, h)) / 3,
                "the same idea with h and h/2; here the steps are h and 2h",
            ),
            Mistake(
                lambda f, x, h: (4 * _central(f, x, 1e-3) - _central(f, x, 2e-3)) / 3,
                "right formula, but with a step of its own: use the h that is given",
            ),
            Mistake(
                lambda f, x, h: (_central(f, x, h) + _central(f, x, 2 * h)) / 2,
                "both errors have the same sign, so the mean is no better than the worse half",
            ),
        ),
        cases=_curves,
        rtol=1e-9,
    ),
]
