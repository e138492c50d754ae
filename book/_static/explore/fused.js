"use strict";

// Three scores, a target, and the push that gradient descent gives to each score: −η (s − y).

liveFigure("explore-fused", (box) => {
  const classes = [0, 1, 2];
  let z, label, a, eta, steps;
  const start = () => { z = [2, 1, 0]; label = 1; a = 0; eta = 1; steps = 0; };
  start();

  const target = () => maths.smoothLabels(maths.oneHot(label, 3), a);
  const lossAndGradient = () => {
    const [loss, [dz]] = maths.softmaxCrossEntropy([z], [target()]);
    return [loss, dz];
  };
  function step() {
    const dz = lossAndGradient()[1];
    z = z.map((z_j, j) => z_j - eta * dz[j]);
    steps += 1;
  }

  const range = { min: -5, max: 5 };
  const scores = classes.map((j) => slider({
    name: `score z${j}`, html: letter("z", j), ...range, step: 0.01, zero: 0, hue: "amber",
    onInput: (x) => { z[j] = x; steps = 0; draw(); },
  }));
  const line = (html, content, extra = "") => {
    const value = element("span", { class: "value" });
    const name = element("span", { class: "name", html });
    return { value, row: element("div", { class: `share ${extra}` }, name, content, value) };
  };
  const arrows = classes.map(() => element("span", { class: "arrow" }));
  const pushes = classes.map((j) => line("push", element("span", { class: "lane" }, arrows[j]), "push"));
  const bars = classes.map(() => element("span", { class: "bar" }));
  const marks = classes.map(() => element("span", { class: "goal" }));
  const beliefs = classes.map((j) => line(letter("s", j),
    element("span", { class: "track" }, bars[j], marks[j])));

  const smoothing = slider({
    name: "target shared with all classes, a", html: letter("a"), min: 0, max: 1, step: 0.01, hue: "blue",
    onInput: (x) => { a = x; steps = 0; draw(); },
  });
  const rate = slider({
    name: "learning rate eta", html: letter("η"), min: 0.1, max: 5, step: 0.1,
    show: (x) => fixed(x, 1), onInput: (x) => { eta = x; draw(); },
  });
  const labels = choice({
    name: "true class", options: classes.map((j) => [j, String(j)]),
    onChange: (j) => { label = j; steps = 0; draw(); },
  });

  const rows = ["s", "y", "s − y"].map((name) => ({ name, cells: classes.map(() => element("td", {})) }));
  const table = element("table", { class: "numbers" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "class"),
      ...classes.map((j) => element("th", { scope: "col" }, String(j))))),
    element("tbody", {}, ...rows.map(({ name, cells }) => element("tr", {},
      element("th", { scope: "row", html: name.replace(/[a-z]/g, "<i>$&</i>") }), ...cells))));

  const result = spokenResult();
  const share = (x) => (Math.min(Math.max(x, range.min), range.max) - range.min) / (range.max - range.min);

  function draw() {
    const [loss, dz] = lossAndGradient();
    const s = maths.softmax(z);
    const y = target();
    for (const j of classes) {
      const push = -eta * dz[j];
      const ends = [share(z[j]), share(z[j] + push)];
      scores[j].set(z[j]);
      arrows[j].style.setProperty("--from", Math.min(...ends));
      arrows[j].style.setProperty("--to", Math.max(...ends));
      arrows[j].classList.toggle("down", push < 0);
      pushes[j].value.textContent = (push > 0 ? "+" : "") + fixed(push);
      bars[j].style.width = `${100 * s[j]}%`;
      marks[j].style.width = `${100 * y[j]}%`;
      beliefs[j].value.textContent = fixed(s[j], 3);
      [s[j], y[j], dz[j]].forEach((x, k) => { rows[k].cells[j].textContent = fixed(x, 4); });
    }
    labels.set(label);
    smoothing.set(a);
    rate.set(eta);
    const floor = maths.entropy(y);
    result.say(`After ${steps} ${steps === 1 ? "step" : "steps"} the loss is <b>${fixed(loss, 4)}</b> nats` +
      `${floor > 0 ? `; it cannot fall below ${fixed(floor, 4)}` : ""}.`);
  }

  const many = (n) => () => { for (let k = 0; k < n; k += 1) step(); draw(); };
  box.append(
    element("div", { class: "side-by-side" },
      element("div", { class: "scores" },
        ...classes.map((j) => element("div", { class: "pair" }, scores[j].row, pushes[j].row, beliefs[j].row))),
      element("div", { class: "settings" }, labels.group, smoothing.row, rate.row, table)),
    element("div", { class: "buttons" }, button("Step", many(1)), button("10 steps", many(10)),
      button("Start again", () => { start(); draw(); })),
    ...result.parts);
  draw();
  return { get z() { return z; }, get eta() { return eta; }, get steps() { return steps; }, target, lossAndGradient };
});
