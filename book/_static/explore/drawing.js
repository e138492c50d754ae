"use strict";

// What the figures that you can move have in common: how one takes the place of its still picture,
// and its controls, which are the browser's own, so that keyboard, touch and screen readers work.

const figures = {}; // the live figures by name, for the tests and for the curious

/** Put a live figure in the place of the still picture called `id`, if the page has one. */
function liveFigure(id, build) {
  const still = document.getElementById(id);
  if (!still) return;
  const box = element("div", { class: "explore" });
  still.insertBefore(box, still.querySelector("figcaption"));
  figures[id] = build(box);
  still.classList.add("live"); // explore.css hides the picture now
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
  return { row, input, set: setTo };
}

function button(text, onClick) {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", onClick);
  return made;
}

/** One choice of several. `options` are pairs of a value and what to call it. */
function choice({ name, options, value, onChange }) {
  const group = element("fieldset", { class: "choice" }, element("legend", {}, name));
  const key = `choice-${document.querySelectorAll(".choice").length}-${name}`;
  for (const [option, html] of options) {
    const input = element("input", { type: "radio", name: key, value: option });
    input.checked = option === value;
    input.addEventListener("change", () => onChange(option));
    group.append(element("label", {}, input, element("span", { html })));
  }
  return group;
}

/**
 * The result in words, below the figure. Sighted readers see it change at once; a screen reader is
 * told when the reader has stopped moving things.
 */
function spokenResult() {
  const seen = element("p", { class: "result", "aria-hidden": "true" });
  const heard = element("p", { class: "heard", role: "status" });
  let timer;
  const say = (html) => {
    seen.innerHTML = html;
    clearTimeout(timer);
    timer = setTimeout(() => { heard.textContent = seen.textContent; }, 700);
  };
  return { parts: [seen, heard], say };
}
