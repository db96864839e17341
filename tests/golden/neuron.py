# adjoint of neuron with respect to w, x, for w: list[float, float, float], x: list[float, float]
# (samples/neuron.py:4)


import math


def neuron_forward(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]  # (1)
    out = 1.0 / (1 + math.exp(-dot))  # (2)
    cache = (w, x, out)
    return out, cache


def neuron_backward(dout, cache):
    w, x, out = cache
    # backprop out = 1.0 / (1 + math.exp(-dot))  (2)
    ddot = ((1 - out) * out) * dout
    # backprop dot = w[0] * x[0] + w[1] * x[1] + w[2]  (1)
    dw = [x[0] * ddot, x[1] * ddot, ddot]
    dx = [w[0] * ddot, w[1] * ddot]
    return dw, dx
