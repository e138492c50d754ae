"""The schedules: their formulas, their ends, and how `fit` uses them."""

import math
import sys

import numpy as np
import pytest

import nnlib as nn
from nnlib.schedules import cosine_decay, exponential_decay, step_decay


@pytest.mark.equation("step-decay")
@pytest.mark.parametrize(("every", "factor"), [(1, 0.9), (3, 0.5), (10, 0.1), (4, 1.0)])
def test_step_decay_multiplies_once_after_so_many_epochs(every, factor):
    schedule, fraction = step_decay(every, factor), 1.0
    for epoch in range(25):
        if epoch > 0 and epoch % every == 0:
            fraction = fraction * factor
        assert schedule(epoch) == pytest.approx(fraction, rel=1e-14)


def test_exponential_decay_multiplies_after_every_epoch():
    schedule = exponential_decay(0.9)
    assert [schedule(epoch) for epoch in range(4)] == pytest.approx([1, 0.9, 0.81, 0.729])


@pytest.mark.equation("cosine-decay")
@pytest.mark.parametrize(("epochs", "final"), [(2, 0.0), (11, 0.0), (30, 0.1), (5, 1.0)])
def test_cosine_decay_follows_half_a_wave(epochs, final):
    schedule = cosine_decay(epochs, final)
    for epoch in range(epochs):
        wave = math.cos(math.pi * epoch / (epochs - 1))  # from 1 to -1
        assert schedule(epoch) == pytest.approx(final + (1 - final) * (1 + wave) / 2, abs=1e-15)


def test_cosine_decay_begins_at_one_is_half_way_in_the_middle_and_ends_exactly():
    schedule = cosine_decay(21, final=0.2)
    assert (schedule(0), schedule(20)) == (1.0, 0.2)
    assert schedule(10) == pytest.approx(0.6)
    assert schedule(21) == schedule(1000) == 0.2  # and stays there


@pytest.mark.parametrize(
    "schedule", [step_decay(3), exponential_decay(0.8), cosine_decay(12, 0.05)]
)
def test_a_schedule_starts_at_one_never_rises_and_gives_plain_floats(schedule):
    fractions = [schedule(epoch) for epoch in range(20)]
    assert fractions[0] == 1
    assert all(type(f) is float for f in fractions)
    assert (np.diff(fractions) <= 0).all()
    assert min(fractions) > 0


@pytest.mark.parametrize("factor", [0, -0.5, math.nan])
def test_a_factor_must_be_positive(factor):
    with pytest.raises(ValueError, match=r"^factor: expected"):
        step_decay(2, factor)
    with pytest.raises(ValueError, match=r"^factor: expected"):
        exponential_decay(factor)


@pytest.mark.parametrize("every", [0, -3])
def test_a_drop_needs_at_least_one_epoch(every):
    with pytest.raises(ValueError, match=f"^every: expected at least 1, got {every}"):
        step_decay(every)


@pytest.mark.parametrize(("epochs", "final"), [(1, 0.0), (0, 0.0), (5, -0.1), (5, 1.1)])
def test_a_cosine_needs_two_ends(epochs, final):
    with pytest.raises(
        ValueError, match=r"^(epochs: expected at least 2|final: expected a fraction)"
    ):
        cosine_decay(epochs, final)


def test_fit_multiplies_the_rate_it_was_given_and_gives_it_back(rng):
    X, y = rng.standard_normal((6, 2)), [0, 1, 1, 0, 1, 0]
    net, optimizer = nn.Sequential(nn.Linear(2, 2, rng=rng)), nn.SGD(lr=0.4)
    schedule = step_decay(2)
    history = nn.fit(net, optimizer, X, y, epochs=5, batch_size=2, rng=rng, schedule=schedule)
    assert history.lr == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.1])  # not compounded
    assert optimizer.lr == 0.4


def test_the_last_epoch_of_a_cosine_that_ends_at_zero_changes_nothing(rng):
    X, y = rng.standard_normal((6, 2)), [0, 1, 1, 0, 1, 0]
    after = []
    for epochs in (3, 4, 5):
        again = np.random.default_rng(0)
        net = nn.Sequential(nn.Linear(2, 2, rng=again))
        settings = {"batch_size": 2, "rng": again, "schedule": cosine_decay(5)}
        nn.fit(net, nn.SGD(lr=0.5), X, y, epochs=epochs, **settings)
        after.append(net.params)
    np.testing.assert_array_equal(after[1], after[2])
    assert np.all(after[0] != after[1])


# PyTorch


@pytest.mark.parametrize(
    ("name", "settings", "ours"),
    [
        ("StepLR", {"step_size": 3, "gamma": 0.5}, step_decay(3, 0.5)),
        ("ExponentialLR", {"gamma": 0.9}, exponential_decay(0.9)),
        # its T_max is the epoch of the lowest rate: for us the last, for most of its users one more
        ("CosineAnnealingLR", {"T_max": 9, "eta_min": 0.1}, cosine_decay(10, final=0.1)),
    ],
)
def test_schedules_follow_pytorch(name, settings, ours):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
    for epoch in range(10):
        assert optimizer.param_groups[0]["lr"] == pytest.approx(ours(epoch), abs=1e-12)
        optimizer.step()
        schedule.step()


def test_any_number_of_epochs_that_memory_could_count():
    assert step_decay(sys.maxsize)(1000) == 1.0
    with pytest.raises(ValueError, match=f"^every: expected at most {sys.maxsize}, got"):
        step_decay(sys.maxsize + 1)
