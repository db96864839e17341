# adjoint of rollout with respect to p, v, k, for p: float, v: float, k: float (samples/lists.py:15)


import numpy as np


def rollout_forward(p, v, k):
    path = []  # (1)
    tape = []
    for i in range(20):
        p_in = p
        v = v - 0.1 * k * p  # (2)
        p = p + 0.1 * v  # (3)
        path.append(p)  # (4)
        tape.append(p_in)
    out0 = np.array(path)  # (5)
    out = np.mean(out0**2)  # (6)
    cache = (k, out0, tape)
    return out, cache


def rollout_backward(dout, cache):
    k, out0, tape = cache
    # backprop out0 = np.array(path)  (5)
    dpath = (2 * dout / 20) * out0
    dk = 0.0
    dv = 0.0
    dp = 0.0
    for i, p_in in zip(reversed(range(20)), reversed(tape)):
        # backprop path.append(p)  (4)
        dp += dpath[i]
        # backprop p = p + 0.1 * v  (3)
        dv += 0.1 * dp
        # backprop v = v - 0.1 * k * p  (2)
        dk -= 0.1 * p_in * dv
        dp -= 0.1 * k * dv
    return dp, dv, dk
