"""Offer the whole book as one download for reading without a connection.

Every page names the archive and its size at its foot; in the archive itself it says, instead, that
this is the copy.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

NAME = "gradients-you-can-check"
OFFER = re.compile(r'<(?P<tag>\w+) class="download-book">.*?</(?P=tag)>', re.DOTALL)
COPY = r'<\g<tag> class="download-book">This is the copy for reading offline.</\g<tag>>'
SIZE = "SIZE-OF-THE-BOOK"


def pack(app: Sphinx, error: Exception | None) -> None:
    """Write the archive, then its size into the pages."""
    if app.builder.format != "html" or error is not None:
        return
    root = Path(app.outdir)
    archive = root / f"{NAME}.zip"
    archive.unlink(missing_ok=True)
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.name[0] != "."]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files:
            content = path.read_bytes()
            if path.suffix == ".html":
                content = OFFER.sub(COPY, content.decode()).encode()
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(root).as_posix()}")  # without a date
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    size = f"{archive.stat().st_size / 1e6:.1f} MB"
    for path in files:
        if path.suffix == ".html":
            text = path.read_text("utf-8").replace(SIZE, size)
            path.write_text(text, "utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook, after all others."""
    app.connect("build-finished", pack, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
