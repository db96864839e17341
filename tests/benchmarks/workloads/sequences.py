"""Sequences: recurrent cells, step by step, and attention."""

import numpy as np

from tests.benchmarks.workload import Workload


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def rnn(xs, target, h0, Wx, Wh, b):
    h = h0
    loss = 0.0
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ Wx + h @ Wh + b)
        loss += np.sum((h - target[t]) ** 2)
    return loss


def rnn_forward(xs, target, h0, Wx, Wh, b):
    h = h0
    hs = []
    loss = 0.0
    for t in range(len(xs)):
        h = np.tanh(xs[t] @ Wx + h @ Wh + b)
        loss += np.sum((h - target[t]) ** 2)
        hs.append(h)
    cache = (xs, target, h0, Wx, Wh, b, hs)
    return loss, cache


def rnn_backward(dout, cache):
    xs, target, h0, Wx, Wh, b, hs = cache
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros_like(b)
    dh = 0.0
    for t in reversed(range(len(xs))):
        h = hs[t]
        h_in = hs[t - 1] if t else h0
        dh = dh + (2 * dout) * (h - target[t])
        da = (1 - h**2) * dh
        dWx += xs[t].T @ da
        dWh += h_in.T @ da
        db += np.sum(da, axis=0)
        dh = da @ Wh.T
    return dh, dWx, dWh, db


def rnn_arguments(rng, steps, batch, inputs, hidden):
    return (
        rng.normal(size=(steps, batch, inputs)),
        rng.normal(size=(steps, batch, hidden)),
        rng.normal(size=(batch, hidden)),
        rng.normal(size=(inputs, hidden)) / inputs**0.5,
        rng.normal(size=(hidden, hidden)) / hidden**0.5,
        0.1 * rng.normal(size=hidden),
    )


def lstm(xs, target, h, c, Wx, Wh, b):
    H = h.shape[1]
    for x in xs:
        a = x @ Wx + h @ Wh + b
        i = sigmoid(a[:, :H])
        f = sigmoid(a[:, H : 2 * H])
        o = sigmoid(a[:, 2 * H : 3 * H])
        g = np.tanh(a[:, 3 * H :])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum((h - target) ** 2)


def lstm_forward(xs, target, h, c, Wx, Wh, b):
    H = h.shape[1]
    tape = []
    for x in xs:
        h_in, c_in = h, c
        a = x @ Wx + h @ Wh + b
        i = sigmoid(a[:, :H])
        f = sigmoid(a[:, H : 2 * H])
        o = sigmoid(a[:, 2 * H : 3 * H])
        g = np.tanh(a[:, 3 * H :])
        c = f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        tape.append((x, h_in, c_in, i, f, o, g, tanh_c))
    r = h - target
    cache = (Wx, Wh, b, c, r, tape)
    return np.sum(r**2), cache


def lstm_backward(dout, cache):
    Wx, Wh, b, c, r, tape = cache
    H = r.shape[1]
    dh = (2 * dout) * r
    dc = np.zeros_like(c)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros_like(b)
    for x, h_in, c_in, i, f, o, g, tanh_c in reversed(tape):
        dc += (1 - tanh_c**2) * (o * dh)
        da = np.empty((len(x), 4 * H))
        da[:, :H] = (1 - i) * i * (g * dc)
        da[:, H : 2 * H] = (1 - f) * f * (c_in * dc)
        da[:, 2 * H : 3 * H] = (1 - o) * o * (tanh_c * dh)
        da[:, 3 * H :] = (1 - g**2) * (i * dc)
        dc = f * dc
        dWx += x.T @ da
        dWh += h_in.T @ da
        db += np.sum(da, axis=0)
        dh = da @ Wh.T
    return dh, dc, dWx, dWh, db


def lstm_arguments(rng, steps, batch, inputs, hidden):
    return (
        rng.normal(size=(steps, batch, inputs)),
        rng.normal(size=(batch, hidden)),
        rng.normal(size=(batch, hidden)),
        rng.normal(size=(batch, hidden)),
        rng.normal(size=(inputs, 4 * hidden)) / inputs**0.5,
        rng.normal(size=(hidden, 4 * hidden)) / hidden**0.5,
        0.1 * rng.normal(size=4 * hidden),
    )


def attention(x, Wq, Wk, Wv, target):
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    s = q @ k.T / np.sqrt(k.shape[1])
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum((p @ v - target) ** 2)


def attention_forward(x, Wq, Wk, Wv, target):
    q = x @ Wq
    k = x @ Wk
    v = x @ Wv
    s = q @ k.T / np.sqrt(k.shape[1])
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    r = p @ v - target
    cache = (x, Wq, Wk, Wv, q, k, v, p, r)
    return np.sum(r**2), cache


def attention_backward(dout, cache):
    x, Wq, Wk, Wv, q, k, v, p, r = cache
    dr = (2 * dout) * r
    dv = p.T @ dr
    dp = dr @ v.T
    ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    ds /= np.sqrt(k.shape[1])
    dq = ds @ k
    dk = ds.T @ q
    dWq = x.T @ dq
    dWk = x.T @ dk
    dWv = x.T @ dv
    dx = dq @ Wq.T
    dx += dk @ Wk.T
    dx += dv @ Wv.T
    return dx, dWq, dWk, dWv


def attention_arguments(rng, n, d):
    weights = [rng.normal(size=(d, d)) / d**0.5 for _ in range(3)]
    return (rng.normal(size=(n, d)), *weights, rng.normal(size=(n, d)))


WORKLOADS = (
    Workload(
        rnn,
        rnn_forward,
        rnn_backward,
        wrt=("h0", "Wx", "Wh", "b"),
        arguments=rnn_arguments,
        sizes={"tiny": (3, 2, 3, 4), "standard": (30, 32, 32, 64), "large": (50, 64, 128, 256)},
    ),
    Workload(
        lstm,
        lstm_forward,
        lstm_backward,
        wrt=("h", "c", "Wx", "Wh", "b"),
        arguments=lstm_arguments,
        sizes={"tiny": (3, 2, 3, 4), "standard": (30, 32, 32, 64), "large": (50, 64, 128, 256)},
    ),
    Workload(
        attention,
        attention_forward,
        attention_backward,
        wrt=("x", "Wq", "Wk", "Wv"),
        arguments=attention_arguments,
        sizes={"tiny": (3, 4), "standard": (128, 64), "large": (1000, 64)},
    ),
)
