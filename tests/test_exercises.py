"""Every exercise knows its right answer, and each known mistake by its own hint."""

import re

import nbformat
import numpy as np
import pytest
from notebooks import BOOK

from nnlib.exercises import EXERCISES, check
from nnlib.exercises._exercise import Exercise, Mistake, judge

ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@ALL
def test_a_stub_is_not_yet_an_answer(exercise: Exercise):
    stubs = [None, ...]
    if callable(exercise.answer):
        stubs += [lambda *arguments: None, lambda *arguments: ...]
    assert {judge(exercise, stub).kind for stub in stubs} == {"not yet"}


@ALL
def test_the_right_answer_is_right(exercise: Exercise):
    verdict = judge(exercise, exercise.answer)
    assert verdict.kind == "right"
    assert verdict.text == exercise.verified


@ALL
def test_each_mistake_gets_its_own_hint(exercise: Exercise):
    for mistake in exercise.mistakes:
        verdict = judge(exercise, mistake.answer)
        assert verdict.kind == "wrong"
        assert verdict.text == mistake.hint
    hints = [mistake.hint for mistake in exercise.mistakes]
    assert len(set(hints)) == len(hints)


def perturbed(value):
    """The same result with one number off by a thousandth of itself, plus as much."""
    if isinstance(value, (tuple, list)) and any(np.ndim(part) for part in value):
        return type(value)([perturbed(value[0]), *value[1:]])
    a = np.array(value, dtype=float)
    a.flat[a.size // 2] += 1e-3 * (1 + abs(a.flat[a.size // 2]))
    return a if a.ndim else float(a)


@ALL
def test_a_small_error_is_caught(exercise: Exercise):
    right = exercise.answer
    if not isinstance(right, (str, bool)):
        wrong = (lambda *a: perturbed(right(*a))) if callable(right) else perturbed(right)
        assert judge(exercise, wrong).kind == "wrong"


def test_every_exercise_is_posed_and_solved_in_a_chapter():
    posed: dict[str, list[str]] = {}
    for path in BOOK.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for name in re.findall(r'check\("(\w+)"', cell.source):
                text = "".join(o.text for o in cell.outputs if o.output_type == "stream")
                posed.setdefault(name, []).extend(re.findall(r"^\[(.+?)\]", text, re.M))
    assert set(posed) == set(EXERCISES)
    for name, verdicts in posed.items():
        assert "not yet" in verdicts, f"{name}: no stub"
        assert "right" in verdicts, f"{name}: no solution"


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
        (DOUBLE, lambda x: 2 * x / len(x) / 2, "0.25 times"),
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


def test_a_name_with_a_typing_error_is_guessed(capsys):
    name = next(iter(EXERCISES))
    check(name[:-1], None)
    assert f"did you mean '{name}'?" in capsys.readouterr().out


def test_an_unknown_name_does_not_raise(capsys):
    check(3.5, None)
    assert "there is no exercise" in capsys.readouterr().out
