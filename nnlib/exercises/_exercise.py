"""What an exercise is: its right answer, the cases that try it, known mistakes and hints."""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Arguments = tuple[Any, ...]
MOST_NUMBERS = 1_000_000  # nothing longer is turned into an array to be compared


def _no_arguments() -> list[Arguments]:
    return [()]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give, and the hint that helps with it."""

    answer: Any
    hint: str


@dataclass(frozen=True)
class Exercise:
    """An exercise whose answer can be checked.

    `answer` is the right answer: a value, or a function to be called with the arguments of every
    case. `cases()` gives these anew each time: a list of tuples, or a dictionary of tuples whose
    keys say what is special about each, such as "soft targets". `verified` is what there is to say
    when the answer is right. `hints` are up to three, from an idea to nearly the way. An answer
    that takes longer than `seconds` in all is given up. Where `any_precision` is true, float32 is
    as good as float64.
    """

    name: str
    answer: Any
    verified: str
    mistakes: tuple[Mistake, ...] = ()
    hints: tuple[str, ...] = ()
    cases: Callable[[], Sequence[Arguments] | Mapping[str, Arguments]] = _no_arguments
    rtol: float = 1e-6
    atol: float = 1e-9
    seconds: float = 5.0
    any_precision: bool = False

    def arguments(self) -> list[Arguments]:
        """Return the arguments of every case, fresh, so that they may be written into."""
        cases = self.cases()
        return copy.deepcopy(list(cases.values() if isinstance(cases, Mapping) else cases))

    def labels(self) -> list[str]:
        """Return what is special about each case, or empty strings where nothing was said."""
        cases = self.cases()
        return list(cases) if isinstance(cases, Mapping) else [""] * len(cases)

    def parameters(self) -> list[str]:
        """Return the names of the arguments."""
        return list(inspect.signature(self.answer).parameters) if callable(self.answer) else []

    def results(self, answer: Any) -> list[Any]:
        """Return what an answer gives in every case: itself, unless it is a function."""
        if not callable(answer):
            return [answer]
        return [answer(*arguments) for arguments in self.arguments()]

    def agree(self, a: Any, b: Any) -> bool:
        """Return whether two results are the same: structure, shapes, kinds, values to rounding."""
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(self.agree(a[key], b[key]) for key in a)
        if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
            return len(a) == len(b) and all(map(self.agree, a, b))
        x, y = numbers(a), numbers(b)
        if x is None or y is None:
            return type(a) is type(b) and bool(a == b)
        if x.shape != y.shape or (x.dtype.kind == "b") != (y.dtype.kind == "b"):
            return False
        if callable(self.answer) and not self.any_precision and not same_kind(a, b):
            return False
        return bool(np.allclose(y, x, self.rtol, self.atol, equal_nan=True))


def numbers(a: Any) -> np.ndarray | None:
    """Return a result as an array of numbers or truth values, or None if it is something else."""
    if isinstance(a, (tuple, list)) and _length(a) > MOST_NUMBERS:
        return None
    if not isinstance(a, (bool, int, float, tuple, list)) and not hasattr(a, "__array__"):
        return None
    try:
        array = np.asarray(a)
    except Exception:  # a ragged list, an object that only pretends to be an array
        return None
    return array if array.dtype.kind in "biuf" else None


def _length(a: Any, depth: int = 0) -> int:
    """Return how many numbers there are in a nested list, counting no further than needed."""
    if depth > 8:
        return MOST_NUMBERS + 1
    if not isinstance(a, (tuple, list)):
        return int(a.size) if isinstance(a, np.ndarray) else 1
    total = len(a)
    for part in a if total <= MOST_NUMBERS else ():
        total += _length(part, depth + 1)
        if total > MOST_NUMBERS:
            break
    return total


def same_kind(a: Any, b: Any) -> bool:
    """Return whether two arrays hold floats of one precision, or both integers.

    Python's own numbers have no precision, and a single 3 is as good as 3.0.
    """
    x, y = getattr(a, "dtype", None), getattr(b, "dtype", None)
    if x is None or y is None:
        return True
    if "f" == x.kind == y.kind:
        return bool(x.itemsize == y.itemsize)
    return bool(np.ndim(a) == 0 or (x.kind == "f") == (y.kind == "f"))
