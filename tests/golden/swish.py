# adjoint of swish with respect to x, w, for x: f8[N,D], w: f8[N,D] (samples/swish.py:4)


import numpy as np


def swish_forward(x, w):
    s0 = x * w  # (1)
    s = np.tanh(s0)  # (2)
    out = s * x  # (3)
    cache = (x, w, s)
    return out, cache


def swish_backward(dout, cache):
    x, w, s = cache
    # backprop out = s * x  (3)
    ds = x * dout
    dx = s * dout
    # backprop s = np.tanh(s0)  (2)
    ds0 = (1 - s**2) * ds
    # backprop s0 = x * w  (1)
    dx += w * ds0
    dw = x * ds0
    return dx, dw
