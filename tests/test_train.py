"""The training loop, against loops that are written out: order, averages, stops and errors."""

import io
import math
import re
import tracemalloc

import mpmath
import numpy as np
import pytest

import nnlib as nn

N, D, C = 10, 4, 3  # ten rows: batches of four leave a last one of two


@pytest.fixture
def data(rng):
    return rng.standard_normal((N, D)), rng.integers(C, size=N)


def new_net(seed=0, hidden=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    if not hidden:
        return nn.Sequential(nn.Linear(D, C, rng=rng, dtype=dtype))
    layers = nn.Linear(D, hidden, rng=rng, dtype=dtype), nn.Linear(hidden, C, rng=rng, dtype=dtype)
    return nn.Sequential(layers[0], nn.Tanh(), layers[1])


def fit(net, X, y, *, lr=0.5, seed=1, epochs=3, batch_size=4, **settings):
    rng = np.random.default_rng(seed)
    return nn.fit(net, nn.SGD(lr), X, y, epochs=epochs, batch_size=batch_size, rng=rng, **settings)


class Spy(nn.Sequential):
    """A network that keeps the rows it is shown, and whether it learned from them."""

    def __init__(self, *layers):
        super().__init__(*layers)
        self.seen, self.learned = [], []

    def forward(self, x):
        self.seen.append(np.array(x))
        return super().forward(x)

    def backward(self, da, **settings):
        self.learned.append(self.seen[-1])
        return super().backward(da, **settings)


# ---------------------------------------------------------------- minibatches


@pytest.mark.parametrize(
    ("batch_size", "sizes"), [(1, [1] * 10), (4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (99, [10])]
)
def test_the_last_batch_has_what_is_left(batch_size, sizes, rng):
    batches = nn.minibatches(np.arange(N), np.arange(N), batch_size, rng=rng)
    assert [len(X) for X, _ in batches] == sizes


def test_each_row_comes_once_with_its_own_target(data, rng):
    X, y = data
    X_seen, y_seen = map(np.concatenate, zip(*nn.minibatches(X, y, 4, rng=rng), strict=True))
    order = [next(n for n in range(N) if np.array_equal(X[n], x)) for x in X_seen]
    assert sorted(order) == list(range(N))
    assert order != list(range(N))
    assert [y[n] for n in order] == list(y_seen)


def test_rows_meet_other_rows_in_every_epoch(rng):
    """A loader that shuffles whole batches would give the same three sets for ever."""
    rows = np.arange(6)
    batches = [{*x} for _ in range(20) for x, _ in nn.minibatches(rows, rows, 2, rng=rng)]
    assert len({frozenset(batch) for batch in batches}) > 10


def test_every_order_of_three_rows_is_as_likely(rng):
    rows = np.arange(3)
    orders = [next(iter(nn.minibatches(rows, rows, 3, rng=rng)))[0] for _ in range(6000)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 6
    assert np.all(np.abs(counts - 1000) < 5 * math.sqrt(6000 * 1 / 6 * 5 / 6))  # five deviations


def test_images_and_target_rows_are_cut_along_their_first_axis(rng):
    X, Y = rng.random((5, 2, 3)), rng.random((5, 7))
    shapes = [(x.shape, t.shape) for x, t in nn.minibatches(X, Y, 3, rng=rng)]
    assert shapes == [((3, 2, 3), (3, 7)), ((2, 2, 3), (2, 7))]


def test_writing_into_a_batch_does_not_reach_the_data(data, rng):
    X, y = (a.copy() for a in data)
    for x, t in nn.minibatches(X, y, 4, rng=rng):
        x += 1
        t += 1
    assert np.array_equal(X, data[0])
    assert np.array_equal(y, data[1])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.ones((3, 2)), np.ones(4), 2), ValueError, r"one target per row.*\(3, 2\).*\(4,\)"),
        ((np.ones((0, 2)), np.ones(0), 2), ValueError, r"one target per row.*\(0, 2\)"),
        ((1.0, 2.0, 2), ValueError, "one target per row"),
        ((1.0, [2.0], 2), ValueError, "one target per row"),
        ((np.ones((3, 2)), np.ones(3), 0), ValueError, "batch_size: expected at least 1, got 0"),
        ((np.ones((3, 2)), np.ones(3), -2), ValueError, "batch_size: expected at least 1, got -2"),
        ((np.ones((3, 2)), np.ones(3), 1.5), TypeError, "batch_size: expected an integer, got 1.5"),
    ],
)
def test_minibatches_say_what_is_wrong_at_once(arguments, error, words, rng):
    with pytest.raises(error, match=words):
        nn.minibatches(*arguments, rng=rng)  # before the first batch is asked for


