import numpy as np


def loss(x, gamma, beta, target):
    N = x.shape[0]
    mu = np.sum(x, axis=0) / N
    xmu = x - mu
    sq = xmu**2
    var = np.sum(sq, axis=0) / N
    sqrtvar = np.sqrt(var + 1e-5)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    y = gamma * xhat + beta
    return 0.5 * np.sum((y - target) ** 2)


_x = np.array([[1.0, 4.0], [2.0, 0.0], [4.0, 1.0], [5.0, 3.0]])
_target = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
EXAMPLE = (_x, np.array([1.0, 0.5]), np.array([0.0, 0.1]), _target)
WRT = ("x", "gamma", "beta")
