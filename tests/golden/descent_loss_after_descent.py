# adjoint of loss_after_descent with respect to w, rate, for w: f8[N], rate: float, X: f8[D,N], y:
# f8[H], steps: int (samples/descent.py:15)


import numpy as np


def loss_after_descent_forward(w, rate, X, y, steps):
    tape = []
    for _ in range(steps):
        r = X @ w - y  # (1)
        w0 = X.T @ r  # (2)
        w1 = rate * (2 / len(y)) * w0  # (3)
        w = w - w1  # (4)
        tape.append(w0)
    out0 = X @ w - y  # (5)
    out = np.mean(out0**2)  # (6)
    cache = (rate, X, y, out0, tape)
    return out, cache


def loss_after_descent_backward(dout, cache):
    rate, X, y, out0, tape = cache
    # backprop out0 = X @ w - y  (5)
    dw = X.T @ ((2 * dout / X.shape[0]) * out0)
    drate = 0.0
    for w0 in reversed(tape):
        # backprop w = w - w1  (4)
        dw1 = -dw
        # backprop w1 = rate * (2 / len(y)) * w0  (3)
        drate += 2 / len(y) * np.sum(w0 * dw1)
        # backprop w0 = X.T @ r  (2)
        dr = X @ ((2 * rate / len(y)) * dw1)
        # backprop r = X @ w - y  (1)
        dw = dw + X.T @ dr
    return dw, drate
