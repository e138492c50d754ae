"""Open every chapter in a JupyterLab as Binder does, with a real browser, and look at it.

    python tools/open_in_lab.py JUPYTER FOLDER

Needs the dependency group `browser` and Chromium. In each chapter an exercise, a formula and a
reference must be rendered, and no directive may be left as text.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

PORT, TOKEN = 8899, "look"
SHOWN = {  # how jupyterlab-myst writes them
    "an exercise": ".jp-MarkdownCell aside.myst-exercise",
    "a formula": ".jp-MarkdownCell .katex",
    "a reference": ".jp-MarkdownCell a.hover-link",
}
TITLE = ".jp-MarkdownCell h1"
SCROLL = "document.querySelector('.jp-WindowedPanel-outer').scrollBy(0, 700)"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@contextmanager
def lab(jupyter: str, folder: Path) -> Iterator[str]:
    """Run JupyterLab in a folder; yield its address."""
    address = f"http://127.0.0.1:{PORT}"
    options = ["--no-browser", f"--port={PORT}", "--ip=127.0.0.1", "--allow-root"]
    options += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.port_retries=0"]
    server = subprocess.Popen([jupyter, "lab", *options], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                json.load(urlopen(f"{address}/api?token={TOKEN}"))
                break
            except OSError:
                time.sleep(1)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:  # its kernels have ended, a thread of it has not
            server.kill()
            server.wait()


def faults(page: Page, url: str) -> list[str]:
    """Open a notebook, walk through it, and return what is not rendered."""
    page.goto(url)
    page.wait_for_selector(TITLE, timeout=120_000)
    seen: set[str] = set()
    for _ in range(200):  # a cell is rendered when it comes into view
        seen |= {name for name, where in SHOWN.items() if page.locator(where).count()}
        if len(seen) == len(SHOWN):
            break
        page.evaluate(SCROLL)
        page.wait_for_timeout(200)
    raw = page.locator(".jp-MarkdownCell .jp-RenderedMarkdown:has-text('{exercise-start}')").count()
    found = [f"{name} is not rendered" for name in SHOWN if name not in seen]
    return found + ["a directive is left as text"] * bool(raw)


def main() -> int:
    """Open all chapters."""
    jupyter, folder = sys.argv[1], Path(sys.argv[2])
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    failed = False
    with lab(str(Path(jupyter).resolve()), folder) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=QUIET)
        for chapter in sorted(folder.glob("book/*.ipynb")):
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            url = f"{address}/lab/tree/book/{chapter.name}?token={TOKEN}&reset"
            found = faults(page, url)
            failed = failed or bool(found)
            print(f"{chapter.name}: {'; '.join(found) or 'all is rendered'}")
            page.close()
        browser.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
