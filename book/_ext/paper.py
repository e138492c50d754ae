"""Set the book on paper: what the PDF needs and the pages do not.

Everything here is for the LaTeX builder, which ``make pdf`` calls.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter

FONTS = r"""
\usepackage{fontspec}
\setmainfont{STIXTwoText-Regular.otf}[
  BoldFont = STIXTwoText-Bold.otf, ItalicFont = STIXTwoText-Italic.otf,
  BoldItalicFont = STIXTwoText-BoldItalic.otf]
\setsansfont{SourceSansPro-Regular.otf}[
  BoldFont = SourceSansPro-Semibold.otf, ItalicFont = SourceSansPro-RegularIt.otf,
  BoldItalicFont = SourceSansPro-SemiboldIt.otf]
\setmonofont{DejaVuSansMono.ttf}[Scale = 0.78,
  BoldFont = DejaVuSansMono-Bold.ttf, ItalicFont = DejaVuSansMono-Oblique.ttf]
"""

PREAMBLE = r"""
\usepackage{unicode-math}
\setmathfont{STIXTwoMath-Regular.otf}
\usepackage{xeCJK}  % the Chinese terms
\setCJKmainfont{NotoSerifCJK-Regular.ttc}[BoldFont = NotoSerifCJK-Bold.ttc]
\setCJKsansfont{NotoSansCJK-Regular.ttc}[BoldFont = NotoSansCJK-Bold.ttc]
\setCJKmonofont{NotoSansCJK-Regular.ttc}
"""


SIGNS = {"→": r"\rightarrow", "∂": r"\partial", "⊙": r"\odot"}  # not in the font of the text


class SvgToPdf(ImageConverter):
    """TeX cannot read SVG; ``rsvg-convert`` of librsvg draws it as PDF."""

    conversion_rules: ClassVar = [("image/svg+xml", "application/pdf")]

    def is_available(self) -> bool:
        return shutil.which("rsvg-convert") is not None

    def convert(self, _from: str, _to: str) -> bool:
        # librsvg drops a space at the start of a tspan, unless it is one that may not break.
        drawing = Path(_from).read_text("utf-8").replace("<tspan> ", "<tspan>\u00a0")
        command = ["rsvg-convert", "--format=pdf", "--output", _to]
        subprocess.run(command, input=drawing.encode(), check=True)
        return True


class ExerciseNumbers(SphinxPostTransform):
    """Let a reference to an exercise of another chapter find its label.

    The pages of the book are one document on paper, and sphinx-exercise labels it accordingly.
    """

    default_priority = 21  # after Sphinx has resolved references, before sphinx-exercise does
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        exercises = self.env.sphinx_exercise_registry
        for reference in self.document.findall(nodes.reference):
            label = reference.get("refuri", "").partition("#")[2]
            if exercises.get(label, {}).get("type", "").startswith("exercise"):
                del reference["refuri"]
                reference["refid"] = label


class Signs(SphinxPostTransform):
    """Set the signs that the font of the text lacks as formulas."""

    default_priority = 300
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for text in list(self.document.findall(nodes.Text)):
            code = isinstance(text.parent, nodes.literal | nodes.FixedTextElement | nodes.math)
            if not code and any(sign in text for sign in SIGNS):
                parts = re.split(f"([{''.join(SIGNS)}])", text)
                formulas = [nodes.math(p, SIGNS[p]) if p in SIGNS else nodes.Text(p) for p in parts]
                text.parent.replace(text, formulas)


class ColumnWidths(SphinxPostTransform):
    """Give the columns of a wide table widths, so that long cells are broken into lines."""

    default_priority = 300
    formats = ("latex",)

    def run(self, **kwargs: Any) -> None:
        for table in self.document.findall(nodes.table):
            columns = list(table.findall(nodes.colspec))
            rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
            longest = [max(len(row[i].astext()) for row in rows) for i in range(len(columns))]
            if sum(longest) > 75:
                table["classes"] = [c for c in table["classes"] if c != "colwidths-auto"]
                table["classes"] += ["colwidths-given", "longtable"]
                for column, width in zip(columns, longest, strict=True):
                    column["colwidth"] = min(max(width, 12), 45)


def number_by_chapter(app: Sphinx, *_: Any) -> None:
    """Number exercises as on the pages: in Sphinx's count a chapter is the first level."""
    if app.builder.format == "latex":
        app.config.numfig_secnum_depth = 1


def number_below_parts(app: Sphinx, *_: Any) -> None:
    """Let TeX number figures and equations by chapter: in its count the parts come first."""
    if app.builder.format == "latex":
        app.config.numfig_secnum_depth = 2


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hooks."""
    for transform in (SvgToPdf, ExerciseNumbers, Signs, ColumnWidths):
        app.add_post_transform(transform)
    app.connect("builder-inited", number_by_chapter, priority=900)
    app.connect("env-check-consistency", number_below_parts)
    app.config.latex_elements = {
        "papersize": "a4paper",
        "pointsize": "10pt",
        "extraclassoptions": "oneside,openany",
        "fontpkg": FONTS,
        "fncychap": "",
        "preamble": PREAMBLE,
        "sphinxsetup": "hmargin={27mm,27mm}, vmargin={25mm,28mm}",
    }
    return {"parallel_read_safe": True, "parallel_write_safe": True}
