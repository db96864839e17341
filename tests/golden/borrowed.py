# adjoint of fork with respect to x, y, for x: f8[N], y: f8[N] (samples/borrowed.py:4)


import numpy as np


def fork_forward(x, y):
    s = x + y  # (1)
    out = np.sum(s * s) + np.sum(x * x)  # (2)
    cache = (x, s)
    return out, cache


def fork_backward(dout, cache):
    x, s = cache
    # backprop out = np.sum(s * s) + np.sum(x * x)  (2)
    ds = (2 * dout) * s
    dx = (2 * dout) * x
    # backprop s = x + y  (1)
    dx += ds
    dy = ds
    return dx, dy
