# adjoint of relaxed with respect to u, for u: f8[N,D], sweeps: int (samples/heat.py:14)


import numpy as np


def relaxed_forward(u, sweeps):
    u = u.copy()  # (1)
    for _ in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u0 = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]  # (2)
                u[i, j] = 0.25 * u0  # (3)
    out = np.sum(u**2)  # (4)
    cache = (sweeps, u)
    return out, cache


def relaxed_backward(dout, cache):
    sweeps, u = cache
    # backprop out = np.sum(u**2)  (4)
    du = (2 * dout) * u
    for _ in range(sweeps):
        for i in reversed(range(1, u.shape[0] - 1)):
            for j in reversed(range(1, u.shape[1] - 1)):
                # backprop u[i, j] = 0.25 * u0  (3)
                du0 = 0.25 * du[i, j]
                du[i, j] = 0.0
                # backprop u0 = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]  (2)
                du[i - 1, j] += du0
                du[i + 1, j] += du0
                du[i, j - 1] += du0
                du[i, j + 1] += du0
    return du
