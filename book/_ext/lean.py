"""Let a page show its text before anything else: scripts and pictures come after it.

In the finished pages every script waits until the text is there, and the search index is loaded by
the search page alone. Code is not marked up where the mark would show no colour. A picture says how
large it is, so that nothing moves when it comes, and is loaded when the reader comes near; those
that Matplotlib drew are stored as WebP in 256 colours, at a quarter of the size.
"""

import functools
import re
from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

SCRIPT = re.compile(r'<script (?!defer|type="module")(?=[^>]*src=)')
OPTION = re.compile(r"<script>(?=DOCUMENTATION_OPTIONS)")
SEARCH = re.compile(r'<script src="[^"]*(searchtools|language_data|searchindex)\.js"></script>')
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')  # in the colour of the code around
IMAGE = re.compile(r'<img (?P<before>[^>]*?)src="(?P<path>[^"]*)"(?P<after>[^>]*)>')
NO_DITHER = Image.Dither.NONE
VIEWBOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')


@functools.cache
def picture(path: Path) -> tuple[Path, int, int]:
    """Return where a picture is and how large; write the WebP of a PNG beside it."""
    if path.suffix == ".svg":
        box = VIEWBOX.search(path.read_text("utf-8"))
        width, height = (round(float(side)) for side in box.groups()) if box else (0, 0)
        return path, width, height
    with Image.open(path) as image:
        small = path.with_suffix(".webp") if path.suffix == ".png" else path
        if not small.exists():
            few = image.convert("RGBA").quantize(256, Image.Quantize.FASTOCTREE, dither=NO_DITHER)
            few.convert("RGBA").save(small, lossless=True)
        return small, image.width, image.height


def light_image(found: re.Match[str], page: Path) -> str:
    """Write an image with its size, to be loaded when it comes near."""
    path, size = found["path"], ""
    if "width=" not in found[0] and not path.startswith("data:"):
        file, width, height = picture((page.parent / path).resolve())
        path = path.replace(Path(path).name, file.name)
        size = f' width="{width}" height="{height}"' if width else ""
    rest = found["after"].rstrip("/ ") + size + ' loading="lazy" decoding="async" /'
    return f'<img {found["before"]}src="{path}"{rest}>'


def lighten(app: Sphinx, error: Exception | None) -> None:
    """Rewrite the pages of a finished build."""
    if app.builder.format != "html" or error is not None:
        return
    root = Path(app.outdir).resolve()
    for page in root.rglob("*.html"):
        text = page.read_text("utf-8")
        text = text if page.name == "search.html" else SEARCH.sub("", text)
        text = SCRIPT.sub("<script defer ", text)
        text = OPTION.sub('<script type="module">', text)  # a module waits its turn, too
        text = PLAIN.sub(r"\1", text)  # half of all marks in code
        text = IMAGE.sub(functools.partial(light_image, page=page), text)
        page.write_text(text, "utf-8", newline="\n")
    for path in root.glob("_images/*.png"):
        if path.with_suffix(".webp").exists():
            path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook, after those that write pages."""
    app.connect("build-finished", lighten, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
