"""A reader types a word and finds the page: from a server, and from the folder on disk."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import HTML, PATIENCE

QUERIES = {
    "softmax jacobian": "05-softmax.html",
    "fused gradient": "06-fused.html",
    "vjp": "02-backprop.html",
    "log 2": "04-entropy.html",
    "nn.softmax_vjp": "api.html",
    "softmax_cross_entropy": "api.html",
    "梯度": "glossary.html",
    "交叉熵": "glossary.html",
    "熵": "glossary.html",
}


class Quiet(SimpleHTTPRequestHandler):
    """A static server that keeps its log to itself."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML)) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.mark.parametrize("place", ["server", "disk"])
def test_search(browser, server: str, place: str) -> None:
    root = server if place == "server" else HTML.as_uri()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    for query, found in QUERIES.items():
        page.goto(f"{root}/search.html?q={query}")
        page.wait_for_selector(f"#search-results li a[href*='{found}']")
        if place == "server":
            page.wait_for_selector("#search-results li .context")
    page.close()
    assert errors == []
