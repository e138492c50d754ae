"""Exercises of the chapter *The fused gradient*."""

import math

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import sigmoid
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.losses import one_hot, softmax_cross_entropy
from nnlib.softmax import softmax, softmax_vjp

# ---------------------------------------------------------------- the loss and its gradient


def _scores_and_labels() -> list[tuple[Array, Array]]:
    """Return ordinary rows, a single row, and rows whose probabilities underflow."""
    rng = np.random.default_rng(6)
    return [
        (rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])),
        (np.array([[2.0, 1.0, 0.0]]), np.array([1])),
        (np.array([[0.0, 800.0], [1000.0, 3.0], [-900.0, -901.0]]), np.array([0, 0, 1])),
    ]


def _ordinary_scores_and_labels() -> list[tuple[Array, Array]]:
    return _scores_and_labels()[:2]


def _log_of_softmax(z: Array, y: Array, eps: float = 0.0) -> tuple[float, Array]:
    with np.errstate(all="ignore"):
        losses = -np.log(softmax(z)[np.arange(len(y)), y] + eps)
    return float(losses.mean()), softmax_cross_entropy(z, y)[1]


def _shifted_by_one_maximum(z: Array, y: Array) -> tuple[float, Array]:
    return _unshifted(z - z.max(), y)


def _ones_in_columns(z: Array, y: Array) -> tuple[float, Array]:
    s = softmax(z)
    s[:, y] -= 1
    return softmax_cross_entropy(z, y)[0], s / len(y)


def _unshifted(z: Array, y: Array) -> tuple[float, Array]:
    with np.errstate(all="ignore"):
        s = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = -np.log(s[np.arange(len(y)), y]).mean()
    return float(loss), (s - one_hot(y, z.shape[1])) / len(y)


def _by_chain_rule(z: Array, y: Array) -> tuple[float, Array]:
    s = softmax(z)
    with np.errstate(all="ignore"):
        dz = softmax_vjp(-one_hot(y, z.shape[1]) / s / len(y), s)
    return softmax_cross_entropy(z, y)[0], dz


def _scaled(loss: float, gradient: float, z: Array, y: Array) -> tuple[float, Array]:
    """Return the right pair, times the given factors; 0 stands for the number of rows."""
    right, dz = softmax_cross_entropy(z, y)
    return right * (loss or len(y)), dz * (gradient or len(y))


# ---------------------------------------------------------------- one score


def _one_score() -> list[tuple[Array, Array]]:
    """Return scores of a single neuron and labels 0 and 1; the last rows need care."""
    rng = np.random.default_rng(7)
    return [
        (3 * rng.standard_normal(6), np.array([0.0, 1.0, 1.0, 0.0, 0.0, 1.0])),
        (np.array([800.0, -800.0, 800.0, -800.0]), np.array([0.0, 1.0, 1.0, 0.0])),
        (np.array([-40.0]), np.array([0.0])),
    ]


def _sigmoid_cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    losses = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    return float(losses.mean()), (sigmoid(z) - y) / len(y)


def _with_loss(losses: Array, z: Array, y: Array) -> tuple[float, Array]:
    return float(losses.mean()), _sigmoid_cross_entropy(z, y)[1]


def _logs_of_sigmoid(z: Array, y: Array, eps: float = 0.0) -> tuple[float, Array]:
    a = sigmoid(z)
    with np.errstate(all="ignore"):
        losses = -y * np.log(a + eps) - (1 - y) * np.log(1 - a + eps)
    return _with_loss(losses, z, y)


def _clipped(eps: float) -> Mistake:
    """Return the loss of a clipped probability, and its hint."""

    def pair(z: Array, y: Array) -> tuple[float, Array]:
        a = np.clip(sigmoid(z), eps, 1 - eps)
        return _with_loss(-y * np.log(a) - (1 - y) * np.log(1 - a), z, y)

    return Mistake(
        pair,
        f"the clip caps the loss at {-math.log(eps):.1f}, -log({eps:.0e}), where it should be "
        "800: start from the score",
    )


