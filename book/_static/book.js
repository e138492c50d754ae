// A formula that is wider than the page scrolls in its own box; the keyboard must be able to reach it.
// The observer reports a formula when it is first drawn, and each time its box changes.
const reach = new ResizeObserver((boxes) => {
  for (const { target } of boxes) {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const formula of document.querySelectorAll("mjx-container[display]")) reach.observe(formula);

// Paper is white and has nothing to click: print in light colours, with every folded box open.
let before = null;
window.addEventListener("beforeprint", () => {
  const root = document.documentElement;
  before = { theme: root.dataset.theme, folded: [...document.querySelectorAll("details:not([open])")] };
  root.dataset.theme = "light";
  for (const box of before.folded) box.open = true;
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = before.theme;
  for (const box of before.folded) box.open = false;
});
