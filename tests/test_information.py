"""Information, against loops that are written as the book writes the formulas."""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats

import nnlib as nn

UNITS = pytest.mark.parametrize(("base", "nats_per_unit"), [(None, 1.0), (2, math.log(2))])


def distributions(rng, *shape):
    """Random distributions along the last axis; every third one ends in an impossible outcome."""
    p = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]).reshape(shape)
    rows = p.reshape(-1, shape[-1])
    rows[::3, -1] = 0
    rows /= rows.sum(axis=1, keepdims=True)
    return p


def loop_entropy(p):
    total = 0.0
    for p_i in p:
        if p_i > 0:
            total += p_i * -math.log(p_i)
    return total


def loop_cross_entropy(p, q):
    total = 0.0
    for p_i, q_i in zip(p, q, strict=True):
        if p_i > 0:
            total += p_i * (-math.log(q_i) if q_i > 0 else math.inf)
    return total


def loop_kl_divergence(p, q):
    total = 0.0
    for p_i, q_i in zip(p, q, strict=True):
        if p_i > 0:
            total += p_i * math.log(p_i / q_i) if q_i > 0 else math.inf
    return total


# ---------------------------------------------------------------- self-information


@UNITS
@pytest.mark.equation("self-information")
def test_self_information_is_minus_the_logarithm(base, nats_per_unit):
    p = [1.0, 0.9, 0.5, 1e-3, 1e-300]
    expected = [-math.log(p_i) / nats_per_unit for p_i in p]
    assert nn.self_information(p, base) == pytest.approx(expected, rel=1e-14)


def test_information_of_independent_events_adds(rng):
    p, q = rng.random(50), rng.random(50)
    both = nn.self_information(p) + nn.self_information(q)
    assert nn.self_information(p * q) == pytest.approx(both, rel=1e-13)


def test_the_rarer_event_tells_more():
    assert np.all(np.diff(nn.self_information(np.linspace(0, 1, 101))) < 0)


def test_half_is_one_bit():
    assert nn.self_information(0.5, base=2) == 1.0
    assert nn.self_information(0.5) == math.log(2)


def test_a_convex_curve_lies_below_its_chords(rng):
    p, q, t = rng.random(100), rng.random(100), rng.random(100)
    chord = t * nn.self_information(p) + (1 - t) * nn.self_information(q)
    assert np.all(nn.self_information(t * p + (1 - t) * q) <= chord)


# ------------------------------------------------------------------------- entropy


@UNITS
@pytest.mark.equation("entropy")
def test_entropy_is_the_mean_information(rng, base, nats_per_unit):
    p = distributions(rng, 30, 5)
    expected = [loop_entropy(row) / nats_per_unit for row in p.tolist()]
    assert nn.entropy(p, base) == pytest.approx(expected, rel=1e-13)
    assert nn.entropy(p, base) == pytest.approx(
        scipy.stats.entropy(p, base=base, axis=1), rel=1e-13
    )


def test_entropy_is_the_mean_length_of_the_codewords_of_the_chapter():
    assert nn.entropy([1 / 2, 1 / 4, 1 / 8, 1 / 8], base=2) == 1.75  # of 0, 10, 110, 111


@pytest.mark.parametrize("C", [1, 2, 10, 1000])
def test_entropy_lies_between_certainty_and_uniformity(rng, C):
    h = nn.entropy(distributions(rng, 50, C) if C > 1 else np.ones((50, 1)))
    assert h.min() >= 0
    assert h.max() <= math.log(C) * (1 + 1e-15)
    assert nn.entropy(np.full(C, 1 / C)) == pytest.approx(math.log(C), rel=1e-14)
    assert nn.entropy(np.eye(C)).tolist() == [0.0] * C


@pytest.mark.parametrize("p", [1e-3, 1e-9, 1e-300])
def test_p_log_p_goes_to_zero(p):
    exact = -sum(mpmath.mpf(p_i) * mpmath.log(p_i) for p_i in (p, 1 - p))
    assert nn.entropy([p, 1 - p]) == pytest.approx(float(exact), rel=1e-13)


def test_a_mixture_is_at_least_as_uncertain_as_its_parts(rng):
    p, q = distributions(rng, 100, 4), distributions(rng, 100, 4)
    t = rng.random((100, 1))
    chord = t[:, 0] * nn.entropy(p) + (1 - t[:, 0]) * nn.entropy(q)
    assert np.all(nn.entropy(t * p + (1 - t) * q) >= chord)