def _log_of_one_plus_exp(z: Array, y: Array) -> tuple[float, Array]:
    with np.errstate(all="ignore"):
        return _with_loss(np.log(1 + np.exp(z)) - y * z, z, y)


def _log_instead_of_log1p(z: Array, y: Array) -> tuple[float, Array]:
    losses = np.maximum(z, 0) - y * z + np.log(1 + np.exp(-np.abs(z)))
    return _with_loss(losses, z, y)


def _slope_kept(z: Array, y: Array) -> tuple[float, Array]:
    loss, dz = _sigmoid_cross_entropy(z, y)
    a = sigmoid(z)
    return loss, dz * a * (1 - a)


# ---------------------------------------------------------------- the curvature


def _curvature_cases() -> list[tuple[Array, Array, Array]]:
    """Return inputs, probabilities and a direction; the last rows are saturated."""
    rng = np.random.default_rng(8)
    cases = []
    for N, D, C, scale in [(5, 3, 4, 1.0), (1, 2, 3, 1.0), (4, 2, 2, 30.0)]:
        s = softmax(scale * rng.standard_normal((N, C)))
        cases.append((rng.standard_normal((N, D)), s, rng.standard_normal((D, C))))
    return cases


def _hessian_vector(X: Array, s: Array, V: Array) -> Array:
    Hv: Array = X.T @ softmax_vjp(X @ V, s) / len(X)
    return Hv


def _plain_mean(X: Array, s: Array, V: Array) -> Array:
    v = X @ V
    Hv: Array = X.T @ (s * (v - v.mean(axis=1, keepdims=True))) / len(X)
    return Hv


def _across_rows(X: Array, s: Array, V: Array) -> Array:
    v = X @ V
    Hv: Array = X.T @ (s * (v - (s * v).sum(axis=0))) / len(X)
    return Hv


# ---------------------------------------------------------------- a gradient of a batch


def _gradients() -> list[tuple[Array]]:
    return [(softmax_cross_entropy(z, y)[1],) for z, y in _ordinary_scores_and_labels()]


def _probabilities_and_labels() -> list[tuple[Array, Array]]:
    return [(softmax(z), y) for z, y in _scores_and_labels()[::2]]


def _rows_instead_of_entries(s: Array, y: Array) -> Array:
    d = s.copy()
    d[y] -= 1
    return d / len(y)


