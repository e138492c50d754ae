"""Layers: each remembers from the forward pass what its vector-Jacobian product needs.

`Sequential` keeps all weights in one vector and all gradients in another. The arrays in the layers
are views into them, so that ``net.params -= lr * net.grads`` trains every layer at once.
"""

from collections.abc import Callable
from typing import Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float, as_matrix
from nnlib.activations import (
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    tanh,
    tanh_vjp,
)
from nnlib.init import lecun_normal


class Layer(Protocol):
    """What `Sequential` asks of a layer: two methods and two dictionaries of arrays."""

    params: dict[str, Array]
    grads: dict[str, Array]

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the output, and remember what `backward` needs.

        Parameters
        ----------
        x : array_like
            The input.

        Returns
        -------
        ndarray
            The output.
        """
        ...

    def backward(self, da: npt.ArrayLike) -> Array:
        """Write into `grads`, and return the gradient of the input, given that of the output.

        Parameters
        ----------
        da : array_like
            The gradient of the loss with respect to the last output.

        Returns
        -------
        ndarray
            The gradient with respect to the input.
        """
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
        Where the starting weights come from. Biases start at 0.
    dtype : float64 or float32
        The dtype of the weights, and of everything the layer computes.
    init : callable
        How the weights start: by default ``lecun_normal``, with variance ``1 / n_in``, so
        that scores vary about as much as inputs.

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
    `forward` is :func:`nnlib.affine`, `backward` is :func:`nnlib.affine_vjp`, written into `grads`.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float64,
        init: Callable[..., Array] = lecun_normal,
    ) -> None:
        W = np.array(init(n_in, n_out, rng=rng, dtype=dtype), dtype)
        if W.shape != (n_in, n_out):
            raise ValueError(f"init: expected weights of shape {(n_in, n_out)}, got {W.shape}")
        self.params = {"W": W, "b": np.zeros(n_out, dtype)}
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        self._x: Array | None = None

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the scores, and remember the input.

        Parameters
        ----------
        x : array_like, shape (N, n_in)
            One example per row. It is widened to the dtype of the weights, never narrowed, and
            remembered without a copy: write into it only after `backward`.

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
        x = as_matrix(x, "x", "(N, D)")
        if x.dtype.itemsize > W.dtype.itemsize:
            raise TypeError(f"x: expected {W.dtype}, the dtype of the weights, got {x.dtype}")
        if x.shape[1] != len(W):
            raise ValueError(f"expected x (N, D), W (D, K), got x {x.shape}, W {W.shape}")
        self._x = x.astype(W.dtype, copy=False)
        z: Array = self._x @ W
        z += b
        return z

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
        dx: Array = self._weight_gradients(da) @ self.params["W"].T
        return dx

    def _weight_gradients(self, da: npt.ArrayLike) -> Array:
        """Leave the gradients of the weights in `grads`; return `da` as floats."""
        x, b = _remembered(self._x), self.params["b"]
        dz = as_matrix(da, "da", "(N, K)")
        if dz.shape != (len(x), b.size):
            raise ValueError(f"da: expected shape {(len(x), b.size)}, got {dz.shape}")
        np.matmul(x.T, dz, out=self.grads["W"])
        dz.sum(axis=0, out=self.grads["b"])
        return dz


class _Activation:
    """A layer without weights that remembers its output."""

    _f: Callable[[npt.ArrayLike], Array]
    _vjp: Callable[[npt.ArrayLike, npt.ArrayLike], Array]

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}
        self.grads: dict[str, Array] = {}
        self._a: Array | None = None

    def forward(self, x: npt.ArrayLike) -> Array:
        """Return the activations, and remember a copy of them.

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
        return self._a.copy()  # the caller may write into it: `a -= Y` is a common next line

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
        two methods and two dictionaries. A layer belongs to one network and stands in it once.

    Attributes
    ----------
    layers : tuple
        The layers.
    params : ndarray, shape (P,)
        All weights and biases of all layers. The arrays in the layers are views into it: write
        into it, ``net.params -= step`` or ``net.params[...] = values``, do not replace it.
    grads : ndarray, shape (P,)
        All gradients, in the same order.
    weights : ndarray of bool, shape (P,)
        True where `params` holds a weight, False where it holds a bias.

    Raises
    ------
    TypeError
        If something is not a layer, or the layers hold weights of different dtypes.
    ValueError
        If there is no layer, one of them comes twice or already belongs to a network, or its
        `grads` do not match its `params`.

    Notes
    -----
    Equation :eq:`backpropagation`. A copy, deep or by pickle, is tied together like the original.

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
        for layer in layers:
            if not isinstance(getattr(layer, "params", None), dict):
                raise TypeError(f"expected layers such as Linear(2, 3, rng=rng), got {layer!r}")
            if _shapes(layer.grads) != _shapes(layer.params):
                raise ValueError(
                    f"expected grads named and shaped like params, {_shapes(layer.params)}, "
                    f"got {_shapes(layer.grads)}"
                )
        if len({id(layer) for layer in layers}) < len(layers):
            raise ValueError("expected different layers, got one twice: it remembers one pass only")
        self.layers = layers
        self.params = _join([layer.params for layer in layers])
        self.grads = _join([layer.grads for layer in layers])
        self.weights = np.concatenate(
            [np.full(p.size, name == "W") for layer in layers for name, p in layer.params.items()]
            or [np.zeros(0, bool)]
        )
        self._tie()

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A view that was copied or unpickled owns its numbers: it must become a view again.
        self.__dict__.update(state)
        self._tie()

    def _tie(self) -> None:
        _share(self.params, [layer.params for layer in self.layers])
        _share(self.grads, [layer.grads for layer in self.layers])

    def _check_tied(self, kind: str) -> None:
        """Raise an error if an array was replaced, or the vector: training would leave it out."""
        vector = getattr(self, kind)
        for i, layer in enumerate(self.layers):
            for name, a in getattr(layer, kind).items():
                if a.base is not vector and not np.may_share_memory(a, vector):
                    raise RuntimeError(
                        f"layer {i}: expected {kind}[{name!r}] to be a view into the {kind} of its "
                        "network, got another array: write into it with [...] =, do not replace it"
                    )

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

        Raises
        ------
        RuntimeError
            If an array was replaced, so that a layer no longer has its weights in `params`.
        """
        self._check_tied("params")
        a = as_float(x, "x")
        for layer in self.layers:
            a = layer.forward(a)
        return a

    @overload
    def backward(self, da: npt.ArrayLike) -> Array: ...  # numpydoc ignore=GL08
    @overload
    def backward(  # numpydoc ignore=GL08
        self, da: npt.ArrayLike, *, input_gradient: bool
    ) -> Array | None: ...
    def backward(self, da: npt.ArrayLike, *, input_gradient: bool = True) -> Array | None:
        """Leave all gradients in `grads` and return the gradient of the input.

        Parameters
        ----------
        da : array_like, shape (N, K)
            The gradient of the loss with respect to the output of the last `forward`.
        input_gradient : bool
            Whether it is wanted. Training does without it, and saves up to a third of the work.

        Returns
        -------
        ndarray, shape (N, D)
            The gradient with respect to the input, or None if it is not wanted.

        Raises
        ------
        RuntimeError
            If there was no `forward`, or an array was replaced, so that a layer no longer leaves
            its gradient in `grads`.

        Notes
        -----
        In a network of one hidden layer, with sigmoids and :func:`nnlib.squared_error`, one
        example brings minus :eq:`bp-output-gradient` to the scores of the outputs and minus
        :eq:`bp-hidden-gradient` to those of the hidden neurons.
        """
        g = as_float(da, "da")
        first, *others = self.layers
        for layer in reversed(others):
            g = layer.backward(g)
        dx: Array | None = None
        if input_gradient or type(first) is not Linear:
            dx = first.backward(g)
        else:
            first._weight_gradients(g)
        self._check_tied("grads")
        return dx


def _shapes(arrays: dict[str, Array]) -> list[tuple[str, tuple[int, ...]]]:
    return [(name, a.shape) for name, a in arrays.items()]


def _join(dicts: list[dict[str, Array]]) -> Array:
    """Return all numbers of all arrays in one vector."""
    for i, d in enumerate(dicts):
        for name, a in d.items():
            if a.base is not None:
                raise ValueError(
                    f"layer {i}: expected {name!r} to own its numbers, got a view: a layer belongs "
                    "to one network (if it is in none, give it a copy of the array)"
                )
    arrays = [a for d in dicts for a in d.values()]
    dtypes = sorted({str(a.dtype) for a in arrays})
    if len(dtypes) > 1:
        raise TypeError(f"expected weights of one dtype, got {dtypes}")
    return np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0)


def _share(vector: Array, dicts: list[dict[str, Array]]) -> None:
    """Put views into the vector in the place of the arrays."""
    start = 0
    for d in dicts:
        for name, a in d.items():
            d[name] = vector[start : start + a.size].reshape(a.shape)
            start += a.size


def _remembered(a: Array | None) -> Array:
    if a is None:
        raise RuntimeError("backward: expected a forward pass before it, there was none")
    return a
