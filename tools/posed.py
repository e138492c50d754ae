"""Find the exercises that the chapters pose: their kind, difficulty and time, and what checks them.

An exercise is a block ``{exercise}`` or ``{exercise-start}`` whose text begins with a line such as
*Code · medium · 10 minutes*. The call ``check("name", ...)`` in it, if any, names its declaration.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

BOOK = Path(__file__).resolve().parent.parent / "book"
KINDS = ("By hand", "Derive", "Code", "Find the bug", "Extend")
DIFFICULTIES = ("easy", "medium", "hard")

EXERCISE = re.compile(
    r"^```\{exercise(?P<gated>-start)?\} (?P<title>.+)\n:label: (?P<label>\S+)\n(?:```\n)?\n?"
    r"(?P<text>(?:.*\n)*?)```",
    re.MULTILINE,
)
FIRST_LINE = re.compile(r"\*(?P<kind>[^·*]+) · (?P<difficulty>\w+) · (?P<minutes>\d+) minutes\*\n")
SOLUTION = re.compile(r"^```\{solution(?:-start)?\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Posed:
    """An exercise as a chapter poses it; `check` is the name of its declaration, or empty."""

    page: str
    label: str
    title: str
    kind: str
    difficulty: str
    minutes: int
    check: str
    solved: bool


def chapters(book: Path = BOOK) -> list[Path]:
    """Return the chapters in their order."""
    return sorted(book.glob("[0-9]*.ipynb"))


@cache
def source(path: Path) -> str:
    """Return the text and the code of a chapter as one page of Markdown."""
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(
        cell.source if cell.cell_type == "markdown" else f"~~~python\n{cell.source}\n~~~"
        for cell in cells
    )


def title(page: str) -> str:
    """Return the first heading of a chapter."""
    found = re.search(r"^# (.+)$", page, re.MULTILINE)
    return found[1] if found else ""


def exercises(path: Path) -> list[Posed]:
    """Return the exercises of a chapter, in their order."""
    page = source(path)
    solved = set(SOLUTION.findall(page))
    found = []
    for block in EXERCISE.finditer(page):
        label = block["label"]
        text = block["text"]
        if block["gated"]:
            text = page[block.start("text") : page.index("```{exercise-end}", block.end("label"))]
        first = FIRST_LINE.match(text.lstrip())
        if not first:
            raise ValueError(f"{path.name}: {label} must begin '*kind · difficulty · N minutes*'")
        check = re.search(r'\bcheck\("(\w+)"', text)
        found.append(
            Posed(
                page=f"book/{path.stem}",
                label=label,
                title=block["title"],
                kind=first["kind"],
                difficulty=first["difficulty"],
                minutes=int(first["minutes"]),
                check=check[1] if check else "",
                solved=label in solved,
            )
        )
    return found
