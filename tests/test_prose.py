"""No number stands in a sentence of a chapter that nothing produced."""

import json
import math
from pathlib import Path

import nbformat
import posed
import pytest
from prose import NUMBER, Offender, offenders, value

EPS = 2.0**-52
LARGEST, LARGEST_32 = (2 - EPS) * 2.0**1023, (2 - 2.0**-23) * 2.0**127
WEIGHTS, BIASES = 784 * 128 + 128 * 10, 128 + 10
SURPLUS = 2 * 0.24473 - 0.66524 - 3 * 0.09003  # minus the mean of (1, -2, 3)

# Sums in a sentence that no cell of the chapter does: by chapter, the number as it is printed, and
# the sum once more.
SUMS: dict[str, dict[str, float]] = {
    "01-neuron": {
        "709.79": math.ceil(100 * math.log(LARGEST)) / 100,
        "2.8": 1 + 3 * 0.6,
        "2.64": 2 * math.log(9) * 0.6,
        "3.52": 2 * math.log(9) * 0.8,
        "-8.79": 2 * math.log(9) * 2,
    },
    "02-backprop": {
        "-0.4539": 0.2539 + 0.2,
        "37": next(z for z in range(100) if 1 / (1 + math.exp(-z)) == 1),
        "6.9": math.log(0.999 / 0.001),
    },
    "03-checking": {
        "0.61": (2.1**3 - 2**3) / 0.1 - 3 * 2**2,
        "1.5 \\cdot 10^{-8}": math.sqrt(EPS),
        "6.1 \\cdot 10^{-6}": math.cbrt(EPS),
        "3.0001": 3 + 1e-4,
        "2.9999": 3 - 1e-4,
        "31": 32 - 1,
        "33": 32 + 1,
        "2.3026": math.log(10),
        "1.9394": 1 + 31 / 33,
        "0.0606": 1 - 31 / 33,
    },
    "04-entropy": {"1.01 \\cdot 10^{-7}": 1e-9 + 1e-7, "101": (1e-9 + 1e-7) / 1e-9},
    "05-softmax": {"0.554": 1 + SURPLUS, "-2.446": 2 - SURPLUS, "2.554": 3 + SURPLUS},
    "06-fused": {
        "745": 1075 * math.log(2),  # at half of the smallest number, 2**-1074
        "0.9333": 0.9 + 0.1 / 3,
        "4.2 \\cdot 10^{-18}": math.log1p(math.exp(-40)),
        "7,840": 784 * 10,
    },
    "07-regression": {
        "22": 1437 // 64,
        "29": 1437 % 64,
        "340": round(0.9472 * 360) - 1,
        "650": 64 * 10 + 10,
        "460": 20 * math.ceil(1437 / 64),
        "14,370": 10 * 1437,
        "88.8": math.ceil(10 * math.log(LARGEST_32)) / 10,
        "240": math.ceil(1437 / 6),
        "1,175": 5 * math.ceil(60_000 / 256),
    },
    "08-hidden": {
        "19,900": math.comb(200, 2),
        "1,001": 1000 + 1,
        "154,062": 317 * 486,
        "1,604": 2**2 + 40**2,
        "343,751.69": 2**2 + (40 + 2 * 273.15) ** 2,
        "3.4915": 2 * math.sinh(2) - math.cosh(2),
        "1.9223": math.acosh(2 * math.sinh(2) - math.cosh(2)),
        "48": 2**3 * math.factorial(3),
    },
    "09-chaos": {
        "20,001": 20_000 + 1,
        "0.25": 0.5**2,
        "0.125": 0.5**3,
        "−0.125": 0.5**3,
        "1.44": 1.2**2,
        "−1.728": 1.2**3,
        "-0.389": 2 * (1 + 7 / 6) ** 2 - 9,
        "53": 1 - math.log2(EPS),
        "13,800": round(1.1**100, -2),
        "290": round(12 * math.log(10) / math.log(1.1), -1),
        "240": round(10 * math.log(10) / math.log(1.1), -1),
        "100.4": 100 + 0.4,
        "101.2": 1.2 + 100,
        "0.9449": 5 / (2 * math.sqrt(7)),
        "25": 28 * (5 / (2 * math.sqrt(7))) ** 2,
    },
    "10-init": {"0.0156": 1 / 64, "0.0625": 1 / 16, "58": 1.5**10, "144": 3 * 48},
    "11-optimisers": {
        "0.85": 1 - 0.15,
        "31.6": math.sqrt(1000),
        "0.00316": math.sqrt(1e-5),
        "20.5": 20 + 20 / 40,
    },
    "12-generalising": {"0.7667": 23 / 30, "0.6429": 9 / 14},
    "13-images": {
        "785": 784 + 1,
        "291": 0.97 * 300,
        "288": 0.96 * 300,
        "294": 0.98 * 300,
        "0.000097": 0.97 * 0.03 / 300,
        "0.0098": math.sqrt(0.97 * 0.03 / 300),
        "188": 60_000 * 784 * 4 / 1e6,
        "101,770": WEIGHTS + BIASES,
        "0.00001519": 0.8132 * 0.1868 / 10_000,
    },
    "14-frameworks": {"1.6 \\cdot 10^{-7}": 0.1 * 0.0001 / 64},
    "15-machines": {
        "1,137": 1437 - 300,
        "101{,}770": WEIGHTS + BIASES,
        "6.5": 2 * (WEIGHTS + BIASES) * 32 / 1e9 * 1e3,
    },
    "16-museum": {"44.36": math.log(LARGEST_32) / 2, "15.625": 10_000 / (40 * 16)},
}

