# adjoint of product with respect to W, X, for W: f8[N,H], X: f8[H,C] (samples/matmul.py:4)


def product_forward(W, X):
    D = W @ X  # (1)
    cache = (W, X)
    return D, cache


def product_backward(dD, cache):
    W, X = cache
    # backprop D = W @ X  (1)
    dW = dD @ X.T
    dX = W.T @ dD
    return dW, dX