@pytest.mark.parametrize("not_a_generator", [0, None, np.random.RandomState(0)])
def test_minibatches_need_a_generator(not_a_generator):
    with pytest.raises(TypeError, match="default_rng"):
        nn.minibatches(np.ones((3, 2)), np.ones(3), 2, rng=not_a_generator)


# ---------------------------------------------------------------- fit is the loop, written out


def by_hand(X, y, *, lr=0.5, seed=1, epochs=3, batch_size=4):
    """Softmax regression in minibatches, one formula a line; also what each row saw."""
    W, b = (p.copy() for p in new_net().layers[0].params.values())
    rng, record = np.random.default_rng(seed), []
    for _ in range(epochs):
        order = rng.permutation(len(X))
        losses, hits = [], []
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            x, t = X[rows], y[rows]
            z = nn.affine(x, W, b)
            for z_n, t_n in zip(z, t, strict=True):
                losses.append(mpmath.log(mpmath.fsum(map(mpmath.exp, z_n))) - mpmath.mpf(z_n[t_n]))
                hits.append(max(range(C), key=lambda j: z_n[j]) == t_n)
            _, dW, db = nn.affine_vjp(nn.softmax_cross_entropy(z, t)[1], x, W)
            W -= lr * dW
            b -= lr * db
        record.append((float(mpmath.fsum(losses) / len(X)), sum(hits) / len(X)))
    return W, b, record


@pytest.mark.parametrize("batch_size", [1, 4, 10, 64])
def test_fit_is_the_loop_written_out_bit_for_bit(batch_size, data):
    net = new_net()
    fit(net, *data, batch_size=batch_size)
    W, b, _ = by_hand(*data, batch_size=batch_size)
    assert np.array_equal(net.layers[0].params["W"], W)
    assert np.array_equal(net.layers[0].params["b"], b)


@pytest.mark.equation("epoch-mean")
@pytest.mark.parametrize("batch_size", [1, 3, 4, 7, 10])
def test_epoch_means_are_over_rows_each_with_the_weights_at_its_turn(batch_size, data):
    history = fit(new_net(), *data, batch_size=batch_size)
    _, _, record = by_hand(*data, batch_size=batch_size)
    assert history.loss == pytest.approx([loss for loss, _ in record], rel=1e-13)
    assert history.accuracy == pytest.approx([accuracy for _, accuracy in record], rel=1e-15)


def test_same_seed_same_weights_bit_for_bit(data):
    def run(seed):
        net = new_net(hidden=5)
        history = fit(net, *data, seed=seed)
        return net.params.tobytes(), history

    assert run(seed=1) == run(seed=1)
    assert run(seed=1)[0] != run(seed=2)[0]


def test_each_epoch_visits_every_row_once_in_a_new_order(data):
    net = Spy(nn.Linear(D, C, rng=np.random.default_rng(0)))
    fit(net, *data)
    assert [len(x) for x in net.learned] == [4, 4, 2] * 3
    epochs = [np.concatenate(net.learned[i : i + 3]) for i in (0, 3, 6)]
    for rows in epochs:
        assert np.array_equal(rows[np.lexsort(rows.T)], data[0][np.lexsort(data[0].T)])
    assert not any(np.array_equal(epochs[i], epochs[j]) for i, j in [(0, 1), (0, 2), (1, 2)])


def test_labels_and_their_one_hot_rows_train_alike(data):
    X, y = data
    nets, histories = [new_net(), new_net()], []
    for net, target in zip(nets, (y, nn.one_hot(y, C)), strict=True):
        histories.append(fit(net, X, target))
    assert nets[0].params == pytest.approx(nets[1].params, rel=1e-13)
    assert histories[0].loss == pytest.approx(histories[1].loss, rel=1e-13)
    assert histories[0].accuracy == histories[1].accuracy


def test_soft_targets_count_as_right_where_the_largest_agrees(rng):
    net = nn.Sequential(nn.Linear(2, 2, rng=rng))
    net.params[...] = [1, 0, 0, 1, 0, 0]  # the scores are the inputs
    X = np.array([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0], [1.0, 2.0]])
    Y = np.array([[0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2]])
    loss, accuracy = nn.evaluate(net, X, Y)
    assert accuracy == 0.5
    assert loss == pytest.approx(nn.cross_entropy(Y, nn.softmax(X)).mean(), rel=1e-14)


def test_float32_stays_float32(data):
    net = new_net(dtype=np.float32)
    X, y = data
    history = fit(net, X.astype(np.float32), y)
    assert net.params.dtype == np.float32
    assert all(type(value) is float for value in history.loss + history.accuracy + history.lr)
    assert history.loss == pytest.approx(fit(new_net(), X, y).loss, rel=1e-5)


