"""Run the chapters and store them in one normal form, so that a second run changes no byte.

    python tools/notebooks.py [NOTEBOOK ...]

What the book promises about a stored notebook is in `faults`; the tests enforce it.
"""

import argparse
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).resolve().parent.parent / "book"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = ("jupyter", "mystnb", "tags")
MISSING = "missing"


def run(path: Path) -> None:
    """Execute a notebook where it lies, and write it back in normal form."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        skip_cells_with_tag=MISSING,
    )
    _mark_missing(notebook)
    client.execute()
    path.write_text(normal_form(notebook), encoding="utf-8", newline="\n")


def _mark_missing(notebook: Any) -> None:
    """Mark the cells tagged ``needs-torch`` and the like that cannot run here: they stay as stored.

    The mark is a tag, for as long as the notebook runs; `normal_form` takes it off.
    """
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        needs = [tag.removeprefix("needs-") for tag in tags if tag.startswith("needs-")]
        if any(find_spec(library) is None for library in needs):
            cell.metadata.tags = [*tags, MISSING]


def normal_form(notebook: Any) -> str:
    """Return the text of a notebook without what differs from run to run or machine to machine."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _close_solutions(notebook)
    count = 0
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        if MISSING in cell.metadata.get("tags", []):
            cell.metadata.tags.remove(MISSING)
        cell.source = cell.source.strip("\n")
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = _merge_streams(cell.outputs)
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def _close_solutions(notebook: Any) -> None:
    """Fold the code and the outputs of solutions, for those who work through them in JupyterLab.

    The text that opens a solution is a folded box there. Of a folded cell JupyterLab shows the
    first line, so that line is one that gives nothing away.
    """
    inside = False
    for cell in notebook.cells:
        opens, closes = (cell.source.rfind(mark) for mark in ("{solution-start}", "{solution-end}"))
        if inside and cell.cell_type == "code":
            cell.metadata["jupyter"] = {"outputs_hidden": True, "source_hidden": True}
            if not cell.source.startswith("# Solution\n"):
                cell.source = f"# Solution\n{cell.source}"
        elif inside and closes > 0 and not cell.source.lstrip().startswith("```{solution-end}"):
            cell.metadata["jupyter"] = {"source_hidden": True}
            if not cell.source.startswith("% Solution\n"):
                cell.source = f"% Solution\n{cell.source}"
        if cell.cell_type == "markdown" and max(opens, closes) >= 0:
            inside = opens > closes


def _merge_streams(outputs: list[Any]) -> list[Any]:
    """Join neighbouring pieces of one stream: where a kernel cuts it is a matter of timing."""
    merged: list[Any] = []
    for output in outputs:
        if (
            merged
            and output.output_type == "stream" == merged[-1].output_type
            and output.name == merged[-1].name
        ):
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def faults(path: Path) -> list[str]:
    """Return what is wrong with a stored notebook, each with the number of its cell."""
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    found = []
    for number, cell in enumerate(notebook.cells):
        where = f"{path.name}, cell {number}"
        if cell.cell_type == "markdown":
            found += [f"{where}: {fault}" for fault in _markdown_faults(cell.source)]
        if cell.cell_type == "code":
            found += [f"{where}: {fault}" for fault in _code_faults(cell)]
    if not found and normal_form(notebook) != text:
        found.append(f"{path.name}: not in normal form; run tools/notebooks.py")
    return found


def _markdown_faults(source: str) -> list[str]:
    directives = re.findall(r"^[`:]{3,}\{(?:figure|image)\}.*?^[`:]{3,}$", source, re.M | re.S)
    faults = [
        "a figure without alt text" for d in directives if not re.search(r"^:alt: .{30,}", d, re.M)
    ]
    if re.search(r"!\[\s*\]\(", source):
        faults.append("an image without alt text")
    return faults


def _code_faults(cell: Any) -> list[str]:
    faults = []
    if cell.execution_count is None:
        faults.append("never run")
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    if any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs):
        faults.append("a warning or error message in the output")
    if any(o.output_type == "error" for o in cell.outputs) and (
        "raises-exception" not in cell.metadata.get("tags", [])
    ):
        faults.append("an error in the output, without the tag raises-exception")
    image = cell.metadata.get("mystnb", {}).get("image", {})
    has_figure = any("image/png" in o.get("data", {}) for o in cell.outputs)
    if image and not has_figure:  # nbval compares no pictures, so it would not miss one either
        faults.append("alt text of a figure, but no figure in the output")
    if has_figure:
        if len(image.get("alt", "")) < 30:
            faults.append("a figure without alt text that says what it shows")
        if not re.search(r"\d", printed) and not re.search(r"^\s*assert ", cell.source, re.M):
            faults.append("a figure without a printed number or an assertion that pins it")
    return faults


def main() -> int:
    """Run the notebooks named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="Run notebooks and store them in normal form.")
    parser.add_argument("notebook", nargs="*", type=Path, help="default: every chapter")
    paths: list[Path] = parser.parse_args().notebook or sorted(BOOK.glob("*.ipynb"))
    for path in paths:
        run(path)
        for fault in faults(path):
            print(fault, file=sys.stderr)
        print(f"ran {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
