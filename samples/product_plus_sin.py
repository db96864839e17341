import math


def f(x, y):
    return x * y + math.sin(x)


EXAMPLE = (2.0, 3.0)


if __name__ == "__main__":
    from adgen import grad

    dx, dy = grad(f)(*EXAMPLE)
    print(f"dx = {dx} (3 + cos 2 = {3 + math.cos(2)}), dy = {dy}")
