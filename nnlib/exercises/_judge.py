"""How an answer is judged: run in every case, within a time, and compared with what is known."""

import io
import linecache
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from nnlib.exercises._exercise import Exercise
from nnlib.exercises._limit import Stop, TimeIsUpError, run_within
from nnlib.exercises._wrong import describe, kind_of_wrong

NOT_YET = "not attempted yet"
MOST_PRINTED = 2000  # characters of what an answer prints


@dataclass(frozen=True)
class Verdict:
    """What is said about an answer: `kind` is "not yet", "right" or "wrong"."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"[{self.kind}] {self.text}"


def judge(exercise: Exercise, answer: Any) -> Verdict:
    """Return the verdict on an answer. Never raises, whatever the answer is or does."""

    def attempt() -> Verdict:
        try:
            return _judge(exercise, answer)
        except NotImplementedError:
            return Verdict("not yet", NOT_YET)
        except Stop:
            raise
        except BaseException as error:  # sys.exit() in an answer must not end the kernel
            return Verdict("wrong", _raised(error, answer))

    with _as_it_was():
        try:
            verdict: Verdict = run_within(exercise.seconds, attempt)
            return verdict
        except TimeIsUpError as late:
            text = f"it did not end within {exercise.seconds:g} seconds"
            text += _at(late.frame, answer) or ": is there a loop without an end?"
            if not late.stopped:
                text += "; it cannot be stopped from here, so restart the kernel"
            return Verdict("wrong", text)


def _judge(exercise: Exercise, answer: Any) -> Verdict:
    if _is_missing(answer):
        return Verdict("not yet", NOT_YET)
    if callable(exercise.answer) and not callable(answer):
        return Verdict(
            "wrong",
            f"expected a function, got {describe(answer)}: pass it by its name, without calling it",
        )
    if callable(answer) and not callable(exercise.answer):
        return Verdict("wrong", "expected a value, got a function: call it first")

    given, changed = _try(exercise, answer)
    if all(map(_is_missing, given)):
        forgot = callable(answer) and given[0] is None and _does_something(answer)
        return Verdict("not yet", "it returns None: is its return missing?" if forgot else NOT_YET)
    if changed:
        return Verdict(
            "wrong",
            f"it changes its input{changed}: the caller still needs those numbers, so work on a "
            "copy or make a new array",
        )

    right = exercise.results(exercise.answer)
    if exercise.agree(right, given):
        return Verdict("right", exercise.verified)
    for mistake in exercise.mistakes:
        if exercise.agree(exercise.results(mistake.answer), given):
            return Verdict("wrong", mistake.hint)
    return Verdict("wrong", kind_of_wrong(exercise, right, given))


def _try(exercise: Exercise, answer: Any) -> tuple[list[Any], str]:
    """Return what an answer gives in every case, and which of its arguments it has changed."""
    if not callable(answer):
        return [answer], ""
    results, changed = [], ""
    for arguments, before in zip(exercise.arguments(), exercise.arguments(), strict=True):
        with np.errstate(all="ignore"):  # entered anew: an answer may call np.seterr
            results.append(answer(*arguments))
        for name, was, now in zip(exercise.parameters(), before, arguments, strict=False):
            if not changed and not _same(was, now):
                changed = f" {name}"
    return results, changed


def _same(was: Any, now: Any) -> bool:
    """Return whether an argument still holds the numbers that it held before."""
    if isinstance(was, dict):
        return was.keys() == now.keys() and all(_same(was[key], now[key]) for key in was)
    if isinstance(was, (tuple, list)):
        return len(was) == len(now) and all(map(_same, was, now))
    if isinstance(was, np.ndarray):
        return was.shape == now.shape and np.array_equal(was, now, equal_nan=was.dtype.kind == "f")
    if isinstance(was, (bool, int, float, str)):
        return bool(was == now or was != was)
    return True


def _is_missing(answer: Any) -> bool:
    if isinstance(answer, tuple) and answer:
        return all(map(_is_missing, answer))
    return answer is None or answer is Ellipsis


def _does_something(function: Any) -> bool:
    """Return whether a function has more in it than a stub: names that it uses or makes."""
    code = _code(function)
    return code is not None and bool(code.co_names or code.co_nlocals > code.co_argcount)


# ------------------------------------------------------------------ what went wrong, and where


def _raised(error: BaseException, answer: Any) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    if len(text) > 160:
        text = text[:157] + "..."
    frame = None
    traceback = error.__traceback__
    while traceback:  # the deepest line of the learner's own, not of what it called
        if _in_answer(traceback.tb_frame, answer):
            frame, line = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    where = _at(frame, answer, line) if frame else ""
    return f"it raised {type(error).__name__}{': ' if text else ''}{text}{where}"


def _at(frame: FrameType | None, answer: Any, line: int = 0) -> str:
    """Return ", at line 3: x = 1 / 0" for a frame of the answer, or what it was called from."""
    while frame and not _in_answer(frame, answer):
        frame = frame.f_back
    if frame is None:
        return ""
    line = line or frame.f_lineno
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    return f", at line {line}: {source[:80]}" if source else f", at line {line}"


def _in_answer(frame: FrameType, answer: Any) -> bool:
    code = _code(answer)
    return code is not None and frame.f_code.co_filename == code.co_filename


def _code(function: Any) -> CodeType | None:
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


# ------------------------------------------------------------------ leave everything as it was


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Undo what an answer does to warnings and random numbers, and shorten what it prints."""
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002
    printed = _Shortened()
    try:
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
        sys.stdout.write(printed.text())


class _Shortened(io.TextIOBase):
    """A place to print to that keeps the beginning."""

    def __init__(self) -> None:
        self.kept = ""
        self.more = False

    def write(self, text: str) -> int:
        room = MOST_PRINTED - len(self.kept)
        self.kept += text[:room]
        self.more |= len(text) > room
        return len(text)

    def text(self) -> str:
        """Return what was printed, ending a line."""
        end = " ...\n" if self.more else "\n" * (self.kept[-1:] not in ("", "\n"))
        return self.kept + end
