"""Serve all that a page needs with the book itself, and mend what the theme gets wrong.

- The live-code script that Jupyter Book always loads is announced twice on a page, which stops
  with an error, and names a host. Nobody uses it here, so it goes.
- The theme's icon scripts and fonts, which book.css replaces, and its source maps stay at home.
- The theme's script asks of every box whether it scrolls, one after another, and so lays out the
  whole page before anybody has seen it. book.js asks when a box comes near, so the theme need not.
- Every page gets a description, an entry of a bibliography gets a role that exists, an empty corner
  of a table is no header, the columns of an index are no table to a screen reader, and proofs and
  the insides of theorems and exercises lose the identifiers that they all share.
"""

import html
import re
import shutil
from pathlib import Path
from typing import Any

import sphinx_thebe
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

UNUSED = ["vendor", "scripts/fontawesome*", "sphinx-thebe*", "**/*.map", "**/*webpack-macros.html"]
MEASURING = r'"complete"===document\.readyState\?(\w+)\(\):window\.addEventListener\("load",\1\)'

logger = logging.getLogger(__name__)


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


def stop_measuring(app: Sphinx, error: Exception | None) -> None:
    """Take the call out of the theme's script that measures every box of a page."""
    if app.builder.format == "html" and error is None:
        path = Path(app.outdir, "_static/scripts/pydata-sphinx-theme.js")
        text, calls = re.subn(MEASURING, "0", path.read_text("utf-8"))
        if not calls:
            logger.warning("the theme measures its boxes in another way: look at %s", path.name)
        path.write_text(text, "utf-8", newline="\n")


def forget_sources(app: Sphinx) -> None:
    """Let viewcode write its pages anew, because the links on them may change."""
    shutil.rmtree(Path(app.outdir, "_modules"), ignore_errors=True)


def mend_indexes(app: Sphinx, error: Exception | None) -> None:
    """Tell screen readers that an index is set in columns and is not a table."""
    if app.builder.format == "html" and error is None:
        for path in Path(app.outdir).glob("*index.html"):
            text = path.read_text("utf-8")
            text = re.sub(r'<table (?=[^>]*"indextable)', '<table role="presentation" ', text)
            path.write_text(text, "utf-8", newline="\n")


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
    body = re.sub(r'<th class="head[^"]*">\s*(<p></p>)?\s*</th>', "<td></td>", body)
    context["body"] = re.sub(r' id="(proof|(proof|exercise|solution)-content)"', "", body)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.connect("config-inited", remove_thebe)
    app.connect("html-page-context", mend)
    app.connect("builder-inited", forget_sources)
    app.connect("build-finished", remove_unused)
    app.connect("build-finished", mend_indexes)
    app.connect("build-finished", stop_measuring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
