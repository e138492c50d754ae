"""Serve all that a page needs with the book itself, and mend what the theme gets wrong.

- MathJax comes from the installed package sphinx-mathjax-offline: one script, its fonts and the
  TeX extensions that it may ask for, where Sphinx would name another host.
- The live-code script that Jupyter Book always loads is announced twice on a page, which stops
  with an error, and names a host. Nobody uses it here, so it goes.
- The theme's icon scripts and fonts, which book.css replaces, and its source maps stay at home.
- Every page gets a description, an entry of a bibliography gets a role that exists, and proofs and
  the insides of theorems and exercises lose the identifiers that they all share.
"""

import html
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import sphinx_thebe
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

MATHJAX = ["tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions"]
UNUSED = ["vendor", "scripts/fontawesome*", "sphinx-thebe*", "**/*.map", "**/*webpack-macros.html"]


def copy_mathjax(app: Sphinx) -> None:
    """Copy the part of MathJax that pages load into the built book."""
    if app.builder.format != "html":
        return
    package = distribution("sphinx-mathjax-offline")
    source = Path(str(package.locate_file("sphinx-mathjax-offline/static/mathjax")))
    for name in MATHJAX:
        target = Path(app.outdir, "_static/mathjax", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source / name, target)


def remove_thebe(app: Sphinx, config: Config) -> None:
    """Unhook the live-code extension."""
    for listeners in app.events.listeners.values():
        listeners[:] = [a for a in listeners if a.handler.__module__ != sphinx_thebe.__name__]
    styles = app.registry.css_files
    styles[:] = [style for style in styles if style[0] != "sphinx-thebe.css"]


def remove_unused(app: Sphinx, error: Exception | None) -> None:
    """Delete what the theme copied into the built book and no page asks for."""
    if app.builder.format == "html" and error is None:
        for pattern in UNUSED:
            for path in list(Path(app.outdir, "_static").glob(pattern)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def mend(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Describe a page by its first paragraph, and correct its markup."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else []
    texts = (p.astext() for p in paragraphs if isinstance(p.parent, nodes.section))
    text = " ".join(next(texts, app.config.html_title).split())
    if len(text) > 160:
        text = text[:157].rsplit(" ", 1)[0] + "…"
    description = f'\n<meta name="description" content="{html.escape(text)}" />'
    context["metatags"] = context.get("metatags", "") + description
    body = context.get("body", "").replace('role="doc-biblioentry"', 'role="listitem"')
    context["body"] = re.sub(r' id="(proof|(proof|exercise|solution)-content)"', "", body)


def setup(app: Sphinx) -> dict[str, Any]:
    """Choose the local MathJax and register the hooks."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    # MathJax's menu leads to other hosts and makes each formula a stop of the Tab key.
    app.config.mathjax3_config = {"options": {"enableMenu": False}}
    app.connect("config-inited", remove_thebe)
    app.connect("builder-inited", copy_mathjax)
    app.connect("html-page-context", mend)
    app.connect("build-finished", remove_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
