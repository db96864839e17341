# adjoint of loss_after_adaptation with respect to w, rate, for w: f8[N], rate: float, X: f8[D,N],
# y: f8[H], steps: int (samples/descent.py:23)


import numpy as np


def loss_after_adaptation_forward(w, rate, X, y, steps):
    tape = []
    for _ in range(steps):
        out0 = X @ w - y  # (1)
        dw = X.T @ (2 / X.shape[0] * out0)  # (2)
        w0 = rate * dw  # (3)
        w = w - w0  # (4)
        tape.append(dw)
    out1 = X @ w - y  # (5)
    out = np.mean(out1**2)  # (6)
    cache = (rate, X, out1, tape)
    return out, cache


def loss_after_adaptation_backward(dout, cache):
    rate, X, out1, tape = cache
    # backprop out1 = X @ w - y  (5)
    d_w = X.T @ ((2 * dout / X.shape[0]) * out1)
    drate = 0.0
    for dw in reversed(tape):
        # backprop w = w - w0  (4)
        dw0 = -d_w
        # backprop w0 = rate * dw  (3)
        drate += np.sum(dw * dw0)
        ddw = rate * dw0
        # backprop dw = X.T @ (2 / X.shape[0] * out0)  (2)
        dout0 = (2 / X.shape[0]) * (X @ ddw)
        # backprop out0 = X @ w - y  (1)
        d_w = d_w + X.T @ dout0
    return d_w, drate
