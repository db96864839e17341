"""A two-layer network with batch normalisation, in a class that keeps `self.params`."""

import numpy as np


class BatchNormNet:
    def __init__(self, sizes, rng):
        inputs, hidden, outputs = sizes
        self.reg = 1e-3
        self.momentum = 0.9
        self.running_mean = np.zeros(hidden)
        self.params = {
            "W1": rng.normal(size=(inputs, hidden)) / np.sqrt(inputs),
            "gamma": np.ones(hidden),
            "beta": np.zeros(hidden),
            "W2": rng.normal(size=(hidden, outputs)) / np.sqrt(hidden),
            "b2": np.zeros(outputs),
        }

    def normalised(self, z):
        mean = z.mean(axis=0)
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean
        centred = z - mean
        return centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-5)

    def scores(self, X):
        p = self.params
        hidden = self.normalised(X @ p["W1"]) * p["gamma"] + p["beta"]
        return np.maximum(0, hidden) @ p["W2"] + p["b2"]

    def loss(self, X, y):
        scores = self.scores(X)
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)
        data = -np.mean(np.log(probs[np.arange(len(y)), y]))
        W1, W2 = self.params["W1"], self.params["W2"]
        return data + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))


def net_loss(net, X, y):
    return net.loss(X, y)


def example():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    return BatchNormNet((2, 16, 2), rng), X, y


EXAMPLE = example()
WRT = ("net",)


if __name__ == "__main__":
    from adgen import grad

    net, X, y = EXAMPLE
    gradient = grad(net.loss, wrt="self.params")
    for _ in range(300):
        for name, step in gradient(X, y).items():
            net.params[name] -= 0.5 * step
    print(f"loss = {net.loss(X, y):.4f}")
