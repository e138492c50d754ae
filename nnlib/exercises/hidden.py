"""Exercises of the chapter *A hidden layer*."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake

# ---------------------------------------------------------------- the recipe and its penalty


def _recipes() -> list[tuple[float, float, int]]:
    return [(0.01, 0.01, 200), (1e-5, 0.5, 55_000), (0.3, 0.0, 7)]


def _losses_and_weights() -> list[tuple[Array, Array, Array, float]]:
    rng = np.random.default_rng(81)
    return [
        (rng.random(5), rng.standard_normal((2, 3)), rng.standard_normal((3, 4)), 0.1),
        (rng.random(1), rng.standard_normal((4, 1)), rng.standard_normal((1, 2)), 2.0),
    ]


def _with_penalty(losses: Array, penalty: float, share: float = 1.0) -> float:
    return float(losses.mean() + penalty / len(losses) * share)


def _steps() -> list[tuple[Array, Array, Array, float, float]]:
    """Return parameters, gradients and masks, for a rate that is not 1."""
    rng = np.random.default_rng(82)
    weights = np.array([True] * 6 + [False] * 3 + [True] * 6 + [False] * 2)
    return [
        (rng.standard_normal(17), rng.standard_normal(17), weights, 0.5, 0.01),
        (rng.standard_normal(3), np.zeros(3), np.array([False, True, True]), 0.1, 2.0),
    ]


# ---------------------------------------------------------------- the decision plot


def _coordinates(points: Array) -> Array:
    if np.ndim(points) != 2 or np.shape(points)[1] != 2:
        raise ValueError(f"predict takes points of shape (M, 2), got {np.shape(points)}")
    return np.asarray(points).T


def _rule(points: Array) -> Array:
    """Return labels that depend on the two coordinates in different ways; three classes."""
    x, y = _coordinates(points)
    labels: Array = (x > y + 0.5).astype(int) + (x + y * y > 2.5)
    return labels


def _numbered(points: Array) -> Array:
    """Return another label for each point of a small grid of whole numbers."""
    x, y = _coordinates(points)
    labels: Array = (10 * y + x).astype(int)
    return labels


def _grids() -> list[tuple[Callable[[Array], Array], Array, Array]]:
    """Return grids that are not square, and one where each point has its own label."""
    return [
        (_rule, np.arange(4.0), np.arange(3.0)),
        (_rule, np.linspace(-1, 2, 5), np.linspace(-2, 2, 7)),
        (_numbered, np.arange(2.0), np.arange(3.0)),
    ]


def _labels(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    across, up = np.meshgrid(x1, x2)
    return predict(np.column_stack([across.ravel(), up.ravel()])).reshape(across.shape)


def _rolled_up_otherwise(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    return _labels(predict, x1, x2).reshape(len(x1), len(x2))


def _rows_across(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    across, up = np.meshgrid(x1, x2, indexing="ij")
    return predict(np.column_stack([across.ravel(), up.ravel()])).reshape(across.shape)


def _coordinates_exchanged(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    across, up = np.meshgrid(x1, x2)
    return predict(np.column_stack([up.ravel(), across.ravel()])).reshape(across.shape)


def _never_rolled_up(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    return _labels(predict, x1, x2).ravel()


def _mixed_orders(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    across, up = np.meshgrid(x1, x2)
    return predict(np.column_stack([across.ravel(), up.ravel()])).reshape(across.shape, order="F")


def _upside_down(predict: Callable[[Array], Array], x1: Array, x2: Array) -> Array:
    return _labels(predict, x1, x2)[::-1]


# ---------------------------------------------------------------- one output instead of two


def _output_layers() -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(83)
    return [
        (rng.standard_normal((3, 2)), rng.standard_normal(2)),
        (rng.standard_normal((1, 2)), rng.standard_normal(2)),
    ]


def _difference(W2: Array, b2: Array) -> tuple[Any, Any]:
    return W2[:, 1] - W2[:, 0], b2[1] - b2[0]


EXERCISES = [
    Exercise(
        name="hidden_parameters",
        answer=51,
        verified="24 + 6 into the hidden layer, 18 + 3 out of it",
        hints=(
            "two matrices and two rows of biases: write down their four shapes",
            "a bias belongs to a neuron, in the hidden layer and in the output layer",
        ),
        mistakes=(
            Mistake(42, "those are the weights; each of the nine neurons has a bias as well"),
            Mistake(48, "the three output neurons have biases too"),
            Mistake(45, "the six hidden neurons have biases too"),
            Mistake(15, "that is one layer of softmax regression: 4 times 3, and 3"),
        ),
    ),
    Exercise(
        name="fit_settings",
        answer=lambda rate, lam, N: (rate * N, lam / N),
        cases=_recipes,
        atol=0.0,
        verified="the same steps: the rate times N, the penalty over N",
        hints=(
            "the gradient of a sum of N losses is N times that of their mean: take N out of the "
            "bracket",
            "one of the two grows by N and the other shrinks by it",
        ),
        mistakes=(
            Mistake(
                lambda rate, lam, N: (rate / N, lam / N),
                "the rate goes the other way: the mean has the smaller gradient, so it needs the "
                "larger rate",
            ),
            Mistake(
                lambda rate, lam, N: (rate * N, lam),
                "the rate is right; but lam was weighed against a sum of N losses, and now stands "
                "beside their mean",
            ),
            Mistake(
                lambda rate, lam, N: (rate * N, lam * N),
                "the rate is right; the penalty is multiplied by the rate too, so the factor N is "
                "in it already once",
            ),
            Mistake(
                lambda rate, lam, N: (rate, lam / N),
                "the penalty is right; the same rate on a gradient N times smaller is a step N "
                "times shorter",
            ),
            Mistake(
                lambda rate, lam, N: (rate / N, lam * N),
                "both are the wrong way round: a mean is N times smaller than a sum",
            ),
            Mistake(
                lambda rate, lam, N: (lam / N, rate * N),
                "both numbers are right, in the wrong order: first the rate, then the penalty",
            ),
            Mistake(
                lambda rate, lam, N: (rate, lam),
                "equal settings give equal steps only with equal gradients; one is N times the "
                "other",
            ),
        ),
    ),
    Exercise(
        name="loss_with_penalty",
        answer=lambda losses, W1, W2, lam: _with_penalty(
            losses, lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
        ),
        cases=_losses_and_weights,
        verified="each weight once, and the loss is the one whose gradient is used",
        hints=(
            "read the two terms of the penalty once more: which weights pay, and how often?",
            "everything else may stay: the penalty joins the sum, and all of it is divided by the "
            "number of rows",
        ),
        mistakes=(
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(losses, lam * np.sum(W1**2)),
                "the first matrix counts twice and the second not at all: the gradient check fails",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(losses, lam * np.sum(W2**2)),
                "now the second matrix counts twice and the first not at all",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(
                    losses, lam * (np.sum(W1**2) + np.sum(W2**2))
                ),
                "twice the penalty: the half is there so that the derivative is lam * W",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(
                    losses, lam / 2 * (np.sum(W1**2) + np.sum(W2**2)), len(losses)
                ),
                "the losses are divided by their number and the penalty is not",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(
                    losses, lam / 2 * (np.sum(W1) ** 2 + np.sum(W2) ** 2)
                ),
                "the square of the sum instead of the sum of the squares",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(losses, lam / 2 * np.sum(W1**2)),
                "the second matrix does not pay",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(losses, lam / 2 * np.sum(W2**2)),
                "the first matrix does not pay",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(
                    losses, lam / 2 * (np.linalg.norm(W1) + np.linalg.norm(W2))
                ),
                "a norm is the root of the sum of squares; the penalty takes the sum itself",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(losses, 0.0),
                "there is no penalty in it",
            ),
            Mistake(
                lambda losses, W1, W2, lam: (
                    np.sum(losses) + lam / 2 * (np.sum(W1**2) + np.sum(W2**2))
                ),
                "that is the loss of all rows together: divide by their number",
            ),
            Mistake(
                lambda losses, W1, W2, lam: _with_penalty(
                    losses, lam / 2 * (np.sum(W1**2) + np.sum(W2**2)), -1
                ),
                "the penalty is subtracted: that rewards large weights",
            ),
        ),
    ),
    Exercise(
        name="decay_step",
        answer=lambda params, grads, weights, lr, lam: (
            params - lr * (grads + lam * params * weights)
        ),
        cases=_steps,
        verified="weights shrink and learn, biases only learn",
        hints=(
            "the equation in 'L2, and why biases are left out' says what a weight gets on top of "
            "its gradient, and that a bias gets nothing",
            "a boolean mask times a number is the number or 0",
            "return a new vector: an expression, not -=",
        ),
        mistakes=(
            Mistake(
                lambda params, grads, weights, lr, lam: params - lr * (grads + lam * params),
                "the biases decay as well: the mask says which numbers are weights; see 'L2, and "
                "why biases are left out'",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * (grads + lam * params * ~weights)
                ),
                "the mask is the wrong way round: now only the biases decay",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * (grads - lam * params * weights)
                ),
                "the sign of the penalty: these weights grow",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * grads - lam * params * weights
                ),
                "the penalty is part of the loss, so its gradient is multiplied by the rate like "
                "the rest (without it you have a decay of its own, as in AdamW)",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * (grads + 2 * lam * params * weights)
                ),
                "the derivative of lam/2 * W**2 is lam * W: no factor 2",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * (grads + lam / 2 * params * weights)
                ),
                "the derivative of lam/2 * W**2 is lam * W: the half is used up",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: -lr * (grads + lam * params * weights),
                "that is the step alone; the new vector is params with the step added",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params - lr * (grads + lam * params) * weights
                ),
                "the biases stand still: they have no penalty, but they do have a gradient",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: (
                    params + lr * (grads + lam * params * weights)
                ),
                "that step goes uphill: descent subtracts the gradient",
            ),
            Mistake(
                lambda params, grads, weights, lr, lam: params - lr * grads,
                "there is no decay at all",
            ),
        ),
    ),
    Exercise(
        name="hill_edge",
        answer=float(np.arccosh(2 * np.sinh(2) - np.cosh(2)) / 4),
        rtol=1.2e-4,
        atol=0.0,
        verified="the score is 0 there, inside the lines of the two neurons",
        hints=(
            "call the two arguments A and B: what are their difference and their sum?",
            "the score is 0 where the difference of the two tanh is 1; the first identity turns "
            "it into one fraction",
            "the second identity turns its denominator into a sum, of which one part is a "
            "constant; solve for cosh 4x",
        ),
        mistakes=(
            Mistake(0.5, "that is where the second neuron changes sign; the score adds up both"),
            Mistake(
                float(np.arccosh(2 * np.sinh(2) - np.cosh(2))),
                "that is 4x: the argument of the hyperbolic cosine was A + B",
            ),
            Mistake(3.4915, "that is cosh 4x; x is what is asked for"),
            Mistake(0.96115, "that is 2x: A + B is 4x"),
            Mistake(-0.4806, "the size is right; the edge on the right was asked for"),
            Mistake(
                float(np.arccosh(2 * np.sinh(2)) / 4),
                "arcosh of 2 sinh 2, over 4: the term cosh(A - B) was lost on the way",
            ),
            Mistake(
                float(np.arccosh(np.sinh(2)) / 4),
                "check the factor 2: cosh A cosh B is half of cosh(A + B) + cosh(A - B)",
            ),
        ),
    ),
    Exercise(
        name="label_grid",
        answer=_labels,
        cases=_grids,
        verified="each label stands at the place of its point",
        hints=(
            "five words of the chapter, in order: meshgrid, ravel, column_stack, predict, reshape",
            "predict wants one point per row; what shape has the table that you return to?",
        ),
        mistakes=(
            Mistake(
                _rolled_up_otherwise,
                "rolled up as (P, Q), but unrolled from (Q, P): the shape of meshgrid's tables",
            ),
            Mistake(
                _rows_across,
                "one row for each x1; one row for each x2 was asked for, as contour wants it",
            ),
            Mistake(
                _coordinates_exchanged,
                "the two columns are exchanged: predict takes the position across first",
            ),
            Mistake(
                _never_rolled_up,
                "the labels are right, but still one long row: put them back into the table",
            ),
            Mistake(
                _mixed_orders,
                "unrolled line by line and rolled up column by column: the labels are scattered",
            ),
            Mistake(
                _upside_down,
                "the table is upside down: row 0 belongs to the first entry of x2",
            ),
        ),
    ),
    Exercise(
        name="relu_regions",
        answer=(4, 7, 16),
        verified="each further line divides at most as many regions as its number says",
        hints=(
            "draw two lines, then add a third that crosses both away from where they meet",
            "the k-th line meets each of the lines before it at most once; into how many parts "
            "does that cut it?",
            "each part of the new line divides one region in two, so the counts that are added "
            "are the numbers of the lines, from 1 to K",
        ),
        mistakes=(
            Mistake(
                (4, 8, 32),
                "that is 2 to the K: three lines in a plane never show all eight patterns of signs",
            ),
            Mistake(
                (3, 6, 15),
                "without any line there is one region already, the whole plane: start from 1",
            ),
            Mistake(
                (3, 4, 6),
                "that is for parallel lines; lines that cross make more regions",
            ),
            Mistake(
                (4, 6, 10),
                "that is for lines through one point, as without biases; a line that misses the "
                "crossing makes one region more",
            ),
            Mistake(
                (1, 3, 10),
                "those are the points where two lines cross; count the regions between the lines",
            ),
        ),
    ),
    Exercise(
        name="one_output",
        answer=_difference,
        cases=_output_layers,
        verified="the same probabilities, with half the numbers",
        hints=(
            "only the difference of the two scores counts; write it out with the columns of the "
            "matrix",
            "the probability of class 1 grows with the score of class 1: which column comes first "
            "in the difference?",
        ),
        mistakes=(
            Mistake(
                lambda W2, b2: (W2[:, 0] - W2[:, 1], b2[0] - b2[1]),
                "that is the probability of class 0; class 1 was asked for",
            ),
            Mistake(
                lambda W2, b2: (W2[:, 1], b2[1]),
                "the score of class 1 says nothing without that of class 0: only the difference "
                "counts",
            ),
            Mistake(
                lambda W2, b2: (W2[:, 1] - W2[:, 0], b2[1]),
                "the weights are right; the bias is a difference as well",
            ),
            Mistake(
                lambda W2, b2: ((W2[:, 1] - W2[:, 0]) / 2, (b2[1] - b2[0]) / 2),
                "half the difference: that is a temperature of 2, and the probabilities are too "
                "timid",
            ),
            Mistake(
                lambda W2, b2: (W2[:, 1:] - W2[:, :1], b2[1:] - b2[:1]),
                "right numbers, with an axis too many: shapes (K,) and a plain number",
            ),
        ),
    ),
]
