# adjoint of leaky_relu with respect to x, for x: f8[N,D] (samples/activations.py:20)


import numpy as np


def leaky_relu_forward(x):
    out0 = x > 0  # (1)
    out = np.where(out0, x, 0.01 * x)  # (2)
    cache = out0
    return out, cache


def leaky_relu_backward(dout, cache):
    out0 = cache
    # backprop out = np.where(out0, x, 0.01 * x)  (2)
    dx = np.where(out0, dout, 0.01 * dout)
    return dx
