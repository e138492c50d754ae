"""Every exercise says what it asks for, and every chapter has some of each kind."""

from pathlib import Path

import nbformat
import posed as scan
import pytest
from exercises import folded, summary, table

from nnlib.exercises import EXERCISES

CHAPTERS = pytest.mark.parametrize("path", scan.chapters(), ids=lambda path: path.stem)


@CHAPTERS
def test_every_exercise_has_its_line_and_its_solution(path: Path) -> None:
    posed = scan.exercises(path)
    assert len(posed) == scan.source(path).count("```{exercise} ") + scan.source(path).count(
        "```{exercise-start} "
    )
    for exercise in posed:
        assert exercise.kind in scan.KINDS, exercise.label
        assert exercise.difficulty in scan.DIFFICULTIES, exercise.label
        assert 1 <= exercise.minutes <= 60, exercise.label
        assert exercise.solved, f"{exercise.label} has no solution"
        assert not exercise.check or exercise.check in EXERCISES, exercise.check


@CHAPTERS
def test_a_chapter_has_every_kind(path: Path) -> None:
    assert {exercise.kind for exercise in scan.exercises(path)} == set(scan.KINDS)


@CHAPTERS
def test_exercises_go_from_easy_to_hard(path: Path) -> None:
    order = [scan.DIFFICULTIES.index(exercise.difficulty) for exercise in scan.exercises(path)]
    assert order == sorted(order)


def test_labels_are_unique_and_every_check_is_posed_once() -> None:
    posed = [exercise for path in scan.chapters() for exercise in scan.exercises(path)]
    labels = [exercise.label for exercise in posed]
    assert len(set(labels)) == len(labels)
    assert sorted(exercise.check for exercise in posed if exercise.check) == sorted(EXERCISES)


def chapter(path: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(cell[1:])
            if cell.startswith(">")
            else nbformat.v4.new_markdown_cell(cell)
            for cell in cells
        ]
    )
    nbformat.write(notebook, path)
    return path


def test_both_forms_of_an_exercise_are_found(tmp_path: Path) -> None:
    path = chapter(
        tmp_path / "01-x.ipynb",
        "# A chapter\n\n## Exercises\n\n```{exercise-start} First\n:label: ex-a\n```\n\n"
        "*Find the bug · hard · 5 minutes*\n\nWhere?\n\n```python\nx = 1\n```",
        '>check("first", None)',
        "```{exercise-end}\n```\n\n```{solution-start} ex-a\n:label: sol-a\n```\n\nHere.",
        '>check("other", None)',
        "```{solution-end}\n```\n\n```{exercise} Second\n:label: ex-b\n\n"
        "*By hand · easy · 12 minutes*\n\nWhy?\n```",
    )
    assert scan.exercises(path) == [
        scan.Posed("book/01-x", "ex-a", "First", "Find the bug", "hard", 5, "first", True),
        scan.Posed("book/01-x", "ex-b", "Second", "By hand", "easy", 12, "", False),
    ]
    assert scan.title(scan.source(path)) == "A chapter"


def test_an_exercise_without_its_line_is_named(tmp_path: Path) -> None:
    path = chapter(tmp_path / "01-x.ipynb", "```{exercise} One\n:label: ex-c\n\nWhy?\n```")
    with pytest.raises(ValueError, match="ex-c must begin"):
        scan.exercises(path)


POSED = [
    scan.Posed("book/01-x", "ex-a", "First", "Find the bug", "hard", 50, "first", True),
    scan.Posed("book/01-x", "ex-b", "Second", "By hand", "easy", 10, "", False),
]


def test_the_index_counts_and_lists() -> None:
    text = summary(POSED)
    assert "2 exercises, about 1 hours of work; 1 of them answer back." in text
    assert "| By hand | 1 |" in text
    assert "| Derive | 0 |" in text
    rows = table(POSED).splitlines()[2:]
    assert rows == [
        "| {ref}`First <ex-a>` | Find the bug | hard | 50 | yes |",
        "| {ref}`Second <ex-b>` | By hand | easy | 10 |  |",
    ]


def test_hints_are_folded_sentences() -> None:
    assert folded(("where is a < b?", "there")).splitlines() == [
        '<details class="clue"><summary>Hint 1</summary><p>Where is a &lt; b?</p></details>',
        '<details class="clue"><summary>Hint 2</summary><p>There.</p></details>',
    ]


@pytest.mark.parametrize(
    "name", ["np.log has out", "f(x) is a number", "s is saved", "k=1 does it"]
)
def test_a_name_at_the_beginning_of_a_hint_is_not_changed(name: str) -> None:
    assert f"<p>{name}.</p>" in folded((name,))


@pytest.mark.parametrize(
    "hint", ["a sum", "what, then", "one-hot rows", "first: look", "'So' it is"]
)
def test_a_word_at_the_beginning_of_a_hint_is(hint: str) -> None:
    assert f"<p>{hint[0].upper()}{hint[1:]}.</p>".replace("'", "&#x27;") in folded((hint,))
