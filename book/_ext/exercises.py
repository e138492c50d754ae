"""The page *Index of exercises*, and the hints folded under each exercise.

The directive ``{exercises}`` lists the exercises that ``tools/posed.py`` finds in the chapters.
The hints come from the same declarations in ``nnlib.exercises`` that ``hint(name)`` prints from.
"""

import html
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import exercise_enumerable_node

from nnlib.exercises import EXERCISES

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import posed as scan

PAGE = "book/exercises"


def summary(posed: list[scan.Posed]) -> str:
    """Write how many exercises there are of each kind, and how many answer back."""
    kinds = Counter(exercise.kind for exercise in posed)
    counts = "\n".join(f"| {kind} | {kinds[kind]} |" for kind in scan.KINDS)
    checked = sum(bool(exercise.check) for exercise in posed)
    hours = sum(exercise.minutes for exercise in posed) / 60
    return (
        f"## In all\n\n{len(posed)} exercises, about {hours:.0f} hours of work; {checked} of them "
        f"answer back.\n\n| Kind | How many |\n|---|---|\n{counts}\n"
    )


def table(posed: list[scan.Posed]) -> str:
    """Write the exercises of one chapter, a row for each."""
    rows = "\n".join(
        f"| {{ref}}`{exercise.title} <{exercise.label}>` | {exercise.kind} "
        f"| {exercise.difficulty} | {exercise.minutes} | {'yes' if exercise.check else ''} |"
        for exercise in posed
    )
    head = "| Exercise | Kind | Level | Minutes | Check |\n|---|---|---|---|---|"
    return f"{head}\n{rows}\n"


class Exercises(SphinxDirective):
    """List the exercises of all chapters."""

    def run(self) -> list[nodes.Node]:
        chapters = [path for path in scan.chapters() if f"book/{path.stem}" in self.env.found_docs]
        text = ""
        for path in chapters:
            self.env.note_dependency(str(path))
            name = scan.title(scan.source(path))
            text += f"## {name}\n\n{table(scan.exercises(path))}\n"
        text += summary([exercise for path in chapters for exercise in scan.exercises(path)])
        found = nodes.Element()
        lines = StringList(text.splitlines(), PAGE)
        self.state.nested_parse(lines, self.content_offset, found, match_titles=True)
        return found.children


def sentence(hint: str) -> str:
    """Make a sentence of HTML from a hint; a name or a formula at its beginning stays as it is."""
    word = re.match(r"(a|[a-z][a-z'-]+)[,;:]?(\s|$)", hint)
    start = hint[0].upper() if word else hint[0]
    return html.escape(start + hint[1:] + ("" if hint.endswith("?") else "."))


def folded(hints: tuple[str, ...]) -> str:
    """Write hints as closed boxes of HTML."""
    return "\n".join(
        f'<details class="clue"><summary>Hint {number}</summary><p>{sentence(hint)}</p></details>'
        for number, hint in enumerate(hints, start=1)
    )


def add_hints(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Append its hints to each exercise of a page whose code calls ``check``."""
    if app.builder.format != "html":
        return
    for exercise in doctree.findall(exercise_enumerable_node):
        code = "\n".join(block.astext() for block in exercise.findall(nodes.literal_block))
        name = re.search(r'\bcheck\("(\w+)"', code)
        if name and name[1] in EXERCISES and EXERCISES[name[1]].hints:
            exercise += nodes.raw("", folded(EXERCISES[name[1]].hints), format="html")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the hints."""
    app.add_directive("exercises", Exercises)
    app.connect("doctree-resolved", add_hints)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
