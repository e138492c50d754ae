"use strict";

// The formulas of the book, each under the name that it has in nnlib, for the figures that you can move.
// A row is an example; X, W, Z are arrays of rows. tests/browser compares every function with nnlib.

const maths = {
  sum: (v) => v.reduce((total, x) => total + x, 0),

  affine: (X, W, b) =>
    X.map((x) => b.map((b_k, k) => x.reduce((z, x_i, i) => z + x_i * W[i][k], 0) + b_k)),

  affineVjp(dZ, X, W) {
    const dX = dZ.map((dz) => W.map((w) => maths.sum(w.map((w_k, k) => dz[k] * w_k))));
    const dW = W.map((w, i) => w.map((_, k) => maths.sum(dZ.map((dz, n) => X[n][i] * dz[k]))));
    const db = W[0].map((_, k) => maths.sum(dZ.map((dz) => dz[k])));
    return [dX, dW, db];
  },

  sigmoid(z) {
    const e = Math.exp(-Math.abs(z)); // the exponent is never positive
    return (z >= 0 ? 1 : e) / (1 + e);
  },

  tanh: (z) => Math.tanh(z),
  tanhVjp: (da, a) => da * (1 - a * a),
  relu: (z) => Math.max(z, 0),
  reluVjp: (da, a) => (a > 0 ? da : 0),

  softmax(z) {
    const m = Math.max(...z); // the largest exponent is 0
    const e = z.map((z_i) => Math.exp(z_i - m));
    const total = maths.sum(e);
    return e.map((e_i) => e_i / total);
  },

  softmaxJacobian: (s) => s.map((s_i, i) => s.map((s_j, j) => s_i * ((i === j ? 1 : 0) - s_j))),

  // One row: the loss and its gradient s - y. Several rows: the mean of both.
  softmaxCrossEntropy(Z, Y) {
    const N = Z.length;
    let loss = 0;
    const dZ = Z.map((z, n) => {
      const m = Math.max(...z);
      const lse = m + Math.log(maths.sum(z.map((z_i) => Math.exp(z_i - m))));
      z.forEach((z_i, i) => { if (Y[n][i] > 0) loss += (Y[n][i] * (lse - z_i)) / N; });
      return maths.softmax(z).map((s_i, i) => (s_i - Y[n][i]) / N);
    });
    return [loss, dZ];
  },

  oneHot: (y, C) => Array.from({ length: C }, (_, i) => (i === y ? 1 : 0)),
  smoothLabels: (y, a) => y.map((y_i) => (1 - a) * y_i + a / y.length),

  // In nats. What never happens costs nothing; what happens and was held impossible costs infinity.
  crossEntropy: (p, q) => maths.sum(p.map((p_i, i) => (p_i > 0 ? -p_i * Math.log(q[i]) : 0))),
  entropy: (p) => maths.crossEntropy(p, p),
  klDivergence: (p, q) => maths.sum(p.map((p_i, i) => (p_i > 0 ? p_i * (Math.log(p_i) - Math.log(q[i])) : 0))),
};
