"""Turn the measurements into `results.json`, and into the tables and the picture of the book.

`python benchmarks/collect.py FILE...` reads what pytest-benchmark wrote, one file per number of
threads. Medians are over the turns.
"""

import json
import platform
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import scipy
import sklearn
import torch

HERE = Path(__file__).parent
BOOK = HERE.parent / "book"


def read(paths):
    """Return one entry per question, case and contender, with the median over the turns."""
    times, facts = defaultdict(list), {}
    for path in paths:
        for run in json.loads(Path(path).read_text())["benchmarks"]:
            case = json.dumps(run["extra_info"], sort_keys=True)
            times[case].append(run["stats"]["median"])
            facts[case] = run["extra_info"]
    return [
        facts[case] | {"seconds": float(f"{statistics.median(times[case]):.4g}")} for case in facts
    ]


def machine(path):
    info = json.loads(Path(path).read_text())["machine_info"]
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "processor": f"{info['cpu']['brand_raw']}, {info['cpu']['count']} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "NumPy": f"{np.__version__} with {blas['name']} {blas['version']}",
        "SciPy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "PyTorch": torch.__version__,
    }


class Results:
    """All entries, and the ratios between them."""

    def __init__(self, entries):
        self.entries = entries

    def of(self, **facts):
        return [e for e in self.entries if all(e.get(k) == v for k, v in facts.items())]

    def seconds(self, **facts):
        (entry,) = self.of(**facts)
        return entry["seconds"]

    def cases(self, question, *names):
        seen = {json.dumps([e[n] for n in names]): None for e in self.of(question=question)}
        return [dict(zip(names, json.loads(case), strict=True)) for case in seen]

    def exponent(self, **facts):
        """Return the slope of log time over log size."""
        points = [(e["size"], e["seconds"]) for e in self.of(question="growth", **facts)]
        return float(np.polyfit(*np.log(np.array(points)).T, 1)[0])


