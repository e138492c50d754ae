"use strict";

// A network with one hidden layer learns two moons: the chapter's formulas, one step after another.

liveFigure("explore-hidden", (box) => {
  const { X, y, starts } = moons;
  const Y = y.map((label) => maths.oneHot(label, 2));
  const activations = { tanh: [maths.tanh, maths.tanhVjp], ReLU: [maths.relu, maths.reluVjp] };
  let K = 3;
  let kind = "tanh";
  let seed = 3;
  let eta = 0.4;
  let W1, b1, W2, b2, losses;

  function start() {
    const copy = (rows) => rows.map((row) => [...row]);
    [W1, W2] = starts[seed][K].map(copy);
    [b1, b2] = [Array(K).fill(0), [0, 0]];
    losses = [];
  }
  start();

  function forward(X) {
    const A = maths.affine(X, W1, b1).map((z) => z.map(activations[kind][0]));
    return [A, maths.affine(A, W2, b2)];
  }

  function step() {
    const [A, Z] = forward(X);
    const [loss, dZ] = maths.softmaxCrossEntropy(Z, Y);
    const [dA, dW2, db2] = maths.affineVjp(dZ, A, W2);
    const dZ1 = dA.map((da, n) => da.map((da_k, k) => activations[kind][1](da_k, A[n][k])));
    const [, dW1, db1] = maths.affineVjp(dZ1, X, W1);

    const down = (param, grad) => param.map((p, i) => p - eta * grad[i]);
    W1 = W1.map((row, i) => down(row, dW1[i]));
    b1 = down(b1, db1);
    W2 = W2.map((row, i) => down(row, dW2[i]));
    b2 = down(b2, db2);
    losses.push(loss);
  }

  const right = () => forward(X)[1].filter((z, n) => (z[1] > z[0] ? 1 : 0) === y[n]).length;
  const loss = () => maths.softmaxCrossEntropy(forward(X)[1], Y)[0];

  // ------------------------------------------------------------------ the plane and its answers

  const [x0, x1, y0, y1] = [-1.8, 2.8, -1.3, 1.8];
  const [columns, rows] = [93, 63];
  const grid = Array.from({ length: columns * rows }, (_, k) => [
    x0 + ((k % columns) / (columns - 1)) * (x1 - x0), y1 - (Math.floor(k / columns) / (rows - 1)) * (y1 - y0),
  ]);
  const canvas = element("canvas", { width: columns, height: rows, "aria-hidden": "true" });

  function shade(Z) { // the darker, the more probable is class 1
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    Z.forEach((z, k) => { image.data[4 * k + 3] = 255 * 0.5 * maths.softmax(z)[1]; });
    context.globalCompositeOperation = "copy";
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = getComputedStyle(box).getPropertyValue("--amber");
    context.fillRect(0, 0, columns, rows);
  }

  /** The line where the two scores are equal: straight across each cell whose corners disagree. */
  function boundary(Z, at) {
    const height = ([c, r]) => Z[r * columns + c][1] - Z[r * columns + c][0];
    let path = "";
    for (let r = 0; r < rows - 1; r += 1) {
      for (let c = 0; c < columns - 1; c += 1) {
        const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
        const crossings = corners.flatMap((from, k) => {
          const to = corners[(k + 1) % 4];
          const [h, g] = [height(from), height(to)];
          if (h > 0 === g > 0) return [];
          const t = h / (h - g);
          return [[from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]];
        });
        crossings.forEach(([u, v], k) => {
          const x = at.x(x0 + (u / (columns - 1)) * (x1 - x0));
          const y = at.y(y1 - (v / (rows - 1)) * (y1 - y0));
          path += `${k % 2 ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
        });
      }
    }
    return path;
  }

  const plane = plot({
    name: "Two moons of points; the plane is darker where class 1 is more probable, a line divides the classes, and a dashed line shows where each hidden neuron changes sign",
    x: [x0, x1], y: [y0, y1], height: (width) => (width * (y1 - y0)) / (x1 - x0),
    draw(at, svg) {
      const Z = forward(grid)[1];
      shade(Z);
      set(canvas, { style: `left: ${at.left}px; top: ${at.top}px; width: ${at.right - at.left}px; height: ${at.bottom - at.top}px` });
      const area = { x: at.left, y: at.top, width: at.right - at.left, height: at.bottom - at.top };
      const inArea = element("svg:g", { "clip-path": "url(#hidden-area)" });
      svg.append(element("svg:clipPath", { id: "hidden-area" }, element("svg:rect", area)), inArea);
      X.forEach((x, n) => inArea.append(point(at, x, y[n])));
      b1.forEach((b, k) => { // where w · x + b = 0: the closest point to the origin, and along the line
        const [u, v] = [W1[0][k], W1[1][k]];
        const n = u * u + v * v;
        const ends = [-9, 9].map((t) => [(-b * u) / n - t * v / Math.sqrt(n), (-b * v) / n + t * u / Math.sqrt(n)]);
        inArea.append(element("svg:line", { class: "level",
          x1: at.x(ends[0][0]), y1: at.y(ends[0][1]), x2: at.x(ends[1][0]), y2: at.y(ends[1][1]) }));
      });
      inArea.append(element("svg:path", { class: "boundary", d: boundary(Z, at) }));
      axes(at, svg, [-1, 0, 1, 2], [-1, 0, 1]);
    },
  });

  const curve = plot({
    name: "The loss after each step", x: [0, 1], y: [0, 0.8], height: () => 120, margin: [6, 8, 22, 30],
    draw(at, svg) {
      const span = [100, 300, 1000, 3000, 10000].find((n) => losses.length <= n);
      const every = Math.ceil(losses.length / 300);
      const shown = losses.flatMap((value, n) => (n % every ? [] : [`${at.x(n / span)} ${at.y(Math.min(value, 0.8))}`]));
      if (shown.length) svg.append(element("svg:path", { class: "curve", d: `M${shown.join("L")}` }));
      axes(at, svg, [], [0, 0.4, 0.8]);
      for (const n of [0, span]) {
        svg.append(element("svg:text", { class: n ? "tick y" : "tick", x: at.x(n / span), y: at.bottom + 15,
          html: n ? `${n.toLocaleString("en")} steps` : "0" }));
      }
    },
  });

  // ---------------------------------------------------------------------------------- controls

  const most = 10000;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const result = spokenResult();
  const advance = (n) => { for (let k = 0; k < n && losses.length < most; k += 1) step(); };

  // Where motion is not wanted: one picture a second, and more steps in each.
  const [stride, later, never] = calm
    ? [300, (f) => setTimeout(f, 1000), clearTimeout]
    : [5, requestAnimationFrame, cancelAnimationFrame];
  let next = null; // the frame to come, while the network runs

  function frame() {
    advance(stride);
    next = losses.length < most ? later(frame) : null;
    draw();
  }
  function halt() {
    never(next);
    next = null;
  }
  const play = button("Play", () => { if (next === null) frame(); else { halt(); draw(); } });
  const many = (n) => () => { halt(); advance(n); draw(); };

  const rate = slider({
    name: "learning rate eta", html: letter("η"), min: -1.5, max: 0.5, step: 0.05,
    show: (x) => fixed(10 ** x), onInput: (x) => { eta = 10 ** x; draw(); },
  });
  const afresh = (change) => (value) => { change(value); halt(); start(); draw(); };
  const neurons = choice({ name: "neurons", options: [1, 2, 3, 5].map((n) => [n, String(n)]),
    onChange: afresh((n) => { K = n; }) });
  const kinds = choice({ name: "activation", options: [["tanh", "tanh"], ["ReLU", "ReLU"]],
    onChange: afresh((name) => { kind = name; }) });
  const seeds = choice({ name: "start", options: [[3, "seed 3"], [0, "seed 0"]],
    onChange: afresh((number) => { seed = number; }) });

  function draw() {
    rate.set(Math.log10(eta));
    neurons.set(K);
    kinds.set(kind);
    seeds.set(seed);
    play.textContent = next === null ? "Play" : "Pause";
    play.disabled = losses.length >= most;
    plane.redraw();
    curve.redraw();
    const steps = `${losses.length.toLocaleString("en")} ${losses.length === 1 ? "step" : "steps"}`;
    result.say(`After ${steps}: loss <b>${fixed(loss(), 4)}</b>, ` +
      `${right()} of ${y.length} points right.`, next !== null);
  }

  box.append(
    element("div", { class: "side-by-side moons" },
      element("div", { class: "plane" }, canvas, plane.svg),
      element("div", { class: "settings" }, curve.svg, rate.row, neurons.group, kinds.group, seeds.group)),
    element("div", { class: "buttons" }, play, button("1 step", many(1)), button("100 steps", many(100)),
      button("Start again", () => { halt(); start(); draw(); })),
    ...result.parts);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  draw();
  return { get params() { return { W1, b1, W2, b2 }; }, get eta() { return eta; }, get steps() { return losses.length; },
    loss, right, advance, draw };
});
