"""Sums, products, quotients, signs and remainders; number types as functions."""

import math
import operator

import numpy as np

from adgen.rules.registry import elementwise, free
from adgen.rules.shapes import as_num, dtype_of
from adgen.types import Num


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
def divide_literal(c, a, b):
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


@elementwise(np.reciprocal)
def reciprocal(y, x):
    dx = -(y**2) * dy


@elementwise(operator.mod, np.remainder)
def remainder(c, a, b):
    """The slope away from the jumps; `b` counts how often it was taken off."""
    da = dc
    db = -(a // b) * dc


@elementwise(np.fmod, math.fmod)
def fmod(c, a, b):
    """The slope away from the jumps."""
    da = dc
    db = -np.trunc(a / b) * dc


@elementwise(math.remainder)
def math_remainder(c, a, b):
    """The slope away from the jumps; a - c is a whole number of times b."""
    da = dc
    db = -round((a - c) / b) * dc


@elementwise(abs, np.absolute, np.fabs, math.fabs, when=lambda x: x.is_scalar)
def absolute_scalar(y, x):
    """At x = 0 the gradient is 0."""
    dx = dy if x > 0 else -dy if x < 0 else 0.0


@elementwise(abs, np.absolute, np.fabs, math.fabs)
def absolute(y, x):
    """At x = 0 the gradient is 0."""
    dx = np.sign(x) * dy


@elementwise(np.copysign, math.copysign)
def copysign(c, a, b):
    """At a = 0 the gradient is 0; the sign of b is constant."""
    da = (np.sign(a) * np.copysign(1.0, b)) * dc
    db = 0.0 * dc


@elementwise(np.deg2rad, np.radians, math.radians)
def radians(y, x):
    dx = (np.pi / 180) * dy


@elementwise(np.rad2deg, np.degrees, math.degrees)
def degrees(y, x):
    dx = (180 / np.pi) * dy


@elementwise(np.ldexp, math.ldexp)
def ldexp(y, x, i: free):
    dx = np.ldexp(dy, i)


# -- complex numbers that happen to be real ---------------------------------------


def real_dtype(op, facts, /, x):
    """The dtype of a complex number's parts."""
    x = as_num(x)
    dtype = {"c8": "f4", "c16": "f8"}.get(x.dtype, x.dtype)
    return Num(dtype, x.dims, x.form)


@elementwise(np.conjugate, "method conj")
def conjugate(y, x):
    dx = np.conjugate(dy)


@elementwise(np.real, "attribute real", shape=real_dtype, moves=True)
def real(y, x):
    dx = dy


@elementwise(np.imag, "attribute imag", shape=real_dtype)
def imag(y, x):
    """Of a real number, 0 whatever the number is."""
    dx = 0.0 * dy


# -- number types -------------------------------------------------------------------


def as_float(op, facts, /, x):
    x = as_num(x)
    if x.dims:
        raise TypeError("it takes a single number")
    return Num("f8", (), "py")


@elementwise(float, shape=as_float)
def python_float(y, x):
    dx = dy


def as_dtype(op, facts, /, x):
    x = as_num(x)
    form = "any" if x.dims is None else "array" if x.dims else "np"
    return Num(dtype_of(op.function, ""), x.dims, form)


@elementwise(np.float64, np.float32, np.float16, shape=as_dtype)
def numpy_float(y, x):
    dx = dy
