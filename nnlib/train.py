"""The training loop: minibatches, steps, and an honest record of every epoch."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float, as_matrix, as_targets
from nnlib._numbers import count, not_negative
from nnlib.layers import Sequential
from nnlib.losses import _softmax_cross_entropy, softmax_cross_entropy
from nnlib.optim import Optimizer


@dataclass
class History:
    """What `fit` records, one entry per epoch.

    Attributes
    ----------
    loss : list of float
        The mean loss over the rows, in nats, each row with the weights at its own turn.
    accuracy : list of float
        The fraction of rows whose largest score was the target's, likewise.
    val_loss : list of float
        The mean loss over the validation rows after the epoch; empty without validation.
    val_accuracy : list of float
        The accuracy on them.
    lr : list of float
        The learning rate of the epoch.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)


def minibatches(
    X: npt.ArrayLike, y: npt.ArrayLike, batch_size: int, *, rng: np.random.Generator
) -> Iterator[tuple[Array, Array]]:
    """Yield the rows in a new random order, `batch_size` at a time.

    Parameters
    ----------
    X : array_like, shape (N, ...)
        The examples.
    y : array_like, shape (N, ...)
        Their targets.
    batch_size : int
        The number of rows in a batch. The last batch has what is left, if anything is.
    rng : numpy.random.Generator
        Where the order comes from.

    Yields
    ------
    X_batch : ndarray, shape (B, ...)
        A batch of examples.
    y_batch : ndarray, shape (B, ...)
        Their targets.

    Raises
    ------
    TypeError
        If `rng` is not a Generator or `batch_size` no integer.
    ValueError
        If there are no rows, not one target per row, or `batch_size` is not at least 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> batches = minibatches(np.arange(5), np.arange(5), 2, rng=rng)
    >>> [len(x) for x, _ in batches]
    [2, 2, 1]
    """
    X, y = np.asarray(X), np.asarray(y)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected np.random.default_rng(seed), got {rng!r}")
    _check_rows(X, y, batch_size)
    return _batches(X, y, batch_size, rng.permutation(len(X)))


def _batches(X: Array, y: Array, batch_size: int, order: Array) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield X.take(rows, axis=0, mode="clip"), y[rows]  # clip: the rows need no check


def evaluate(
    net: Sequential, X: npt.ArrayLike, y: npt.ArrayLike, batch_size: int = 1024
) -> tuple[float, float]:
    """Return the mean loss and the accuracy of a network on a data set.

    Parameters
    ----------
    net : Sequential
        The network; its output are scores.
    X : array_like, shape (N, D)
        The examples.
    y : array_like of int, shape (N,), or of float, shape (N, C)
        Their labels or target distributions.
    batch_size : int
        How many rows go through the network at a time; it changes the memory, and of
        the result at most the last digits.

    Returns
    -------
    loss : float
        The mean over the rows, in nats.
    accuracy : float
        The fraction of the rows whose largest score is that of the target.

    Raises
    ------
    TypeError
        If `net` is no network, `X` does not hold real numbers or `batch_size` is no integer.
    ValueError
        If there are no rows, not one target per row, or `batch_size` is not at least 1.

    Notes
    -----
    Equation :eq:`epoch-mean`.
    """
    _check_network(net)
    X, y = as_float(X, "X"), np.asarray(y)
    _check_rows(X, y, batch_size)
    loss = correct = 0.0
    for X_batch, y_batch in _batches(X, y, batch_size, np.arange(len(X))):
        z = net.forward(X_batch)
        loss += softmax_cross_entropy(z, y_batch)[0] * len(z)
        correct += _count_correct(z, y_batch)
    return loss / len(X), correct / len(X)


