import numpy as np


def product(W, X):
    D = W @ X
    return D


_rng = np.random.default_rng(0)
EXAMPLE = (_rng.normal(size=(5, 10)), _rng.normal(size=(10, 3)))


if __name__ == "__main__":
    from adgen import vjp

    W, X = EXAMPLE
    D, pullback = vjp(product, W, X)
    dD = _rng.normal(size=D.shape)
    dW, dX = pullback(dD)
    print(f"dW is dD @ X.T: {np.allclose(dW, dD @ X.T)}")
    print(f"dX is W.T @ dD: {np.allclose(dX, W.T @ dD)}")
