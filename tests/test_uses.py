"""The API page's "Used in" is found in the code of the chapters."""

import ast

import nbformat
import pytest
from chapter_uses import code, names, uses


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("nn.softmax(z)", {"softmax"}),
        ("net = nn.Sequential(nn.Linear(2, 3, rng=rng))", {"Sequential", "Linear"}),
        ("f = nn.tanh", {"tanh"}),
        ("from nnlib import plots\nplots.decision_regions(f, X, y)", {"plots", "decision_regions"}),
        ("from nnlib.exercises import check", {"check"}),
        ("np.tanh(z); other.nn.relu(z)", set()),
        ("print('nn.softmax')  # nn.relu", set()),
    ],
)
def test_names(cell: str, found: set[str]) -> None:
    assert set(names(ast.parse(cell))) == found


def test_uses_in_book_order(tmp_path) -> None:
    (tmp_path / "book").mkdir()
    for name, source in [
        ("b", "%matplotlib inline\nnn.relu(z)"),
        ("a", "nn.relu(z)"),
        ("c", "relu = 1"),
    ]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(notebook, tmp_path / f"book/{name}.ipynb")
    (tmp_path / "_toc.yml").write_text("root: book/b\nchapters:\n- file: book/a\n- file: book/c\n")
    assert uses(tmp_path) == {"relu": ["book/b", "book/a"]}
    assert [ast.unparse(tree) for tree in code(tmp_path / "book/b.ipynb")] == ["nn.relu(z)"]
