"""Exercises of the chapter *Softmax regression, twice*."""

import math
from collections.abc import Callable

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import affine, affine_vjp
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.losses import softmax_cross_entropy
from nnlib.softmax import softmax

Gradient = tuple[Array, Array]


def _scores_and_labels() -> list[tuple[Array, Array]]:
    """Return ordinary rows, a single row, and as many rows as classes."""
    rng = np.random.default_rng(70)
    return [
        (rng.standard_normal((12, 3)), rng.integers(3, size=12)),
        (np.array([[2.0, 1.0, 700.0]]), np.array([2])),
        (rng.standard_normal((4, 4)), np.array([0, 3, 1, 1])),
    ]


def _mean_confidence(z: Array, y: Array) -> float:
    return float(softmax(z)[np.arange(len(y)), y].mean())


# ---------------------------------------------------------------- an order, cut into batches


def _orders() -> list[tuple[Array, int]]:
    rng = np.random.default_rng(71)
    return [(rng.permutation(10), 4), (rng.permutation(7), 3), (rng.permutation(6), 2)]


def _cut(order: Array, batch_size: int) -> list[Array]:
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def _shuffled_starts(order: Array, batch_size: int) -> list[Array]:
    """Cut rows 0, 1, 2, ... and shuffle the batches: the bug that the exercise is about."""
    batches = _cut(np.arange(len(order)), batch_size)
    return [batches[i] for i in np.argsort(order[: len(batches)])]


# ---------------------------------------------------------------- an epoch, and its pieces


def _rows() -> list[tuple[Array, Array, Array, Array, Array, int, float]]:
    """Return parameters, rows, an order, a batch size and a rate; the last batch is short."""
    rng = np.random.default_rng(72)
    cases = []
    for N, D, C, batch_size in [(10, 3, 4, 4), (7, 2, 3, 5), (3, 2, 2, 8)]:
        W, b = rng.standard_normal((D, C)), rng.standard_normal(C)
        X, y = rng.standard_normal((N, D)), rng.integers(C, size=N)
        cases.append((W, b, X, y, rng.permutation(N), batch_size, 0.5))
    return cases


def _pieces() -> list[tuple[Array, Array, Array, Array, int]]:
    return [(W, b, X, y, size) for W, b, X, y, _, size, _ in _rows()]


def _step(W: Array, b: Array, X: Array, y: Array) -> tuple[float, Array, Array]:
    loss, dz = softmax_cross_entropy(affine(X, W, b), y)
    _, dW, db = affine_vjp(dz, X, W)
    return loss, dW, db


