"""The softmax and its loss, for one example and for a batch."""

import numpy as np


def loss(scores, label):
    shifted = scores - np.max(scores)
    p = np.exp(shifted) / np.sum(np.exp(shifted))
    return -np.log(p[label])


def batch_loss(scores, labels):
    N = scores.shape[0]
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(N), labels]))


EXAMPLES = {
    "loss": (np.array([2.0, 1.0, -1.0]), 1),
    "batch_loss": (np.array([[2.0, 1.0, -1.0], [0.0, 3.0, 1.0]]), np.array([1, 2])),
}
