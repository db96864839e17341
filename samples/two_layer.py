import numpy as np


def loss(X, labels, W1, b1, W2, b2, reg):
    N = X.shape[0]
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    p = np.exp(shifted)
    sum_p = np.sum(p, axis=1, keepdims=True)
    logp = shifted - np.log(sum_p)
    data_loss = -np.mean(logp[np.arange(N), labels])
    reg_loss = reg * (np.sum(W1**2) + np.sum(W2**2))
    return data_loss + reg_loss


_rng = np.random.default_rng(0)
EXAMPLE = (
    _rng.normal(size=(6, 5)),
    np.array([0, 2, 1, 2, 0, 1]),
    _rng.normal(size=(5, 4)),
    _rng.normal(size=4),
    _rng.normal(size=(4, 3)),
    _rng.normal(size=3),
    0.1,
)


if __name__ == "__main__":
    from adgen import value_and_grad

    out, grads = value_and_grad(loss, wrt=("W1", "b1", "W2", "b2"))(*EXAMPLE)
    print(f"loss = {out}")
    for name, g in zip(("dW1", "db1", "dW2", "db2"), grads, strict=True):
        print(f"{name} = {g}")
