"""Exercises of the chapter *Two runs, 1e-15 apart*."""

from collections.abc import Callable

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake

Gradient = Callable[[Array], Array]

# ---------------------------------------------------------------- has it converged?


def _losses() -> list[tuple[Array, float]]:
    """Return runs at rest, on two feet, falling, rising, and with one last jump."""
    return [
        (np.array([0.7, 0.5, 0.5 - 1e-8, 0.5 - 2e-8]), 1e-6),
        (np.array([0.070758, 0.071316, 0.070758]), 1e-6),
        (np.array([0.7, 0.6, 0.3]), 1e-3),
        (np.array([0.3, 0.6, 0.7]), 1e-3),
        (np.array([0.5, 0.5, 0.4]), 1e-3),
        (np.array([0.5, 0.4, 0.4]), 1e-3),
        (np.array([0.9, 0.2, 0.2, 0.2]), 1e-3),
        (np.array([0.5, 0.4992, 0.4984]), 1e-3),  # each change is small, their sum is not
        (np.array([0.5, 0.5, 0.4985]), 1e-3),  # the mean change is small, the last is not
        (np.array([0.5, 0.5, 0.5, 0.4]), 1e-3),
    ]


# ---------------------------------------------------------------- two feet


def _feet(eta: float) -> tuple[float, float]:
    a = 1 + eta
    root = np.sqrt(a * a - 4)
    return float(np.sqrt((a - root) / (2 * eta))), float(np.sqrt((a + root) / (2 * eta)))


# ---------------------------------------------------------------- power iteration


