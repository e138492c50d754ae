"""What is taken from a finished page is not missed: here, the marks in code that show no colour."""

import re

import pytest
from lean import PLAIN
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.styles import get_style_by_name
from pygments.token import Name, Punctuation, Text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_are_taken_from_code_only_where_they_have_no_colour(theme: str) -> None:
    style = get_style_by_name(f"a11y-high-contrast-{theme}")
    plain = style.style_for_token(Text)
    for token in (Name, Name.Namespace, Punctuation, Text.Whitespace):
        assert style.style_for_token(token) == plain


def test_code_without_its_plain_marks_is_the_same_text() -> None:
    code = "import numpy as np\n\n\ndef f(x):\n    return np.exp(-x) < 1  # '<' stays\n"
    marked = highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))
    fewer = PLAIN.sub(r"\1", marked)
    assert fewer.count("<span") < marked.count("<span") / 1.5
    assert re.sub("<[^>]*>", "", fewer) == re.sub("<[^>]*>", "", marked)
    assert '<span class="k">return</span>' in fewer
