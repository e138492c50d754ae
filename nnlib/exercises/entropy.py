"""Exercises of the chapter *Entropy and cross-entropy*."""

import math

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.information import cross_entropy, kl_divergence


def _positive_rows() -> list[tuple[Array, Array]]:
    """Return targets and predictions, all probabilities positive where the target's are."""
    rng = np.random.default_rng(4)
    return [
        (np.eye(10)[[3, 0, 7, 7]], np.full((4, 10), 0.1)),
        (np.eye(3)[[2]], np.array([[0.7, 0.2, 0.1]])),
        (rng.dirichlet(np.ones(4), size=6), rng.dirichlet(np.ones(4), size=6)),
    ]


def _rows_with_zeros() -> list[tuple[Array, Array]]:
    """Return pairs of distributions, row by row, some outcomes impossible."""
    p = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]])
    return [
        *_positive_rows(),
        (p, np.array([[0.25, 0.75, 0.0], [0.0, 0.0, 1.0], [0.1, 0.1, 0.8]])),
        (p, np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])),
    ]


def _plain(p: Array, q: Array) -> Array:
    with np.errstate(all="ignore"):
        h: Array = -(p * np.log(q)).sum(axis=1)
    return h


def _nan_to_num(p: Array, q: Array) -> Array:
    with np.errstate(all="ignore"):
        h: Array = -np.nan_to_num(p * np.log(q)).sum(axis=1)
    return h


def _capped(eps: float) -> Mistake:
    """Return the loss with an epsilon (or a clip, to six digits the same), and its hint."""
    return Mistake(
        lambda p, q: -(p * np.log(q + eps)).sum(axis=1),
        f"a certain mistake costs you {-math.log(eps):.2f}, which is -log({eps:.0e}), and should "
        "cost infinity: no epsilon, no clipping",
    )


def _jensen_shannon(p: Array, q: Array) -> Array:
    r = (p + q) / 2
    js: Array = (kl_divergence(p, r) + kl_divergence(q, r)) / 2
    return js


def _plain_jensen_shannon(p: Array, q: Array) -> Array:
    r = (p + q) / 2
    with np.errstate(all="ignore"):
        js: Array = (p * np.log(p / r) + q * np.log(q / r)).sum(axis=-1) / 2
    return js


