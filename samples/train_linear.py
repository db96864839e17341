"""Learns y = 2 x from three samples, one step of gradient descent per sample."""

from adgen import grad

XS = [1.0, 2.0, 3.0]
YS = [2.0, 4.0, 6.0]
EXAMPLE = (1.0, 2.0, 4.0)
WRT = ("w",)


def loss(w, x, y):
    return (x * w - y) ** 2


def train(w=1.0, rate=0.01, epochs=100):
    """The slope after `epochs` passes over the samples."""
    slope = grad(loss, wrt="w")
    for _ in range(epochs):
        for x, y in zip(XS, YS, strict=True):
            w -= rate * slope(w, x, y)
    return w


if __name__ == "__main__":
    print(f"before training: x = 4 gives {4.0 * 1.0:.3f}")
    print(f"after training:  x = 4 gives {4.0 * train():.3f}")