def test_arguments_are_left_as_they_are(data):
    X, y = data
    validation = X[:3].copy(), y[:3].copy()
    before = [a.copy() for a in (X, y, *validation)]
    for a in (X, y, *validation):
        a.flags.writeable = False
    fit(new_net(hidden=3), X, y, validation=validation)
    assert all(map(np.array_equal, before, (X, y, *validation)))


@pytest.mark.parametrize("batch_size", [32, 256])
def test_an_epoch_takes_no_copy_of_the_data(batch_size, rng):
    X, y = rng.random((4000, 784), dtype=np.float32), rng.integers(10, size=4000)
    layers = nn.Linear(784, 128, rng=rng, dtype="f4"), nn.Linear(128, 10, rng=rng, dtype="f4")
    net = nn.Sequential(layers[0], nn.ReLU(), layers[1])
    fit(net, X[:32], y[:32], epochs=1)  # what is imported at the first use is none of the epoch's
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    fit(net, X, y, epochs=1, batch_size=batch_size, lr=0.01)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < X.nbytes / 10 + 4 * net.params.nbytes


def test_lists_will_do(data):
    X, y = data
    net, other = new_net(), new_net()
    fit(net, X.tolist(), y.tolist(), validation=(X.tolist(), y.tolist()))
    fit(other, X, y)
    assert np.array_equal(net.params, other.params)


# ---------------------------------------------------------------- evaluate


@pytest.mark.equation("epoch-mean")
@pytest.mark.parametrize("batch_size", [1, 3, 4, 9, 10, 1024])
def test_evaluate_does_not_depend_on_the_batch_size(batch_size, data):
    X, y = data
    net = new_net(hidden=4)
    z = net.forward(X)
    losses = [math.log(sum(map(math.exp, z_n))) - z_n[t] for z_n, t in zip(z, y, strict=True)]
    loss, accuracy = nn.evaluate(net, X, y, batch_size)
    assert loss == pytest.approx(math.fsum(losses) / N, rel=1e-13)
    assert accuracy == sum(z_n.argmax() == t for z_n, t in zip(z, y, strict=True)) / N


def test_evaluate_changes_no_weight_and_no_gradient(data):
    net = new_net()
    fit(net, *data)
    before = net.params.copy(), net.grads.copy()
    nn.evaluate(net, *data)
    assert np.array_equal(before, (net.params, net.grads))


@pytest.mark.parametrize(
    ("X", "y", "batch_size", "error", "words"),
    [
        (np.ones((2, D)), [0], 4, ValueError, "one target per row"),
        (np.ones((0, D)), np.ones(0, int), 4, ValueError, "one target per row"),
        (np.ones((2, D)), [0, 1], 0, ValueError, "batch_size: expected at least 1, got 0"),
        (np.ones((2, D)), [0, 1], -1, ValueError, "batch_size: expected at least 1, got -1"),
        (np.ones((2, D)), [0, 1], 0.5, TypeError, "batch_size: expected an integer"),
        (np.ones((2, D)), [0.0, 1.0], 4, TypeError, "y: expected integer labels"),
        (np.ones((2, D)), [0, C], 4, ValueError, "y: expected labels from 0 to 2"),
        ([["a"] * D] * 2, [0, 1], 4, TypeError, "^X: expected real numbers"),
    ],
)
def test_evaluate_says_what_is_wrong(X, y, batch_size, error, words):
    with pytest.raises(error, match=words):
        nn.evaluate(new_net(), X, y, batch_size)


# ---------------------------------------------------------------- validation and patience


def test_validation_never_trains(data, rng):
    X, y = data
    validation = rng.standard_normal((6, D)), rng.integers(C, size=6)
    net = Spy(nn.Linear(D, C, rng=np.random.default_rng(0)))
    history = fit(net, X, y, validation=validation)
    learned = np.concatenate(net.learned)
    assert not any((row == learned).all(axis=1).any() for row in validation[0])

    other = new_net()
    alone = fit(other, X, y)
    assert np.array_equal(net.params, other.params)
    assert (history.loss, history.accuracy, history.lr) == (alone.loss, alone.accuracy, alone.lr)
    assert alone.val_loss == alone.val_accuracy == []


def test_validation_is_measured_after_each_epoch(data, rng):
    X, y = data
    validation = rng.standard_normal((6, D)), rng.integers(C, size=6)
    history = fit(new_net(), X, y, epochs=4, validation=validation)
    for epochs in (1, 2, 3, 4):
        net = new_net()
        fit(net, X, y, epochs=epochs)
        after = history.val_loss[epochs - 1], history.val_accuracy[epochs - 1]
        assert after == nn.evaluate(net, *validation)


