"use strict";

// A truth p and a belief q over four letters: what the belief costs, and what of it could be saved.

liveFigure("explore-entropy", (box) => {
  const start = { p: [1 / 2, 1 / 4, 1 / 8, 1 / 8], q: [1 / 8, 1 / 2, 1 / 4, 1 / 8] };
  const letters = ["a", "b", "c", "d"];
  const units = { bits: Math.log(2), nats: 1 };
  const longest = 4 * units.bits; // what the bars have room for
  let { p, q } = start;
  let unit = "bits";

  /** Give outcome i the probability x; the others keep their ratios and share the rest. */
  function pull(p, i, x) {
    const others = maths.sum(p.filter((_, j) => j !== i));
    return p.map((p_j, j) => {
      if (j === i) return x;
      return others > 0 ? (p_j / others) * (1 - x) : (1 - x) / (p.length - 1);
    });
  }

  const nats = () => ({
    "H(p)": maths.entropy(p), "D(p‖q)": maths.klDivergence(p, q), "H(p, q)": maths.crossEntropy(p, q),
    "H(q)": maths.entropy(q), "D(q‖p)": maths.klDivergence(q, p), "H(q, p)": maths.crossEntropy(q, p),
  });
  const inUnits = (x) => fixed(x / units[unit], 3);

  const column = (name, title, hue, change) => {
    const sliders = letters.map((outcome, i) => slider({
      name: `${name} of ${outcome}`, html: outcome, min: 0, max: 1, step: 0.005, hue,
      show: (x) => fixed(x, 3), onInput: (x) => { change(i, x); draw(); },
    }));
    const prices = letters.map(() => element("span", { class: "price" }));
    sliders.forEach((s, i) => s.row.append(prices[i]));
    const minusLog = element("span", { class: "price", html: `−log ${letter(name)}` });
    const head = element("p", { class: "head" }, element("span", { html: title }), minusLog);
    return { sliders, prices, part: element("div", {}, head, ...sliders.map((s) => s.row)) };
  };
  const truth = column("p", `truth ${letter("p")}`, "blue", (i, x) => { p = pull(p, i, x); });
  const belief = column("q", `belief ${letter("q")}`, "green", (i, x) => { q = pull(q, i, x); });

  // H(p, q) = H(p) + D(p‖q), as numbers and as two lengths that add up
  const sum = (p, q) => {
    const names = [`H(${p}, ${q})`, `H(${p})`, `D(${p}‖${q})`];
    const shown = names.map((name) => element("b", { "data-name": name }));
    const text = names.map((name) => element("span", { html: name.replace(/[A-Za-z]/g, "<i>$&</i>") + " " }));
    const floor = element("span", { class: "floor" });
    const surplus = element("span", { class: "surplus" });
    const words = element("p", {}, text[0], shown[0], " = ", text[1], shown[1], " + ", text[2], shown[2]);
    return { names, shown, floor, surplus,
      part: element("div", { class: "cost" }, words, element("span", { class: "track" }, floor, surplus)) };
  };
  const sums = [sum("p", "q"), sum("q", "p")];

  const result = spokenResult();
  const chosen = choice({
    name: "unit", options: [["bits", "bits"], ["nats", "nats"]],
    onChange: (u) => { unit = u; draw(); },
  });

  function draw() {
    const amounts = nats();
    chosen.set(unit);
    for (const [side, distribution] of [[truth, p], [belief, q]]) {
      distribution.forEach((x, i) => {
        side.sliders[i].set(x);
        side.prices[i].textContent = fixed(-Math.log(x) / units[unit], 2);
      });
    }
    for (const { names, shown, floor, surplus } of sums) {
      names.forEach((name, k) => { shown[k].textContent = inUnits(amounts[name]); });
      const [total, least] = names.map((name) => Math.min(1, amounts[name] / longest));
      floor.style.width = `${100 * least}%`;
      surplus.style.width = `${100 * (total - least)}%`;
      floor.parentElement.classList.toggle("endless", amounts[names[0]] > longest);
    }
    result.say(`Believing ${letter("q")} when ${letter("p")} is true costs ${inUnits(amounts["H(p, q)"])} ${unit} ` +
      `a letter, ${inUnits(amounts["D(p‖q)"])} more than it must.`);
  }

  box.append(
    element("div", { class: "two entropy" }, truth.part, belief.part),
    ...sums.map((s) => s.part),
    element("div", { class: "buttons" },
      button("Believe the truth", () => { q = [...p]; draw(); }),
      button("Swap", () => { [p, q] = [q, p]; draw(); }),
      button("Start again", () => { ({ p, q } = start); draw(); }), chosen.group),
    ...result.parts);
  draw();
  return { get p() { return p; }, get q() { return q; }, nats };
});
