"""Run somebody else's code with a time limit, so that an endless loop ends.

The code runs in a thread of its own, which works in a notebook and in a script, on every system.
A thread cannot be killed, but an exception can be raised in it from outside, at its next step of
Python; code that catches everything gets it again and again. Out of reach is what Ctrl-C does not
reach either: a long call of a compiled function, and a loop that catches everything at every turn.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

POLL = 0.02  # seconds; short, because on Windows Ctrl-C is not noticed while waiting for a thread
GRACE = 2.0  # seconds that the thread is given to end


class Stop(SystemExit):
    """Raised in a thread to end it: of a SystemExit `threading` prints nothing."""


class TimeIsUpError(Exception):
    """The code took too long: `frame` is where it was, `stopped` whether it could be ended."""

    def __init__(self, frame: FrameType | None, stopped: bool) -> None:
        super().__init__("time is up")
        self.frame = frame
        self.stopped = stopped


def run_within(seconds: float, function: Callable[[], Any]) -> Any:
    """Return what a function returns, raise what it raises, or raise `TimeIsUpError`."""
    outcome: list[Any] = []
    errors: list[BaseException] = []
    ended = threading.Event()  # not Thread.join, which in Python 3.11 takes Ctrl-C for the end

    def run() -> None:
        try:
            outcome.append(function())
        except BaseException as error:  # even SystemExit, which would end the thread in silence
            errors.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        if not _wait(ended, seconds):
            frame = sys._current_frames().get(thread.ident or 0)
            raise TimeIsUpError(frame, _stop(thread, ended))
    except KeyboardInterrupt:  # a real Ctrl-C comes to the thread that waits: pass it on
        _stop(thread, ended)
        raise
    if errors:
        raise errors[0]
    return outcome[0]


def _wait(ended: threading.Event, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not ended.wait(POLL) and time.monotonic() < end:
        pass
    return ended.is_set()


def _stop(thread: threading.Thread, ended: threading.Event) -> bool:
    """Raise `Stop` in a thread until it ends, and return whether it did."""
    end = time.monotonic() + GRACE
    while thread.is_alive() and not ended.is_set() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stop)
        )
        ended.wait(POLL)
    thread.join(POLL)
    return not thread.is_alive()
