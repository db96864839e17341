# adjoint of f with respect to x, y, for x: float, y: float (samples/staged.py:4)


import math


def f_forward(x, y):
    sigy = 1.0 / (1 + math.exp(-y))  # (1)
    num = x + sigy  # (2)
    sigx = 1.0 / (1 + math.exp(-x))  # (3)
    xpy = x + y  # (4)
    xpysqr = xpy**2  # (5)
    den = sigx + xpysqr  # (6)
    invden = 1.0 / den  # (7)
    out = num * invden  # (8)
    cache = (sigy, num, sigx, xpy, den, invden)
    return out, cache


def f_backward(dout, cache):
    sigy, num, sigx, xpy, den, invden = cache
    # backprop out = num * invden  (8)
    dnum = invden * dout
    dinvden = num * dout
    # backprop invden = 1.0 / den  (7)
    dden = (-1.0 / den**2) * dinvden
    # backprop den = sigx + xpysqr  (6)
    dsigx = dden
    dxpysqr = dden
    # backprop xpysqr = xpy**2  (5)
    dxpy = (2 * xpy) * dxpysqr
    # backprop xpy = x + y  (4)
    dx = dxpy
    dy = dxpy
    # backprop sigx = 1.0 / (1 + math.exp(-x))  (3)
    dx += ((1 - sigx) * sigx) * dsigx
    # backprop num = x + sigy  (2)
    dx += dnum
    dsigy = dnum
    # backprop sigy = 1.0 / (1 + math.exp(-y))  (1)
    dy += ((1 - sigy) * sigy) * dsigy
    return dx, dy
