"""Sums, products, quotients, signs and remainders; number types as functions."""

import builtins
import cmath
import math
import operator

import numpy as np

from adgen.rules.registry import adjoint, const, elementwise, free, linear
from adgen.rules.settle.complexes import conjugated
from adgen.rules.shapes import (
    as_num,
    broadcast,
    dtype_of,
    floating,
    promote,
    real_dtype,
)
from adgen.types import (
    COMPLEX,
    FLOAT,
    Num,
    Seq,
    Text,
)


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


def twice(op, facts, /, **operands):
    """Two results of one shape: quotient and rest, fraction and whole part."""
    nums = [as_num(v) for v in operands.values()]
    dims = broadcast(facts, *(n.dims for n in nums))
    dtype = promote(*nums)
    in_python = not isinstance(op.function, np.ufunc) and all(n.is_python for n in nums)
    form = "py" if in_python else "any" if dims is None else "array" if dims else "np"
    dtype = floating(dtype) if len(nums) == 1 else dtype
    return Seq("tuple", (Num(dtype, dims, form),) * 2)


@elementwise(np.divmod, builtins.divmod, shape=twice)
def divide_with_rest(quotient, rest, /, a, b):
    """The slope away from the jumps; the quotient has slope 0."""
    da = drest
    db = -quotient * drest


@elementwise(np.modf, math.modf, shape=twice)
def modf(fraction, whole, /, x):
    """The slope away from the jumps; the whole part has slope 0."""
    dx = dfraction


def mantissa_and_exponent(op, facts, /, x):
    mantissa, _ = twice(op, facts, x=x).items
    in_python = mantissa.is_python
    return Seq("tuple", (mantissa, Num("i8" if in_python else "i4", mantissa.dims, mantissa.form)))


@elementwise(np.frexp, math.frexp, shape=mantissa_and_exponent)
def frexp(mantissa, exponent, /, x):
    """The slope away from the jumps: x is the mantissa times 2**exponent."""
    dx = np.ldexp(dmantissa, -exponent)


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


@elementwise(abs, np.absolute, when=lambda x: x.is_complex and x.is_scalar, real=True)
def absolute_complex_scalar(y, x):
    """At x = 0 the gradient is 0."""
    dx = conjugated(x) * (dy / y) if y else 0j


@elementwise(abs, np.absolute, when=lambda x: x.is_complex, real=True)
def absolute_complex(y, x):
    """At x = 0 the gradient is 0."""
    dx = conjugated(x) * (dy / np.where(y == 0, 1, y))


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


# -- complex numbers ----------------------------------------------------------------


def part_of(op, facts, /, x, **options):
    """A real number of the operand's precision."""
    x = as_num(x)
    return Num(real_dtype(x.dtype), x.dims, x.form)


@elementwise(np.conjugate)
def conjugate(y, x):
    dx = conjugated(dy)


@elementwise("method conj", "method conjugate", aliases="real", put="copy")
def conjugate_method(y, x):
    """Of a real array, the array itself."""
    dx = conjugated(dy)


@elementwise(np.real, "attribute real", shape=part_of, moves=True, real=True, put="put real")
def real(y, x):
    dx = dy


@elementwise(
    np.imag, "attribute imag", shape=part_of, when=lambda x: x.is_complex, real=True, cheap=True
)
def imag(y, x):
    dx = -1j * dy


@elementwise(np.imag, "attribute imag", aliases="view", cheap=True, put="put imag")
def imag_of_real(y, x):
    """Of a real number, 0 whatever the number is."""
    dx = 0.0 * dy


def unchanged_by_part(op, facts, /, x, v):
    return as_num(x)


@linear("put real", shape=unchanged_by_part)
def put_real(y, x, v):
    """`x.real = v`: the imaginary part stays."""
    dv = dy
    dx = 1j * dy.imag


@linear("put imag", shape=unchanged_by_part)
def put_imag(y, x, v):
    """`x.imag = v`: the real part stays."""
    dv = 1j * dy
    dx = dy.real


def angles(op, facts, /, x, deg=False):
    x = as_num(x)
    return Num(real_dtype(floating(x.dtype)), x.dims, "np" if x.dims == () else x.form)


@elementwise(np.angle, shape=angles, when=lambda x: not x.is_complex)
def angle_of_real(y, x, deg: const = False):
    """Of a real number, 0 or pi."""
    dx = 0.0 * dy


@elementwise(np.angle, when=lambda deg: not deg, real=True)
def angle(y, x, deg: const = False):
    """The angle is the imaginary part of log(x); at x = 0 there is none."""
    dx = -1j * dy / x


@elementwise(np.angle, real=True)
def angle_in_degrees(y, x, deg: const = False):
    """The angle is the imaginary part of log(x); at x = 0 there is none."""
    dx = (-180j / np.pi) * dy / x


def angle_of_number(op, facts, /, x):
    return FLOAT


@elementwise(cmath.phase, shape=angle_of_number, real=True)
def phase(y, x):
    """The angle is the imaginary part of log(x); at x = 0 there is none."""
    dx = -1j * dy / x


def size_and_angle(op, facts, /, x):
    return Seq("tuple", (FLOAT, FLOAT))


@adjoint(cmath.polar, shape=size_and_angle)
def polar(r, phi, /, x):
    """log(x) is log(r) + 1j * phi; at x = 0 there is no slope."""
    dx = (r * dr - 1j * dphi) / x


def number_of_parts(op, facts, /, r, phi):
    return COMPLEX


@elementwise(cmath.rect, shape=number_of_parts)
def rect(z, r, phi):
    dr = cmath.exp(1j * phi) * dz
    dphi = 1j * z * dz


# -- number types -------------------------------------------------------------------


def as_float(op, facts, /, x):
    if isinstance(x, Text) and any(part.varied for part in x.parts):
        raise TypeError("a number that was made a text before has no derivative")
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


@elementwise(
    np.float64,
    np.float32,
    np.float16,
    np.complex128,
    np.complex64,
    shape=as_dtype,
    aliases="dtype",
)
def numpy_float(y, x):
    dx = dy


def as_complex(op, facts, /, a, b=None):
    if as_num(a).dims or (b is not None and as_num(b).dims):
        raise TypeError("it takes single numbers")
    return COMPLEX


@elementwise(complex, shape=as_complex, when=lambda b: b.absent)
def python_complex(z, a):
    da = dz


@elementwise(complex)
def complex_of_parts(z, a, b=None):
    da = dz
    db = 1j * dz
