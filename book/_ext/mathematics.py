"""Set every formula while the book is built, so that a page shows it at once and without a script.

MathJax sets it, the same that a browser would load: the package sphinx-mathjax-offline has it, and
mini-racer, Chromium's JavaScript in a Python package, runs it. Each formula comes as text with a
style sheet and, for screen readers, as MathML. What MathJax does not understand stops the build.
"""

import functools
import html
import re
import shutil
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.ext.mathjax import html_visit_displaymath, html_visit_math
from sphinx.util import logging

FONTS = "output/chtml/fonts/woff-v2"
PARTS = ["core", "loader", "adaptors/liteDOM", "input/tex-full", "output/chtml"]
PARTS += ["output/chtml/fonts/tex", "a11y/assistive-mml"]
DELIMITED = re.compile(r"\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\]", re.DOTALL)

START = r"""
const {adaptors, handlers, input, output, mathjax, a11y} = MathJax._;
const adaptor = adaptors.liteAdaptor.liteAdaptor();
a11y["assistive-mml"].AssistiveMmlHandler(handlers.html_ts.RegisterHTMLHandler(adaptor));
const tex = new input.tex_ts.TeX({
  packages: ["base", "ams", "newcommand", "boldsymbol", "cases", "mathtools"],
  formatError(jax, error) { throw error; },
});
const font = new output.chtml.fonts.tex_ts.TeXFont({fontURL: "mathjax"});
const page = new output.chtml_ts.CHTML({font});
const book = mathjax.mathjax.document("", {InputJax: tex, OutputJax: page});
const typeset = (text, display) => adaptor.outerHTML(book.convert(text, {display}));
const styles = () => adaptor.textContent(page.styleSheet(book));
"""

logger = logging.getLogger(__name__)


def mathjax_files() -> Path:
    """Return the folder that MathJax is installed in."""
    package = distribution("sphinx-mathjax-offline")
    return Path(str(package.locate_file("sphinx-mathjax-offline/static/mathjax")))


@functools.cache
def engine() -> MiniRacer:
    """Start MathJax where there is neither a browser nor Node."""
    racer = MiniRacer()
    racer.eval("var global = globalThis, window = globalThis, MathJax = {};")
    for part in PARTS:
        racer.eval((mathjax_files() / f"{part}.js").read_text("utf-8"))
    racer.eval(START)
    return racer


@functools.cache
def typeset(tex: str, display: bool) -> str:
    """Return the HTML of a formula."""
    return str(engine().call("typeset", tex, display))


def typeset_all(text: str) -> str:
    r"""Replace each ``\(...\)`` and ``\[...\]`` in HTML by the formula."""

    def replace(found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        return typeset(html.unescape(found[kind]), kind == "display")

    return DELIMITED.sub(replace, text)


def typesetting(visit: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Let Sphinx write a formula, its number and its link, and then set the formula."""

    def visit_and_typeset(translator: Any, node: nodes.Node) -> None:
        start = len(translator.body)
        try:
            visit(translator, node)
        except nodes.SkipNode:
            written = "".join(translator.body[start:])
            try:
                translator.body[start:] = [typeset_all(written)]
            except JSEvalException:
                logger.warning("MathJax does not understand %r", node.astext(), location=node)
            raise

    return visit_and_typeset


def write_styles(app: Sphinx, error: Exception | None) -> None:
    """Write the style sheet of all formulas, and the fonts that it names."""
    if app.builder.format == "html" and error is None:
        static = Path(app.outdir, "_static")
        shutil.copytree(mathjax_files() / FONTS, static / "mathjax", dirs_exist_ok=True)
        (static / "formulas.css").write_text(str(engine().call("styles")), "utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    inline, display = typesetting(html_visit_math), typesetting(html_visit_displaymath)
    app.add_html_math_renderer("prerendered", (inline, None), (display, None))
    app.config.html_math_renderer = "prerendered"
    app.add_css_file("formulas.css")
    app.connect("build-finished", write_styles)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
