"""Exercises of the chapter *The museum of gradient bugs*."""

import math
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import relu, relu_vjp
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.losses import one_hot, softmax_cross_entropy
from nnlib.softmax import log_softmax, softmax, softmax_vjp

Arguments = list[tuple[Any, ...]]


# Labels: a column of them, and those that are none


def _answers_and_labels() -> Arguments:
    rng = np.random.default_rng(161)
    return [
        (rng.integers(0, 4, 30), rng.integers(0, 4, 30)),
        (np.arange(10), np.arange(10)),
        (np.array([2, 2, 2, 0]), np.array([2, 1, 2, 2])),
        (np.array([0, 1, 5]), np.array([3, 3, 0])),
    ]


def _counts(a: Array, b: Array) -> tuple[Array, Array]:
    classes = int(max(a.max(), b.max())) + 1
    return np.bincount(a, minlength=classes), np.bincount(b, minlength=classes)


def _column_accuracy(answers: Array, y: Array) -> float:
    a, b = _counts(answers, y)
    return float(a @ b) / len(y) ** 2


def _label_cases() -> Arguments:
    return [
        (np.array([0, 2, -1, 1, 3, 3]), 3),
        (np.array([5, -1, 9, 0, -7]), 5),
        (np.array([0, 1, 2]), 3),
    ]


# Backward passes


def _leaky_cases() -> Arguments:
    rng = np.random.default_rng(162)
    cases: Arguments = []
    for shape, slope in [((4, 3), 0.1), ((2, 5), 0.5)]:
        z = rng.standard_normal(shape)
        cases.append((rng.standard_normal(shape), np.where(z > 0, z, slope * z), slope))
    return cases


def _scores_and_labels() -> Arguments:
    rng = np.random.default_rng(163)
    return [
        (rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])),
        (np.array([[2.0, 1.0, 0.0]]), np.array([1])),
    ]


def _through_two(z: Array, y: Array) -> Array:
    s = softmax(z)
    return softmax_vjp(softmax_cross_entropy(s, y)[1], s)


def _skip_cases() -> Arguments:
    rng = np.random.default_rng(164)
    return [
        (rng.standard_normal((N, D)), rng.standard_normal((N, D)), rng.standard_normal((D, D)))
        for N, D in [(5, 3), (1, 4), (3, 3)]
    ]


def _skip(dy: Array, x: Array, W: Array, past: float = 1.0) -> tuple[Array, Array]:
    """Return the gradients of x + relu(x W), with `past` times what goes past the layer."""
    dz = relu_vjp(dy, relu(x @ W))
    return past * dy + dz @ W.T, x.T @ dz


def _skip_overwritten(dy: Array, x: Array, W: Array) -> tuple[Array, Array]:
    dz = relu_vjp(dy, relu(x @ W))
    return dz + dz @ W.T, x.T @ dz


def _skip_without_mask(dy: Array, x: Array, W: Array) -> tuple[Array, Array]:
    return dy + dy @ W.T, x.T @ dy


# Reading a gradient check


def _gradient_pairs() -> Arguments:
    rng = np.random.default_rng(165)
    g = rng.standard_normal((3, 2))
    holes = np.array([0.0, 2.0, -1.0])
    pairs = [(200 * g, g), (-g, g), (g / 32, g), (g + 1, g), (3 * holes, holes), (holes + 1, holes)]
    extra = np.array([0.5, 6.0, -3.0])  # 3 times the others, and something where 0 should be
    return [*pairs, (extra, holes)]


def _fitted(claimed: Array, numerical: Array) -> float:
    return float(np.vdot(numerical, claimed) / np.vdot(numerical, numerical))


def _constant_factor(claimed: Array, numerical: Array) -> float:
    c = _fitted(claimed, numerical)
    return c if np.allclose(claimed, c * numerical, rtol=1e-6) else math.nan


def _first_ratio(claimed: Array, numerical: Array) -> float:
    with np.errstate(all="ignore"):
        return float(claimed.flat[0] / numerical.flat[0])


def _mean_ratio(claimed: Array, numerical: Array) -> float:
    with np.errstate(all="ignore"):
        return float((claimed / numerical).mean())


def _zeros_left_out(claimed: Array, numerical: Array) -> float:
    some = numerical != 0
    return _constant_factor(claimed[some], numerical[some])


def _score_rows() -> Arguments:
    rng = np.random.default_rng(166)
    return [(np.array([2.0, 1.0, 0.0]),), (3 * rng.standard_normal(5),), (np.array([900.0, 1.0]),)]


#: Whether `t` shares its numbers with s: s, s[:], s[[0, 1]], s.T, s - 0, asarray, array, reshape.
SHARES = (True, True, False, True, False, True, False, True)


