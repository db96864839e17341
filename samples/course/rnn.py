import numpy as np


def loss(inputs, target, Wx, Wh, b):
    h = np.zeros(2)
    for x in inputs:
        h = np.tanh(Wx @ x + Wh @ h + b)
    return 0.5 * np.sum((h - target) ** 2)


EXAMPLE = (
    np.array([[1.0, 0.5], [-1.0, 2.0], [0.5, -0.5]]),
    np.array([1.0, -1.0]),
    np.array([[0.5, -0.3], [0.8, 0.2]]),
    np.array([[0.6, -0.4], [0.1, 0.7]]),
    np.array([0.1, -0.1]),
)
WRT = ("Wx", "Wh", "b")
