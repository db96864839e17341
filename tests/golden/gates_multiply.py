# adjoint of multiply with respect to x, y, for x: float, y: float (samples/gates.py:9)


def multiply_forward(x, y):
    out = x * y  # (1)
    cache = (x, y)
    return out, cache


def multiply_backward(dout, cache):
    x, y = cache
    # backprop out = x * y  (1)
    dx = y * dout
    dy = x * dout
    return dx, dy
