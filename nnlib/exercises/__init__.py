"""Exercises that answer back: ``check("name", answer)`` says one useful thing about an answer."""

from difflib import get_close_matches
from typing import Any

from nnlib.exercises import (
    backprop,
    chaos,
    checking,
    entropy,
    frameworks,
    fused,
    generalising,
    hidden,
    images,
    init,
    machines,
    museum,
    neuron,
    optimisers,
    regression,
    softmax,
)
from nnlib.exercises._exercise import Exercise
from nnlib.exercises._judge import judge

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for chapter in (
        *(neuron, backprop, checking, entropy, softmax, fused),
        *(regression, hidden, chaos, init, optimisers, generalising),
        *(images, frameworks, machines, museum),
    )
    for exercise in chapter.EXERCISES
}


_hints_given: dict[str, int] = {}


def check(name: str, answer: Any) -> None:
    """Print a short verdict on an answer: not attempted, right, or what kind of wrong.

    Parameters
    ----------
    name : str
        The name of the exercise, as its page gives it.
    answer : object
        The answer: a function, passed without calling it, or a value. ``None`` and ``...`` mean
        that there is none yet. Nothing that is passed makes this function raise or wait for ever.

    Examples
    --------
    >>> check("threshold_to_bias", None)
    [not yet] not attempted yet
    """
    exercise = _find(name)
    if exercise:
        print(judge(exercise, answer))


def hint(name: str) -> None:
    """Print the next hint for an exercise: first an idea, at last nearly the way.

    Parameters
    ----------
    name : str
        The name of the exercise, as its page gives it.

    Examples
    --------
    >>> hint("threshold_to_bias")
    [hint 1 of 3] the neuron compares its weighted sum with 3; compare the same thing with 0
    """
    exercise = _find(name)
    if not exercise:
        return
    given = _hints_given.get(name, 0)
    if given < len(exercise.hints):
        _hints_given[name] = given + 1
        print(f"[hint {given + 1} of {len(exercise.hints)}] {exercise.hints[given]}")
    else:
        more = "more hints" if exercise.hints else "hints"
        print(f"[hint] there are no {more}; the solution is folded under the exercise")


def case(name: str, number: int = 1) -> tuple[Any, ...]:
    """Return the arguments of a case in which an answer is tried.

    Parameters
    ----------
    name : str
        The name of the exercise, as its page gives it.
    number : int, default: 1
        The number of the case, as a verdict gives it.

    Returns
    -------
    tuple
        The arguments, new ones each time. Empty for an exercise that asks for a value.

    Examples
    --------
    >>> case("dropout_vjp", 3)
    (array([[ 1., -2.]]), array([[0., 1.]]), 0.25)
    """
    if name not in EXERCISES:
        raise ValueError(f"there is no exercise {name!r}{_guess(name)}")
    cases = EXERCISES[name].arguments()
    if number not in range(1, len(cases) + 1):
        raise ValueError(f"number must be from 1 to {len(cases)}, got {number!r}")
    return cases[number - 1]


def _find(name: Any) -> Exercise | None:
    """Return an exercise, or say that there is none of that name."""
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    shown = repr(name) if isinstance(name, str) else f"named by a {type(name).__name__}"
    print(f"[not yet] there is no exercise {shown}{_guess(name)}")
    return None


def _guess(name: Any) -> str:
    close = get_close_matches(name, EXERCISES, n=1) if isinstance(name, str) else []
    return f": did you mean {close[0]!r}?" if close else ""
