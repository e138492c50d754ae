"""Find which chapters use which names of nnlib, by reading their code cells as syntax trees."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import equations as scan


def code(notebook: Path) -> Iterator[ast.Module]:
    """Yield the syntax tree of each code cell, without the lines that are IPython's own."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            yield ast.parse("\n".join("" if line[:1] in ("%", "!") else line for line in lines))


def names(tree: ast.AST) -> Iterator[str]:
    """Yield ``softmax`` for ``nn.softmax``, and likewise what is imported from nnlib."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in ("nn", "nnlib", "plots"):
                yield node.attr
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnlib"):
            yield from (alias.name for alias in node.names)


def uses(root: Path = scan.ROOT) -> dict[str, list[str]]:
    """Return for each name the chapters that use it, such as ``book/05-softmax``, in book order."""
    found: dict[str, list[str]] = {}
    for page in scan.pages(root):
        if page.suffix == ".ipynb":
            for name in {name for tree in code(page) for name in names(tree)}:
                found.setdefault(name, []).append(page.relative_to(root).with_suffix("").as_posix())
    return found
