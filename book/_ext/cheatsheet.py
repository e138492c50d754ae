"""The cheat sheet: every labelled formula of the book, made to fit one printed page.

The directive ``{cheatsheet}`` writes them chapter by chapter, each with its name, which leads to
its proof, and the functions that compute it. ``cheatsheet.css`` makes the page a sheet of A4.
"""

import importlib
from itertools import groupby
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from formulas import heading, scan, title
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PAGE = "book/cheatsheet"


def row(equation: scan.Equation, functions: list[scan.Function]) -> str:
    """Write the row of one equation in MyST Markdown."""
    label = equation.label
    by = " ".join(f"{{py:obj}}`~{f.name}`" for f in functions if label in f.labels)
    name = f"{{ref}}`{heading(label)} <checked-{label}>` {by}"
    return f":::{{container}} formula\n{name}\n\n$$\n{equation.tex}\n$$\n:::\n"


class CheatSheet(SphinxDirective):
    """List the labelled equations, as short as they can be."""

    def run(self) -> list[nodes.Node]:
        functions = scan.functions(importlib.import_module("nnlib"))
        pages = {p.relative_to(scan.ROOT).with_suffix("").as_posix(): p for p in scan.pages()}
        lines: list[str] = []
        for page, equations in groupby(scan.equations(), lambda equation: equation.page):
            lines.append(f"## {title(pages[page])}\n")
            lines += [row(equation, functions) for equation in equations]
        for source in [*pages.values(), *scan.ROOT.glob("nnlib/*.py")]:
            self.env.note_dependency(str(source))
        found = nodes.Element()
        text = StringList("\n".join(lines).splitlines(), PAGE)
        self.state.nested_parse(text, self.content_offset, found, match_titles=True)
        return found.children


def add_style(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Load the style of the sheet on its own page only."""
    if page == PAGE:
        app.add_css_file("cheatsheet.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the style."""
    app.add_directive("cheatsheet", CheatSheet)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
