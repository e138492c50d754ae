"""Lead from a term, where a chapter introduces it, to its entry in the glossary.

A chapter sets a term in bold or italics where it says what the term means. If the glossary has an
entry for it, that first mention becomes a link. The way back stands in the glossary itself: the
last link of each entry.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY = "book/glossary"


def spellings(entry: str) -> Iterator[str]:
    """Yield what a chapter may write for an entry such as ``rectified linear unit (ReLU)``."""
    for term in entry.lower().split(", "):
        name, _, rest = term.partition(" (")
        yield from (term, name, name + "s")
        if rest:
            yield rest.rstrip(")")


def link_terms(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Turn the first emphasised mention of each term into a link to the glossary."""
    numbered = app.env.toc_secnumbers.get(page)
    if app.builder.format != "html" or not numbered:
        return
    objects = app.env.get_domain("std").get_objects()
    anchors = {entry: anchor for entry, _, kind, _, anchor, _ in objects if kind == "term"}
    entries = {name: entry for entry in anchors for name in spellings(entry)}
    glossary = app.builder.get_relative_uri(page, GLOSSARY)
    linked = set()
    for kind in (nodes.strong, nodes.emphasis):
        for mention in list(doctree.findall(kind)):
            entry = entries.get(" ".join(mention.astext().lower().split()))
            inside = mention.parent
            free = not isinstance(inside, nodes.reference | nodes.title)
            if entry and entry not in linked and free:
                linked.add(entry)
                link = nodes.reference("", "", internal=True, classes=["term"])
                link["refuri"] = f"{glossary}#{anchors[entry]}"
                inside.replace(mention, link)
                link += mention


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook."""
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
