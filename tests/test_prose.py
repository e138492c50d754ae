"""No number stands in a sentence of a chapter that nothing produced."""

import json
from pathlib import Path

import nbformat
import posed
import pytest
from prose import offenders

# Numbers that are facts and not results: (chapter, the words around it) and where each is from.
FACTS: dict[tuple[str, str], str] = {}

NOT_YET: set[str] = {path.stem for path in posed.chapters()}


def is_fact(chapter: str, context: str) -> bool:
    return any(chapter == page and words in context for page, words in FACTS)


@pytest.mark.parametrize("path", posed.chapters(), ids=lambda path: path.stem)
def test_every_number_in_a_sentence_was_produced(path: Path) -> None:
    if path.stem in NOT_YET:
        pytest.skip("not yet")
    found = [o for o in offenders(path) if not is_fact(path.stem, o.context)]
    assert found == []


@pytest.mark.parametrize(("chapter", "words"), FACTS, ids=str)
def test_each_fact_still_stands_there(chapter: str, words: str) -> None:
    (path,) = (path for path in posed.chapters() if path.stem == chapter)
    assert any(words in o.context for o in offenders(path))


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
