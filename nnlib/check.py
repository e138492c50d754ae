"""Is this gradient right? Ask the function itself, by nudging one coordinate at a time."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nnlib._arrays import Array, as_float
from nnlib._numbers import not_negative, positive

EPS = float(np.finfo(np.float64).eps)  # the rounding unit: the gap between 1 and the next number


def numerical_jacobian(
    f: Callable[[Array], npt.ArrayLike], x: npt.ArrayLike, h: float | None = None
) -> Array:
    """Return all derivatives of `f` at `x` by central differences.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x` and returns a number or an array, the same one each time:
        freeze what is random in it. It may write into the array it is given.
    x : array_like, any shape
        The point. It is copied to float64, so integers are safe, and never written to.
    h : float, optional
        The step. By default the cube root of the rounding unit times ``max(1, |x_i|)``: 6.1e-6 up
        to 1, ten times that at 1000. It balances the error of the formula against that of the
        rounding. Give a smaller one where `f` bends within such a step, as the logarithm near 0.

    Returns
    -------
    ndarray, shape of ``f(x)`` followed by the shape of `x`
        Entry ``[i, j]`` is the derivative of output i with respect to input j; right to about ten
        digits where `f` is smooth, wrong at a kink.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers, or `h` is none.
    ValueError
        If `x` is empty or `h` is not positive and finite.

    Notes
    -----
    Equation :eq:`central-difference`, at two evaluations of `f` per entry of `x`.

    Examples
    --------
    >>> J = numerical_jacobian(lambda x: x**2, [3, 4])
    >>> print(J.round(6) + 0.0)
    [[6. 0.]
     [0. 8.]]
    """
    x = as_float(x, "x").astype(np.float64)
    if x.size == 0:
        raise ValueError(f"x: expected at least one number, got shape {x.shape}")
    h = None if h is None else positive(h, "h")
    columns = []
    for i in np.ndindex(x.shape):
        step = np.cbrt(EPS * max(1.0, abs(float(x[i])))) if h is None else h
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        # up - down, not 2 * step: the difference of what x + h and x - h have been rounded to
        width = up[i] - down[i]
        # copies, because an f that keeps one buffer hands out the same array twice
        columns.append((np.array(f(up)) - np.array(f(down))) / width)
    J: Array = np.stack(columns, axis=-1)
    return J.reshape(columns[0].shape + x.shape)


def numerical_gradient(
    f: Callable[[Array], npt.ArrayLike], x: npt.ArrayLike, h: float | None = None
) -> Array:
    """Return the gradient of a scalar function at `x` by central differences.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x` and returns one number.
    x : array_like, any shape
        The point. It is copied to float64, so integers are safe, and never written to.
    h : float, optional
        The step; see `numerical_jacobian`.

    Returns
    -------
    ndarray, shape of `x`
        The derivative with respect to each entry.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers.
    ValueError
        If `f` returns more than one number.

    Notes
    -----
    Equation :eq:`central-difference`.

    Examples
    --------
    >>> g = numerical_gradient(lambda x: (x**2).sum(), [3, 4])
    >>> print(g.round(6))
    [6. 8.]
    """
    J = numerical_jacobian(f, x, h)
    if J.shape != np.shape(x):
        extra = J.shape[: J.ndim - np.ndim(x)]
        raise ValueError(f"f: expected a function that returns one number, got shape {extra}")
    return J


def relative_error(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return how far apart two arrays are, as a fraction of their size.

    Parameters
    ----------
    a : array_like, any shape
        One array.
    b : array_like, shape of `a`
        The other.

    Returns
    -------
    float
        ``norm(a - b) / (norm(a) + norm(b))``: 0 if they agree (also if both are 0), 1 if one is 0
        or the negative of the other, 1/3 if one is twice the other. NaN if either holds a NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    Equation :eq:`relative-error`. It judges the array as a whole: a wrong entry much smaller than
    the rest goes unseen. `gradcheck` looks at every entry.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [-1.0, -2.0])
    1.0
    """
    a, b = as_float(a, "a"), as_float(b, "b")
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, got {a.shape} and {b.shape}")
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    if scale == 0:
        return 0.0
    u, v = np.divide(a, scale), np.divide(b, scale)  # the square of a tiny entry would round to 0
    return float(np.linalg.norm(u - v) / (np.linalg.norm(u) + np.linalg.norm(v)))


def gradcheck(
    f: Callable[[Array], npt.ArrayLike],
    x: npt.ArrayLike,
    dx: npt.ArrayLike,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> float:
    """Compare a gradient with central differences, entry by entry.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x` and returns one number. For a function with many outputs
        make it ``lambda x: (g * function(x)).sum()`` with a random `g`.
    x : array_like of float64, any shape
        The point, away from kinks.
    dx : array_like, shape of `x`
        The gradient that is claimed.
    rtol : float
        The error allowed in an entry, as a fraction of the numerical one.
    atol : float
        The error allowed besides; what central differences leave in an entry that is 0.

    Returns
    -------
    float
        The relative error of the arrays as a whole.

    Raises
    ------
    AssertionError
        If an entry is off; the message shows the worst entry and both arrays.
    TypeError
        If `x` or `dx` is float32: there rounding hides errors of one in a thousand. Or if an
        argument does not hold real numbers.
    ValueError
        If a tolerance is negative or not finite, the shapes differ, `f` returns more than one
        number, or the gradient is 0 everywhere, so that a wrong sign, factor or transpose would
        pass unseen.

    See Also
    --------
    nnlib.relative_error : The number returned.

    Examples
    --------
    >>> error = gradcheck(lambda x: (x**2).sum(), [3.0, 4.0], [6.0, 8.0])
    >>> error < 1e-9
    True
    """
    x, dx = as_float(x, "x"), as_float(dx, "dx")
    if np.float32 in (x.dtype, dx.dtype):
        raise TypeError(f"expected x and dx in float64, got {x.dtype} and {dx.dtype}")
    if dx.shape != x.shape:
        raise ValueError(f"dx: expected shape {x.shape}, that of x, got {dx.shape}")
    rtol, atol = not_negative(rtol, "rtol"), not_negative(atol, "atol")
    numerical = numerical_gradient(f, x)
    off = np.abs(dx - numerical) - (atol + rtol * np.abs(numerical))
    if not np.all(off <= 0):
        worst = tuple(int(i) for i in np.unravel_index(off.argmax(), off.shape))
        raise AssertionError(
            f"wrong in {np.sum(~(off <= 0))} of {off.size} entries, most at {worst}: "
            f"claimed {dx[worst]:.6g}, numerical {numerical[worst]:.6g}\n"
            f"claimed\n{dx}\nnumerical\n{numerical}"
        )
    if np.abs(numerical).max() <= atol:
        raise ValueError(
            "expected a gradient that is not 0 everywhere, got one: this point checks nothing"
        )
    return relative_error(dx, numerical)
