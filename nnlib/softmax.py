"""From scores to probabilities: softmax, its logarithm, and the Jacobian of both.

Only differences of scores matter, so every function first subtracts the largest score of a row:
the largest exponential is then exp(0) = 1 and nothing overflows.
"""

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float, as_upstream, by_class


def logsumexp(z: npt.ArrayLike, axis: int = -1, keepdims: bool = False) -> Array:
    """Return the logarithm of the sum of the exponentials of the scores.

    Parameters
    ----------
    z : array_like, shape (..., C, ...)
        The scores, in nats.
    axis : int
        The axis that holds the C classes.
    keepdims : bool
        Whether to keep that axis, with length 1.

    Returns
    -------
    ndarray or scalar
        One value per row, at least the largest score and at most that plus ``log(C)``. A row of
        ``-inf`` gives ``-inf``, a row with ``+inf`` gives ``+inf``, a NaN gives NaN.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.
    ValueError
        If there are no classes along `axis`, or there is no such axis.

    Notes
    -----
    Equation :eq:`logsumexp`. The absolute error is a few units of rounding of the result: for the
    scores 0 and -40 the true 4.2e-18 comes out as 0.

    References
    ----------
    P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions", 2021. :doi:`10.1093/imanum/draa038`

    Examples
    --------
    >>> print(f"{logsumexp([1000.0, 1000.0]):.4f}")
    1000.6931
    """
    z = _classes(z, "z", axis)
    m = z.max(axis=axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m)  # inf - inf would be NaN
    with np.errstate(divide="ignore"):  # the log of an empty sum is -inf, as it should be
        lse: Array = np.log(np.exp(z - m).sum(axis=axis, keepdims=True)) + m
    return lse if keepdims else lse.squeeze(axis)[()]


def softmax(z: npt.ArrayLike, axis: int = -1) -> Array:
    """Return the probabilities that belong to the scores.

    Parameters
    ----------
    z : array_like, shape (..., C, ...)
        The scores (logits), in nats.
    axis : int
        The axis that holds the C classes.

    Returns
    -------
    ndarray, shape of `z`
        Non-negative, with sum 1 along `axis`. A score of ``-inf`` gets probability 0. A row that
        is all ``-inf`` or holds a ``+inf`` or a NaN gives NaN: it belongs to no distribution.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.
    ValueError
        If there are no classes along `axis`, or there is no such axis.

    Notes
    -----
    Equations :eq:`softmax` and :eq:`softmax-shift`.

    References
    ----------
    J. S. Bridle, "Probabilistic interpretation of feedforward classification network outputs",
    1990. :doi:`10.1007/978-3-642-76153-9_28`

    Examples
    --------
    >>> softmax([1000.0, 1000.0])
    array([0.5, 0.5])
    """
    z = _classes(z, "z", axis)
    s: Array = z - z.max(axis=axis, keepdims=True)  # the largest exponent is 0
    np.exp(s, out=s)
    s /= s.sum(axis=axis, keepdims=True)
    return s


def log_softmax(z: npt.ArrayLike, axis: int = -1) -> Array:
    """Return the logarithms of the softmax probabilities, without forming the probabilities.

    Parameters
    ----------
    z : array_like, shape (..., C, ...)
        The scores (logits), in nats.
    axis : int
        The axis that holds the C classes.

    Returns
    -------
    ndarray, shape of `z`
        Values of at most 0, finite where ``log(softmax(z))`` has long been ``-inf``. A score of
        ``-inf`` gives ``-inf``; a row without a distribution gives NaN, as in `softmax`.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.
    ValueError
        If there are no classes along `axis`, or there is no such axis.

    Notes
    -----
    Equation :eq:`log-softmax`, from scores that are shifted first: at large scores
    ``z - logsumexp(z)`` would lose the digits that the shift keeps.

    Examples
    --------
    >>> log_softmax([0.0, 1000.0])
    array([-1000.,     0.])
    """
    z = _classes(z, "z", axis)
    log_s: Array = z - z.max(axis=axis, keepdims=True)
    log_s -= np.log(np.exp(log_s).sum(axis=axis, keepdims=True))
    return log_s


def softmax_jacobian(s: npt.ArrayLike) -> Array:
    """Return the matrix of all derivatives of the probabilities with respect to the scores.

    Parameters
    ----------
    s : array_like, shape (..., C)
        The output of ``softmax(z)``, classes along the last axis.

    Returns
    -------
    ndarray, shape (..., C, C)
        Entry ``[..., i, j]`` is the derivative of probability i with respect to score j. It is
        symmetric and positive semi-definite, its rows sum to 0, and no entry exceeds 1/4.

    Raises
    ------
    TypeError
        If `s` does not hold real numbers.
    ValueError
        If there are no classes.

    Notes
    -----
    Equation :eq:`softmax-jacobian`. It takes memory that grows with the square of C; to train,
    use `softmax_vjp`.

    Examples
    --------
    >>> softmax_jacobian([0.5, 0.5])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    s = _classes(s, "s")
    J: Array = s[..., :, None] * (np.eye(s.shape[-1], dtype=s.dtype) - s[..., None, :])
    return J


def softmax_vjp(ds: npt.ArrayLike, s: npt.ArrayLike) -> Array:
    """Return the gradient of the scores, given that of ``s = softmax(z)``.

    Parameters
    ----------
    ds : array_like, shape (..., C)
        The gradient of the loss with respect to `s`.
    s : array_like, shape (..., C)
        The output of the forward pass, classes along the last axis.

    Returns
    -------
    ndarray, shape (..., C)
        The transposed Jacobian times `ds`, without the Jacobian. Each row sums to 0, and adding a
        constant to a row of `ds` changes nothing.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ or there are no classes.

    Notes
    -----
    Equation :eq:`softmax-vjp`.

    Examples
    --------
    >>> softmax_vjp([1.0, 0.0], [0.5, 0.5])
    array([ 0.25, -0.25])
    """
    s = _classes(s, "s")
    ds = by_class(as_upstream(ds, s, "ds"))
    dz: Array = s * (ds - (ds * s).sum(axis=-1, keepdims=True))
    return dz


def log_softmax_vjp(dl: npt.ArrayLike, log_s: npt.ArrayLike) -> Array:
    """Return the gradient of the scores, given that of ``log_s = log_softmax(z)``.

    Parameters
    ----------
    dl : array_like, shape (..., C)
        The gradient of the loss with respect to `log_s`.
    log_s : array_like, shape (..., C)
        The output of the forward pass, classes along the last axis.

    Returns
    -------
    ndarray, shape (..., C)
        The transposed Jacobian of the log-softmax times `dl`. Each row sums to 0.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ or there are no classes.

    Notes
    -----
    Equation :eq:`log-softmax-vjp`. It keeps its strength where the softmax is sure and wrong.

    Examples
    --------
    >>> log_softmax_vjp([-1.0, 0.0], np.log([0.5, 0.5]))
    array([-0.5,  0.5])
    """
    log_s = _classes(log_s, "log_s")
    dl = by_class(as_upstream(dl, log_s, "dl"))
    dz: Array = dl - np.exp(log_s) * dl.sum(axis=-1, keepdims=True)
    return dz


def _classes(a: npt.ArrayLike, name: str, axis: int = -1) -> Array:
    """Return `a` as floats with at least one class along `axis`."""
    a = as_float(a, name)
    if not -a.ndim <= axis < a.ndim or a.shape[axis] == 0:
        raise ValueError(
            f"{name}: expected at least one class along axis {axis}, got shape {a.shape}"
        )
    return by_class(a) if axis in (-1, a.ndim - 1) else a
