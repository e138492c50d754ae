"""The stored chapters are run, clean, illustrated with care, and in normal form."""

from pathlib import Path

import nbformat
import pytest
from notebooks import BOOK, faults, normal_form

CHAPTERS = sorted(BOOK.glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_faults(path: Path) -> None:
    assert faults(path) == []


FIGURE = nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<F>"})
WARNING = nbformat.v4.new_output("stream", name="stderr", text="RuntimeWarning: overflow")
ERROR = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
ALT = {"mystnb": {"image": {"alt": "The loss falls from log 3 to a twentieth of it."}}}


@pytest.mark.parametrize(
    ("source", "fields", "fault"),
    [
        ("1", {"execution_count": None}, "never run"),
        ("1", {"outputs": [WARNING]}, "a warning or error"),
        ("1", {"outputs": [ERROR]}, "an error in the output"),
        ("assert x > 1", {"outputs": [FIGURE]}, "alt text"),
        ("plt.show()", {"outputs": [FIGURE], "metadata": ALT}, "pins it"),
        ("assert x > 1", {"metadata": ALT}, "no figure in the output"),
        ("1", {"metadata": {"scrolled": True}}, "not in normal form"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, source: str, fields: dict, fault: str) -> None:
    cell = nbformat.v4.new_code_cell(source, **({"execution_count": 1} | fields))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    path = tmp_path / "x.ipynb"
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    assert fault in " ".join(faults(path))


@pytest.mark.parametrize(
    "source",
    ["![](images/neuron.svg)", "```{figure} images/neuron.svg\n:name: fig\n\nA neuron.\n```"],
)
def test_image_in_text_needs_alt(tmp_path: Path, source: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)])
    path = tmp_path / "x.ipynb"
    path.write_text(normal_form(notebook), encoding="utf-8")
    assert "alt text" in " ".join(faults(path))


def test_a_clean_notebook_has_no_faults(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("assert x > 1", execution_count=1, outputs=[FIGURE])
    cell.metadata = ALT
    path = tmp_path / "x.ipynb"
    text = normal_form(nbformat.v4.new_notebook(cells=[cell]))
    path.write_text(text, encoding="utf-8")
    assert faults(path) == []
    assert normal_form(nbformat.reads(text, as_version=4)) == text


def test_a_solution_is_closed() -> None:
    text = nbformat.v4.new_markdown_cell
    code = nbformat.v4.new_code_cell
    notebook = nbformat.v4.new_notebook(
        cells=[
            text("```{exercise-start} Add\n```"),
            code("1 + ..."),
            text("```{exercise-end}\n```\n\n```{solution-start} add\n```\n\nOne more than one."),
            code("1 + 1"),
            text("It is two.\n\n```{solution-end}\n```"),
            text("```{solution-start} other\n```"),
            code("# Solution\n3"),
            text("```{solution-end}\n```\n\n```{exercise-start} Next\n```"),
            code("4"),
        ]
    )
    cells = nbformat.reads(normal_form(notebook), as_version=4).cells
    closed = [i for i, cell in enumerate(cells) if cell.metadata.get("jupyter")]
    assert closed == [3, 4, 6]
    assert cells[3].source == "# Solution\n1 + 1"
    assert cells[6].source == "# Solution\n3"
    assert cells[4].source.startswith("% Solution\nIt is two.")
    assert cells[3].metadata.jupyter == {"outputs_hidden": True, "source_hidden": True}
    assert cells[4].metadata.jupyter == {"source_hidden": True}
    assert normal_form(notebook) == normal_form(nbformat.reads(normal_form(notebook), as_version=4))
