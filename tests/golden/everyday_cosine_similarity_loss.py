# adjoint of cosine_similarity_loss with respect to a, b, for a: f8[N,D], b: f8[N,D]
# (samples/everyday.py:16)


import numpy as np


def cosine_similarity_loss_forward(a, b):
    dots0 = a * b  # (1)
    dots = np.sum(dots0, axis=1)  # (2)
    norms0 = np.sqrt(np.sum(a**2, axis=1))  # (3)
    norms1 = np.sqrt(np.sum(b**2, axis=1))  # (4)
    norms = norms0 * norms1  # (5)
    out0 = dots / norms  # (6)
    out = np.mean(1.0 - out0)  # (7)
    cache = (a, b, norms0, norms1, norms, out0)
    return out, cache


def cosine_similarity_loss_backward(dout, cache):
    a, b, norms0, norms1, norms, out0 = cache
    # backprop out0 = dots / norms  (6)
    ddots = -dout / norms.shape[0] / norms
    dnorms = -ddots * out0
    # backprop norms1 = np.sqrt(np.sum(b**2, axis=1))  (4)
    db = b * (norms0 * dnorms / norms1)[:, None]
    # backprop norms0 = np.sqrt(np.sum(a**2, axis=1))  (3)
    da = a * (norms1 * dnorms / norms0)[:, None]
    # backprop dots = np.sum(dots0, axis=1)  (2)
    ddots0 = ddots[:, None]
    # backprop dots0 = a * b  (1)
    da += b * ddots0
    db += a * ddots0
    return da, db
