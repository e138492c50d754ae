"""Every page in a real browser: served and from disk, light and dark, on a desk and on a phone."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import HTML, PAGES, PATIENCE
from playwright.sync_api import Browser, Page

DESK, ZOOMED, PHONE = 1280, 640, 390  # 640: the desk at 200 % zoom

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What MyST or TeX would have turned into something else, had it been read as meant.
RAW = re.compile(r"\$|\\[(\[]|\\begin\{|\{[a-z:-]+\}`|^\s*:::|^```|(?<!\S)\*\*\w", re.MULTILINE)

# The text of a page without code and what only looks like text.
PROSE = """() => {
  const skip = 'script, style, noscript, pre, code, mjx-container';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode())
    if (!texts.currentNode.parentElement.closest(skip)) found.push(texts.currentNode.data);
  return found;
}"""

# A picture below the fold is loaded when it is reached, so reach them all.
MISSING_IMAGES = """async () => {
  const broken = [];
  for (const image of document.images) {
    image.loading = 'eager';
    await image.decode().catch(() => broken.push(image.src));
  }
  return broken;
}"""

FORMULAS = """() => ({
  wrong: [...document.querySelectorAll('mjx-merror')].map(e => e.textContent),
  unset: [...document.querySelectorAll('.math')].filter(e => !e.querySelector('math'))
    .map(e => e.textContent.trim().slice(0, 60)),
})"""

# A browser leaves out what is far from the screen (book.css, 11), and only guesses its height. Readers
# never see the guess, but axe and a ruler would: a paragraph higher than it lies on what follows.
ALL_OF_IT = "* { content-visibility: visible !important }"

# A page is shown in a mode when it has been drawn in it, with its fonts, and nothing moves any more.
SHOWN = """async mode => {
  document.documentElement.dataset.theme = mode;
  await document.fonts.ready;
  document.getAnimations().forEach(a => a.finish());
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
}"""

# What sticks out of the page to the right, and neither scrolls in a box of its own nor hangs above the page.
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const style = e => getComputedStyle(e);
  const scrolls = e => e && e !== document.body && (style(e).overflowX !== 'visible' || scrolls(e.parentElement));
  const hangs = e => e && (style(e).position === 'fixed' || hangs(e.parentElement));
  const out = [...document.body.querySelectorAll('*')].filter(
    e => e.getBoundingClientRect().right > width && !scrolls(e.parentElement) && !hangs(e));
  return out.length
    ? out.slice(0, 5).map(e => `<${e.localName} class="${e.className}"> ${e.textContent.trim().slice(0, 40)}`)
    : ['something'];
}"""


class Visit:
    """A page opened in one mode, and everything that is wrong with it."""

    def __init__(self, browser: Browser, address: str, mode: str, width: int) -> None:
        self.address, self.faults = address, list[str]()
        size = {"width": width, "height": 900}
        context = browser.new_context(viewport=size, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        context.add_init_script(f"localStorage.mode = localStorage.theme = '{mode}'")
        self.page: Page = context.new_page()
        self.page.on("request", self.stays_at_home)
        self.page.on("requestfailed", lambda r: self.note(f"failed: {r.url} ({r.failure})"))
        self.page.on("response", lambda r: self.note(f"{r.status}: {r.url}", r.status >= 400))
        self.page.on("pageerror", lambda error: self.note(f"script error: {error}"))
        self.page.on("console", lambda m: self.note(m.text, m.type in ("error", "warning")))
        context.route(self.foreign, lambda route: route.abort())
        self.page.goto(address)
        self.page.add_style_tag(content=ALL_OF_IT)
        self.look(mode, width)

    def foreign(self, address: str) -> bool:
        here, there = urlsplit(self.address), urlsplit(address)
        return there.scheme != "data" and (here.scheme, here.netloc) != (there.scheme, there.netloc)

    def stays_at_home(self, request: Any) -> None:
        self.note(f"leaves the book: {request.url}", self.foreign(request.url))

    def note(self, fault: str, wrong: Any = True) -> None:
        if wrong:
            self.faults.append(fault)

    def look(self, mode: str, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.wait_for_function(f"innerWidth === {width}")  # the browser may take its time
        self.page.evaluate(SHOWN, mode)

    def read(self) -> None:
        """Note what is not rendered."""
        for text in self.page.evaluate(PROSE):
            self.note(f"not rendered: {text.strip()[:60]}", RAW.search(text))
        formulas = self.page.evaluate(FORMULAS)
        for text in formulas["wrong"] + formulas["unset"]:
            self.note(f"formula: {text}")
        for image in self.page.evaluate(MISSING_IMAGES):
            self.note(f"no image: {image}")

    def measure(self) -> None:
        """Note what sticks out."""
        for element in self.page.evaluate(WIDER):
            self.note(f"wider than {self.page.viewport_size['width']} px: {element}")

    def audit(self) -> None:
        """Note what axe finds."""
        where = self.page.evaluate("`${document.documentElement.dataset.theme}, ${innerWidth} px`")
        found = Axe().run(self.page, options=OPTIONS)
        for violation in found.response["violations"]:
            for node in violation["nodes"]:
                reasons = "; ".join(check["message"] for check in node["any"])
                self.note(f"axe {violation['id']} ({where}): {node['html'][:120]} {reasons}")


OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "resultTypes": ["violations"],
    "preload": False,
    # It takes a table header that is one formula for an empty one; test_html looks at headers itself.
    "rules": {"empty-table-header": {"enabled": False}},
}


def check(visit: Visit, name: str) -> None:
    """Close the page and say all that is wrong with it."""
    visit.page.context.close()
    assert not visit.faults, "\n".join([name, *visit.faults])


@pytest.mark.parametrize("name", PAGES)
def test_served(browser: Browser, served: str, name: str) -> None:
    visit = Visit(browser, f"{served}/{name}", "light", DESK)
    visit.read()
    visit.audit()
    visit.look("light", ZOOMED)
    visit.measure()
    visit.look("dark", PHONE)
    visit.measure()
    visit.audit()
    check(visit, name)


@pytest.mark.thorough  # mode and width together: little is wrong here that is not wrong above
@pytest.mark.parametrize(("mode", "width"), [("dark", DESK), ("light", PHONE)])
@pytest.mark.parametrize("name", PAGES)
def test_the_other_pairs(browser: Browser, served: str, name: str, mode: str, width: int) -> None:
    visit = Visit(browser, f"{served}/{name}", mode, width)
    visit.audit()
    check(visit, name)


@pytest.mark.thorough
@pytest.mark.parametrize("name", PAGES)
def test_from_disk(browser: Browser, name: str) -> None:
    visit = Visit(browser, Path(HTML, name).as_uri(), "dark", PHONE)
    visit.read()
    visit.measure()
    check(visit, name)
