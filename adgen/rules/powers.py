"""`a ** b`, whichever of the two is differentiated."""

import ast
import builtins
import math
import operator
from decimal import Decimal

import numpy as np

from adgen.algebra import number
from adgen.ir import name
from adgen.rules.registry import elementwise, free
from adgen.rules.settle import settles
from adgen.rules.settle.complexes import complex_literal
from adgen.rules.settle.spelling import call, constant_expr
from adgen.rules.shapes import as_num
from adgen.rules.shapes import elementwise as broadcasting
from adgen.types import FLOAT, Dim, Num


@settles
def lowered(context, b):
    """The exponent of the slope, `b - 1`.

    For b = 0 the slope is 0 everywhere, also at a = 0: the exponent is 1 then,
    so that 0 is not multiplied by infinity.
    """
    value = number(b)
    if value is not None:
        less = _less_one(value) if value else 1
        return constant_expr(int(less) if less == int(less) else less)
    written = complex_literal(b)
    if written is not None:
        return constant_expr(written - 1)
    one = ast.Constant(1)
    less = ast.BinOp(b, ast.Sub(), one)
    if _is_scalar(context, b):
        return ast.IfExp(b, less, one)
    return call("where", ast.Compare(b, [ast.Eq()], [ast.Constant(0)]), one, less)


def _less_one(value):
    """The number less 1, as it is written: 0.4 for 1.4."""
    return value - 1 if isinstance(value, int) else float(Decimal(repr(value)) - 1)


@settles
def log_of_base(context, a):
    """log(a); 0 for a base that is not positive, where a power has no slope in its exponent."""
    value = number(a)
    zero = ast.Constant(0)
    positive = ast.Compare(a, [ast.Gt()], [zero])
    if value is not None:
        return _log(a) if value > 0 else ast.Constant(0.0)
    if _is_scalar(context, a):
        return ast.IfExp(positive, _log(a), ast.Constant(0.0))
    return call("log", call("where", positive, a, ast.Constant(1)))


@settles
def log_of_complex_base(context, a):
    """log(a) where the power is complex, which it may also be of a negative number; 0 at a = 0."""
    value = number(a)
    if value is not None and value > 0:
        return _log(a)
    type_ = context.type_of(a)
    wide = isinstance(type_, Num) and type_.kind == "c"
    if _is_scalar(context, a):
        return ast.IfExp(a, call("log", _complex(a, wide)), ast.Constant(0.0))
    zero = ast.Compare(a, [ast.Eq()], [ast.Constant(0)])
    return call("log", _complex(call("where", zero, ast.Constant(1), a), wide))


def _complex(a, wide):
    return a if wide else ast.BinOp(a, ast.Add(), ast.Constant(0j))


def _log(a):
    # of a number: NumPy's own log would turn a float32 result into float64
    return ast.Call(ast.Attribute(name("@math"), "log", ast.Load()), [a], [])


def _is_scalar(context, node):
    type_ = context.type_of(node)
    return isinstance(type_, Num) and type_.is_scalar


def powered(op, facts, /, a, b):
    """As any ufunc, but a negative power of a Python integer is a float."""
    num = broadcasting(op, facts, a=a, b=b)
    negative = isinstance(b, Num) and b.value is not None and (b.value.known or 0) < 0
    return FLOAT if num.is_python and num.kind == "i" and negative else num


@elementwise(
    operator.pow,
    builtins.pow,
    np.power,
    np.float_power,
    shape=powered,
    when=lambda a, b: "c" in (a.kind, b.kind),
)
def power_complex(c, a, b):
    """Where b = 0 the gradient of a is 0; where a = 0 that of b is."""
    da = (b * a ** lowered(b)) * dc
    db = (log_of_complex_base(a) * c) * dc


def is_one(b):
    """Whether an exponent is the integer 1, written out."""
    return b.literal and as_num(b.type).value == Dim(1)


@elementwise(operator.pow, builtins.pow, np.power, when=is_one)
def first_power(c, a, b: free):
    da = dc


@elementwise(operator.pow, builtins.pow, np.power, np.float_power, math.pow)
def power(c, a, b):
    """Where b = 0 the gradient of a is 0; where a <= 0 that of b is."""
    da = (b * a ** lowered(b)) * dc
    db = (log_of_base(a) * c) * dc
