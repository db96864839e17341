# adjoint of conducted with respect to u, c, for u: f8[N], c: float, steps: int (samples/heat.py:24)


import numpy as np


def conducted_forward(u, c, steps):
    u = u.copy()  # (1)
    tape = []
    for _ in range(steps):
        tape0 = []
        for i in range(1, len(u) - 1):
            u0 = u[i - 1] - 2.0 * u[i] + u[i + 1]  # (2)
            tape0.append(u[i])
            u[i] += c * u[i] * u0  # (3)
        tape.append(tape0)
    out = np.sum(u**2)  # (4)
    cache = (c, u, tape)
    return out, cache


def conducted_backward(dout, cache):
    c, u, tape = cache
    u = u.copy()
    # backprop out = np.sum(u**2)  (4)
    du = (2 * dout) * u
    dc = 0.0
    for tape0 in reversed(tape):
        for i, u1 in zip(reversed(range(1, len(u) - 1)), reversed(tape0)):
            # backprop u[i] += c * u[i] * u0  (3)
            u[i] = u1
            u0 = u[i - 1] - 2.0 * u1 + u[i + 1]
            du2 = du[i]
            dc += u1 * u0 * du2
            du0 = c * u1 * du2
            # backprop u0 = u[i - 1] - 2.0 * u[i] + u[i + 1]  (2)
            du[i - 1] += du0
            du[i] += c * u0 * du2 - 2.0 * du0
            du[i + 1] += du0
    return du, dc
