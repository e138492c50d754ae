// What is wider than the page scrolls in its own box, and the keyboard must be able to reach that. The observer
// reports a box when it is first drawn and each time it changes. (The theme looks once, and a while after a resize.)
const reach = new ResizeObserver((boxes) => {
  for (const { target } of boxes) {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
const wide = "mjx-container[display], pre, figure, .cell_output > .output, .pst-scrollable-table-container";
for (const box of document.querySelectorAll(wide)) reach.observe(box);

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