# Numbers that are no results: by chapter, the number as it is printed, and where it is from.
FACTS: dict[str, dict[str, str]] = {
    "02-backprop": {"28": "the size of MNIST's images", "0.999": "given in the question"},
    "03-checking": {"024": "the last group of 24 in 0.000 000 000 024, printed by the cell above"},
    "04-entropy": {"2.54": "what an inch is, in centimetres"},
    "06-fused": {"150": "the flowers of Iris", "784": "the pixels of MNIST"},
    "07-regression": {
        "1,797": "the digits of scikit-learn",
        "784": "the pixels of MNIST",
        "81": "given in the question",
    },
    "08-hidden": dict.fromkeys(
        ["0.068936", "0.418184", "0.075267", "317", "486"], "printed in the post or its original"
    ),
    "09-chaos": {
        **dict.fromkeys(["0.068936", "0.068883", "0.068916"], "printed on the three pages"),
        **dict.fromkeys(["0.071218", "0.070752", "19000"], "printed on the three pages"),
        **dict.fromkeys(["0.075267", "0.075766"], "printed in the post"),
        "2.2": "the rate of the last row, chosen",
        "2,100": "read off the figure before it, to a hundred",
        "754": "the number of the standard",
    },
    "10-init": {"4.6": "a section of the work cited"},
    "12-generalising": {
        **dict.fromkeys(["0.8132", "0.94"], "printed in the posts"),
        **dict.fromkeys(["98 %", "0.55", "908", "0.91", "97.2 %"], "made up for the question"),
        "1,797": "the digits of scikit-learn",
    },
    "13-images": {
        "1,797": "the digits of scikit-learn",
        "28": "the size of MNIST's images",
        "55,000": "the rows the post trains on",
        **dict.fromkeys(["0.88", "0.953", "0.955"], "in the table of the work cited"),
        "2,500": "given in the question",
    },
    "15-machines": {"28": "the size of MNIST's images"},
}


def unaccounted(path: Path) -> list[Offender]:
    known = SUMS.get(path.stem, {}).keys() | FACTS.get(path.stem, {}).keys()
    return [o for o in offenders(path) if o.number not in known]


@pytest.mark.parametrize("path", posed.chapters(), ids=lambda path: path.stem)
def test_every_number_in_a_sentence_was_produced(path: Path) -> None:
    assert unaccounted(path) == []


@pytest.mark.parametrize(
    ("chapter", "number", "result"),
    [(chapter, number, r) for chapter, sums in SUMS.items() for number, r in sums.items()],
)
def test_the_sum_comes_out_as_it_is_printed(chapter: str, number: str, result: float) -> None:
    match = NUMBER.fullmatch(number)
    assert match
    printed, half_a_unit = value(match)
    assert abs(printed - result) <= half_a_unit * (1 + 1e-9)


@pytest.mark.parametrize("chapter", sorted(SUMS.keys() | FACTS.keys()))
def test_nothing_is_excused_that_is_not_there(chapter: str) -> None:
    (path,) = (path for path in posed.chapters() if path.stem == chapter)
    excused = SUMS.get(chapter, {}).keys() | FACTS.get(chapter, {}).keys()
    assert excused - {o.number for o in offenders(path)} == set()


def page(tmp_path: Path, text: str, code: str = "", output: str = "") -> Path:
    cell = nbformat.v4.new_code_cell(code, outputs=[nbformat.v4.new_output("stream", text=output)])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell])
    path = tmp_path / "99-page.ipynb"
    path.write_text(json.dumps(notebook))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "The share is 0.0666.",
        "The share is 0.06665.",
        "The share is 6.7 %, and 7 in a hundred.",
        "It is $-0.0666$.",
        "At 2,500 rows and in 1998 it fell.",
        "Three times $0.97 \\cdot 0.03 = 0.0291$ is a sum that comes out.",
        "It needs 20 steps.",
        "As {cite:t}`someone2468` writes, see {ref}`at 777 <there>` or [](x-555.ipynb).",
        "```{figure} images/x-333.svg\n:width: 444px\n:alt: 0.0666\n\nIn it.\n```",
        "$$\nx = 0.375\n$$",
    ],
)
def test_a_number_that_something_produced(tmp_path: Path, text: str) -> None:
    assert offenders(page(tmp_path, text, "n = 2500", "share 0.066648")) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The share is 0.0676.", "0.0676"),
        ("The share is 0.0667.", "0.0667"),  # 0.066648 rounds to 0.0666
        ("The share is 6.6 %.", "6.6 %"),
        ("At 2,501 rows it fell.", "2,501"),
        ("And $0.97 \\cdot 0.03 = 0.0292$ is one that does not.", "0.0292"),
        ("It needs 21 steps.", "21"),
    ],
)
def test_a_wrong_number(tmp_path: Path, text: str, number: str) -> None:
    found = offenders(page(tmp_path, text, "n = 2500", "share 0.066648"))
    assert [o.number for o in found][-1:] == [number]
