# adjoint of softmax_regression_loss with respect to X, W, b, reg, for X: f8[N,D], labels: i8[H], W:
# f8[D,C], b: f8[C], reg: float (samples/everyday.py:28)


import numpy as np


def softmax_regression_loss_forward(X, labels, W, b, reg):
    scores = X @ W + b  # (1)
    shifted = scores - np.max(scores, axis=1, keepdims=True)  # (2)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))  # (3)
    out0 = np.sum(W**2)  # (4)
    out = -np.mean(logp[np.arange(X.shape[0]), labels]) + reg * out0  # (5)
    cache = (X, labels, W, reg, logp, out0)
    return out, cache


def softmax_regression_loss_backward(dout, cache):
    X, labels, W, reg, logp, out0 = cache
    # backprop out = -np.mean(logp[np.arange(X.shape[0]), labels]) + reg * out0  (5)
    dreg = out0 * dout
    # backprop out0 = np.sum(W**2)  (4)
    dW = (2 * reg * dout) * W
    # backprop logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))  (3)
    dscores = (dout / logp.shape[0]) * np.exp(logp)
    dscores[np.arange(X.shape[0]), labels] -= dout / X.shape[0]
    # backprop scores = X @ W + b  (1)
    dX = dscores @ W.T
    dW += X.T @ dscores
    db = np.sum(dscores, axis=0)
    return dX, dW, db, dreg
