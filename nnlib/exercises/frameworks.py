"""Exercises of the chapter *From nnlib to scikit-learn and PyTorch*."""

from itertools import pairwise
from typing import Any

import numpy as np

from nnlib.exercises._exercise import Exercise, Mistake

Layers = list[dict[str, Any]]


def _layers(*sizes: int) -> Layers:
    rng = np.random.default_rng(5)
    return [
        {"W": rng.standard_normal((n_in, n_out)), "b": rng.standard_normal(n_out)}
        for n_in, n_out in pairwise(sizes)
    ]


def _state(
    params: Layers,
    stride: int = 2,
    transpose: bool = True,
    names: tuple[str, str] = ("weight", "bias"),
) -> list[Any]:
    """Return the entries of the state dictionary as pairs, in order."""
    entries: list[Any] = []
    for i, layer in enumerate(params):
        W = layer["W"].T if transpose else layer["W"]
        entries += [(f"{stride * i}.{names[0]}", W), (f"{stride * i}.{names[1]}", layer["b"])]
    return entries


EXERCISES = [
    Exercise(
        name="linear_layout",
        answer=((128, 784), 100_480),
        verified="one neuron per row, and 100,480 numbers",
        hints=(
            "one of the two libraries keeps a neuron per row, the other a neuron per column",
            "784 inputs and 128 neurons: how many weights has one neuron, and what else has it?",
        ),
        mistakes=(
            Mistake(
                ((784, 128), 100_480),
                "the shape is ours; which way round does PyTorch keep it? See the three networks",
            ),
            Mistake(
                ((128, 784), 100_352),
                "the shape is right; the neurons have biases too",
            ),
            Mistake(
                ((784, 128), 100_352),
                "the shape is ours, PyTorch keeps it the other way round; and there are biases too",
            ),
        ),
    ),
    Exercise(
        name="weight_decay_for",
        answer=lambda alpha, batch_rows: alpha / batch_rows,
        verified="the derivatives of both penalties agree, for three batch sizes",
        hints=(
            "a step sees the derivative of a penalty, not the penalty: differentiate both",
            "the 1/2 goes in both; what is left in front of W must be equal",
        ),
        mistakes=(
            Mistake(
                lambda alpha, batch_rows: alpha,
                "that is the same number, but scikit-learn divides its penalty by something",
            ),
            Mistake(
                lambda alpha, batch_rows: alpha / (2 * batch_rows),
                "both penalties have the 1/2: it goes when a square is differentiated",
            ),
            Mistake(
                lambda alpha, batch_rows: alpha * batch_rows,
                "the wrong way round: a larger batch makes scikit-learn's penalty weaker",
            ),
        ),
        cases=lambda: [(0.5, 1), (0.0001, 200), (3.0, 64)],
    ),
    Exercise(
        name="to_torch_layout",
        answer=lambda params: dict(_state(params)),
        verified="names and layout for networks of one, two and three linear layers",
        hints=(
            "in PyTorch all layers of a Sequential have a number, those without arrays too",
            "the linear layers of such a network are those with even numbers",
            "a weight is our W with its axes exchanged, a bias stays as it is; f-strings make the "
            "names",
        ),
        mistakes=(
            Mistake(
                lambda params: dict(_state(params, transpose=False)),
                "the names are right; PyTorch keeps one neuron per row",
            ),
            Mistake(
                lambda params: dict(_state(params, stride=1)),
                "the activations between the layers are counted too, although they hold no arrays",
            ),
            Mistake(
                lambda params: dict(_state(params, stride=1, transpose=False)),
                "the activations are counted too, and PyTorch keeps one neuron per row",
            ),
            Mistake(
                lambda params: dict(_state(params, names=("W", "b"))),
                'the numbers and the layout are right; PyTorch says "weight" and "bias"',
            ),
        ),
        cases=lambda: [(_layers(3, 2),), (_layers(4, 3, 2),), (_layers(5, 5, 5, 2),)],
    ),
    Exercise(
        name="double_softmax_floor",
        answer=float(np.log(np.e + 9) - 1),
        verified="log(e + 9) - 1: the loss of a perfect answer under a softmax too many",
        rtol=2e-4,  # four decimals of 0.2320 get their hint too
        hints=(
            "what reaches the loss as scores are probabilities: which values can they have?",
            "take the best row there is, 1 for the right class and 0 for the nine others, as "
            "scores",
            "put it through a softmax once more, and take minus the logarithm of the right class",
        ),
        mistakes=(
            Mistake(0.0, "that would be the floor with one softmax; the second one has not seen 0"),
            Mistake(
                float(np.log(10)),
                "that is the loss of a guess; what does a perfect answer look like as scores?",
            ),
            Mistake(
                float(np.e / (np.e + 9)),
                "that is the probability; the loss is minus its logarithm",
            ),
        ),
    ),
    Exercise(
        name="forgotten_zero_grad",
        answer=1.0,
        verified="a velocity that forgets nothing",
        hints=(
            "write down what lies in the gradient after one, two and three calls of backward",
            "compare the sum with the velocity of momentum, and see how much of the old velocity "
            "survives",
        ),
        mistakes=(
            Mistake(0.0, "with momentum 0 every step would forget the ones before it"),
            Mistake(0.9, "that is the usual choice; here nothing of the old gradients is lost"),
        ),
    ),
]
