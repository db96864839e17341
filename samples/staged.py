import math


def f(x, y):
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    return num * invden


EXAMPLE = (3.0, -4.0)


if __name__ == "__main__":
    from adgen import value_and_grad

    out, (dx, dy) = value_and_grad(f)(*EXAMPLE)
    print(f"f = {out}, dx = {dx}, dy = {dy}")