def _quadratic(eigenvalues: list[float], seed: int) -> Gradient:
    """Return the gradient of a parabola with a Hessian that has these eigenvalues."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((len(eigenvalues), len(eigenvalues))))[0]
    H = Q @ np.diag(eigenvalues) @ Q.T
    return lambda w: H @ w


def _bent(w: Array) -> Array:
    """Return the gradient of ``sum(cosh(k w_k))``: Hessian ``k**2 cosh(k w_k)`` on the diagonal."""
    k = np.arange(1, len(w) + 1)
    gradient: Array = k * np.sinh(k * w)
    return gradient


def _hessians() -> list[tuple[Gradient, Array, Array]]:
    """Return ordinary Hessians, a large one, one that points down, and one that varies."""
    rng = np.random.default_rng(9)
    return [
        (_quadratic([0.1, 0.5, 1.78], 1), rng.standard_normal(3), rng.standard_normal(3)),
        (_quadratic([1.0, 40.0, 90.0, 200.0], 2), np.zeros(4), 7 * rng.standard_normal(4)),
        (_quadratic([0.5, 1.0, -3.0], 3), np.ones(3), rng.standard_normal(3)),
        (_bent, np.array([0.3, -0.2, 0.4]), np.ones(3)),
    ]


def _power(
    gradient: Gradient, w: Array, v: Array, h: float = 1e-5, rounds: int = 200
) -> tuple[float, Array]:
    eigenvalue = 0.0
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        Hv = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
        eigenvalue, v = float(v @ Hv), Hv
    return eigenvalue, v


def _not_scaled(gradient: Gradient, w: Array, v: Array, h: float = 1e-5) -> float:
    v = v / np.linalg.norm(v)
    for _ in range(200):
        Hv = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
        eigenvalue, v = float(v @ Hv), Hv
    return eigenvalue


EXERCISES = [
    Exercise(
        name="three_digits",
        answer=(100.0, 101.0),
        verified="the small ones vanish one by one, and together they do not",
        hints=(
            "after each addition the computer keeps three digits and forgets the rest",
            "100 + 0.4 needs four digits; what is left of it when three are kept?",
            "for the other order put 100 last, and round what comes out of each addition as well",
        ),
        mistakes=(
            Mistake((101.0, 100.0), "the other way round: from left to right each 0.4 is lost"),
            Mistake(
                (101.2, 101.2),
                "that is the exact sum; this computer keeps three digits after each addition",
            ),
            Mistake(
                (101.0, 101.0),
                "that is the exact sum, rounded once; the computer rounds after each addition",
            ),
            Mistake((100.0, 101.2), "the second result has four digits"),
            Mistake(
                (100.0, 100.0),
                "the first is right; in the second the three are together before 100 comes",
            ),
        ),
    ),
    Exercise(
        name="rate_for_a_curvature",
        answer=0.004,
        atol=0.0,
        verified="2 over the eigenvalue, and over N as the gradient is a sum",
        hints=(
            "two limits are mixed up in posts; the section 'A step that is too long, by hand' has "
            "the one asked for",
            "first find the limit for the gradient of the mean; which factor lies between the "
            "gradients of sum and mean?",
        ),
        mistakes=(
            Mistake(1.6, "that is the rate for the gradient of the mean"),
            Mistake(640.0, "times 400 instead of over 400: the sum has the larger gradient"),
            Mistake(
                0.002,
                "1 over the eigenvalue is where it begins to overshoot; it goes on coming closer "
                "up to twice that",
            ),
            Mistake(0.8, "that is 1 over the eigenvalue, for the mean: two factors are missing"),
        ),
    ),
    Exercise(
        name="has_converged",
        answer=lambda losses, tol: bool(np.all(np.abs(np.diff(losses[-3:])) <= tol)),
        cases=_losses,
        verified="neither two feet nor a steep fall passes for rest",
        hints=(
            "write down the last three losses of a run on two feet and compare them in pairs",
            "two neighbouring changes have to be small, in size; a fall has a negative sign",
            "three losses have two differences; np.diff and np.abs give their sizes, and np.all "
            "asks both",
        ),
        mistakes=(
            Mistake(
                lambda losses, tol: bool(losses[-1] - losses[-3] < tol),
                "that is the test of the loop: two feet pass it, and so does any fall",
            ),
            Mistake(
                lambda losses, tol: bool(abs(losses[-1] - losses[-3]) < tol),
                "every second loss is equal on two feet: compare neighbours",
            ),
            Mistake(
                lambda losses, tol: bool(np.all(np.diff(losses[-3:]) <= tol)),
                "a steep fall is no rest either: compare sizes",
            ),
            Mistake(
                lambda losses, tol: bool(abs(losses[-1] - losses[-2]) <= tol),
                "only the last change; the one before it has to be small as well",
            ),
            Mistake(
                lambda losses, tol: bool(np.all(np.abs(np.diff(losses)) <= tol)),
                "all changes since the start have to be small: only the last two were asked for",
            ),
            Mistake(
                lambda losses, tol: bool(np.any(np.abs(np.diff(losses[-3:])) <= tol)),
                "one small change is enough for it; neither may be large",
            ),
        ),
    ),
    Exercise(
        name="two_feet",
        answer=_feet,
        cases=lambda: [(7 / 6,), (1.01,), (1.2,), (2.0,)],
        verified="each steps to the other",
        hints=(
            "two numbers whose sum and product you know are the roots of a quadratic equation",
            "write that equation for the squares of q and r: their product is 1 as well, their "
            "sum is a",
            "here a is 1 + eta; from q back to the weight it is the step that led from w to q, "
            "taken backwards",
        ),
        mistakes=(
            Mistake(
                lambda eta: tuple(np.sqrt(eta) * np.array(_feet(eta))),
                "those are q and r; the weights are smaller by the square root of eta",
            ),
            Mistake(
                lambda eta: tuple(np.array(_feet(eta)) ** 2),
                "those are the squares of the weights",
            ),
            Mistake(
                lambda eta: tuple(eta * np.array(_feet(eta)) ** 2),
                "those are the squares of q and r; two steps lead from there to the weights",
            ),
            Mistake(
                lambda eta: _feet(eta)[::-1],
                "both are right; the smaller was asked for first",
            ),
            Mistake(
                lambda eta: tuple(np.array(_feet(eta)) / np.sqrt(eta)),
                "divided by eta instead of its square root: eta w**2 is q**2",
            ),
        ),
    ),
    Exercise(
        name="sharpness",
        answer=lambda gradient, w, v: _power(gradient, w, v)[0],
        cases=_hessians,
        rtol=1e-4,
        verified="the eigenvalue, with its sign, and no matrix was formed",
        hints=(
            "one round has three parts: scale v, multiply by H with two gradients, read off the "
            "eigenvalue",
            "the eigenvalue is v times Hv, with the v that has length 1 and went into the product",
            "scale before the gradients are taken, so that the step h v has length h; keep Hv as "
            "the next v",
        ),
        mistakes=(
            Mistake(
                lambda gradient, w, v: float(np.linalg.norm(_power(gradient, w, v)[1])),
                "the length of Hv is the size of the eigenvalue; its sign is in the product of v "
                "and Hv",
            ),
            Mistake(
                lambda gradient, w, v: float(np.sum(_power(gradient, w, v)[1] ** 2)),
                "that is the square of the eigenvalue: v was replaced by Hv before the two were "
                "multiplied",
            ),
            Mistake(
                lambda gradient, w, v: _power(gradient, w, v, rounds=1)[0],
                "that is the curvature along the starting direction: v has not turned yet",
            ),
            Mistake(
                lambda gradient, w, v: 2 * _power(gradient, w, v)[0],
                "twice too large: w + hv and w - hv are 2h apart",
            ),
            Mistake(
                _not_scaled,
                "v was not scaled to length 1 in each round: it grows, or vanishes, like a power "
                "of the eigenvalue",
            ),
            Mistake(
                lambda gradient, w, v: 1 / _power(gradient, w, v)[0],
                "the reciprocal; the rate it allows is 2 over the eigenvalue, which is not asked",
            ),
        ),
    ),
    Exercise(
        name="steps_to_visible",
        answer=32,
        verified="31 steps are not quite enough: 3**31 is 6e14",
        hints=(
            "in the angle t a step multiplies every difference by the same factor, wherever it is",
            "after n steps the difference is that factor to the power n times the first; ask when "
            "it passes 1",
            "take logarithms on both sides, and remember that the number of steps is whole",
        ),
        mistakes=(
            Mistake(31, "3**31 is 6.2e14, still below 1e15"),
            Mistake(31.4, "a step is taken or it is not: give a whole number"),
            Mistake(31.44, "there is no part of a step: give a whole number"),
            Mistake(
                15 * np.log2(10), "that is for doubling; each step multiplies the difference by 3"
            ),
            Mistake(50, "that is for doubling; a step multiplies the difference by 3"),
            Mistake(
                15 * np.log(10) / np.log(3), "the number of steps is whole: the first that exceeds"
            ),
        ),
    ),
]
