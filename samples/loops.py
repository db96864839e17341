import math


def iterate(x, a, n):
    total = 0.0
    for i in range(n):
        s = math.sin(a * x)
        if s > 0:
            x = x + s * x
        else:
            x = x - 0.5 * s
        total = total + x * x
    while total > 10.0:
        total = total / (1 + a * a)
    return total


EXAMPLE = (0.7, 1.3, 6)


if __name__ == "__main__":
    from adgen import value_and_grad

    out, (dx, da) = value_and_grad(iterate)(*EXAMPLE)
    print(f"total = {out}, dx = {dx}, da = {da}")
