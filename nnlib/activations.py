"""One neuron: a weighted sum and an activation, each with its vector-Jacobian product.

Every derivative is written in terms of the *output*, so the backward pass needs nothing else.
"""

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float, as_matrix, as_upstream


def affine(x: npt.ArrayLike, W: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Return the scores `x W + b` of a layer of neurons, one row per example.

    Parameters
    ----------
    x : array_like, shape (N, D)
        One example per row.
    W : array_like, shape (D, K)
        One neuron per column.
    b : array_like, shape (K,)
        One bias per neuron; the threshold of the neuron is ``-b``.

    Returns
    -------
    ndarray, shape (N, K)
        The scores.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes do not fit. Nothing is broadcast except `b` over the rows.

    Notes
    -----
    Equation :eq:`affine`.

    Examples
    --------
    >>> affine([[1, 0], [1, 1]], [[1], [1]], [-1.5])
    array([[-0.5],
           [ 0.5]])
    """
    x, W = as_matrix(x, "x", "(N, D)"), as_matrix(W, "W", "(D, K)")
    b = as_float(b, "b")
    if x.shape[1] != W.shape[0] or b.shape != W.shape[1:]:
        raise ValueError(
            f"expected x (N, D), W (D, K), b (K,), got x {x.shape}, W {W.shape}, b {b.shape}"
        )
    z: Array = x @ W + b
    return z


def affine_vjp(dz: npt.ArrayLike, x: npt.ArrayLike, W: npt.ArrayLike) -> tuple[Array, Array, Array]:
    """Return the gradients of `x`, `W` and `b`, given the gradient of the scores.

    Parameters
    ----------
    dz : array_like, shape (N, K)
        The gradient of the loss with respect to the scores ``affine(x, W, b)``.
    x : array_like, shape (N, D)
        The input of the forward pass.
    W : array_like, shape (D, K)
        The weights of the forward pass.

    Returns
    -------
    dx : ndarray, shape (N, D)
        The gradient with respect to `x`.
    dW : ndarray, shape (D, K)
        The gradient with respect to `W`, summed over the rows.
    db : ndarray, shape (K,)
        The gradient with respect to `b`, summed over the rows.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes do not fit.

    Notes
    -----
    Equation :eq:`affine-vjp`.
    """
    dz, x, W = (
        as_matrix(dz, "dz", "(N, K)"),
        as_matrix(x, "x", "(N, D)"),
        as_matrix(W, "W", "(D, K)"),
    )
    if dz.shape != (x.shape[0], W.shape[1]) or x.shape[1] != W.shape[0]:
        raise ValueError(
            f"expected dz (N, K), x (N, D), W (D, K), got dz {dz.shape}, x {x.shape}, W {W.shape}"
        )
    return dz @ W.T, x.T @ dz, dz.sum(axis=0)


def step(z: npt.ArrayLike) -> Array:
    """Return 1 where the score reaches the threshold and 0 below it.

    Parameters
    ----------
    z : array_like, any shape
        The scores.

    Returns
    -------
    ndarray, shape of `z`
        ``1.0`` where ``z >= 0``, ``0.0`` where ``z < 0``, NaN where `z` is NaN.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.

    Notes
    -----
    Equation :eq:`step`. Its derivative is 0 wherever it exists, so it has no useful vjp: no
    gradient ever tells a step neuron how to improve.

    References
    ----------
    W. S. McCulloch and W. Pitts, "A logical calculus of the ideas immanent in nervous activity",
    1943. :doi:`10.1007/BF02478259`

    Examples
    --------
    >>> step([-0.5, 0.0, 0.5])
    array([0., 1., 1.])
    """
    a: Array = np.heaviside(as_float(z, "z"), 1.0)
    return a


def sigmoid(z: npt.ArrayLike) -> Array:
    """Return the logistic sigmoid of the scores.

    Parameters
    ----------
    z : array_like, any shape
        The scores, in nats of log-odds.

    Returns
    -------
    ndarray, shape of `z`
        Values from 0 to 1. ``-inf`` gives 0, ``+inf`` gives 1, NaN gives NaN; nothing overflows.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.

    Notes
    -----
    Equation :eq:`sigmoid`. The exponent is never positive: with ``e = exp(-|z|)`` the value is
    ``1 / (1 + e)`` on the right and ``e / (1 + e)`` on the left.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    z = as_float(z, "z")
    e = np.exp(-np.abs(z))
    a: Array = np.where(z >= 0, 1, e) / (1 + e)
    return a


def sigmoid_vjp(da: npt.ArrayLike, a: npt.ArrayLike) -> Array:
    """Return the gradient of the scores, given that of ``a = sigmoid(z)``.

    Parameters
    ----------
    da : array_like, any shape
        The gradient of the loss with respect to `a`.
    a : array_like, shape of `da`
        The output of the forward pass.

    Returns
    -------
    ndarray, shape of `a`
        ``da * a * (1 - a)``. Where `a` has rounded to exactly 1 the true factor, below 1.2e-16 in
        float64, becomes 0: the neuron is saturated.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ.

    Notes
    -----
    Equation :eq:`sigmoid-vjp`. For large positive scores ``1 - a`` keeps fewer and fewer digits,
    three of them at ``z = 30``; for negative scores none is lost.
    """
    a = as_float(a, "a")
    dz: Array = as_upstream(da, a, "da") * a * (1 - a)
    return dz


def tanh(z: npt.ArrayLike) -> Array:
    """Return the hyperbolic tangent of the scores.

    Parameters
    ----------
    z : array_like, any shape
        The scores.

    Returns
    -------
    ndarray, shape of `z`
        Values from -1 to 1. ``-inf`` gives -1, ``+inf`` gives 1, NaN gives NaN.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.

    Notes
    -----
    Equation :eq:`tanh`; it is ``2 * sigmoid(2 * z) - 1``.
    """
    a: Array = np.tanh(as_float(z, "z"))
    return a


def tanh_vjp(da: npt.ArrayLike, a: npt.ArrayLike) -> Array:
    """Return the gradient of the scores, given that of ``a = tanh(z)``.

    Parameters
    ----------
    da : array_like, any shape
        The gradient of the loss with respect to `a`.
    a : array_like, shape of `da`
        The output of the forward pass.

    Returns
    -------
    ndarray, shape of `a`
        ``da * (1 - a**2)``; 0 where `a` has rounded to -1 or 1.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ.

    Notes
    -----
    Equation :eq:`tanh-vjp`.
    """
    a = as_float(a, "a")
    dz: Array = as_upstream(da, a, "da") * (1 - a * a)
    return dz


def relu(z: npt.ArrayLike) -> Array:
    """Return the scores with everything below zero set to zero.

    Parameters
    ----------
    z : array_like, any shape
        The scores.

    Returns
    -------
    ndarray, shape of `z`
        ``max(z, 0)``. ``-inf`` gives 0, ``+inf`` gives inf, NaN gives NaN.

    Raises
    ------
    TypeError
        If `z` does not hold real numbers.

    Notes
    -----
    Equation :eq:`relu`.

    Examples
    --------
    >>> relu([-2, 0, 3])
    array([0., 0., 3.])
    """
    a: Array = np.maximum(as_float(z, "z"), 0)
    return a


def relu_vjp(da: npt.ArrayLike, a: npt.ArrayLike) -> Array:
    """Return the gradient of the scores, given that of ``a = relu(z)``.

    Parameters
    ----------
    da : array_like, any shape
        The gradient of the loss with respect to `a`.
    a : array_like, shape of `da`
        The output of the forward pass.

    Returns
    -------
    ndarray, shape of `a`
        `da` where ``a > 0`` and 0 elsewhere. At the kink ``z = 0`` every number from 0 to 1 is a
        subgradient; this function takes 0, as PyTorch and JAX do.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ.

    Notes
    -----
    Equation :eq:`relu-vjp`.

    References
    ----------
    D. Bertoin et al., "Numerical influence of ReLU'(0) on backpropagation", 2021.
    :arxiv:`2106.12915`
    """
    a = as_float(a, "a")
    return _where(a > 0, as_upstream(da, a, "da"))


def _where(keep: Array, x: Array) -> Array:
    """Return ``np.where(keep, x, 0)``, the bits of `x` and'ed with all ones or all zeros.

    `np.where` decides number by number, and a processor that guesses half of the decisions wrong
    takes three times as long.
    """
    bits: npt.DTypeLike = np.int32 if x.itemsize == 4 else np.int64
    kept: Array = (x.view(bits) & -keep.astype(bits)).view(x.dtype)
    return kept
