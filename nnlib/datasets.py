"""Images of digits and clothes, as rows of numbers from 0 to 1. Needs scikit-learn.

The digits come with scikit-learn. MNIST and Fashion-MNIST are read from the four IDX files in a
folder of yours, or fetched once through scikit-learn's OpenML loader, which keeps a copy.
"""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np

from nnlib._arrays import Array

Split = tuple[Array, Array, Array, Array]

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def load_digits() -> tuple[Array, Array]:
    """Return the 1,797 digits of 8 by 8 pixels that come with scikit-learn.

    Returns
    -------
    X : ndarray of float64, shape (1797, 64)
        The brightness of the pixels, row by row, from 0 to 1.
    y : ndarray of int, shape (1797,)
        The digits.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", 1998.
    :doi:`10.24432/C50P49`

    Examples
    --------
    >>> X, y = load_digits()
    >>> X.shape, float(X.max())
    ((1797, 64), 1.0)
    """
    from sklearn import datasets

    digits = datasets.load_digits()
    return digits.data / 16, digits.target


def load_mnist(
    folder: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> Split:
    """Return the MNIST digits: 60,000 to train on and 10,000 to test, of 28 by 28 pixels.

    Parameters
    ----------
    folder : str or path, optional
        Where the four IDX files are, compressed or not. Nothing is downloaded then.
    cache : str or path, optional
        Where scikit-learn keeps what it downloads; its own folder if not given.

    Returns
    -------
    X_train : ndarray of float32, shape (60000, 784)
        The brightness of the pixels, from 0 to 1.
    y_train : ndarray of int64, shape (60000,)
        The digits.
    X_test : ndarray of float32, shape (10000, 784)
        The test images.
    y_test : ndarray of int64, shape (10000,)
        The test digits.

    Raises
    ------
    FileNotFoundError
        If one of the four files is not in the folder; the message names it.
    ValueError
        If a file is damaged, cut off, swapped with another or of another count; the message says
        which file and what is wrong.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
    recognition", 1998. :doi:`10.1109/5.726791`
    """
    return _load("mnist_784", folder, cache)


def load_fashion_mnist(
    folder: str | os.PathLike[str] | None = None, cache: str | os.PathLike[str] | None = None
) -> Split:
    """Return Fashion-MNIST: clothes in ten classes, in the shapes of MNIST.

    Parameters
    ----------
    folder : str or path, optional
        Where the four IDX files are, compressed or not. Nothing is downloaded then.
    cache : str or path, optional
        Where scikit-learn keeps what it downloads; its own folder if not given.

    Returns
    -------
    X_train : ndarray of float32, shape (60000, 784)
        The brightness of the pixels, from 0 to 1.
    y_train : ndarray of int64, shape (60000,)
        The classes, from 0 (T-shirt) to 9 (ankle boot).
    X_test : ndarray of float32, shape (10000, 784)
        The test images.
    y_test : ndarray of int64, shape (10000,)
        The test classes.

    Raises
    ------
    FileNotFoundError
        If one of the four files is not in the folder; the message names it.
    ValueError
        If a file is damaged, cut off, swapped with another or of another count; the message says
        which file and what is wrong.

    References
    ----------
    H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms", 2017. :arxiv:`1708.07747`
    """
    return _load("Fashion-MNIST", folder, cache)


def read_idx(path: str | os.PathLike[str]) -> Array:
    """Read one IDX file of bytes, compressed with gzip or not.

    Parameters
    ----------
    path : str or path
        The file. Its header is a magic number (two zero bytes, the type 8 for unsigned bytes, the
        number of axes), then one big-endian length per axis.

    Returns
    -------
    ndarray of uint8
        The array that the header describes.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the header or the length of the file is wrong; the message says what was expected.
    """
    raw = Path(path).read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: expected a whole gzip file, got a damaged one") from error
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path}: expected an IDX file of bytes, 00 00 08, got {raw[:4].hex(' ')}")
    header = 4 + 4 * raw[3]
    if len(raw) < header:
        raise ValueError(f"{path}: expected a header of {header} bytes, got {len(raw)}")
    shape = tuple(int(n) for n in np.frombuffer(raw[4:header], ">u4"))
    size = int(np.prod(shape, dtype=object))
    if len(raw) - header != size:
        raise ValueError(
            f"{path}: expected {size} bytes for shape {shape}, got {len(raw) - header}"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def _load(
    name: str, folder: str | os.PathLike[str] | None, cache: str | os.PathLike[str] | None
) -> Split:
    if folder is not None:
        return _from_folder(Path(folder))
    from sklearn.datasets import fetch_openml

    X, y = fetch_openml(
        name, version=1, return_X_y=True, as_frame=False, parser="liac-arff", data_home=cache
    )
    if len(X) != 70_000:
        raise ValueError(f"{name}: expected 70000 images from OpenML, got {len(X)}")
    X, y = _pixels(X), y.astype(np.int64)
    return X[:60_000], y[:60_000], X[60_000:], y[60_000:]


def _from_folder(folder: Path) -> Split:
    paths = [_find(folder, name) for name in FILES]
    X_train, y_train = _images_and_labels(paths[0], paths[1])
    X_test, y_test = _images_and_labels(paths[2], paths[3])
    if X_train.shape[1:] != X_test.shape[1:]:
        raise ValueError(
            f"expected training and test images of one size, got {X_train.shape[1:]} in "
            f"{paths[0]} and {X_test.shape[1:]} in {paths[2]}"
        )
    return _pixels(X_train), y_train, _pixels(X_test), y_test


def _find(folder: Path, name: str) -> Path:
    for variant in (name, f"{name}.gz"):
        if (folder / variant).is_file():
            return folder / variant
    raise FileNotFoundError(f"{folder}: expected a file {name} or {name}.gz, found neither")


def _images_and_labels(images: Path, labels: Path) -> tuple[Array, Array]:
    X, y = read_idx(images), read_idx(labels)
    if X.ndim != 3:
        raise ValueError(f"{images}: expected images, an array with three axes, got {X.shape}")
    if y.ndim != 1:
        raise ValueError(f"{labels}: expected labels, an array with one axis, got {y.shape}")
    if len(X) == 0:
        raise ValueError(f"{images}: expected at least one image, got none")
    if len(X) != len(y):
        raise ValueError(
            f"expected one label per image, got {len(X)} images in {images} "
            f"and {len(y)} labels in {labels}"
        )
    if y.max() > 9:
        raise ValueError(f"{labels}: expected labels from 0 to 9, got {y.max()}")
    return X, y.astype(np.int64)


def _pixels(X: Array) -> Array:
    """Return images of bytes as rows of float32 from 0 to 1."""
    return X.reshape(len(X), -1).astype(np.float32) / np.float32(255)