def _except(*others: int) -> tuple[bool, ...]:
    """Return the right answers with those at the given places turned round."""
    return tuple(not share if i in others else share for i, share in enumerate(SHARES))


EXERCISES = [
    Exercise(
        name="bias_by_hand",
        answer=(-1 / 8, 3 / 8, -1 / 4),
        verified="one number for each class, and the three sum to 0",
        hints=(
            "the gradient of the scores comes first: s - y for each row",
            "the bias is added to every row, so it collects from all rows, each class for itself",
            "the loss is a mean: what becomes of the two rows at the end?",
        ),
        mistakes=(
            Mistake(0.0, "that is the sum over everything, as in the exhibit; one per class"),
            Mistake((0.0, 0.0), "summed along the rows: these are the sums of s - y, always 0"),
            Mistake((-1 / 4, 3 / 4, -1 / 2), "that is the gradient of the sum of the losses"),
            Mistake((1 / 8, -3 / 8, 1 / 4), "that is y - s: the way down, not the gradient"),
            Mistake((3 / 8, 3 / 8, 1 / 4), "that is the mean of the probabilities; where is y?"),
        ),
    ),
    Exercise(
        name="plus_max_limit",
        answer=math.log(np.finfo(np.float32).max) / 2,
        verified="half of 88.72: the largest exponent has become twice the largest score",
        hints=(
            "write down the exponent of the largest score after the shift",
            "the maximum *is* the largest score; what is a number plus itself?",
        ),
        mistakes=(
            Mistake(88.72, "that is where exp ends; which number is the exponent here?"),
            Mistake(177.4, "adding the maximum makes the exponent larger, so it ends sooner"),
            Mistake(354.9, "that is right in float64; float32 ends at 88.72"),
            Mistake(709.8, "that is where exp ends in float64"),
        ),
        rtol=1e-3,
    ),
    Exercise(
        name="last_row_weight",
        answer=10_000 / (40 * 16),
        verified="1/(40 * 16) instead of 1/10,000",
        hints=(
            "how many batches are there, and how many rows has the last one?",
            "each batch counts the same; within a batch each row counts the same",
            "such a row weighs 1/(batches * rows in its batch); compare with one over all rows",
        ),
        mistakes=(
            Mistake(16.0, "that compares with a row of a full batch; compare with 1/10,000"),
            Mistake(40 * 16 / 10_000, "turned over: it weighs more than it should, not less"),
            Mistake(1 / (40 * 16), "that is its weight; divide by what it should be"),
            Mistake(
                10_000 / 40 / 256, "that is a row of a full batch; the last one has fewer rows"
            ),
        ),
        rtol=3e-3,
    ),
    Exercise(
        name="who_shares",
        answer=SHARES,
        verified="a name, a slice, a transpose, asarray and reshape copy nothing",
        hints=(
            "a view reads numbers that are already there; could these be read in place?",
            "three of the eight copy: one picks rows, one calculates, one says so by its name",
        ),
        mistakes=(
            Mistake(_except(1), "a slice of a list is a copy; a slice of an array is a view"),
            Mistake(_except(2), "a list of indices always copies: the rows may lie anywhere"),
            Mistake(_except(3), "a transpose only reads the same numbers in another order"),
            Mistake(_except(5), "asarray copies only if it has to change something"),
            Mistake(_except(7), "reshape copies nothing if the numbers lie in one piece"),
            Mistake(_except(5, 6), "asarray and array are mixed up: array copies"),
            Mistake(
                (True,) + 7 * (False,),
                "only the second name was counted; views share their numbers as well",
            ),
        ),
    ),
    Exercise(
        name="bad_labels",
        answer=lambda y, C: np.flatnonzero((y < 0) | (y >= C)),
        verified="both ends are watched, and a clean list gives no rows",
        hints=(
            "which end of the range does the published check forget?",
            "a comparison gives one truth value per row; `|` joins two of them",
            "np.flatnonzero turns truth values into the numbers of the rows",
        ),
        cases=_label_cases,
        mistakes=(
            Mistake(
                lambda y, C: np.flatnonzero(y >= C),
                "only the upper end: -1 is smaller than C, and NumPy counts it from the end",
            ),
            Mistake(lambda y, C: np.flatnonzero(y < 0), "only the lower end: C is no class"),
            Mistake(
                lambda y, C: np.flatnonzero((y < 0) | (y > C)),
                "C classes are numbered from 0 to C - 1; is C among them?",
            ),
            Mistake(
                lambda y, C: (y < 0) | (y >= C),
                "that says of each row whether it is bad; asked for are the numbers of the rows",
            ),
            Mistake(
                lambda y, C: y[(y < 0) | (y >= C)],
                "these are the labels; asked for are the rows they stand in",
            ),
            Mistake(
                lambda y, C: np.flatnonzero((y >= 0) & (y < C)),
                "these are the good ones",
            ),
        ),
    ),
    Exercise(
        name="largest_factor",
        answer=1.01 / 0.99,
        verified="(k - 1)/(k + 1) = 0.01: two percent, twice the tolerance",
        hints=(
            "put g = k times the numerical gradient into the formula of the relative error",
            "the length of the numerical gradient cancels; an equation for k alone is left",
        ),
        mistakes=(
            Mistake(1.01, "the denominator holds both arrays, so it is about twice as large"),
            Mistake(1.005, "the wrong way: the tolerance allows more than 0.01, not less"),
            Mistake(0.99 / 1.01, "that is how much too small it may be"),
            Mistake(0.01 / 0.99, "nearly: solve (k - 1)/(k + 1) = 0.01 for k once more"),
        ),
        rtol=1e-3,
    ),
    Exercise(
        name="column_accuracy",
        answer=_column_accuracy,
        verified="the chance that a random answer matches a random label",
        hints=(
            "take three answers and three labels and draw the table",
            "fix one class: how many entries of the table does it make true?",
            "np.bincount counts; give both counts the same length",
        ),
        cases=_answers_and_labels,
        mistakes=(
            Mistake(
                lambda answers, y: float(np.mean(answers == y)),
                "that is the accuracy; asked for is what the column makes of it",
            ),
            Mistake(
                lambda answers, y: float(_counts(answers, y)[0] @ _counts(answers, y)[1]),
                "that is the number of matches in the table; divide by its size",
            ),
            Mistake(
                lambda answers, y: _column_accuracy(answers, y) * len(y),
                "the table has N times N entries",
            ),
            Mistake(
                lambda answers, y: _column_accuracy(y, y),
                "only the labels were counted; the answers have counts of their own",
            ),
            Mistake(
                lambda answers, y: _column_accuracy(answers, answers),
                "only the answers were counted; the labels have counts of their own",
            ),
        ),
    ),
    Exercise(
        name="half_pull_gap",
        answer=math.log(1e7),
        verified="s equals the epsilon there: a pull of s/(s + ε) is one half",
        hints=(
            "differentiate the loss by s first, then multiply by the slope of s, which is s(1 - s)",
            "far out 1 - s is nearly 1: when is the fraction that remains one half?",
            "s is nearly exp(-gap) there; take the logarithm",
        ),
        mistakes=(
            Mistake(7.0, "that is the logarithm to base 10; scores are in nats"),
            Mistake(math.log2(1e7), "that is in bits; scores are in nats"),
            Mistake(0.0, "true, and for every softmax: at a tie the pull is 1/2. Find the other"),
            Mistake(math.log(1e12), "that belongs to an epsilon of 1e-12"),
            Mistake(-math.log(1e7), "the sign: how far is the wrong score *ahead*?"),
        ),
        rtol=2e-3,
    ),
    Exercise(
        name="leaky_backward",
        answer=lambda da, a, slope: da * np.where(a > 0, 1, slope),
        verified="the sign of the output is the sign of the score",
        hints=(
            "what does the sign of the output say about the sign of the score?",
            "two slopes, one for each side; multiply the upstream gradient by the one used",
        ),
        cases=_leaky_cases,
        mistakes=(
            Mistake(
                lambda da, a, slope: 1.0 * da,
                "the mask is 1 everywhere: a backward pass that does nothing",
            ),
            Mistake(
                lambda da, a, slope: np.where(a > 0, da, 0),
                "that is the ReLU; this one lets a part of the negative side through",
            ),
            Mistake(
                lambda da, a, slope: np.where(a > 0, slope * da, da),
                "the two sides are exchanged: the slope belongs to the negative one",
            ),
            Mistake(
                lambda da, a, slope: da * np.where(a > 0, 1, slope**2),
                "the slope came in twice; once in the forward pass, once here",
            ),
            Mistake(
                lambda da, a, slope: np.where(a > 0, 1, slope),
                "that is the derivative alone; the upstream gradient goes through it",
            ),
            Mistake(
                lambda da, a, slope: np.where(da > 0, da, slope * da),
                "the side is told by the output, not by the sign of the upstream gradient",
            ),
            Mistake(lambda da, a, slope: da * a, "times the output; a slope is asked for"),
        ),
    ),
    Exercise(
        name="constant_factor",
        answer=_constant_factor,
        verified="N, -1, 1/32, and NaN where no single factor explains it",
        hints=(
            "dividing entry by entry fails where the numerical gradient is 0",
            "find the c that fits best: the projection of one array on the other",
            "the best c always exists; compare claimed with c times numerical before you trust it",
        ),
        cases=_gradient_pairs,
        mistakes=(
            Mistake(
                lambda claimed, numerical: float(
                    np.linalg.norm(claimed) / np.linalg.norm(numerical)
                ),
                "a ratio of lengths: it loses the sign, and says nothing of the direction",
            ),
            Mistake(_first_ratio, "the first entry may be 0, and says nothing of the others"),
            Mistake(_mean_ratio, "a mean of ratios: one entry that is 0 spoils it"),
            Mistake(_fitted, "the best factor; but is it *the* factor, in every entry?"),
            Mistake(
                _zeros_left_out,
                "the claimed gradient must be 0 wherever the numerical one is: look there too",
            ),
            Mistake(
                lambda claimed, numerical: 1 / _constant_factor(claimed, numerical),
                "turned over: asked for is claimed over numerical",
            ),
        ),
    ),
    Exercise(
        name="through_two_softmaxes",
        answer=_through_two,
        verified="the fused gradient at the probabilities, sent back through the first softmax",
        hints=(
            "cut the path in two: from the loss to s, and from s to the scores",
            "for the loss, s plays the part of scores",
            "the first softmax is crossed with the function that chapter 5 derived",
        ),
        cases=_scores_and_labels,
        mistakes=(
            Mistake(
                lambda z, y: softmax_cross_entropy(softmax(z), y)[1],
                "that is the gradient of the probabilities; one softmax is still to be crossed",
            ),
            Mistake(
                lambda z, y: softmax_cross_entropy(z, y)[1],
                "that is the right network's gradient; asked for is that of the wrong one",
            ),
            Mistake(
                lambda z, y: len(z) * _through_two(z, y),
                "the loss is a mean over the rows: 1/N is missing",
            ),
            Mistake(
                lambda z, y: (
                    softmax_cross_entropy(softmax(z), y)[1] * softmax(z) * (1 - softmax(z))
                ),
                "only the diagonal of the Jacobian: see 'The rumour: s(1 − s)'",
            ),
            Mistake(
                lambda z, y: softmax_vjp(
                    softmax_cross_entropy(softmax(z), y)[1], softmax(softmax(z))
                ),
                "crossed at the wrong place: the first softmax gave s, not the softmax of s",
            ),
            Mistake(
                lambda z, y: softmax(softmax(z)) - one_hot(y, z.shape[1]),
                "that is N times the gradient of the probabilities; what comes after it?",
            ),
        ),
    ),
    Exercise(
        name="skip_backward",
        answer=_skip,
        verified="what goes past the layer is not masked, and dy is as it was",
        hints=(
            "y depends on x twice, so two gradients arrive at x and are added",
            "only one of the two goes through the ReLU",
            "give the masked gradient an array of its own",
        ),
        cases=_skip_cases,
        mistakes=(
            Mistake(
                _skip_overwritten,
                "the way past the layer carries a masked gradient: that is what the bug gives. "
                "It has to carry dy as it came",
            ),
            Mistake(
                lambda dy, x, W: _skip(dy, x, W, past=0.0),
                "the way past the layer is missing: y depends on x twice",
            ),
            Mistake(
                _skip_without_mask,
                "the ReLU is missing on the way back",
            ),
            Mistake(
                lambda dy, x, W: (dy + relu_vjp(dy, relu(x @ W)) @ W, _skip(dy, x, W)[1]),
                "W is not transposed: for a square matrix the shapes do not tell",
            ),
            Mistake(
                lambda dy, x, W: (_skip(dy, x, W)[0], x.T @ dy),
                "dW lacks the mask: behind a silent neuron no weight is moved",
            ),
        ),
    ),
    Exercise(
        name="blind_upstream",
        answer=softmax,
        verified="for the log-softmax it is s itself, a different vector at each point",
        hints=(
            "set dz to 0 and read the equation as a statement about dl",
            "the upstream dl is a multiple of something; its sum fixes the multiple",
        ),
        cases=_score_rows,
        mistakes=(
            Mistake(
                lambda z: np.full(len(z), 1 / len(z)),
                "that one is blind for the softmax; the log-softmax has another Jacobian",
            ),
            Mistake(
                lambda z: np.eye(len(z))[z.argmax()],
                "that is the limit of what is asked for, when one score is far ahead",
            ),
            Mistake(log_softmax, "it does not sum to 1; solve dl = s times the sum of dl"),
            Mistake(
                lambda z: softmax(-z),
                "the sign of the scores: a probable class needs a large entry",
            ),
        ),
        atol=1e-12,
    ),
]
