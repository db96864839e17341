"""Logistic regression on a dict of parameters, as the assignments keep them."""

import numpy as np


def loss(params, X, y, reg=0.01):
    scores = X @ params["W"] + params["b"]
    p = 1 / (1 + np.exp(-scores))
    data = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return data + reg * np.sum(params["W"] ** 2)


def example():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 3))
    y = (X @ np.array([1.0, -2.0, 0.5]) > 0).astype(float)
    return {"W": np.zeros(3), "b": 0.0}, X, y, 0.01


EXAMPLE = example()
WRT = ("params",)


if __name__ == "__main__":
    from adgen import grad

    params, X, y, reg = EXAMPLE
    gradient = grad(loss, wrt="params")
    for _ in range(200):
        grads = gradient(params, X, y, reg)
        params = {name: params[name] - 0.5 * grads[name] for name in params}
    print(f"loss = {loss(params, X, y, reg):.4f}, W = {np.round(params['W'], 2)}")
