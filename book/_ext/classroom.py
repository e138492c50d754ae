"""Make the links with which a class opens the chapters on its own JupyterHub.

The directive ``{classroom-links}`` writes one link per chapter for nbgitpuller, and a small form in
which a teacher names the hub. The repository is the one that the book is built from; where none is
known, the form asks for it too. Without JavaScript the links show a hub that has to be replaced.
"""

import html
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from repository import Repository, find_repository
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import equations as scan

HUB = "https://hub.example.org"
NOWHERE = Repository("https://example.org/owner/name", "main", "")


def pull_link(hub: str, repository: Repository, notebook: str) -> str:
    """Return the address that brings a repository into a student's folder and opens a notebook."""
    folder = repository.url.rstrip("/").rsplit("/", 1)[1]
    query = {
        "repo": repository.url,
        "branch": repository.branch,
        "urlpath": f"lab/tree/{folder}/{notebook}",
    }
    parameters = urlencode(query, quote_via=quote, safe="")
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{parameters}"


def chapters() -> list[tuple[str, str]]:
    """Return path and title of each chapter, in book order."""
    notebooks = [page for page in scan.pages() if page.suffix == ".ipynb"]
    return [
        (
            page.relative_to(scan.ROOT).as_posix(),
            next(line[2:] for line in scan.markdown(page).splitlines() if line.startswith("# ")),
        )
        for page in notebooks
    ]


def form(known: Repository | None) -> str:
    """Return the form and the list of links in HTML."""
    repository = known or NOWHERE
    fields = {
        "hub": ("Your hub", HUB),
        "repo": ("Repository", repository.url),
        "branch": ("Branch", repository.branch),
    }
    inputs = "".join(
        f'<label>{label} <input name="{name}" value="{html.escape(value)}" spellcheck="false">'
        "</label>"
        for name, (label, value) in fields.items()
    )
    links = "".join(
        f'<li><a data-notebook="{path}" href="{html.escape(pull_link(HUB, repository, path))}">'
        f"{html.escape(title)}</a></li>"
        for path, title in chapters()
    )
    return (
        f'<form class="classroom">{inputs}<output role="status"></output></form>'
        f'<ol class="classroom-links">{links}</ol>'
        '<script defer src="../_static/classroom.js"></script>'
    )


class ClassroomLinks(SphinxDirective):
    """Insert the form and the links."""

    def run(self) -> list[nodes.Node]:
        for path, _ in chapters():
            self.env.note_dependency(str(scan.ROOT / path))
        return [nodes.raw("", form(find_repository(os.environ)), format="html")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("classroom-links", ClassroomLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
