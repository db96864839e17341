# adjoint of softmax with respect to x, for x: f8[N,D] (samples/activations.py:24)


import numpy as np


def softmax_forward(x):
    p = np.exp(x - np.max(x, axis=-1, keepdims=True))  # (1)
    out = p / np.sum(p, axis=-1, keepdims=True)  # (2)
    cache = out
    return out, cache


def softmax_backward(dout, cache):
    out = cache
    # backprop out = p / np.sum(p, axis=-1, keepdims=True)  (2)
    dx = out * (dout - np.sum(dout * out, axis=1, keepdims=True))
    return dx
