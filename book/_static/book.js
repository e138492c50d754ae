// What is wider than the page scrolls in its own box, and the keyboard must be able to reach that. The observer
// reports a box when it is first drawn and each time it changes, but not when a font comes and only what is inside
// grows; nor what is too far from the screen to be laid out, and to ask that would lay it out.
const wide = "mjx-container[display], pre, figure, .cell_output > .output, .pst-scrollable-table-container";
const boxes = document.querySelectorAll(wide);
function reach(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
const observer = new ResizeObserver((changes) => changes.forEach(({ target }) => reach(target)));
boxes.forEach((box) => observer.observe(box));
document.fonts.addEventListener("loadingdone", () => {
  for (const box of boxes) if (box.checkVisibility({ contentVisibilityAuto: true })) reach(box);
});

// Cells far from the screen are not laid out yet, so nobody knows which of their boxes scroll. Whoever presses Tab
// will come to them all.
addEventListener("keydown", function whole(event) {
  if (event.key !== "Tab") return;
  document.documentElement.classList.add("whole");
  removeEventListener("keydown", whole);
});

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
