"""Exercises of the chapter *Optimisers*."""

import math
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake

EPS = 1e-8


# ---------------------------------------------------------------- the best step along a line


def _bowls() -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(110)
    cases = []
    for size, kappa in [(2, 10.0), (3, 100.0), (5, 4.0)]:
        Q, _ = np.linalg.qr(rng.standard_normal((size, size)))
        H = Q @ np.diag(np.geomspace(1, kappa, size)) @ Q.T
        cases.append((H, rng.standard_normal(size)))
    return [*cases, (np.array([[3.0]]), np.array([-2.0]))]


def _line_step(H: Array, w: Array) -> Any:
    g = H @ w
    return g @ g / (g @ H @ g)


# ---------------------------------------------------------------- Adam, and what goes wrong with it


def _gradients() -> list[tuple[Array, float]]:
    """Return ordinary gradients, a single step, sizes far apart, and gradients as small as eps."""
    rng = np.random.default_rng(111)
    return [
        (rng.standard_normal((20, 3)), 0.1),
        (np.array([[5.0, -0.3]]), 0.1),
        (rng.standard_normal((8, 3)) * [1e-3, 1.0, 1e4], 0.01),
        (2e-8 * rng.standard_normal((6, 2)), 0.1),
    ]


def _adam(
    gradients: Array,
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    first: int = 1,
    correct: tuple[bool, bool] = (True, True),
    eps: str = "outside",
) -> Any:
    w, m, r = (np.zeros(gradients.shape[1]) for _ in range(3))
    for t, g in enumerate(gradients, start=first):
        m = beta1 * m + (1 - beta1) * g
        r = beta2 * r + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t) if correct[0] else m
        fraction = 1 - beta2**t if correct[1] else 1.0
        if eps == "outside":
            root = np.sqrt(r / fraction) + EPS
        elif eps == "inside":
            root = np.sqrt(r / fraction + EPS)
        else:  # eps-hat: not corrected along with r
            root = (np.sqrt(r) + EPS) / np.sqrt(fraction)
        w = w - lr * m_hat / root
    return w


TWO = np.array([[4.0], [-2.0]])


def _two(**settings: Any) -> float:
    return float(_adam(TWO, 0.1, **settings)[0])


# ---------------------------------------------------------------- warm-up, then a cosine


def _warmup_cosine(epoch: int, warmup: int, epochs: int) -> float:
    if epoch < warmup:
        return (epoch + 1) / (warmup + 1)
    return _half_wave((epoch - warmup) / (epochs - 1 - warmup))


def _half_wave(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def _epochs() -> list[tuple[int, int, int]]:
    return [(epoch, 4, 13) for epoch in range(13)] + [(0, 0, 5), (2, 0, 5), (4, 0, 5)]


# ---------------------------------------------------------------- AMSGrad


def _cycles() -> list[tuple[Array, float, float]]:
    """Return Reddi's gradients (3, -1, -1, ...), and random ones that become smaller."""
    rng = np.random.default_rng(112)
    fading = rng.standard_normal((12, 3)) * np.geomspace(10, 0.1, 12)[:, None]
    return [
        (np.tile([[3.0], [-1.0], [-1.0]], (10, 1)), 0.1, 0.1),
        (fading * [1.0, 5.0, 0.2], 0.01, 0.9),
    ]


def _amsgrad(gradients: Array, lr: float, beta2: float) -> Any:
    w, r, largest = (np.zeros(gradients.shape[1]) for _ in range(3))
    for g in gradients:
        r = beta2 * r + (1 - beta2) * g**2
        largest = np.maximum(largest, r)
        w = w - lr * g / np.sqrt(largest)
    return w


def _without_maximum(gradients: Array, lr: float, beta2: float) -> Any:
    w, r = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1])
    for g in gradients:
        r = beta2 * r + (1 - beta2) * g**2
        w = w - lr * g / np.sqrt(r)
    return w


