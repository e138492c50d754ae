"""The gradient of all rows, from the gradients of parts of them."""

import pickle

import numpy as np
import pytest

import nnlib as nn


def network(rng: np.random.Generator, dtype: type = np.float64) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(5, 4, rng=rng, dtype=dtype), nn.Tanh(), nn.Linear(4, 3, rng=rng, dtype=dtype)
    )


def parts_of(net, X, y, sizes):
    cuts = np.cumsum(sizes)[:-1]
    return [
        nn.gradient_of_shard(net, *shard)
        for shard in zip(np.split(X, cuts), np.split(y, cuts), strict=True)
    ]


@pytest.mark.equation("shard-mean")
def test_three_rows_and_one_by_hand():
    """Weights 0, so s = 1/2 and a row moves the second score's weight by x (1/2 - y)."""
    net = nn.Sequential(nn.Linear(1, 2, rng=np.random.default_rng(0)))
    net.params[...] = 0
    three = nn.gradient_of_shard(net, [[2.0], [4.0], [6.0]], [0, 0, 0])
    one = nn.gradient_of_shard(net, [[8.0]], [1])
    assert (three.rows, three.grads[1], one.rows, one.grads[1]) == (3, 2.0, 1, -4.0)

    rows, loss, grads = nn.combine_shards([three, one])
    assert rows == 4
    assert loss == pytest.approx(np.log(2), abs=1e-15)
    assert grads[1] == 0.5  # (1 + 2 + 3 - 4) / 4; the mean of the two reports would be -1
    assert grads.tolist() == [-0.5, 0.5, -0.25, 0.25]


@pytest.mark.equation("shard-mean")
@pytest.mark.parametrize("sizes", [(11,), (6, 5), (1, 9, 1), (3, 1, 2, 5), (1,) * 11])
def test_any_way_of_dealing_rows_out_gives_the_gradient_of_the_mean(sizes, rng):
    net, X, y = network(rng), rng.standard_normal((11, 5)), rng.integers(0, 3, 11)

    def mean_loss(params):
        net.params[...] = params
        return np.mean(
            [nn.softmax_cross_entropy(net.forward(X[[i]]), y[[i]])[0] for i in range(11)]
        )

    start = net.params.copy()
    slope = nn.numerical_gradient(mean_loss, start)
    net.params[...] = start
    rows, loss, grads = nn.combine_shards(parts_of(net, X, y, sizes))
    assert rows == 11
    assert loss == pytest.approx(mean_loss(start), rel=1e-14)
    np.testing.assert_allclose(grads, slope, rtol=0, atol=1e-9)


def test_parts_of_parts_and_soft_targets(rng):
    net, X = network(rng), rng.standard_normal((10, 5))
    Y = rng.dirichlet(np.ones(3), 10)
    whole = nn.gradient_of_shard(net, X, Y)
    a, b, c = parts_of(net, X, Y, (2, 7, 1))
    nested = nn.combine_shards([nn.combine_shards([a, b]), c])
    assert nested.rows == 10
    assert nested.loss == pytest.approx(whole.loss, rel=1e-14)
    np.testing.assert_allclose(nested.grads, whole.grads, rtol=0, atol=1e-15)


def test_the_weights_are_rows_and_not_workers(rng):
    net, X, y = network(rng), rng.standard_normal((10, 5)), rng.integers(0, 3, 10)
    whole, parts = nn.gradient_of_shard(net, X, y), parts_of(net, X, y, (8, 2))
    by_worker = (parts[0].grads + parts[1].grads) / 2
    assert np.abs(by_worker - whole.grads).max() > 0.01
    np.testing.assert_allclose(nn.combine_shards(parts).grads, whole.grads, rtol=0, atol=1e-15)


def test_parts_may_come_one_at_a_time_and_stay_as_they_are(rng):
    net, X, y = network(rng), rng.standard_normal((6, 5)), rng.integers(0, 3, 6)
    parts = parts_of(net, X, y, (4, 2))
    before = pickle.dumps(parts)
    together = nn.combine_shards(part for part in parts)
    assert pickle.dumps(parts) == before
    single = nn.combine_shards(parts[:1])
    assert not np.may_share_memory(single.grads, parts[0].grads)
    assert together.rows == 6


def test_the_gradient_is_a_copy(rng):
    net, X, y = network(rng), rng.standard_normal((6, 5)), rng.integers(0, 3, 6)
    first = nn.gradient_of_shard(net, X[:3], y[:3])
    kept = first.grads.copy()
    nn.gradient_of_shard(net, X[3:], y[3:])
    assert np.array_equal(first.grads, kept)


def test_float32_stays_float32(rng):
    net = network(rng, np.float32)
    X = rng.standard_normal((6, 5)).astype(np.float32)
    part = nn.combine_shards(parts_of(net, X, rng.integers(0, 3, 6), (4, 2)))
    assert part.grads.dtype == np.float32


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((2, 4)), [0, 1], r"got x \(2, 4\), W \(5, 4\)"),
        (np.ones((0, 5)), np.zeros(0, int), "non-empty"),
        (np.ones((2, 5)), [0, 3], "labels from 0 to 2, got 0 to 3"),
        (np.ones((2, 5)), [0, 1, 2], "shape"),
        (np.ones((2, 5)), np.full((2, 4), 0.25), "shape"),
    ],
)
def test_a_shard_that_does_not_fit_is_refused(X, y, message, rng):
    with pytest.raises(ValueError, match=message):
        nn.gradient_of_shard(network(rng), X, y)


ONE = nn.ShardGradient(2, 0.5, np.ones(3))


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ([], ValueError, "^parts: expected at least one, got none$"),
        ([ONE, ONE._replace(grads=np.ones(4))], ValueError, r"float64\[3\] and float64\[4\]"),
        ([ONE, ONE._replace(grads=np.ones(3, np.float32))], ValueError, r"and float32\[3\]"),
        ([ONE, ONE._replace(grads=np.ones((3, 1)))], ValueError, r"and float64\[3, 1\]"),
        ([ONE, ONE._replace(rows=0)], ValueError, "at least one row in each, got 0"),
        ([ONE._replace(rows=-1)], ValueError, "at least one row in each, got -1"),
        (ONE, TypeError, "expected ShardGradients, got 2"),
        ([ONE, None], TypeError, "got None"),
        ([(2, 0.5, np.ones(3))], TypeError, "expected ShardGradients"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, error, message):
    with pytest.raises(error, match=message):
        nn.combine_shards(parts)
