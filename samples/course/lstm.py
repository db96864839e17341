import numpy as np


def step(x, h, c, W, b, target):
    n = h.shape[0]
    z = W @ np.concatenate([x, h]) + b
    i = 1.0 / (1.0 + np.exp(-z[:n]))
    f = 1.0 / (1.0 + np.exp(-z[n : 2 * n]))
    o = 1.0 / (1.0 + np.exp(-z[2 * n : 3 * n]))
    g = np.tanh(z[3 * n :])
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    return 0.5 * np.sum((h_new - target) ** 2)


EXAMPLE = (
    np.array([1.0, -0.5]),
    np.array([0.2, -0.1]),
    np.array([0.5, -0.4]),
    0.1 * np.arange(-16.0, 16.0).reshape(8, 4),
    np.zeros(8),
    np.array([0.5, -0.5]),
)
WRT = ("h", "c", "W", "b")
