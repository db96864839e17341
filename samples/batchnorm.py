import numpy as np


def batchnorm(x, gamma, beta, eps):
    mu = np.mean(x, axis=0)
    xc = x - mu
    var = np.mean(xc**2, axis=0)
    std = np.sqrt(var + eps)
    xn = xc / std
    return gamma * xn + beta


_rng = np.random.default_rng(1)
EXAMPLE = (_rng.normal(size=(7, 4)), _rng.normal(size=4), _rng.normal(size=4), 1e-5)


if __name__ == "__main__":
    from adgen import vjp

    out, pullback = vjp(batchnorm, *EXAMPLE, wrt=("x", "gamma", "beta"))
    dx, dgamma, dbeta = pullback(_rng.normal(size=out.shape))
    print(f"dx = {dx}")
    print(f"dgamma = {dgamma}")
    print(f"dbeta = {dbeta}")
