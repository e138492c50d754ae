"""The input checks that every module shares: real numbers, of the shape the formula needs."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def as_float(x: npt.ArrayLike, name: str) -> Array:
    """Return `x` as a float32 or float64 array; integers, booleans and float16 become float64."""
    if type(x) is np.ndarray and x.dtype in FLOATS:
        return x  # what a training step asks for twenty times
    a = _plain(x, name)
    if a.dtype.kind == "f" and a.dtype.itemsize in (4, 8):
        return a.astype(a.dtype.newbyteorder("="), copy=False)
    if a.dtype.kind in "biu" or a.dtype == np.float16:
        return a.astype(np.float64)
    raise TypeError(
        f"{name}: expected real numbers (float32, float64 or integers), got dtype {a.dtype}"
    )


def by_class(a: Array) -> Array:
    """Return the same numbers, in memory one class after another where rows are many and short.

    NumPy runs along a column of 10,000 numbers without a stop, but starts anew for each row of 10:
    a sum along short rows takes about ten times as long. The formulas are the same either way.
    """
    rows_are_short = a.ndim == 2 and a.shape[1] < min(100, a.shape[0])
    return np.asfortranarray(a) if rows_are_short else a


def as_matrix(x: npt.ArrayLike, name: str, shape: str) -> Array:
    """Return `x` as a float matrix with at least one row and one column."""
    a = as_float(x, name)
    if a.ndim != 2 or a.size == 0:
        raise ValueError(f"{name}: expected a non-empty array of shape {shape}, got {a.shape}")
    return a


def as_upstream(da: npt.ArrayLike, a: Array, name: str) -> Array:
    """Return the upstream gradient as floats, of exactly the shape of the output it belongs to."""
    g = as_float(da, name)
    if g.shape != a.shape:
        raise ValueError(f"{name}: expected shape {a.shape}, that of the output, got {g.shape}")
    return g


def as_distribution(p: npt.ArrayLike, name: str) -> Array:
    """Return `p` as floats whose rows, along the last axis, are probability distributions.

    A row may miss 1 by the square root of the rounding unit: 1.5e-8 in float64, 3.5e-4 in float32.
    """
    a = by_class(as_float(p, name))
    if a.ndim == 0 or a.shape[-1] == 0:
        raise ValueError(f"{name}: expected probabilities along the last axis, got shape {a.shape}")
    if not np.all(a >= 0):
        raise ValueError(f"{name}: expected probabilities of at least 0, got {a.min()}")
    total = a.sum(axis=-1)
    off = np.abs(total - 1)
    if not np.all(off <= np.sqrt(np.finfo(a.dtype).eps)):
        worst = total.flat[off.argmax()]
        raise ValueError(f"{name}: expected rows that sum to 1, got a row that sums to {worst}")
    return a


def as_labels(y: npt.ArrayLike, num_classes: int, name: str) -> Array:
    """Return `y` as integer labels from 0 to ``num_classes - 1``; -1 is no label."""
    a = _plain(y, name)
    if a.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integer labels, got dtype {a.dtype}, shape {a.shape}")
    if a.ndim != 1:
        raise ValueError(f"{name}: expected labels of shape (N,), got {a.shape}")
    if a.size and (a.min() < 0 or a.max() >= num_classes):
        raise ValueError(
            f"{name}: expected labels from 0 to {num_classes - 1}, got {a.min()} to {a.max()}"
        )
    return a


def as_targets(y: npt.ArrayLike, N: int, C: int) -> Array:
    """Return labels of shape (N,) or target distributions of shape (N, C)."""
    expected: tuple[int, ...] = (N,)
    if np.ndim(y) == 2 and np.asarray(y).dtype.kind == "f":
        y, expected = as_distribution(y, "y"), (N, C)
    else:
        y = as_labels(y, C, "y")
    if y.shape != expected:
        raise ValueError(f"y: expected shape {expected} for scores ({N}, {C}), got {y.shape}")
    return y


def _plain(x: npt.ArrayLike, name: str) -> Array:
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name}: expected a plain array, got a masked one; its mask would be lost")
    return np.asarray(x)
