"""The gradient of many rows, from the gradients of parts of them."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy.typing as npt

from nnlib._arrays import Array
from nnlib.layers import Sequential
from nnlib.losses import softmax_cross_entropy


class ShardGradient(NamedTuple):
    """What one part of the rows says about all the weights of a network.

    Attributes
    ----------
    rows : int
        The number of rows.
    loss : float
        The mean loss over them, in nats.
    grads : ndarray, shape (P,)
        The gradient of that mean, in the order of ``net.params``.
    """

    rows: int
    loss: float
    grads: Array


def gradient_of_shard(net: Sequential, X: npt.ArrayLike, y: npt.ArrayLike) -> ShardGradient:
    """Return the mean loss of some rows, its gradient, and the number of the rows.

    Parameters
    ----------
    net : Sequential
        The network; its output are scores.
    X : array_like, shape (N, D)
        The examples.
    y : array_like of int, shape (N,), or of float, shape (N, C)
        Their labels or target distributions.

    Returns
    -------
    ShardGradient
        Rows, loss and gradient. The gradient is a copy.

    Raises
    ------
    TypeError
        If `X` does not hold real numbers, or `y` is neither labels nor distributions.
    ValueError
        If there are no rows, the columns are not those of the network, there is not one target per
        row, or a label is none of its classes.

    See Also
    --------
    nnlib.combine_shards : The gradient of all rows from these.
    """
    z = net.forward(X)
    loss, dz = softmax_cross_entropy(z, y)
    net.backward(dz)
    return ShardGradient(len(z), loss, net.grads.copy())


def combine_shards(parts: Iterable[ShardGradient]) -> ShardGradient:
    """Return rows, loss and gradient of all parts together: means weighted by the rows.

    Parameters
    ----------
    parts : iterable of ShardGradient
        What :func:`gradient_of_shard`, or this function, found for each part. They are added up as
        they come, so that one gradient at a time has to be in memory.

    Returns
    -------
    ShardGradient
        What :func:`gradient_of_shard` would find for all their rows at once, to rounding.

    Raises
    ------
    TypeError
        If something is no ShardGradient.
    ValueError
        If there is no part, one has no rows, or the gradients differ in shape or dtype, so that
        they come from different networks.

    Notes
    -----
    Equation :eq:`shard-mean`.

    Examples
    --------
    >>> import numpy as np
    >>> parts = [ShardGradient(3, 0.5, np.array([2.0])), ShardGradient(1, 0.1, np.array([-4.0]))]
    >>> rows, loss, grads = combine_shards(parts)
    >>> rows, loss, grads
    (4, 0.4, array([0.5]))
    """
    rows, loss, grads = 0, 0.0, None
    for part in parts:
        _check(part, grads)
        rows += part.rows
        loss += part.rows * part.loss
        grads = part.rows * part.grads if grads is None else grads + part.rows * part.grads
    if grads is None:
        raise ValueError("parts: expected at least one, got none")
    return ShardGradient(rows, loss / rows, grads / rows)


def _check(part: ShardGradient, grads: Array | None) -> None:
    if not isinstance(part, ShardGradient):
        raise TypeError(f"parts: expected ShardGradients, got {part!r:.200}")
    if not part.rows >= 1:
        raise ValueError(f"parts: expected at least one row in each, got {part.rows}")
    if grads is not None and (grads.shape, grads.dtype) != (part.grads.shape, part.grads.dtype):
        raise ValueError(
            f"parts: expected gradients of one network, got {grads.dtype}{[*grads.shape]} "
            f"and {part.grads.dtype}{[*part.grads.shape]}"
        )
