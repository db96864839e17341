"""A convolution of images, as loops over places and as one product of matrices."""

import numpy as np

from tests.benchmarks.workload import Workload


def conv_loops(x, w, b, target):
    N, H, W, _ = x.shape
    K, _, _, F = w.shape
    out = np.zeros((N, H - K + 1, W - K + 1, F))
    for i in range(H - K + 1):
        for j in range(W - K + 1):
            patch = x[:, i : i + K, j : j + K, :].reshape(N, -1)
            out[:, i, j, :] = patch @ w.reshape(-1, F) + b
    return np.sum((np.maximum(out, 0) - target) ** 2)


def conv_loops_forward(x, w, b, target):
    N, H, W, _ = x.shape
    K, _, _, F = w.shape
    flat = w.reshape(-1, F)
    out = np.zeros((N, H - K + 1, W - K + 1, F))
    for i in range(H - K + 1):
        for j in range(W - K + 1):
            patch = x[:, i : i + K, j : j + K, :].reshape(N, -1)
            out[:, i, j, :] = patch @ flat + b
    r = np.maximum(out, 0) - target
    cache = (x, w, out, r)
    return np.sum(r**2), cache


def conv_loops_backward(dout, cache):
    x, w, out, r = cache
    N, C = x.shape[0], x.shape[3]
    K, F = w.shape[0], w.shape[3]
    flat = w.reshape(-1, F)
    dout = (2 * dout) * r * (out > 0)
    db = np.sum(dout, axis=(0, 1, 2))
    dx = np.zeros_like(x)
    dflat = np.zeros_like(flat)
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            d = dout[:, i, j, :]
            dflat += x[:, i : i + K, j : j + K, :].reshape(N, -1).T @ d
            dx[:, i : i + K, j : j + K, :] += (d @ flat.T).reshape(N, K, K, C)
    return dx, dflat.reshape(w.shape), db


def conv_im2col(x, w, b, target):
    N, H, W, C = x.shape
    K, _, _, F = w.shape
    h, v = H - K + 1, W - K + 1
    cols = np.empty((N, h, v, K, K, C))
    for i in range(K):
        for j in range(K):
            cols[:, :, :, i, j, :] = x[:, i : i + h, j : j + v, :]
    out = cols.reshape(N * h * v, -1) @ w.reshape(-1, F) + b
    return np.sum((np.maximum(out, 0) - target.reshape(-1, F)) ** 2)


def conv_im2col_forward(x, w, b, target):
    N, H, W, C = x.shape
    K, _, _, F = w.shape
    h, v = H - K + 1, W - K + 1
    cols = np.empty((N, h, v, K, K, C))
    for i in range(K):
        for j in range(K):
            cols[:, :, :, i, j, :] = x[:, i : i + h, j : j + v, :]
    flat = cols.reshape(N * h * v, -1)
    out = flat @ w.reshape(-1, F) + b
    r = np.maximum(out, 0) - target.reshape(-1, F)
    cache = (x, w, h, v, flat, out, r)
    return np.sum(r**2), cache


def conv_im2col_backward(dout, cache):
    x, w, h, v, flat, out, r = cache
    K, C, F = w.shape[0], w.shape[2], w.shape[3]
    dout = (2 * dout) * r
    dout *= out > 0
    db = np.sum(dout, axis=0)
    dw = (flat.T @ dout).reshape(w.shape)
    dcols = (dout @ w.reshape(-1, F).T).reshape(len(x), h, v, K, K, C)
    dx = np.zeros_like(x)
    for i in range(K):
        for j in range(K):
            dx[:, i : i + h, j : j + v, :] += dcols[:, :, :, i, j, :]
    return dx, dw, db


def conv_arguments(rng, n, size, channels, kernel, filters):
    out = size - kernel + 1
    return (
        rng.normal(size=(n, size, size, channels)),
        rng.normal(size=(kernel, kernel, channels, filters)) / kernel,
        0.1 * rng.normal(size=filters),
        rng.normal(size=(n, out, out, filters)),
    )


SIZES = {"tiny": (2, 4, 2, 2, 3), "standard": (16, 16, 4, 3, 8), "large": (32, 32, 8, 5, 16)}

WORKLOADS = (
    Workload(
        conv_loops,
        conv_loops_forward,
        conv_loops_backward,
        wrt=("x", "w", "b"),
        arguments=conv_arguments,
        sizes=SIZES,
    ),
    Workload(
        conv_im2col,
        conv_im2col_forward,
        conv_im2col_backward,
        wrt=("x", "w", "b"),
        arguments=conv_arguments,
        sizes=SIZES,
    ),
)
