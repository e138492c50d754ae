"""Say in what way an answer is wrong when it is none of the known mistakes.

What is said of a result holds in every case, not only in the first that is wrong, so that it does
not send a learner the wrong way.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlib._arrays import Array
from nnlib.exercises._exercise import MOST_NUMBERS, Exercise, numbers, same_kind

LARGE = 30.0  # e**30 is where adding 1 begins to drown
FEW = 6  # the most numbers of an argument that are shown


class Case(NamedTuple):
    """A case with the result it should have and the one it has."""

    number: int
    arguments: tuple[Any, ...]
    right: Any
    given: Any

    def part(self, key: Any) -> "Case":
        """Return the same case for one part of its result."""
        return self._replace(right=self.right[key], given=self.given[key])


def kind_of_wrong(exercise: Exercise, right: list[Any], given: list[Any]) -> str:
    """Return what is wrong and, for a function, in which cases."""
    if not callable(exercise.answer):
        return _kind(exercise, [Case(1, (), right[0], given[0])])
    arguments = exercise.arguments()
    cases = [Case(i + 1, a, right[i], given[i]) for i, a in enumerate(arguments)]
    return f"{_kind(exercise, cases)}{_in_which(exercise, cases)}"


def _wrong(exercise: Exercise, cases: list[Case]) -> list[Case]:
    return [case for case in cases if not exercise.agree(case.right, case.given)]


def _kind(exercise: Exercise, cases: list[Case]) -> str:
    """Look into dictionaries and lists for the first part that is wrong, and describe that."""
    _, _, right, given = _wrong(exercise, cases)[0]
    if isinstance(right, dict) and isinstance(given, dict):
        if right.keys() != given.keys():
            return f"the names are not those asked for: {sorted(map(str, given))}"[:200]
        name = next(name for name in right if not exercise.agree(right[name], given[name]))
        parts = [c.part(name) for c in cases if isinstance(c.given, dict) and name in c.given]
        return f"{name}: {_kind(exercise, parts)}"
    if isinstance(right, (tuple, list)) and not isinstance(given, np.ndarray):
        if not isinstance(given, (tuple, list)) or len(given) != len(right):
            if isinstance(given, Iterator):
                return "it hands out its results one by one (yield); a list was asked for"
            return f"expected {len(right)} results, got {describe(given)}"
        i = next(i for i in range(len(right)) if not exercise.agree(right[i], given[i]))
        alike = [c for c in cases if isinstance(c.given, (tuple, list)) and len(c.given) > i]
        parts = [c.part(i) for c in alike if len(c.right) > i]
        return f"result {i + 1} of {len(right)}: {_kind(exercise, parts)}"
    if numbers(right) is None or numbers(given) is None:
        return f"expected {describe(right)}, got {describe(given)}"
    return _kind_of_numbers(
        exercise,
        [
            case._replace(right=numbers(case.right), given=numbers(case.given))
            for case in cases
            if numbers(case.right) is not None and numbers(case.given) is not None
        ],
    )


def _kind_of_numbers(exercise: Exercise, cases: list[Case]) -> str:
    """Describe a difference in shape, kind of number, NaN, sign, order, factor or value."""
    wrong = _wrong(exercise, cases)
    agree = exercise.agree
    reshaped = next((case for case in wrong if case.right.shape != case.given.shape), None)
    if reshaped is not None:
        return _kind_of_shape(exercise, reshaped)
    for _, _, r, g in wrong:
        if (r.dtype.kind == "b") != (g.dtype.kind == "b"):
            kinds = ["True or False", "numbers" if r.ndim else "a number"]
            expected, got = kinds if r.dtype.kind == "b" else kinds[::-1]
            return f"expected {expected}, got {got}"
        if callable(exercise.answer) and not same_kind(r, g) and np.allclose(r, g):
            return f"the values are right, the kind is not: expected {r.dtype}, got {g.dtype}"
    if any(case.right.dtype.kind == "b" for case in wrong):
        return _entries(exercise, wrong[0])
    for name, odd in (("NaN", np.isnan), ("infinity", np.isinf)):
        if odd(wrong[0].given).any() and not odd(wrong[0].right).any():  # the case that is shown
            return f"it gives {name} where the answer is a number"

    def everywhere(change: Callable[[Array], Any]) -> bool:
        return all(agree(change(case.right), case.given) for case in cases)

    if everywhere(np.negative):
        return "the size is right, the sign is wrong"
    if everywhere(np.transpose):
        return "the values are right, but transposed"
    if all(np.allclose(case.given, case.right, rtol=0.01, atol=exercise.atol) for case in cases):
        return "close, but not to the accuracy asked for"
    if all(case.right.size == 1 for case in cases) and len(cases) == 1:
        return "the value is wrong"
    return (
        _kind_of_factor(exercise, cases)
        or _kind_of_order(exercise, cases)
        or _entries(exercise, wrong[0])
    )


def _kind_of_shape(exercise: Exercise, case: Case) -> str:
    r, g = case.right, case.given
    shapes = f"expected shape {r.shape}, got {g.shape}"
    if r.ndim == 0:
        one = "True or False" if r.dtype.kind == "b" else "one number"
        shapes = f"expected {one}, got an array of shape {g.shape}"
    elif g.ndim == 0:
        shapes = f"expected shape {r.shape}, got one number"
    if g.size == r.size and exercise.agree(r.ravel(), g.ravel()):
        return f"the values are right, the shape is not: {shapes}"
    if g.shape == r.shape[::-1] and exercise.agree(r, g.T):
        return "the values are right, but transposed"
    if r.ndim == 0 and 0 < g.size <= MOST_NUMBERS:
        for name, value in (("sum", g.sum()), ("mean", g.mean())):
            if exercise.agree(r, np.asarray(value)):
                return f"{shapes}: their {name} is what was asked for"
    if g.shape == (r.size, r.size) and r.size > 1:
        return f"{shapes}: a column and a row were paired, each entry with each"
    if r.ndim == g.ndim == 1 and any({r.size, g.size} == {*s} for s in _shapes(case)):
        return f"{shapes}: did a sum or mean run over the other axis?"
    return shapes


def _kind_of_factor(exercise: Exercise, cases: list[Case]) -> str:
    """Describe one factor for each case, if there is one: a number, or how many rows there are."""
    factors = []
    for case in cases:
        r, g = case.right.astype(float), case.given.astype(float)
        factor = float(np.vdot(r, g) / np.vdot(r, r)) if r.any() else 1.0
        if not exercise.agree(factor * r, g):
            return ""
        factors.append((case, factor))
    told = [(case, factor) for case, factor in factors if case.right.any()]
    if all(exercise.agree(0 * case.right, case.given) for case, _ in told):
        return "it is 0 in every case"

    def always(expected: list[float]) -> bool:
        return np.allclose([factor for _, factor in told], expected, rtol=1e-5, atol=0)

    for name, count in (("rows", _rows), ("columns", _columns), ("entries", _entry_count)):
        counts = [float(count(case)) for case, _ in told]
        if len(set(counts)) > 1 and always(counts):
            return (
                f"too large, by a factor that is the number of {name}: a sum where a mean is meant?"
            )
        if len(set(counts)) > 1 and always([1 / n for n in counts]):
            return (
                f"too small, by a factor that is the number of {name}: a mean where a sum is meant?"
            )
    if always([told[0][1]] * len(told)):
        return f"{told[0][1]:.4g} times what it should be, in every case"
    if all(case.right.size > 1 for case, _ in told):
        return "each result is off by one factor, but not by the same one in every case"
    return ""


def _kind_of_order(exercise: Exercise, cases: list[Case]) -> str:
    def in_order(a: Array) -> Any:
        return np.sort(a, axis=None)

    if all(exercise.agree(in_order(c.right), in_order(c.given)) for c in cases):
        return "the right numbers, in another order"
    return ""


def _entries(exercise: Exercise, case: Case) -> str:
    """Say how many entries are wrong, and show the first of them."""
    r, g = case.right, case.given
    if r.size == 1 and r.dtype.kind == "b":
        return f"it gives {g.item()} where the answer is {r.item()}"
    if r.size == 1:
        return f"it gives {g.item():.6g} where the answer is {r.item():.6g}"
    off = ~np.isclose(g, r, exercise.rtol, exercise.atol, equal_nan=True)
    if not callable(exercise.answer):
        return f"{off.sum()} of {r.size} values are wrong"
    i = tuple(int(k) for k in np.argwhere(off)[0])
    place = ", ".join(map(str, i))
    return (
        f"{off.sum()} of {r.size} values are wrong, the first at [{place}]: "
        f"{g[i]:.6g} instead of {r[i]:.6g}"
    )


# ------------------------------------------------------------------------------- in which cases


def _in_which(exercise: Exercise, cases: list[Case]) -> str:
    """Say what sets the wrong cases apart, and how to repeat the first of them."""
    wrong = _wrong(exercise, cases)
    numbers_of = [case.number for case in wrong]
    right = [case for case in cases if case.number not in numbers_of]
    labels = exercise.labels()
    text = ""
    if right:
        text = f" ({len(right)} of {len(cases)} cases are right"
        if all(labels):
            names = ", ".join(labels[case.number - 1] for case in right)
            text += f": {names}"
        least, most = min(map(_largest, wrong)), max(map(_largest, right))
        if least > max(most, LARGE):
            text += (
                "; only those with large numbers are wrong: does an exponential overflow, or "
                "vanish?"
            )
        elif all(_rows(case) == 1 for case in wrong) and all(_rows(case) > 1 for case in right):
            text += "; only those with a single row are wrong"
        text += ")"
    first = wrong[0]
    label = f" ({labels[first.number - 1]})" if labels[first.number - 1] else ""
    pairs = zip(exercise.parameters(), first.arguments, strict=False)
    shown = ", ".join(f"{name} = {_show(argument)}" for name, argument in pairs)
    return (
        f"{text}\n        first in case {first.number}{label}: {shown}\n"
        f'        to try it: arguments = case("{exercise.name}", {first.number})'
    )


def _matrices(case: Case) -> Iterable[Array]:
    return (a for a in case.arguments if isinstance(a, np.ndarray) and a.ndim == 2)


def _shapes(case: Case) -> list[tuple[int, ...]]:
    return [a.shape for a in _matrices(case)]


def _rows(case: Case) -> int:
    return next((a.shape[0] for a in _matrices(case)), 1)


def _columns(case: Case) -> int:
    return next((a.shape[1] for a in _matrices(case)), 1)


def _entry_count(case: Case) -> int:
    return _rows(case) * _columns(case)


def _largest(case: Case) -> float:
    """Return the size of the largest argument; a count such as N is no score."""
    scores = [a for a in case.arguments if not isinstance(a, int)]
    sizes = [np.abs(a).max() for a in map(numbers, scores) if a is not None and a.size]
    return float(max(sizes, default=0.0))


# ------------------------------------------------------------------------------------ in words


def _show(a: Any) -> str:
    """Show an argument in one line: its numbers if they are few, else its shape."""
    array = numbers(a)
    if array is not None and array.ndim and array.size <= FEW:
        return " ".join(np.array2string(array, separator=", ", precision=4).split())
    if array is not None and array.ndim == 0:
        return f"{array:.6g}" if array.dtype.kind == "f" else str(array)
    if isinstance(a, dict) and len(a) <= FEW:
        return "{" + ", ".join(f"{key!r}: {_show(value)}" for key, value in a.items()) + "}"
    if isinstance(a, list) and len(a) <= FEW:
        return "[" + ", ".join(map(_show, a)) + "]"
    return describe(a)


def describe(a: Any) -> str:
    """Say what kind of thing something is, without looking at what may be endless or broken."""
    if isinstance(a, np.ndarray):
        return (
            f"an array of shape {a.shape}" if a.dtype.kind in "biuf" else f"an array of {a.dtype}"
        )
    if isinstance(a, (tuple, list)):
        return f"{len(a)} results"
    if isinstance(a, dict):
        return "a dictionary"
    if a is None or isinstance(a, bool):
        return str(a)
    if callable(a):
        return f"the function {getattr(a, '__name__', '')}".strip()
    if isinstance(a, (int, float, np.number)):
        return "a number"
    return f"a value of type {type(a).__name__}"