def test_distributions_lie_along_the_last_axis(rng):
    p, q = distributions(rng, 2, 3, 4), distributions(rng, 2, 3, 4)
    p[1, 2] = [1, 0, 0, 0]
    q[1, 2] = [0, 0, 0, 1]
    for f, loop in [
        (nn.cross_entropy, loop_cross_entropy),
        (nn.kl_divergence, loop_kl_divergence),
        (lambda p, q: nn.entropy(p), lambda p, q: loop_entropy(p)),
    ]:
        result = f(p, q)
        assert result.shape == (2, 3)
        for n in range(2):
            for i in range(3):
                assert result[n, i] == pytest.approx(loop(p[n, i], q[n, i]), rel=1e-13, abs=1e-15)


# ------------------------------------------------------------------- cross-entropy


@UNITS
@pytest.mark.equation("cross-entropy")
def test_cross_entropy_is_the_mean_information_under_the_belief(rng, base, nats_per_unit):
    p, q = distributions(rng, 30, 5), distributions(rng, 30, 5)[::-1]
    expected = [
        loop_cross_entropy(*rows) / nats_per_unit
        for rows in zip(p.tolist(), q.tolist(), strict=True)
    ]
    assert math.inf in expected
    assert not all(map(math.isinf, expected))
    assert nn.cross_entropy(p, q, base) == pytest.approx(expected, rel=1e-13)


def test_cross_entropy_is_the_mean_length_of_the_wrong_codewords():
    p, q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    wrong_codewords = {"a": "110", "b": "0", "c": "10", "d": "111"}
    bits = sum(len(wrong_codewords[letter]) for letter in "abacabad")
    assert nn.cross_entropy(p, q, base=2) == bits / 8


def test_minus_log_likelihood_is_cross_entropy_of_the_frequencies(rng):
    labels, q = rng.integers(0, 4, size=25), rng.dirichlet(np.ones(4))
    likelihood = 1.0
    for y in labels:
        likelihood *= q[y]
    frequencies = np.bincount(labels, minlength=4) / 25
    assert nn.cross_entropy(frequencies, q) == pytest.approx(-math.log(likelihood) / 25, rel=1e-13)


def test_a_certain_label_costs_the_information_of_its_class(rng):
    q, y = distributions(rng, 20, 4), rng.integers(0, 3, size=20)
    expected = [-math.log(q[n, y[n]]) for n in range(20)]
    assert nn.cross_entropy(nn.one_hot(y, 4), q) == pytest.approx(expected, rel=1e-14)


def test_many_certain_labels_cost_what_their_average_costs(rng):
    Y, q = nn.one_hot(rng.integers(0, 4, size=50), 4), rng.dirichlet(np.ones(4))
    each = [nn.cross_entropy(row, q) for row in Y]
    assert math.fsum(each) / 50 == pytest.approx(nn.cross_entropy(Y.mean(axis=0), q), rel=1e-13)


def test_a_mistake_costs_all_it_should():
    exact = float(-mpmath.log(mpmath.mpf("1e-300")))  # 690.78; with 1e-12 inside it would be 27.63
    assert nn.cross_entropy([1.0, 0.0], [1e-300, 1.0]) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize(
    ("z", "y"), [(-30.0, 1.0), (-2.0, 0.0), (0.7, 0.3), (5.0, 1.0), (40.0, 0.0)]
)
def test_through_the_sigmoid_its_gradient_is_a_minus_y(z, y):
    def loss(z):
        a, rest = nn.sigmoid(z), nn.sigmoid(-z)  # rest is 1 - a, without the rounding
        return nn.cross_entropy([1 - y, y], np.stack([rest, a]))

    nn.gradcheck(loss, z, nn.sigmoid(z) - y)


# -------------------------------------------------------------------- KL divergence


@UNITS
@pytest.mark.equation("kl-divergence")
def test_kl_divergence_is_the_mean_log_ratio(rng, base, nats_per_unit):
    p, q = distributions(rng, 30, 5), distributions(rng, 30, 5)[::-1]
    expected = [
        loop_kl_divergence(*rows) / nats_per_unit
        for rows in zip(p.tolist(), q.tolist(), strict=True)
    ]
    assert math.inf in expected
    assert not all(map(math.isinf, expected))
    assert nn.kl_divergence(p, q, base) == pytest.approx(expected, rel=1e-12)
    scipys = scipy.special.rel_entr(p, q).sum(axis=1) / nats_per_unit
    assert nn.kl_divergence(p, q, base) == pytest.approx(scipys, rel=1e-12)


