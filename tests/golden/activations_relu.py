# adjoint of relu with respect to x, for x: f8[N,D] (samples/activations.py:16)


import numpy as np


def relu_forward(x):
    out = np.maximum(0, x)  # (1)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    # backprop out = np.maximum(0, x)  (1)
    dx = dout * (x > 0)
    return dx
