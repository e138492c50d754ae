"""Optimisers: each changes a vector of parameters in place, by one formula.

``optimizer.update(net.params, net.grads)`` is one step. What an optimiser remembers from step to
step starts at zero and belongs to one vector of parameters.
"""

import numpy as np

from nnlib._arrays import Array
from nnlib._numbers import not_negative, positive, survival


class Optimizer:
    """Step against a direction that a subclass makes of the gradient.

    Parameters
    ----------
    lr : float
        The learning rate.

    Raises
    ------
    TypeError
        If a setting is no real number.
    ValueError
        If a setting is infinite or NaN, `lr` is not positive.
    """

    def __init__(self, lr: float) -> None:
        self.lr = positive(lr, "lr")
        self._shape: tuple[int, ...] | None = None

    def update(self, params: Array, grads: Array) -> None:
        """Take one step against the direction.

        Parameters
        ----------
        params : ndarray
            The parameters; changed in place.
        grads : ndarray, shape of `params`
            The gradient of the loss; left as it is.

        Raises
        ------
        ValueError
            If the shapes differ, or differ from those of the first step.
        """
        self._check(params, grads)
        params -= self.lr * self._direction(grads)

    def _direction(self, g: Array) -> Array:
        """Return what the learning rate multiplies, and remember what the next step needs."""
        raise NotImplementedError

    def _check(self, params: Array, grads: Array) -> None:
        expected = params.shape if self._shape is None else self._shape
        if params.shape != expected or grads.shape != expected:
            raise ValueError(
                f"expected params and grads of shape {expected}, "
                f"got {params.shape} and {grads.shape}"
            )
        self._shape = expected


class SGD(Optimizer):
    """Gradient descent: a step against the gradient, `lr` times as long.

    Notes
    -----
    Equation :eq:`sgd`. It is stochastic when the gradient is that of a minibatch.

    Examples
    --------
    >>> params = np.array([1.0, 2.0])
    >>> SGD(lr=0.5).update(params, np.array([1.0, -1.0]))
    >>> params
    array([0.5, 2.5])
    """

    def _direction(self, g: Array) -> Array:
        return g


class Momentum(Optimizer):
    """Gradient descent with a velocity that remembers past gradients.

    Parameters
    ----------
    lr : float
        The learning rate. It multiplies the velocity (as in PyTorch), so that a change of `lr`
        acts at once; in the classical form it goes into the velocity. At constant `lr` the two
        are the same.
    momentum : float
        How much of the velocity survives a step, from 0 to below 1.
    nesterov : bool
        Whether to look ahead: step along the velocity that the next step would have.

    Raises
    ------
    TypeError
        If a setting is no real number.
    ValueError
        If a setting is infinite or NaN, `lr` is not positive or `momentum` not from 0 to below 1.

    Notes
    -----
    Equations :eq:`momentum` and :eq:`nesterov`.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
    momentum in deep learning", 2013. https://proceedings.mlr.press/v28/sutskever13.html
    """

    def __init__(self, lr: float, momentum: float = 0.9, nesterov: bool = False) -> None:
        super().__init__(lr)
        self.momentum = survival(momentum, "momentum")
        self.nesterov = nesterov
        self._v: Array | float = 0.0

    def _direction(self, g: Array) -> Array:
        self._v = self.momentum * self._v + g
        return g + self.momentum * self._v if self.nesterov else self._v


