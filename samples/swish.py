import numpy as np


def swish(x, w):
    s = np.tanh(x * w)
    return s * x


EXAMPLE = (np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([[1.0, 0.5], [-0.5, 2.0]]))


if __name__ == "__main__":
    from adgen import vjp

    out, pullback = vjp(swish, *EXAMPLE)
    dx, dw = pullback(np.ones_like(out))
    print(f"swish = {out}")
    print(f"dx = {dx}")
    print(f"dw = {dw}")
