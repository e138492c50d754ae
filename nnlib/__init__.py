"""nnlib: softmax neural networks whose every gradient can be checked.

Each module carries one chapter of *Gradients You Can Check*. Rows are examples, losses are means
over the rows, logarithms are natural, and no function writes into its arguments.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from nnlib.init import glorot_uniform, he_normal, lecun_normal
from nnlib.layers import Linear, ReLU, Sequential, Sigmoid, Tanh
from nnlib.losses import one_hot, smooth_labels, softmax_cross_entropy, squared_error
from nnlib.optim import SGD, Adam, AdamW, Momentum, RMSprop
from nnlib.schedules import cosine_decay, exponential_decay, step_decay
from nnlib.shards import ShardGradient, combine_shards, gradient_of_shard
from nnlib.softmax import (
    log_softmax,
    log_softmax_vjp,
    logsumexp,
    softmax,
    softmax_jacobian,
    softmax_vjp,
)
from nnlib.train import History, evaluate, fit, minibatches
from nnlib.weights import load_weights, save_weights

if TYPE_CHECKING:
    from nnlib.datasets import load_digits, load_fashion_mnist, load_mnist, read_idx
    from nnlib.estimator import MLPClassifier
    from nnlib.plots import decision_regions

__version__ = "0.1.0"

__all__ = [
    "affine",
    "affine_vjp",
    "step",
    "sigmoid",
    "sigmoid_vjp",
    "tanh",
    "tanh_vjp",
    "relu",
    "relu_vjp",
    "Linear",
    "Sigmoid",
    "Tanh",
    "ReLU",
    "Sequential",
    "numerical_gradient",
    "numerical_jacobian",
    "relative_error",
    "gradcheck",
    "self_information",
    "entropy",
    "cross_entropy",
    "kl_divergence",
    "logsumexp",
    "softmax",
    "log_softmax",
    "softmax_jacobian",
    "softmax_vjp",
    "log_softmax_vjp",
    "one_hot",
    "smooth_labels",
    "softmax_cross_entropy",
    "squared_error",
    "minibatches",
    "fit",
    "evaluate",
    "History",
    "ShardGradient",
    "gradient_of_shard",
    "combine_shards",
    "save_weights",
    "load_weights",
    "lecun_normal",
    "glorot_uniform",
    "he_normal",
    "SGD",
    "Momentum",
    "RMSprop",
    "Adam",
    "AdamW",
    "step_decay",
    "exponential_decay",
    "cosine_decay",
    "load_digits",
    "load_mnist",
    "load_fashion_mnist",
    "read_idx",
    "MLPClassifier",
    "decision_regions",
]

# What needs scikit-learn or Matplotlib is imported when it is first used.
_LATER = {
    "load_digits": "nnlib.datasets",
    "load_mnist": "nnlib.datasets",
    "load_fashion_mnist": "nnlib.datasets",
    "read_idx": "nnlib.datasets",
    "MLPClassifier": "nnlib.estimator",
    "decision_regions": "nnlib.plots",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'nnlib' has no attribute {name!r}")
