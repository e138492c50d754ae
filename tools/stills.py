"""Draw the still pictures of the figures that readers can move on the book's pages.

    python tools/stills.py

A still shows where its live figure starts. JupyterLab, paper and a browser without JavaScript show
it. The numbers come from nnlib, so a test can hold the stored pictures against a new drawing.
"""

from pathlib import Path
from typing import Any

import numpy as np

import nnlib as nn

IMAGES = Path(__file__).resolve().parent.parent / "book/images"
INK, BLUE, AMBER, GREEN, RED, VIOLET, GREY = (
    "#222", "#174f8c", "#c87800", "#0a866e", "#b4234f", "#6a4c9c", "#6b6b6b",
)  # fmt: skip
SERIF = "STIX Two Text, Times New Roman, Liberation Serif, serif"


def tag(name: str, content: str = "", /, **attributes: Any) -> str:
    """Return an element; numbers are rounded to a tenth, `_` in a name stands for `-`."""

    def value(a: object) -> object:
        return f"{a:.1f}".removesuffix(".0") if isinstance(a, float) else a

    listed = "".join(f' {key.replace("_", "-")}="{value(a)}"' for key, a in attributes.items())
    return f"<{name}{listed}>{content}</{name}>" if content else f"<{name}{listed}/>"


def text(x: float, y: float, content: str, **attributes: Any) -> str:
    """Return a piece of text, centred at x unless told otherwise."""
    return tag("text", content, x=float(x), y=float(y), **attributes)


def letter(name: str, index: object = "") -> str:
    """Return an italic letter with an index below."""
    below = f'<tspan font-size="70%" dy="5" font-style="normal">{index}</tspan>'
    below += '<tspan dy="-5">\u200b</tspan>'  # back up, for what follows
    return f'<tspan class="letter">{name}{below if index != "" else ""}</tspan>'


def number(x: float, digits: int = 2) -> str:
    """Return a number with a true minus sign, and none before a zero."""
    return f"{round(float(x), digits) + 0.0:.{digits}f}".replace("-", "−")


def picture(height: int, title: str, parts: list[str]) -> str:
    """Return a whole picture, 700 units wide."""
    style = f".letter {{ font: italic 120% {SERIF} }}"
    hatch = tag("path", d="M0 0V6", stroke=AMBER, stroke_width=3)
    places = {"width": 6, "height": 6, "patternUnits": "userSpaceOnUse"}
    pattern = tag("pattern", hatch, id="hatch", patternTransform="rotate(45)", **places)
    body = "\n".join([tag("title", title, id="t"), tag("style", style), pattern, *parts])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {height}" role="img" '
        f'aria-labelledby="t" font-family="sans-serif" font-size="16" fill="{INK}" '
        f'text-anchor="middle">\n{body}\n</svg>\n'
    )


def softmax() -> str:
    """Return three scores, their probabilities, and the Jacobian."""
    z = np.array([2.0, 1.0, 0.0])
    s = nn.softmax(z)
    J = nn.softmax_jacobian(s)
    parts = [
        text(60, 24, "score"),
        text(205, 24, "probability"),
        text(520, 24, f"how fast {letter('s', 'i')} moves with {letter('z', 'j')}"),
        *(text(420 + 100 * j, 56, letter("z", j)) for j in range(3)),
    ]
    for i in range(3):
        y = 70.0 + 52 * i
        bar = {"x": 130, "y": y + 10, "height": 26}
        parts += [
            text(60, y + 28, f"{letter('z', i)} = {number(z[i])}"),
            tag("rect", width=150 * float(s[i]), fill=GREEN, **bar),
            tag("rect", width=150, fill="none", stroke=INK, **bar),
            text(312, y + 28, number(s[i], 3)),
            text(356, y + 28, letter("s", i)),
        ]
        for j in range(3):
            x, strength = 420.0 + 100 * j, min(1.0, float(abs(J[i, j])) / 0.25)
            fill, most = (VIOLET, 0.4) if J[i, j] > 0 else ("url(#hatch)", 0.5)
            box = {"x": x - 46, "y": y, "width": 92, "height": 46, "fill": fill}
            parts.append(tag("rect", opacity=f"{most * strength:.2f}", **box))
            parts.append(text(x, y + 28, number(J[i, j], 3)))
    return picture(240, "Three scores, their softmax, and its Jacobian", parts)


STILLS = {"05-explore": softmax}


def main() -> None:
    """Draw them all."""
    for name, draw in STILLS.items():
        (IMAGES / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
        print(f"drew {name}.svg")


if __name__ == "__main__":
    main()
