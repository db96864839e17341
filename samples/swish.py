import numpy as np


def swish(x, w):
    s = np.tanh(x * w)
    return s * x


if __name__ == "__main__":
    from adgen import vjp

    x, w = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.5, -0.5])
    out, pullback = vjp(swish, x, w)
    dx, dw = pullback(np.ones_like(out))
    print(f"swish = {out}")
    print(f"dx = {dx}")
    print(f"dw = {dw}")
