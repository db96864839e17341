"""Recurrent networks unrolled over time: a plain one, and one with a long short-term memory."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def rnn_loss(inputs, target, Wx, Wh, b):
    h = np.zeros(Wh.shape[0])
    for x in inputs:
        h = np.tanh(Wx @ x + Wh @ h + b)
    return np.sum((h - target) ** 2)


def lstm_cell(x, h, c, W, b):
    n = h.shape[0]
    z = W @ np.concatenate([x, h]) + b
    i = sigmoid(z[:n])
    f = sigmoid(z[n : 2 * n])
    o = sigmoid(z[2 * n : 3 * n])
    g = np.tanh(z[3 * n :])
    c = f * c + i * g
    return o * np.tanh(c), c


def lstm_loss(inputs, target, W, b):
    n = W.shape[0] // 4
    h = np.zeros(n)
    c = np.zeros(n)
    for t in range(inputs.shape[0]):
        h, c = lstm_cell(inputs[t], h, c, W, b)
    return np.mean((h - target) ** 2)


_rng = np.random.default_rng(1)
_inputs = _rng.normal(size=(5, 3))
EXAMPLES = {
    "sigmoid": (np.array([-1.0, 0.5, 2.0]),),
    "rnn_loss": (
        _inputs,
        _rng.normal(size=4),
        _rng.normal(size=(4, 3)),
        0.5 * _rng.normal(size=(4, 4)),
        _rng.normal(size=4),
    ),
    "lstm_loss": (
        _inputs,
        _rng.normal(size=2),
        0.5 * _rng.normal(size=(8, 5)),
        _rng.normal(size=8),
    ),
    "lstm_cell": (
        _inputs[0],
        _rng.normal(size=2),
        _rng.normal(size=2),
        0.5 * _rng.normal(size=(8, 5)),
        _rng.normal(size=8),
    ),
}
WRT = {"rnn_loss": ("Wx", "Wh", "b"), "lstm_loss": ("W", "b")}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, wrt in WRT.items():
        value, grads = value_and_grad(globals()[name], wrt=wrt)(*EXAMPLES[name])
        print(f"{name} = {value:.4f}, gradients of shapes {[np.shape(g) for g in grads]}")
