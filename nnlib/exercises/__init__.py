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
    neuron,
    optimisers,
    regression,
    softmax,
)
from nnlib.exercises._exercise import Exercise, judge

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for chapter in (
        *(neuron, backprop, checking, entropy, softmax, fused),
        *(regression, hidden, chaos, init, optimisers, generalising, images, frameworks),
    )
    for exercise in chapter.EXERCISES
}


def check(name: str, answer: Any) -> None:
    """Print one line about an answer: not attempted, right, or what kind of wrong.

    Parameters
    ----------
    name : str
        The name of the exercise, as its page gives it.
    answer : object
        The answer: a function, passed without calling it, or a value. ``None`` and ``...`` mean
        that there is none yet. Nothing that is passed makes this function raise.

    Examples
    --------
    >>> check("threshold_to_bias", None)
    [not yet] not attempted yet
    """
    exercise = EXERCISES.get(name)
    if exercise is None:
        close = get_close_matches(str(name), EXERCISES, n=1)
        hint = f": did you mean {close[0]!r}?" if close else ""
        print(f"[not yet] there is no exercise {name!r}{hint}")
        return
    print(judge(exercise, answer))
