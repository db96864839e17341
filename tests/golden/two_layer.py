# adjoint of loss with respect to W1, b1, W2, b2, for X: f8[N,D], labels: i8[H], W1: f8[C,K], b1:
# f8[K], W2: f8[K,M], b2: f8[M], reg: float (samples/two_layer.py:4)


import numpy as np


def loss_forward(X, labels, W1, b1, W2, b2, reg):
    N = X.shape[0]  # (1)
    h0 = X @ W1 + b1  # (2)
    h = np.maximum(0, h0)  # (3)
    scores = h @ W2 + b2  # (4)
    shifted = scores - np.max(scores, axis=1, keepdims=True)  # (5)
    p = np.exp(shifted)  # (6)
    sum_p = np.sum(p, axis=1, keepdims=True)  # (7)
    logp = shifted - np.log(sum_p)  # (8)
    data_loss = -np.mean(logp[np.arange(N), labels])  # (9)
    reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))  # (10)
    out = data_loss + reg_loss  # (11)
    cache = (X, labels, W1, W2, reg, N, h, logp)
    return out, cache


def loss_backward(dout, cache):
    X, labels, W1, W2, reg, N, h, logp = cache
    # backprop reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))  (10)
    dW1 = (2 * reg * dout) * W1
    dW2 = (2 * reg * dout) * W2
    # backprop logp = shifted - np.log(sum_p)  (8)
    dscores = (dout / N) * np.exp(logp)
    dscores[np.arange(N), labels] -= dout / N
    # backprop scores = h @ W2 + b2  (4)
    dh = dscores @ W2.T
    dW2 += h.T @ dscores
    db2 = np.sum(dscores, axis=0)
    # backprop h = np.maximum(0, h0)  (3)
    dh0 = dh * (h > 0)
    # backprop h0 = X @ W1 + b1  (2)
    dW1 += X.T @ dh0
    db1 = np.sum(dh0, axis=0)
    return dW1, db1, dW2, db2
