# adjoint of batchnorm with respect to x, gamma, beta, for x: f8[N,D], gamma: f8[D], beta: f8[D],
# eps: float (samples/batchnorm.py:4)


import numpy as np


def batchnorm_forward(x, gamma, beta, eps):
    mu = np.mean(x, axis=0)  # (1)
    xc = x - mu  # (2)
    var = np.mean(xc**2, axis=0)  # (3)
    std = np.sqrt(var + eps)  # (4)
    xn = xc / std  # (5)
    out = gamma * xn + beta  # (6)
    cache = (gamma, xc, std, xn)
    return out, cache


def batchnorm_backward(dout, cache):
    gamma, xc, std, xn = cache
    # backprop out = gamma * xn + beta  (6)
    dgamma = np.sum(xn * dout, axis=0)
    dxn = gamma * dout
    dbeta = np.sum(dout, axis=0)
    # backprop xn = xc / std  (5)
    dstd = -gamma * dgamma / std
    # backprop std = np.sqrt(var + eps)  (4)
    dvar = 0.5 * dstd / std
    # backprop var = np.mean(xc**2, axis=0)  (3)
    dxc = dxn / std + (2 / xc.shape[0]) * dvar * xc
    # backprop mu = np.mean(x, axis=0)  (1)
    dx = dxc - gamma * dbeta / xc.shape[0] / std
    return dx, dgamma, dbeta
