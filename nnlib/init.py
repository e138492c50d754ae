"""Starting weights: random, so that neurons differ, and scaled, so that signals keep their size."""

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array
from nnlib._numbers import count


def lecun_normal(
    n_in: int, n_out: int, *, rng: np.random.Generator, dtype: npt.DTypeLike = np.float64
) -> Array:
    """Return normal weights of variance ``1 / n_in``: scores are as large as inputs.

    Parameters
    ----------
    n_in : int
        The number of inputs of a neuron.
    n_out : int
        The number of neurons.
    rng : numpy.random.Generator
        Where the numbers come from.
    dtype : float64 or float32
        The dtype of the weights.

    Returns
    -------
    ndarray, shape (n_in, n_out)
        Normal numbers with mean 0.

    Raises
    ------
    TypeError
        If a size is no integer, `rng` not a Generator, or `dtype` not a floating type of 32 or
        64 bits.
    ValueError
        If a size is not at least 1.

    Notes
    -----
    Equation :eq:`lecun-normal`. A sum of ``n_in`` independent terms is ``sqrt(n_in)`` times as
    large as one of them; the division takes that out. For a layer whose inputs come straight from
    the data or out of a tanh.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", 1998.
    :doi:`10.1007/3-540-49430-8_2`
    """
    _check(n_in, n_out, rng, dtype)
    W: Array = rng.standard_normal((n_in, n_out)) * np.sqrt(1 / n_in)
    return W.astype(dtype)


def glorot_uniform(
    n_in: int, n_out: int, *, rng: np.random.Generator, dtype: npt.DTypeLike = np.float64
) -> Array:
    """Return uniform weights of variance ``2 / (n_in + n_out)``: a compromise of both directions.

    Parameters
    ----------
    n_in : int
        The number of inputs of a neuron.
    n_out : int
        The number of neurons.
    rng : numpy.random.Generator
        Where the numbers come from.
    dtype : float64 or float32
        The dtype of the weights.

    Returns
    -------
    ndarray, shape (n_in, n_out)
        Uniform numbers from ``-a`` to ``a`` with ``a = sqrt(6 / (n_in + n_out))``.

    Raises
    ------
    TypeError
        If a size is no integer, `rng` not a Generator, or `dtype` not a floating type of 32 or
        64 bits.
    ValueError
        If a size is not at least 1.

    Notes
    -----
    Equation :eq:`glorot-uniform`. Forward alone would ask for ``1 / n_in``, backward alone
    for ``1 / n_out``. Also known as Xavier initialisation.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010. https://proceedings.mlr.press/v9/glorot10a.html
    """
    _check(n_in, n_out, rng, dtype)
    a = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-a, a, (n_in, n_out)).astype(dtype)


def he_normal(
    n_in: int, n_out: int, *, rng: np.random.Generator, dtype: npt.DTypeLike = np.float64
) -> Array:
    """Return normal weights of variance ``2 / n_in``: for inputs that come out of a ReLU.

    Parameters
    ----------
    n_in : int
        The number of inputs of a neuron.
    n_out : int
        The number of neurons.
    rng : numpy.random.Generator
        Where the numbers come from.
    dtype : float64 or float32
        The dtype of the weights.

    Returns
    -------
    ndarray, shape (n_in, n_out)
        Normal numbers with mean 0.

    Raises
    ------
    TypeError
        If a size is no integer, `rng` not a Generator, or `dtype` not a floating type of 32 or
        64 bits.
    ValueError
        If a size is not at least 1.

    Notes
    -----
    Equation :eq:`he-normal`. ReLU keeps half of the mean square of its scores, and twice the
    variance makes up for it. Also known as Kaiming initialisation.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015.
    :doi:`10.1109/ICCV.2015.123`
    """
    _check(n_in, n_out, rng, dtype)
    W: Array = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
    return W.astype(dtype)


def _check(n_in: int, n_out: int, rng: np.random.Generator, dtype: npt.DTypeLike) -> None:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected np.random.default_rng(seed), got {rng!r}")
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise TypeError(f"dtype: expected float32 or float64, got {np.dtype(dtype)}")
    count(n_in, "n_in")
    count(n_out, "n_out")
