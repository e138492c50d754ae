"""Layers: each remembers from the forward pass what its vector-Jacobian product needs.

`Sequential` keeps all weights in one vector and all gradients in another. The arrays in the layers
are views into them, so that ``net.params -= lr * net.grads`` trains every layer at once.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float
from nnlib.activations import (
    affine,
    affine_vjp,
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    tanh,
    tanh_vjp,
)


class Layer(Protocol):
    """What `Sequential` asks of a layer: two methods and two dictionaries of arrays."""

    params: dict[str, Array]
    grads: dict[str, Array]

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the output, and remember what `backward` needs."""
        ...

    def backward(self, da: npt.ArrayLike) -> Array:
        """Fill `grads`, and return the gradient of the input, given that of the output."""
        ...


class Linear:
    """Hold the weights of a layer of neurons and compute their scores ``x W + b``.

    Parameters
    ----------
    n_in : int
        The number of inputs, D.
    n_out : int
        The number of neurons, K.
    rng : numpy.random.Generator
        Where the starting weights come from: normal, with variance ``1 / n_in``, so that scores
        vary about as much as inputs. Biases start at 0.
    dtype : float64 or float32
        The dtype of the weights, and of everything the layer computes.

    Attributes
    ----------
    params : dict
        ``{"W": (n_in, n_out), "b": (n_out,)}``. Write into the arrays; do not replace them.
    grads : dict
        The gradients that the last `backward` left, under the same names.

    Raises
    ------
    TypeError
        If `rng` is not a Generator or `dtype` is not a floating type of 32 or 64 bits.
    ValueError
        If a size is not at least 1.

    Notes
    -----
    `forward` is :func:`nnlib.affine`, `backward` is :func:`nnlib.affine_vjp`.
    """

    def __init__(
        self, n_in: int, n_out: int, *, rng: np.random.Generator, dtype: npt.DTypeLike = np.float64
    ) -> None:
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng: expected np.random.default_rng(seed), got {rng!r}")
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise TypeError(f"dtype: expected float32 or float64, got {np.dtype(dtype)}")
        if n_in < 1 or n_out < 1:
            raise ValueError(f"expected at least one input and one neuron, got {n_in} and {n_out}")
        W = rng.standard_normal((n_in, n_out)) / np.sqrt(n_in)
        self.params = {"W": W.astype(dtype), "b": np.zeros(n_out, dtype)}
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        self._x: Array | None = None

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the scores, and remember the input.

        Parameters
        ----------
        x : array_like, shape (N, n_in)
            One example per row. It is widened to the dtype of the weights, never narrowed.

        Returns
        -------
        ndarray, shape (N, n_out)
            The scores.

        Raises
        ------
        TypeError
            If `x` is wider than the weights: float64 rows for a float32 layer.
        ValueError
            If the shapes do not fit.
        """
        W, b = self.params["W"], self.params["b"]
        x = as_float(x, "x")
        if x.dtype.itemsize > W.dtype.itemsize:
            raise TypeError(f"x: expected {W.dtype}, the dtype of the weights, got {x.dtype}")
        self._x = x.astype(W.dtype, copy=False)
        return affine(self._x, W, b)

    def backward(self, da: npt.ArrayLike) -> Array:
        """Leave the gradients of the weights in `grads` and return that of the input.

        Parameters
        ----------
        da : array_like, shape (N, n_out)
            The gradient of the loss with respect to the scores of the last `forward`.

        Returns
        -------
        ndarray, shape (N, n_in)
            The gradient with respect to the input.

        Raises
        ------
        RuntimeError
            If there was no `forward`.
        ValueError
            If the shapes do not fit.
        """
        dx, dW, db = affine_vjp(da, _remembered(self._x), self.params["W"])
        self.grads["W"][...] = dW
        self.grads["b"][...] = db
        return dx


class _Activation:
    """A layer without weights that remembers its output."""

    _f: Callable[[npt.ArrayLike], Array]
    _vjp: Callable[[npt.ArrayLike, npt.ArrayLike], Array]

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self._a: Array | None = None

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the activations, and remember them.

        Parameters
        ----------
        x : array_like, any shape
            The scores.

        Returns
        -------
        ndarray, shape of `x`
            The activations.
        """
        self._a = self._f(x)
        return self._a

    def backward(self, da: npt.ArrayLike) -> Array:
        """Return the gradient of the scores.

        Parameters
        ----------
        da : array_like, shape of the last output
            The gradient of the loss with respect to the activations.

        Returns
        -------
        ndarray, shape of `da`
            The gradient with respect to the scores.

        Raises
        ------
        RuntimeError
            If there was no `forward`.
        ValueError
            If the shapes differ.
        """
        return self._vjp(da, _remembered(self._a))


