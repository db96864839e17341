# adjoint of add with respect to x, y, for x: float, y: float (samples/gates.py:5)


def add_forward(x, y):
    out = x + y  # (1)
    cache = ()
    return out, cache


def add_backward(dout, cache):
    # backprop out = x + y  (1)
    dx = dout
    dy = dout
    return dx, dy
