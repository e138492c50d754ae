"""What an exercise is, and how an answer to it is judged."""

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

NOT_YET = "not attempted yet"


def _no_arguments() -> list[tuple[Any, ...]]:
    return [()]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give, and the hint that helps with it."""

    answer: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer can be checked.

    `answer` is the right answer: a value, or a function to be called with each tuple of arguments
    that `cases()` gives. `verified` is what there is to say when the answer is right.
    """

    name: str
    answer: Any
    verified: str
    mistakes: tuple[Mistake, ...] = ()
    cases: Callable[[], Sequence[tuple[Any, ...]]] = _no_arguments
    rtol: float = 1e-6
    atol: float = 1e-9

    def results(self, answer: Any) -> list[Any]:
        """Return what an answer gives in every case: itself, unless it is a function."""
        if not callable(answer):
            return [answer]
        return [answer(*copy.deepcopy(arguments)) for arguments in self.cases()]

    def agree(self, a: Any, b: Any) -> bool:
        """Return whether two results are the same: structure, shapes, and values to rounding."""
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(self.agree(a[key], b[key]) for key in a)
        if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
            return len(a) == len(b) and all(map(self.agree, a, b))
        if not (_is_numeric(a) and _is_numeric(b)):
            return type(a) is type(b) and bool(a == b)
        return np.shape(a) == np.shape(b) and np.allclose(
            b, a, self.rtol, self.atol, equal_nan=True
        )


@dataclass(frozen=True)
class Verdict:
    """What is said about an answer: `kind` is "not yet", "right" or "wrong"."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"[{self.kind}] {self.text}"


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on an answer. Never raises, whatever the answer is or does."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return _judge(exercise, answer)
        except NotImplementedError:
            return Verdict("not yet", NOT_YET)
        except Exception as error:
            return Verdict("wrong", f"it raised {type(error).__name__}: {error}"[:200])


def _judge(exercise: Exercise, answer: Any) -> Verdict:
    if _is_missing(answer):
        return Verdict("not yet", NOT_YET)
    if callable(exercise.answer) and not callable(answer):
        return Verdict("wrong", "expected a function: pass it by its name, without calling it")
    if callable(answer) and not callable(exercise.answer):
        return Verdict("wrong", "expected a value, got a function: call it first")

    given = exercise.results(answer)
    if any(_is_missing(result) for result in given):
        return Verdict("not yet", NOT_YET)
    if callable(answer) and _changes_its_input(exercise, answer):
        return Verdict("wrong", "it changes its input: the caller still needs those numbers")

    right = exercise.results(exercise.answer)
    if exercise.agree(right, given):
        return Verdict("right", exercise.verified)
    for mistake in exercise.mistakes:
        if exercise.agree(exercise.results(mistake.answer), given):
            return Verdict("wrong", mistake.hint)
    first = next(i for i in range(len(right)) if not exercise.agree(right[i], given[i]))
    return Verdict("wrong", _kind_of_wrong(exercise, right[first], given[first]))


def _changes_its_input(exercise: Exercise, function: Callable[..., Any]) -> bool:
    for arguments in exercise.cases():
        before = copy.deepcopy(arguments)
        function(*arguments)
        for was, now in zip(before, arguments, strict=True):
            if isinstance(was, np.ndarray) and not np.array_equal(was, now, equal_nan=True):
                return True
    return False


def _kind_of_wrong(exercise: Exercise, right: Any, given: Any) -> str:
    """Describe how a result differs: in number, shape, NaN, sign, orientation or scale."""
    if isinstance(right, dict) and isinstance(given, dict):
        if right.keys() != given.keys():
            return f"the names are not those asked for: {sorted(map(str, given))}"[:200]
        name = next(name for name in right if not exercise.agree(right[name], given[name]))
        return f"{name}: {_kind_of_wrong(exercise, right[name], given[name])}"
    if isinstance(right, (tuple, list)) and not _is_numeric(right):
        if not isinstance(given, (tuple, list)) or len(given) != len(right):
            return f"expected {len(right)} results, got {_describe(given)}"
        i = next(i for i in range(len(right)) if not exercise.agree(right[i], given[i]))
        return f"result {i + 1} of {len(right)}: {_kind_of_wrong(exercise, right[i], given[i])}"
    if not (_is_numeric(right) and _is_numeric(given)):
        return f"expected {_describe(right)}, got {_describe(given)}"

    r, g = np.asarray(right, dtype=float), np.asarray(given, dtype=float)
    if g.ndim == 2 and exercise.agree(r, g.T):
        return "the values are right, but transposed"
    if r.shape != g.shape:
        return f"expected shape {r.shape}, got {g.shape}"
    if np.isnan(g).any() and not np.isnan(r).any():
        return "it gives NaN where the answer is a number: look for 0/0, inf - inf or 0 * inf"
    if np.isinf(g).any() and not np.isinf(r).any():
        return "it gives infinity where the answer is a number"
    if exercise.agree(r, -g):
        return "the size is right, the sign is wrong"
    if np.allclose(r, g, rtol=0.01):
        return "close, but not to the accuracy asked for"
    scale = float(np.vdot(r, g) / np.vdot(r, r)) if r.size > 1 and r.any() else 0.0
    if scale != 0 and exercise.agree(r * scale, g):
        return f"{scale:.4g} times what it should be: a factor is missing or too much"
    wrong = int((~np.isclose(g, r, exercise.rtol, exercise.atol, equal_nan=True)).sum())
    return "the value is wrong" if r.size == 1 else f"{wrong} of {r.size} values are wrong"


def _is_missing(answer: Any) -> bool:
    return answer is None or answer is Ellipsis


def _is_numeric(a: Any) -> bool:
    try:
        return np.asarray(a).dtype.kind in "biuf"
    except ValueError:  # a ragged list
        return False


def _describe(a: Any) -> str:
    if isinstance(a, np.ndarray):
        return f"an array of shape {a.shape}"
    if isinstance(a, (tuple, list)):
        return f"{len(a)} results"
    return f"a value of type {type(a).__name__}"
