"""The loss and its gradient, as one pair: what is returned together was derived together."""

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_distribution, as_labels, as_matrix, as_targets, by_class
from nnlib._numbers import count, fraction


def softmax_cross_entropy(z: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, Array]:
    """Return the mean cross-entropy of softmax(z) against the targets, and its gradient.

    Parameters
    ----------
    z : array_like, shape (N, C)
        The scores (logits), in nats. Not probabilities: softmax is applied here.
    y : array_like of int, shape (N,), or of float, shape (N, C)
        The labels, from 0 to C - 1, or one target distribution per row.

    Returns
    -------
    loss : float
        The mean over the rows, in nats. ``inf`` if a target class has score ``-inf``. NaN if a row
        has no softmax (a NaN, a ``+inf``, or all ``-inf``).
    dz : ndarray, shape (N, C)
        The gradient of that mean with respect to `z`, in the dtype of `z`. Each row sums to 0.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers, or `y` is neither labels nor distributions.
    ValueError
        If `z` is empty or not a matrix, the shapes do not fit, a label is out of range (negative
        labels do not count from the end), or a target row is no distribution.

    See Also
    --------
    nnlib.cross_entropy : The same from probabilities.
    nnlib.smooth_labels : Targets that are not quite certain.

    Notes
    -----
    Equations :eq:`softmax-cross-entropy` and :eq:`fused-gradient`. One exponential serves both.
    The loss is taken from shifted scores, so it is exact where ``-log(softmax(z))`` would be
    infinite; its absolute error is a few rounding units of the largest score difference.

    Examples
    --------
    >>> loss, dz = softmax_cross_entropy([[0.0, 1000.0]], [0])
    >>> loss
    1000.0
    >>> dz
    array([[-1.,  1.]])
    """
    z = as_matrix(z, "z", "(N, C)")
    return _softmax_cross_entropy(z, as_targets(y, *z.shape))


def _softmax_cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    """Return the same for arguments that are checked already, as `fit` does once."""
    N = len(z)
    z = by_class(z)
    shifted = z - z.max(axis=1, keepdims=True)  # the largest exponent is 0
    if y.ndim == 1:
        truth = np.arange(N), y
        score = shifted[truth]
    else:
        score = np.multiply(y, shifted, out=np.zeros_like(shifted), where=y > 0).sum(axis=1)

    dz = np.exp(shifted, out=shifted)  # in place, as all that follows: memory is what takes time
    total = dz @ np.ones(dz.shape[1], dz.dtype)  # dz.sum(axis=1), in a third of its time
    losses = np.log(total) - score
    dz /= N * total[:, None]
    if y.ndim == 1:
        dz[truth] -= 1 / N
    else:
        dz -= y / N
    return float(losses.sum(dtype=np.float64) / N), dz


def squared_error(a: npt.ArrayLike, Y: npt.ArrayLike) -> tuple[float, Array]:
    """Return half the squared distance to the targets, as a mean over the rows, and its gradient.

    Parameters
    ----------
    a : array_like, shape (N, K)
        The outputs.
    Y : array_like, shape (N, K)
        The targets.

    Returns
    -------
    loss : float
        ``0.5 * sum((a - Y)**2) / N``, in squared units of the output.
    da : ndarray, shape (N, K)
        The gradient of that mean with respect to `a`, in the dtype of `a`.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is empty or not a matrix, or the shapes differ: nothing is broadcast.

    Notes
    -----
    Equation :eq:`squared-error`.

    Examples
    --------
    >>> loss, da = squared_error([[0.5, 1.0]], [[0.0, 1.0]])
    >>> loss
    0.125
    """
    a, Y = as_matrix(a, "a", "(N, K)"), as_matrix(Y, "Y", "(N, K)")
    if a.shape != Y.shape:
        raise ValueError(f"expected a and Y of one shape, got {a.shape} and {Y.shape}")
    N = len(a)
    error = a - Y
    loss = 0.5 * (error**2).sum(dtype=np.float64) / N
    da: Array = np.asarray(error, a.dtype) / N
    return float(loss), da


def one_hot(y: npt.ArrayLike, num_classes: int) -> Array:
    """Return one row per label, 1 at the label and 0 elsewhere.

    Parameters
    ----------
    y : array_like of int, shape (N,)
        The labels, from 0 to ``num_classes - 1``.
    num_classes : int
        The number of classes C.

    Returns
    -------
    ndarray of float64, shape (N, C)
        The labels as distributions that are certain.

    Raises
    ------
    TypeError
        If `y` does not hold integers, or `num_classes` is none.
    ValueError
        If `num_classes` is not at least 1, `y` not one-dimensional or a label out of range.

    Notes
    -----
    Equation :eq:`one-hot`.

    Examples
    --------
    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    y = as_labels(y, count(num_classes, "num_classes"), "y")
    Y = np.zeros((len(y), num_classes))
    Y[np.arange(len(y)), y] = 1
    return Y


def smooth_labels(Y: npt.ArrayLike, a: float) -> Array:
    """Return targets that leave the fraction `a` of their certainty to all classes alike.

    Parameters
    ----------
    Y : array_like, shape (N, C)
        One target distribution per row.
    a : float
        The fraction, from 0 (unchanged) to 1 (uniform).

    Returns
    -------
    ndarray, shape (N, C)
        ``(1 - a) * Y + a / C``, again distributions.

    Raises
    ------
    TypeError
        If `Y` does not hold real numbers, or `a` is none.
    ValueError
        If `a` is not from 0 to 1, or a row of `Y` is no distribution.

    Notes
    -----
    Equation :eq:`smooth-labels`.

    References
    ----------
    C. Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016.
    :doi:`10.1109/CVPR.2016.308`

    Examples
    --------
    >>> smooth_labels([[1.0, 0.0]], 0.5)
    array([[0.75, 0.25]])
    """
    Y = as_distribution(as_matrix(Y, "Y", "(N, C)"), "Y")
    a = fraction(a, "a")
    smooth: Array = (1 - a) * Y + a / Y.shape[1]
    return smooth
