"""Whoever has no mouse reaches everything, and sees where they are."""

import pytest
from conftest import PAGES, PATIENCE
from playwright.sync_api import Browser

# What can be reached, as it looks while it is not; and a record of what is, and looks the same.
WATCH = """() => {
  const shown = e => e.checkVisibility({visibilityProperty: true});
  const look = e => {
    const s = getComputedStyle(e);
    return [s.outline, s.boxShadow, s.backgroundColor, s.borderColor, s.color].join();
  };
  const kinds = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const wanted = [...document.querySelectorAll(kinds)]
    .filter(e => e.tabIndex >= 0 && !e.disabled && shown(e))
    .filter(e => e.type !== 'radio' || e.checked); // Tab stops once in a group, arrows do the rest
  const before = new Map(wanted.map(e => [e, look(e)]));
  const name = e => `<${e.localName} class="${e.className}"> ${e.textContent.trim().slice(0, 40)}`;
  window.reached = new Set();
  window.unseen = [];
  document.addEventListener('focusin', ({target}) => {
    if (reached.has(target)) return;
    reached.add(target);
    if (before.get(target) === look(target)) unseen.push(name(target));
  });
  window.missed = () => wanted.filter(e => !reached.has(e) && shown(e)).map(name);
  return wanted.length;
}"""


@pytest.mark.thorough
@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_everything_and_shows_where(browser: Browser, served: str, name: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    page.goto(f"{served}/{name}")
    stops = page.evaluate(WATCH)
    while stops > -50 and page.evaluate("missed()"):  # some more: wide code becomes a stop, too
        for _ in range(20):
            page.keyboard.press("Tab")
        stops -= 20
    missed, unseen = page.evaluate("missed()"), page.evaluate("unseen")
    page.close()
    assert not missed
    assert not unseen


def test_the_first_stop_skips_to_the_text(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.goto(f"{served}/{PAGES[-1]}")
    page.keyboard.press("Tab")
    assert "Skip to main content" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main-content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    page.close()
