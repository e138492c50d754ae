"""Draw the still pictures of the figures that readers can move on the book's pages.

    python tools/stills.py

A still shows where its live figure starts. JupyterLab, paper and a browser without JavaScript show
it. The numbers come from nnlib, so a test can hold the stored pictures against a new drawing.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris

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


def neuron() -> str:
    """Return a neuron's line, its weights as an arrow, and one flower."""
    w, b = np.array([0.6, 0.8]), -2.0
    iris = load_iris()

    def at(x: Any) -> tuple[float, float]:
        return 50 + 105 * float(x[0]), 290 - 105 * float(x[1])

    def line(z: float, **style: Any) -> str:
        across = np.linspace(0, 6, 601)
        up = (z - b - w[0] * across) / w[1]
        inside = np.flatnonzero((up >= 0) & (up <= 2.6))
        (x1, y1), (x2, y2) = (at((across[k], up[k])) for k in (inside[0], inside[-1]))
        return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=INK, **style)

    parts = [tag("rect", x=50, y=17, width=630, height=273, fill="none", stroke=GREY)]
    parts += [text(at((x, 0))[0], 310, str(x)) for x in range(1, 6)]
    parts += [text(36, at((0, x))[1] + 5, str(x)) for x in (1, 2)]
    for x, label in zip(iris.data[:100, 2:], iris.target[:100], strict=True):
        u, v = at(x)
        shape = {"x": u - 4, "y": v - 4, "width": 8, "height": 8, "fill": AMBER}
        ring = {"cx": u, "cy": v, "r": 4.5, "fill": "none", "stroke": BLUE, "stroke_width": 1.5}
        parts.append(tag("rect", **shape) if label else tag("circle", **ring))
    parts += [line(np.log(9), stroke_dasharray="5 4"), line(0.0, stroke_width=2.5)]
    foot, tip = at((2, 1)), at(np.array([2, 1]) + 0.5 * w)
    parts += [
        tag("line", x1=foot[0], y1=foot[1], x2=tip[0], y2=tip[1], stroke=INK, stroke_width=4),
        tag("circle", cx=foot[0], cy=foot[1], r=6, fill="#fff", stroke=INK, stroke_width=2),
        tag("path", d=f"M{tip[0]:.1f} {tip[1]:.1f}m-8 -2 l14 -9 -2 16z"),
        text(tip[0] + 18, tip[1] - 6, letter("w")),
    ]
    u, v = at((3.9, 1.4))
    parts.append(tag("path", d=f"M{u:.1f} {v:.1f}m0 -10l10 10-10 10-10-10z", fill=GREEN))
    parts.append(text(u + 22, v + 6, letter("x")))
    z = float(w @ [3.9, 1.4] + b)
    a = float(nn.sigmoid(z))
    parts.append(text(365, 340, f"{letter('z')} = {number(z)}, {letter('a')} = {number(a, 3)}"))
    return picture(350, "A neuron's line among a hundred flowers", parts)


def entropy() -> str:
    """Return two distributions, and what each costs in the code of the other."""
    p, q = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8]), np.array([1 / 8, 1 / 2, 1 / 4, 1 / 8])
    parts = []
    for x0, name, distribution, fill in ((60, "truth p", p, BLUE), (400, "belief q", q, GREEN)):
        word, symbol = name.split()
        parts.append(text(x0 + 70, 24, f"{word} {letter(symbol)}"))
        parts.append(text(x0 + 245, 24, f"−log {letter(symbol)}"))
        for i, share in enumerate(distribution):
            y, bits = 40.0 + 32 * i, float(nn.self_information(share, base=2))
            parts.append(text(x0 - 20, y + 17, "abcd"[i]))
            parts.append(tag("rect", x=x0, y=y, width=150 * float(share), height=22, fill=fill))
            parts.append(tag("rect", x=x0, y=y, width=150, height=22, fill="none", stroke=INK))
            parts.append(text(x0 + 182, y + 17, number(share, 3)))
            parts.append(text(x0 + 245, y + 17, number(bits)))
    for k, (one, other, truth, belief) in enumerate((("p", "q", p, q), ("q", "p", q, p))):
        H, D = float(nn.entropy(truth, base=2)), float(nn.kl_divergence(truth, belief, base=2))
        y = 205.0 + 72 * k
        pair = f"{letter(one)}, {letter(other)}"
        words = (
            f"{letter('H')}({pair}) = {letter('H')}({letter(one)}) + "
            f"{letter('D')}({letter(one)} ‖ {letter(other)}): "
            f"{number(H + D, 3)} = {number(H, 3)} + {number(D, 3)} bits"
        )
        parts.append(text(350, y, words))
        parts.append(tag("rect", x=60, y=y + 10, width=145 * H, height=24, fill=BLUE))
        surplus = {"x": 60 + 145 * H, "y": y + 10, "width": 145 * D, "height": 24}
        parts.append(tag("rect", fill="url(#hatch)", **surplus))
        parts.append(tag("rect", x=60, y=y + 10, width=580, height=24, fill="none", stroke=INK))
    return picture(330, "Two distributions, and what each costs in the code of the other", parts)


