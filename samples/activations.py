"""Activation functions as one writes them by hand."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def tanh(x):
    p = np.exp(x)
    q = np.exp(-x)
    return (p - q) / (p + q)


def relu(x):
    return np.maximum(0, x)


def leaky_relu(x):
    return np.where(x > 0, x, 0.01 * x)


def softmax(x):
    # the largest score is taken off first, so that no exponential overflows
    p = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return p / np.sum(p, axis=-1, keepdims=True)


# scores of four examples, for three classes
EXAMPLE = (np.random.default_rng(7).normal(size=(4, 3)),)


if __name__ == "__main__":
    from adgen import vjp

    x = np.array([-2.0, -0.5, 0.5, 3.0])
    for activation in sigmoid, tanh, relu, leaky_relu, softmax:
        out, pullback = vjp(activation, x)
        dout = np.array([1.0, 0.0, 1.0, 0.0])
        print(f"{activation.__name__:10} dx = {pullback(dout)}")
