"""Exercises of the chapter *Images*."""

import math
from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.softmax import softmax

Arguments = list[tuple[Any, ...]]


# What the network weighs, and the noise of an accuracy

WEIGHTS = 784 * 128 + 128 * 10
BIASES = 128 + 10


# Images to rows and columns


def _image_cases() -> Arguments:
    rng = np.random.default_rng(131)
    return [
        (rng.integers(0, 256, (5, 4, 4), dtype=np.uint8),),
        (rng.integers(0, 256, (3, 2, 5), dtype=np.uint8),),
        (rng.integers(0, 120, (4, 3, 2), dtype=np.uint8),),  # a dark batch
        (rng.integers(0, 256, (1, 6, 3), dtype=np.uint8),),
    ]


def _rows(images: Array) -> Array:
    return images.reshape(len(images), -1).astype(np.float32)


# Choosing


def _loss_cases() -> Arguments:
    return [
        ({100: 0.31, 200: 0.27, 300: 0.29},),
        ({100: math.nan, 200: 0.41, 300: 0.35},),
        ({8: 1.20, 16: math.nan, 32: 0.55, 64: 0.60},),
        ({16: 0.50, 32: 0.40, 64: 0.40, 128: 0.45},),
        ({10: math.inf, 20: 2.3},),
    ]


def _lowest(val_loss: dict[int, float]) -> int:
    finite = {hidden: loss for hidden, loss in val_loss.items() if math.isfinite(loss)}
    return min(finite, key=lambda hidden: finite[hidden])


# Looking at the mistakes