def fused() -> str:
    """Return three scores, the push on each, and belief beside target."""
    z, y = np.array([2.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0])
    s = nn.softmax(z)
    loss, dz = nn.softmax_cross_entropy(z[None], y[None])
    parts = [text(250, 24, "score, and the push on it"), text(560, 24, "belief, and target")]
    for j in range(3):
        top, x, push = 60.0 + 80 * j, 250 + 70 * float(z[j]), -70 * float(dz[0, j])
        parts += [
            text(40, top + 5, f"{letter('z', j)} = {number(z[j])}"),
            tag("line", x1=90, x2=430, y1=top, y2=top, stroke=GREY),
            tag("circle", cx=x, cy=top, r=8, fill="#fff", stroke=AMBER, stroke_width=4),
            tag("line", x1=x, x2=x + push, y1=top + 22, y2=top + 22, stroke=RED, stroke_width=4),
            tag(
                "path",
                d=f"M{x + push:.1f} {top + 22:.1f}l0 -8 {9 if push > 0 else -9} 8 "
                f"{-9 if push > 0 else 9} 8z",
                fill=RED,
            ),
            text(
                x + push + (46 if push > 0 else -46),
                top + 27,
                ("+" if push > 0 else "") + number(-dz[0, j]),
                fill=RED,
            ),
            tag("rect", x=480, y=top - 6, width=160 * float(s[j]), height=24, fill=GREEN),
            tag("rect", x=480, y=top - 6, width=160, height=24, fill="none", stroke=INK),
            tag("rect", x=478 + 160 * float(y[j]), y=top - 12, width=4, height=36),
            text(672, top + 11, number(s[j], 3)),
        ]
    parts.append(text(350, 300, f"loss {number(loss, 4)} nats"))
    return picture(315, "Three scores and the push that the fused gradient gives each", parts)


def hidden() -> str:
    """Return the moons, and what a network of three tanh neurons says after 1,000 steps."""
    source = (IMAGES.parent / "_static/explore/moons.js").read_text("utf-8")
    data = json.loads(source[source.index("{") : source.rindex("}") + 1])
    X, y = np.array(data["X"]), np.array(data["y"])
    rng = np.random.default_rng(0)
    net = nn.Sequential(nn.Linear(2, 3, rng=rng), nn.Tanh(), nn.Linear(3, 2, rng=rng))
    for layer, W in zip((net.layers[0], net.layers[2]), data["starts"]["3"]["3"], strict=True):
        layer.params["W"][...] = W
        layer.params["b"][...] = 0
    nn.fit(net, nn.SGD(lr=0.4), X, y, epochs=1000, batch_size=len(X), rng=rng)

    def at(x: Any) -> tuple[float, float]:
        return 220 + 100 * float(x[0]), 190 - 100 * float(x[1])

    # Each row of the plane is a stripe wherever class 1 is the more probable one.
    across, stripes = np.linspace(-1.775, 2.775, 92), []
    for x2 in np.linspace(-1.275, 1.775, 62):
        Z = net.forward(np.column_stack([across, np.full(92, x2)]))
        one = np.concatenate([[False], Z[:, 1] > Z[:, 0], [False]])
        ends = np.flatnonzero(one[1:] != one[:-1])
        for start, stop in zip(ends[::2], ends[1::2], strict=True):
            u, v = at((across[start] - 0.025, x2 + 0.025))
            stripes.append(f"M{u:.0f} {v:.0f}h{5 * (stop - start)}v5h{5 * (start - stop)}z")
    parts = [tag("path", d="".join(stripes), fill=AMBER, opacity=0.25)]
    for x, label in zip(X, y, strict=True):
        u, v = at(x)
        square = {"x": u - 4, "y": v - 4, "width": 8, "height": 8, "fill": AMBER}
        ring = {"cx": u, "cy": v, "r": 4.5, "fill": "none", "stroke": BLUE, "stroke_width": 1.5}
        parts.append(tag("rect", **square) if label else tag("circle", **ring))
    parts.append(tag("rect", x=40, y=10, width=460, height=310, fill="none", stroke=GREY))
    loss, accuracy = nn.evaluate(net, X, y)
    words = ["3 tanh neurons", "1,000 steps", f"loss {number(loss, 4)}"]
    words.append(f"{round(accuracy * len(X))} of {len(X)} right")
    parts += [text(600, 120 + 28 * k, line) for k, line in enumerate(words)]
    return picture(330, "Two moons, and the boundary of a small network between them", parts)


STILLS = {
    "01-explore": neuron,
    "04-explore": entropy,
    "05-explore": softmax,
    "06-explore": fused,
    "08-explore": hidden,
}


def main() -> None:
    """Draw them all."""
    for name, draw in STILLS.items():
        (IMAGES / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
        print(f"drew {name}.svg")


if __name__ == "__main__":
    main()
