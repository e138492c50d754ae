"""The built book, a plain server for it, and one Chromium per test process."""

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

HTML = Path(__file__).resolve().parents[2] / "_build/html"
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts and 'http-equiv="Refresh"' not in path.read_text("utf-8")
)
PATIENCE = 120_000  # milliseconds to wait for a page: a computer with other work is slow, not wrong
QUIET = [  # no sandbox, because continuous integration runs as root; the rest: ask nobody anything
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser() -> str:
    """Return the Chromium or Chrome that is installed; CHROME_PATH names another one."""
    candidates = [os.environ.get("CHROME_PATH", ""), *BROWSERS, MACOS]
    found = next(filter(None, map(shutil.which, candidates)), None)
    if not found:
        raise pytest.UsageError(
            "make browser needs Chromium or Chrome (Debian: apt install chromium).\n"
            f"Looked for {', '.join(BROWSERS)}; name another one: make browser CHROME_PATH=/path/to/it"
        )
    return found


def pytest_configure() -> None:
    find_browser()
    if not PAGES:
        raise pytest.UsageError("There is no built book in _build/html; run make book first.")


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: the browser reports what it did not get."""


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address at which a plain static server shows the book."""
    handler = functools.partial(Handler, directory=str(HTML))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=QUIET)
        yield browser
        browser.close()
