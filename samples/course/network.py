import numpy as np


def loss(X, labels, W1, b1, W2, b2, reg):
    N = X.shape[0]
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    data_loss = -np.mean(np.log(p[np.arange(N), labels]))
    reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))
    return data_loss + reg_loss


_rng = np.random.default_rng(3)
EXAMPLE = (
    _rng.normal(size=(6, 2)),
    np.array([0, 2, 1, 2, 0, 1]),
    _rng.normal(size=(2, 4)),
    np.zeros(4),
    _rng.normal(size=(4, 3)),
    np.zeros(3),
    0.01,
)
WRT = ("W1", "b1", "W2", "b2")
