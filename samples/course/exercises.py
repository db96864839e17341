"""The functions whose backwards are the exercises of the course, page by page."""

import math

import numpy as np


# page 1
def product(w, x, y, z):
    s = w + x
    t = y * z
    return s * t


# page 2
def squared_error(w, b, x, target):
    z = w * x + b
    y = 1.0 / (1 + math.exp(-z))
    error = y - target
    return error**2


# page 3
def ratio(x, y):
    top = x * y
    ex = math.exp(-x)
    ysqr = y**2
    bottom = ex + ysqr
    return top / bottom


# page 4
def routed(a, b, c):
    s = a + b
    m = max(s, c)
    p = m * a
    return p + c


# page 5
def regression(X, W, b, Y):
    P = X @ W + b
    R = P - Y
    return 0.5 * np.sum(R**2)


# page 6
def classifier(X, labels, W, b):
    N = X.shape[0]
    scores = X @ W + b
    e = np.exp(scores)
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(N), labels]))


# page 7
def network(X, Y, W1, b1, W2, b2):
    h = np.tanh(X @ W1 + b1)
    P = h @ W2 + b2
    R = P - Y
    return 0.5 * np.sum(R**2)


# page 8
def layernorm(x, gamma, beta, target):
    D = x.shape[1]
    mu = np.sum(x, axis=1, keepdims=True) / D
    xmu = x - mu
    var = np.sum(xmu**2, axis=1, keepdims=True) / D
    ivar = 1.0 / np.sqrt(var + 1e-5)
    xhat = xmu * ivar
    y = gamma * xhat + beta
    return 0.5 * np.sum((y - target) ** 2)


# page 9
def leaky_sum(x, a, target):
    h = 0.0
    for t in range(len(x)):
        h = a * h + x[t]
    return 0.5 * (h - target) ** 2


# page 10
def gated_step(x, h, Wz, Wn, target):
    v = np.concatenate([x, h])
    z = 1.0 / (1.0 + np.exp(-(Wz @ v)))
    n = np.tanh(Wn @ v)
    h_new = (1 - z) * n + z * h
    return 0.5 * np.sum((h_new - target) ** 2)


_X = np.array([[1.0, -2.0], [0.5, 1.5], [-1.0, 0.0], [2.0, 1.0]])
_Y = np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 0.5], [1.0, 1.0, 0.0], [-1.0, 0.5, 2.0]])
_W = np.array([[0.5, -0.3, 0.8], [0.2, 0.7, -0.4]])
_b = np.array([0.1, -0.2, 0.3])
EXAMPLES = {
    "product": (2.0, -1.0, 3.0, 0.5),
    "squared_error": (1.5, -0.5, 2.0, 1.0),
    "ratio": (1.0, 2.0),
    "routed": (2.0, -1.0, -3.0),
    "regression": (_X, _W, _b, _Y),
    "classifier": (_X, np.array([0, 2, 1, 2]), _W, _b),
    "network": (
        _X,
        _Y,
        _W,
        _b,
        np.array([[0.4, -0.6, 0.1], [0.3, 0.9, -0.5], [-0.7, 0.2, 0.6]]),
        _b,
    ),
    "layernorm": (_Y, np.array([1.0, 0.5, 2.0]), _b, np.zeros((4, 3))),
    "leaky_sum": (np.array([1.0, -2.0, 0.5, 3.0]), 0.8, 1.0),
    "gated_step": (
        np.array([1.0, -0.5]),
        np.array([0.2, -0.1]),
        0.1 * np.arange(-4.0, 4.0).reshape(2, 4),
        0.2 * np.arange(4.0, -4.0, -1.0).reshape(2, 4),
        np.array([0.5, -0.5]),
    ),
}
WRT = {
    "squared_error": ("w", "b"),
    "regression": ("X", "W", "b"),
    "classifier": ("W", "b"),
    "network": ("W1", "b1", "W2", "b2"),
    "layernorm": ("x", "gamma", "beta"),
    "leaky_sum": ("x", "a"),
    "gated_step": ("h", "Wz", "Wn"),
}
