# adjoint of loss with respect to W1, b1, W2, b2, for X: f8[N,D], labels: i8[H], W1: f8[C,K], b1:
# f8[K], W2: f8[K,M], b2: f8[M], reg: float (samples/two_layer.py:4)


import numpy as np


def loss_forward(X, labels, W1, b1, W2, b2, reg):
    N = X.shape[0]  # (1)
    h0 = X @ W1 + b1  # (2)
    h = np.maximum(0, h0)  # (3)
    scores = h @ W2 + b2  # (4)
    shifted0 = np.max(scores, axis=1, keepdims=True)  # (5)
    shifted = scores - shifted0  # (6)
    p = np.exp(shifted)  # (7)
    sum_p = np.sum(p, axis=1, keepdims=True)  # (8)
    logp = shifted - np.log(sum_p)  # (9)
    data_loss = -np.mean(logp[np.arange(N), labels])  # (10)
    reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))  # (11)
    out = data_loss + reg_loss  # (12)
    cache = (X, labels, W1, W2, reg, N, h, scores, shifted0, p, sum_p)
    return out, cache


def loss_backward(dout, cache):
    X, labels, W1, W2, reg, N, h, scores, shifted0, p, sum_p = cache
    # backprop reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))  (11)
    dW1 = (2 * reg * dout) * W1
    dW2 = (2 * reg * dout) * W2
    # backprop data_loss = -np.mean(logp[np.arange(N), labels])  (10)
    dlogp = np.zeros_like(scores)
    dlogp[np.arange(N), labels] = -dout / N
    # backprop logp = shifted - np.log(sum_p)  (9)
    dsum_p = -np.sum(dlogp, axis=1, keepdims=True) / sum_p
    # backprop p = np.exp(shifted)  (7)
    dshifted = dlogp + p * dsum_p
    # backprop shifted = scores - shifted0  (6)
    dshifted0 = -np.sum(dshifted, axis=1, keepdims=True)
    # backprop shifted0 = np.max(scores, axis=1, keepdims=True)  (5)
    hit = scores == shifted0
    dscores = dshifted + hit * dshifted0 / np.sum(hit, axis=1, keepdims=True)
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
