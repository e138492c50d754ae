"""Exercises of the chapter *The BP derivation*."""

from typing import Any

import numpy as np

from nnlib._arrays import Array
from nnlib.activations import affine, affine_vjp, sigmoid, sigmoid_vjp
from nnlib.exercises._exercise import Exercise, Mistake
from nnlib.losses import squared_error

Arguments = list[tuple[Any, ...]]


# The gradient of the hidden scores


def _hidden_cases() -> Arguments:
    rng = np.random.default_rng(21)

    def case(N: int, q: int, l: int, scale: float = 1.0) -> tuple[Array, ...]:
        W2, dz2 = rng.standard_normal((q, l)), rng.standard_normal((N, l))
        return dz2, W2, sigmoid(scale * rng.standard_normal((N, q)))

    return [case(4, 3, 2), case(5, 3, 3), case(1, 2, 1), case(3, 4, 2, scale=30.0)]


def hidden_gradient(dz2: Array, W2: Array, A1: Array) -> Array:
    """Return the gradient of the hidden scores: back through the weights, then the sigmoid."""
    dz1: Array = (dz2 @ W2.T) * A1 * (1 - A1)
    return dz1


def _square_not_transposed(dz2: Array, W2: Array, A1: Array) -> Array:
    W = W2 if W2.shape[0] == W2.shape[1] else W2.T
    dz1: Array = (dz2 @ W) * A1 * (1 - A1)
    return dz1


HIDDEN_GRADIENT = Exercise(
    name="hidden_gradient",
    answer=hidden_gradient,
    verified="every signal went back through the weight it came by, and through the slope",
    hints=(
        "a hidden neuron influenced every output of its row, through one weight each; all of "
        "these come back together",
        "write down the shapes: (N, l) has to become (N, q), with a matrix of shape (q, l); "
        "see 'The affine map'",
        "after the weights the signal passes the hidden sigmoid, whose slope is known from "
        "its output A1 alone",
    ),
    cases=_hidden_cases,
    mistakes=(
        Mistake(
            lambda dz2, W2, A1: dz2 @ W2.T,
            "this is the gradient of the hidden outputs: the step back through the sigmoid is "
            "missing; see the five links to a hidden weight",
        ),
        Mistake(
            lambda dz2, W2, A1: (dz2 @ W2.T) * sigmoid(A1) * (1 - sigmoid(A1)),
            "A1 has been through the sigmoid already: its slope in terms of the output needs no "
            "second sigmoid",
        ),
        Mistake(
            lambda dz2, W2, A1: (dz2 @ W2.T) * (1 - A1**2),
            "1 - a² is the slope of the tanh: these neurons are sigmoids",
        ),
        Mistake(
            lambda dz2, W2, A1: (dz2 @ W2.reshape(W2.shape[::-1])) * A1 * (1 - A1),
            "reshape does not transpose: the shapes fit, but the weights are in other places",
        ),
        Mistake(
            _square_not_transposed,
            "right until W2 is square: then the shapes allow both W2 and its transpose; write out "
            "the sum over j",
        ),
    ),
)


# The gradients of a whole network


def _network_cases() -> Arguments:
    rng = np.random.default_rng(22)

    def case(N: int, d: int, q: int, l: int, scale: float = 1.0) -> tuple[Array, ...]:
        X, Y = rng.standard_normal((N, d)), rng.uniform(size=(N, l))
        W1, b1 = scale * rng.standard_normal((d, q)), rng.standard_normal(q)
        W2, b2 = scale * rng.standard_normal((q, l)), rng.standard_normal(l)
        return X, Y, W1, b1, W2, b2

    return [case(5, 3, 4, 2), case(4, 3, 3, 3), case(1, 2, 2, 1), case(3, 2, 4, 2, scale=10.0)]


def network_gradients(
    X: Array, Y: Array, W1: Array, b1: Array, W2: Array, b2: Array
) -> tuple[Array, Array, Array, Array]:
    """Return dW1, db1, dW2 and db2 of the mean squared error of a sigmoid network."""
    A1 = sigmoid(affine(X, W1, b1))
    A2 = sigmoid(affine(A1, W2, b2))
    _, dA2 = squared_error(A2, Y)
    dA1, dW2, db2 = affine_vjp(sigmoid_vjp(dA2, A2), A1, W2)
    _, dW1, db1 = affine_vjp(sigmoid_vjp(dA1, A1), X, W1)
    return dW1, db1, dW2, db2


