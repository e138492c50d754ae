"""Exercises of the chapter *The neuron*."""

from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import relu, relu_vjp, sigmoid
from nnlib.exercises._exercise import Exercise, Mistake


def _margin(X: Array, y: Array, w: Array, b: float) -> Any:
    sign = 2 * y - 1
    return (sign * (X @ w + b) / np.linalg.norm(w)).min()


def _closest_by_size(X: Array, y: Array, w: Array, b: float) -> Any:
    distances = (2 * y - 1) * (X @ w + b) / np.linalg.norm(w)
    return distances[np.abs(distances).argmin()]


def _margin_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(1)
    X = np.array([[1.4, 0.2], [1.9, 0.4], [3.0, 1.1], [4.7, 1.4]])
    y = np.array([0, 0, 1, 1])
    return [
        (X, y, np.array([0.6, 0.8]), -2.0),
        (X, y, np.array([3.0, 4.0]), -10.0),  # the same line
        (X, y, np.array([3.0, 4.0]), -14.0),  # on the wrong side of one example
        (rng.standard_normal((1, 5)), np.array([1]), rng.standard_normal(5), 0.3),
        (rng.standard_normal((6, 3)), np.array([0, 1, 1, 0, 0, 1]), rng.standard_normal(3), 0.0),
    ]


def _log_sigmoid(z: Array) -> Any:
    return np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))


def _sigmoid_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(2)
    return [
        (rng.standard_normal((3, 4)),),
        (np.array([-40.0, -5.0, 0.0, 5.0, 40.0]),),
        (np.array([-1000.0, -720.0, 720.0, 1000.0]),),
    ]


def _relu_cases() -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(3)
    return [
        (rng.standard_normal((4, 3)), relu(rng.standard_normal((4, 3)))),
        (rng.standard_normal((1, 5)), np.array([[0.0, 2.0, 0.0, 1e-300, 0.0]])),
        (rng.standard_normal((1, 2)), np.array([[1e300, 0.0]])),
    ]


