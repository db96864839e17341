"""Functions that the submissions of the tests differentiate."""

import math

import numpy as np


def staged(x, y):
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    return num * invden


def neuron(w, x, b):
    dot = np.sum(w * x) + b
    f = 1.0 / (1 + np.exp(-dot))
    return f


def affine(x, W, b):
    z = x @ W + b
    return np.sum(z**2)


def two_layer(X, W1, b1, W2, b2):
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    return 0.5 * np.sum(scores**2) / X.shape[0]


def softmax_loss(X, W, y):
    scores = X @ W
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    expd = np.exp(shifted)
    total = np.sum(expd, axis=1, keepdims=True)
    p = expd / total
    picked = p[np.arange(X.shape[0]), y]
    return -np.mean(np.log(picked))


def batchnorm(x, gamma, beta):
    mu = np.mean(x, axis=0)
    xmu = x - mu
    var = np.mean(xmu**2, axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = xmu / std
    return gamma * xhat + beta


def swish(x, w):
    s = np.tanh(x * w)
    return s * x


def largest(a, b, c):
    m = np.maximum(a, b)
    q = m * c
    return np.sum(np.where(q > 0, q, 0.1 * q))


def unit(v, t):
    n = np.sqrt(np.sum(v**2))
    u = v / n
    return np.sum(u * t)


def rnn(xs, Wx, Wh, h):
    for t in range(xs.shape[0]):
        h = np.tanh(xs[t] @ Wx + h @ Wh)
    return np.sum(h**2)


def horner(c, x):
    p = 0.0
    for i in range(c.shape[0]):
        p = p * x + c[i]
    return p


def attention(q, k, v):
    s = q @ k.T / math.sqrt(q.shape[1])
    e = np.exp(s)
    a = e / np.sum(e, axis=1, keepdims=True)
    o = a @ v
    return np.sum(o**2)
