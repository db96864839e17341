# adjoint of tanh with respect to x, for x: f8[N,D] (samples/activations.py:10)


import numpy as np


def tanh_forward(x):
    p = np.exp(x)  # (1)
    q = np.exp(-x)  # (2)
    out0 = p - q  # (3)
    out1 = p + q  # (4)
    out = out0 / out1  # (5)
    cache = (p, q, out1, out)
    return out, cache


def tanh_backward(dout, cache):
    p, q, out1, out = cache
    # backprop out = out0 / out1  (5)
    dout0 = dout / out1
    dout1 = -dout0 * out
    # backprop out0 = p - q  (3)
    dp = dout1 + dout0
    dq = dout1 - dout0
    # backprop q = np.exp(-x)  (2)
    dx = -q * dq
    # backprop p = np.exp(x)  (1)
    dx += p * dp
    return dx
