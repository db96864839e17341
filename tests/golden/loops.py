# adjoint of iterate with respect to x, a, for x: float, a: float, n: int (samples/loops.py:4)


import math


def iterate_forward(x, a, n):
    total = 0.0  # (1)
    tape = []
    for i in range(n):
        x_in = x
        s0 = a * x  # (2)
        s = math.sin(s0)  # (3)
        if s > 0:
            x = x + s * x  # (4)
        else:
            x = x - 0.5 * s  # (5)
        total = total + x * x  # (6)
        tape.append((x_in, s, x))
    tape0 = []
    while total > 10.0:
        total = total / (1 + a * a)  # (7)
        tape0.append(total)
    cache = (a, tape, tape0)
    return total, cache


def iterate_backward(dtotal, cache):
    a, tape, tape0 = cache
    da = 0.0
    for total in reversed(tape0):
        # backprop total = total / (1 + a * a)  (7)
        da -= 2 * a * dtotal * total / (1 + a * a)
        dtotal = dtotal / (1 + a * a)
    dx = 0.0
    for x_in, s, x in reversed(tape):
        # backprop total = total + x * x  (6)
        dx += (2 * x) * dtotal
        if s > 0:
            # backprop x = x + s * x  (4)
            ds = x_in * dx
            dx = (1 + s) * dx
        else:
            # backprop x = x - 0.5 * s  (5)
            ds = -0.5 * dx
        # backprop s = math.sin(s0)  (3)
        ds0 = math.cos(a * x_in) * ds
        # backprop s0 = a * x  (2)
        da += x_in * ds0
        dx += a * ds0
    return dx, da
