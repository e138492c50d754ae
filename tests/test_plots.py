"""The picture of a classifier: what is drawn is what it predicts."""

import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from notebooks import BOOK

from nnlib.plots import MARKERS, decision_regions

X = np.array([[0.0, 0.0], [1.0, 4.0], [2.0, 1.0], [4.0, 2.0]])
LABELS = np.array([0, 0, 1, 2])


def right_of(edge):
    return lambda points: (points[:, 0] > edge).astype(int)


def drawn(predict, y=LABELS, **options):
    """The axes after drawing, with every warning an error; its areas and its lines."""
    ax = Figure().subplots()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decision_regions(ax, predict, X, y, **options)
        ax.figure.canvas.draw()
    contours = [c for c in ax.collections if isinstance(c, ContourSet)]
    return ax, [c for c in contours if c.filled], [c for c in contours if not c.filled]


def classes_at(point, ax, areas):
    """The classes in whose colour a point of the plane is."""
    colours = [to_rgb(f"C{c}") for c in range(len(MARKERS))]
    inside = [a for a in areas if any(path.contains_point(point) for path in a.get_paths())]
    return [colours.index(to_rgb(area.get_facecolor()[0])) for area in inside]


def test_each_point_of_the_plane_has_the_colour_of_its_predicted_class():
    ax, areas, _ = drawn(lambda p: np.where(p[:, 0] < 1.5, 0, np.where(p[:, 1] < 2.5, 2, 1)))
    for point, c in [((0.7, 3.0), 0), ((3.0, 1.0), 2), ((3.0, 3.5), 1)]:
        assert classes_at(point, ax, areas) == [c]


def test_the_line_lies_where_the_prediction_changes():
    _, _, lines = drawn(right_of(1.5))
    for line in lines:
        across = np.vstack([path.vertices for path in line.get_paths()])[:, 0]
        assert across == pytest.approx(1.5, abs=0.01)  # the grid is 4.64 / 499 wide


def test_between_class_0_and_class_2_there_is_no_thread_of_class_1():
    _, areas, _ = drawn(lambda p: 2 * right_of(1.5)(p))
    assert [to_rgb(a.get_facecolor()[0]) for a in areas] == [to_rgb("C0"), to_rgb("C2")]


def test_one_region_alone_has_no_line_and_no_warning():
    _, areas, lines = drawn(right_of(99))
    assert (len(areas), len(lines)) == (1, 0)


def test_examples_are_drawn_at_their_place_with_the_marker_of_their_class():
    ax, _, _ = drawn(right_of(1.5))
    points = [c for c in ax.collections if isinstance(c, PathCollection)]
    places = [X[:2].tolist(), X[2:3].tolist(), X[3:].tolist()]
    assert [p.get_offsets().tolist() for p in points] == places
    shapes = [p.get_paths()[0].vertices.shape[0] for p in points]
    assert len(set(shapes)) == 3


@pytest.mark.parametrize(
    ("names", "texts"), [(None, ["0", "1", "2"]), (["a", "b", "c"], ["a", "b", "c"])]
)
def test_legend_names_the_classes(names, texts):
    ax, _, _ = drawn(right_of(1.5), names=names)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == texts


def test_every_example_lies_well_inside_the_picture():
    ax, _, _ = drawn(right_of(1.5))
    for limits, column in [(ax.get_xlim(), X[:, 0]), (ax.get_ylim(), X[:, 1])]:
        assert limits[0] < column.min() - 0.05 * np.ptp(column)
        assert limits[1] > column.max() + 0.05 * np.ptp(column)


def test_examples_on_one_line_still_get_a_plane():
    ax = Figure().subplots()
    decision_regions(ax, right_of(0.5), [[0.0, 7.0], [1.0, 7.0]], [0, 1])
    assert ax.get_ylim() == (6.5, 7.5)


def test_every_class_has_its_own_marker_and_its_own_colour():
    assert len(set(MARKERS)) == len(MARKERS)
    style = mpl.rc_params_from_file(BOOK / "gradients.mplstyle", use_default_template=False)
    assert len(set(style["axes.prop_cycle"].by_key()["color"])) >= len(MARKERS)


@pytest.mark.parametrize(
    ("predict", "x", "y", "names", "words"),
    [
        (
            right_of(1),
            np.ones((4, 3)),
            LABELS,
            None,
            r"expected X \(N, 2\) and y \(N,\), got X \(4, 3\)",
        ),
        (right_of(1), X, LABELS[:3], None, r"got X \(4, 2\) and y \(3,\)"),
        (right_of(1), X, LABELS + 9, None, "y: expected labels from 0 to 5, got 9 to 11"),
        (lambda p: right_of(1)(p)[:7], X, LABELS, None, "predict: expected 250000 labels, got 7"),
        (lambda p: right_of(1)(p)[:, None], X, LABELS, None, "predict: expected labels of shape"),
        (right_of(1), X, LABELS, ["a", "b"], "names: expected 3 of them, got 2"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(predict, x, y, names, words):
    with pytest.raises(ValueError, match=words):
        decision_regions(Figure().subplots(), predict, x, y, names)


def test_a_probability_is_no_label():
    with pytest.raises(TypeError, match="predict: expected integer labels, got dtype float64"):
        decision_regions(Figure().subplots(), lambda p: p[:, 0], X, LABELS)
