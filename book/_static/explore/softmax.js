"use strict";

// Three scores, their softmax at a temperature, and the Jacobian of all that.

liveFigure("explore-softmax", (box) => {
  const start = [2, 1, 0];
  let z = [...start];
  let tau = 1;

  // ∂s_i/∂z_j. The scores are divided by τ first, and the chain rule brings that factor along.
  const probabilities = () => maths.softmax(z.map((z_i) => z_i / tau));
  const jacobian = () => maths.softmaxJacobian(probabilities()).map((row) => row.map((x) => x / tau));

  const scores = start.map((_, i) => slider({
    name: `score z${i}`, html: letter("z", i), min: -5, max: 5, step: 0.01, zero: 0, hue: "amber",
    onInput: (x) => { z[i] = x; draw(); },
  }));
  const temperature = slider({
    name: "temperature tau", html: letter("τ"), min: -1, max: 1, step: 0.01, zero: 0,
    show: (x) => fixed(10 ** x), onInput: (x) => { tau = 10 ** x; draw(); },
  });

  const bars = start.map(() => element("span", { class: "bar" }));
  const numbers = start.map(() => element("span", { class: "value" }));
  const shares = start.map((_, i) => element("div", { class: "share" },
    element("span", { class: "name", html: letter("s", i) }),
    element("span", { class: "track" }, bars[i]), numbers[i]));

  const cell = (tag, attributes) => element(tag, attributes);
  const heads = start.map((_, j) => cell("th", { scope: "col", html: letter("z", j) }));
  const cells = start.map(() => start.map(() => cell("td", { class: "entry" })));
  const rowSums = start.map(() => cell("td", { class: "sum" }));
  const columnSums = start.map(() => cell("td", { class: "sum" }));
  const table = element("table", { class: "jacobian" },
    element("caption", { html: "How fast <i>s<sub>i</sub></i> moves with <i>z<sub>j</sub></i>" }),
    element("thead", {}, element("tr", {},
      cell("td"), ...heads, cell("th", { scope: "col", class: "sum", html: "sum" }))),
    element("tbody", {}, ...cells.map((row, i) => element("tr", {},
      cell("th", { scope: "row", html: letter("s", i) }), ...row, rowSums[i]))),
    element("tfoot", {}, element("tr", {},
      cell("th", { scope: "row", class: "sum", html: "sum" }), ...columnSums, cell("td"))));

  const lift = button("Add 1 to every score", () => { z = z.map((z_i) => z_i + 1); draw(); });
  const again = button("Start again", () => { z = [...start]; tau = 1; draw(); });
  const result = spokenResult();

  function draw() {
    const s = probabilities();
    const J = jacobian();
    scores.forEach((score, i) => score.set(z[i]));
    temperature.set(Math.log10(tau));
    lift.disabled = Math.max(...z) > 4;
    s.forEach((s_i, i) => {
      bars[i].style.width = `${100 * s_i}%`;
      numbers[i].textContent = fixed(s_i, 3);
    });
    J.forEach((row, i) => row.forEach((x, j) => {
      cells[i][j].textContent = fixed(x, 3);
      cells[i][j].classList.toggle("negative", x < 0);
      cells[i][j].style.setProperty("--size", Math.min(1, Math.abs(x) / 0.25));
    }));
    rowSums.forEach((sum, i) => { sum.textContent = fixed(maths.sum(J[i]), 3); });
    columnSums.forEach((sum, j) => { sum.textContent = fixed(maths.sum(J.map((row) => row[j])), 3); });
    const largest = Math.max(...J.flat());
    result.say(`${letter("s")} = (${s.map((s_i) => fixed(s_i, 3)).join(", ")}); the largest entry of ` +
      `the matrix is ${fixed(largest, 3)}.`);
  }

  box.append(
    element("div", { class: "side-by-side" },
      element("div", { class: "scores" },
        ...scores.map((score, i) => element("div", { class: "pair" }, score.row, shares[i])),
        temperature.row),
      table),
    element("div", { class: "buttons" }, lift, again), ...result.parts);
  draw();
  return { get z() { return z; }, get tau() { return tau; }, probabilities, jacobian };
});
