import numpy as np


def fork(x, y):
    s = x + y
    return np.sum(s * s) + np.sum(x * x)


_rng = np.random.default_rng(2)
EXAMPLE = (_rng.normal(size=5), _rng.normal(size=5))


if __name__ == "__main__":
    from adgen import value_and_grad

    out, (dx, dy) = value_and_grad(fork)(*EXAMPLE)
    print(f"out = {out}")
    print(f"dx = {dx}")
    print(f"dy = {dy}")
