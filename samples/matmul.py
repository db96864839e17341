import numpy as np


def product(W, X):
    D = W @ X
    return D


if __name__ == "__main__":
    from adgen import vjp

    rng = np.random.default_rng(0)
    W, X = rng.normal(size=(5, 10)), rng.normal(size=(10, 3))
    D, pullback = vjp(product, W, X)
    dD = rng.normal(size=D.shape)
    dW, dX = pullback(dD)
    print(f"dW is dD @ X.T: {np.allclose(dW, dD @ X.T)}")
    print(f"dX is W.T @ dD: {np.allclose(dX, W.T @ dD)}")