def opposed(data):
    """Validation labels that are the training labels moved by one: to learn is to get worse."""
    X, y = data
    return X, (y + 1) % C


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_stops_that_many_epochs_after_the_best(patience, data):
    history = fit(new_net(), *data, lr=5.0, epochs=40, validation=opposed(data), patience=patience)
    best = int(np.argmin(history.val_loss))
    assert len(history.loss) == len(history.val_loss) == best + 1 + patience
    assert min(history.val_loss[best + 1 :]) >= history.val_loss[best]


def test_patience_counts_from_the_latest_of_several_best_epochs(data, monkeypatch):
    """Losses 5, 4, 4, 3, 3, 3: equal is no improvement, and each improvement starts the count."""
    losses = iter([5.0, 4.0, 4.0, 3.0, 3.0, 3.0, 2.0])
    monkeypatch.setattr("nnlib.train.evaluate", lambda *_: (next(losses), 0.0))
    history = fit(new_net(), *data, epochs=9, validation=data, patience=2)
    assert history.val_loss == [5.0, 4.0, 4.0, 3.0, 3.0, 3.0]


@pytest.mark.parametrize("epochs", [40, 3])  # stopped by patience, and by the last epoch
def test_patience_goes_back_to_the_parameters_of_the_best_epoch(epochs, data):
    net = new_net(hidden=3)
    settings = {"lr": 5.0, "epochs": epochs, "validation": opposed(data)}
    history = fit(net, *data, patience=4, **settings)
    best = int(np.argmin(history.val_loss))
    assert best < len(history.val_loss) - 1  # else there would be nowhere to go back to
    assert nn.evaluate(net, *opposed(data)) == (history.val_loss[best], history.val_accuracy[best])

    other = new_net(hidden=3)
    fit(other, *data, lr=5.0, epochs=best + 1)
    assert np.array_equal(net.params, other.params)
    assert np.shares_memory(net.params, net.layers[0].params["W"])  # still one vector


def test_without_patience_the_last_epoch_stays(data):
    net, other = new_net(), new_net()
    fit(net, *data, lr=5.0, epochs=6, validation=opposed(data))
    fit(other, *data, lr=5.0, epochs=6)
    assert np.array_equal(net.params, other.params)


# ---------------------------------------------------------------- schedules


def test_a_schedule_multiplies_the_rate_of_each_epoch(data):
    net, other = new_net(), new_net()
    history = fit(net, *data, lr=0.5, schedule=lambda epoch: 1 / (1 + epoch))
    assert history.lr == [0.5, 0.25, pytest.approx(0.5 / 3)]

    rng = np.random.default_rng(1)
    for lr in history.lr:
        nn.fit(other, nn.SGD(lr), *data, epochs=1, batch_size=4, rng=rng)
    assert np.array_equal(net.params, other.params)


def test_without_a_schedule_the_rate_is_constant(data):
    assert fit(new_net(), *data, lr=0.5).lr == [0.5] * 3


def fails_in_epoch_2(epoch):
    if epoch == 1:
        raise RuntimeError("the schedule ends here")
    return 0.1


def test_the_base_rate_is_back_afterwards_also_after_an_exception(data):
    optimizer, rng = nn.SGD(0.5), np.random.default_rng(0)
    settings = {"epochs": 3, "batch_size": 4, "rng": rng}
    nn.fit(new_net(), optimizer, *data, schedule=lambda _: 0.1, **settings)
    assert optimizer.lr == 0.5
    with pytest.raises(RuntimeError, match="ends here"):
        nn.fit(new_net(), optimizer, *data, schedule=fails_in_epoch_2, **settings)
    assert optimizer.lr == 0.5


# ---------------------------------------------------------------- what goes wrong, and what is said


def test_a_loss_that_is_not_finite_stops_and_names_the_epoch(data):
    X, y = data
    net = new_net()

    def poison(epoch):  # the weights are spoilt just before the third epoch
        if epoch == 2:
            net.params[0] = np.nan
        return 1.0

    with pytest.raises(FloatingPointError, match="epoch 3: expected a finite loss, got nan"):
        fit(net, X, y, epochs=5, schedule=poison)