def fit(
    net: Sequential,
    optimizer: Optimizer,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    patience: int | None = None,
    weight_decay: float = 0.0,
    schedule: Callable[[int], float] | None = None,
) -> History:
    """Train a network on softmax cross-entropy, and return what happened.

    Each epoch visits every row once, in a new random order. A progress bar shows in a terminal and
    nowhere else.

    Parameters
    ----------
    net : Sequential
        The network; its output are scores. Its parameters are changed in place.
    optimizer : Optimizer
        How to step.
    X : array_like, shape (N, D)
        The examples.
    y : array_like of int, shape (N,), or of float, shape (N, C)
        Their labels or target distributions.
    epochs : int
        How often to visit all rows, at most.
    batch_size : int
        How many rows make a step; the last step of an epoch has what is left.
    rng : numpy.random.Generator
        Where the order of the rows comes from. Same seed, same weights, bit for bit.
    validation : tuple of X and y, optional
        Rows to evaluate after each epoch, never to train on.
    patience : int, optional
        Stop after so many epochs without a new lowest validation loss, and go back to the
        parameters of the lowest.
    weight_decay : float
        The factor λ of the penalty ``λ/2 * sum(W**2)`` that is added to the loss of each step. It
        acts on weights, not on biases, and is not part of the recorded loss.
    schedule : callable, optional
        Takes the epoch, from 0, and returns what to multiply the learning rate with.

    Returns
    -------
    History
        One entry per epoch. Means are over rows: a short last batch counts for what it is.

    Raises
    ------
    FloatingPointError
        If the loss is no longer finite; the message names the epoch.
    TypeError
        If an argument has the wrong type.
    ValueError
        If shapes or ranges do not fit.

    Notes
    -----
    Equations :eq:`epoch-mean` and :eq:`weight-decay`.
    """
    _check_settings(net, optimizer, epochs, patience, validation, weight_decay)
    X, y = as_float(X, "X"), np.asarray(y)
    history = History()
    lr = optimizer.lr
    best, best_epoch = math.inf, 0
    best_params: Array | None = None
    try:
        for epoch in _progress(epochs):
            optimizer.lr = lr * (schedule(epoch) if schedule is not None else 1.0)
            batches = minibatches(X, y, batch_size, rng=rng)
            loss, accuracy = _epoch(net, optimizer, batches, y, weight_decay, epoch)
            history.loss.append(loss)
            history.accuracy.append(accuracy)
            history.lr.append(optimizer.lr)
            if validation is None:
                continue
            val_loss, val_accuracy = evaluate(net, *validation)
            history.val_loss.append(val_loss)
            history.val_accuracy.append(val_accuracy)
            if patience is None:
                continue
            if val_loss < best:
                best, best_params, best_epoch = val_loss, net.params.copy(), epoch
            if epoch - best_epoch >= patience:
                break
    finally:
        optimizer.lr = lr
    if best_params is not None:
        net.params[...] = best_params
    return history


def _epoch(
    net: Sequential,
    optimizer: Optimizer,
    batches: Iterator[tuple[Array, Array]],
    targets: Array,
    weight_decay: float,
    epoch: int,
) -> tuple[float, float]:
    """Take one step per batch; return the mean loss and the accuracy over the rows."""
    rows = 0
    loss_sum = correct = 0.0
    for X, y in batches:
        z = as_matrix(net.forward(X), "z", "(N, C)")
        if rows == 0:  # now the number of classes is known: all targets are checked, once
            as_targets(y, *z.shape)
            as_targets(targets, len(targets), z.shape[1])
        loss, dz = _softmax_cross_entropy(z, y)
        if not math.isfinite(loss):
            raise FloatingPointError(f"epoch {epoch + 1}: expected a finite loss, got {loss}")
        net.backward(dz, input_gradient=False)
        if weight_decay:
            net.grads[net.weights] += weight_decay * net.params[net.weights]
        optimizer.update(net.params, net.grads)
        rows += len(z)
        loss_sum += loss * len(z)
        correct += _count_correct(z, y)
    return loss_sum / rows, correct / rows


def _count_correct(z: Array, y: Array) -> int:
    target = y if y.ndim == 1 else y.argmax(axis=1)
    return int(np.count_nonzero(z.argmax(axis=1) == target))


def _check_rows(X: Array, y: Array, batch_size: int) -> None:
    if X.ndim == 0 or y.ndim == 0 or len(X) == 0 or len(X) != len(y):
        raise ValueError(f"expected one target per row, got X {X.shape} and y {y.shape}")
    count(batch_size, "batch_size")


def _check_settings(
    net: object,
    optimizer: object,
    epochs: int,
    patience: int | None,
    validation: object,
    weight_decay: float,
) -> None:
    _check_network(net)
    if not (hasattr(optimizer, "lr") and hasattr(optimizer, "update")):
        raise TypeError(f"optimizer: expected one such as SGD(lr=0.1), got {optimizer!r}")
    count(epochs, "epochs")
    if patience is not None:
        count(patience, "patience")
        if validation is None:
            raise ValueError("patience: expected validation data with it, got none")
    not_negative(weight_decay, "weight_decay")


def _check_network(net: object) -> None:
    if not isinstance(net, Sequential):
        raise TypeError(f"net: expected a Sequential, got {net!r}")


def _progress(epochs: int) -> Iterator[int]:
    """Count the epochs, with a bar where somebody sees it."""
    from tqdm import tqdm  # here, so that importing nnlib stays cheap

    yield from tqdm(range(epochs), desc="fit", unit="epoch", leave=False, disable=None)