EXERCISES = [
    Exercise(
        name="loaded_die",
        answer=2.5,
        verified="two faces give 2 bits half of the time, four give 3 bits half of the time",
        hints=(
            "the entropy is a mean: what does each face tell, and how often does it come?",
            "'Entropy: the mean information' does it for four letters; here two faces are alike, "
            "and so are the other four",
            "both probabilities are powers of 1/2, so every face tells a whole number of bits; "
            "weigh it by how often its kind comes",
        ),
        mistakes=(
            Mistake(
                2.5 * math.log(2), "that is in nats: one bit is log 2 nats; see 'Bits and nats'"
            ),
            Mistake(math.log2(6), "that is a fair die; here the faces are not equally likely"),
            Mistake(-2.5, "a mean of logarithms of probabilities is negative: entropy is minus it"),
            Mistake(16 / 6, "weigh each face by its probability, not all faces alike"),
            Mistake(2**2.5, "that is the perplexity; its logarithm is asked for"),
            Mistake(0.875, "2 bits and 3 bits once each; how many faces are there of each kind?"),
        ),
        rtol=2e-3,
    ),
    Exercise(
        name="three_costs",
        answer=(2.0, 0.5, math.inf),
        verified="q pays 2 bits for every letter; p has no word for the fourth, which q draws",
        hints=(
            "one distribution draws the letters, the other has chosen the lengths of the words; "
            "'Cross-entropy: the price of the wrong code' says which is which",
            "under a uniform q each letter costs the same, whatever p draws; D(p‖q) is that price "
            "without the entropy of p",
            "for D(q‖p) look at the fourth letter: how often does q draw it, and how long is the "
            "word that p has kept for it?",
        ),
        mistakes=(
            Mistake(
                (2.0, 0.5, 0.5), "the last one: D(q‖p) is not D(p‖q). Which letters does q draw?"
            ),
            Mistake(
                (2.0, 0.5, -0.25),
                "the last one: Gibbs forbids a negative divergence; the fourth letter, which p "
                "calls impossible and q draws, was left out",
            ),
            Mistake((2.0, 0.5, 0.0), "the last one is 0 only for equal distributions; see Gibbs"),
            Mistake((1.5, 0.5, math.inf), "the first one: 1.5 is H(p), what the right code costs"),
            Mistake(
                (2.0, -0.5, math.inf), "the second one: the wrong code costs more, H(p, q) - H(p)"
            ),
            Mistake(
                (2.0 * math.log(2), 0.5 * math.log(2), math.inf),
                "that is in nats; the question is in bits",
            ),
            Mistake(
                (2.0, math.inf, 0.5),
                "the two divergences are in each other's place: in D(p‖q) it is p that draws",
            ),
        ),
        rtol=2e-3,
    ),
    Exercise(
        name="mean_over_rows",
        answer=lambda Y, S: float(np.mean(cross_entropy(Y, S))),
        verified="ten classes and no idea cost log 10, and the mean is over the rows only",
        hints=(
            "what does it cost to have no idea among ten classes? See the end of 'Gibbs' "
            "inequality', and compare with 0.2303",
            "by which number does np.mean divide when an array has N rows and C columns?",
            "the classes are the terms of a sum, and the rows are what the mean is over: the two "
            "axes need different treatment",
        ),
        mistakes=(
            Mistake(
                lambda Y, S: float(-np.mean(Y * np.log(S))),
                "the loss is too small by the number of classes: np.mean counts entries, not rows",
            ),
            Mistake(
                lambda Y, S: float(-np.sum(Y * np.log(S))),
                "that is the sum over the rows, so it grows with the batch: divide by N",
            ),
            Mistake(
                lambda Y, S: float(np.mean(cross_entropy(Y, S, base=2))),
                "that is in bits; nats are asked for",
            ),
            Mistake(
                lambda Y, S: float(-np.mean(np.sum(Y * np.log(S), axis=0))),
                "the classes are averaged and the rows added up; it is the other way round",
            ),
            Mistake(
                lambda Y, S: -np.sum(Y * np.log(S), axis=1),
                "that is one loss for each row; their mean is asked for",
            ),
            Mistake(
                lambda Y, S: float(-np.mean(np.log(np.sum(Y * S, axis=1)))),
                "right for one-hot targets only: a soft target needs the mean of the logarithms, "
                "not the logarithm of the mean",
            ),
            Mistake(
                lambda Y, S: float(-np.mean(np.log(S[np.arange(len(Y)), Y.argmax(axis=1)]))),
                "right for one-hot targets only: of a soft target, argmax keeps the largest entry "
                "and forgets the rest",
            ),
            *(
                Mistake(
                    lambda Y, S, small=small: float(-np.sum(Y * np.log(S + small)) / len(Y)),
                    f"no epsilon inside the logarithm: {small:.0e} is not small against a "
                    "prediction of 1e-20",
                )
                for small in (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7)
            ),
            Mistake(
                lambda Y, S: float(np.mean(cross_entropy(S, Y))),
                "the roles are swapped: the targets weigh, the predictions are inside the "
                "logarithm",
            ),
        ),
        cases=lambda: [*_positive_rows(), (np.eye(2), np.array([[1e-20, 1.0], [0.5, 0.5]]))],
    ),
    Exercise(
        name="largest_pull",
        answer=4 / 27,
        verified="a (1 - a)² peaks at a = 1/3 with 4/27; cross-entropy pulls with up to 1",
        hints=(
            "where a smooth curve has its peak, its slope is 0: differentiate a (1 - a)² with "
            "respect to a",
            "the factor 1 - a can be taken out of the derivative; at its root, a = 1, the pull is "
            "0, so it is the other factor that counts",
            "the other factor is linear in a; put its root into the pull itself, not into the "
            "derivative",
        ),
        mistakes=(
            Mistake(1 / 4, "that is the largest slope of the sigmoid; the factor 1 - a is missing"),
            Mistake(1 / 8, "that is the value at a = 1/2; set the derivative to 0"),
            Mistake(1 / 3, "that is the a where it is largest; how large is a (1 - a)² there?"),
            Mistake(2 / 27, "at a = 2/3; which of the two factors is squared?"),
            Mistake(1.0, "that is the bound of cross-entropy's pull, 1 - a"),
            Mistake(-4 / 27, "the size of the derivative is asked for, not its sign"),
        ),
        rtol=2e-3,
    ),
    Exercise(
        name="cross_entropy_rows",
        answer=lambda p, q: cross_entropy(p, q),
        verified="0 log 0 costs nothing, an impossible thing that happens costs infinity",
        hints=(
            "there are two kinds of zero: 'Infinity is an answer' says which of them is free and "
            "which is infinitely dear",
            "decide by p, not by q, for which outcomes a logarithm is taken at all",
            "np.log has arguments where and out; what must out hold in the other places, so that "
            "the sum does not notice them?",
        ),
        mistakes=(
            *(_capped(eps) for eps in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)),
            Mistake(_plain, "0 times minus infinity is NaN: leave out the outcomes with p = 0"),
            Mistake(
                _nan_to_num,
                "np.nan_to_num turns infinity into about 1e308 as well: mend the zeros of p alone",
            ),
            Mistake(
                lambda p, q: -(p * np.log(q, out=np.zeros_like(q), where=q > 0)).sum(axis=1),
                "outcomes with q = 0 are left out, so a certain mistake is free: the ones to leave "
                "out have p = 0",
            ),
            Mistake(
                lambda p, q: cross_entropy(q, p),
                "the roles are swapped: the truth p weighs, the belief q is inside the logarithm",
            ),
            Mistake(
                lambda p, q: cross_entropy(p, q, base=2), "that is in bits; nats are asked for"
            ),
            Mistake(
                lambda p, q: float(cross_entropy(p, q).mean()),
                "that is the mean over the rows; one number for each row is asked for",
            ),
            Mistake(
                lambda p, q: kl_divergence(p, q),
                "that is the extra cost alone, D(p‖q); cross-entropy includes H(p)",
            ),
        ),
        cases=_rows_with_zeros,
    ),
    Exercise(
        name="swapped_loss",
        answer=-0.4 * math.log(1e-7),
        verified="0.4 of the belief lies on classes whose 0 became 1e-7, at 16.118 nats each",
        hints=(
            "put in Y = (1, 0) and S = (0.6, 0.4) by hand, and see which of the two is inside the "
            "logarithm",
            "a label has two values only, so only two logarithms occur: one is all but 0; work "
            "out the other",
            "the prediction does the weighing: how much of it lies on classes whose label is 0?",
        ),
        mistakes=(
            Mistake(-math.log(0.6), "that is what it should report; follow the code as it stands"),
            Mistake(
                -0.6 * math.log(1e-7),
                "the weight of log(1e-7) is what the network gives to the wrong classes",
            ),
            Mistake(
                -math.log(1e-7), "that is the price of a wrong class; how much is given to those?"
            ),
        ),
        rtol=1e-3,
    ),
    Exercise(
        name="jensen_shannon",
        answer=_jensen_shannon,
        verified="symmetric, never more than log 2, and finite where D(p‖q) is not",
        hints=(
            "each of the two is the truth once, and the half-way point is the belief both times",
            "can the half-way point be 0 where p is not? Then the only zeros to care for are "
            "those of the truth, and nn.kl_divergence leaves them out",
            "for the identity write each divergence as cross-entropy minus entropy; the two "
            "cross-entropies share their belief, so their truths may be averaged, as in 'The "
            "label is just 0 or 1: where is the distribution?'",
        ),
        mistakes=(
            Mistake(
                lambda p, q: (kl_divergence(p, q) + kl_divergence(q, p)) / 2,
                "still infinite where one of them is 0: compare both with the half-way point",
            ),
            Mistake(
                lambda p, q: (kl_divergence((p + q) / 2, p) + kl_divergence((p + q) / 2, q)) / 2,
                "the draws come from p and from q, the half-way point is believed: it comes second",
            ),
            Mistake(
                lambda p, q: _jensen_shannon(p, q) / math.log(2),
                "that is in bits; nats are asked for",
            ),
            Mistake(
                _plain_jensen_shannon,
                "0 times minus infinity is NaN: an outcome that never comes costs nothing",
            ),
            Mistake(
                lambda p, q: kl_divergence(p, q),
                "that is D(p‖q) itself: compare both p and q with the half-way point",
            ),
            Mistake(
                lambda p, q: kl_divergence(p, (p + q) / 2),
                "that is one half of it; the divergence of q from the half-way point is missing",
            ),
            Mistake(
                lambda p, q: -_jensen_shannon(p, q),
                "the gap is there, with the wrong sign: entropy is concave, so the half-way point "
                "has more of it",
            ),
            Mistake(
                lambda p, q: 2 * _jensen_shannon(p, q),
                "twice too large: it is the mean of the two divergences",
            ),
            Mistake(
                lambda p, q: (cross_entropy(p, (p + q) / 2) + cross_entropy(q, (p + q) / 2)) / 2,
                "not 0 for p = q: these are cross-entropies, take the divergences",
            ),
            Mistake(
                lambda p, q: np.sqrt(np.maximum(_jensen_shannon(p, q), 0)),
                "that is its square root, the distance of the last question; return the divergence",
            ),
        ),
        cases=_rows_with_zeros,
        atol=1e-12,
    ),
]
