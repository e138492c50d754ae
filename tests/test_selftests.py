"""A self-test has five questions, and for each one right choice and an explanation of each."""

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from notebooks import BOOK

CHAPTERS = sorted(BOOK.glob("[0-9]*.ipynb"))
QUESTION = re.compile(r"^\*\*(\d)\. (.+)\*\*$", re.M)
CHOICE = re.compile(
    r"^:::\{dropdown\} ([a-d])\. (.+)\n:class-container: selftest\n\n?((?:.+\n|\n)+?):::$", re.M
)


class Question(NamedTuple):
    """A question: its text, and for each choice its letter, its text and what opens under it."""

    text: str
    choices: list[tuple[str, str, str]]

    def right(self) -> str:
        """Return the letters of the right choices."""
        return "".join(letter for letter, _, why in self.choices if why.startswith("**Right.** "))


def read(path: Path) -> str:
    """Return the section *Self-test* of a chapter, or nothing."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = re.search(r"^## Self-test\n(.+?)^## (.+?)$", text, re.M | re.S)
    assert not found or found[2] == "Exercises", f"{path.name}: it stands before the exercises"
    return found[1] if found else ""


def questions(section: str) -> list[Question]:
    """Return the questions of a section *Self-test*."""
    pieces = QUESTION.split(section)[1:]
    return [
        Question(text, CHOICE.findall(body))
        for text, body in zip(pieces[1::3], pieces[2::3], strict=True)
    ]


def faults(section: str) -> list[str]:
    """Return what is wrong with a section *Self-test*."""
    found = []
    if [number for number, _ in QUESTION.findall(section)] != list("12345"):
        found.append("there are not five numbered questions")
    if section.count(":::{dropdown}") != len(CHOICE.findall(section)):
        found.append("a choice is not of the form ':::{dropdown} a. text', selftest, text")
    for number, question in enumerate(questions(section), start=1):
        letters = "".join(letter for letter, _, _ in question.choices)
        if letters not in ("abc", "abcd"):
            found.append(
                f"question {number}: the choices are {letters!r}, not a, b, c and perhaps d"
            )
        if len(question.right()) != 1:
            found.append(f"question {number}: {len(question.right())} choices are right")
        for letter, _, why in question.choices:
            if not re.match(r"\*\*(Right|No)\.\*\* \S.{20,}", why, re.S):
                found.append(f"question {number}: choice {letter} is not explained")
    return found


WITH = [path for path in CHAPTERS if read(path)]


@pytest.mark.parametrize("path", WITH, ids=lambda path: path.stem)
def test_form(path: Path) -> None:
    assert faults(read(path)) == []


@pytest.mark.parametrize("path", WITH, ids=lambda path: path.stem)
def test_the_right_choice_is_not_always_in_the_same_place(path: Path) -> None:
    places = Counter(question.right() for question in questions(read(path)))
    assert max(places.values()) <= 4


def test_neither_place_nor_length_gives_the_right_choice_away() -> None:
    every = [question for path in WITH for question in questions(read(path))]
    places = Counter(question.right() for question in every)
    longest = [max(q.choices, key=lambda choice: len(choice[1]))[0] == q.right() for q in every]
    assert max(places.values()) <= len(every) / 2
    assert sum(longest) <= len(every) / 2


GOOD = "\n".join(
    f"**{number}. How many?**\n\n"
    + "\n\n".join(
        f":::{{dropdown}} {letter}. {letter} of them.\n:class-container: selftest\n\n"
        f"**{'Right' if letter == 'b' else 'No'}.** There are two and not more than two.\n:::"
        for letter in "abc"
    )
    + "\n"
    for number in range(1, 6)
)


def test_a_section_without_faults() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("**5. ", "**6. ", "five numbered questions"),
        ("**3. How", "How", "five numbered questions"),
        ("**Right.**", "**No.**", "question 1: 0 choices are right"),
        ("**No.**", "**Right.**", "question 1: 2 choices are right"),
        ("} c. ", "} d. ", "'abd'"),
        ("} b. ", "} ", "not of the form"),
        (":class-container: selftest\n", "", "not of the form"),
        ("**No.** There are two and not more than two.", "**No.**", "choice a is not explained"),
        ("**No.** There", "There", "choice a is not explained"),
    ],
)
def test_each_fault_is_found(old: str, new: str, fault: str) -> None:
    assert fault in " ".join(faults(GOOD.replace(old, new, 1)))