EXERCISES = [
    Exercise(
        name="threshold_to_bias",
        answer=(-3.0, 0.5),
        verified="b = -3, and the score 0.5 is not below zero: the neuron fires",
        hints=(
            "the neuron compares its weighted sum with 3; compare the same thing with 0",
            "'From threshold to bias' gives the bias a sign that surprises many; the score is "
            "the weighted sum with the bias added",
            "the weights are 2 and -1: mind the sign of the second before you add the bias, "
            "and fire if nothing negative is left",
        ),
        mistakes=(
            Mistake(
                (3.0, 6.5),
                "the sign of b: the threshold is taken away from the weighted sum, b = -θ; "
                "see 'From threshold to bias'",
            ),
            Mistake(
                (-3.0, 3.5),
                "3.5 is the weighted sum; the score is what is left of it once the bias is added",
            ),
            Mistake((0.5, -3.0), "the order: the bias first, then the score"),
            Mistake(
                (-3.0, 1.0),
                "1 is what the neuron puts out; the score is the number that the step looks at",
            ),
            Mistake(
                (-3.0, 1.5),
                "the weight of the second input is negative: a large second input holds the "
                "neuron back",
            ),
        ),
    ),
    Exercise(
        name="distance_to_line",
        answer=3.0,
        verified="score -15, |w| = 5: three units away, on the silent side",
        hints=(
            "the score of a point grows with its distance from the line, and 'What the "
            "weights mean' says at what rate",
            "two numbers are needed: the score of (1, -2), bias included, and the length of w "
            "by Pythagoras",
            "divide one by the other; its sign says on which side the point lies, and a "
            "distance has none",
        ),
        mistakes=(
            Mistake(
                15.0, "15 is the size of the score; a distance does not change if w and b double"
            ),
            Mistake(
                -15.0, "that is the score; it is not a length yet, see 'What the weights mean'"
            ),
            Mistake(
                -3.0, "the minus sign says on which side the point lies; a distance has no sign"
            ),
            Mistake(0.6, "divided by the square of the length of w; which power is right?"),
            Mistake(15 / 7, "the length of w is not the sum of its entries; think of Pythagoras"),
            Mistake(1.0, "the bias was left out of the score, or taken with the wrong sign"),
            Mistake(-1.0, "the bias was left out of the score, and a distance has no sign"),
            Mistake(5.0, "that is the length of w; how large is the score, measured in it?"),
        ),
    ),
    Exercise(
        name="how_sure",
        answer=(float(sigmoid(0.5)), float(2 * np.log(9))),
        rtol=1e-3,
        verified="the line has not moved; the neuron is 4.394 times as steep across it",
        hints=(
            "the output depends on the score alone, and the weights were chosen so that a score "
            "is a distance in centimetres",
            "at which score does the sigmoid give 0.9? Solve 1 / (1 + exp(-z)) = 0.9 for exp(-z)",
            "multiplying w and b by a factor multiplies every score by it, this one too",
        ),
        mistakes=(
            Mistake(
                (float(sigmoid(0.5)), float(np.log(9))),
                "log 9 is the score that is needed; this flower starts from a score of 0.5",
            ),
            Mistake(
                (float(sigmoid(0.5)), float(0.9 / sigmoid(0.5))),
                "the factor acts on the score, inside the sigmoid, not on the output",
            ),
            Mistake(
                (float(2 * np.log(9)), float(sigmoid(0.5))),
                "the order: the output first, then the factor",
            ),
            Mistake(
                (0.5, float(2 * np.log(9))),
                "0.5 is the score; on the line the output is 0.5, here it is more",
            ),
            Mistake(
                (float(sigmoid(0.5)), float(2 * np.log(10 / 9))),
                "that solves exp(-z) = 0.9; the 1 in the denominator has been lost",
            ),
        ),
    ),
    Exercise(
        name="margin",
        answer=_margin,
        verified="a signed distance, and the same for (w, b) and (5w, 5b)",
        hints=(
            "a score turns into a distance when it is measured in units of the length of w; "
            "see 'What the weights mean'",
            "for class 1 the right side is where the score is positive, for class 0 where it "
            "is negative: find a factor of +1 or -1 for each label",
            "one array of N signed distances, positive for every example on its right side; "
            "which one of them is the margin?",
        ),
        cases=_margin_cases,
        mistakes=(
            Mistake(
                lambda X, y, w, b: ((2 * y - 1) * (X @ w + b)).min(),
                "this is the smallest score, not a distance: multiply w and b by 5 and it grows, "
                "though the line has not moved",
            ),
            Mistake(
                lambda X, y, w, b: ((2 * y - 1) * (X @ w + b) / (w @ w)).min(),
                "divided by w·w, which is the length of w squared",
            ),
            Mistake(
                lambda X, y, w, b: (np.abs(X @ w + b) / np.linalg.norm(w)).min(),
                "with the absolute value an example on the wrong side looks as good as one on the "
                "right side; give each score the sign of its class",
            ),
            Mistake(
                lambda X, y, w, b: (y * (X @ w + b) / np.linalg.norm(w)).min(),
                "the label 0 makes every score of its class 0; turn the labels 0 and 1 into the "
                "signs -1 and +1",
            ),
            Mistake(
                lambda X, y, w, b: ((X @ w + b) / np.linalg.norm(w)).min(),
                "the labels play no part: class 0 is right when its score is negative",
            ),
            Mistake(
                lambda X, y, w, b: (2 * y - 1) * (X @ w + b) / np.linalg.norm(w),
                "these are all the signed distances; the margin is the smallest of them",
            ),
            Mistake(
                lambda X, y, w, b: (
                    (2 * y - 1) * (X @ w + b) / np.linalg.norm(np.append(w, b))
                ).min(),
                "the bias moves the line but does not tilt it: it has no part in the length of w",
            ),
            Mistake(
                lambda X, y, w, b: ((2 * y - 1) * (X @ w) / np.linalg.norm(w)).min(),
                "without the bias the distance is measured from a line through the origin",
            ),
            Mistake(
                lambda X, y, w, b: ((1 - 2 * y) * (X @ w + b) / np.linalg.norm(w)).min(),
                "the classes are swapped: class 1 is on its right side where the score is positive",
            ),
            Mistake(
                lambda X, y, w, b: ((2 * y - 1) * (X @ w + b) / np.linalg.norm(w)).max(),
                "this is the largest signed distance; the margin is that of the worst example",
            ),
            Mistake(
                _closest_by_size,
                "right until an example lies on the wrong side: then the margin is the most "
                "negative distance, even if another example is closer to the line",
            ),
        ),
    ),
    Exercise(
        name="perceptron_by_hand",
        answer=(-2.0, -1.0, 0.0),
        verified="one correction in the first pass, three in the second",
        hints=(
            "only a mistake changes anything; make a table with a line for each example, as "
            "the section 'The perceptron rule' does",
            "the correction is (y - a) times the input, and for the bias (y - a) alone; "
            "remember that step(0) is 1",
            "in the first pass only (1, 1) needs a correction, in the second three examples "
            "do; use the new weights at once",
        ),
        mistakes=(
            Mistake(
                (-1.0, -1.0, -1.0),
                "these are the weights after the first pass; go through the four examples again",
            ),
            Mistake(
                (-2.0, -1.0, 1.0),
                "a score of exactly 0 counts as firing: step(0) = 1",
            ),
            Mistake(
                (2.0, 2.0, 2.0),
                "the sign of the correction: a neuron that fires when it should be silent has its "
                "input taken away from the weights",
            ),
            Mistake(
                (-1.0, -1.0, 0.0),
                "the bias is the weight of an input that is always 1: correct it with the others",
            ),
            Mistake(
                (2.0, 1.0, -1.0),
                "these are the weights of AND after two passes; NAND fires for all but (1, 1)",
            ),
            Mistake(
                (0.0, 0.0, 2.0),
                "correct after each mistake, and use the new weights for the very next example",
            ),
        ),
    ),
    Exercise(
        name="log_sigmoid",
        answer=_log_sigmoid,
        verified="right to the last digits from -1000 to 1000",
        hints=(
            "a logarithm taken of a rounded probability cannot be mended: take it on paper, "
            "of the formula",
            "'The exponential overflows' has a form of the sigmoid for each side, both in e = "
            "exp(-|z|); take the logarithm of each",
            "both forms share the term with log1p; only the other term depends on the side, "
            "and it is the smaller of two numbers",
        ),
        cases=_sigmoid_cases,
        atol=0.0,
        mistakes=(
            Mistake(
                lambda z: np.log(1 / (1 + np.exp(-z))),
                "exp(-z) overflows below z = -709.8, and the answer becomes minus infinity where "
                "it is z; keep the exponent at or below zero, and cancel the logarithm against "
                "the exponential on paper",
            ),
            Mistake(
                lambda z: np.log(sigmoid(z)),
                "the sigmoid itself is safe, but it has rounded to 0 below z = -745 and to 1 above "
                "z = 37, and no logarithm brings that back; take the logarithm on paper first",
            ),
            Mistake(
                lambda z: -np.log1p(np.exp(-z)),
                "right for positive scores, but exp(-z) overflows below z = -709.8; there use the "
                "twin form e / (1 + e)",
            ),
            Mistake(
                lambda z: np.minimum(z, 0) - np.log(1 + np.exp(-np.abs(z))),
                "no overflow, but 1 + e rounds a small e away: at z = 40 the answer is -4e-18, "
                "not 0; see np.log1p",
            ),
            Mistake(
                lambda z: -np.log1p(np.exp(-np.abs(z))),
                "right for positive scores; on the left the numerator is e, and its logarithm is "
                "missing",
            ),
            Mistake(
                lambda z: -np.maximum(z, 0) - np.log1p(np.exp(-np.abs(z))),
                "mirrored: this is the logarithm of 1 - sigmoid; a large score has a probability "
                "near 1, whose logarithm is near 0",
            ),
            Mistake(
                lambda z: np.log(sigmoid(z) + 1e-12),
                "the epsilon replaces every answer below log(1e-12) = -27.6 by that number, and "
                "makes a logarithm of a probability positive",
            ),
            Mistake(
                lambda z: np.log(np.clip(sigmoid(z), 1e-15, 1)),
                "clipping replaces every answer below log(1e-15) = -34.5 by that number",
            ),
        ),
    ),
    Exercise(
        name="relu_backward",
        answer=relu_vjp,
        verified="the gradient passes where the output is positive and nowhere else",
        hints=(
            "try it with a neuron that is off: a is 0 there; what does the comparison say?",
            "an output that went through ReLU is never negative; which of its values belong "
            "to a neuron that fires? See 'ReLU'",
            "one character of the comparison has to go; for the last question, draw the slope "
            "over z and look at z = 0",
        ),
        cases=_relu_cases,
        mistakes=(
            Mistake(
                lambda da, a: da * (a >= 0),
                "a rectified output is never negative, so this test is always true and every "
                "gradient passes, even that of a neuron that did not fire",
            ),
            Mistake(
                lambda da, a: da * (a <= 0),
                "the gradient passes the neurons that are off and stops at those that are on",
            ),
            Mistake(
                lambda da, a: (a > 0) * 1.0,
                "this is the slope alone; the chain rule multiplies it by the gradient that comes "
                "in from above",
            ),
            Mistake(
                lambda da, a: relu(da),
                "rectifying the gradient cuts off its negative part; what decides is the sign of "
                "the output, not that of the gradient",
            ),
            Mistake(
                lambda da, a: da * a,
                "multiplied by the output itself; the slope of ReLU is 0 or 1",
            ),
        ),
    ),
]
