# adjoint of larger with respect to x, y, for x: float, y: float (samples/gates.py:13)


def larger_forward(x, y):
    out = max(x, y)  # (1)
    cache = (x, y)
    return out, cache


def larger_backward(dout, cache):
    x, y = cache
    # backprop out = max(x, y)  (1)
    dx = dout if x >= y else 0.0
    dy = dout if y > x else 0.0
    return dx, dy