EXERCISES = [
    Exercise(
        name="zero_scores",
        answer=np.array([0.25, 0.25, -0.75, 0.25]),
        verified="each wrong class gives up its quarter, the right one gains all three",
        hints=(
            "equal scores mean equal probabilities; for that no exponential has to be worked out",
            "write the label as a row of zeros with a single 1 and remember that labels count "
            "from 0; 'A batch, and its mean' has the definition",
            "'Reading s - y' says which of the two is taken from the other; the four entries "
            "have to sum to 0",
        ),
        mistakes=(
            Mistake(
                np.array([-0.25, -0.25, 0.75, -0.25]),
                "that is y - s, the push on the scores; the gradient points uphill",
            ),
            Mistake(
                np.array([0.25, 0.25, 0.25, 0.25]),
                "those are the probabilities; the target has not been subtracted",
            ),
            Mistake(
                np.array([0.0, 0.0, -4.0, 0.0]),
                "that is -y/s, the gradient of the probabilities: one Jacobian short of the scores",
            ),
            Mistake(
                np.array([0.25, -0.75, 0.25, 0.25]),
                "labels count from 0: label 2 is the third class",
            ),
            Mistake(
                np.array([0.25, 0.25, -0.75, 0.25]) / 4,
                "divided by the number of classes; a mean divides by the number of rows, here 1",
            ),
            Mistake(
                np.array([0.0, 0.0, -0.75, 0.0]),
                "the wrong classes have a gradient too: each of their scores takes part in s_2",
            ),
            Mistake(
                np.array([0.0, 0.0, -1.0, 0.0]),
                "that is -y: scores of 0 are not probabilities of 0",
            ),
        ),
    ),
    Exercise(
        name="effective_rate",
        answer=0.6,
        verified="60,000 rows times 1e-5: an ordinary learning rate, hidden in a tiny one",
        hints=(
            "a step is rate times gradient: which of the two gradients is the larger, and by "
            "which factor?",
            "'The rate that forgets N' did it for the search; the last training has more rows, "
            "and the rate in its code is still the same",
        ),
        mistakes=(
            Mistake(
                1e-5 / 60_000, "the other way round: the post's gradient is the larger of the two"
            ),
            Mistake(0.55, "that is the search, on 55,000 rows; the last training has more"),
            Mistake(
                1e-5, "equal rates give equal steps only with equal gradients; compare them first"
            ),
            Mistake(60 / 55, "that is how much the rate has changed; which rate is it now?"),
        ),
        rtol=1e-3,
    ),
    Exercise(
        name="bias_gradient",
        answer=lambda dz: dz.sum(axis=0),
        cases=_gradients,
        verified="one number for each class, and they sum to 0 only together",
        hints=(
            "what does one row of s - y sum to? And what, therefore, does the whole table?",
            "the bias of class j is added to the score j of every row, so it collects what all "
            "rows ask of that class",
            "the axis you name is the one that disappears, says 'What argmax(axis=1) does'; (N, "
            "C) has to become (C,)",
        ),
        mistakes=(
            Mistake(
                lambda dz: dz.sum(),
                "one number for all classes, and it is always 0: each row of s - y sums to 0",
            ),
            Mistake(
                lambda dz: np.full(dz.shape[1], dz.sum()),
                "the sum over everything is always 0, however it is spread; each class has its own",
            ),
            Mistake(
                lambda dz: dz.mean(axis=0),
                "divided by N twice: dz holds the 1/N of the mean already",
            ),
            Mistake(
                lambda dz: dz.sum(axis=1),
                "that adds up the classes of each example, which gives 0; add up the examples",
            ),
            Mistake(
                lambda dz: dz.sum(axis=0, keepdims=True),
                "right numbers, shape (1, C); b has shape (C,), and so has its gradient",
            ),
        ),
    ),
    Exercise(
        name="scores_at_rest",
        answer=np.log(2) * np.array([2.0, -1.0, -1.0]),
        rtol=1e-3,
        verified="log-odds of the target, at the level of the start: the sum is still 0",
        hints=(
            "descent stops where the gradient is 0; what does that say about s?",
            "equal probabilities mean equal differences of scores: log-odds of the target",
            "a common constant is still free; sum the pushes of any one step",
        ),
        mistakes=(
            Mistake(
                np.log([0.8, 0.1, 0.1]),
                "the differences are right, the level is not: no step changes the sum of the "
                "scores, and it started at 0",
            ),
            Mistake(
                np.array([np.log(8), 0.0, 0.0]),
                "the differences are right, but the two other scores did not stay at 0: what the "
                "true class is pushed up, they are pushed down",
            ),
            Mistake(
                np.array([0.8, 0.1, 0.1]),
                "these are the probabilities at rest; asked for are the scores that give them",
            ),
            Mistake(
                np.array([0.8, 0.1, 0.1]) - 1 / 3,
                "that is the first step of rate 1; it goes on",
            ),
            Mistake(
                np.array([2.0, -1.0, -1.0]),
                "that is in bits; softmax raises e to its scores, so they count in nats",
            ),
        ),
    ),
    Exercise(
        name="fused_loss",
        answer=lambda z, y: softmax_cross_entropy(z, y),
        cases=_scores_and_labels,
        verified="loss and gradient are one pair, also where probabilities underflow",
        hints=(
            "never take the logarithm of a probability: 'The second route never divides' writes "
            "it with the scores",
            "shift every row by its own largest score, and make the log-softmax of the whole "
            "table; the loss needs one entry of each row, that of its label",
            "s is the exponential of that table; take 1 from it at the same entries, and think of "
            "what both results are divided by",
        ),
        mistakes=(
            Mistake(
                lambda z, y: _scaled(1, 0, z, y),
                "the loss is a mean, the gradient that of a sum: 1/N is missing in one of the two",
            ),
            Mistake(
                lambda z, y: _scaled(0, 0, z, y),
                "both are those of the sum over the rows; the loss is the mean",
            ),
            Mistake(
                lambda z, y: _scaled(1, -1, z, y),
                "the loss is right, the gradient has the wrong sign: s - y, not y - s",
            ),
            Mistake(
                lambda z, y: _scaled(-1, 1, z, y),
                "the loss is negative: the information of an event is minus its logarithm",
            ),
            Mistake(
                _log_of_softmax,
                "the loss is infinite where the answer is 800: the probability was formed, "
                "underflowed to 0, and then its logarithm was taken; see 'A batch, and its mean'",
            ),
            Mistake(
                lambda z, y: _log_of_softmax(z, y, 1e-12),
                "the loss stops growing at 27.6, -log(1e-12), while the gradient goes on: an "
                "epsilon has made two functions of one",
            ),
            Mistake(
                lambda z, y: _log_of_softmax(z, y, 1e-7),
                "the loss stops growing at 16.1, -log(1e-7), while the gradient goes on: an "
                "epsilon, or a clip, has made two functions of one",
            ),
            Mistake(
                _shifted_by_one_maximum,
                "NaN: you shift by the largest score of the whole table, and a row far below it "
                "becomes 0/0; each row needs a maximum of its own",
            ),
            Mistake(
                _ones_in_columns,
                "[:, y] takes those columns of all rows; the entry of row n and class y[n] is "
                "[np.arange(N), y]",
            ),
            Mistake(
                _unshifted,
                "it gives NaN at scores of 800: subtract the largest score of each row first",
            ),
            Mistake(
                _by_chain_rule,
                "NaN in the gradient: it was taken through -y/s, and s is 0 there; see 'Where the "
                "unfused path dies'",
            ),
        ),
    ),
    Exercise(
        name="gradient_of_scores",
        answer=lambda s, y: (s - one_hot(y, s.shape[1])) / len(y),
        cases=_probabilities_and_labels,
        verified="the gradient is there, and the probabilities are still probabilities",
        hints=(
            "after the line dz = s, how many arrays are there?",
            "the fourth of the 'Four lines that fail quietly' is this one: which entry of each "
            "row becomes negative, and what does argmax look for?",
            "leave s alone: subtract from a copy of it, or subtract a table of ones and zeros, "
            "which makes a new array",
        ),
        mistakes=(
            Mistake(
                lambda s, y: s - one_hot(y, s.shape[1]),
                "N times too large: the loss is a mean over the rows",
            ),
            Mistake(
                lambda s, y: (s - y[:, np.newaxis]) / len(y),
                "the label itself was subtracted; it only names the class from which 1 is taken",
            ),
            Mistake(
                lambda s, y: (s - 1) / len(y),
                "1 was subtracted from every class; only the true class of each row has y = 1",
            ),
            Mistake(
                _rows_instead_of_entries,
                "d[y] picks whole rows; the entry of row n and class y[n] is d[np.arange(N), y]",
            ),
            Mistake(
                lambda s, y: (one_hot(y, s.shape[1]) - s) / len(y),
                "the sign: what is believed minus what is true",
            ),
        ),
    ),
    Exercise(
        name="sigmoid_cross_entropy",
        answer=_sigmoid_cross_entropy,
        cases=_one_score,
        atol=0.0,
        verified="loss and gradient from one score, exact from -800 to 800",
        hints=(
            "two scores (0, z) with the target (1 - y, y) are the same neuron: put them into the "
            "loss of one row; a logarithm and a product remain",
            "log(1 + exp(z)) overflows for large z: take the larger of 0 and z out of it, so that "
            "the exponent that is left is never positive",
            "at z = -40 the exponential is lost as soon as it is added to 1; NumPy has a function "
            "for the logarithm of 1 plus something tiny",
        ),
        mistakes=(
            Mistake(
                _logs_of_sigmoid,
                "NaN or infinity at scores of 800: the logarithm of a probability that has rounded "
                "to 0 or 1; start from the score",
            ),
            Mistake(
                lambda z, y: _logs_of_sigmoid(z, y, 1e-12),
                "the loss is capped at 27.6, -log(1e-12), and should be 800: no epsilon",
            ),
            Mistake(
                lambda z, y: _logs_of_sigmoid(z, y, 1e-7),
                "the loss is capped at 16.1, -log(1e-7), and should be 800: no epsilon, no clip",
            ),
            _clipped(1e-7),
            _clipped(1e-12),
            Mistake(
                _log_of_one_plus_exp,
                "exp(800) overflows: take the larger of 0 and z out of log(1 + exp(z)), as the "
                "softmax takes out the largest score",
            ),
            Mistake(
                _log_instead_of_log1p,
                "right but for the last digits: at z = -40, y = 0 the loss is 4.2e-18, and 1 + "
                "exp(-40) has rounded to 1; np.log1p exists for that",
            ),
            Mistake(
                lambda z, y: (
                    _sigmoid_cross_entropy(z, y)[0],
                    _sigmoid_cross_entropy(z, y)[1] * len(y),
                ),
                "the loss is a mean and the gradient is not: 1/N",
            ),
            Mistake(
                lambda z, y: (
                    _sigmoid_cross_entropy(z, y)[0] * len(y),
                    _sigmoid_cross_entropy(z, y)[1] * len(y),
                ),
                "both are those of the sum over the rows; the loss is the mean",
            ),
            Mistake(
                _slope_kept,
                "the factor a(1 - a) is still in the gradient; it cancels against the logarithm's",
            ),
            Mistake(
                lambda z, y: (
                    _sigmoid_cross_entropy(z, y)[0],
                    -_sigmoid_cross_entropy(z, y)[1],
                ),
                "the loss is right, the gradient has the wrong sign: a - y",
            ),
        ),
    ),
    Exercise(
        name="hessian_vector",
        answer=_hessian_vector,
        cases=_curvature_cases,
        verified="the Hessian times a direction, also where the softmax is saturated",
        hints=(
            "H times V is the change of the gradient when the weights move along V: how do the "
            "scores move then, and after them the probabilities?",
            "from scores to probabilities it is the softmax Jacobian of each row times a vector; "
            "the matrix is symmetric, so the function that multiplies by its transpose will do",
            "from there to the weights it goes as with any gradient of the scores; do not forget "
            "that the loss is a mean",
        ),
        mistakes=(
            Mistake(
                lambda X, s, V: len(X) * _hessian_vector(X, s, V),
                "N times too large: the loss is a mean, and so is its Hessian",
            ),
            Mistake(
                lambda X, s, V: X.T @ (s * (X @ V)) / len(X),
                "only diag(s): the part s sᵀ, which takes away the mean, is missing",
            ),
            Mistake(
                lambda X, s, V: X.T @ (s * (1 - s) * (X @ V)) / len(X),
                "s(1 - s) is the diagonal of the matrix; the other entries, -s_i s_j, count too",
            ),
            Mistake(
                lambda X, s, V: X.T @ softmax_vjp(s, X @ V) / len(X),
                "the arguments of softmax_vjp are exchanged: first the vector, then s",
            ),
            Mistake(
                _plain_mean,
                "the mean that is taken away is weighted with the probabilities s",
            ),
            Mistake(
                _across_rows,
                "the mean is to be taken over the classes of one example, not over the examples",
            ),
            Mistake(
                lambda X, s, V: softmax_vjp(X @ V, s) / len(X),
                "that is how the gradient of the scores changes; it still has to go back to the "
                "weights, like any gradient",
            ),
        ),
    ),
]