def _network_mistake(
    *,
    total: bool = False,
    entries: bool = False,
    slope: bool = True,
    hidden_slope: bool = True,
    raw_back: bool = False,
) -> Any:
    """Return `network_gradients` with one thing wrong."""

    def gradients(X: Array, Y: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Any:
        A1 = sigmoid(affine(X, W1, b1))
        A2 = sigmoid(affine(A1, W2, b2))
        dA2 = (A2 - Y) / (1 if total else Y.size if entries else len(X))
        dz2 = sigmoid_vjp(dA2, A2) if slope else dA2
        dA1 = (dA2 if raw_back else dz2) @ W2.T
        dz1 = sigmoid_vjp(dA1, A1) if hidden_slope else dA1
        return X.T @ dz1, dz1.sum(axis=0), A1.T @ dz2, dz2.sum(axis=0)

    return gradients


def _biases_averaged(*arguments: Array) -> Any:
    dW1, db1, dW2, db2 = network_gradients(*arguments)
    return dW1, db1 / len(arguments[0]), dW2, db2 / len(arguments[0])


def _in_reading_order(*arguments: Array) -> Any:
    dW1, db1, dW2, db2 = network_gradients(*arguments)
    return dW2, db2, dW1, db1


NETWORK_GRADIENTS = Exercise(
    name="network_gradients",
    answer=network_gradients,
    verified="all four gradients, for one row and for many, saturated or not",
    hints=(
        "go forwards and keep A1 and A2; then go backwards from the loss, one link at a time, "
        "as in 'The chain'",
        "the loss is a mean over the rows: put its 1/N into the very first gradient, that of "
        "A2, and nowhere else",
        "each layer takes the gradient of its scores and gives three: weights (input "
        "transposed), bias (sum over rows), input; between the layers is a sigmoid's slope",
    ),
    cases=_network_cases,
    mistakes=(
        Mistake(
            _network_mistake(total=True),
            "the loss is the mean over the rows: a factor 1/N is missing",
        ),
        Mistake(
            _network_mistake(entries=True),
            "divided by the number of entries of Y; the loss sums over the outputs and takes the "
            "mean over the rows alone",
        ),
        Mistake(
            _network_mistake(slope=False),
            "the outputs are sigmoids too: A2 - Y is the gradient of A2, not of its scores",
        ),
        Mistake(
            _network_mistake(hidden_slope=False),
            "the hidden neurons are sigmoids too: their slope is missing on the way to dW1",
        ),
        Mistake(
            _network_mistake(raw_back=True),
            "dW2 and db2 are right; what goes back through W2 is the gradient of the scores, "
            "with the slope of the outputs in it, not the bare error",
        ),
        Mistake(
            _biases_averaged,
            "the 1/N is in the gradient of the loss already: db is a sum over the rows, not a "
            "second mean",
        ),
        Mistake(
            _in_reading_order,
            "the order of the results: first layer first, dW1, db1, dW2, db2",
        ),
    ),
)


# Forward mode: the change of the loss along one direction


def _direction_cases() -> Arguments:
    rng = np.random.default_rng(23)
    return [
        (*case, *(rng.standard_normal(p.shape) for p in case[2:]))
        for case in _network_cases()
        if np.abs(case[2]).max() < 5
    ]


def directional_derivative(
    X: Array,
    Y: Array,
    W1: Array,
    b1: Array,
    W2: Array,
    b2: Array,
    V1: Array,
    c1: Array,
    V2: Array,
    c2: Array,
) -> float:
    """Return the rate of change of the loss when the weights move along V1, c1, V2, c2."""
    A1 = sigmoid(affine(X, W1, b1))
    A1_rate = sigmoid_vjp(affine(X, V1, c1), A1)
    A2 = sigmoid(affine(A1, W2, b2))
    A2_rate = sigmoid_vjp(A1_rate @ W2 + affine(A1, V2, c2), A2)
    return float(((A2 - Y) * A2_rate).sum() / len(X))


def _direction_mistake(
    *,
    through: bool = True,
    own: bool = True,
    biases: bool = True,
    hidden_slope: bool = True,
    slope: bool = True,
    total: bool = False,
    entries: bool = False,
) -> Any:
    """Return `directional_derivative` with one thing wrong."""

    def derivative(*arguments: Array) -> float:
        X, Y, W1, b1, W2, b2, V1, c1, V2, c2 = arguments
        A1 = sigmoid(affine(X, W1, b1))
        z1_rate = affine(X, V1, biases * c1)
        A1_rate = sigmoid_vjp(z1_rate, A1) if hidden_slope else z1_rate
        A2 = sigmoid(affine(A1, W2, b2))
        z2_rate = through * (A1_rate @ W2) + own * affine(A1, V2, biases * c2)
        rates = (A2 - Y) * (sigmoid_vjp(z2_rate, A2) if slope else z2_rate)
        return float(rates.sum() / (1 if total else Y.size if entries else len(X)))

    return derivative


DIRECTIONAL_DERIVATIVE = Exercise(
    name="directional_derivative",
    answer=directional_derivative,
    verified="one forward pass gave the slope along one direction",
    hints=(
        "carry a pair through the network: each array, and how fast it changes. X does not "
        "change at all",
        "Z1 is X W1 + b1, and only W1 and b1 move; a sigmoid multiplies the rate by its "
        "slope, entry by entry",
        "in the second layer both A1 and W2 move: the product rule gives two terms, and b2 a "
        "third; at the end differentiate the mean of half the squares",
    ),
    cases=_direction_cases,
    mistakes=(
        Mistake(
            _direction_mistake(through=False),
            "A1 moves as well as W2: the product rule has a second term",
        ),
        Mistake(
            _direction_mistake(own=False),
            "W2 and b2 move as well as A1: the product rule has a second term",
        ),
        Mistake(
            lambda X, Y, W1, b1, W2, b2, V1, c1, V2, c2: directional_derivative(
                X, Y, W1, b1, W2, b2, V1, c1, 0 * V2, c2
            ),
            "W2 moves as well as A1: the product rule has a second term",
        ),
        Mistake(
            _direction_mistake(total=True),
            "the loss is the mean over the rows: a factor 1/N is missing",
        ),
        Mistake(
            _direction_mistake(entries=True),
            "divided by the number of entries of Y; the loss sums over the outputs and takes the "
            "mean over the rows alone",
        ),
        Mistake(
            _direction_mistake(biases=False),
            "the biases move too: c1 and c2 are their rates",
        ),
        Mistake(
            _direction_mistake(hidden_slope=False),
            "a rate passes the hidden sigmoid with its slope, a (1 - a)",
        ),
        Mistake(
            _direction_mistake(slope=False),
            "a rate passes the output sigmoid with its slope, a (1 - a)",
        ),
    ),
)


EXERCISES = [
    Exercise(
        name="parameter_count",
        answer=43,
        verified="(4 + 3 + 1) * 5 + 3 = 43: 20 + 15 weights, 5 + 3 thresholds",
        hints=(
            "count the arrows of the picture in 'The network and its letters', layer by layer",
            "every hidden neuron has one weight for each input; every output has one for each "
            "hidden neuron",
            "each neuron that computes something has a threshold besides its weights; inputs "
            "compute nothing",
        ),
        mistakes=(
            Mistake(35, "these are the weights alone: each neuron has a threshold as well"),
            Mistake(40, "the thresholds of the hidden neurons are in, those of the outputs not"),
            Mistake(38, "the thresholds of the outputs are in, those of the hidden neurons not"),
            Mistake(60, "weights join neighbouring layers: a product for each pair, then add"),
            Mistake(47, "inputs are no neurons: they compute nothing and have no threshold"),
        ),
    ),
    Exercise(
        name="chain_by_hand",
        answer=(0.0625, -0.125, 0.125, -0.0625),
        verified="g = 0.125 and e = 0.0625: weights grow, thresholds sink",
        hints=(
            "go forwards first: both scores come out as 0, so both outputs are known without "
            "a calculator",
            "g belongs to the output neuron: slope times error. e belongs to the hidden one: "
            "slope times what comes back through w",
            "each weight changes by its neuron's signal times what flowed into it, each "
            "threshold by minus the signal; see 'The same example, backwards'",
        ),
        mistakes=(
            Mistake(
                (0.0625, 0.125, 0.125, 0.0625),
                "the signs of the thresholds: they are subtracted in the forward pass",
            ),
            Mistake(
                (-0.0625, 0.125, -0.125, 0.0625),
                "these are the gradients: a change goes against its gradient",
            ),
            Mistake(
                (0.0625, -0.125, 0.5, -0.25),
                "the hidden neuron is a sigmoid too: its slope belongs into e",
            ),
            Mistake(
                (0.25, -0.5, 0.5, -0.25),
                "the output is a sigmoid: its slope belongs into g, and through g into e",
            ),
            Mistake(
                (0.0625, -0.125, 0.0625, -0.03125),
                "the signal passes through the weight w on its way back, so w belongs into e",
            ),
            Mistake(
                (0.0625, -0.125, 0.0625, -0.0625),
                "the change of v has the input of v in it, and x is 2 here",
            ),
            Mistake(
                (0.125, -0.0625, 0.0625, -0.125),
                "the order: the output neuron first, its weight and its threshold, then the "
                "hidden neuron",
            ),
            Mistake(
                (2.0625, 0.875, 0.625, 0.9375),
                "these are the numbers after the step; asked is by how much they change",
            ),
        ),
    ),
    HIDDEN_GRADIENT,
    NETWORK_GRADIENTS,
    DIRECTIONAL_DERIVATIVE,
]
