"""List the numbers in a chapter's sentences that nothing in its notebook produced.

A number in a sentence is accounted for if one of these says it, to the digits that are printed:

- an output or a code cell of the same notebook (an output of 0.066648 accounts for 0.0666);
- a displayed formula, which `tests/test_derivations.py` evaluates;
- a sum in the sentence itself, such as 0.97 · 0.03 = 0.0291, that comes out right;
- it is an input or a count a reader can make: a whole number up to 20, a power of two as sizes
  are, one digit before zeros as in 300 or 0.05, or a year.

``python tools/prose.py`` prints the rest as a list to work on, chapter by chapter.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equations
import latex
import numpy as np

INLINE = re.compile(r"(?<!\$)\$(?!\$)([^$]+)\$")
NUMBER = re.compile(
    r"(?<![\w.\\-])(?P<sign>[-−]?)(?P<digits>\d+(?:(?:,|\{,\})\d{3})*(?:\.\d+)?)"
    r"(?:\s*(?:\\cdot|\\times|×|·)\s*10\^\{?(?P<power>[-−]?\d+)\}?|e(?P<e>[-+]?\d+))?(?P<percent>\s?\\?%)?"
)
IN_OUTPUT = re.compile(r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
# What is not a sentence: comments, directives and their options, roles, links, labels.
NOT_PROSE = re.compile(
    r"^\s*(?:\(\S+\)=|:[\w-]+:.*|```+.*|:::+.*|%.*)$"
    r"|(?<!cdot )(?<!times )(?<![·×] )\b10\^\{?[-−]?\d+\}?"  # a power alone: how large, about
    r"|^\*\*Time\*\* .*"
    r"|\{[\w:-]+\}`[^`]*`|\]\([^)]*\)|<[^>\s][^>]*>|https?://\S+|^\*[^·*]+ · \w+ · \d+ minutes\*$",
    re.MULTILINE,
)
# Of floats: the rounding unit, the largest, the smallest of all and the smallest of full precision,
# and the exponents at which exp reaches the last three.
FLOATS = [
    abs(fact)
    for info in (np.finfo(np.float64), np.finfo(np.float32))
    for number in (info.max, info.tiny, info.smallest_subnormal)
    for fact in (float(info.eps), float(number), math.log(number))
]
SMALL, YEARS, POWERS = 20, range(1900, 2100), {2**k for k in range(21)}


@dataclass(frozen=True)
class Offender:
    """A number in a sentence, where it stands, and the words around it."""

    page: str
    cell: str
    number: str
    context: str


def value(match: re.Match[str]) -> tuple[float, float]:
    """Return a number of the prose and half a unit of its last printed digit."""
    digits = match["digits"].replace("{,}", "").replace(",", "")
    power = int((match["power"] or match["e"] or "0").replace("−", "-"))
    scale = 10.0**power / (100 if match["percent"] else 1)
    decimals = len(digits.partition(".")[2])
    unit = 10.0**-decimals if decimals else 1.0
    return float(digits) * scale, 0.5 * unit * scale


def produced(cells: list[dict[str, Any]]) -> list[float]:
    """Return every number that the code cells and their outputs hold."""
    texts = []
    for cell in cells:
        if cell["cell_type"] == "code":
            texts.append("".join(cell["source"]))
            texts += [text for output in cell["outputs"] for text in _texts(output)]
    return [
        abs(float(n.replace(",", "").replace("−", "-")))
        for t in texts
        for n in IN_OUTPUT.findall(t)
    ]


def _texts(output: dict[str, Any]) -> Iterator[str]:
    if "text" in output:
        yield "".join(output["text"])
    for kind, data in dict(output.get("data", {})).items():
        if kind in ("text/plain", "text/html", "text/markdown"):
            yield "".join(data)


def accounted(number: float, slack: float, known: list[float]) -> bool:
    """Say whether a known number, or it as a percentage, rounds to this one."""
    if (number <= SMALL and number.is_integer()) or number in YEARS or is_round(number):
        return True
    tolerance = slack * 1.0000001
    return any(abs(k - number) <= tolerance for k in known) or any(
        math.isclose(k * factor, number, rel_tol=1e-12)
        for k in known
        for factor in (0.01, 100, 1000)
    )


def is_round(number: float) -> bool:
    """Say whether a number is one digit before zeros, or a power of two as sizes are."""
    return ".000000" in f"{number:e}" or number in POWERS


def reckoned(tex: str) -> list[float]:
    """Return the numbers of an inline formula, if all of it that has no letter comes out right."""
    try:
        claims = latex.claims(tex)
    except latex.Unread:
        return []
    checked = 0
    for claim in claims:
        one = " ".join([*claim.left, claim.relation, *claim.right])
        try:
            checked += latex.check(one, {})
        except AssertionError:
            return []
        except (latex.Unread, TypeError):  # a letter, or a function alone
            continue
    return [abs(value(m)[0]) for m in NUMBER.finditer(tex)] if checked else []


def offenders(page: Path) -> list[Offender]:
    """Return the numbers of a notebook's sentences that nothing accounts for."""
    cells = json.loads(page.read_text("utf-8"))["cells"]
    known = FLOATS + produced(cells)
    found = []
    for cell in cells:
        if cell["cell_type"] != "markdown":
            continue
        text = "\n".join(equations.prose("".join(cell["source"])))
        for tex in equations.DISPLAY.findall(text):
            known += [abs(value(m)[0]) for m in NUMBER.finditer(tex[0])]
        text = equations.DISPLAY.sub(" ", text)
        text = NOT_PROSE.sub(" ", text)
        for tex in INLINE.findall(text):
            known += reckoned(tex)
        for match in NUMBER.finditer(text):
            number, slack = value(match)
            if not accounted(number, slack, known):
                around = text[max(0, match.start() - 50) : match.end() + 30]
                found.append(
                    Offender(
                        page.stem, cell.get("id", ""), match[0].strip(), " ".join(around.split())
                    )
                )
    return found


def main() -> None:
    """Print the offenders of every chapter, and how many there are."""
    total = 0
    for page in equations.pages():
        if page.suffix != ".ipynb":
            continue
        found = offenders(page)
        total += len(found)
        print(f"\n## {page.stem}: {len(found)}\n")
        for o in found:
            print(f"- `{o.cell}` **{o.number}** … {o.context} …")
    print(f"\n{total} in all")


if __name__ == "__main__":
    main()