def _probability_cases() -> Arguments:
    rng = np.random.default_rng(132)
    cases = []
    for N, C in [(12, 3), (20, 10), (6, 2)]:
        s = softmax(2 * rng.standard_normal((N, C)))
        y = s.argmax(axis=1)
        wrong = rng.choice(N, N // 2, replace=False)
        y[wrong] = (y[wrong] + rng.integers(1, C, len(wrong))) % C
        cases.append((s, y))
    s = softmax(rng.standard_normal((4, 3)))
    return [*cases, (s, s.argmax(axis=1))]  # and one without a mistake


def _wrong(s: Array, y: Array) -> Array:
    return np.flatnonzero(s.argmax(axis=1) != y)


def _surest(s: Array, y: Array) -> Array:
    wrong = _wrong(s, y)
    return np.asarray(wrong[np.argsort(-s[wrong].max(axis=1))])


# Two networks, the same images


def _paired_cases() -> Arguments:
    rng = np.random.default_rng(133)
    cases = []
    for N, a, b in [(300, 0.97, 0.96), (1000, 0.9, 0.8), (50, 0.5, 0.9)]:
        hard = rng.random(N)
        noise = 0.1 * rng.standard_normal((2, N))
        cases.append((hard + noise[0] < a, hard + noise[1] < b))
    return cases


def _paired(right_a: Array, right_b: Array) -> float:
    d = right_a.astype(float) - right_b
    return math.sqrt(d.var() / len(d))


def _apart(right_a: Array, right_b: Array) -> float:
    return math.sqrt((right_a.var() + right_b.var()) / len(right_a))


EXERCISES: list[Exercise] = [
    Exercise(
        name="count_network",
        answer=(WEIGHTS + BIASES, WEIGHTS),
        verified="one multiplication per weight; the biases are only added",
        hints=(
            "a layer from D to K has a matrix of D rows and K columns, and one bias per neuron",
            "count both matrices; on the way forward each weight is used in one multiplication, a "
            "bias in none",
        ),
        mistakes=(
            Mistake(
                (WEIGHTS, WEIGHTS),
                "the biases are parameters too: one for each hidden unit and one for each output",
            ),
            Mistake(
                (WEIGHTS + BIASES, WEIGHTS + BIASES),
                "a bias is added, not multiplied: count one multiplication per weight",
            ),
            Mistake(
                (WEIGHTS, WEIGHTS + BIASES),
                "in the wrong order: first the parameters, then the multiplications",
            ),
            Mistake(
                (WEIGHTS + BIASES, 3 * WEIGHTS),
                "that is what learning from an image costs; to classify it, go forward only",
            ),
            Mistake(
                (WEIGHTS + BIASES + 784, WEIGHTS),
                "inputs have no bias: they are numbers that arrive, not neurons",
            ),
            Mistake(
                (784 * 128 * 10, 784 * 128 * 10),
                "the two matrices are applied one after the other: add their sizes",
            ),
        ),
    ),
    Exercise(
        name="accuracy_noise",
        answer=math.sqrt(0.8132 * 0.1868 / 10_000),
        verified="so 0.8132 is 0.813 give or take 0.004",
        hints=(
            "'The noise of an accuracy' has a formula for just this, and a case by hand",
            "its r is the accuracy, its N the number of test images; do not forget the root",
        ),
        mistakes=(
            Mistake(0.8132 * 0.1868 / 10_000, "that is the variance; take its root"),
            Mistake(0.004, "rounded too far: give four decimals"),
            Mistake(
                math.sqrt(0.8132 * 0.1868),
                "that is the spread of one image (or the answer in per cent); the mean of 10,000 "
                "spreads less, and is a fraction like the accuracy itself",
            ),
            Mistake(
                math.sqrt(0.8132 * 0.1868) / 10_000,
                "the standard error falls with the root of N, not with N: divide inside the root",
            ),
            Mistake(
                math.sqrt(0.8132 / 10_000),
                "the factor 1 - r is missing: a network that is always right has no noise",
            ),
        ),
        rtol=6e-3,
    ),
    Exercise(
        name="pixel_columns",
        answer=lambda images: images.reshape(len(images), -1).T,
        verified="each column is one whole image",
        cases=_image_cases,
        hints=(
            "what lies next to what in memory? Try two images of two pixels, by hand",
            "reshape never moves a number; to turn rows into columns needs another operation",
            "make one row per image first, and turn the array round afterwards",
        ),
        mistakes=(
            Mistake(
                lambda images: images.reshape(-1, len(images)),
                "every column is a mixture of images: reshape reads on in memory, and the pixels "
                "of one image lie side by side there",
            ),
            Mistake(
                lambda images: images.reshape(len(images), -1),
                "these are the right rows; the program wants an image in each column",
            ),
            Mistake(
                lambda images: images.T.reshape(-1, len(images)),
                "each column is one image, but read column by column: reading it line by line is "
                "what the rest of the book, and of the world, does",
            ),
        ),
    ),
    Exercise(
        name="pixel_rows",
        answer=lambda images: _rows(images) / 255,
        any_precision=True,
        verified="one row per image, and the same grey is the same number everywhere",
        cases=_image_cases,
        hints=(
            "the first axis stays, the others become one; reshape can work out the length of one "
            "axis",
            "what may a byte hold at most? Divide by that, not by what happens to occur",
            "make floating-point numbers of the bytes before you divide",
        ),
        mistakes=(
            Mistake(
                lambda images: _rows(images) / images.max(),
                "divided by the largest value that occurs: the same grey becomes another number in "
                "the next batch; a byte goes up to 255, always",
            ),
            Mistake(
                lambda images: _rows(images) / _rows(images).max(axis=1, keepdims=True),
                "each image was divided by its own maximum: a dark image must stay dark",
            ),
            Mistake(
                lambda images: _rows(images) / 256,
                "255 must become 1: the largest byte is 255, not 256",
            ),
            Mistake(
                lambda images: _rows(images) // 255,
                "// rounds down, so that only 0 and 1 are left: divide with /",
            ),
            Mistake(_rows, "still from 0 to 255; see 'Why from 0 to 1'"),
            Mistake(
                lambda images: images.reshape(-1, len(images)).T / 255,
                "shapes and range are right, but each row mixes pixels of several images: keep "
                "the first axis first",
            ),
            Mistake(
                lambda images: images / 255,
                "the range is right; now make one row of each image",
            ),
        ),
    ),
    Exercise(
        name="best_hidden",
        answer=_lowest,
        verified="the smallest finite loss, wherever it stands",
        cases=_loss_cases,
        hints=(
            "which number does the first loss have to beat, and who measured that number?",
            "every comparison with NaN is false: leave such losses out before you compare anything",
            "the built-in min takes a key, and of equal ones it returns the first",
        ),
        mistakes=(
            Mistake(
                lambda val_loss: 0,
                "0 hidden units: nothing that was measured can beat the 0 it starts from; take the "
                "min of what was measured",
            ),
            Mistake(
                lambda val_loss: min(val_loss, key=val_loss.get),
                "a NaN that comes first is never beaten, because every comparison with it is "
                "false: leave such runs out before you compare",
            ),
            Mistake(
                lambda val_loss: max(val_loss, key=lambda h: np.nan_to_num(val_loss[h], nan=-1)),
                "that is the largest loss: these are losses, not accuracies",
            ),
            Mistake(
                lambda val_loss: min(v for v in val_loss.values() if math.isfinite(v)),
                "that is the smallest loss; return the size that has it",
            ),
        ),
    ),
    Exercise(
        name="surest_mistakes",
        answer=_surest,
        verified="row numbers of the data, the surest mistake first",
        cases=_probability_cases,
        hints=(
            "two steps: which rows are wrong, and how sure was each of these?",
            "sort the wrong rows among themselves; what argsort returns counts within what it was "
            "given",
            "a minus sign makes it sort downwards, and indexing the wrong rows gives row numbers "
            "of the data",
        ),
        mistakes=(
            Mistake(
                lambda s, y: _surest(s, y)[::-1],
                "the right rows, but the least sure comes first: np.argsort sorts upwards",
            ),
            Mistake(
                lambda s, y: np.argsort(-s[_wrong(s, y)].max(axis=1)),
                "these are places in the list of mistakes, not rows of the data: use them as an "
                "index into that list",
            ),
            Mistake(
                lambda s, y: np.argsort(-s.max(axis=1)),
                "all rows are there; keep those where the answer is not the label",
            ),
            Mistake(
                _wrong,
                "the right rows in the order of the data; sort them by the probability of the "
                "answer",
            ),
            Mistake(
                lambda s, y: _wrong(s, y)[np.argsort(s[_wrong(s, y), y[_wrong(s, y)]])],
                "sorted by the probability of the true class; asked for is that of the answer",
            ),
            Mistake(
                lambda s, y: np.flatnonzero(s.argmax(axis=1) == y),
                "these are the rows that are right",
            ),
        ),
    ),
    Exercise(
        name="paired_error",
        answer=_paired,
        verified="only the images that one of the two gets right count",
        cases=_paired_cases,
        hints=(
            "for one image the difference is 1, -1 or 0; the accuracies differ by its mean",
            "the standard error of a mean of N independent numbers is the root of their variance "
            "over N",
            "booleans cannot be subtracted in NumPy: make numbers of one of them first",
        ),
        mistakes=(
            Mistake(
                _apart,
                "that is for two networks that were asked about different images; on the same "
                "images most of that noise is common to both and cancels",
            ),
            Mistake(
                lambda a, b: math.sqrt(np.mean(a != b) / len(a)),
                "close: that is the mean of d squared; the square of the mean of d is missing",
            ),
            Mistake(
                lambda a, b: _paired(a, b) ** 2,
                "that is the variance; take its root",
            ),
            Mistake(
                lambda a, b: _paired(a, b) * math.sqrt(len(a) / (len(a) - 1)),
                "close: that divides by N - 1, as an estimate from a sample may; here the means "
                "of d and of d squared were asked for, over N",
            ),
            Mistake(
                lambda a, b: _paired(a, b) * math.sqrt(len(a)),
                "that is the spread of one image; the mean of N spreads less, by the root of N",
            ),
            Mistake(
                lambda a, b: abs(float(a.mean() - b.mean())),
                "that is the difference itself; asked for is how uncertain it is",
            ),
        ),
    ),
]
