"""The links for a class lead to the chapters of this book, on the hub that a teacher names."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from classroom import HUB, chapters, form, pull_link
from repository import ROOT, Repository

KNOWN = Repository("https://github.com/owner/name", "next", "github")


@pytest.mark.parametrize("hub", ["https://hub.example.org", "https://hub.example.org/"])
def test_the_parts_of_a_link(hub):
    link = urlsplit(pull_link(hub, KNOWN, "book/05-softmax.ipynb"))
    assert (link.scheme, link.netloc) == ("https", "hub.example.org")
    assert link.path == "/hub/user-redirect/git-pull"
    assert parse_qs(link.query, strict_parsing=True) == {
        "repo": ["https://github.com/owner/name"],
        "branch": ["next"],
        "urlpath": ["lab/tree/name/book/05-softmax.ipynb"],
    }


def test_a_hub_below_a_path_and_a_branch_with_a_slash():
    link = pull_link("https://example.org/jupyter/", KNOWN._replace(branch="a/b&c"), "x.ipynb")
    assert link.startswith("https://example.org/jupyter/hub/user-redirect/git-pull?repo=")
    assert parse_qs(urlsplit(link).query)["branch"] == ["a/b&c"]


def test_every_chapter_has_its_link():
    notebooks = [f"book/{path.name}" for path in sorted((ROOT / "book").glob("[0-9]*.ipynb"))]
    assert [path for path, _ in chapters()] == notebooks
    page = form(KNOWN)
    hrefs = [unescape(href) for href in re.findall(r'<li><a [^>]*href="([^"]+)"', page)]
    assert hrefs == [pull_link(HUB, KNOWN, path) for path in notebooks]
    assert re.findall(r'data-notebook="([^"]+)"', page) == notebooks


def test_no_repository_is_invented():
    assert 'value="https://example.org/owner/name"' in form(None)
    assert 'value="https://github.com/owner/name"' in form(KNOWN)


def test_the_script_builds_the_same_address():
    """Both make the link; what it is made of must be spelt alike in both."""
    script = (Path(ROOT) / "book/_static/classroom.js").read_text("utf-8")
    for piece in ("/hub/user-redirect/git-pull?", "lab/tree/", "{ repo, branch, urlpath"):
        assert piece in script
