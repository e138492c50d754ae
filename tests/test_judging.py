"""Whatever an answer is or does, one true and helpful thing is said of it, and nothing breaks."""

import itertools

import numpy as np
import pytest

from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.exercises._judge import judge

DOUBLE = Exercise(
    name="double",
    answer=lambda x: 2 * x,
    verified="twice the input",
    mistakes=(Mistake(lambda x: x, "nothing was doubled"),),
    cases=lambda: [(np.array([[1.0, 2.0], [3.0, 5.0]]),)],
)
PAIR = Exercise(name="pair", answer=(1.0, np.array([2.0, 3.0])), verified="both")


def raises(x):
    raise KeyError("no")


def halves_in_place(x):
    x /= 2
    return 4 * x


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (DOUBLE, lambda x: 2 * x, "[right] twice the input"),
        (DOUBLE, lambda x: x, "[wrong] nothing was doubled"),
        (DOUBLE, lambda x: -2 * x, "sign is wrong"),
        (DOUBLE, lambda x: 2 * x.T, "transposed"),
        (DOUBLE, lambda x: 2 * x / 4, "0.25 times what it should be, in every case"),
        (DOUBLE, lambda x: 2 * x[:1], "expected shape (2, 2), got (1, 2)"),
        (DOUBLE, lambda x: 2 * x * np.nan, "NaN"),
        (DOUBLE, lambda x: 2 * x / 0, "infinity"),
        (DOUBLE, lambda x: 2 * x + np.eye(2), "2 of 4 values are wrong"),
        (DOUBLE, lambda x: "2x", "expected an array of shape (2, 2), got a value of type str"),
        (DOUBLE, lambda x, y: x, "it raised TypeError"),
        (DOUBLE, raises, "it raised KeyError"),
        (DOUBLE, halves_in_place, "changes its input"),
        (DOUBLE, 3.0, "expected a function"),
        (DOUBLE, lambda x: [[1, 2], [3]], "expected an array"),
        (PAIR, (1.0, np.array([2.0, 3.0])), "[right] both"),
        (PAIR, (1.0, np.array([2.0, 4.0])), "result 2 of 2: 1 of 2 values are wrong"),
        (PAIR, 1.0, "expected 2 results"),
        (PAIR, lambda: 1.0, "expected a value, got a function"),
        (PAIR, "text", "expected 2 results"),
        (PAIR, np.nan, "expected 2 results"),
        (PAIR, object(), "expected 2 results"),
    ],
)
def test_the_kind_of_wrong_is_named(exercise, answer, words):
    assert words in str(judge(exercise, answer))


# ------------------------------------------------------- what an answer may be, and what it may do


class Broken:
    """Raises, whatever is asked of it."""

    def _raise(self, *arguments, **named):
        raise RuntimeError("broken")

    __eq__ = __repr__ = __str__ = __len__ = __iter__ = __bool__ = __float__ = _raise
    __deepcopy__ = __array__ = __getitem__ = __hash__ = _raise


def endless_numbers():
    while True:
        yield 1.0


def itself():
    loop: list = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    "result",
    [
        "text",
        b"bytes",
        np.nan,
        np.inf,
        1j,
        {},
        [],
        (),
        {1: Broken()},
        Broken(),
        [Broken()],
        [[1, 2], [3]],
        np.array([None, 1]),
        np.array(["a"]),
        np.ma.masked_all((2, 2)),
        np.float32(1),
        endless_numbers(),
        itertools.count(),
        range(10**15),
        itself(),
        np.broadcast_to(1.0, (10**6, 10**6)),
        [np.broadcast_to(1.0, (10**6, 10**6))] * 3,
        [[0.0] * 1000] * 10**6,
        np.empty((0, 2)),
        object,
        type("Meta", (type,), {}),
    ],
    ids=lambda result: type(result).__name__,
)
@pytest.mark.parametrize("exercise", [DOUBLE, PAIR], ids=["function", "value"])
def test_a_strange_result_is_wrong(exercise, result):
    answer = (lambda x: result) if callable(exercise.answer) else result
    verdict = judge(exercise, answer)
    assert verdict.kind == "wrong"
    assert len(verdict.text) < 400
    if not callable(exercise.answer):
        assert judge(DOUBLE, result).kind == "wrong"
