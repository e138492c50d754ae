"""Information, in nats: what an event tells, and what it costs to believe the wrong distribution.

Probabilities lie along the last axis. An outcome that never happens costs nothing, and an outcome
that happens but was held impossible costs infinity: no epsilon hides either.
"""

import math

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_distribution, as_float
from nnlib._numbers import as_number


def self_information(p: npt.ArrayLike, base: float | None = None) -> Array:
    """Return how much an event of probability `p` tells when it happens.

    Parameters
    ----------
    p : array_like, any shape
        Probabilities of single events, each from 0 to 1; they need not sum to 1.
    base : float, optional
        The base of the logarithm: 2 gives bits. Nats if not given.

    Returns
    -------
    ndarray or scalar, shape of `p`
        ``-log(p)``: 0 for a certain event, ``inf`` for an impossible one.

    Raises
    ------
    TypeError
        If `p` does not hold real numbers.
    ValueError
        If a probability is not from 0 to 1, or `base` is not a number greater than 1.

    Notes
    -----
    Equation :eq:`self-information`.

    References
    ----------
    C. E. Shannon, "A mathematical theory of communication", 1948.
    :doi:`10.1002/j.1538-7305.1948.tb01338.x`

    Examples
    --------
    >>> print(self_information([1.0, 0.5, 0.125], base=2))
    [0. 1. 3.]
    """
    p = as_float(p, "p")
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError(f"p: expected probabilities from 0 to 1, got {p.min()} to {p.max()}")
    return _in_base(-_log(p) + 0.0, base)


def entropy(p: npt.ArrayLike, base: float | None = None) -> Array:
    """Return the mean self-information of a distribution.

    Parameters
    ----------
    p : array_like, shape (..., C)
        One distribution along the last axis, or a batch of them.
    base : float, optional
        The base of the logarithm: 2 gives bits. Nats if not given.

    Returns
    -------
    ndarray or scalar, shape (...)
        From 0 for a certain outcome to ``log(C)`` for the uniform distribution.

    Raises
    ------
    TypeError
        If `p` does not hold real numbers.
    ValueError
        If a row has a negative entry or does not sum to 1 (nothing is normalised in silence), or
        `base` is not a number greater than 1.

    Notes
    -----
    Equation :eq:`entropy`, with ``0 log 0 = 0``.

    Examples
    --------
    >>> print(f"{entropy([0.5, 0.25, 0.25], base=2):.4f}")
    1.5000
    """
    p = as_distribution(p, "p")
    return _in_base(_expected_information(p, p), base)


def cross_entropy(p: npt.ArrayLike, q: npt.ArrayLike, base: float | None = None) -> Array:
    """Return the mean information of outcomes drawn from `p`, as measured by someone who holds `q`.

    Parameters
    ----------
    p : array_like, shape (..., C)
        The true distribution.
    q : array_like, shape (..., C)
        The believed distribution.
    base : float, optional
        The base of the logarithm: 2 gives bits. Nats if not given.

    Returns
    -------
    ndarray or scalar, shape (...)
        At least ``entropy(p)``; ``inf`` where `q` is 0 and `p` is not. Never capped.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, a row has a negative entry or does not sum to 1, or `base` is not a
        number greater than 1.

    See Also
    --------
    nnlib.softmax_cross_entropy : The same from scores, with its gradient; use it to train.

    Notes
    -----
    Equation :eq:`cross-entropy`.

    Examples
    --------
    >>> print(f"{cross_entropy([1.0, 0.0], [0.25, 0.75], base=2):.4f}")
    2.0000
    """
    p, q = _pair(p, q)
    return _in_base(_expected_information(p, q), base)


def kl_divergence(p: npt.ArrayLike, q: npt.ArrayLike, base: float | None = None) -> Array:
    """Return what believing `q` costs beyond the entropy of the true `p`.

    Parameters
    ----------
    p : array_like, shape (..., C)
        The true distribution.
    q : array_like, shape (..., C)
        The believed distribution.
    base : float, optional
        The base of the logarithm: 2 gives bits. Nats if not given.

    Returns
    -------
    ndarray or scalar, shape (...)
        ``cross_entropy(p, q) - entropy(p)``: 0 if and only if ``p == q``, ``inf`` where `q` is 0
        and `p` is not. For `q` very near `p` rounding may take it a few units of 1e-16 below 0.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, a row has a negative entry or does not sum to 1, or `base` is not a
        number greater than 1.

    Notes
    -----
    Equation :eq:`kl-divergence`. It is never negative, by Gibbs' inequality :eq:`gibbs`. It is not
    symmetric and breaks the triangle inequality, so it is no distance.

    References
    ----------
    S. Kullback and R. A. Leibler, "On information and sufficiency", 1951.
    :doi:`10.1214/aoms/1177729694`

    Examples
    --------
    >>> print(f"{kl_divergence([1.0, 0.0], [0.25, 0.75], base=2):.4f}")
    2.0000
    >>> print(f"{kl_divergence([0.25, 0.75], [1.0, 0.0], base=2):.4f}")
    inf
    """
    p, q = _pair(p, q)
    where = p > 0
    d: Array = (p * (_log(p, where) - _log(q, where))).sum(axis=-1)
    return _in_base(d, base)


def _pair(p: npt.ArrayLike, q: npt.ArrayLike) -> tuple[Array, Array]:
    p, q = as_distribution(p, "p"), as_distribution(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"expected p and q of one shape, got {p.shape} and {q.shape}")
    return p, q


def _expected_information(p: Array, q: Array) -> Array:
    """Return -sum p log q, where a term with p = 0 is 0 whatever q is."""
    h: Array = -(p * _log(q, p > 0)).sum(axis=-1) + 0.0  # + 0.0 turns -0.0 into 0.0
    return h


def _log(p: Array, where: Array | bool = True) -> Array:
    """Return log p, -inf at 0 without a warning, and 0 where it is not asked for."""
    with np.errstate(divide="ignore"):
        log_p: Array = np.log(p, out=np.zeros_like(p), where=where)
    return log_p


def _in_base(nats: Array, base: float | None) -> Array:
    if base is None:
        return nats
    if not 1 < as_number(base, "base") < math.inf:
        raise ValueError(f"base: expected a number greater than 1, got {base}")
    return nats / math.log(base)
