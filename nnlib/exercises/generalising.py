"""Exercises of the chapter *Generalising*."""

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.losses import softmax_cross_entropy
from nnlib.softmax import softmax


def _confusion(y: Array, predicted: Array, num_classes: int) -> Array:
    counts = np.zeros((num_classes, num_classes), int)
    for i, j in zip(y, predicted, strict=True):
        counts[i, j] += 1
    return counts


def _counts_once(y: Array, predicted: Array, num_classes: int) -> Array:
    counts = np.zeros((num_classes, num_classes), int)
    counts[y, predicted] += 1
    return counts


def _label_cases() -> list[tuple[Array, Array, int]]:
    rng = np.random.default_rng(12)
    many = rng.integers(4, size=(2, 50))
    return [
        (np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3),
        (many[0], many[1], 4),
        (np.array([0, 1, 0]), np.array([1, 1, 0]), 5),  # classes that do not occur
    ]


def _calibration_error(s: Array, y: Array, bins: int) -> float:
    total = 0.0
    confidence, right = s.max(axis=1), s.argmax(axis=1) == y
    for g in range(bins):
        last = g == bins - 1
        inside = (confidence >= g / bins) & (last | (confidence < (g + 1) / bins))
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def _unweighted(s: Array, y: Array, bins: int) -> float:
    confidence, right = s.max(axis=1), s.argmax(axis=1) == y
    g = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        np.mean([abs(right[g == i].mean() - confidence[g == i].mean()) for i in np.unique(g)])
    )


def _signed(s: Array, y: Array) -> float:
    return float((s.argmax(axis=1) == y).mean() - s.max(axis=1).mean())


def _one_group(s: Array, y: Array, bins: int) -> float:
    return abs(_signed(s, y))


def _certain_row_lost(s: Array, y: Array, bins: int) -> float:
    confidence, right = s.max(axis=1), s.argmax(axis=1) == y
    inside = confidence < 1
    g = (confidence[inside] * bins).astype(int)
    surplus = right[inside] - confidence[inside]
    return float(np.abs(np.bincount(g, weights=surplus, minlength=bins)).sum() / len(y))


def _probability_cases() -> list[tuple[Array, Array, int]]:
    rng = np.random.default_rng(13)
    z, y = 2 * rng.standard_normal((300, 4)), rng.integers(4, size=300)
    unsure = softmax(z).max(axis=1) < 0.6
    y[unsure] = z[unsure].argmax(axis=1)  # right where it is unsure, wrong where it is sure
    z[:3, 0], y[:3] = 800.0, 1  # a confidence of exactly 1, and wrong
    return [(softmax(z), y, 10), (softmax(z), y, 7), (softmax(z[:5]), y[:5], 4)]


def _best_temperature(z: Array, y: Array) -> float:
    """Ternary search on the logarithm of the temperature: slow and plain."""
    low, high = np.log(1e-3), np.log(1e3)
    while high - low > 1e-7:
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if softmax_cross_entropy(z / np.exp(a), y)[0] < softmax_cross_entropy(z / np.exp(b), y)[0]:
            high = b
        else:
            low = a
    return float(np.exp(low))


def _score_cases() -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(14)
    cases = []
    for scale in (0.3, 1.0, 8.0):
        z = rng.standard_normal((400, 3))
        y = np.array([rng.choice(3, p=s) for s in softmax(z)])
        cases.append((scale * z, y))
    return cases


