"""Every labelled equation of the book has a function that computes it and a test that proves it."""

import json
from pathlib import Path
from types import ModuleType

import equations as scan
import pytest

import nnlib

EQUATIONS = [equation.label for equation in scan.equations()]
IN_DOCSTRINGS = {label: f.name for f in scan.functions(nnlib) for label in f.labels}
IN_MARKS = {label: test.name for test in scan.tests() for label in test.labels}


def test_the_book_has_equations() -> None:
    assert len(EQUATIONS) > 20  # else the tests below would pass without having looked


def test_no_label_is_defined_twice() -> None:
    assert sorted({label for label in EQUATIONS if EQUATIONS.count(label) > 1}) == []


def test_every_equation_has_a_function() -> None:
    assert sorted(set(EQUATIONS) - set(IN_DOCSTRINGS)) == []


def test_every_equation_has_a_test() -> None:
    assert sorted(set(EQUATIONS) - set(IN_MARKS)) == []


def test_docstrings_name_equations_that_exist() -> None:
    assert {label: f for label, f in IN_DOCSTRINGS.items() if label not in EQUATIONS} == {}


def test_marks_name_equations_that_exist() -> None:
    assert {label: test for label, test in IN_MARKS.items() if label not in EQUATIONS} == {}


# ------------------------------------------------------------- the scanner itself, on small inputs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$$\na = b\n$$ (sum)\n", [("sum", "a = b")]),
        ("$$a = b$$ (sum)", [("sum", "a = b")]),
        ("```{math}\n:label: sum\na = b\n```", [("sum", "a = b")]),
        (":::{math}\n:nowrap:\n:label: sum\n\na = b\n:::", [("sum", "a = b")]),
        ("$$a = b$$\n", []),
        ("```{math}\na = b\n```", []),
        ("$$a$$\n\n(sum) is the label of nothing.", []),
        ("$$a$$ and $$b$$ (sum)", [("sum", "b")]),
        ("$$a$$\n\n$$b$$ (second)\n\n$$c$$ (third)", [("second", "b"), ("third", "c")]),
        (":::{prf:theorem} Gibbs\n\n$$a$$ (gibbs)\n:::", [("gibbs", "a")]),
        ("```python\n$$a$$ (code)\n```\n\n$$b$$ (sum)", [("sum", "b")]),
        ("```{note}\nA note.\n```\n\n$$a$$ (sum)\n\n```{tip}\nA tip.\n```", [("sum", "a")]),
        ("````{note}\n```text\n$$a$$ (code)\n```\n$$b$$ (sum)\n````", [("sum", "b")]),
        ("```{code-block} python\n$$a$$ (code)\n```", []),
        ("````\n```\n$$a$$ (code)\n````\n\n$$b$$ (sum)", [("sum", "b")]),
        ("Write `$$` before and after it:\n\n$$b$$ (sum)", [("sum", "b")]),
    ],
)
def test_labels_in_markdown(text: str, found: list[tuple[str, str]]) -> None:
    assert list(scan.labelled(text)) == found


def test_equations_come_in_the_order_of_the_contents(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("root: book/intro\nparts:\n- chapters:\n  - file: book/a\n")
    cells = [
        {"cell_type": "markdown", "source": ["$$\n", "x\n", "$$ (first)"]},
        {"cell_type": "code", "source": ["'''\n", "$$y$$ (code)\n", "'''"]},
    ]
    (tmp_path / "book").mkdir()
    (tmp_path / "book/a.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "book/intro.md").write_text("$$z$$ (intro)")
    (tmp_path / "book/forgotten.md").write_text("$$z$$ (forgotten)")
    assert scan.equations(tmp_path) == [
        scan.Equation("intro", "z", "book/intro"),
        scan.Equation("first", "x", "book/a"),
    ]


def test_functions_are_those_whose_docstrings_name_an_equation() -> None:
    class Layer:
        """A layer."""

        def backward(self) -> None:
            """Equations :eq:`one` and :eq:`two`."""

    def silent() -> None:
        """Say nothing."""

    def private() -> None:
        """Equation :eq:`three`."""

    module = ModuleType("small")
    module.Layer, module.silent, module.private = Layer, silent, private
    module.__all__ = ["Layer", "silent"]
    assert scan.functions(module) == [scan.Function("small.Layer.backward", ("one", "two"))]


MARKED = """
import pytest

@pytest.mark.equation("one", "two")
@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.equation("three")
def test_function(n): ...

@pytest.mark.parametrize("f", [pytest.param(abs, marks=pytest.mark.equation("four"))])
def test_parameter(f): ...

@pytest.mark.equation("five")
class TestClass:
    @pytest.mark.equation("six")
    def test_method(self): ...
    def helper(self): ...

@pytest.mark.slow
def test_without(): ...

@pytest.mark.equation("seven")
def helper(): ...
"""


def test_marks_are_read_from_the_source(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_small.py").write_text(MARKED)
    (tmp_path / "tests/helpers.py").write_text('@pytest.mark.equation("x")\ndef test_x(): ...')
    assert {test.name: test.labels for test in scan.tests(tmp_path)} == {
        "test_function": ("one", "two", "three"),
        "test_parameter": ("four",),
        "TestClass.test_method": ("five", "six"),
    }


def test_a_mark_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    source = "@pytest.mark.equation(LABEL)\ndef test_x(): ..."
    (tmp_path / "tests/test_small.py").write_text(source)
    with pytest.raises(ValueError, match=r"test_small\.py:1: expected a label in quotes.*LABEL"):
        scan.tests(tmp_path)