class RMSprop(Optimizer):
    """Divide each gradient by the running root mean square of its past values.

    Parameters
    ----------
    lr : float
        The learning rate.
    rho : float
        How much of the running mean survives a step, from 0 to below 1.
    eps : float
        Added to the root, outside it (as in PyTorch; some libraries add it inside).

    Raises
    ------
    TypeError
        If a setting is no real number.
    ValueError
        If a setting is infinite or NaN, `lr` or `eps` is not positive, or `rho` not from 0 to
        below 1.

    Notes
    -----
    Equation :eq:`rmsprop`.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5: rmsprop", 2012, Coursera: Neural Networks for Machine
    Learning.
    """

    def __init__(self, lr: float, rho: float = 0.9, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.rho = survival(rho, "rho")
        self.eps = positive(eps, "eps")
        self._r: Array | float = 0.0

    def _direction(self, g: Array) -> Array:
        self._r = self.rho * self._r + (1 - self.rho) * g**2
        return g / (np.sqrt(self._r) + self.eps)


class Adam(Optimizer):
    """Momentum over RMSprop, both corrected for having started at zero.

    Parameters
    ----------
    lr : float
        The learning rate.
    beta1 : float
        How much of the running mean of the gradient survives a step, from 0 to below 1.
    beta2 : float
        How much of the running mean of its square survives a step, from 0 to below 1.
    eps : float
        Added to the root after its bias correction (Algorithm 1 of the paper, and PyTorch).

    Raises
    ------
    TypeError
        If a setting is no real number.
    ValueError
        If a setting is infinite or NaN, `lr` or `eps` is not positive, or a beta not from 0 to
        below 1.

    Notes
    -----
    Equation :eq:`adam`.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
    :arxiv:`1412.6980`
    """

    def __init__(
        self, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        self.beta1 = survival(beta1, "beta1")
        self.beta2 = survival(beta2, "beta2")
        self.eps = positive(eps, "eps")
        self._m: Array | float = 0.0
        self._r: Array | float = 0.0
        self._t = 0

    def _direction(self, g: Array) -> Array:
        self._t += 1
        self._m = self.beta1 * self._m + (1 - self.beta1) * g
        self._r = self.beta2 * self._r + (1 - self.beta2) * g**2
        m_hat = self._m / (1 - self.beta1**self._t)
        r_hat = self._r / (1 - self.beta2**self._t)
        return m_hat / (np.sqrt(r_hat) + self.eps)


class AdamW(Adam):
    """Adam with decoupled weight decay: weights shrink by a factor, whatever their gradient.

    Parameters
    ----------
    lr : float
        The learning rate.
    weight_decay : float
        The decay; a step multiplies the weights by ``1 - lr * weight_decay``.
    beta1 : float
        As in `Adam`.
    beta2 : float
        As in `Adam`.
    eps : float
        As in `Adam`.
    where : ndarray of bool, optional
        Which parameters decay, for example ``net.weights`` to leave the biases out. All of them if
        not given, as in PyTorch.

    Raises
    ------
    ValueError
        As in `Adam`, or if `weight_decay` is negative.
    TypeError
        As in `Adam`, or if `where` is no mask: indices would be taken for numbers to decay by.

    Notes
    -----
    Equation :eq:`adamw`.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.
    :arxiv:`1711.05101`
    """

    def __init__(
        self,
        lr: float,
        weight_decay: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        where: Array | None = None,
    ) -> None:
        super().__init__(lr, beta1, beta2, eps)
        if where is not None and np.asarray(where).dtype != bool:
            raise TypeError(f"where: expected a mask, an array of bool, got {where!r}")
        self.weight_decay = not_negative(weight_decay, "weight_decay")
        self.where = None if where is None else np.asarray(where)

    def update(self, params: Array, grads: Array) -> None:
        """Shrink the weights, then take the step of `Adam`.

        Parameters
        ----------
        params : ndarray
            The parameters; changed in place.
        grads : ndarray, shape of `params`
            The gradient of the loss; left as it is.

        Raises
        ------
        ValueError
            If the shapes differ, or differ from those of the first step.
        """
        self._check(params, grads)
        if self.where is not None and self.where.shape != params.shape:
            raise ValueError(f"where: expected shape {params.shape}, got {self.where.shape}")
        decay = self.weight_decay if self.where is None else self.weight_decay * self.where
        params *= 1 - self.lr * decay
        super().update(params, grads)
