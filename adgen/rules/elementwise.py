"""Operations that work on each element by itself; they broadcast."""

import math
import operator

import numpy as np

from adgen.rules.registry import elementwise


@elementwise(operator.add, np.add)
def add(c, a, b):
    da = dc
    db = dc


@elementwise(operator.sub, np.subtract)
def subtract(c, a, b):
    da = dc
    db = -dc


@elementwise(operator.mul, np.multiply)
def multiply(c, a, b):
    da = b * dc
    db = a * dc


@elementwise(operator.truediv, np.true_divide, when=lambda a: a.literal)
def reciprocal(c, a, b):
    da = dc / b
    db = (-a / b**2) * dc


@elementwise(operator.truediv, np.true_divide)
def divide(c, a, b):
    da = dc / b
    db = -dc * c / b


@elementwise(operator.neg, np.negative)
def negative(y, x):
    dx = -dy


@elementwise(operator.pos, np.positive)
def positive(y, x):
    dx = dy


@elementwise("square", np.square)
def square(y, x):
    dx = (2 * x) * dy


@elementwise("sigmoid")
def sigmoid(y, x):
    dx = ((1 - y) * y) * dy


@elementwise(np.exp, math.exp)
def exp(y, x):
    dx = y * dy


@elementwise(np.log, math.log)
def log(y, x):
    dx = dy / x


@elementwise(np.sqrt, math.sqrt)
def sqrt(y, x):
    """At x = 0 the gradient is infinite, as the slope is."""
    dx = 0.5 * dy / y


@elementwise(np.sin, math.sin)
def sin(y, x):
    dx = np.cos(x) * dy


@elementwise(np.tanh, math.tanh)
def tanh(y, x):
    dx = (1 - y**2) * dy


@elementwise(np.maximum)
def maximum(c, a, b):
    da = dc * (a >= b)
    db = dc * (b > a)


@elementwise(max)
def python_max(c, a, b):
    da = dc if a >= b else 0.0
    db = dc if b > a else 0.0
