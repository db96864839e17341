# adjoint of huber_loss with respect to prediction, target, delta, for prediction: f8[N], target:
# f8[N], delta: float (samples/everyday.py:22)


import numpy as np


def huber_loss_forward(prediction, target, delta):
    r = prediction - target  # (1)
    size = np.abs(r)  # (2)
    out0 = size <= delta  # (3)
    out1 = size - 0.5 * delta  # (4)
    out2 = np.where(out0, 0.5 * r**2, delta * out1)  # (5)
    out = np.mean(out2)  # (6)
    cache = (delta, r, out0, out1)
    return out, cache


def huber_loss_backward(dout, cache):
    delta, r, out0, out1 = cache
    # backprop out = np.mean(out2)  (6)
    dout2 = dout / r.shape[0]
    # backprop out2 = np.where(out0, 0.5 * r**2, delta * out1)  (5)
    ddelta = np.sum(np.where(out0, 0.0, dout2 * out1))
    dout1 = np.where(out0, 0.0, delta * dout2)
    # backprop out1 = size - 0.5 * delta  (4)
    ddelta -= 0.5 * np.sum(dout1)
    # backprop size = np.abs(r)  (2)
    dr = np.where(out0, dout2 * r, np.sign(r) * dout1)
    # backprop r = prediction - target  (1)
    dprediction = dr
    dtarget = -dr
    return dprediction, dtarget, ddelta
