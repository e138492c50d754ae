"""The classifier behaves as scikit-learn users expect, and trains what `fit` trains."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier as SklearnMLP
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import nnlib as nn
from nnlib.estimator import MLPClassifier

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


@pytest.fixture
def model() -> MLPClassifier:
    return MLPClassifier((8,), learning_rate_init=0.01, batch_size=32, random_state=0).fit(X, Y)


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings on purpose
def test_scikit_learn_finds_nothing_wrong():
    results = check_estimator(MLPClassifier(), on_fail=None)
    failed = [r["check_name"] for r in results if r["status"] not in ("passed", "skipped")]
    assert failed == []
    assert sum(r["status"] == "passed" for r in results) > 40


def test_probabilities_are_those_of_its_network(model):
    z = model.net_.forward(X)
    np.testing.assert_allclose(model.predict_proba(X), nn.softmax(z), rtol=1e-14)
    np.testing.assert_allclose(model.predict_log_proba(X), nn.log_softmax(z), rtol=1e-14)
    assert np.array_equal(model.predict(X), z.argmax(axis=1))
    assert model.score(X, Y) == np.mean(z.argmax(axis=1) == Y)


def test_it_learns_and_records_it(model):
    assert model.score(X, Y) > 0.95
    assert len(model.loss_curve_) == model.n_iter_ <= model.max_iter
    assert model.loss_curve_[-1] < 0.2 < 0.5 < model.loss_curve_[0]
    assert [W.shape for W in model.coefs_] == [(4, 8), (8, 3)]
    assert [b.shape for b in model.intercepts_] == [(8,), (3,)]
    assert model.n_features_in_ == 4


def test_same_seed_same_weights_and_another_seed_others(model):
    again = clone(model).fit(X, Y)
    assert np.array_equal(again.net_.params, model.net_.params)
    other = clone(model).set_params(random_state=1).fit(X, Y)
    assert not np.array_equal(other.net_.params, model.net_.params)


def test_labels_can_be_words():
    words = np.array(["setosa", "versicolor", "virginica"])[Y]
    model = MLPClassifier((8,), learning_rate_init=0.01, random_state=0).fit(X, words)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert model.score(X, words) > 0.9


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_predicts_the_same_and_still_learns(model, copied):
    twin = copied(model)
    assert np.array_equal(twin.predict_proba(X), model.predict_proba(X))
    before = twin.predict_proba(X)
    twin.partial_fit(X, Y)
    assert not np.array_equal(twin.predict_proba(X), before)


def test_partial_fit_visits_the_rows_once_and_goes_on():
    model = MLPClassifier((), solver="sgd", batch_size=150, alpha=0, random_state=0)
    model.partial_fit(X, Y)
    W, b = model.coefs_[0].copy(), model.intercepts_[0].copy()
    _, dz = nn.softmax_cross_entropy(X @ W + b, Y)
    model.partial_fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], W - 0.001 * X.T @ dz, rtol=1e-12)
    np.testing.assert_allclose(model.intercepts_[0], b - 0.001 * dz.sum(axis=0), rtol=1e-12)
    assert model.n_iter_ == 2


def test_partial_fit_knows_classes_that_have_not_come_yet():
    model = MLPClassifier((), random_state=0)
    model.partial_fit(X[:50], Y[:50], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match=r"expected labels from \[0 1 2\], got \[.*7.*\] too"):
        model.partial_fit(X[:1], [7])
    model.partial_fit(X, Y, classes=[2, 1, 0])
    with pytest.raises(ValueError, match="classes: expected"):
        model.partial_fit(X, Y, classes=[0, 1])


def test_the_penalty_is_that_of_scikit_learn():
    """One full-batch step of plain gradient descent from the same weights, in both libraries."""
    ours = MLPClassifier((5,), solver="sgd", batch_size=150, alpha=3.0, max_iter=1, random_state=0)
    theirs = SklearnMLP(
        (5,), solver="sgd", batch_size=150, alpha=3.0, momentum=0, max_iter=1, random_state=0
    )
    with pytest.warns(UserWarning, match="Maximum iterations"):
        theirs.fit(X, Y)
    ours.fit(X, Y)
    for mine, other in zip(
        [*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True
    ):
        other[...] = mine
    theirs.partial_fit(X, Y)
    ours.partial_fit(X, Y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-10)
    np.testing.assert_allclose(ours.coefs_[1], theirs.coefs_[1], rtol=1e-10)


def test_early_stopping_keeps_the_best_weights_on_the_rows_set_aside():
    points, sides = make_moons(300, noise=0.3, random_state=0)
    model = MLPClassifier(
        (50,), learning_rate_init=0.05, early_stopping=True, max_iter=500, random_state=0
    )
    assert model.fit(points, sides).n_iter_ < 500
    assert model.score(points, sides) > 0.85


class Scripted:
    """Takes the place of `fit`: its losses are written down, its weights are the epoch's number."""

    def __init__(self, losses: list[float], val_losses: list[float]) -> None:
        self.losses, self.val_losses = losses, val_losses
        self.X, self.validations, self.epoch = [], [], 0

    def __call__(self, net, _, X, y, *, validation, **rest) -> nn.History:
        self.X.append(X)
        self.validations.append(validation)
        self.epoch += 1
        net.params[...] = self.epoch
        i = self.epoch - 1
        return nn.History(loss=[self.losses[i]], val_loss=[self.val_losses[i]])