class Sigmoid(_Activation):
    """Apply :func:`nnlib.sigmoid`, and :func:`nnlib.sigmoid_vjp` on the way back."""

    _f = staticmethod(sigmoid)
    _vjp = staticmethod(sigmoid_vjp)


class Tanh(_Activation):
    """Apply :func:`nnlib.tanh`, and :func:`nnlib.tanh_vjp` on the way back."""

    _f = staticmethod(tanh)
    _vjp = staticmethod(tanh_vjp)


class ReLU(_Activation):
    """Apply :func:`nnlib.relu`, and :func:`nnlib.relu_vjp` on the way back."""

    _f = staticmethod(relu)
    _vjp = staticmethod(relu_vjp)


class Sequential:
    """Run layers one after the other, and their vector-Jacobian products in reverse.

    Parameters
    ----------
    *layers : Layer
        The layers, first to last: `Linear`, `Sigmoid`, `Tanh`, `ReLU`, or any object with the same
        two methods and two dictionaries. A layer belongs to one network.

    Attributes
    ----------
    layers : tuple
        The layers.
    params : ndarray, shape (P,)
        All weights and biases of all layers. The arrays in the layers are views into it.
    grads : ndarray, shape (P,)
        All gradients, in the same order.

    Raises
    ------
    TypeError
        If the layers hold weights of different dtypes.
    ValueError
        If there is no layer, or one of them already belongs to a network.

    Notes
    -----
    Equation :eq:`backpropagation`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> net = Sequential(Linear(2, 3, rng=rng), Tanh(), Linear(3, 2, rng=rng))
    >>> net.params.shape
    (17,)
    >>> net.layers[0].params["W"].shape
    (2, 3)
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("expected at least one layer, got none")
        self.layers = layers
        self.params = _share([layer.params for layer in layers])
        self.grads = _share([layer.grads for layer in layers])

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the output of the last layer.

        Parameters
        ----------
        x : array_like, shape (N, D)
            One example per row.

        Returns
        -------
        ndarray, shape (N, K)
            The output.
        """
        a = as_float(x, "x")
        for layer in self.layers:
            a = layer.forward(a)
        return a

    def backward(self, da: npt.ArrayLike) -> Array:
        """Leave all gradients in `grads` and return the gradient of the input.

        Parameters
        ----------
        da : array_like, shape (N, K)
            The gradient of the loss with respect to the output of the last `forward`.

        Returns
        -------
        ndarray, shape (N, D)
            The gradient with respect to the input.
        """
        g = as_float(da, "da")
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g

    def __reduce__(self) -> tuple[type["Sequential"], tuple[Layer, ...]]:
        # A copied or unpickled view owns its numbers: building the network anew ties them together.
        return Sequential, self.layers


def _share(dicts: list[dict[str, Array]]) -> Array:
    """Move all arrays into one vector and leave views into it in their place."""
    arrays = [a for d in dicts for a in d.values()]
    if any(a.base is not None for a in arrays):
        raise ValueError(
            "expected layers that own their arrays, got a view: a layer belongs to one network"
        )
    dtypes = sorted({str(a.dtype) for a in arrays})
    if len(dtypes) > 1:
        raise TypeError(f"expected weights of one dtype, got {dtypes}")
    vector = np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0)
    start = 0
    for d in dicts:
        for name, a in d.items():
            d[name] = vector[start : start + a.size].reshape(a.shape)
            start += a.size
    return vector


def _remembered(a: Array | None) -> Array:
    if a is None:
        raise RuntimeError("backward: expected a forward pass before it, there was none")
    return a
