"""The numbers on the page *What the posts get wrong* are recomputed, or printed in a chapter."""

import importlib
import math
import re
import warnings
from collections.abc import Callable
from functools import cache

import nbformat
import numpy as np
import pytest
from notebooks import BOOK
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import train_test_split

import nnlib as nn

ROW = re.compile(r"^\| ([A-E])(\d+) \|(.*)\|$", re.M)
PAGE = (BOOK / "defects.md").read_text(encoding="utf-8")
ROWS = {
    post + number: [cell.strip() for cell in rest.split("|")]
    for post, number, rest in ROW.findall(PAGE)
}


@cache
def cells_of(chapter: str) -> list[nbformat.NotebookNode]:
    return list(nbformat.read(next(BOOK.glob(f"{chapter}-*.ipynb")), as_version=4).cells)


def printed(chapter: str, text: str) -> str:
    """Return a text, provided that a code cell of a chapter prints it."""
    outputs = [o.get("text", "") for c in cells_of(chapter) for o in c.get("outputs", [])]
    assert any(text in output for output in outputs), f"chapter {chapter} does not print {text}"
    return text


def said(chapter: str, text: str) -> str:
    """Return a text, provided that it stands in the prose of a chapter, with its source."""
    assert any(text in cell.source for cell in cells_of(chapter))
    return text


def plain_softmax(z: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)


def last_score(dtype: type) -> str:
    """Return the largest score that the plain softmax survives beside a 0."""
    limit = math.log(np.finfo(dtype).max)
    for score, alive in [(limit - 0.01, True), (limit + 0.01, False)]:
        assert np.isfinite(plain_softmax(np.array([score, 0], dtype))).all() == alive
    return f"{limit:.1f}"


def wasted_on_the_images() -> str:
    forward = 784 * 128 + 128 * 10
    return f"{784 * 128 / (3 * forward):.0%}".replace("%", " %")


def standard_error(p: float, n: int) -> str:
    return f"{math.sqrt(p * (1 - p) / n):.4f}"


def summed_fractions() -> str:
    # The last digit depends on the order; in this one all releases of NumPy add up to the same.
    right = np.random.default_rng(1).permutation(10_000) < 8132
    return repr(float(np.sum(right / 10_000.0)))


def random_answers_against_one_hot() -> str:
    rng = np.random.default_rng(0)
    answers = rng.permutation(np.repeat(np.arange(10), 100))
    one_hot = nn.one_hot(rng.integers(0, 10, 1000), 10).T
    return f"{np.sum((answers == one_hot) / 1000):.2f}"


def moons() -> tuple[np.ndarray, np.ndarray]:
    return make_moons(200, noise=0.2, random_state=np.random.RandomState(0))


def grid_of_the_moons() -> str:
    X, _ = moons()
    sizes = [len(np.arange(X[:, i].min() - 0.5, X[:, i].max() + 0.5, 0.01)) for i in (1, 0)]
    return str(tuple(sizes))


def first_printed_loss(penalised: str) -> str:
    """Take post B's first step, and return the loss it prints with these weights penalised."""
    X, y = moons()
    rng = np.random.RandomState(0)
    W1 = rng.standard_normal((2, 3)) / np.sqrt(2)
    W2 = rng.standard_normal((3, 2)) / np.sqrt(3)
    b1, b2 = np.zeros(3), np.zeros(2)
    a = np.tanh(X @ W1 + b1)
    delta = 200 * nn.softmax_cross_entropy(a @ W2 + b2, y)[1]
    back = delta @ W2.T * (1 - a**2)
    steps = [X.T @ back + 0.01 * W1, back.sum(axis=0), a.T @ delta + 0.01 * W2, delta.sum(axis=0)]
    W1, b1, W2, b2 = (p - 0.01 * d for p, d in zip((W1, b1, W2, b2), steps, strict=True))
    loss, _ = nn.softmax_cross_entropy(np.tanh(X @ W1 + b1) @ W2 + b2, y)
    squares = sum(np.sum({"1": W1, "2": W2}[which] ** 2) for which in penalised)
    return f"{loss + 0.01 / 2 * squares / 200:.6f}"


