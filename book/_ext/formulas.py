"""The page *Every formula, checked*, and the mark under each labelled equation that leads there.

The directive ``{formulas}`` writes one entry for each labelled equation: the formula, its place in
the book, the functions that compute it and the tests that prove it. ``tools/equations.py`` finds
all three.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import equations as scan

PAGE = "book/formulas"
SPELLING = {"adamw": "AdamW", "kl": "KL", "logsumexp": "log-sum-exp", "relu": "ReLU"}
SPELLING |= {"gibbs": "Gibbs", "glorot": "Glorot", "he": "He", "jacobian": "Jacobian"}
SPELLING |= {"lecun": "LeCun", "nesterov": "Nesterov"}
SPELLING |= {"bp": "BP", "rmsprop": "RMSprop", "sgd": "SGD"}

logger = logging.getLogger(__name__)


def title(page: Path) -> str:
    """Return the first heading of a page."""
    return next(line[2:] for line in scan.markdown(page).splitlines() if line.startswith("# "))


def heading(label: str) -> str:
    """Turn a label such as ``kl-divergence`` into the heading *KL divergence*."""
    text = " ".join(SPELLING.get(word, word) for word in label.split("-"))
    return text[0].upper() + text[1:]


def test_entry(test: scan.Test) -> str:
    """Write a folded box with the source of a test."""
    path = Path("..", test.file.relative_to(scan.ROOT)).as_posix()
    source = f"```{{literalinclude}} {path}\n:language: python\n:pyobject: {test.name}\n```"
    return f"````{{dropdown}} {test.name}\n{source}\n````\n"


def entry(equation: scan.Equation, functions: list[scan.Function], tests: list[scan.Test]) -> str:
    """Write the entry of one equation in MyST Markdown."""
    label = equation.label
    by = " and ".join(f"{{py:obj}}`{f.name}`" for f in functions if label in f.labels)
    proofs = "\n".join(test_entry(t) for t in tests if label in t.labels)
    return (
        f"(checked-{label})=\n### {heading(label)}\n\n$$\n{equation.tex}\n$$\n\n"
        f"Equation {{eq}}`{label}`, computed by {by}, proved by\n\n{proofs}\n"
    )


class Formulas(SphinxDirective):
    """List the labelled equations, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        functions, tests = scan.functions(importlib.import_module("nnlib")), scan.tests()
        pages = {p.relative_to(scan.ROOT).with_suffix("").as_posix(): p for p in scan.pages()}
        lines: list[str] = []
        page = ""
        for equation in scan.equations():
            if equation.page != page:
                page = equation.page
                lines.append(f"## {title(pages[page])}\n")
            lines.append(entry(equation, functions, tests))
        for source in [*pages.values(), *scan.ROOT.glob("nnlib/*.py"), *{t.file for t in tests}]:
            self.env.note_dependency(str(source))
        text = StringList("\n".join(lines).splitlines(), PAGE)
        found = nodes.Element()
        self.state.nested_parse(text, self.content_offset, found, match_titles=True)
        return found.children


def add_marks(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the mark that leads to its entry under each labelled equation of a chapter."""
    if app.builder.format != "html" or page == PAGE or PAGE not in app.env.found_docs:
        return
    entries = app.builder.get_relative_uri(page, PAGE)
    for block in list(doctree.findall(nodes.math_block)):
        if block.get("label"):
            mark = nodes.reference("", "", refuri=f"{entries}#checked-{block['label']}")
            mark["classes"] = ["checked"]
            mark += nodes.inline("", "checked")
            mark += nodes.inline("", ": see function and test", classes=["visually-hidden"])
            box = nodes.container(classes=["labelled"])
            block.parent.replace(block, box)
            box += [block, nodes.paragraph("", "", mark)]


def compare_with_pages(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn when the equations on the built pages are not the ones that the scanner found."""
    built = set(env.domaindata["math"]["objects"])
    found = {equation.label for equation in scan.equations()}
    for label in sorted(built - found):
        logger.warning("tools/equations.py does not find the equation %r", label)
    for label in sorted(found - built):
        logger.warning("the equation %r, found by tools/equations.py, is on no page", label)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the mark and the comparison."""
    app.add_directive("formulas", Formulas)
    app.connect("doctree-resolved", add_marks)
    app.connect("env-check-consistency", compare_with_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
