# adjoint of group_norm with respect to x, gamma, beta, for x: f8[N,C,H,W], gamma: f8[C], beta:
# f8[C], groups: int (samples/everyday.py:6)


import numpy as np


def group_norm_forward(x, gamma, beta, groups):
    N, C, H, W = x.shape  # (1)
    xg = x.reshape(N, groups, C // groups * H * W)  # (2)
    mu = np.mean(xg, axis=2, keepdims=True)  # (3)
    xc = xg - mu  # (4)
    var = np.mean(xc**2, axis=2, keepdims=True)  # (5)
    xn0 = np.sqrt(var + 1e-5)  # (6)
    xn1 = xc / xn0  # (7)
    xn = xn1.reshape(N, C, H, W)  # (8)
    out = gamma[:, None, None] * xn + beta[:, None, None]  # (9)
    cache = (gamma, xc, xn0, xn1, xn)
    return out, cache


def group_norm_backward(dout, cache):
    gamma, xc, xn0, xn1, xn = cache
    # backprop out = gamma[:, None, None] * xn + beta[:, None, None]  (9)
    dgamma = np.sum(xn * dout, axis=(0, 2, 3))
    dxn = gamma[:, None, None] * dout
    dbeta = np.sum(dout, axis=(0, 2, 3))
    # backprop xn = xn1.reshape(N, C, H, W)  (8)
    dxn1 = dxn.reshape(xn1.shape)
    # backprop xn0 = np.sqrt(var + 1e-5)  (6)
    dvar = -0.5 * np.sum(dxn1 * xn1, axis=2, keepdims=True) / xn0**2
    # backprop var = np.mean(xc**2, axis=2, keepdims=True)  (5)
    dxc = dxn1 / xn0 + (2 / xc.shape[2]) * xc * dvar
    # backprop xc = xg - mu  (4)
    dmu = -np.sum(dxc, axis=2, keepdims=True)
    # backprop mu = np.mean(xg, axis=2, keepdims=True)  (3)
    dxg = dxc + dmu / xc.shape[2]
    # backprop xg = x.reshape(N, groups, C // groups * H * W)  (2)
    dx = dxg.reshape(xn.shape)
    return dx, dgamma, dbeta