FALLING = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
# Waits 0, 1, 2 (each better, but by less than tol), 0, 1 (no better), 2 (by exactly tol), 3: stop.
LOSSES = [1.0, 0.9375, 0.875, 0.5, 0.5, 0.375, 0.375, 0.0]


@pytest.mark.parametrize(
    ("early_stopping", "losses", "val_losses", "weights"),
    [(True, FALLING, LOSSES, 6), (False, LOSSES, FALLING, 7)],
    ids=["best of the rows set aside", "last of all"],
)
def test_when_it_stops_and_with_which_weights(
    monkeypatch, early_stopping, losses, val_losses, weights
):
    script = Scripted(losses, val_losses)
    monkeypatch.setattr("nnlib.estimator.fit", script)
    model = MLPClassifier(
        (), early_stopping=early_stopping, tol=0.125, n_iter_no_change=3, max_iter=8, random_state=0
    )
    model.fit(X, Y)
    assert script.epoch == 7
    assert np.all(model.net_.params == weights)


def test_the_rows_set_aside_have_the_size_and_the_classes_asked_for(monkeypatch):
    script = Scripted(FALLING, FALLING)
    monkeypatch.setattr("nnlib.estimator.fit", script)
    MLPClassifier(early_stopping=True, validation_fraction=0.2, max_iter=8).fit(X, Y)
    rows, labels = script.validations[0]
    assert rows.shape == (30, 4)
    assert np.bincount(labels).tolist() == [10, 10, 10]


def test_a_hundred_seeds_are_a_hundred_beginnings(monkeypatch):
    starts, aside = set(), set()
    for seed in range(100):
        script = Scripted([1.0], [1.0])
        monkeypatch.setattr("nnlib.estimator.fit", script)
        model = MLPClassifier((), early_stopping=True, max_iter=1, random_state=seed).fit(X, Y)
        aside.add(script.validations[0][0].tobytes())
        starts.add(model._network(X).params.tobytes())
    assert len(starts) == len(aside) == 100


def test_the_rows_are_not_copied(monkeypatch):
    script = Scripted(FALLING, FALLING)
    monkeypatch.setattr("nnlib.estimator.fit", script)
    MLPClassifier().partial_fit(X, Y)
    assert np.shares_memory(script.X[0], X)


@pytest.mark.parametrize(
    ("activation", "deviation"),
    [("relu", np.sqrt(2 / 4)), ("tanh", np.sqrt(2 / 504)), ("logistic", np.sqrt(2 / 504))],
)
def test_the_weights_start_as_the_activation_wants(activation, deviation):
    """By He for ReLU, by Glorot for the others; both have it in their papers' variance."""
    model = MLPClassifier((500,), activation, solver="sgd", learning_rate_init=1e-12)
    model.set_params(random_state=0).partial_fit(X, Y)
    assert model.coefs_[0].std() == pytest.approx(deviation, rel=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_data_is_that_of_the_network(dtype):
    model = MLPClassifier((4,), max_iter=2, random_state=0).fit(X.astype(dtype), Y)
    assert model.net_.params.dtype == dtype
    assert model.predict_proba(X.astype(dtype)).dtype == dtype
    for rows in (X, X.astype(np.float32), (10 * X).astype(int)):  # whatever comes later
        assert model.predict_proba(rows).dtype == dtype
        model.partial_fit(rows, Y)
        assert model.net_.params.dtype == dtype


@pytest.mark.parametrize(("activation", "layer"), [("tanh", nn.Tanh), ("logistic", nn.Sigmoid)])
def test_the_activation_is_the_one_asked_for(activation, layer):
    model = MLPClassifier((4,), activation, max_iter=1, random_state=0).fit(X, Y)
    assert isinstance(model.net_.layers[1], layer)


@pytest.mark.parametrize("solver", ["sgd", "momentum", "rmsprop", "adam"])
def test_every_solver_learns(solver):
    model = MLPClassifier((8,), solver=solver, learning_rate_init=0.02, random_state=0)
    assert model.fit(X, Y).score(X, Y) > 0.8


def test_it_works_in_a_pipeline_a_grid_and_cross_validation():
    base = MLPClassifier((8,), learning_rate_init=0.02, max_iter=100, random_state=0)
    pipeline = make_pipeline(StandardScaler(), base)
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.9
    grid = GridSearchCV(pipeline, {"mlpclassifier__hidden_layer_sizes": [(2,), (8,)]}, cv=3)
    assert grid.fit(X, Y).best_score_ > 0.9


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"activation": "step"}, "activation: expected one of"),
        ({"solver": "lbfgs"}, "solver: expected one of"),
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        ({"max_iter": 0}, "max_iter: expected at least 1, got 0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change: expected at least 1"),
        ({"alpha": -1}, "alpha: expected a number from 0 to below infinity, got -1"),
        ({"learning_rate_init": 0}, "lr: expected a positive number below infinity, got 0"),
        ({"hidden_layer_sizes": (0,)}, "n_out: expected at least 1, got 0"),
    ],
)
def test_a_wrong_parameter_is_named(parameters, words):
    with pytest.raises(ValueError, match=words):
        MLPClassifier(**parameters).fit(X, Y)


def test_one_class_is_an_error():
    with pytest.raises(ValueError, match="expected at least two classes, got one class"):
        MLPClassifier().fit(X[:5], Y[:5])


def test_predicting_before_fitting_is_an_error():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
