# adjoint of rnn_loss with respect to Wx, Wh, b, for inputs: f8[N,D], target: f8[H], Wx: f8[C,K],
# Wh: f8[C,C], b: f8[C] (samples/recurrent.py:10)


import numpy as np


def rnn_loss_forward(inputs, target, Wx, Wh, b):
    h = np.zeros(Wh.shape[0])  # (1)
    tape = []
    for x in inputs:
        h_in = h
        h0 = Wx @ x + Wh @ h + b  # (2)
        h = np.tanh(h0)  # (3)
        tape.append((h_in, x, h))
    out0 = h - target  # (4)
    out = np.sum(out0**2)  # (5)
    cache = (Wx, Wh, b, out0, tape)
    return out, cache


def rnn_loss_backward(dout, cache):
    Wx, Wh, b, out0, tape = cache
    # backprop out0 = h - target  (4)
    dh = (2 * dout) * out0
    dWh = np.zeros_like(Wh)
    dWx = np.zeros_like(Wx)
    db = np.zeros_like(b)
    for h_in, x, h in reversed(tape):
        # backprop h = np.tanh(h0)  (3)
        dh0 = (1 - h**2) * dh
        # backprop h0 = Wx @ x + Wh @ h + b  (2)
        dWx += np.outer(dh0, x)
        dWh += np.outer(dh0, h_in)
        db += dh0
        dh = Wh.T @ dh0
    return dWx, dWh, db
