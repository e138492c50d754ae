"""The checks of single numbers that every module shares: real and in range, or a count."""

import math
import sys
from numbers import Integral, Real


def as_number(value: object, name: str) -> float:
    """Return a real number as a float; an integer beyond all floats is infinite."""
    if not isinstance(value, Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def positive(value: object, name: str) -> float:
    """Return a number above 0."""
    number = as_number(value, name)
    if not 0 < number < math.inf:
        raise ValueError(f"{name}: expected a positive number below infinity, got {value}")
    return number


def not_negative(value: object, name: str) -> float:
    """Return a number of at least 0."""
    number = as_number(value, name)
    if not 0 <= number < math.inf:
        raise ValueError(f"{name}: expected a number from 0 to below infinity, got {value}")
    return number


def fraction(value: object, name: str) -> float:
    """Return a number from 0 to 1, both included."""
    number = as_number(value, name)
    if not 0 <= number <= 1:
        raise ValueError(f"{name}: expected a fraction from 0 to 1, got {value}")
    return number


def survival(value: object, name: str) -> float:
    """Return how much of a running mean survives a step: from 0 to below 1."""
    number = as_number(value, name)
    if not 0 <= number < 1:
        raise ValueError(f"{name}: expected a number from 0 to below 1, got {value}")
    return number


def count(value: object, name: str, least: int = 1) -> int:
    """Return an integer that can count something in memory."""
    if not isinstance(value, Integral):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    number = int(value)
    if number < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    if number > sys.maxsize:
        raise ValueError(f"{name}: expected at most {sys.maxsize}, got {value}")
    return number
