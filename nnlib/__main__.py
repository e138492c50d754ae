"""Train the network of the posts at full size: ``python -m nnlib --help``.

It prints one table: the setting, the accuracy that a post published for it, and ours. Every
training starts from new weights; a progress bar shows in a terminal and nowhere else.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnlib._arrays import Array
from nnlib.datasets import Split, load_digits, load_fashion_mnist, load_mnist
from nnlib.init import he_normal
from nnlib.layers import Linear, ReLU, Sequential
from nnlib.optim import SGD
from nnlib.train import evaluate, fit


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, train, and print the table.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; that of the program if not given.

    Raises
    ------
    SystemExit
        With code 2 if the command line or the data is wrong, after one line that says what is.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        X_train, y_train, X_test, y_test = _load(options.data, options.folder)
    except (ImportError, OSError, ValueError) as error:
        parser.error(str(error))
    print(
        f"{options.data}: {len(X_train):,} images to train on, {len(X_test):,} to test on, "
        f"{X_train.shape[1]} pixels each\n"
    )
    recipes = [r for r in RECIPES if r.used(options.data, options.like)]
    settings = [recipe.setting.format(n=min(recipe.most, len(X_train))) for recipe in recipes]
    width = max(map(len, settings))
    print(f"{'setting':{width}}  post's accuracy    ours")
    for recipe, setting in zip(recipes, settings, strict=True):
        rng = np.random.default_rng(options.seed)
        net = recipe.train(X_train[: recipe.most], y_train[: recipe.most], rng)
        ours = evaluate(net, X_test, y_test)[1]
        published = recipe.published.get(options.data, "-")
        print(f"{setting:{width}}  {published:>15}  {ours:.4f}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nnlib",
        description="Train a network with one hidden layer on images, with the settings of the "
        "posts and with those of the book, and print the accuracies on the test images.",
    )
    parser.add_argument(
        "--data",
        choices=("digits", "mnist", "fashion"),
        default="digits",
        help="the images; the digits (default) come with scikit-learn",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where the four IDX files of mnist or fashion are, compressed or not; "
        "without it they are fetched from OpenML, once",
    )
    parser.add_argument(
        "--like",
        choices=("post", "book", "both"),
        default="both",
        help="whose settings (default: both)",
    )
    parser.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="of the random numbers (default: 0)"
    )
    return parser


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got {text!r}")
    return int(text)


def _load(data: str, folder: Path | None) -> Split:
    if data == "digits":
        if folder is not None:
            raise ValueError("--folder: expected --data mnist or fashion with it, got digits")
        return _split_digits()
    if folder is not None and not folder.is_dir():
        raise FileNotFoundError(f"--folder: expected a folder with IDX files, got {folder}")
    load = load_mnist if data == "mnist" else load_fashion_mnist
    try:
        split = load(folder)
    except OSError as error:
        if folder is not None:
            raise
        raise OSError(f"OpenML did not answer ({error}): give the files by --folder") from error
    if len(split[0]) < 2:
        raise ValueError(f"expected at least 2 images to train on, got {len(split[0])}")
    return split


def _split_digits() -> Split:
    """Split the digits as the book does: every fifth is for the test, in a random order."""
    X, y = load_digits()
    X = X.astype(np.float32)
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:1437], order[1437:]
    return X[train], y[train], X[test], y[test]


def _network(n_in: int, hidden: int, rng: np.random.Generator) -> Sequential:
    return Sequential(
        Linear(n_in, hidden, rng=rng, dtype=np.float32, init=he_normal),
        ReLU(),
        Linear(hidden, 10, rng=rng, dtype=np.float32, init=he_normal),
    )


def _full_batch(
    hidden: int, X: Array, y: Array, rng: np.random.Generator, steps: int, lr: float
) -> Sequential:
    net = _network(X.shape[1], hidden, rng)
    fit(net, SGD(lr), X, y, epochs=steps, batch_size=len(X), rng=rng)
    return net


def _like_fashion_post(X: Array, y: Array, rng: np.random.Generator) -> Sequential:
    return _full_batch(128, X, y, rng, steps=1000, lr=0.1)


def _like_mnist_post(X: Array, y: Array, rng: np.random.Generator) -> Sequential:
    # The post sums its gradient over the rows and takes the rate 1e-5. Over 55,000 rows that is
    # the rate 0.55 for a mean, over 60,000 it is 0.6.
    n = max(1, len(X) // 12)  # 5,000 of 60,000 images, for validation
    accuracy = {}
    for hidden in (100, 200, 300):
        net = _full_batch(hidden, X[n:], y[n:], rng, steps=20, lr=0.55)
        accuracy[hidden] = evaluate(net, X[:n], y[:n])[1]
    best = max(accuracy, key=lambda hidden: accuracy[hidden])
    return _full_batch(best, X, y, rng, steps=200, lr=0.6)


def _like_book(X: Array, y: Array, rng: np.random.Generator) -> Sequential:
    net = _network(X.shape[1], 128, rng)
    fit(net, SGD(lr=0.1), X, y, epochs=30, batch_size=32, rng=rng)
    return net


@dataclass(frozen=True)
class _Recipe:
    """A way to train: whose it is, what it is called, and what its post published on which data."""

    like: str
    setting: str
    train: Callable[[Array, Array, np.random.Generator], Sequential]
    published: dict[str, str] = field(default_factory=dict)
    most: int = 60_000  # images to train on, at most

    def used(self, data: str, like: str) -> bool:
        """Return whether to run it: a post's on its own data, or on the digits."""
        at_home = self.like == "book" or data == "digits" or data in self.published
        return like in (self.like, "both") and at_home


RECIPES = (
    _Recipe(
        "post",
        "{n:,} images, 128 hidden, 1,000 full batches, rate 0.1",
        _like_fashion_post,
        {"fashion": "0.8132"},
        most=10_000,
    ),
    _Recipe(
        "post",
        "{n:,} images, size by search, 200 full batches, rate 0.6",
        _like_mnist_post,
        {"mnist": "0.94"},
    ),
    _Recipe(
        "book",
        "{n:,} images, 128 hidden, 30 epochs by 32, rate 0.1",
        _like_book,
    ),
)


if __name__ == "__main__":
    main()