def test_a_missing_pixel_stops_before_it_spoils_the_weights(data):
    X, y = (a.copy() for a in data)
    X[7, 2] = np.nan
    net = new_net()
    with pytest.raises(FloatingPointError, match="epoch 1"):
        fit(net, X, y)
    assert np.all(np.isfinite(net.params))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs: expected at least 1, got 0"),
        ({"epochs": 2.0}, TypeError, "epochs: expected an integer, got 2.0"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        ({"batch_size": "4"}, TypeError, "batch_size: expected an integer, got '4'"),
        ({"patience": 2}, ValueError, "^patience: expected validation data with it, got none$"),
        ({"patience": 0, "validation": (np.ones((1, D)), [0])}, ValueError, "patience: .* got 0"),
        ({"patience": 1.5, "validation": (np.ones((1, D)), [0])}, TypeError, "patience: .* 1.5"),
        (
            {"weight_decay": -0.1},
            ValueError,
            "weight_decay: expected a number from 0 to below infinity, got -0.1",
        ),
        (
            {"weight_decay": math.nan},
            ValueError,
            "weight_decay: expected a number from 0 to below infinity, got nan",
        ),
    ],
)
def test_settings_that_make_no_sense(settings, error, words, data):
    net = new_net()
    before = net.params.copy()
    with pytest.raises(error, match=words):
        fit(net, *data, **settings)
    assert np.array_equal(net.params, before)


@pytest.mark.parametrize(
    ("X", "y", "error", "words"),
    [
        (np.ones((3, D)), [0, 1], ValueError, r"one target per row, got X \(3, 4\) and y \(2,\)"),
        (np.ones((0, D)), np.ones(0, int), ValueError, "one target per row"),
        (np.ones((2, D + 1)), [0, 1], ValueError, "expected"),
        (np.ones((2, D)), [0, C], ValueError, "y: expected labels from 0 to 2"),
        (np.ones((2, D)), [0.0, 1.0], TypeError, "y: expected integer labels"),
        (np.ones((2, D)), [[1.0, 0.0], [0.0, 1.0]], ValueError, "y: expected shape"),
        (np.ones((2, D)) * 1j, [0, 1], TypeError, "^X: expected real numbers"),
    ],
)
def test_data_that_does_not_fit(X, y, error, words):
    with pytest.raises(error, match=words):
        fit(new_net(), X, y)


@pytest.mark.parametrize("bad", [C, -1])
def test_one_bad_label_in_the_last_row_is_found_before_the_first_step(bad, rng):
    X, y = rng.standard_normal((50, D)), rng.integers(C, size=50)
    for n in range(50):
        labels = y.copy()
        labels[n] = bad
        net = new_net()
        before = net.params.copy()
        with pytest.raises(ValueError, match="y: expected labels from 0 to 2"):
            fit(net, X, labels, batch_size=1)
        assert np.array_equal(net.params, before)


def test_a_network_that_loses_rows_is_an_error(data):
    class FirstRow(nn.Tanh):
        def forward(self, x):
            return super().forward(x[:1])

    net = nn.Sequential(nn.Linear(D, C, rng=np.random.default_rng(0)), FirstRow())
    with pytest.raises(ValueError, match=r"y: expected shape \(1,\) for scores \(1, 3\)"):
        fit(net, *data)


def test_a_seed_is_not_a_generator(data):
    with pytest.raises(TypeError, match="default_rng"):
        nn.fit(new_net(), nn.SGD(0.1), *data, epochs=1, batch_size=4, rng=0)


# ---------------------------------------------------------------- progress


def test_no_word_of_progress_outside_a_terminal(data, capfd):
    fit(new_net(), *data)
    assert capfd.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_in_a_terminal_that_is_gone_afterwards(data, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    fit(new_net(), *data)
    shown = terminal.getvalue()
    assert "fit:" in shown
    assert "/3 [" in shown
    assert re.search(r"[\d?](epoch/s|s/epoch)", shown)
    assert shown.split("\r")[-1].strip() == ""


class First(nn.Linear):
    """Returns only the first score of each row, which is no matrix."""

    def forward(self, x):
        return super().forward(x)[:, 0]


def test_a_network_without_a_matrix_of_scores_is_an_error(data):
    net = nn.Sequential(First(D, C, rng=np.random.default_rng(0)))
    with pytest.raises(ValueError, match=r"^z: expected a non-empty array of shape \(N, C\), got"):
        fit(net, *data)


def test_the_gradient_of_the_input_is_not_asked_for(data, monkeypatch):
    asked = []
    backward = nn.Sequential.backward

    def listen(net, da, *, input_gradient=True):
        asked.append(input_gradient)
        return backward(net, da, input_gradient=input_gradient)

    monkeypatch.setattr(nn.Sequential, "backward", listen)
    fit(new_net(), *data)
    assert set(asked) == {False}
