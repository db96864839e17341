"""Functions of calculus: roots, exponentials, trigonometry and their kin."""

import cmath
import math

import numpy as np

from adgen.rules.registry import (
    adjoint,
    const,
    elementwise,
    free,
    several,
    unsupported,
)
from adgen.rules.settle.axes import element, or_one
from adgen.rules.shapes import (
    as_num,
    floating,
    only_real_in_math,
    with_dtype,
)
from adgen.runtime import (
    bessel_i1,
    digamma,
    polygamma,
)
from adgen.types import FLOAT, Num, Seq


@elementwise("square", np.square)
def square(y, x):
    dx = (2 * x) * dy


@elementwise(np.sqrt, math.sqrt, cmath.sqrt)
def sqrt(y, x):
    """At x = 0 the gradient is infinite, as the slope is; Python floats divide by zero."""
    dx = 0.5 * dy / y


@elementwise(np.cbrt, math.cbrt)
def cbrt(y, x):
    """At x = 0 the gradient is infinite, as the slope is."""
    dx = dy / (3 * y**2)


@elementwise(np.hypot)
def hypot(c, a, b):
    """At a = b = 0 the gradient is 0."""
    ratio = dc / or_one(c)
    da = a * ratio
    db = b * ratio


def one_float(op, facts, /, **operands):
    only_real_in_math(op.function, [as_num(v) for v in items_of(operands)])
    return FLOAT


def items_of(operands):
    """The operands, and what stands in those that are lists or tuples."""
    for value in operands.values():
        yield from value.items if isinstance(value, Seq) else (value,)


@adjoint(math.hypot, shape=one_float, gathers="xs")
def hypot_of_several(c, xs: several):
    """At the origin the gradient is 0."""
    dxs = element(xs, position) * dc / or_one(c)


@adjoint(math.dist, shape=one_float, when=lambda p, q: p.is_display and not q.is_display)
def distance_to_array(d, p: several, q):
    """Where both points are one the gradient is 0."""
    ratio = dd / or_one(d)
    dp = (element(p, position) - q[position]) * ratio
    dq = np.subtract(q, p) * ratio


@adjoint(math.dist, shape=one_float, when=lambda p, q: q.is_display and not p.is_display)
def distance_from_array(d, p, q: several):
    """Where both points are one the gradient is 0."""
    ratio = dd / or_one(d)
    dp = np.subtract(p, q) * ratio
    dq = (element(q, position) - p[position]) * ratio


@adjoint(math.dist, shape=one_float, when=lambda p: p.is_display)
def distance_of_several(d, p: several, q: several):
    """Where both points are one the gradient is 0."""
    ratio = dd / or_one(d)
    dp = (element(p, position) - element(q, position)) * ratio
    dq = (element(q, position) - element(p, position)) * ratio


@adjoint(math.dist)
def distance(d, p, q):
    """Where both points are one the gradient is 0."""
    ratio = dd / or_one(d)
    dp = np.subtract(p, q) * ratio
    dq = np.subtract(q, p) * ratio


# -- exponentials and logarithms ----------------------------------------------------


@elementwise(np.exp, math.exp, cmath.exp)
def exp(y, x):
    dx = y * dy


@elementwise(np.exp2, math.exp2)
def exp2(y, x):
    dx = (math.log(2) * y) * dy


@elementwise(np.expm1, math.expm1)
def expm1(y, x):
    dx = (y + 1) * dy


@elementwise(math.log, cmath.log, when=lambda base: base.absent)
def natural_log(y, x):
    dx = dy / x


@elementwise(math.log, cmath.log)
def log_to_a_base(y, x, base=None):
    dx = dy / (x * np.log(base))
    dbase = -y * dy / (base * np.log(base))


@elementwise(np.log)
def log(y, x):
    dx = dy / x


@elementwise(np.log2, math.log2)
def log2(y, x):
    dx = dy / (math.log(2) * x)


@elementwise(np.log10, math.log10, cmath.log10)
def log10(y, x):
    dx = dy / (math.log(10) * x)


@elementwise(np.log1p, math.log1p)
def log1p(y, x):
    dx = dy / (1 + x)


@elementwise(np.logaddexp)
def logaddexp(c, a, b):
    da = np.exp(a - c) * dc
    db = np.exp(b - c) * dc


@elementwise(np.logaddexp2)
def logaddexp2(c, a, b):
    da = np.exp2(a - c) * dc
    db = np.exp2(b - c) * dc


# -- inverse functions in the complex plane: the result tells which branch it is --------------


@elementwise(np.arcsin, when=lambda x: x.is_complex)
def arcsin_complex(y, x):
    dx = dy / np.cos(y)


@elementwise(np.arccos, when=lambda x: x.is_complex)
def arccos_complex(y, x):
    dx = -dy / np.sin(y)


