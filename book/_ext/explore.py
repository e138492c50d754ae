"""Load the script of a live figure on the page that shows it, and nowhere else.

A figure whose name begins with ``explore-`` is an ordinary figure with a still picture. That is
what JupyterLab, a printed page and a browser without JavaScript show. On a page of the book the
script of the same name in ``_static/explore`` puts a live figure in the picture's place.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PREFIX = "explore-"
NEEDS = {"hidden": ("moons",)}  # data in a file of their own


def add_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Add the scripts of the live figures of one page to that page."""
    figures = tree.findall(nodes.figure) if tree else []
    names = [name for figure in figures for name in figure["ids"] if name.startswith(PREFIX)]
    if names:
        # Nothing waits for it: until it is there, its figure is further down or a still picture.
        app.add_css_file("explore.css", media="print", onload="this.media='all'")
        scripts = [name.removeprefix(PREFIX) for name in names]
        data = [needed for script in scripts for needed in NEEDS.get(script, ())]
        for script in ("maths", "drawing", *data, *scripts):
            app.add_js_file(f"explore/{script}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook."""
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
