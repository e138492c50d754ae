"""The tables of the page *The health of this book*; none of them is typed.

The directive ``{health} NAME`` counts what it can while the book is built, and takes the rest from
the records in ``book/_health``, which ``make health``, ``make mutants`` and ``make portability``
write.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import nnlib

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import equations
import posed
import records

PACKAGES = ("NumPy", "SciPy", "scikit-learn", "Matplotlib", "Sphinx", "jupyter-book")
FIGURE = "```{figure}"


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Write a table; numbers stand to the right."""
    right = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    lines = [head, tuple("---:" if r else "---" for r in right), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", r"\|")


def record(name: str) -> Any:
    """Return what a command recorded."""
    return json.loads((records.FOLDER / f"{name}.json").read_text("utf-8"))


def versions() -> str:
    """Say with what the page was made."""
    rows = [("nnlib", nnlib.__version__), ("Python", platform.python_version())]
    return table(("", "Version"), rows + [(name, version(name)) for name in PACKAGES])


def code(page: Path) -> list[Any]:
    """Return the code cells of a page."""
    cells = nbformat.read(page, as_version=4).cells if page.suffix == ".ipynb" else []
    return [cell for cell in cells if cell.cell_type == "code"]


def figures(page: Path) -> int:
    """Count the figures of a page: drawn by its code, or stored as files."""
    drawn = sum("figure" in cell.metadata.get("mystnb", {}) for cell in code(page))
    return drawn + equations.markdown(page).count(FIGURE)


def counts() -> str:
    """Count what the book consists of."""
    pages = equations.pages()
    exercises = [e for path in posed.chapters() for e in posed.exercises(path)]
    rows = [
        ("Chapters", len(posed.chapters())),
        ("Equations with a label, each computed by a function and proved by a test",
         len(equations.equations())),
        ("Exercises, each with a full solution", len(exercises)),
        ("Exercises that answer back", sum(bool(e.check) for e in exercises)),
        ("Figures", sum(map(figures, pages))),
        ("Cells of code, compared with a fresh run", sum(len(code(page)) for page in pages)),
        ("Tests of the library and of the book", record("tests")["tests"]),
    ]  # fmt: skip
    return table(("What", "How many"), rows)


def chapters() -> str:
    """Show how long each chapter takes to run."""
    tests = record("tests")
    rows = [
        (f"{{doc}}`{path.stem}`", f"{tests['seconds'][path.stem]:.1f}") for path in posed.chapters()
    ]
    return f"On {tests['processor']}, one after another:\n\n{table(('Chapter', 'Seconds'), rows)}"


def coverage() -> str:
    """Show which part of each module the tests reach."""
    found = record("tests")["coverage"]
    rows = [
        (f"`{name}`", f["lines"], f["lines"] - f["lines reached"],
         f["branches"], f["branches"] - f["branches reached"])
        for name, f in sorted(found.items())
        if f["lines"]
    ]  # fmt: skip
    total = tuple(sum(row[i] for row in rows) for i in range(1, 5))
    share = 1 - (total[1] + total[3]) / (total[0] + total[2])
    head = ("Module", "Lines", "not reached", "Branches", "not reached")
    return (
        f"The tests reach {100 * share:.1f} % of all lines and branches.\n\n"
        f"{table(head, [*rows, ('All', *total)])}"
    )


def mutants() -> str:
    """Show how many mutants were killed, and why the others live."""
    found = record("mutants")
    modules = [
        (f"`{name}`", m["mutants"], m["noticed"], m["mutants"] - m["noticed"])
        for name, m in sorted(found["by_module"].items())
    ]
    total = tuple(sum(row[i] for row in modules) for i in range(1, 4))
    reasons = [
        (f"`{m['function']}`", f"`{m['before']}`", f"`{m['after']}`", m["reason"])
        for m in found["explained"]
    ]
    every = table(("Module", "Mutants", "noticed", "explained"), [*modules, ("All", *total)])
    alive = table(("Function", "Line", "Changed to", "Why no test notices"), reasons)
    return f"{every}\n\nThese live, and why:\n\n{alive}"


def portability() -> str:
    """Show on what the chapters were run, and what came of it: processors, then versions."""
    rows = record("portability")["rows"]
    first = rows[0]["Python"], "locked"
    processors, versions = (
        [row for row in rows if ((row["Python"], row["versions"]) == first) == wanted]
        for wanted in (True, False)
    )
    kernels = [
        (
            row["processor"],
            f"`{row['kernels']}`",
            row["threads"],
            _wrong(row["wrong"], row["cells"]),
        )
        for row in processors
    ]
    releases = [
        (row["Python"], *(row[name.lower()] for name in PACKAGES[:4]),
         _wrong(row["wrong"], row["cells"]),
         _wrong(row["failed"], row["tests"]) if "tests" in row else "")
        for row in versions
    ]  # fmt: skip
    return (
        f"{table(('Processor', 'Kernels', 'Threads', 'Cells wrong'), kernels)}\n\n"
        f"{table(('Python', *PACKAGES[:4], 'Cells wrong', 'Tests failed'), releases)}"
    )


def _wrong(failed: list[str], of: int) -> str:
    return f"{len(failed)} of {of:,}"


TABLES = {f.__name__: f for f in (versions, counts, chapters, coverage, mutants, portability)}


class Health(SphinxDirective):
    """Insert one of the tables."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        for path in records.FOLDER.glob("*.json"):
            self.env.note_dependency(str(path))
        text = TABLES[self.arguments[0]]()
        found = nodes.Element()
        self.state.nested_parse(StringList(text.splitlines(), "health"), self.content_offset, found)
        return found.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("health", Health)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