@pytest.mark.equation("gibbs")
def test_no_belief_costs_less_than_the_truth(rng):
    p, q = rng.dirichlet(np.ones(5), size=(2, 10_000))
    p[::3, 0] = 0
    p /= p.sum(axis=1, keepdims=True)
    d = nn.kl_divergence(p, q)
    assert d.min() > 0
    assert nn.cross_entropy(p, q) - nn.entropy(p) == pytest.approx(d, rel=1e-9, abs=1e-14)


@pytest.mark.equation("gibbs")
def test_the_truth_itself_costs_nothing_extra(rng):
    p = distributions(rng, 100, 5)
    assert nn.kl_divergence(p, p).tolist() == [0.0] * 100
    assert nn.cross_entropy(p, p).tolist() == nn.entropy(p).tolist()


def test_the_two_directions_differ():
    p, q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    assert nn.kl_divergence(p, q, base=2) == pytest.approx(0.625, rel=1e-14)
    assert nn.kl_divergence(q, p, base=2) == pytest.approx(0.5, rel=1e-14)
    assert nn.kl_divergence([1.0, 0.0], [0.5, 0.5], base=2) == 1.0
    assert nn.kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf


def test_a_detour_can_be_shorter():
    p, r, q = [0.5, 0.5], [0.25, 0.75], [0.125, 0.875]
    direct = (mpmath.log(4) + mpmath.log(mpmath.mpf(4) / 7)) / 2
    first = (mpmath.log(2) + mpmath.log(mpmath.mpf(2) / 3)) / 2
    second = mpmath.log(2) / 4 + 3 * mpmath.log(mpmath.mpf(6) / 7) / 4
    assert nn.kl_divergence(p, q) == pytest.approx(float(direct), rel=1e-14)
    assert nn.kl_divergence(p, r) == pytest.approx(float(first), rel=1e-14)
    assert nn.kl_divergence(r, q) == pytest.approx(float(second), rel=1e-14)
    assert first + second < direct


# --------------------------------------------------------------------------- errors


@pytest.mark.parametrize("p", [-0.1, 1.1, [0.5, 2.0], [0.5, np.nan]])
def test_what_is_no_probability_has_no_information(p):
    with pytest.raises(ValueError, match="p: expected probabilities from 0 to 1, got"):
        nn.self_information(p)


@pytest.mark.parametrize("f", [nn.cross_entropy, nn.kl_divergence])
def test_what_is_no_distribution_is_refused_by_its_name(f):
    with pytest.raises(ValueError, match=r"p: expected probabilities of at least 0, got -0\.5"):
        f([1.5, -0.5], [0.5, 0.5])
    with pytest.raises(ValueError, match=r"q: expected rows that sum to 1, .* sums to 0\.75"):
        f([0.5, 0.5], [0.5, 0.25])
    with pytest.raises(ValueError, match=r"of one shape, got \(2,\) and \(3,\)"):
        f([0.5, 0.5], [0.5, 0.25, 0.25])
    with pytest.raises(ValueError, match=r"of one shape, got \(1, 2\) and \(2,\)"):
        f([[0.5, 0.5]], [0.5, 0.5])


@pytest.mark.parametrize("base", [1, 0, -2, 0.5, math.nan, math.inf])
@pytest.mark.parametrize(
    "f",
    [
        lambda base: nn.self_information(0.5, base),
        lambda base: nn.entropy([0.5, 0.5], base),
        lambda base: nn.cross_entropy([0.5, 0.5], [0.5, 0.5], base),
        lambda base: nn.kl_divergence([0.5, 0.5], [0.5, 0.5], base),
    ],
)
def test_a_base_that_counts_no_units_is_an_error(f, base):
    with pytest.raises(ValueError, match=f"^base: expected a number greater than 1, got {base}$"):
        f(base)


@pytest.mark.parametrize("f", [nn.self_information, lambda p: nn.entropy([p, 1 - p])])
def test_certainty_is_zero_and_not_minus_zero(f):
    assert not np.signbit(f(1.0))


def test_what_is_not_asked_for_is_zero_and_not_what_lay_in_memory():
    junk = [np.full(3, np.nan) for _ in range(200)]
    del junk
    assert nn.entropy([0.5, 0.5, 0.0], base=2) == 1.0


@pytest.mark.parametrize(("excess", "allowed"), [(2.0**-26, True), (2.0**-25, False)])
def test_a_row_may_miss_1_by_the_root_of_the_rounding_unit(excess, allowed):
    p = [0.5, 0.5 + excess]  # the rounding unit of float64 is 2**-52
    if allowed:
        nn.entropy(p)
    else:
        with pytest.raises(ValueError, match="expected rows that sum to 1"):
            nn.entropy(p)
