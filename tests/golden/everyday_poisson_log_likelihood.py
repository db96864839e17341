# adjoint of poisson_log_likelihood with respect to X, w, b, for X: f8[N,D], counts: i8[N], w:
# f8[D], b: float (samples/everyday.py:35)


import numpy as np


def poisson_log_likelihood_forward(X, counts, w, b):
    eta = X @ w + b  # (1)
    out0 = np.exp(eta)  # (2)
    out = np.sum(counts * eta - out0)  # (3)
    cache = (X, counts, w, out0)
    return out, cache


def poisson_log_likelihood_backward(dout, cache):
    X, counts, w, out0 = cache
    # backprop out0 = np.exp(eta)  (2)
    deta = dout * (counts - out0)
    # backprop eta = X @ w + b  (1)
    dX = np.outer(deta, w)
    dw = X.T @ deta
    db = np.sum(deta)
    return dX, dw, db