def cross_entropy_of(probabilities: list[float]) -> str:
    return f"{-np.mean(np.log(probabilities)):.2f}"


def first_infinite_gap(dtype: type) -> str:
    with np.errstate(divide="ignore", under="ignore"):
        return str(next(g for g in range(1000) if np.isinf(-np.log(np.exp(dtype(-g))))))


def digits_after_100_steps(scale: float) -> str:
    X, y = nn.load_digits()
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0, stratify=y)
    W, b = scale * np.random.default_rng(0).standard_normal((64, 10)), np.zeros(10)
    for _ in range(100):
        _, dz = nn.softmax_cross_entropy(X @ W + b, y)
        W -= 0.1 * X.T @ dz
        b -= 0.1 * dz.sum(axis=0)
    return f"{np.mean((X_test @ W + b).argmax(axis=1) == y_test):.2f}"


def accuracy_after_aliasing() -> str:
    y = np.random.default_rng(1).integers(0, 3, 50)
    s = nn.softmax(4 * nn.one_hot(y, 3))
    s[np.arange(50), y] -= 1
    return f"{np.mean(s.argmax(axis=1) == y):.2f}"


def digits_are(statistic: Callable[[np.ndarray], float]) -> str:
    return f"{statistic(nn.load_digits()[0]):.2f}"


def sum_with_epsilon() -> str:
    e = np.exp(np.array([-30.0, -31.0, -32.0]))
    return f"{(e / (e.sum() + 1e-12)).sum():.2f}"


def winners() -> str:
    head = "seed    100     200     300  winner"
    outputs = [o.get("text", "") for c in cells_of("13") for o in c.get("outputs", [])]
    text = next(output for output in outputs if head in output)
    return str(len({line.split()[-1] for line in text.splitlines()[1:]}))