def _maximum_fed_back(gradients: Array, lr: float, beta2: float) -> Any:
    w, r = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1])
    for g in gradients:
        r = np.maximum(r, beta2 * r + (1 - beta2) * g**2)
        w = w - lr * g / np.sqrt(r)
    return w


def _one_maximum_for_all(gradients: Array, lr: float, beta2: float) -> Any:
    w, r, largest = np.zeros(gradients.shape[1]), np.zeros(gradients.shape[1]), 0.0
    for g in gradients:
        r = beta2 * r + (1 - beta2) * g**2
        largest = max(largest, float(r.max()))
        w = w - lr * g / np.sqrt(largest)
    return w


def _largest_gradient(gradients: Array, lr: float, beta2: float) -> Any:
    largest = np.maximum.accumulate(np.abs(gradients))
    return -lr * (gradients / largest).sum(axis=0)


EXERCISES = [
    Exercise(
        name="largest_rate",
        answer=0.1,
        verified="2 over the largest curvature, 2/20",
        hints=(
            "every direction has a factor of its own; which of the three is the first to leave "
            "the range from -1 to 1?",
            "the limit is where that factor is -1",
        ),
        mistakes=(
            Mistake(
                4.0,
                "that is 2 over the smallest curvature; the steepest direction is the one that "
                "breaks out first",
            ),
            Mistake(
                0.05,
                "at this rate the steepest direction is done in one step; it may be passed, and "
                "still come nearer",
            ),
            Mistake(
                2 / 20.5,
                "that is the fastest rate; the question asks where it stops converging",
            ),
            Mistake(2 / 24.5, "curvatures are not added up: each direction has its own factor"),
            Mistake(10.0, "upside down: the steeper, the smaller the rate must be"),
        ),
    ),
    Exercise(
        name="compounded_rate",
        answer=0.1 * 0.5**30,
        verified="ten factors of 1, ten of 1/2 and ten of 1/4: the rate of 2 to the power -30",
        rtol=1e-2,
        atol=0.0,
        hints=(
            "write down the rate of the first few epochs on both sides of epoch 10; what is "
            "multiplied with what?",
            "count how often each factor was applied in 30 epochs",
            "ten times 1, ten times a half, and ten times what the schedule says in the last third",
        ),
        mistakes=(
            Mistake(
                0.025,
                "that is what the author wanted; follow the line in the loop epoch by epoch: what "
                "does it multiply?",
            ),
            Mistake(1e-10, "rounded too far: give two digits"),
            Mistake(0.0125, "the third drop would come in epoch 30, after the end"),
            Mistake(
                0.1 * 0.5**20,
                "this counts a factor of 1/2 in each of the last twenty epochs; in the last ten "
                "the schedule says 1/4",
            ),
            Mistake(
                0.5**30,
                "that is the factor; it multiplies a rate that began at 0.1",
            ),
        ),
    ),
    Exercise(
        name="adam_two_steps",
        answer=_two(),
        verified="-0.1 for the first gradient, and then 0.0266 further the same way",
        rtol=2e-3,
        hints=(
            "two running means, both from 0, and a correction for each; the first step needs no "
            "arithmetic",
            "for the second step take both means one step further, and divide each by 1 minus its "
            "beta squared",
            "the second step goes the same way as the first: look at the sign of the corrected "
            "mean",
        ),
        mistakes=(
            Mistake(-_two(), "descent steps against the gradient, and the first one is positive"),
            Mistake(
                _two(correct=(False, False)),
                "both means started at 0 and are too small: divide each by one minus its beta to "
                "the power t",
            ),
            Mistake(
                _two(correct=(True, False)),
                "the mean square started at 0 as well: it needs its own correction",
            ),
            Mistake(
                _two(correct=(False, True)),
                "the mean of the gradients started at 0 as well: it needs its own correction",
            ),
            Mistake(
                -0.2 - _two(),
                "the second gradient has turned, but the step follows a mean that remembers the 4",
            ),
            Mistake(_two() + 0.1, "that is the second step alone; the first one counts too"),
            Mistake(
                _two(beta1=0.0),
                "this steps along the last gradient; Adam steps along the mean, which still "
                "points the way of the first",
            ),
            Mistake(
                -0.1,
                "the second step is short, but not 0: the mean of the gradients is 0.16 then",
            ),
        ),
    ),
    Exercise(
        name="line_step",
        answer=_line_step,
        verified="the loss along the line is a parabola, and this is its lowest point",
        cases=_bowls,
        hints=(
            "along the line the loss is a parabola in the rate: multiply out",
            "set its derivative to 0; the gradient is H w, so two of the products are the same",
            "the result is a quotient of two numbers, both made of g",
        ),
        mistakes=(
            Mistake(
                lambda H, w: 1 / np.linalg.eigvalsh(H)[-1],
                "this is right where the gradient points along the steepest direction; use the "
                "gradient that you have",
            ),
            Mistake(
                lambda H, w: 2 / (np.linalg.eigvalsh(H)[0] + np.linalg.eigvalsh(H)[-1]),
                "this is the best fixed rate for all starts; the best step from w depends on w",
            ),
            Mistake(
                lambda H, w: (H @ w) @ H @ (H @ w) / ((H @ w) @ (H @ w)),
                "upside down: where the curvature along g is larger, the step is shorter",
            ),
            Mistake(
                lambda H, w: 2 * _line_step(H, w),
                "twice too far: there the loss is as high again as where you came from",
            ),
            Mistake(
                lambda H, w: _line_step(H, w) / 2,
                "the derivative of half of eta squared is eta: the 1/2 cancels",
            ),
            Mistake(
                lambda H, w: w @ w / (w @ H @ w),
                "the line goes along the gradient g = Hw, not along w",
            ),
            Mistake(
                lambda H, w: (H @ w) @ (H @ w) / (w @ H @ w),
                "the curvature that counts is the one along g: it has g on both sides of H",
            ),
        ),
    ),
    Exercise(
        name="adam_displacement",
        answer=_adam,
        verified="both means, both corrections, and eps outside the root",
        cases=_gradients,
        rtol=1e-7,
        atol=0.0,
        hints=(
            "'Adam: both, and corrected' has five formulas; each becomes a line",
            "the corrections divide by 1 minus a power: with which number does t have to start?",
            "eps stands beside the root, not under it; start w, m and r as arrays of P zeros",
        ),
        mistakes=(
            Mistake(lambda g, lr: -_adam(g, lr), "descent steps against the mean gradient"),
            Mistake(
                lambda g, lr: _adam(g, lr, correct=(False, False)),
                "the first steps are off: both means start at 0 and must be corrected for it",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, correct=(True, False)),
                "the mean square is not corrected: its beta is 0.999, so it needs it most",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, correct=(False, True)),
                "the mean of the gradients is not corrected",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, first=2),
                "the corrections begin with t = 1; yours are one step ahead",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, first=0),
                "with t = 0 the corrections divide 0 by 0: the first gradient has t = 1",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, eps="inside"),
                "eps is under the root: there it is compared with squares and weighs far more",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, eps="hat"),
                "this is the eps-hat form: eps is added before the correction; see the section on "
                "conventions",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr, beta1=0.999, beta2=0.9),
                "the two betas are exchanged: the long memory is that of the squares",
            ),
            Mistake(
                lambda g, lr: _adam(g, lr) - _adam(g[:-1], lr),
                "this is the last step alone; the question asks for the sum of all steps",
            ),
        ),
    ),
    Exercise(
        name="step_number",
        answer=lambda update, arrays: update // arrays + 1,
        verified="all arrays of one step have the same t, and the first t is 1",
        cases=lambda: [(0, 4), (1, 4), (3, 4), (4, 4), (9, 4), (7, 1), (6, 3)],
        hints=(
            "how many updates are there before the second step begins?",
            "all updates of one step share a t, and the first t is 1",
        ),
        mistakes=(
            Mistake(
                lambda update, arrays: update + 1,
                "this is the counter of the bug: it grows with every array instead of every step",
            ),
            Mistake(
                lambda update, arrays: update // arrays,
                "the first step has t = 1; with t = 0 the corrections divide by 0",
            ),
            Mistake(
                lambda update, arrays: update % arrays + 1,
                "the remainder says which array it is; the step is the other half of the division",
            ),
            Mistake(
                lambda update, arrays: update / arrays + 1,
                "within a step t must not grow: round down",
            ),
            Mistake(
                lambda update, arrays: (update + 1) // arrays,
                "the last array of a step is one ahead here: add 1 after dividing, not before",
            ),
        ),
    ),
    Exercise(
        name="warmup_cosine",
        answer=_warmup_cosine,
        verified="up in a straight line, then half a wave down to 0",
        cases=_epochs,
        hints=(
            "two pieces, and `warmup` is the first epoch of the second one",
            "in the line, which fraction has epoch 0, and which would epoch `warmup` have?",
            "the wave is the library's cosine_decay, over the epochs that are left and counted "
            "from there",
        ),
        mistakes=(
            Mistake(
                lambda epoch, warmup, epochs: (
                    epoch / warmup
                    if epoch < warmup
                    else _half_wave((epoch - warmup) / (epochs - 1 - warmup))
                ),
                "epoch 0 has a rate of 0 here, so it learns nothing",
            ),
            Mistake(
                lambda epoch, warmup, epochs: (
                    (epoch + 1) / warmup
                    if epoch < warmup
                    else _half_wave((epoch - warmup) / (epochs - 1 - warmup))
                ),
                "the full rate comes one epoch early: epoch `warmup` is the first to have it",
            ),
            Mistake(
                lambda epoch, warmup, epochs: (
                    (epoch + 1) / (warmup + 1)
                    if epoch < warmup
                    else _half_wave(epoch / (epochs - 1))
                ),
                "the wave has begun before the warm-up was over: its progress counts from epoch "
                "`warmup`",
            ),
            Mistake(
                lambda epoch, warmup, epochs: (
                    (epoch + 1) / (warmup + 1)
                    if epoch < warmup
                    else _half_wave((epoch - warmup) / (epochs - warmup))
                ),
                "the last epoch is epochs - 1, and there the wave should have arrived at 0",
            ),
            Mistake(
                lambda epoch, warmup, epochs: (
                    (epoch + 1) / (warmup + 1)
                    if epoch < warmup
                    else math.cos(math.pi / 2 * (epoch - warmup) / (epochs - 1 - warmup))
                ),
                "this is a quarter of a wave: it falls steeply at the end, where it should be flat",
            ),
            Mistake(
                lambda epoch, warmup, epochs: (
                    min(1.0, (epoch + 1) / (warmup + 1)) * _half_wave(epoch / (epochs - 1))
                ),
                "multiplying the two keeps the rate from ever reaching 1: first the one, then the "
                "other",
            ),
        ),
    ),
    Exercise(
        name="amsgrad_displacement",
        answer=_amsgrad,
        verified="the divisor never shrinks, so the large gradient is not forgotten",
        cases=_cycles,
        hints=(
            "which of Adam's memories is left when beta1 is 0?",
            "one line more than RMSprop: keep the largest r so far, entry by entry",
            "np.maximum compares two arrays entry by entry; divide by the root of what it keeps",
        ),
        mistakes=(
            Mistake(
                _without_maximum,
                "this forgets: a step after a small gradient is divided by a smaller root again",
            ),
            Mistake(
                _maximum_fed_back,
                "the running mean itself goes on as before; only the divisor is a maximum",
            ),
            Mistake(
                _one_maximum_for_all,
                "each parameter has a maximum of its own: compare entry by entry",
            ),
            Mistake(
                _largest_gradient,
                "the maximum is taken of the running mean of squares, not of single gradients",
            ),
            Mistake(
                lambda g, lr, beta2: -_amsgrad(g, lr, beta2), "descent steps against the gradient"
            ),
        ),
    ),
]