def table(header, rows, words=0):
    """Write a table; its first columns may be words, which start at the left."""
    lines = [header, ["---"] * words + ["---:"] * (len(header) - words), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def epochs(r):
    """Rows of one case each: how long `nn.fit` takes, and how often the others' time that is."""
    others = ["sklearn", "pytorch", "as_the_posts", "by_hand", "floor"]
    rows = []
    for case in r.cases("epoch", "threads", "batch_size", "rows"):
        t = {e["contender"]: e["seconds"] for e in r.of(question="epoch", **case)}
        ratios = [f"{t['nnlib'] / t[name]:.2f}" for name in others]
        rows.append([*(f"{v:,}" for v in case.values()), f"{1e3 * t['nnlib']:.0f} ms", *ratios])
    names = ["scikit-learn", "PyTorch", "the posts", "by hand", "floor"]
    return table(["threads", "batch", "rows", "`nn.fit`", *names], sorted(rows))


def floors(r):
    """What a program would reach in which everything but the products took no time."""
    rows = []
    for case in r.cases("epoch", "threads", "batch_size", "rows"):
        t = {e["contender"]: e["seconds"] for e in r.of(question="epoch", **case)}
        ratios = [f"{t['floor'] / t[name]:.2f}" for name in ("sklearn", "pytorch")]
        rows.append([*(f"{v:,}" for v in case.values()), *ratios])
    return table(["threads", "batch", "rows", "scikit-learn", "PyTorch"], sorted(rows))


def pairs(r, question, other, *names):
    """Rows of one case each: our time, and its ratio to that of another library."""
    rows = []
    for case in r.cases(question, *names):
        ours, theirs = (
            r.seconds(question=question, contender=contender, threads=1, **case)
            for contender in ("nnlib", other)
        )
        name = ", ".join(
            " × ".join(f"{n:,}" for n in v) if isinstance(v, list) else v.replace("_", "-")
            for v in case.values()
        )
        rows.append([name, f"{1e6 * ours:,.0f} µs", f"{ours / theirs:.2f}"])
    return table(["scores", "nnlib", f"over {other}"], rows, words=1)


def memory(r):
    rows = [
        [
            f"{e['rows']:,} rows, batch {e['batch_size']}",
            f"{e['data_bytes'] / 2**20:.1f} MiB",
            f"{e['beside_bytes'] / 2**20:.2f} MiB",
            f"{(0.1 * e['data_bytes'] + 4 * e['parameter_bytes']) / 2**20:.2f} MiB",
        ]
        for e in r.of(question="memory", threads=1)
    ]
    return table(["an epoch of", "data", "needed beside it", "allowed"], rows, words=1)


def growth(r):
    rows = [
        [name, f"{min(sizes):,} to {max(sizes):,}", f"{r.exponent(contender=name, threads=1):.2f}"]
        for name in dict.fromkeys(e["contender"] for e in r.of(question="growth"))
        if (sizes := [e["size"] for e in r.of(question="growth", contender=name)])
    ]
    return table(["time of", "size", "grows with the power"], rows, words=1)


def imports(r):
    t = {e["contender"]: e["seconds"] for e in r.of(question="imports", threads=1)}
    rows = [
        ["`import numpy`", f"{1e3 * t['numpy']:.0f} ms"],
        ["`import nnlib`", f"{1e3 * t['nnlib']:.0f} ms"],
        ["difference", f"{1e3 * (t['nnlib'] - t['numpy']):.0f} ms"],
    ]
    return table(["a new Python and", "takes"], rows, words=1)


def picture(r, path):
    """Draw what each part of a step reaches, under the roof of processor and memory."""
    parts = {e["contender"]: e for e in r.of(question="roofline", threads=1)}
    peak = parts["peak"]["flop"] / parts["peak"]["seconds"] / 1e9
    memory, cache = (parts[n]["bytes"] / parts[n]["seconds"] / 1e9 for n in ("memory", "cache"))
    plt.style.use(BOOK / "gradients.mplstyle")
    fig, ax = plt.subplots(figsize=(7, 3.6))
    x = np.geomspace(0.05, 500, 200)
    for name, bandwidth, line, height, beside, side in (
        ("memory", memory, "-", 0.04, 1.3, "left"),
        ("cache", cache, "--", 0.2, 0.8, "right"),
    ):
        ax.loglog(x, np.minimum(peak, bandwidth * x), f"k{line}")
        spot = beside * height * peak / bandwidth, height * peak
        ax.text(*spot, f"{name}: {bandwidth:.0f} GB/s", ha=side, va="center")
    ax.text(90, peak * 1.2, f"processor: {peak:.0f} GFLOP/s", ha="center")
    for name in ("x W", "a W", "ReLU", "loss", "update"):
        points = [
            (e["flop"] / e["bytes"], e["flop"] / e["seconds"] / 1e9)
            for batch in ("", ", 32", ", 256")
            if (e := parts.get(name + batch))
        ]
        ax.loglog(*zip(*points, strict=True), "-", color="C0", lw=1)
        ax.loglog(*points[0], "s", color="C0")
        ax.loglog(*points[-1], "o", color="C0")
        away, side = ((-7, -4), "right") if name == "update" else ((6, -10), "left")
        low = min(points, key=lambda point: point[1])
        ax.annotate(name, low, xytext=away, textcoords="offset points", ha=side)
    ax.set(xlabel="operations per byte", ylabel="GFLOP/s", ylim=(0.1, 2.5 * peak))
    fig.savefig(path, metadata={"Date": None})


def main(paths):
    r = Results(read(paths))
    about = machine(paths[0])
    lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in r.entries)
    (HERE / "results.json").write_text(
        f'{{"machine": {json.dumps(about, indent=1)},\n"results": [\n{lines}\n]}}\n'
    )
    tables = {
        "epoch": epochs(r),
        "floor": floors(r),
        "loss": pairs(r, "loss", "pytorch", "shape", "dtype"),
        "softmax": pairs(r, "softmax", "scipy", "function", "shape", "dtype"),
        "memory": memory(r),
        "growth": growth(r),
        "imports": imports(r),
        "machine": table(["what", "here"], [list(item) for item in about.items()], words=2),
    }
    text = [f"<!-- {name} -->\n\n{lines}\n\n<!-- /{name} -->\n" for name, lines in tables.items()]
    (HERE / "results.md").write_text(
        "<!-- Written by collect.py from results.json; do not edit. -->\n\n" + "\n".join(text)
    )
    picture(r, BOOK / "images" / "speed.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
