"""Pictures that more than one chapter draws. Needs Matplotlib."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from nnlib._arrays import Array, as_labels, as_matrix

MARKERS = ("o", "s", "^", "D", "v", "P")  # so that classes differ without colour


def decision_regions(
    ax: Axes,
    predict: Callable[[Array], npt.ArrayLike],
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    names: Sequence[str] | None = None,
    resolution: int = 500,
) -> None:
    """Colour the plane by the predicted class, and draw the examples on it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    predict : callable
        Takes points of shape (M, 2) and returns one integer label for each.
    X : array_like, shape (N, 2)
        The examples.
    y : array_like of int, shape (N,)
        Their labels, from 0.
    names : sequence of str, optional
        What to call the classes in the legend; their numbers if not given.
    resolution : int
        The number of grid points along each axis.

    Raises
    ------
    TypeError
        If `X` does not hold real numbers, or `y` or a prediction is no integer.
    ValueError
        If `X` has not two columns, there is not one label per row or per grid point, or a class has
        no name.

    Notes
    -----
    `predict` is asked about a grid of points, as if they were new examples; where its answer
    changes from one grid point to the next lies the boundary.
    """
    X = as_matrix(X, "X", "(N, 2)")
    y = as_labels(y, len(MARKERS), "y")
    if X.shape[1] != 2 or len(y) != len(X):
        raise ValueError(f"expected X (N, 2) and y (N,), got X {X.shape} and y {y.shape}")
    width = np.ptp(X, axis=0)
    border = np.where(width > 0, 0.08 * width, 0.5)
    (left, bottom), (right, top) = X.min(axis=0) - border, X.max(axis=0) + border
    across, up = np.meshgrid(
        np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    )
    grid = np.column_stack([across.ravel(), up.ravel()])
    region = as_labels(predict(grid), len(MARKERS), "predict")
    if len(region) != len(grid):
        raise ValueError(f"predict: expected {len(grid)} labels, got {len(region)}")

    classes = range(max(int(y.max()), int(region.max())) + 1)
    if names is not None and len(names) < len(classes):
        raise ValueError(f"names: expected {len(classes)} of them, got {len(names)}")
    ax.grid(False)
    for c in classes:
        colour = f"C{c}"
        # class by class: a step from 0 to 2 must not leave a thread of class 1 between them
        inside = (region == c).reshape(across.shape)
        if inside.any():
            ax.contourf(across, up, inside, levels=[0.5, 1.5], colors=[colour], alpha=0.18)
        if inside.any() and not inside.all():
            ax.contour(across, up, inside, levels=[0.5], colors="0.2", linewidths=1.2)
        ax.scatter(
            *X[y == c].T,
            color=colour,
            marker=MARKERS[c],
            label=names[c] if names is not None else str(c),
            edgecolor="black",
            linewidth=0.5,
            zorder=3,
        )
    ax.legend(  # above the picture, where no example can lie under it
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(classes),
        handlelength=1,
        handletextpad=0.3,
        columnspacing=1.2,
        borderaxespad=0.1,
    )
