# adjoint of recurrence with respect to x, w, u, for x: f8[N], w: float, u: float
# (samples/lists.py:8)


import math
import numpy as np


def recurrence_forward(x, w, u):
    hs = [0.0]  # (1)
    tape = []
    for t in range(len(x)):
        hs0 = hs[t]  # (2)
        hs1 = w * hs0 + u * x[t]  # (3)
        hs2 = math.tanh(hs1)  # (4)
        hs.append(hs2)  # (5)
        tape.append((t, hs0, hs2))
    out = sum(hs) / len(hs)  # (6)
    cache = (x, w, u, hs, tape)
    return out, cache


def recurrence_backward(dout, cache):
    x, w, u, hs, tape = cache
    du = 0.0
    dw = 0.0
    dx = np.zeros_like(x)
    # backprop out = sum(hs) / len(hs)  (6)
    dhs = np.full(len(hs), dout / len(hs))
    for t, hs0, hs2 in reversed(tape):
        # backprop hs.append(hs2)  (5)
        dhs3 = dhs[:-1]
        # backprop hs2 = math.tanh(hs1)  (4)
        dhs1 = (1 - hs2**2) * dhs[-1]
        # backprop hs1 = w * hs0 + u * x[t]  (3)
        dw += hs0 * dhs1
        du += x[t] * dhs1
        dx[t] += u * dhs1
        # backprop hs0 = hs[t]  (2)
        dhs3[t] += w * dhs1
        dhs = dhs3
    return dx, dw, du
