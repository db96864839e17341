"""Gradient descent, differentiated through: how good was the starting point, how good the rate?"""

import numpy as np

from adgen import grad


def loss(w, X, y):
    return np.mean((X @ w - y) ** 2)


loss_gradient = grad(loss, wrt="w")


def loss_after_descent(w, rate, X, y, steps):
    """The inner gradient by hand."""
    for _ in range(steps):
        r = X @ w - y
        w = w - rate * (2 / len(y)) * (X.T @ r)
    return loss(w, X, y)


def loss_after_adaptation(w, rate, X, y, steps):
    """The inner gradient by adgen."""
    for _ in range(steps):
        w = w - rate * loss_gradient(w, X, y)
    return loss(w, X, y)


_rng = np.random.default_rng(4)
_X, _y = _rng.normal(size=(6, 3)), _rng.normal(size=6)
_w = _rng.normal(size=3)
EXAMPLES = {
    "loss": (_w, _X, _y),
    "loss_after_descent": (_w, 0.1, _X, _y, 4),
    "loss_after_adaptation": (_w, 0.1, _X, _y, 4),
}
WRT = {
    "loss": ("w",),
    "loss_after_descent": ("w", "rate"),
    "loss_after_adaptation": ("w", "rate"),
}


if __name__ == "__main__":
    from adgen import value_and_grad

    for name, args in EXAMPLES.items():
        value, grads = value_and_grad(globals()[name], wrt=WRT[name])(*args)
        said = ", ".join(f"d{x} = {dx}" for x, dx in zip(WRT[name], grads, strict=True))
        print(f"{name} = {value:.4f}, {said}")