@elementwise(np.arcsinh, when=lambda x: x.is_complex)
def arcsinh_complex(y, x):
    dx = dy / np.cosh(y)


@elementwise(np.arccosh, when=lambda x: x.is_complex)
def arccosh_complex(y, x):
    dx = dy / np.sinh(y)


@elementwise(cmath.asin)
def asin(y, x):
    dx = dy / np.cos(y)


@elementwise(cmath.acos)
def acos(y, x):
    dx = -dy / np.sin(y)


@elementwise(cmath.asinh)
def asinh(y, x):
    dx = dy / np.cosh(y)


@elementwise(cmath.acosh)
def acosh(y, x):
    dx = dy / np.sinh(y)


# -- trigonometry -------------------------------------------------------------------


@elementwise(np.sin, math.sin, cmath.sin)
def sin(y, x):
    dx = np.cos(x) * dy


@elementwise(np.cos, math.cos, cmath.cos)
def cos(y, x):
    dx = -np.sin(x) * dy


@elementwise(np.tan, math.tan, cmath.tan)
def tan(y, x):
    dx = (1 + y**2) * dy


@elementwise(np.arcsin, math.asin)
def arcsin(y, x):
    """At x = -1 and 1 the gradient is infinite, as the slope is."""
    dx = dy / np.sqrt(1 - x**2)


@elementwise(np.arccos, math.acos)
def arccos(y, x):
    """At x = -1 and 1 the gradient is infinite, as the slope is."""
    dx = -dy / np.sqrt(1 - x**2)


@elementwise(np.arctan, math.atan, cmath.atan)
def arctan(y, x):
    dx = dy / (1 + x**2)


@elementwise(np.arctan2, math.atan2)
def arctan2(theta, y, x):
    r2 = x**2 + y**2
    dy = x * dtheta / r2
    dx = -y * dtheta / r2


@elementwise(np.sinc)
def sinc(y, x):
    """At x = 0 the gradient is 0, the slope's limit."""
    slope = np.where(x == 0, 0.0, (np.cos(np.pi * x) - y) / np.where(x == 0, 1.0, x))
    dx = slope * dy


# -- hyperbolic functions -------------------------------------------------------------


@elementwise(np.sinh, math.sinh, cmath.sinh)
def sinh(y, x):
    dx = np.cosh(x) * dy


@elementwise(np.cosh, math.cosh, cmath.cosh)
def cosh(y, x):
    dx = np.sinh(x) * dy


@elementwise(np.tanh, math.tanh, cmath.tanh)
def tanh(y, x):
    dx = (1 - y**2) * dy


@elementwise(np.arcsinh, math.asinh)
def arcsinh(y, x):
    dx = dy / np.sqrt(x**2 + 1)


@elementwise(np.arccosh, math.acosh)
def arccosh(y, x):
    """At x = 1 the gradient is infinite, as the slope is."""
    dx = dy / np.sqrt(x**2 - 1)


@elementwise(np.arctanh, math.atanh, cmath.atanh)
def arctanh(y, x):
    dx = dy / (1 - x**2)


# -- special functions ----------------------------------------------------------------


@elementwise(math.erf)
def erf(y, x):
    dx = (2 / math.sqrt(math.pi) * math.exp(-(x**2))) * dy


@elementwise(math.erfc)
def erfc(y, x):
    dx = (-2 / math.sqrt(math.pi) * math.exp(-(x**2))) * dy


@elementwise(math.gamma)
def gamma(y, x):
    dx = (y * digamma(x)) * dy


@elementwise(math.lgamma)
def lgamma(y, x):
    dx = digamma(x) * dy


def python_number(op, facts, /, x):
    return FLOAT


@elementwise(digamma, shape=python_number)
def derivative_of_lgamma(y, x):
    dx = polygamma(1, x) * dy


@elementwise(polygamma, shape=lambda op, facts, /, n, x: FLOAT)
def derivative_of_digamma(y, n: const, x):
    dx = polygamma(n + 1, x) * dy


def array_of_floats(op, facts, /, x):
    """An array, also of a number."""
    x = as_num(x)
    return Num(floating(x.dtype), x.dims, "any" if x.dims is None else "array")


@elementwise(np.i0, shape=array_of_floats)
def i0(y, x):
    """The slope of the Bessel function I0 is I1."""
    dx = bessel_i1(x) * dy


def floats(op, facts, /, x):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@unsupported(bessel_i1, why="the second derivative of np.i0 is not in the catalogue", shape=floats)
def second_derivative_of_i0(y, x): ...


@elementwise(np.nextafter, math.nextafter)
def nextafter(y, x, towards: free):
    """As far as floating-point numbers go, the number itself."""
    dx = dy
