"""Exercises of the chapter *The softmax Jacobian*."""

import math
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.softmax import log_softmax, log_softmax_vjp, logsumexp, softmax, softmax_vjp

Arguments = list[tuple[Any, ...]]


# The probabilities and the Jacobian, by hand

HALF_QUARTER_QUARTER = np.array([0.5, 0.25, 0.25])
OFF_DIAGONAL = 1 - np.eye(3)


def _by_hand(diagonal: Array, elsewhere: float) -> Array:
    """Return a matrix with this diagonal and `elsewhere` times s_i s_j off it."""
    s = HALF_QUARTER_QUARTER
    return np.asarray(np.diag(diagonal) + elsewhere * np.outer(s, s) * OFF_DIAGONAL)


# A tie in the cold

TIE = np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]]) / 4


# A softmax that cannot overflow


def _score_cases() -> Arguments:
    rng = np.random.default_rng(51)
    return [
        (rng.standard_normal((4, 3)),),
        (rng.standard_normal((3, 3)),),
        (rng.standard_normal((1, 5)),),
        (np.array([[400.0, 399.0, 398.0], [-40.0, -41.0, -42.0]]),),
        (np.array([[-600.0, -601.0, -602.0], [-605.0, -606.0, -606.0]]),),
        (np.array([[1000.0, 999.0, 998.0], [-1000.0, -1001.0, -1002.0]]),),
        (np.array([[1000.0, -1000.0, -1000.0], [-1000.0, 0.0, 0.0]]),),  # far from its own mean
    ]


def _share(e: Array) -> Array:
    return np.asarray(e / e.sum(axis=1, keepdims=True))


# Backwards through the softmax and its logarithm


def _softmax_cases() -> Arguments:
    rng = np.random.default_rng(52)
    shapes = [(4, 3, 1.0), (3, 3, 1.0), (1, 5, 1.0), (2, 4, 8.0)]
    return [
        (rng.standard_normal((N, C)), softmax(scale * rng.standard_normal((N, C))))
        for N, C, scale in shapes
    ]


def _log_softmax_cases() -> Arguments:
    return [(dl, np.log(s)) for dl, s in _softmax_cases()] + [
        (np.array([[0.0, -1.0, 0.0]]), log_softmax([[1000.0, 0.0, -1000.0]]))
    ]


def _row_sum(a: Array) -> Array:
    return np.asarray(a.sum(axis=1, keepdims=True))


# The derivative with respect to the temperature


def _temperature_cases() -> Arguments:
    rng = np.random.default_rng(53)
    return [
        (np.array([2.0, 1.0, 0.0]), 2.0),
        (rng.standard_normal(4), 0.5),
        (5 * rng.standard_normal(6) + 100, 3.0),
        (np.array([3000.0, 1000.0, 0.0]), 1500.0),
    ]


def _temperature_slope(z: Array, tau: float) -> Array:
    s = softmax(z / tau)
    return np.asarray(-s * (z - s @ z) / tau**2)


# Log-sum-exp to the last digit


def _logsumexp_cases() -> Arguments:
    rng = np.random.default_rng(54)
    rows = [
        [0.0, -40.0],
        [-50.0, 0.0, -45.0],
        [0.0, -2000.0],
        [5.0, 5.0],
        [1000.0, 999.0, 998.0],
        [-1000.0, -1000.0, -1001.0],
        [3.0],
        rng.standard_normal(8),
    ]
    return [(np.array(row),) for row in rows]


def _accurate_logsumexp(z: Array) -> float:
    top = int(z.argmax())
    others = np.delete(z, top)
    return float(z[top] + np.log1p(np.exp(others - z[top]).sum()))