def _one_epoch(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    W, b, loss_sum = W.copy(), b.copy(), 0.0
    for rows in _cut(order, batch_size):
        loss, dW, db = _step(W, b, X[rows], y[rows])
        W -= rate * dW
        b -= rate * db
        loss_sum += loss * len(rows)
    return W, b, loss_sum / len(X)


def _mean_of_batch_means(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    losses = []
    for rows in _cut(order, batch_size):
        W, b, loss = _one_epoch(W, b, X[rows], y[rows], np.arange(len(rows)), batch_size, rate)
        losses.append(loss)
    return W, b, float(np.mean(losses))


def _always_the_full_size(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    """Divide the gradient of the sum by the batch size, also where there are fewer rows."""
    loss_sum = 0.0
    for rows in _cut(order, batch_size):
        loss, dW, db = _step(W, b, X[rows], y[rows])
        W, b = W - rate * dW * len(rows) / batch_size, b - rate * db * len(rows) / batch_size
        loss_sum += loss * len(rows)
    return W, b, loss_sum / len(X)


def _measured_afterwards(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    W, b, _ = _one_epoch(W, b, X, y, order, batch_size, rate)
    return W, b, _step(W, b, X, y)[0]


def _without_the_short_batch(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    full = len(order) // batch_size * batch_size
    loss_sum = 0.0
    for rows in _cut(order[:full], batch_size):
        loss, dW, db = _step(W, b, X[rows], y[rows])
        W, b = W - rate * dW, b - rate * db
        loss_sum += loss * len(rows)
    return W, b, loss_sum / len(X)


def _step_of_the_sum(
    W: Array, b: Array, X: Array, y: Array, order: Array, batch_size: int, rate: float
) -> tuple[Array, Array, float]:
    loss_sum = 0.0
    for rows in _cut(order, batch_size):
        loss, dW, db = _step(W, b, X[rows], y[rows])
        W, b = W - rate * len(rows) * dW, b - rate * len(rows) * db
        loss_sum += loss * len(rows)
    return W, b, loss_sum / len(X)


def _accumulated(weight: Callable[[int, int, int], float]) -> Callable[..., Gradient]:
    """Return a function that adds up the gradients of the pieces, each times its weight.

    The weight is a function of the number of rows in the piece, of all rows, and of pieces.
    """

    def gradient(W: Array, b: Array, X: Array, y: Array, size: int) -> Gradient:
        dW, db = np.zeros_like(W), np.zeros_like(b)
        pieces = _cut(np.arange(len(X)), size)
        for rows in pieces:
            _, dW_piece, db_piece = _step(W, b, X[rows], y[rows])
            dW += weight(len(rows), len(X), len(pieces)) * dW_piece
            db += weight(len(rows), len(X), len(pieces)) * db_piece
        return dW, db

    return gradient


def _last_piece(W: Array, b: Array, X: Array, y: Array, size: int) -> Gradient:
    rows = _cut(np.arange(len(X)), size)[-1]
    _, dW, db = _step(W, b, X[rows], y[rows])
    return dW, db


EXERCISES = [
    Exercise(
        name="steps_of_the_post",
        answer=1175,
        verified="235 batches an epoch, the last of 96 rows, five times",
        hints=(
            "a short batch is a step too: round up",
            "no batch reaches into the next epoch, so round before you multiply by five",
        ),
        mistakes=(
            Mistake(1170, "the 96 rows that are left over make a batch too"),
            Mistake(235, "that is one epoch"),
            Mistake(
                1172,
                "batches do not reach from one epoch into the next: round up for each epoch",
            ),
            Mistake(300_000, "that is how many rows are read; a step reads 256 of them"),
            Mistake(1171.875, "there is no part of a step: the last batch is short, and counts"),
        ),
    ),
    Exercise(
        name="mean_of_an_epoch",
        answer=0.725,
        verified="each batch counts for its rows, 11.6 over 16",
        hints=(
            "turn each mean back into a sum: times its number of rows",
            "four sums, added up, over all sixteen rows",
        ),
        mistakes=(
            Mistake(
                1.1, "the mean of the batch means: the one row of the last batch counts as five"
            ),
            Mistake(11.6, "that is the sum over the rows; there are 16 of them"),
            Mistake(0.58, "divided by 20, as if the last batch were full; count the rows"),
            Mistake(0.275, "each batch mean has to be multiplied by its number of rows first"),
            Mistake(0.6, "the last row belongs to the epoch too"),
        ),
    ),
    Exercise(
        name="accuracy",
        answer=lambda z, y: float(np.mean(z.argmax(axis=1) == y)),
        cases=_scores_and_labels,
        verified="the fraction of rows whose largest score is that of the label",
        hints=(
            "for each row one question, right or not; the mean of the answers is the fraction",
            "the winner of a row is the position of its largest score: along which axis?",
        ),
        mistakes=(
            Mistake(
                lambda z, y: int(np.sum(z.argmax(axis=1) == y)),
                "that is how many rows are right; accuracy is which fraction",
            ),
            Mistake(
                lambda z, y: float(np.mean(z.argmax(axis=1) != y)),
                "that is the error rate, 1 minus the accuracy",
            ),
            Mistake(
                lambda z, y: float(np.mean(z.argmax() == y)),
                "without an axis argmax gives one position, in the whole table",
            ),
            Mistake(
                lambda z, y: float(np.mean(z.argmax(axis=1) == y.reshape(-1, 1))),
                "a row of predictions against a column of labels compares every row with every "
                "other: N times N comparisons",
            ),
            Mistake(
                lambda z, y: z.argmax(axis=1) == y,
                "one answer for each row; their mean is the accuracy",
            ),
            Mistake(
                _mean_confidence,
                "that is the mean probability of the true class; accuracy only asks which score "
                "is the largest",
            ),
            Mistake(
                lambda z, y: 100 * float(np.mean(z.argmax(axis=1) == y)),
                "in percent; the book writes fractions from 0 to 1",
            ),
        ),
    ),
    Exercise(
        name="cut_into_batches",
        answer=_cut,
        cases=_orders,
        verified="every row once, in the order given, the rest in a last short batch",
        hints=(
            "what is shuffled there, rows or places to cut?",
            "the order comes in already shuffled; all that is left is to slice it",
            "a slice that reaches past the end is short, not an error",
        ),
        mistakes=(
            Mistake(
                lambda order, batch_size: _cut(order, batch_size)[: len(order) // batch_size],
                "the rows that are left over are missing: they make a short batch",
            ),
            Mistake(
                lambda order, batch_size: _cut(np.arange(len(order)), batch_size),
                "rows 0, 1, 2, ... in their own order: the order that was given is not used",
            ),
            Mistake(
                _shuffled_starts,
                "the batches are shuffled, the rows in them are not: neighbours stay together",
            ),
            Mistake(
                lambda order, batch_size: np.array_split(order, -(-len(order) // batch_size)),
                "array_split makes batches of nearly equal size; here all are full but the last",
            ),
            Mistake(
                lambda order, batch_size: np.array_split(order, batch_size),
                "the second argument of array_split is how many pieces, not how long they are",
            ),
            Mistake(
                lambda order, batch_size: [np.sort(rows) for rows in _cut(order, batch_size)],
                "the right rows in each batch, but sorted; keep the order",
            ),
        ),
    ),
    Exercise(
        name="largest_accuracy_error",
        answer=1 / 40 - 16 / 10_000,
        verified="1/40 instead of 16/10,000: the last batch counts almost sixteenfold",
        hints=(
            "'In general' derives what the mean of means is off by; it is a product of two "
            "brackets",
            "one bracket depends on the sizes alone, the other is a difference of two accuracies: "
            "how large can it be?",
            "the number of batches is rounded up, and the last one has what is left of 10,000",
        ),
        mistakes=(
            Mistake(1 / 40, "that is the weight it gets; subtract the weight that it should have"),
            Mistake(16 / 10_000, "that is the weight it should have; it gets 1/40"),
            Mistake(16 / 10_000 - 1 / 40, "the size is right; give it without a sign"),
            Mistake(
                (1 / 40 - 16 / 10_000) / 16,
                "that is what one image can do; the last batch has sixteen",
            ),
            Mistake(2.34, "in percent; the book writes fractions from 0 to 1"),
            Mistake(1 / 40 - 16 / 256, "a share of all 10,000 rows, not of a batch"),
        ),
    ),
    Exercise(
        name="one_epoch",
        answer=_one_epoch,
        cases=_rows,
        verified="every batch, the short one too, and a loss that is a mean over rows",
        hints=(
            "the inner loop of train_by_hand is nearly all of it; what does it do to W and b that "
            "must not be done here?",
            "copy W and b first; then change the copies in place",
            "each batch's loss counts times its rows, and the sum is divided once, by all rows",
        ),
        mistakes=(
            Mistake(
                _mean_of_batch_means,
                "the weights are right; the loss is the mean of the batch means, in which the "
                "short batch counts as much as a full one",
            ),
            Mistake(
                _measured_afterwards,
                "the weights are right; the loss was measured at the end, with the last weights, "
                "not for each row at its turn",
            ),
            Mistake(
                _always_the_full_size,
                "right but for the short batch: its gradient is divided by batch_size, and there "
                "are fewer rows in it",
            ),
            Mistake(
                lambda W, b, X, y, order, batch_size, rate: _one_epoch(
                    W, b, X, y, order, batch_size, rate / batch_size
                ),
                "the steps are batch_size times too short: dz is the gradient of the mean already",
            ),
            Mistake(
                lambda W, b, X, y, order, batch_size, rate: _one_epoch(
                    W, b, X, y[np.argsort(order)], order, batch_size, rate
                ),
                "rows and labels have come apart: both are to be taken in the same order",
            ),
            Mistake(
                lambda W, b, X, y, order, batch_size, rate: _one_epoch(
                    W, b, X, y, np.arange(len(X)), batch_size, rate
                ),
                "the rows are taken as they lie; the order that was given is not used",
            ),
            Mistake(
                lambda W, b, X, y, order, batch_size, rate: _one_epoch(
                    W, b, X, y, order, batch_size, -rate
                ),
                "a step up the slope: subtract the gradient",
            ),
            Mistake(
                lambda W, b, X, y, order, batch_size, rate: (
                    *_one_epoch(W, b, X, y, order, batch_size, rate)[:2],
                    len(X) * _one_epoch(W, b, X, y, order, batch_size, rate)[2],
                ),
                "the weights are right; the loss is a sum over the rows: divide it by their number",
            ),
            Mistake(_without_the_short_batch, "the last, short batch makes a step too"),
            Mistake(
                _step_of_the_sum,
                "the steps are too long: they follow the gradient of the sum",
            ),
        ),
    ),
    Exercise(
        name="unseen_share",
        answer=math.exp(-1),
        rtol=1e-3,  # for 1,437 rows it is 0.3678
        verified="more than a third of the rows are missed in each pass",
        hints=(
            "follow one row: how probable is it that a single draw misses it?",
            "an epoch has N draws, and they are independent: multiply",
            "what does (1 - 1/N) to the power N tend to? Take its logarithm",
        ),
        mistakes=(
            Mistake(1 - math.exp(-1), "that is the share that is visited"),
            Mistake(
                0.0, "that holds for a permutation; with replacement rows come twice or not at all"
            ),
            Mistake(36.8, "in percent; the book writes fractions from 0 to 1"),
            Mistake(0.5, "not quite: raise the chance of being missed by one draw to the power N"),
        ),
    ),
    Exercise(
        name="accumulated_gradient",
        answer=_accumulated(lambda rows, N, pieces: rows / N),
        cases=_pieces,
        verified="the gradient of the whole batch, for any size of the pieces",
        hints=(
            "what the chapter says about averages of losses holds for their gradients, term by "
            "term",
            "each piece gives a gradient of its own mean; with which weight does it enter the "
            "mean over all rows?",
            "its rows over all rows; start from arrays of zeros and add up",
        ),
        mistakes=(
            Mistake(
                _accumulated(lambda rows, N, pieces: 1 / pieces),
                "the mean of the gradients of the pieces: the last piece is shorter and counts "
                "less",
            ),
            Mistake(
                _accumulated(lambda rows, N, pieces: 1),
                "the sum of the gradients of the pieces; each is a mean over its own rows, and "
                "means are not added",
            ),
            Mistake(
                _accumulated(lambda rows, N, pieces: rows),
                "that is the gradient of the sum over the rows; the loss is their mean",
            ),
            Mistake(
                lambda W, b, X, y, size: _accumulated(lambda rows, N, pieces: size / N)(
                    W, b, X, y, size
                ),
                "right but for the last piece, which may have fewer than size rows",
            ),
            Mistake(
                lambda W, b, X, y, size: _accumulated(
                    lambda rows, N, pieces: rows / N if rows == size else 0.0
                )(W, b, X, y, size),
                "the last, short piece is missing; its rows belong to the batch too",
            ),
            Mistake(
                _last_piece,
                "only the last piece is left: each call replaces the gradient, it does not add",
            ),
        ),
    ),
]
