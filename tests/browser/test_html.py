"""What the text of a built page owes its reader, read without a browser."""

import functools
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import HTML, PAGES

LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "srcset"}


@functools.cache
def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def content(path: Path) -> Tag:
    return page(path).article or page(path).main


@functools.cache
def identifiers(path: Path) -> list[str]:
    return re.findall(r'<[^<>]*\sid="([^"]+)"', path.read_text("utf-8"))


def broken(path: Path, address: str) -> str:
    """Say what is wrong with a link from a page of the book, or nothing."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return f"{address}: no such file"
    if parts.fragment and unquote(parts.fragment) not in identifiers(target):
        return f"{address}: no such anchor"
    return ""


def dead_links(path: Path) -> list[str]:
    tags = [(tag, LINKS[tag.name]) for tag in page(path).find_all(list(LINKS))]
    links = [tag[link] for tag, link in tags if link in tag.attrs]
    return [fault for link in dict.fromkeys(links) if (fault := broken(path, link))]


@pytest.fixture(params=PAGES)
def path(request: pytest.FixtureRequest) -> Path:
    return HTML / request.param


def test_every_link_inside_the_book_leads_somewhere(path: Path) -> None:
    assert not dead_links(path)


def test_every_file_that_a_style_sheet_names_is_there() -> None:
    address = re.compile(r"url\([\"']?(?!data:|#)([^\"')]+)")
    named = [
        sheet.parent / found
        for sheet in HTML.rglob("*.css")
        for found in address.findall(sheet.read_text("utf-8"))
    ]
    assert named
    assert not [path for path in named if not path.is_file()]


def test_an_identifier_is_used_once(path: Path) -> None:
    ids = identifiers(path)
    assert not sorted({i for i in ids if ids.count(i) > 1})


def test_headings_are_in_order(path: Path) -> None:
    headings = content(path).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])
    levels = [int(heading.name[1]) for heading in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = zip(headings[1:], levels, levels[1:], strict=False)
    assert not [heading.get_text() for heading, before, level in steps if level > before + 1]


def test_an_image_says_what_it_shows(path: Path) -> None:
    assert not [image["src"] for image in page(path).find_all("img", alt=None)]
    alts = [image["alt"].strip().lower() for image in content(path).find_all("img")]
    empty = ("figure", "image", "picture", "plot of", "a figure", "a plot")
    assert not [alt for alt in alts if len(alt) < 30 or alt.startswith(empty)]


def test_a_table_has_headers(path: Path) -> None:
    tables = content(path).find_all("table", role=None)
    assert not [table.get_text()[:40] for table in tables if not table.find("th")]
    headers = [th for table in tables for th in table.find_all("th")]
    assert all(th.get_text(strip=True) for th in headers)  # that of a formula is its MathML


def test_a_page_says_what_it_is(path: Path) -> None:
    html = page(path)
    assert html.html["lang"] == "en"
    assert html.title.get_text(strip=True)
    description = html.find("meta", attrs={"name": "description"})
    assert description
    assert description["content"]


def test_the_download_is_the_whole_book(tmp_path: Path) -> None:
    (archive,) = HTML.glob("*.zip")
    zipfile.ZipFile(archive).extractall(tmp_path)
    copy = tmp_path / archive.stem
    assert {p.relative_to(copy) for p in copy.rglob("*") if p.is_file()} == {
        p.relative_to(HTML)
        for p in HTML.rglob("*")
        if p.is_file() and p != archive and p.name[0] != "."
    }
    assert not [fault for name in PAGES for fault in dead_links(copy / name)]


def test_the_download_says_how_large_it_is() -> None:
    (archive,) = HTML.glob("*.zip")
    intro = page(HTML / "book/intro.html").get_text()
    assert f"{archive.stat().st_size / 1e6:.1f} MB" in intro
