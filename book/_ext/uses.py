"""Say below each function of the API page which chapters use it and where its formulas are checked.

Uses are found in the code cells of the chapters, formulas in the docstring.
"""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import equations as scan
from chapter_uses import uses
from formulas import heading

found = cache(uses)


def add_uses(app: Sphinx, kind: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """Append the links to the docstring of a function or class."""
    if kind not in ("function", "class"):
        return
    chapters = [f":doc:`/{page}`" for page in found().get(name.split(".")[-1], [])]
    labels = dict.fromkeys(scan.EQ_ROLE.findall("\n".join(lines)))
    checks = [f":ref:`{heading(label)} <checked-{label}>`" for label in labels]
    said = [f"Used in {', '.join(chapters)}."] if chapters else []
    said += [f"Checked: {', '.join(checks)}."] if checks else []
    if said:
        lines += ["", ".. container:: uses", "", f"   {' '.join(said)}", ""]


def depend_on_chapters(app: Sphinx, docname: str, source: list[str]) -> None:
    """Build the page anew when a chapter has changed."""
    if docname == "book/api":
        for page in scan.pages():
            app.env.note_dependency(str(page))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    app.connect("autodoc-process-docstring", add_uses, priority=900)  # after napoleon's 500
    app.connect("source-read", depend_on_chapters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
