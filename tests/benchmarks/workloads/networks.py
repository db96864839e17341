"""Networks that classify: losses of a few matrices."""

import numpy as np

from tests.benchmarks.workload import Workload


def softmax_mlp(X, y, W1, b1, W2, b2, reg):
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    scores = scores - np.max(scores, axis=1, keepdims=True)
    e = np.exp(scores)
    p = e / np.sum(e, axis=1, keepdims=True)
    data_loss = -np.mean(np.log(p[np.arange(len(y)), y]))
    return data_loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))


def softmax_mlp_forward(X, y, W1, b1, W2, b2, reg):
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    scores = scores - np.max(scores, axis=1, keepdims=True)
    e = np.exp(scores)
    p = e / np.sum(e, axis=1, keepdims=True)
    data_loss = -np.mean(np.log(p[np.arange(len(y)), y]))
    out = data_loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    cache = (X, y, W1, W2, reg, h, p)
    return out, cache


def softmax_mlp_backward(dout, cache):
    X, y, W1, W2, reg, h, p = cache
    dscores = p * (dout / len(y))
    dscores[np.arange(len(y)), y] -= dout / len(y)
    dW2 = h.T @ dscores
    dW2 += (reg * dout) * W2
    db2 = np.sum(dscores, axis=0)
    dh = dscores @ W2.T
    dh *= h > 0
    dW1 = X.T @ dh
    dW1 += (reg * dout) * W1
    db1 = np.sum(dh, axis=0)
    return dW1, db1, dW2, db2


def softmax_mlp_arguments(rng, n, inputs, hidden, classes):
    return (
        rng.normal(size=(n, inputs)),
        rng.integers(classes, size=n),
        rng.normal(size=(inputs, hidden)) / inputs**0.5,
        0.1 * rng.normal(size=hidden),
        rng.normal(size=(hidden, classes)) / hidden**0.5,
        0.1 * rng.normal(size=classes),
        1e-3,
    )


def batchnorm_mlp(X, t, W1, gamma, beta, W2, b2):
    a = X @ W1
    mu = np.mean(a, axis=0)
    var = np.mean((a - mu) ** 2, axis=0)
    xhat = (a - mu) / np.sqrt(var + 1e-5)
    h = np.maximum(0, gamma * xhat + beta)
    r = h @ W2 + b2 - t
    return np.mean(np.sum(r**2, axis=1))


def batchnorm_mlp_forward(X, t, W1, gamma, beta, W2, b2):
    a = X @ W1
    xmu = a - np.mean(a, axis=0)
    std = np.sqrt(np.mean(xmu**2, axis=0) + 1e-5)
    xhat = xmu / std
    h = np.maximum(0, gamma * xhat + beta)
    r = h @ W2 + b2 - t
    out = np.mean(np.sum(r**2, axis=1))
    cache = (X, gamma, W2, std, xhat, h, r)
    return out, cache


def batchnorm_mlp_backward(dout, cache):
    X, gamma, W2, std, xhat, h, r = cache
    dr = (2 * dout / r.shape[0]) * r
    db2 = np.sum(dr, axis=0)
    dW2 = h.T @ dr
    dh = dr @ W2.T
    dh *= h > 0
    dbeta = np.sum(dh, axis=0)
    dgamma = np.sum(xhat * dh, axis=0)
    da = (gamma / std) * (dh - dbeta / len(X) - xhat * (dgamma / len(X)))
    dW1 = X.T @ da
    return dW1, dgamma, dbeta, dW2, db2


def batchnorm_mlp_arguments(rng, n, inputs, hidden, outputs):
    return (
        rng.normal(size=(n, inputs)),
        rng.normal(size=(n, outputs)),
        rng.normal(size=(inputs, hidden)) / inputs**0.5,
        1 + 0.1 * rng.normal(size=hidden),
        0.1 * rng.normal(size=hidden),
        rng.normal(size=(hidden, outputs)) / hidden**0.5,
        0.1 * rng.normal(size=outputs),
    )


WORKLOADS = (
    Workload(
        softmax_mlp,
        softmax_mlp_forward,
        softmax_mlp_backward,
        wrt=("W1", "b1", "W2", "b2"),
        arguments=softmax_mlp_arguments,
        sizes={"tiny": (4, 3, 5, 3), "standard": (128, 64, 100, 10), "large": (1000, 256, 512, 10)},
    ),
    Workload(
        batchnorm_mlp,
        batchnorm_mlp_forward,
        batchnorm_mlp_backward,
        wrt=("W1", "gamma", "beta", "W2", "b2"),
        arguments=batchnorm_mlp_arguments,
        sizes={"tiny": (4, 3, 5, 3), "standard": (128, 64, 100, 10), "large": (1000, 256, 512, 10)},
    ),
)
