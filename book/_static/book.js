// A formula or a table that is wider than the page scrolls in its own box; the keyboard must be able to reach it.
const reach = () => {
  for (const box of document.querySelectorAll("mjx-container[display='true']")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};

window.addEventListener("load", async () => {
  if (window.MathJax?.startup) await MathJax.startup.promise;
  reach();
  window.addEventListener("resize", reach);
});
