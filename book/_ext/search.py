"""Let the search find Chinese words, and work from disk.

Sphinx cuts its index at spaces and punctuation, which Chinese does not use inside a phrase: of
梯度下降 it would know the whole and not 梯度. So every two neighbouring characters count as a word
too. And a page that is opened from disk may not read other pages, from which the search cites.
"""

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

CHINESE = re.compile("[\u4e00-\u9fff]{3,}")
NO_EXCERPTS = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)


class Search(SearchEnglish):
    """English, and pairs of Chinese characters."""

    def split(self, input: str) -> list[str]:
        runs = CHINESE.findall(input)
        return super().split(input) + [run[i : i + 2] for run in runs for i in range(len(run) - 1)]


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Switch off the excerpts on the search page where they cannot be read."""
    if page == "search":
        app.add_js_file(None, body=NO_EXCERPTS, type="module")  # in its turn, as deferred scripts


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both."""
    app.add_search_language(Search)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
