"""Exercises of the chapter *Starting weights*."""

from itertools import pairwise
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import relu
from nnlib.exercises._exercise import Exercise, Mistake


def _normal_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(11)
    return [(rng.standard_normal(shape),) for shape in ((6, 2), (3, 12), (1, 5))]


def _glorot(u: Array) -> Any:
    return (2 * u - 1) * np.sqrt(6 / sum(u.shape))


def _uniform_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(12)
    return [(rng.random(shape),) for shape in ((6, 2), (3, 12), (1, 5))]


def _leaky(n_in: int, slope: float) -> Any:
    return 2 / ((1 + slope**2) * n_in)


def _leaky_cases() -> list[tuple[Any, ...]]:
    return [(64, 0.2), (784, 0.01), (10, 0.5), (10, 0.9), (32, 0.0)]


def _dead(a: Array) -> Any:
    return int((a == 0).all(axis=0).sum())


def _dead_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(13)
    a = relu(rng.standard_normal((7, 9)))
    a[:, [2, 5]] = 0
    a[3] = 0  # a silent row is not a dead unit
    quiet = np.zeros((200, 6))  # so that silent in 99 of 100 is not dead either
    quiet[0, 1] = 1e-300  # hardly anything, but not dead
    return [(a,), (quiet,), (relu(rng.standard_normal((1, 8))),), (np.ones((3, 2)),)]


def _unit_scores(X: Array, weights: list[Array]) -> Any:
    a, rescaled = X, []
    for W in weights:
        W = W / np.sqrt(np.mean((a @ W) ** 2))
        rescaled.append(W)
        a = relu(a @ W)
    return rescaled


def _unit_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(14)
    sizes = (6, 8, 5, 3)
    return [
        (
            rng.random((20, 6)),  # not centred, like pixels
            [s * rng.standard_normal(shape) for shape in pairwise(sizes)],
        )
        for s in (0.01, 1.0, 30.0)
    ]


def _not_in_turn(X: Array, weights: list[Array]) -> Any:
    a, rescaled = X, []
    for W in weights:
        rescaled.append(W / np.sqrt(np.mean((a @ W) ** 2)))
        a = relu(a @ W)
    return rescaled


def _unit_with(divisor: Any, after: Any = relu) -> Any:
    def answer(X: Array, weights: list[Array]) -> Any:
        a, rescaled = X, []
        for W in weights:
            W = W / divisor(a @ W)
            rescaled.append(W)
            a = after(a @ W)
        return rescaled

    return answer