EXERCISES = [
    Exercise(
        name="softmax_by_hand",
        answer=(1 / 8, 1 / 4, 5 / 8),
        verified="the exponentials are 1, 2 and 5, and adding 100 to every score changes nothing",
        hints=(
            "an exponential undoes a logarithm: write down the three exponentials first",
            "their sum is a round number; divide each of them by it",
        ),
        mistakes=(
            Mistake(
                (1 / 2, 2 / 3, 5 / 6),
                "that is the sigmoid of each score; the three probabilities compete for one sum",
            ),
            Mistake(
                (0.0, math.log(2) / math.log(10), math.log(5) / math.log(10)),
                "the scores were divided by their sum; make them positive first, by exp",
            ),
            Mistake((1.0, 2.0, 5.0), "these are the exponentials; divide them by their sum"),
            Mistake((5 / 8, 1 / 4, 1 / 8), "the order is reversed: a higher score, a larger share"),
            Mistake(
                (1 / 30, 4 / 30, 25 / 30),
                "that is the row at the temperature 1/2; asked for is the softmax of the scores",
            ),
            Mistake((0.0, 0.0, 1.0), "that is the limit of a low temperature; here it is 1"),
        ),
        rtol=1e-3,
    ),
    Exercise(
        name="jacobian_by_hand",
        answer=_by_hand(HALF_QUARTER_QUARTER * (1 - HALF_QUARTER_QUARTER), -1.0),
        verified="symmetric, and every row and every column sums to 0",
        hints=(
            "two cases: the same score on the diagonal, another score beside it",
            "the entry beside the diagonal is minus the product of two probabilities; the matrix "
            "is symmetric",
            "each row must sum to 0, which also gives you the diagonal from the rest of its row",
        ),
        mistakes=(
            Mistake(
                _by_hand(HALF_QUARTER_QUARTER * (1 - HALF_QUARTER_QUARTER), 0.0),
                "only the diagonal: a score also moves the other probabilities, since it is part "
                "of the sum; see 'A different score'",
            ),
            Mistake(
                _by_hand(HALF_QUARTER_QUARTER * (1 - HALF_QUARTER_QUARTER), 1.0),
                "the sign off the diagonal: what one probability gains, the others lose",
            ),
            Mistake(
                np.diag(HALF_QUARTER_QUARTER) + np.outer(*[HALF_QUARTER_QUARTER] * 2),
                "the outer product is taken away from the diagonal matrix: what do the rows sum "
                "to?",
            ),
            Mistake(
                _by_hand(HALF_QUARTER_QUARTER, -1.0),
                "the diagonal still lacks a term: what do the rows sum to?",
            ),
            Mistake(
                _by_hand(-(HALF_QUARTER_QUARTER**2), -1.0),
                "that is the outer product alone; the diagonal matrix it is taken from is missing",
            ),
            Mistake(
                _by_hand(-HALF_QUARTER_QUARTER * (1 - HALF_QUARTER_QUARTER), 1.0),
                "all signs are turned round: raising a score raises its own probability",
            ),
            Mistake(
                np.eye(3) - HALF_QUARTER_QUARTER,
                "that is the Jacobian of the log-softmax; each row still lacks its factor s_i",
            ),
        ),
    ),
    Exercise(
        name="softmax_tie",
        answer=4 * TIE,
        verified="4 times a quarter; the colder, the steeper, as long as it is a tie",
        hints=(
            "equal scores stay equal when both are divided by the temperature; what is s?",
            "diag(s) - s s^T is the derivative with respect to z / tau, not yet to z",
            "one step of the chain rule is missing: the derivative of z / tau",
        ),
        mistakes=(
            Mistake(
                TIE,
                "that is diag(s) - s s^T; the scores were divided by the temperature first, and "
                "the chain rule wants that factor too",
            ),
            Mistake(TIE / 4, "multiplied by the temperature: z / tau has derivative 1 / tau"),
            Mistake(
                np.diag([1.0, 1.0, 0.0]),
                "only the diagonal: what one of the two gains, the other one loses",
            ),
            Mistake(
                np.zeros((3, 3)),
                "cold is not enough for that: in a tie neither score wins, however cold it is",
            ),
        ),
    ),
    Exercise(
        name="stable_softmax",
        answer=softmax,
        verified="right from -1000 to 1000, each row by itself",
        cases=_score_cases,
        hints=(
            "three things are wrong, and scores near 0 show none of them: try a row of 1000s, and "
            "two rows far apart",
            "'Shift by the maximum' says which number is to be taken away, and from which row",
            "with a maximum of its own each row has a sum of at least 1; what is an epsilon for "
            "then?",
        ),
        mistakes=(
            Mistake(
                lambda z: _share(np.exp(z)),
                "right in the middle, NaN at both ends: exp overflows above 709.78 and every term "
                "is 0 far below; see 'Where exp ends'",
            ),
            Mistake(
                lambda z: _share(np.exp(z + z.max(axis=1, keepdims=True))),
                "the sign of the shift: adding the maximum doubles the largest score, so this "
                "overflows earlier than no shift at all",
            ),
            Mistake(
                lambda z: _share(np.exp(z - z.max())),
                "one maximum for the whole batch: a row far below it has only zeros left; each "
                "row needs its own",
            ),
            Mistake(
                lambda z: _share(np.exp(z - np.abs(z).max(axis=1, keepdims=True))),
                "the largest absolute value is not the maximum: a row of negative scores is pushed "
                "further down instead of up to 0",
            ),
            Mistake(
                lambda z: _share(np.exp(z - z.mean(axis=1, keepdims=True))),
                "the mean is not the maximum: in a row of 1000, -1000 and -1000 it leaves an "
                "exponent of 1333",
            ),
            Mistake(
                lambda z: _share(np.exp(z - z.min(axis=1, keepdims=True))),
                "the minimum is not the maximum: it leaves exponents at or above zero, and the "
                "largest of them may overflow",
            ),
            Mistake(
                lambda z: np.exp(z) / (np.exp(z).sum(axis=1, keepdims=True) + 1e-12),
                "an epsilon in the denominator does not stop the overflow, and for small sums the "
                "shares no longer sum to 1; see 'An epsilon in the denominator'",
            ),
            Mistake(
                lambda z: (
                    np.exp(z - z.max()) / (np.exp(z - z.max()).sum(axis=1, keepdims=True) + 1e-16)
                ),
                "one maximum for the whole batch: a row far below it has only zeros left, which "
                "the epsilon hides; such a row does not sum to 1",
            ),
            Mistake(
                lambda z: _share(np.exp(np.clip(z, -500, 500))),
                "clipping the scores makes different scores equal: 1000 and 998 are not a tie",
            ),
            Mistake(
                lambda z: softmax(z, axis=0),
                "the columns sum to 1 instead of the rows: a row is an example, the classes lie "
                "along axis 1",
            ),
            Mistake(
                lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
                "the whole batch sums to 1: every row is a distribution of its own",
            ),
        ),
    ),
    Exercise(
        name="softmax_backward",
        answer=softmax_vjp,
        verified="each score gets its surplus over the mean, weighted by its probability",
        cases=_softmax_cases,
        hints=(
            "'Backwards, without the matrix' has the formula for one row, with one sum",
            "the sum is one number per row: which axis is that, and how does it line up with the "
            "batch again?",
            "keepdims=True keeps the sums as a column, so that each row gets its own",
        ),
        mistakes=(
            Mistake(
                lambda ds, s: ds * s * (1 - s),
                "that is the diagonal of the Jacobian alone, as if softmax were C sigmoids",
            ),
            Mistake(
                lambda ds, s: ds * s,
                "that is diag(s) times ds; the part of s sᵀ is missing, so the row does not sum "
                "to 0",
            ),
            Mistake(
                lambda ds, s: ds - _row_sum(ds * s),
                "the factor s_j in front is missing: an improbable class must hardly move",
            ),
            Mistake(
                lambda ds, s: s * (ds - ds.mean(axis=1, keepdims=True)),
                "the mean must be weighted by the probabilities; the plain one is right only for "
                "the uniform distribution",
            ),
            Mistake(
                lambda ds, s: s * (ds - _row_sum(ds)),
                "the sum in the bracket lacks its weights s_i",
            ),
            Mistake(
                lambda ds, s: s * (ds - (ds * s).sum()),
                "the sum runs over the whole batch: the rows do not know of each other",
            ),
            Mistake(
                lambda ds, s: s * (ds - (ds * s).sum(axis=0)),
                "the sum runs over the examples; it must run over the classes of one row",
            ),
            Mistake(
                lambda ds, s: ds - s * _row_sum(ds),
                "that is the way back through the log-softmax; here no logarithm was taken",
            ),
            Mistake(
                lambda ds, s: s - ds,
                "s - y belongs to softmax together with cross-entropy; here an upstream gradient "
                "comes in that may be anything",
            ),
        ),
    ),
    Exercise(
        name="temperature_slope",
        answer=_temperature_slope,
        verified="heat takes from the scores above the mean and gives to those below",
        cases=_temperature_cases,
        atol=1e-15,
        hints=(
            "the softmax sees z/τ: what is its Jacobian with respect to that, and how does z/τ "
            "change with τ?",
            "all C inputs move when τ does, so the chain rule sums over them",
            "what remains of the sum is the mean score under s; the derivative of 1/τ brings a "
            "sign and a power",
        ),
        mistakes=(
            Mistake(
                lambda z, tau: -_temperature_slope(z, tau),
                "the sign: the derivative of 1/τ is negative, and heat lowers the largest "
                "probability",
            ),
            Mistake(
                lambda z, tau: _temperature_slope(z, tau) * tau**2,
                "the inner derivative is missing: the exponents are z/τ, and 1/τ has a derivative",
            ),
            Mistake(
                lambda z, tau: _temperature_slope(z, tau) * tau,
                "the derivative of 1/τ is not 1/τ up to a sign; which power of τ is it?",
            ),
            Mistake(
                lambda z, tau: -softmax(z / tau) * z / tau**2,
                "as if the sum were constant: these slopes do not sum to 0, but the probabilities "
                "always sum to 1",
            ),
            Mistake(
                lambda z, tau: -softmax(z / tau) * (z - z.mean()) / tau**2,
                "the mean score is weighted by the probabilities",
            ),
            Mistake(
                lambda z, tau: -softmax(z) * (z - softmax(z) @ z) / tau**2,
                "the probabilities are those at temperature τ, not at 1",
            ),
        ),
    ),
    Exercise(
        name="largest_eigenvalue",
        answer=0.5,
        verified="reached by (1/2, 1/2), and by no other distribution",
        hints=(
            "a variance of numbers in an interval is largest when they sit at its two ends, half "
            "and half",
            "the square of half the length of the interval is the variance there; how long can it "
            "be for a vector of length 1?",
        ),
        mistakes=(
            Mistake(0.25, "that is the largest entry; how large is a variance over an interval?"),
            Mistake(1.0, "the length of the vector is 1, so how far apart can two entries lie?"),
            Mistake(1 / 3, "that is the uniform distribution over three classes; try two"),
            Mistake(2.0, "turned over: this is the inverse of the bound"),
        ),
    ),
    Exercise(
        name="log_softmax_backward",
        answer=log_softmax_vjp,
        verified="each row sums to 0, and the gradient is full where the softmax is saturated",
        cases=_log_softmax_cases,
        hints=(
            "the author's Jacobian is right; what does the chain rule ask for, J or its transpose?",
            "in the transpose the sum runs over the upstream gradient alone, and the probability "
            "stands outside of it",
            "what is saved is a logarithm: you need the probabilities themselves in front of the "
            "sum",
        ),
        mistakes=(
            Mistake(
                lambda dl, l: dl - _row_sum(np.exp(l) * dl),
                "that is the Jacobian times dl; the chain rule needs its transpose, and this "
                "Jacobian is not symmetric",
            ),
            Mistake(
                lambda dl, l: dl - l * _row_sum(dl),
                "what is saved is the logarithm; the formula wants the probability",
            ),
            Mistake(
                lambda dl, l: softmax_vjp(dl, np.exp(l)),
                "that is the way back through the softmax; without its logarithm the factor s_j "
                "is one too many",
            ),
            Mistake(
                lambda dl, l: dl * (1 - np.exp(l)),
                "that is the diagonal alone; every score also moves the logarithm of the sum",
            ),
            Mistake(
                lambda dl, l: dl - np.exp(l),
                "right only if the upstream of every row sums to 1; in general s is multiplied by "
                "that sum",
            ),
            Mistake(
                lambda dl, l: dl - np.exp(l) * dl.sum(axis=0),
                "the sum runs over the examples; it must run over the classes of one row",
            ),
            Mistake(
                lambda dl, l: dl - np.exp(l) * dl.sum(),
                "the sum runs over the whole batch: the rows do not know of each other",
            ),
        ),
    ),
    Exercise(
        name="accurate_logsumexp",
        answer=_accurate_logsumexp,
        verified="4.248e-18 for the scores 0 and -40, where the usual formula says 0",
        cases=_logsumexp_cases,
        rtol=1e-12,
        atol=0.0,
        hints=(
            "after the shift one term is exactly 1: that 1 is what np.log1p adds without your help",
            "take out one largest score, by its position, and add up the exponentials of the "
            "others",
            "the maximum comes back at the end; where two tie, only one of them is taken out",
        ),
        mistakes=(
            Mistake(
                lambda z: float(logsumexp(z)),
                "right to rounding of the largest term, but for 0 and -40 the sum 1 + 4e-18 is "
                "rounded to 1 before the logarithm sees it",
            ),
            Mistake(
                lambda z: float(np.log(np.exp(z).sum())),
                "without the shift it overflows; see 'Log-sum-exp'",
            ),
            Mistake(
                lambda z: float(z.max() + np.log1p(np.exp(z[z < z.max()] - z.max()).sum())),
                "leave out one largest score, not all that tie with it: for 5 and 5 the answer is "
                "5 + log 2",
            ),
            Mistake(
                lambda z: float(z.max() + np.log1p(np.exp(z - z.max()).sum())),
                "log1p adds the 1 itself: the largest term must not be in the sum as well",
            ),
            Mistake(
                lambda z: float(np.log1p(np.exp(np.delete(z, z.argmax()) - z.max()).sum())),
                "that is the excess over the maximum; the maximum has to be added again",
            ),
        ),
    ),
]
