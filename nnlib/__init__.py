"""nnlib: softmax neural networks whose every gradient can be checked.

Each module carries one chapter of *Gradients You Can Check*. Rows are examples, losses are means
over the rows, logarithms are natural, and no function writes into its arguments.
"""

from nnlib.activations import (
    affine,
    affine_vjp,
    relu,
    relu_vjp,
    sigmoid,
    sigmoid_vjp,
    step,
    tanh,
    tanh_vjp,
)
from nnlib.check import gradcheck, numerical_gradient, numerical_jacobian, relative_error
from nnlib.information import cross_entropy, entropy, kl_divergence, self_information
from nnlib.layers import Linear, ReLU, Sequential, Sigmoid, Tanh
from nnlib.losses import one_hot, smooth_labels, softmax_cross_entropy, squared_error
from nnlib.softmax import (
    log_softmax,
    log_softmax_vjp,
    logsumexp,
    softmax,
    softmax_jacobian,
    softmax_vjp,
)

__version__ = "0.1.0"

__all__ = [
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "affine",
    "affine_vjp",
    "cross_entropy",
    "entropy",
    "gradcheck",
    "kl_divergence",
    "log_softmax",
    "log_softmax_vjp",
    "logsumexp",
    "numerical_gradient",
    "numerical_jacobian",
    "one_hot",
    "relative_error",
    "relu",
    "relu_vjp",
    "self_information",
    "sigmoid",
    "sigmoid_vjp",
    "smooth_labels",
    "softmax",
    "softmax_cross_entropy",
    "softmax_jacobian",
    "softmax_vjp",
    "squared_error",
    "step",
    "tanh",
    "tanh_vjp",
]