#: For each row, what its column "what it does" may say in numbers.
MEASURED: dict[str, Callable[[], list[str]]] = {
    "A5": lambda: [last_score(np.float64)],
    "A6": lambda: [wasted_on_the_images()],
    "A8": lambda: [str(100 // 10)],
    "A9": lambda: [str(np.size([]))],
    "A10": lambda: [printed("16", "loss 2.30")[-4:], printed("16", "loss 0.12")[-4:]],
    "A11": lambda: [standard_error(0.8132, 10_000)],
    "A12": lambda: [summed_fractions()],
    "A14": lambda: [random_answers_against_one_hot()],
    "B4": lambda: [grid_of_the_moons(), said("08", "(317, 486)")],
    "B5": lambda: [first_printed_loss("11"), said("08", "0.418184")],
    "B6": lambda: [str(max(range(0, 20_000, 1000)))],
    "B13": lambda: [cross_entropy_of([0.9, 0.9, 0.4]), cross_entropy_of([0.51, 0.51, 0.51])],
    "B14": lambda: [first_printed_loss("11"), first_printed_loss("12")],
    "B15": lambda: [str(len(moons()[0])), "0.01", f"{0.01 * len(moons()[0]):.0f}"],
    "B16": lambda: [last_score(np.float64)],
    "B18": lambda: [str(np.zeros((200, 3)).sum(axis=0).shape), str(np.zeros((1, 3)).shape)],
    "B25": lambda: ["1e-15"],  # the whole of chapter 9
    "C3": lambda: [last_score(np.float64)],
    "C4": lambda: 2 * [first_infinite_gap(np.float64)],
    "C5": lambda: [accuracy_after_aliasing()],
    "C6": lambda: [str(len(np.unique(nn.one_hot([0, 1, 2], 3))))],
    "C7": lambda: [printed("06", "0.967 to 1.000").partition(" ")[0], "1.000"],
    "C8": lambda: [f"{1 / 30:.3f}"],
    "C9": lambda: [printed("07", "8.3637")[:4], f"{math.log(10):.2f}"],
    "C12": lambda: ["1"],
    "C14": lambda: [digits_after_100_steps(1), "1", digits_after_100_steps(0)],
    "D4": lambda: [printed("07", "8.3637")[:4], f"{math.log(10):.2f}"],
    "D5": lambda: ["10", printed("07", "moved by 0.000000").rpartition(" ")[2]],
    "D6": lambda: [last_score(np.float32)],
    "D7": lambda: ["float32", first_infinite_gap(np.float32)],
    "D8": lambda: [str(10_000 % 256), str(10_000 / (40 * 16))],
    "D9": lambda: [str(60_000 % 256), "256"],
    "D11": lambda: [str(60_000 % 256 / 256)],
    "D16": lambda: [printed("16", "test accuracy 0.83")[-4:], printed("16", "accuracy 0.96")[-4:]],
    "E2": lambda: [digits_are(np.mean), digits_are(np.std), "0 and 1"],
    "E3": lambda: ["0"],
    "E6": lambda: ["0"],
    "E7": lambda: [f"{nn.cross_entropy(np.full(10, 0.1), np.full(10, 0.1)):.2f}"],
    "E12": lambda: ["55,000", "0.00001", f"{55_000 * 1e-5:.2f}"],
    "E13": lambda: [f"{60_000 / 55_000:.2f}"],
    "E14": lambda: [last_score(np.float64)],
    "E15": lambda: ["−30, −31, −32", sum_with_epsilon()],
    "E17": lambda: [
        f"{-math.log(1 + 1e-12):.1e}".replace("-1", "−1", 1),
        f"{-math.log(1e-12):.2f}",
        "30",
        printed("06", "-0.0856")[1:],
        "1",
    ],
    "E18": lambda: [f"{55_000 * 10 * 10 * 8 / 1e6:.0f}"],
    "E24": lambda: [winners()],
    "E25": lambda: ["0"],
    "E26": lambda: ["0.00001", f"{1e-5:0<10.8}"],
    "E28": lambda: [standard_error(0.94, 10_000), said("13", "0.88"), said("13", "0.953")],
    "E30": lambda: [f"{np.where(np.array(np.nan) > 0, np.nan, 0.0):.0f}"],
}


def kind_of(number: str) -> str:
    """Return the word with which a row says what kind of defect it is."""
    found = re.match(r"\*([A-Z][a-z ]+)\.\* \S", ROWS[number][0])
    assert found, f"{number}: of what kind is it?"
    return found[1]


def test_the_rows_are_complete() -> None:
    for post in "ABCDE":
        numbers = [int(number) for letter, number, _ in ROW.findall(PAGE) if letter == post]
        assert numbers == list(range(1, len(numbers) + 1))
    for number, cells in ROWS.items():
        assert len(cells) == 3, number
        assert cells[1], number
        assert re.search(r"\{(ref|doc)\}`|\]\(\d\d-", cells[2]), number


def test_the_kinds_are_counted() -> None:
    table = re.findall(r"^\| \*?(\w[\w ]*?)\*? \|[^|]*\|((?:[ \d]*\|){6})$", PAGE, re.M)
    counted = {kind: [int(n.strip() or 0) for n in row.split("|")[:-1]] for kind, row in table}
    for kind, row in counted.items():
        true = [
            sum(number[0] == post and kind in ("All", kind_of(number)) for number in ROWS)
            for post in "ABCDE"
        ]
        assert row == [*true, sum(true)], kind
    assert set(counted) == {"All", *map(kind_of, ROWS)}


@pytest.mark.parametrize("number", ROWS)
def test_every_number_was_measured(number: str) -> None:
    rest = ROWS[number][1]
    for text in MEASURED.get(number, list)():
        assert text in rest, f"{number}: the page does not say {text}"
        rest = rest.replace(text, "", 1)
    rest = re.sub(r"\$[^$]*\$", "", rest)
    assert not re.search(r"\d", rest), f"{number}: where does this number come from? {rest}"


def test_what_is_said_of_libraries() -> None:
    assert LogisticRegressionCV().solver == "lbfgs"
    assert "lbfgs" in ROWS["B8"][1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        importlib.reload(importlib.import_module("tqdm._tqdm"))
    assert any("will be removed" in str(warning.message) for warning in caught)