EXERCISES = [
    Exercise(
        name="score_variance",
        answer=2.25,
        verified="the squares of the inputs sum to 9, times the variance 1/4",
        hints=(
            "the score is a sum of independent terms of mean 0: what do their variances do?",
            "the variance of one term is that of the weight, times the square of its input",
        ),
        mistakes=(
            Mistake(1.5, "that is the standard deviation; the variance is its square"),
            Mistake(9.0, "each weight has variance 1/4, not 1"),
            Mistake(
                1.25,
                "a constant x times a weight has variance x² times that of the weight: square the "
                "inputs before you add them",
            ),
            Mistake(
                0.6875,
                "that uses the variance of the inputs; it is their mean square that counts when "
                "their mean is not 0",
            ),
            Mistake(
                6.25,
                "the inputs were added before they were squared, as if all weights were the same",
            ),
            Mistake(9 / 16, "that is the mean over the inputs; the score is their sum"),
            Mistake(1.0, "that would be inputs of mean square 1; these are larger"),
        ),
    ),
    Exercise(
        name="framework_default",
        answer=1 / 12,
        verified="1/sqrt(48) divided by sqrt(3) is 1/12",
        rtol=5e-4,  # 0.0833 is an answer
        hints=(
            "'A uniform distribution of the same variance' has the variance for a bound B",
            "put the bound into the formula and take the root at the end; the numbers come out "
            "even",
            "for the second question a layer multiplies the mean square, and ReLU halves it; take "
            "the root of both together",
        ),
        mistakes=(
            Mistake(48**-0.5, "that is the bound of the uniform distribution; its spread is less"),
            Mistake(6**-0.5, "that is the factor per layer; the first question is the one checked"),
            Mistake(0.41, "that answers the second question; the first one is checked"),
            Mistake(1 / 144, "that is the variance; the question is about the standard deviation"),
            Mistake(
                48**-0.5 / 2,
                "the mean size of such a number is half the bound; its root mean "
                "square is a little more: see 'A uniform distribution of the same variance'",
            ),
            Mistake(
                2 * 48**-0.5,
                "that is the width of the interval; divide it by the square root of 12",
            ),
        ),
    ),
    Exercise(
        name="he_from_normals",
        answer=lambda xi: xi * np.sqrt(2 / len(xi)),
        verified="variance 2/n_in, from a standard deviation that is its square root",
        cases=_normal_cases,
        hints=(
            "which of the two is the second argument of rng.normal, a variance or a standard "
            "deviation?",
            "a factor on a random number puts the square of that factor on its variance",
            "n_in is the number of rows of xi; multiply xi by a square root",
        ),
        mistakes=(
            Mistake(
                lambda xi: xi * 2 / len(xi),
                "this multiplies by the variance; a factor c multiplies the variance by c squared",
            ),
            Mistake(
                lambda xi: xi * np.sqrt(2 / xi.shape[1]),
                "that is the number of neurons; in a W of shape (n_in, n_out) a score sums over "
                "the rows",
            ),
            Mistake(
                lambda xi: xi * np.sqrt(1 / len(xi)),
                "this is the rule for a layer without ReLU: the 2 makes up for what ReLU takes",
            ),
            Mistake(
                lambda xi: xi / np.sqrt(2 * len(xi)),
                "the 2 belongs above the fraction line: weights must be larger, not smaller",
            ),
            Mistake(
                lambda xi: xi * 2 / np.sqrt(len(xi)),
                "the root is over the 2 as well",
            ),
            Mistake(
                lambda xi: xi * np.sqrt(2 / sum(xi.shape)),
                "this is Glorot's compromise of both directions; He counts the inputs alone",
            ),
            Mistake(
                lambda xi: xi * np.sqrt(2 / xi.size),
                "xi.size counts all weights of the layer; a score sums over n_in of them",
            ),
        ),
    ),
    Exercise(
        name="glorot_from_uniform",
        answer=_glorot,
        verified="mean 0, and the bound sqrt(6 / (n_in + n_out))",
        cases=_uniform_cases,
        hints=(
            "which line of the derivation fails when no weight is negative?",
            "u lies between 0 and 1; it should lie between -B and B, with the B of the comment",
            "an interval of length 1 has to become one of length 2B, with 0 in its middle",
        ),
        mistakes=(
            Mistake(
                lambda u: u * np.sqrt(6 / sum(u.shape)),
                "these weights are all positive: stretch 0 to 1 into -1 to 1 first",
            ),
            Mistake(
                lambda u: (u - 0.5) * np.sqrt(6 / sum(u.shape)),
                "the mean is 0 now, but the interval is still 1 wide; -1 to 1 is 2 wide",
            ),
            Mistake(
                lambda u: 2 * u * np.sqrt(6 / sum(u.shape)) - 1,
                "B times 2u runs from 0 to 2B: what has to be subtracted is B, not 1",
            ),
            Mistake(
                lambda u: (2 * u - 1) * 6 / sum(u.shape),
                "the bound is a square root",
            ),
            Mistake(
                lambda u: (2 * u - 1) * np.sqrt(2 / sum(u.shape)),
                "2 / (n_in + n_out) is the variance; a uniform distribution from -a to a has "
                "variance a squared over 3",
            ),
            Mistake(
                lambda u: (2 * u - 1) * np.sqrt(6 / len(u)),
                "this counts the inputs alone; the compromise has the neurons in it too",
            ),
            Mistake(
                lambda u: (2 * u - 1) / np.sqrt(len(u)),
                "this is the default of a framework, variance 1/(3 n_in); Glorot's is another",
            ),
        ),
    ),
    Exercise(
        name="count_dead",
        answer=_dead,
        verified="a column without one positive entry is a dead unit",
        cases=_dead_cases,
        hints=(
            "a unit is a column: what do all entries of a dead one have in common?",
            "it is a question about every example, so the axis to reduce is that of the rows",
        ),
        mistakes=(
            Mistake(
                lambda a: int((a == 0).all(axis=1).sum()),
                "axis=1 runs along the units of one example: this counts silent examples",
            ),
            Mistake(
                lambda a: int((a == 0).any(axis=0).sum()),
                "a unit that is silent for some examples is doing its work; dead means for all",
            ),
            Mistake(
                lambda a: int((a == 0).sum()),
                "this counts zeros; a unit has one activation for every example",
            ),
            Mistake(
                lambda a: float((a == 0).all(axis=0).mean()),
                "this is the share of the units; the question asks how many",
            ),
            Mistake(
                lambda a: int((a.mean(axis=0) < 1e-12).sum()),
                "a unit with a tiny activation is alive: it has a gradient",
            ),
        ),
    ),
    Exercise(
        name="leaky_variance",
        answer=_leaky,
        verified="ReLU for slope 0, no activation at all for slope 1",
        cases=_leaky_cases,
        hints=(
            "take z and -z together, as for ReLU: what are the squares of the two outputs?",
            "they sum to z squared times a factor that holds the slope; each has half of it on "
            "average",
            "the factor per layer must be 1; with slope 0 your formula has to give He's",
        ),
        mistakes=(
            Mistake(
                lambda n_in, slope: 2 / n_in,
                "this forgets what the negative half lets through; try the slope 1, which is no "
                "activation at all",
            ),
            Mistake(
                lambda n_in, slope: 2 / ((1 + slope) * n_in),
                "the mean square of slope times z has the slope squared",
            ),
            Mistake(
                lambda n_in, slope: 2 / ((1 - slope**2) * n_in),
                "what leaks through adds to the mean square, it does not take away from it",
            ),
            Mistake(
                lambda n_in, slope: 1 / ((1 + slope**2) * n_in),
                "each half of the distribution has half of the mean square: where did the 2 go?",
            ),
            Mistake(
                lambda n_in, slope: 2 * (1 + slope**2) / n_in,
                "what leaks through makes the signal larger, so the weights must be smaller",
            ),
            Mistake(
                lambda n_in, slope: np.sqrt(2 / ((1 + slope**2) * n_in)),
                "that is the standard deviation; the question asks for the variance",
            ),
            Mistake(
                lambda n_in, slope: 2 / (1 + slope**2) * n_in,
                "n_in belongs below the fraction line: a product there needs brackets",
            ),
            Mistake(
                lambda n_in, slope: 2 / (1 + slope**2),
                "that is n_in times the variance; one step is missing",
            ),
            Mistake(
                lambda n_in, slope: (1 + slope**2) / (2 * n_in),
                "that is upside down: weights must make up for what the activation loses",
            ),
        ),
    ),
    Exercise(
        name="unit_scores",
        answer=_unit_scores,
        verified="every layer of scores has mean square 1, whatever the start",
        cases=_unit_cases,
        hints=(
            "scores are proportional to the weights of their layer: what does halving them do to "
            "the mean square?",
            "divide by the root of the mean square over the whole batch and all neurons, one "
            "number per layer",
            "go on with the activations that the rescaled matrix gives, ReLU included",
        ),
        mistakes=(
            Mistake(
                _not_in_turn,
                "the layers must be done in turn: the second sees the output of the rescaled first",
            ),
            Mistake(
                _unit_with(lambda z: np.mean(z**2)),
                "dividing by the mean square does too much; what is left of it after dividing by "
                "its root?",
            ),
            Mistake(
                _unit_with(np.std),
                "the standard deviation forgets the mean of the scores; use the mean square",
            ),
            Mistake(
                _unit_with(lambda z: np.sqrt(np.mean(z**2)), after=lambda z: z),
                "the next layer sees activations: there is a ReLU between the layers",
            ),
            Mistake(
                _unit_with(lambda z: np.sqrt(np.mean(relu(z) ** 2))),
                "this makes the activations 1 in mean square; the question asks for the scores",
            ),
            Mistake(
                _unit_with(lambda z: np.sqrt(np.mean(z**2, axis=0))),
                "this rescales each neuron by itself; one factor for the layer keeps their "
                "differences",
            ),
        ),
    ),
]
