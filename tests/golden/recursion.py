# adjoint of polynomial with respect to x, a, for x: float, a: float, n: int
# (samples/recursion.py:10)


def power_forward(x, n):
    if n == 0:
        out = 1.0  # (1)
        saved = ()
    elif n % 2 == 1:
        out0, out0_cache = power_forward(x, n - 1)  # (2)
        out = x * out0  # (3)
        saved = (out0, out0_cache)
    else:
        half, half_cache = power_forward(x, n // 2)  # (4)
        out = half * half  # (5)
        saved = (half, half_cache)
    cache = (x, n, saved)
    return out, cache


def power_backward(dout, cache):
    x, n, saved = cache
    if n == 0:
        dx = 0.0
    elif n % 2 == 1:
        out0, out0_cache = saved
        # backprop out0 = power(x, n - 1)  (2)
        dx = out0 * dout + power_backward(x * dout, out0_cache)
    else:
        half, half_cache = saved
        # backprop out = half * half  (5)
        dhalf = (2 * half) * dout
        # backprop half = power(x, n // 2)  (4)
        dx = power_backward(dhalf, half_cache)
    return dx


def polynomial_forward(x, a, n):
    out0, out0_cache = power_forward(x, n)  # (1)
    out1 = a - x  # (2)
    out2, out2_cache = power_forward(out1, 3)  # (3)
    out = a * out0 - 2.0 * out2  # (4)
    cache = (a, out0, out0_cache, out2_cache)
    return out, cache


def polynomial_backward(dout, cache):
    a, out0, out0_cache, out2_cache = cache
    # backprop out = a * out0 - 2.0 * out2  (4)
    da = out0 * dout
    # backprop out2 = power(out1, 3)  (3)
    dout1 = power_backward(-2.0 * dout, out2_cache)
    # backprop out1 = a - x  (2)
    da += dout1
    dx = -dout1
    # backprop out0 = power(x, n)  (1)
    dx += power_backward(a * dout, out0_cache)
    return dx, da
