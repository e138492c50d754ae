"""Measure each page as a slow telephone would find it, and say which one is too slow or too heavy.

    python tools/lighthouse.py [PAGE ...]        (make lighthouse)

Needs Node, whose npx fetches Lighthouse, and Chromium or Chrome (CHROME_PATH names another one).
The built book is served as a plain host would serve it: compressed, and kept for a while. A
measurement depends on the machine, so this is no part of `make test`.
"""

import functools
import gzip
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BOOK = Path(__file__).resolve().parent.parent / "_build" / "html"
CATEGORIES = {"performance": 0.90, "accessibility": 1.0, "best-practices": 1.0, "seo": 1.0}
FIRST, AGAIN, PAINT = 700, 150, 1500  # kB, kB, milliseconds
COMPRESSED = (".html", ".css", ".js", ".svg", ".json")
FLAGS = "--headless --no-sandbox --disable-gpu --disable-background-networking"
RUNS = 3


class StaticHost(SimpleHTTPRequestHandler):
    """A plain static host."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> io.BytesIO | None:
        """Send a file, compressed if it is text."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return None
        content = path.read_bytes()
        self.send_response(200)
        if path.suffix in COMPRESSED:
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        kind = self.guess_type(str(path))
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if "text" in kind else kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        return io.BytesIO(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def audit(address: str, chrome: str) -> dict[str, Any]:
    """Return what Lighthouse reports about a page."""
    command = ["npx", "--yes", "lighthouse@12", address, "--quiet", "--output=json"]
    run = subprocess.run(
        [*command, f"--chrome-flags={FLAGS}"],
        stdout=subprocess.PIPE,
        env=os.environ | {"CHROME_PATH": chrome},
        check=True,
    )
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def weight(page: Path) -> int:
    """Return the bytes of a page and its pictures, for a reader who has the style and scripts."""
    named = re.findall(r'<img[^>]*?src="([^":]+)"', page.read_text("utf-8"))
    files = {page} | {(page.parent / name).resolve() for name in named}
    contents = [(path.read_bytes(), path.suffix in COMPRESSED) for path in files]
    return sum(len(gzip.compress(content) if text else content) for content, text in contents)


def medians(reports: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median of what several runs found."""
    kinds: dict[str, list[float]] = {}
    for report in reports:
        for name in CATEGORIES:
            kinds.setdefault(name, []).append(report["categories"][name]["score"])
        for short, name in [
            ("LCP", "largest-contentful-paint"),
            ("TBT", "total-blocking-time"),
            ("first", "total-byte-weight"),
        ]:
            kinds.setdefault(short, []).append(report["audits"][name]["numericValue"])
    return {kind: statistics.median(values) for kind, values in kinds.items()}


def faults(found: dict[str, float]) -> Iterator[str]:
    """Yield what misses its mark."""
    yield from (name for name, least in CATEGORIES.items() if found[name] < least)
    if found["LCP"] > PAINT:
        yield "painted late"
    if found["first"] > FIRST * 1000:
        yield "heavy at first"
    if found["again"] > AGAIN * 1000:
        yield "heavy again"


def main() -> int:
    """Measure the pages named, or all chapters, and print a table."""
    browsers = [os.environ.get("CHROME_PATH", ""), "chromium", "google-chrome"]
    chrome = next(filter(None, map(shutil.which, browsers)), None)
    if not shutil.which("npx") or not chrome:
        print("make lighthouse needs Node (with npx) and Chromium or Chrome.", file=sys.stderr)
        return 1
    pages = sys.argv[1:] or [f"book/{path.name}" for path in sorted((BOOK / "book").glob("*.html"))]
    bad = 0
    print(f"{'page':30} first kB  again kB   LCP ms   TBT ms   perf  a11y  best   seo")
    handler = functools.partial(StaticHost, directory=str(BOOK))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        for page in pages:
            address = f"http://127.0.0.1:{host.server_port}/{page}"
            found = medians([audit(address, chrome) for _ in range(RUNS)])
            found["again"] = weight(BOOK / page)
            wrong = ", ".join(faults(found))
            scores = "  ".join(f"{found[name]:4.2f}" for name in CATEGORIES)
            print(
                f"{page:30} {found['first'] / 1e3:8.0f} {found['again'] / 1e3:9.0f}"
                f" {found['LCP']:8.0f} {found['TBT']:8.0f}   {scores}  {wrong}",
                flush=True,
            )
            bad += bool(wrong)
        host.shutdown()
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
