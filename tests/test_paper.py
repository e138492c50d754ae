"""What goes on paper: the cheat sheet."""

import pytest
from cheatsheet import row, scan
from print_page import pages


def test_a_row_of_the_cheat_sheet() -> None:
    equation = scan.Equation("softmax-jacobian", r"J = \operatorname{diag}(s) - s s^\top", "book/x")
    functions = [
        scan.Function("nnlib.softmax_jacobian", ("softmax-jacobian",)),
        scan.Function("nnlib.softmax", ("softmax",)),
    ]
    text = row(equation, functions)
    assert "{ref}`Softmax Jacobian <checked-softmax-jacobian>` {py:obj}`~nnlib.softmax_j" in text
    assert "$$\nJ = \\operatorname{diag}(s) - s s^\\top\n$$" in text
    assert "nnlib.softmax`" not in text


@pytest.mark.parametrize("count", [0, 1, 2])
def test_counting_pages(count: int) -> None:
    page = b"<</Type /Page\n/Parent 1 0 R>>"
    assert pages(b"%PDF-1.4 <</Type /Pages /Count 9>> " + count * page) == count
