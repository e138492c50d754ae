"""The hard numerical cases, one test each: what other libraries disagree on, and what we do.

Expected values are exact by hand or come from mpmath; none is our own output.
"""

import math

import mpmath
import numpy as np
import pytest
import scipy.special

import nnlib as nn

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
INF = np.inf


def both_targets(label: int, num_classes: int) -> list:
    """One row's target as a label and as a one-hot distribution."""
    return [np.array([label]), np.eye(num_classes)[[label]]]


@DTYPES
@pytest.mark.parametrize("y", both_targets(1, 2))
def test_overflow_wrong_class_at_scores_of_1000(dtype, y):
    loss, dz = nn.softmax_cross_entropy(np.array([[1000, -1000]], dtype), y)
    assert loss == 2000.0
    assert dz.tolist() == [[1.0, -1.0]]


def test_log_of_zero_is_infinite_and_silent():
    assert nn.cross_entropy([1.0, 0.0], [0.0, 1.0]) == INF
    assert nn.kl_divergence([1.0, 0.0], [0.0, 1.0]) == INF
    assert nn.self_information(0.0) == INF


@pytest.mark.parametrize(
    "h",
    [
        nn.entropy([1.0, 0.0]),
        nn.cross_entropy([1.0, 0.0], [1.0, 0.0]),
        nn.kl_divergence([1.0, 0.0], [1.0, 0.0]),
        nn.self_information(1.0),
    ],
)
def test_zero_log_zero_is_zero_without_a_minus(h):
    assert h == 0
    assert math.copysign(1, h) == 1


@pytest.mark.parametrize("y", both_targets(1, 3))
def test_one_class_at_minus_infinity_that_is_not_the_target(y):
    loss, dz = nn.softmax_cross_entropy([[0.0, 0.0, -INF]], y)
    assert loss == pytest.approx(math.log(2), abs=1e-15)
    assert dz.tolist() == [[0.5, -0.5, 0.0]]


@pytest.mark.parametrize("y", both_targets(2, 3))
def test_one_class_at_minus_infinity_that_is_the_target(y):
    loss, dz = nn.softmax_cross_entropy([[0.0, 0.0, -INF]], y)
    assert loss == INF
    assert dz.tolist() == [[0.5, 0.5, -1.0]]


def test_row_of_minus_infinity_has_no_distribution():
    z = [[-INF, -INF]]
    assert nn.logsumexp(z).tolist() == [-INF]
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(nn.softmax(z)).all()
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(nn.log_softmax(z)).all()
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(nn.softmax_cross_entropy(z, [0])[0])


def test_plus_infinity_has_no_distribution_either():
    assert nn.logsumexp([0.0, INF]) == INF
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(nn.softmax([0.0, INF])).all()


def test_nan_stays_in_its_row():
    z = np.array([[0.0, np.nan], [0.0, 0.0]])
    s = nn.softmax(z)
    assert np.isnan(s[0]).all()
    assert s[1].tolist() == [0.5, 0.5]
    loss, dz = nn.softmax_cross_entropy(z, [0, 0])
    assert np.isnan(loss)
    assert np.isnan(dz[0]).all()
    assert dz[1].tolist() == [-0.25, 0.25]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.float16, bool])
def test_narrow_and_integer_scores_are_widened(dtype):
    z = np.array([100, 0], dtype)
    s = nn.softmax(z)
    assert s.dtype == np.float64
    assert s == pytest.approx(scipy.special.softmax(z.astype(float)), rel=1e-14)


def test_float16_of_many_classes_still_sums_to_one():
    s = nn.softmax(np.zeros(70_000, np.float16))
    assert s.sum() == pytest.approx(1, abs=1e-12)


@DTYPES
def test_float32_and_float64_are_kept_and_the_loss_is_a_float(dtype):
    z = np.array([[1, 2, 3]], dtype)
    loss, dz = nn.softmax_cross_entropy(z, [0])
    assert type(loss) is float
    assert {nn.softmax(z).dtype, nn.log_softmax(z).dtype, nn.logsumexp(z).dtype, dz.dtype} == {
        np.dtype(dtype)
    }


@DTYPES
def test_large_offset_keeps_the_digits_of_the_difference(dtype):
    exact = float(mpmath.log(1 + mpmath.exp(-1)))  # 0.3132616875
    loss, _ = nn.softmax_cross_entropy(np.array([[1e4, 1e4 + 1]], dtype), [1])
    assert loss == pytest.approx(exact, rel=4 * float(np.finfo(dtype).eps))


def test_saturated_right_answer_is_right_to_rounding():
    loss, dz = nn.softmax_cross_entropy([[0.0, -40.0]], [0])
    assert loss == pytest.approx(float(mpmath.log1p(mpmath.exp(-40))), abs=2.3e-16)
    assert dz[0, 1] == pytest.approx(float(mpmath.exp(-40)), rel=1e-12)


