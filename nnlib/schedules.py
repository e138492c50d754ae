"""Learning-rate schedules: how much of the learning rate is used in which epoch.

Each returns a function of the epoch whose value multiplies the learning rate; `fit` takes any such
function.
"""

import math
from collections.abc import Callable

from nnlib._numbers import count, fraction, positive

Schedule = Callable[[int], float]


def step_decay(every: int, factor: float = 0.5) -> Schedule:
    """Return a schedule that multiplies the rate by `factor` after each `every` epochs.

    Parameters
    ----------
    every : int
        The number of epochs between two drops.
    factor : float
        What is left after a drop.

    Returns
    -------
    callable
        Takes the epoch, from 0, and returns the fraction of the rate.

    Raises
    ------
    TypeError
        If `every` is no integer or `factor` no number.
    ValueError
        If `every` is not at least 1 or `factor` is not positive and finite.

    Notes
    -----
    Equation :eq:`step-decay`.

    Examples
    --------
    >>> [step_decay(2)(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    every, factor = count(every, "every"), positive(factor, "factor")
    return lambda epoch: float(factor ** (epoch // every))


def exponential_decay(factor: float) -> Schedule:
    """Return a schedule that multiplies the rate by `factor` after each epoch.

    Parameters
    ----------
    factor : float
        What is left after an epoch.

    Returns
    -------
    callable
        Takes the epoch, from 0, and returns the fraction of the rate.

    Raises
    ------
    TypeError
        If `factor` is no number.
    ValueError
        If `factor` is not positive and finite.

    Notes
    -----
    Equation :eq:`step-decay` with ``every = 1``.
    """
    return step_decay(1, factor)


def cosine_decay(epochs: int, final: float = 0.0) -> Schedule:
    """Return a schedule that falls from 1 to `final` along half a cosine wave.

    Parameters
    ----------
    epochs : int
        The number of epochs; the last of them, ``epochs - 1``, uses `final`.
    final : float
        The fraction of the rate that is used in the end.

    Returns
    -------
    callable
        Takes the epoch, from 0, and returns the fraction of the rate; `final` after the end.

    Raises
    ------
    TypeError
        If `epochs` is no integer or `final` no number.
    ValueError
        If `epochs` is not at least 2 or `final` is not from 0 to 1.

    Notes
    -----
    Equation :eq:`cosine-decay`.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    :arxiv:`1608.03983`
    """
    epochs, final = count(epochs, "epochs", least=2), fraction(final, "final")

    def _rate(epoch: int) -> float:
        progress = min(epoch / (epochs - 1), 1.0)
        return final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2

    return _rate
