"""The network as a scikit-learn classifier: for pipelines, grid searches and cross-validation.

Needs scikit-learn 1.6 or newer.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nnlib._arrays import Array
from nnlib._numbers import count, not_negative
from nnlib.init import glorot_uniform, he_normal
from nnlib.layers import Layer, Linear, ReLU, Sequential, Sigmoid, Tanh
from nnlib.optim import SGD, Adam, Momentum, Optimizer, RMSprop
from nnlib.softmax import log_softmax, softmax
from nnlib.train import History, fit

ACTIVATIONS: dict[str, type[Layer]] = {"relu": ReLU, "tanh": Tanh, "logistic": Sigmoid}
SOLVERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
}


class MLPClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify with a network of linear layers, trained on softmax cross-entropy.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        The number of neurons of each hidden layer; ``()`` is softmax regression.
    activation : {"relu", "tanh", "logistic"}
        What follows each hidden layer. Weights start from `he_normal` before ReLU and from
        `glorot_uniform` otherwise.
    solver : {"adam", "sgd", "momentum", "rmsprop"}
        The optimiser.
    alpha : float
        The strength of the L2 penalty on the weights, divided by the rows of a batch, as in
        scikit-learn.
    batch_size : int
        How many rows make a step; all rows if there are fewer.
    learning_rate_init : float
        The learning rate.
    max_iter : int
        How often to visit all rows, at most.
    tol : float
        What counts as an improvement of the loss, in nats.
    n_iter_no_change : int
        Stop after so many epochs without an improvement.
    early_stopping : bool
        Whether to judge improvement on validation rows set aside, and to go back to the best
        weights, instead of judging it on the training loss.
    validation_fraction : float
        The fraction of the rows to set aside for it.
    random_state : int, RandomState or None
        The seed of the weights, of the order of the rows, and of the rows set aside.

    Attributes
    ----------
    classes_ : ndarray, shape (C,)
        The labels, sorted.
    coefs_ : list of ndarray
        The weights of each layer, shape (n_in, n_out).
    intercepts_ : list of ndarray
        The biases of each layer, shape (n_out,).
    loss_curve_ : list of float
        The mean training loss of each epoch, in nats, without the penalty.
    n_features_in_ : int
        The number of columns seen in `fit`.
    n_iter_ : int
        The number of epochs.
    net_ : Sequential
        The network.

    See Also
    --------
    nnlib.fit : The loop that does the work.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> model = MLPClassifier((), solver="sgd", learning_rate_init=1.0, random_state=0)
    >>> [str(label) for label in model.fit(X, y).predict([[-1.0], [4.0]])]
    ['low', 'high']
    """

    def __init__(
        self,
        hidden_layer_sizes: tuple[int, ...] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int = 200,
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> "MLPClassifier":
        """Start from new weights and train until the loss no longer improves.

        Parameters
        ----------
        X : array_like, shape (N, D)
            The examples.
        y : array_like, shape (N,)
            Their labels: integers, strings, or whatever can be sorted.

        Returns
        -------
        MLPClassifier
            This estimator.

        Raises
        ------
        ValueError
            If a parameter, a shape or a value does not fit, or there is only one class.
        """
        rows, y = self._check_data(X, y, reset=True)
        self._start(rows, np.unique(y))
        labels = self._encode(y)
        validation = None
        if self.early_stopping:
            rows, X_val, labels, labels_val = train_test_split(
                rows,
                labels,
                test_size=self.validation_fraction,
                stratify=labels,
                random_state=int(self._rng.integers(2**31)),
            )
            validation = (X_val, labels_val)

        best, waited = np.inf, 0
        best_params: Array | None = None
        for _ in range(self.max_iter):
            history = self._epoch(rows, labels, validation)
            loss = (history.val_loss if self.early_stopping else history.loss)[-1]
            waited = 0 if loss < best - self.tol else waited + 1
            if loss < best:
                best = loss
                if self.early_stopping:
                    best_params = self.net_.params.copy()
            if waited >= self.n_iter_no_change:
                break
        if best_params is not None:
            self.net_.params[...] = best_params
        return self

    def partial_fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, classes: npt.ArrayLike | None = None
    ) -> "MLPClassifier":
        """Visit these rows once, going on from the weights that are there.

        Parameters
        ----------
        X : array_like, shape (N, D)
            Some examples.
        y : array_like, shape (N,)
            Their labels.
        classes : array_like, optional
            All labels that will ever come. Only the first call needs it, and only if its `y` does
            not have them all.

        Returns
        -------
        MLPClassifier
            This estimator.

        Raises
        ------
        ValueError
            If a parameter, a shape or a value does not fit, or a label is not among the classes.
        """
        first = not hasattr(self, "net_")
        rows, y = self._check_data(X, y, reset=first)
        if first:
            self._start(rows, np.unique(y if classes is None else classes))
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"classes: expected {self.classes_}, those of the first call, got {classes}"
            )
        self._epoch(rows, self._encode(y))
        return self

    def predict_log_proba(self, X: npt.ArrayLike) -> Array:
        """Return the logarithms of the probabilities of the classes.

        Parameters
        ----------
        X : array_like, shape (N, D)
            The examples.

        Returns
        -------
        ndarray, shape (N, C)
            One row per example, in nats, in the order of `classes_`.
        """
        return log_softmax(self._scores(X))

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """Return the probabilities of the classes.

        Parameters
        ----------
        X : array_like, shape (N, D)
            The examples.

        Returns
        -------
        ndarray, shape (N, C)
            One row per example, in the order of `classes_`.
        """
        return softmax(self._scores(X))

    def predict(self, X: npt.ArrayLike) -> Array:
        """Return the most probable class of each example.

        Parameters
        ----------
        X : array_like, shape (N, D)
            The examples.

        Returns
        -------
        ndarray, shape (N,)
            Labels as they were given to `fit`.
        """
        best = self._scores(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    @property
    def coefs_(self) -> list[Array]:
        """The weights of each layer."""
        return [layer.params["W"] for layer in self.net_.layers if "W" in layer.params]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each layer."""
        return [layer.params["b"] for layer in self.net_.layers if "b" in layer.params]

    def _scores(self, X: npt.ArrayLike) -> Array:
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False)
        return self.net_.forward(np.asarray(rows, self.net_.params.dtype))

    def _check_data(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], reset=reset)
        check_classification_targets(y)
        return X, y

    def _check_parameters(self) -> None:
        for name, choices in (("activation", ACTIVATIONS), ("solver", SOLVERS)):
            if getattr(self, name) not in choices:
                raise ValueError(
                    f"{name}: expected one of {sorted(choices)}, got {getattr(self, name)!r}"
                )
        for name in ("batch_size", "max_iter", "n_iter_no_change"):
            count(getattr(self, name), name)
        not_negative(self.alpha, "alpha")

    def _start(self, X: Array, classes: Array) -> None:
        """Make new weights, a new optimiser and an empty record."""
        if len(classes) < 2:
            raise ValueError(f"y: expected at least two classes, got one class, {classes}")
        self.classes_ = classes
        random_state = check_random_state(self.random_state)
        self._rng = np.random.default_rng(random_state.randint(2**31))
        self.net_ = self._network(X)
        self._optimizer = SOLVERS[self.solver](self.learning_rate_init)
        self.loss_curve_: list[float] = []
        self.n_iter_ = 0

    def _network(self, X: Array) -> Sequential:
        sizes = [X.shape[1], *self.hidden_layer_sizes, len(self.classes_)]
        init = he_normal if self.activation == "relu" else glorot_uniform
        layers: list[Layer] = []
        for n_in, n_out in pairwise(sizes):
            layers += [Linear(n_in, n_out, rng=self._rng, dtype=X.dtype, init=init)]
            layers += [ACTIVATIONS[self.activation]()]
        return Sequential(*layers[:-1])  # scores come straight from the last linear layer

    def _encode(self, y: Array) -> Array:
        """Return the place of each label among the classes."""
        labels = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        if not np.array_equal(self.classes_[labels], y):
            unknown = sorted(set(np.unique(y)) - set(self.classes_))
            raise ValueError(f"y: expected labels from {self.classes_}, got {unknown} too")
        return labels

    def _epoch(
        self, X: Array, labels: Array, validation: tuple[Array, Array] | None = None
    ) -> History:
        X = np.asarray(X, self.net_.params.dtype)
        rows = min(self.batch_size, len(X))
        history = fit(
            self.net_,
            self._optimizer,
            X,
            labels,
            epochs=1,
            batch_size=rows,
            rng=self._rng,
            validation=validation,
            weight_decay=self.alpha / rows,
        )
        self.loss_curve_ += history.loss
        self.n_iter_ += 1
        return history
