"use strict";

// What the figures that you can move have in common: how one takes the place of its still picture,
// and its controls, which are the browser's own, so that keyboard, touch and screen readers work.

const figures = {}; // the live figures by name, for the tests and for the curious

/**
 * Put a live figure in the place of the still picture called `id`, if the page has one: when it comes near the
 * screen, so that the page is there sooner, or at the first key, so that the Tab key finds its controls.
 */
function liveFigure(id, build) {
  const still = document.getElementById(id);
  if (!still) return;
  const near = new IntersectionObserver(([seen]) => { if (seen.isIntersecting) begin(); }, { rootMargin: "100%" });
  function begin() {
    near.disconnect();
    removeEventListener("keydown", begin);
    const box = element("div", { class: "explore" });
    still.insertBefore(box, still.querySelector("figcaption"));
    figures[id] = build(box);
    still.classList.add("live"); // explore.css hides the picture now
  }
  near.observe(still);
  addEventListener("keydown", begin);
}

/** Make an element: `svg:line` and the like are parts of a drawing, `html` is its content as markup. */
function element(tag, { html, ...attributes } = {}, ...children) {
  const made = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  set(made, attributes);
  if (html !== undefined) made.innerHTML = html;
  made.append(...children);
  return made;
}

function set(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
}

/** A number with a fixed count of digits, a true minus sign, and no minus before a zero. */
function fixed(x, digits = 2) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "undefined" : x > 0 ? "∞" : "−∞";
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? "−" + text : text;
}

/** A letter as the formulas have it: `letter("z", 1)` is an italic z with a small 1. */
const letter = (name, index = "") => `<i>${name}</i>` + (index === "" ? "" : `<sub>${index}</sub>`);

/**
 * A slider with its name on the left and its value on the right. The track is filled from `zero`.
 * `show` writes a value; `onInput` is told the new one. `set(x)` moves it without telling.
 */
function slider({ name, html, min, max, step, zero = min, show = fixed, hue = "ink", onInput }) {
  const input = element("input", { type: "range", "aria-label": name, min, max, step });
  const value = element("span", { class: "value", "aria-hidden": "true" });
  const label = element("span", { class: "name", "aria-hidden": "true", html });
  const row = element("div", { class: "slider", style: `--hue: var(--${hue})` }, label, input, value);
  const share = (x) => (100 * (Math.min(Math.max(x, min), max) - min)) / (max - min);
  const setTo = (x) => {
    input.value = x;
    value.textContent = show(x);
    input.setAttribute("aria-valuetext", show(x));
    const [from, to] = [share(zero), share(x)].sort((a, b) => a - b);
    input.style.setProperty("--from", from / 100);
    input.style.setProperty("--to", to / 100);
  };
  input.addEventListener("input", () => onInput(Number(input.value)));
  // A finger that only scrolls the page touches a slider on its way; the browser says "cancel" when it sees that.
  let before;
  input.addEventListener("pointerdown", () => { before = Number(input.value); });
  input.addEventListener("pointercancel", () => { input.value = before; onInput(before); });
  return { row, input, set: setTo };
}

function button(text, onClick) {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", onClick);
  return made;
}

/** One choice of several. `options` are pairs of a value and what to call it. */
function choice({ name, options, onChange }) {
  const group = element("fieldset", { class: "choice" }, element("legend", {}, name));
  const key = `explore-${name}`;
  const inputs = [];
  for (const [option, html] of options) {
    const input = element("input", { type: "radio", name: key, value: option });
    input.addEventListener("change", () => onChange(option));
    group.append(element("label", {}, input, element("span", { html })));
    inputs.push([option, input]);
  }
  const setTo = (value) => inputs.forEach(([option, input]) => { input.checked = option === value; });
  return { group, set: setTo };
}

/**
 * The result in words, below the figure. Sighted readers see it change at once; a screen reader is
 * told when the reader has stopped moving things, and not at all while `quiet`.
 */
function spokenResult() {
  const seen = element("p", { class: "result", "aria-hidden": "true" });
  const heard = element("p", { class: "heard", role: "status" });
  let timer;
  const say = (html, quiet = false) => {
    seen.innerHTML = html;
    clearTimeout(timer);
    if (!quiet) timer = setTimeout(() => { heard.textContent = seen.textContent; }, 700);
  };
  return { parts: [seen, heard], say };
}

/**
 * A drawing in units of its own, x from x0 to x1 and y from y0 to y1, as wide as there is room and
 * `height(width)` high. `draw(at, svg)` fills it; `at.x`, `at.y` turn units into pixels. A part with
 * `data-handle` can be dragged: `onDrag(handle, x, y)`.
 */
function plot({ name, x: [x0, x1], y: [y0, y1], height, margin = [6, 6, 22, 26], draw, onDrag }) {
  const svg = element("svg:svg", { role: "img", "aria-label": name });
  const [top, right, bottom, left] = margin;
  const at = { left, top };
  const redraw = () => {
    const W = svg.clientWidth;
    if (!W) return;
    const H = height(W - left - right) + top + bottom;
    set(svg, { viewBox: `0 0 ${W} ${H}`, height: H });
    at.right = W - right;
    at.bottom = H - bottom;
    at.x = (x) => left + ((x - x0) / (x1 - x0)) * (at.right - left);
    at.y = (y) => at.bottom - ((y - y0) / (y1 - y0)) * (at.bottom - top);
    svg.replaceChildren();
    draw(at, svg);
  };
  const place = (event) => {
    const box = svg.getBoundingClientRect();
    return [x0 + ((event.clientX - box.left - left) / (at.right - left)) * (x1 - x0),
      y0 + ((at.bottom - (event.clientY - box.top)) / (at.bottom - top)) * (y1 - y0)];
  };
  svg.addEventListener("pointerdown", (event) => {
    const handle = event.target.dataset.handle;
    if (!handle) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId); // the parts are drawn anew while they move
    const move = (moved) => onDrag(handle, ...place(moved));
    svg.addEventListener("pointermove", move);
    svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", move), { once: true });
  });
  // Nor may the page scroll under a finger that drags. (The handle's touch-action goes when it is drawn anew.)
  svg.addEventListener("touchstart", (event) => { if (event.target.dataset.handle) event.preventDefault(); },
    { passive: false });
  new ResizeObserver(redraw).observe(svg);
  return { svg, redraw };
}

/** Draw a frame with ticks. */
function axes(at, svg, xTicks, yTicks) {
  for (const x of xTicks) {
    svg.append(element("svg:text", { class: "tick", x: at.x(x), y: at.bottom + 15, html: fixed(x, 0) }));
  }
  for (const y of yTicks) {
    svg.append(element("svg:text", { class: "tick y", x: at.left - 6, y: at.y(y) + 4, html: fixed(y, Number.isInteger(y) ? 0 : 1) }));
  }
  svg.append(element("svg:rect", {
    class: "frame", x: at.left, y: at.top, width: at.right - at.left, height: at.bottom - at.top,
  }));
}

/** An example: a circle for class 0, a square for class 1. */
function point(at, [x, y], label) {
  const [cx, cy] = [at.x(x), at.y(y)];
  return label
    ? element("svg:rect", { class: "point one", x: cx - 3.5, y: cy - 3.5, width: 7, height: 7 })
    : element("svg:circle", { class: "point zero", cx, cy, r: 4 });
}