EXERCISES = [
    Exercise(
        name="read_confusion",
        answer=(23 / 30, 9 / 10, 9 / 14),
        verified="accuracy from the diagonal, recall along the row, precision down the column",
        rtol=1e-4,
        hints=(
            "a row of the matrix holds what is true, a column what was answered",
            "all three are fractions with 9 or the diagonal on top; what differs is what you "
            "divide by",
            "for the recall divide by the sum of a row, for the precision by the sum of a column",
        ),
        mistakes=(
            Mistake(
                (23 / 30, 9 / 14, 9 / 10),
                "recall and precision are exchanged: a row holds what is true",
            ),
        ),
    ),
    Exercise(
        name="rows_for_a_third",
        answer=8100,
        verified="a standard error of a third of 0.01",
        rtol=1e-4,
        hints=(
            "the section 'Where it breaks' has the standard error of an accuracy on n rows",
            "write down what the standard error shall be, a third of the difference, and solve "
            "for n",
            "squaring both sides brings n out from under the root; the 3 is squared as well",
        ),
        mistakes=(
            Mistake(900, "that makes the standard error as large as the difference"),
            Mistake(2700, "the standard error falls with the square root of the rows"),
        ),
    ),
    Exercise(
        name="half_life",
        answer=1386,
        verified="log 2 over minus the logarithm of 1 - ηλ, rounded up",
        rtol=0,
        atol=0.04,
        hints=(
            "what is a step when the gradient of the data is 0? Only the decay is left",
            "each step multiplies the weight by the same factor, a little below 1",
            "one half is that factor to the power t: take logarithms, and round up at the end",
        ),
        mistakes=(
            Mistake(1385.92, "there is no part of a step: round up"),
            Mistake(1385, "after 1385 steps it is not yet half: round up"),
            Mistake(
                1387,
                "log 2 / (ηλ) is a little too long: divide by minus the logarithm of 1 - ηλ",
            ),
            Mistake(1000, "in 1000 steps it would be gone if it fell along a straight line"),
            Mistake(2000, "that is 1 / (ηλ), the time to fall to 1/e"),
            Mistake(69, "the rate counts too: a step shrinks by ηλ, not by λ"),
        ),
    ),
    Exercise(
        name="confusion",
        answer=_confusion,
        verified="true class by row, every row counted, empty classes kept",
        hints=(
            "each row of the data is a pair; the matrix counts how often each pair occurs",
            "what goes wrong with `counts[y, predicted] += 1` stands after the confusion matrix "
            "of the chapter",
            "np.add.at counts repeats; or give each pair one number and let np.bincount count "
            "those",
        ),
        mistakes=(
            Mistake(
                lambda y, predicted, num_classes: _confusion(predicted, y, num_classes),
                "transposed: the true class chooses the row",
            ),
            Mistake(
                _counts_once,
                "pairs that occur more than once are counted once: += reads before it writes",
            ),
        ),
        cases=_label_cases,
    ),
    Exercise(
        name="calibration_error",
        answer=_calibration_error,
        verified="groups weighted by their rows, certain rows included",
        hints=(
            "for each row you need its confidence, whether it is right, and its group",
            "the share of the rows in front of each group cancels the division inside its two "
            "means",
            "the group is the whole part of bins times confidence; see what a confidence of 1 "
            "gives",
        ),
        mistakes=(
            Mistake(_unweighted, "every group counts alike; weigh each by its rows"),
            Mistake(
                _one_group, "all rows in one group: sure-and-wrong and unsure-and-right cancel"
            ),
            Mistake(_certain_row_lost, "rows with a confidence of exactly 1 are lost"),
            Mistake(
                lambda s, y, bins: _signed(s, y),
                "differences of opposite sign cancel: take the absolute value in each group",
            ),
        ),
        cases=_probability_cases,
    ),
    Exercise(
        name="best_temperature",
        answer=_best_temperature,
        verified="the lowest loss for scores that are too small, right and too large",
        rtol=6e-3,  # right to three digits
        hints=(
            "in 1/τ the scores are linear, so the loss is convex: its slope changes sign once",
            "the chain rule through a product: the gradient of the scores, times z, summed over "
            "everything",
            "halve an interval of 1/τ that is wide enough on both sides, keeping the half in "
            "which the slope changes sign",
        ),
        mistakes=(
            Mistake(
                lambda z, y: 1 / _best_temperature(z, y),
                "that is 1/τ: the scores are divided by the temperature",
            ),
            Mistake(lambda z, y: 1.0, "always 1: try scores that are eight times too large"),
        ),
        cases=_score_cases,
    ),
]
