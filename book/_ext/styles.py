"""Make one style sheet of the dozen that the theme and its extensions bring.

A browser waits for every one of them before it shows a word. Here they become one, in their order,
without rules for classes that occur nowhere in the book and without variables that nobody reads:
less than a third remains. A sheet that only some pages name stays what it is.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

LINK = re.compile(r'[ ]*<link [^>]*?href="(?P<path>[^"?]*\.css)[^"]*"[^>]*>\n?')
IMPORT = re.compile(r'@import (?:url\()?"(?P<path>[^"]*)"\)?;')
ADDRESS = re.compile(r"url\((?P<quote>[\"']?)(?!data:|#)(?P<path>[^)\"']+)(?P=quote)\)")
ICONS = re.compile(
    r"@font-face\s*{[^}]*vendor/fontawesome[^}]*}"
)  # fonts that offline.py takes away
GROUPS = {"media", "supports", "layer", "container"}  # at-rules that hold rules


def named(selector: list[Any]) -> Iterator[str]:
    """Yield the classes and identifiers that something must have for a selector to fit."""
    for before, token in zip([None, *selector], selector, strict=False):
        if token.type == "hash" or (token.type == "ident" and before == "."):
            yield token.value


def split(tokens: list[Any]) -> Iterator[list[Any]]:
    """Split a list of selectors at its commas."""
    selector: list[Any] = []
    for token in tokens:
        if token == ",":
            yield selector
            selector = []
        else:
            selector.append(token)
    yield selector


def declarations(content: list[Any], variables: set[str]) -> str:
    """Write what a rule declares, without variables that nobody reads."""
    parts = tinycss2.parse_blocks_contents(content, True, True)
    return "".join(
        part.serialize() + ("" if part.type == "qualified-rule" else ";")
        for part in parts
        if part.type != "declaration" or part.name[:2] != "--" or part.name in variables
    )


def used(rules: list[Any], words: set[str], variables: set[str]) -> str:
    """Write the rules whose classes and identifiers are among the words of the book."""
    written = []
    for rule in rules:
        if rule.type == "qualified-rule":
            fit = [s for s in split(rule.prelude) if words.issuperset(named(s))]
            if fit:
                prelude = ",".join(tinycss2.serialize(selector).strip() for selector in fit)
                written.append(f"{prelude}{{{declarations(rule.content, variables)}}}")
        elif rule.type == "at-rule" and rule.at_keyword in GROUPS and rule.content is not None:
            inner = used(tinycss2.parse_rule_list(rule.content, True, True), words, variables)
            if inner:
                written.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type != "error":
            written.append(rule.serialize())
    return "\n".join(written)


def read(sheet: Path, static: Path) -> str:
    """Read a style sheet with those it imports; its addresses become relative to ``_static``."""

    def moved(found: re.Match[str]) -> str:
        target = (sheet.parent / found["path"]).resolve()
        return f'url("{target.relative_to(static).as_posix()}")'

    text = ADDRESS.sub(moved, sheet.read_text("utf-8"))
    return IMPORT.sub(lambda found: read((sheet.parent / found["path"]).resolve(), static), text)


def join(app: Sphinx, error: Exception | None) -> None:
    """Write the one sheet, and name it on every page of a finished build."""
    if app.builder.format != "html" or error is not None:
        return
    root, static = Path(app.outdir).resolve(), Path(app.outdir, "_static").resolve()
    one = static / "style.css"
    pages = {p: p.read_text("utf-8") for p in root.rglob("*.html") if static not in p.parents}

    def sheet(page: Path, link: re.Match[str]) -> Path:
        return (page.parent / link["path"]).resolve()

    sheets = {page: [sheet(page, link) for link in LINK.finditer(pages[page])] for page in pages}
    fresh = [paths for paths in sheets.values() if paths and one not in paths]
    shared = [path for path in fresh[0] if all(path in paths for paths in fresh)] if fresh else []
    if not shared:
        return
    scripts = "".join(path.read_text("utf-8") for path in root.rglob("*.js"))
    words = set(re.findall(r"[\w-]+", "".join(pages.values()) + scripts))
    style = ICONS.sub("", "\n".join(read(path, static) for path in shared))
    for _ in range(3):  # a variable may only serve another that goes
        variables = set(re.findall(r"var\(\s*(--[\w-]+)", style + scripts))
        style = used(tinycss2.parse_stylesheet(style, True, True), words, variables)
    one.write_text(style, "utf-8", newline="\n")
    version = hashlib.sha256(style.encode()).hexdigest()[:8]
    for page, text in pages.items():
        up = "../" * len(page.relative_to(root).parents[:-1])
        link = f'<link rel="stylesheet" href="{up}_static/{one.name}?v={version}" />\n'

        def stays(found: re.Match[str], page: Path = page) -> str:
            return "" if sheet(page, found) in [one, *shared] else found[0]

        text = LINK.sub(stays, text).replace("</title>", f"</title>\n{link}", 1)
        page.write_text(text, "utf-8", newline="\n")
    for path in shared:
        path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook, after those that write style sheets."""
    app.connect("build-finished", join, priority=890)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
