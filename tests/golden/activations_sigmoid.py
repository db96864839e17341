# adjoint of sigmoid with respect to x, for x: f8[N,D] (samples/activations.py:6)


import numpy as np


def sigmoid_forward(x):
    out = 1.0 / (1.0 + np.exp(-x))  # (1)
    cache = out
    return out, cache


def sigmoid_backward(dout, cache):
    out = cache
    # backprop out = 1.0 / (1.0 + np.exp(-x))  (1)
    dx = (1 - out) * out * dout
    return dx
