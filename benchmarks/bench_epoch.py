"""How long does an epoch of the posts' network take: 784-128-10, ReLU, softmax, plain SGD?"""

import numpy as np
import pytest
import torch
from sklearn.neural_network import MLPClassifier

import nnlib as nn

LR = 0.01


def weights(dtype=np.float32):
    rng = np.random.default_rng(0)
    W1, W2 = rng.standard_normal((784, 128)) / 28, rng.standard_normal((128, 10)) / 11
    return [w.astype(dtype) for w in (W1, np.zeros(128), W2, np.zeros(10))]


def floor(X, y, batch_size):
    """The five products of a step, with outputs that exist already, and nothing else."""
    W1, _, W2, _ = weights()
    h, z = np.full((batch_size, 128), 0.5, np.float32), np.full((batch_size, 10), 0.5, np.float32)
    dh, dW1, dW2 = np.full_like(h, 0.5), np.empty_like(W1), np.empty_like(W2)

    def epoch():
        for start in range(0, len(X), batch_size):
            x = X[start : start + batch_size]
            B = len(x)
            np.matmul(x, W1, out=h[:B])
            np.matmul(h[:B], W2, out=z[:B])
            np.matmul(h[:B].T, z[:B], out=dW2)
            np.matmul(z[:B], W2.T, out=dh[:B])
            np.matmul(x.T, dh[:B], out=dW1)

    return epoch


def by_hand(X, y, batch_size):
    """The same arithmetic as nnlib, written out for this one network."""
    W1, b1, W2, b2 = weights()
    dW1, rng = np.empty_like(W1), np.random.default_rng(1)

    def epoch():
        order = rng.permutation(len(X))
        loss = correct = 0
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            x, t = X[rows], y[rows]
            n = np.arange(len(x))
            a = x @ W1
            a += b1
            np.maximum(a, 0, out=a)
            z = a @ W2
            z += b2
            correct += np.count_nonzero(z.argmax(axis=1) == t)
            z -= z.max(axis=1, keepdims=True)
            score = z[n, t]
            np.exp(z, out=z)
            total = z.sum(axis=1)
            loss += float((np.log(total) - score).sum())
            z /= len(x) * total[:, None]
            z[n, t] -= 1 / len(x)
            dW2, db2 = a.T @ z, z.sum(axis=0)
            dz = z @ W2.T
            dz *= a > 0
            np.matmul(x.T, dz, out=dW1)
            b1[...] -= LR * dz.sum(axis=0)
            W1[...] -= LR * dW1
            W2[...] -= LR * dW2
            b2[...] -= LR * db2
        return loss / len(X), correct / len(X)

    return epoch


def as_the_posts(X, y, batch_size):
    """In their manner: a Jacobian for softmax, every gradient computed, weights in float64."""
    W1, b1, W2, b2 = weights(np.float64)
    Y, rng = np.eye(10)[y], np.random.default_rng(1)

    def epoch():
        nonlocal W1, b1, W2, b2
        order = rng.permutation(len(X))
        loss = correct = 0
        for start in range(0, len(X), batch_size):
            x, t = X[order[start : start + batch_size]], Y[order[start : start + batch_size]]
            z1 = np.matmul(x, W1) + b1
            a1 = np.where(z1 > 0, z1, np.zeros_like(z1))
            z2 = np.matmul(a1, W2) + b2
            e = np.exp(z2)
            s = e / np.sum(e, axis=1, keepdims=True)
            loss += -np.sum(t * np.log(s))
            correct += np.sum(np.argmax(s, axis=1) == np.argmax(t, axis=1))
            ds = -t / s / len(x)
            outer = np.matmul(s[:, :, None], s[:, None, :])
            dz2 = ds * s - np.matmul(ds[:, None, :], outer)[:, 0]
            dW2, db2, da1 = np.matmul(a1.T, dz2), dz2.sum(axis=0), np.matmul(dz2, W2.T)
            dz1 = (z1 > 0).astype(np.float32) * da1
            dW1, db1, _ = np.matmul(x.T, dz1), dz1.sum(axis=0), np.matmul(dz1, W1.T)
            W1, b1, W2, b2 = W1 - LR * dW1, b1 - LR * db1, W2 - LR * dW2, b2 - LR * db2
        return loss / len(X), correct / len(X)

    return epoch


def nnlib(X, y, batch_size):
    rng = np.random.default_rng(0)
    net = nn.Sequential(
        nn.Linear(784, 128, rng=rng, dtype=np.float32),
        nn.ReLU(),
        nn.Linear(128, 10, rng=rng, dtype=np.float32),
    )
    return lambda: nn.fit(net, nn.SGD(LR), X, y, epochs=1, batch_size=batch_size, rng=rng)


def sklearn(X, y, batch_size):
    model = MLPClassifier(
        (128,),
        solver="sgd",
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        batch_size=batch_size,
        learning_rate_init=LR,
        random_state=0,
    )
    classes = np.unique(y)
    return lambda: model.partial_fit(X, y, classes=classes)  # one epoch


def pytorch(X, y, batch_size):
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=LR)
    X, y = torch.from_numpy(X), torch.from_numpy(y)

    def epoch():
        order = torch.randperm(len(X))
        loss_sum = correct = 0
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            x, t = X[rows], y[rows]
            optimizer.zero_grad()
            z = net(x)
            loss = torch.nn.functional.cross_entropy(z, t)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(x)
            correct += (z.argmax(dim=1) == t).sum().item()
        return loss_sum / len(X), correct / len(X)

    return epoch


CONTENDERS = [floor, by_hand, nnlib, sklearn, pytorch, as_the_posts]
CALLS = {}  # a contender keeps its weights from turn to turn


@pytest.mark.parametrize("rows", [20_000, 60_000])
@pytest.mark.parametrize("batch_size", [256, 32])
@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda f: f.__name__)
def test_epoch(median_of, images, turn, rows, batch_size, contender):
    key = rows, batch_size, contender
    if key not in CALLS:
        CALLS[key] = contender(*images(rows), batch_size)
        CALLS[key]()
    median_of(
        CALLS[key],
        question="epoch",
        contender=contender.__name__,
        rows=rows,
        batch_size=batch_size,
    )
