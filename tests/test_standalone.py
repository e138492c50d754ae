"""A chapter outside its repository fetches what it needs and reads well without MyST."""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest
from chapter_uses import code
from equations import ROOT
from standalone import EXTRAS, all_names, extras, first_cell, plain

CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
NAMES = all_names()
LEFT = re.compile(r"\{[a-z:]+\}`|^:{3,}|^:[\w-]+:|^```|^\([\w-]+\)=", re.MULTILINE)
RAW = "https://example.org/raw"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_imports_what_its_first_cell_installs(chapter: Path) -> None:
    nodes = [node for tree in code(chapter) for node in ast.walk(tree)]
    names = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    names += [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
    third_party = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    tags = {
        tag for cell in nbformat.read(chapter, 4).cells for tag in cell.metadata.get("tags", [])
    }
    optional = {tag.removeprefix("needs-") for tag in tags if tag.startswith("needs-")}
    always = {"nnlib", "numpy", "tqdm"}
    installed = {library for library, extra in EXTRAS.items() if extra in extras(chapter)}
    assert third_party <= always | optional | installed


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_no_directive_and_no_role_is_left(chapter: Path) -> None:
    for cell in nbformat.read(chapter, 4).cells:
        if cell.cell_type == "markdown":
            text = plain(cell.source, RAW, NAMES)
            prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
            left = re.findall(
                r"\{[a-z:]+\}`|^:{3,}|^:[\w-]+:|^```|^\([\w-]+\)=", prose, re.MULTILINE
            )
            assert not left, text


@pytest.mark.parametrize(
    ("myst", "expected"),
    [
        ("(here)=\n## A heading", "## A heading"),
        (
            ":::{admonition} So is `dot`?\n:class: question\n\nYes.\n:::",
            "**So is `dot`?**\n\n\nYes.",
        ),
        (
            "```{exercise-start} By hand\n:label: ex-a\n```\n\nDo it.",
            "**Exercise: By hand**\n\n\nDo it.",
        ),
        ("$$\na = b\n$$ (one)\n\nBy {eq}`one`.", "$$\na = b\n\\tag{one}\n$$\n\nBy (one)."),
        ("see {ref}`that part <x>` and {func}`nnlib.softmax`", "see that part and `nnlib.softmax`"),
        ("of {doc}`05-softmax`, {cite:p}`a1`", "of *The softmax Jacobian*, (A et al., 2001)"),
        ("```python\nx = {1}  # {ref}\n```", "```python\nx = {1}  # {ref}\n```"),
        (
            "```{figure} images/a.svg\n:name: fig-a\n:alt: Two lines.\n\nCaption.\n```",
            f"![Two lines.]({RAW}/images/a.svg)\n\nCaption.",
        ),
    ],
)
def test_plain(myst: str, expected: str) -> None:
    names = {"05-softmax": "*The softmax Jacobian*", "a1": "A et al., 2001"}
    assert plain(myst, RAW, names) == expected


def test_the_first_cell() -> None:
    chapter = ROOT / "book/05-softmax.ipynb"
    cell = first_cell(chapter, "https://github.com/owner/name.git", "next")
    assert (
        "git clone --quiet --depth 1 --branch next https://github.com/owner/name.git" in cell.source
    )
    assert '%pip install --quiet "./name[plots' in cell.source
    assert 'os.chdir("name/book")' in cell.source
    assert first_cell(chapter, "", "").cell_type == "markdown"


def test_a_work_by_two_and_by_many() -> None:
    assert NAMES["boyd2004convex"] == "Boyd and Vandenberghe, 2004"
    assert " et al., " in "".join(NAMES.values())