def test_empty_batch_is_an_error():
    with pytest.raises(ValueError, match=r"non-empty .* \(N, C\), got \(0, 3\)"):
        nn.softmax_cross_entropy(np.zeros((0, 3)), np.zeros(0, int))


@pytest.mark.parametrize(
    "f", [nn.softmax, nn.log_softmax, nn.logsumexp, nn.softmax_jacobian, nn.entropy]
)
def test_zero_classes_is_an_error(f):
    with pytest.raises(ValueError, match=r"got shape \(2, 0\)"):
        f(np.zeros((2, 0)))


def test_one_class_is_certain():
    loss, dz = nn.softmax_cross_entropy([[3.0], [-7.0]], [0, 0])
    assert loss == 0
    assert dz.tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("label", [3, -1, -100])
def test_label_out_of_range_is_an_error_and_never_wraps(label):
    with pytest.raises(ValueError, match=rf"from 0 to 2, got {label} to {label}"):
        nn.softmax_cross_entropy(np.zeros((1, 3)), [label])
    with pytest.raises(ValueError, match=rf"from 0 to 2, got {label} to {label}"):
        nn.one_hot([label], 3)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_integer_labels_of_any_width(dtype):
    loss, _ = nn.softmax_cross_entropy(np.zeros((1, 2)), np.array([1], dtype))
    assert loss == pytest.approx(math.log(2))


@pytest.mark.parametrize("y", [np.array([1.0]), np.array([True]), np.array(["1"])])
def test_labels_that_are_no_integers_are_an_error(y):
    with pytest.raises(TypeError, match="expected integer labels, got dtype"):
        nn.softmax_cross_entropy(np.zeros((1, 2)), y)


@pytest.mark.parametrize(
    "y",
    [
        np.zeros((3, 1), int),  # a column would broadcast to (3, 3)
        np.zeros(2, int),  # one label too few
        np.zeros(1, int),  # would broadcast over the rows
        np.eye(3)[:2],  # one row too few
        np.ones((3, 1)),  # a column of floats
        np.zeros((), int),
    ],
)
def test_targets_are_never_broadcast(y):
    with pytest.raises(ValueError, match="expected"):
        nn.softmax_cross_entropy(np.zeros((3, 3)), y)


@pytest.mark.parametrize("y", [[[0.5, 0.4]], [[2.0, -1.0]], [[np.nan, 1.0]]])
def test_soft_targets_that_are_no_distribution_are_an_error(y):
    with pytest.raises(ValueError, match=r"sum to 1|at least 0"):
        nn.softmax_cross_entropy(np.zeros((1, 2)), y)


@pytest.mark.parametrize("a", [-0.1, 1.5, np.nan])
def test_label_smoothing_outside_0_to_1_is_an_error(a):
    with pytest.raises(ValueError, match="a: expected a fraction from 0 to 1"):
        nn.smooth_labels(np.eye(2), a)


def test_the_mean_weighs_every_row_alike():
    z, y = np.array([[0.0, 0.0], [0.0, 5.0], [3.0, 0.0]]), np.array([0, 0, 1])
    each = [nn.softmax_cross_entropy(z[[n]], y[[n]])[0] for n in range(3)]
    assert nn.softmax_cross_entropy(z, y)[0] == pytest.approx(math.fsum(each) / 3)


def test_fifty_thousand_classes_need_no_square_matrix():
    z, y = np.zeros((4, 50_000), np.float32), np.arange(4)
    loss, dz = nn.softmax_cross_entropy(z, y)
    assert loss == pytest.approx(math.log(50_000), rel=1e-6)
    assert np.abs(dz.sum(axis=1)).max() < 1e-6


def test_relu_takes_zero_at_its_kink():
    assert nn.relu_vjp([5.0, 5.0], nn.relu([0.0, -0.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("f", [nn.entropy, lambda p: nn.cross_entropy(p, [0.5, 0.5])])
def test_unnormalised_probabilities_are_an_error(f):
    with pytest.raises(ValueError, match=r"sum to 1, got a row that sums to 3\.0"):
        f([1.0, 2.0])


def test_kl_divergence_of_close_distributions_is_not_far_below_zero(rng):
    p = rng.dirichlet(np.ones(5), size=10_000)
    q = p * (1 + 1e-9 * rng.standard_normal(p.shape))
    assert nn.kl_divergence(p, q / q.sum(axis=1, keepdims=True)).min() >= -1e-15


def test_sigmoid_neither_overflows_nor_loses_its_tail():
    a = nn.sigmoid([-1000.0, -700.0, 1000.0])
    assert a.tolist() == pytest.approx([0.0, float(mpmath.exp(-700)), 1.0], rel=1e-13, abs=0)
