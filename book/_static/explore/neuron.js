"use strict";

// One neuron with two inputs: its line, its sigmoid as a shade, and a flower to try it on.

liveFigure("explore-neuron", (box) => {
  // Petal length and width in cm of Anderson's irises: setosa (class 0) and versicolor (class 1)
  const flowers = [
    [[1, 0.2], [1.1, 0.1], [1.2, 0.2], [1.2, 0.2], [1.3, 0.2], [1.3, 0.2], [1.3, 0.2], [1.3, 0.2], [1.3, 0.3],
      [1.3, 0.3], [1.3, 0.4], [1.4, 0.1], [1.4, 0.1], [1.4, 0.2], [1.4, 0.2], [1.4, 0.2], [1.4, 0.2], [1.4,
      0.2], [1.4, 0.2], [1.4, 0.2], [1.4, 0.2], [1.4, 0.3], [1.4, 0.3], [1.4, 0.3], [1.5, 0.1], [1.5, 0.1],
      [1.5, 0.2], [1.5, 0.2], [1.5, 0.2], [1.5, 0.2], [1.5, 0.2], [1.5, 0.2], [1.5, 0.2], [1.5, 0.3], [1.5,
      0.4], [1.5, 0.4], [1.5, 0.4], [1.6, 0.2], [1.6, 0.2], [1.6, 0.2], [1.6, 0.2], [1.6, 0.2], [1.6, 0.4],
      [1.6, 0.6], [1.7, 0.2], [1.7, 0.3], [1.7, 0.4], [1.7, 0.5], [1.9, 0.2], [1.9, 0.4]],
    [[3, 1.1], [3.3, 1], [3.3, 1], [3.5, 1], [3.5, 1], [3.6, 1.3], [3.7, 1], [3.8, 1.1], [3.9, 1.1], [3.9,
      1.2], [3.9, 1.4], [4, 1], [4, 1.2], [4, 1.3], [4, 1.3], [4, 1.3], [4.1, 1], [4.1, 1.3], [4.1, 1.3],
      [4.2, 1.2], [4.2, 1.3], [4.2, 1.3], [4.2, 1.5], [4.3, 1.3], [4.3, 1.3], [4.4, 1.2], [4.4, 1.3], [4.4,
      1.4], [4.4, 1.4], [4.5, 1.3], [4.5, 1.5], [4.5, 1.5], [4.5, 1.5], [4.5, 1.5], [4.5, 1.5], [4.5, 1.6],
      [4.6, 1.3], [4.6, 1.4], [4.6, 1.5], [4.7, 1.2], [4.7, 1.4], [4.7, 1.4], [4.7, 1.5], [4.7, 1.6], [4.8,
      1.4], [4.8, 1.8], [4.9, 1.5], [4.9, 1.5], [5, 1.7], [5.1, 1.6]],
  ];
  const reach = 0.5; // the arrow is this many cm long for each unit of |w|
  let w, b, x, foot;
  const start = () => { w = [0.6, 0.8]; b = -2; x = [3.9, 1.4]; foot = [2, 1]; };
  start();

  const dot = (u, v) => u[0] * v[0] + u[1] * v[1];
  const length = (u) => Math.hypot(...u);
  const score = (x) => dot(w, x) + b;
  /** The point of the line that is closest to u: walk back against the weights. */
  const onLine = (u) => u.map((u_i, i) => u_i - (score(u) / dot(w, w)) * w[i]);
  const inside = ([x1, x2]) => x1 > 0 && x1 < 6 && x2 > 0 && x2 < 2.6;
  const clamp = (v, most) => Math.min(Math.max(v, -most), most);

  function turned() { // the line has moved: so has the foot of the arrow
    if (length(w) === 0) return;
    foot = onLine(foot);
    if (!inside(foot)) foot = onLine([3, 1.3]);
  }

  const weights = [0, 1].map((i) => slider({
    name: `weight w${i + 1}`, html: letter("w", i + 1), min: -4, max: 4, step: 0.01, zero: 0,
    onInput: (v) => { w[i] = v; turned(); draw(); },
  }));
  const bias = slider({
    name: "bias b", html: letter("b"), min: -12, max: 12, step: 0.01, zero: 0,
    onInput: (v) => { b = v; turned(); draw(); },
  });
  const inputs = [0, 1].map((i) => slider({
    name: `input x${i + 1}`, html: letter("x", i + 1), min: 0, max: [6, 2.6][i], step: 0.01, hue: "blue",
    onInput: (v) => { x[i] = v; draw(); },
  }));
  const times = (factor) => () => { w = w.map((w_i) => w_i * factor); b *= factor; draw(); };
  const twice = button("Twice w and b", times(2));
  const half = button("Half w and b", times(1 / 2));
  const result = spokenResult();

  function line(at, z) { // where the score is z: from one end of the picture to the other
    const at0 = foot.map((f, i) => f + (z / dot(w, w)) * w[i]);
    const along = [-w[1] / length(w), w[0] / length(w)];
    const [from, to] = [-12, 12].map((t) => at0.map((c, i) => c + t * along[i]));
    return { x1: at.x(from[0]), y1: at.y(from[1]), x2: at.x(to[0]), y2: at.y(to[1]) };
  }

  const picture = plot({
    name: "Petal length against petal width of a hundred flowers, the line where the score is 0, and the weights as an arrow across it",
    x: [0, 6], y: [0, 2.6], height: (width) => (width * 2.6) / 6,
    onDrag(handle, x1, x2) {
      const u = [Math.min(Math.max(x1, 0), 6), Math.min(Math.max(x2, 0), 2.6)];
      if (handle === "probe") x = u;
      if (handle === "foot") { foot = u; b = -dot(w, foot); }
      if (handle === "tip") {
        w = u.map((u_i, i) => clamp((u_i - foot[i]) / reach, 4));
        b = -dot(w, foot);
      }
      b = clamp(b, 12);
      draw();
    },
    draw(at, svg) {
      const area = { x: at.left, y: at.top, width: at.right - at.left, height: at.bottom - at.top };
      const clip = element("svg:clipPath", { id: "neuron-area" }, element("svg:rect", area));
      const shade = element("svg:linearGradient", { id: "neuron-shade", gradientUnits: "userSpaceOnUse" });
      const inArea = element("svg:g", { "clip-path": "url(#neuron-area)" });
      svg.append(element("svg:defs", {}, clip, shade), inArea);
      if (length(w) > 0) { // from score −6 to score 6, straight across the line
        const ends = [-6, 6].map((z) => foot.map((f, i) => f + (z / dot(w, w)) * w[i]));
        set(shade, { x1: at.x(ends[0][0]), y1: at.y(ends[0][1]), x2: at.x(ends[1][0]), y2: at.y(ends[1][1]) });
        for (let z = -6; z <= 6; z += 0.5) {
          shade.append(element("svg:stop", { offset: (z + 6) / 12, "stop-opacity": 0.45 * maths.sigmoid(z) }));
        }
        inArea.append(element("svg:rect", { ...area, fill: "url(#neuron-shade)" }));
        for (const a of [0.1, 0.9]) {
          inArea.append(element("svg:line", { class: "level", ...line(at, Math.log(a / (1 - a))) }));
        }
        inArea.append(element("svg:line", { class: "boundary", ...line(at, 0) }));
      }
      flowers.forEach((kind, label) => kind.forEach((flower) => inArea.append(point(at, flower, label))));

      const [f, t] = [foot, foot.map((f_i, i) => f_i + reach * w[i])].map(([u, v]) => [at.x(u), at.y(v)]);
      const angle = (Math.atan2(t[1] - f[1], t[0] - f[0]) * 180) / Math.PI;
      svg.append(
        element("svg:line", { class: "weights", x1: f[0], y1: f[1], x2: t[0], y2: t[1] }),
        element("svg:path", { class: "tip", d: "M4 0L-9 -6.5V6.5z", transform: `translate(${t}) rotate(${angle})` }),
        element("svg:text", { class: "label", x: t[0] + 10, y: t[1] - 8, html: "w" }),
        element("svg:circle", { class: "grip", cx: f[0], cy: f[1], r: 6 }),
        element("svg:circle", { class: "handle", "data-handle": "foot", cx: f[0], cy: f[1], r: 17 }),
        element("svg:circle", { class: "handle", "data-handle": "tip", cx: t[0], cy: t[1], r: 17 }));
      const [px, py] = [at.x(x[0]), at.y(x[1])];
      svg.append(
        element("svg:path", { class: "probe", d: "M0 -9L9 0L0 9L-9 0z", transform: `translate(${px} ${py})` }),
        element("svg:text", { class: "label", x: px - 4, y: py - 14, html: "x" }),
        element("svg:circle", { class: "handle", "data-handle": "probe", cx: px, cy: py, r: 20 }));
      axes(at, svg, [1, 2, 3, 4, 5], [1, 2]);
    },
  });

  function draw() {
    weights.forEach((weight, i) => weight.set(w[i]));
    bias.set(b);
    inputs.forEach((input, i) => input.set(x[i]));
    twice.disabled = Math.max(Math.abs(w[0]), Math.abs(w[1])) > 2 || Math.abs(b) > 6;
    picture.redraw();
    const z = score(x);
    const right = flowers.flatMap((kind, label) => kind.map((u) => (score(u) >= 0) === (label === 1)));
    const plus = (v) => (v < 0 ? "− " : "+ ") + fixed(Math.abs(v));
    const product = (i) => `${fixed(w[i])} · ${fixed(x[i])}`;
    const away = length(w) > 0
      ? `; ${fixed(Math.abs(z) / length(w))} cm from the line, where the neuron ${z >= 0 ? "fires" : "is silent"}` : "";
    result.say(`${letter("z")} = ${product(0)} + ${product(1)} ${plus(b)} = <b>${fixed(z)}</b>, ` +
      `${letter("a")} = σ(${letter("z")}) = <b>${fixed(maths.sigmoid(z), 3)}</b>${away}. ` +
      `Right on ${right.filter(Boolean).length} of ${right.length} flowers.`);
  }

  box.append(
    picture.svg,
    element("div", { class: "two" },
      element("div", {}, ...weights.map((s) => s.row), bias.row), element("div", {}, ...inputs.map((s) => s.row))),
    element("div", { class: "buttons" }, twice, half, button("Start again", () => { start(); draw(); })),
    ...result.parts);
  draw();
  return { get w() { return w; }, get b() { return b; }, get x() { return x; }, flowers, score };
});
