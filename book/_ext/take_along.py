"""What a reader can take along: chapters that run on their own, and the book on paper.

- A downloaded chapter gets a first code cell that fetches what it needs.
- The PDFs that ``make pdf`` and ``make cheatsheet`` left in ``_build/pdf`` are copied into the
  built book and offered on every page; without them there is no link.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from repository import ROOT, find_repository
from standalone import first_cell

PDF = {"gradients-you-can-check.pdf": "The whole book", "cheatsheet.pdf": "The cheat sheet"}


def finished() -> dict[Path, str]:
    """Return the PDFs that have been made."""
    return {
        path: name for file, name in PDF.items() if (path := ROOT / "_build/pdf" / file).exists()
    }


def add_first_cells(app: Sphinx, error: Exception | None) -> None:
    """Put the cell into each notebook that the pages offer for download."""
    if app.builder.format != "html" or error:
        return
    repository = find_repository(os.environ)
    address, branch = (repository.url, repository.branch) if repository else ("", "")
    for copy in Path(app.outdir, "_sources/book").glob("*.ipynb"):
        notebook = nbformat.read(ROOT / "book" / copy.name, as_version=4)
        notebook.cells.insert(1, first_cell(ROOT / "book" / copy.name, address, branch))
        nbformat.write(notebook, copy)


def copy_pdfs(app: Sphinx, error: Exception | None) -> None:
    """Take the finished PDFs into the built book."""
    if app.builder.format == "html" and not error:
        for path in finished():
            shutil.copyfile(path, Path(app.outdir, path.name))


def offer_pdfs(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Add them to the page's list of downloads."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            for path, name in finished().items():
                link = {
                    "type": "link",
                    "text": f"{name}, .pdf",
                    "tooltip": "Download " + name.lower(),
                }
                group["buttons"].append(link | {"url": context["pathto"](path.name, 1)})


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.connect("html-page-context", offer_pdfs, priority=900)  # after the theme's buttons
    app.connect("build-finished", add_first_cells)
    app.connect("build-finished", copy_pdfs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
