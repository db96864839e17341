"""Trains a two-layer network to tell the arms of a spiral apart, and draws its loss curve."""

import argparse
import math

import numpy as np
from matplotlib.figure import Figure
from tqdm import trange

from adgen import value_and_grad


def make_spiral(rng, points=100, arms=3):
    """Points in the plane, and for each the arm that it lies on."""
    radius = np.tile(np.linspace(0.0, 1.0, points), arms)
    labels = np.repeat(np.arange(arms), points)
    angle = 4.0 * labels + 4.0 * radius + 0.2 * rng.normal(size=points * arms)
    X = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return X, labels


def class_scores(X, W1, b1, W2, b2):
    return np.maximum(0, X @ W1 + b1) @ W2 + b2


def loss(X, labels, W1, b1, W2, b2, reg):
    """Cross-entropy of the network's scores, plus an L2 penalty on its weights."""
    h = np.maximum(0, X @ W1 + b1)
    scores = h @ W2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    data_loss = -np.mean(logp[np.arange(X.shape[0]), labels])
    return data_loss + reg * (np.sum(W1**2) + np.sum(W2**2))


def clip(grads, limit):
    """Scales all gradients together, so that their common norm is at most `limit`."""
    norm = math.sqrt(sum(np.sum(g**2) for g in grads))
    scale = limit / max(norm, limit)
    return [scale * g for g in grads]


def train(X, labels, rng, epochs, hidden=64, rate=1.0, reg=5e-4, limit=1.0):
    """The trained parameters, and the loss before every step."""
    arms = labels.max() + 1
    params = [
        0.1 * rng.normal(size=(2, hidden)),
        np.zeros(hidden),
        0.1 * rng.normal(size=(hidden, arms)),
        np.zeros(arms),
    ]
    loss_and_grads = value_and_grad(loss, wrt=("W1", "b1", "W2", "b2"))
    losses = []
    progress = trange(epochs, desc="training")
    for _ in progress:
        value, grads = loss_and_grads(X, labels, *params, reg)
        params = [p - rate * g for p, g in zip(params, clip(grads, limit), strict=True)]
        losses.append(float(value))
        progress.set_postfix(loss=f"{value:.3f}", refresh=False)
    return params, losses


def draw(losses, path):
    # a Figure of its own, so that no window system is asked for
    figure = Figure(figsize=(6, 4))
    axes = figure.add_subplot(xlabel="epoch", ylabel="loss", title="two-layer network on a spiral")
    axes.plot(losses)
    figure.savefig(path, dpi=120)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="spiral_loss.png", help="where the loss curve goes")
    args = parser.parse_args(argv)

    rng = np.random.default_rng(args.seed)
    X, labels = make_spiral(rng)
    params, losses = train(X, labels, rng, args.epochs)
    accuracy = np.mean(np.argmax(class_scores(X, *params), axis=1) == labels)
    draw(losses, args.out)
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, accuracy {accuracy:.1%}, curve in {args.out}")
    return losses, accuracy


_rng = np.random.default_rng(0)
_X, _labels = make_spiral(_rng, points=4)
_W1, _b1, _W2, _b2 = (_rng.normal(size=shape) for shape in ((2, 5), 5, (5, 3), 3))
EXAMPLES = {
    "class_scores": (_X, _W1, _b1, _W2, _b2),
    "loss": (_X, _labels, _W1, _b1, _W2, _b2, 5e-4),
    "clip": ([np.array([30.0, 1.0]), np.array([-2.0, 40.0])], 5.0),
}
WRT = {"loss": ("W1", "b1", "W2", "b2")}


if __name__ == "__main__":
    main()
