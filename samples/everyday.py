"""Functions from everyday numerical work, each with arguments to try it on."""

import numpy as np


def group_norm(x, gamma, beta, groups):
    N, C, H, W = x.shape
    xg = x.reshape(N, groups, C // groups * H * W)
    mu = np.mean(xg, axis=2, keepdims=True)
    xc = xg - mu
    var = np.mean(xc**2, axis=2, keepdims=True)
    xn = (xc / np.sqrt(var + 1e-5)).reshape(N, C, H, W)
    return gamma[:, None, None] * xn + beta[:, None, None]


def cosine_similarity_loss(a, b):
    dots = np.sum(a * b, axis=1)
    norms = np.sqrt(np.sum(a**2, axis=1)) * np.sqrt(np.sum(b**2, axis=1))
    return np.mean(1.0 - dots / norms)


def huber_loss(prediction, target, delta):
    r = prediction - target
    size = np.abs(r)
    return np.mean(np.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta)))


def softmax_regression_loss(X, labels, W, b, reg):
    scores = X @ W + b
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(X.shape[0]), labels]) + reg * np.sum(W**2)


def poisson_log_likelihood(X, counts, w, b):
    # less the term of the counts alone, which no parameter moves
    eta = X @ w + b
    return np.sum(counts * eta - np.exp(eta))


_rng = np.random.default_rng(5)
EXAMPLES = {
    "group_norm": (_rng.normal(size=(2, 6, 3, 4)), _rng.normal(size=6), _rng.normal(size=6), 3),
    "cosine_similarity_loss": (_rng.normal(size=(4, 5)), _rng.normal(size=(4, 5))),
    "huber_loss": (3 * _rng.normal(size=8), _rng.normal(size=8), 1.0),
    "softmax_regression_loss": (
        _rng.normal(size=(6, 4)),
        np.array([0, 2, 1, 2, 0, 1]),
        _rng.normal(size=(4, 3)),
        _rng.normal(size=3),
        0.1,
    ),
    "poisson_log_likelihood": (
        _rng.normal(size=(7, 3)),
        np.array([0, 2, 1, 5, 0, 3, 1]),
        0.5 * _rng.normal(size=3),
        0.2,
    ),
}


if __name__ == "__main__":
    from adgen import vjp

    for name, args in EXAMPLES.items():
        out, pullback = vjp(globals()[name], *args)
        grads = pullback(np.ones_like(out) if np.ndim(out) else 1.0)
        print(f"{name}: gradients of shapes {[np.shape(g) for g in grads]}")
