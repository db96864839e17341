# adjoint of circuit with respect to x, y, z, w, for x: float, y: float, z: float, w: float
# (samples/gates.py:17)


def circuit_forward(x, y, z, w):
    out0 = x * y + max(z, w)  # (1)
    out = out0 * 2  # (2)
    cache = (x, y, z, w)
    return out, cache


def circuit_backward(dout, cache):
    x, y, z, w = cache
    # backprop out = out0 * 2  (2)
    dout0 = 2 * dout
    # backprop out0 = x * y + max(z, w)  (1)
    dx = y * dout0
    dy = x * dout0
    dz = dout0 if z >= w else 0.0
    dw = dout0 if w > z else 0.0
    return dx, dy, dz, dw
