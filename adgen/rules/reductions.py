"""Operations that take axes away, and running sums along one."""

import ast
import builtins
import math

import numpy as np

from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.settle import (
    axis_argument,
    call,
    conjugated,
    constant_expr,
    count,
    settles,
    unreduce,
)
from adgen.rules.shapes import (
    as_num,
    averaged,
    axes_of,
    dtype_of,
    floating,
    is_absent,
    promote,
    real_dtype,
    reduced,
    volume,
    with_dtype,
)
from adgen.runtime import cumprod_back, product_of_others
from adgen.types import Num


@settles
def sum_along(context, x, axis):
    """The sums along an axis, in a shape that lines up with x."""
    return _along("sum", context, x, axis)


@settles
def mean_along(context, x, axis):
    """The means along an axis, in a shape that lines up with x."""
    return _along("mean", context, x, axis)


def _along(function, context, x, axis):
    if axis is None:
        return call(function, x)
    dims = context.dims(x)
    leading = dims is not None and axes_of(axis, len(dims)) == tuple(range(_many(axis)))
    if leading and len(dims) == _many(axis):
        return call(function, x)
    if leading:
        return call(function, x, axis=constant_expr(axis))
    return call(function, x, axis=constant_expr(axis), keepdims=ast.Constant(True))


def _many(axis):
    return len(axis) if isinstance(axis, tuple | list) else 1


# -- sums and averages --------------------------------------------------------------


def summed(op, facts, /, x, axis=None, dtype=None, keepdims=False):
    """Sums and products: small integers become large ones."""
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, _wide(num.dtype)))


def _wide(dtype):
    if dtype[:1] in ("b", "i"):
        return "i8"
    return "u8" if dtype[:1] == "u" else dtype


@linear(np.sum, shape=summed)
def sum(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


def spread_shape(op, facts, /, **operands):
    """Variances are real."""
    num = mean_shape(op, facts, **operands)
    return with_dtype(num, real_dtype(num.dtype))


def mean_shape(op, facts, /, x, axis=None, dtype=None, keepdims=False, ddof=0):
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, num.dtype))


@linear(np.mean, shape=mean_shape)
def mean(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@adjoint(np.var, shape=spread_shape, real=True)
def var(y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False):
    centered = conjugated(x - mean_along(x, axis))
    dx = (2 / (count(x, axis) - ddof)) * centered * unreduce(dy, x, axis, keepdims)


@adjoint(np.std, shape=spread_shape, real=True)
def std(y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False):
    """Where all elements are equal there is no slope: 0 / 0."""
    n = count(x, axis) - ddof
    dx = conjugated(x - mean_along(x, axis)) * (
        unreduce(dy, x, axis, keepdims) / (n * unreduce(y, x, axis, keepdims))
    )


@linear(np.nansum, shape=summed)
def nansum(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, unreduce(dy, x, axis, keepdims))


@linear(np.nanmean, shape=mean_shape)
def nanmean(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """What is not a number gets 0."""
    share = unreduce(dy, x, axis, keepdims) / sum_along(~np.isnan(x), axis)
    dx = np.where(np.isnan(x), 0.0, share)


def weighted(op, facts, /, x, axis=None, weights=None, keepdims=False):
    """`np.average`: weights for all elements, or for those along one axis."""
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    if is_absent(weights):
        return num
    x, weights = as_num(x), as_num(weights)
    if x.dims is None or weights.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if len(weights.dims) != len(x.dims) and (len(weights.dims) != 1 or not isinstance(axis, int)):
        raise TypeError("weights are one for each element, or for each along one axis")
    dtype = floating(promote(x, Num(weights.dtype, (), "np")))
    return with_dtype(num, dtype)


@settles
def lined_up_along(context, weights, x, axis):
    """A vector as a row or column that lines up with this axis of x."""
    rest = len(context.dims(x)) - 1 - axis % len(context.dims(x))
    if not rest:
        return weights
    index = [ast.Slice(), *[ast.Constant(None)] * rest]
    return ast.Subscript(weights, ast.Tuple(index, ast.Load()), ast.Load())


@settles
def sum_across(context, dx, x, axis):
    """The sum over all axes of x but this one."""
    rank = len(context.dims(x))
    rest = tuple(a for a in range(rank) if a != axis % rank)
    return call("sum", dx, axis=axis_argument(rest)) if rest else dx


@linear(np.average, shape=weighted, when=lambda weights: weights.absent)
def average(y, x, axis: const = None, *, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@adjoint(np.average, when=lambda x, weights: x.ndim == weights.ndim)
def average_with_weights(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / sum_along(weights, axis)
    dx = weights * share
    dweights = (x - unreduce(y, x, axis, keepdims)) * share


@adjoint(np.average)
def average_along(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / np.sum(weights)
    dx = lined_up_along(weights, x, axis) * share
    dweights = sum_across((x - unreduce(y, x, axis, keepdims)) * share, x, axis)


def first_axis(op, facts, /, x):
    """Python's `sum` goes over the first axis."""
    x = as_num(x)
    if x.dims == ():
        raise TypeError("a number is not a sequence")
    dims = None if x.dims is None else x.dims[1:]
    return Num(x.dtype, dims, "any" if dims is None else "array" if dims else "np")


@linear(builtins.sum, shape=first_axis)
def python_sum(y, x, start=0):
    dx = unreduce(dy, x, 0, False)
    dstart = dy


def all_of_vector(op, facts, /, x):
    """`math` goes over a vector's numbers, and gives a Python float."""
    x = as_num(x)
    if x.dims is not None and len(x.dims) != 1:
        raise TypeError("it takes a sequence of numbers")
    in_python = op.name == "math.fsum"
    return Num("f8" if in_python else x.dtype, (), "py" if in_python else "np")


@linear(math.fsum, shape=all_of_vector)
def fsum(y, x):
    dx = dy


# -- products -------------------------------------------------------------------------


@adjoint(np.prod, shape=summed)
def prod(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """Right where elements are 0, too."""
    dx = product_of_others(x, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(math.prod, shape=all_of_vector)
def math_prod(y, x):
    """Right where elements are 0, too."""
    dx = product_of_others(x, None) * dy


def unchanged_floats(op, facts, /, x, axis=None):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@adjoint(product_of_others, shape=unchanged_floats)
def others(y, x, axis: const = None):
    """The second derivative of a product: by the quotient, so not where an element is 0."""
    dx = (sum_along(y * dy, axis) - y * dy) / x


# -- extremes -------------------------------------------------------------------------


@adjoint(np.max, np.amax, np.nanmax, shape=reduced)
def max(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(np.min, np.amin, np.nanmin, shape=reduced)
def min(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


# -- running sums and differences -------------------------------------------------------


def running(op, facts, /, x, axis=None):
    """`np.cumsum`: along an axis, or over all elements in order."""
    x = as_num(x)
    if axis is None and x.dims is not None and len(x.dims) != 1:
        return Num(_wide(x.dtype), (volume(x.dims),))
    return Num(_wide(x.dtype), x.dims, "any" if x.dims is None else "array")


@linear(np.cumsum, shape=running, when=lambda x, axis: x.ndim == 1)
def cumsum_of_vector(y, x, axis: const = None):
    dx = np.cumsum(dy[::-1])[::-1]


@linear(np.cumsum, when=lambda axis: axis is None)
def cumsum_of_all(y, x, axis: const = None):
    dx = np.cumsum(dy[::-1])[::-1].reshape(x.shape)


@linear(np.cumsum)
def cumsum(y, x, axis: const = None):
    dx = np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


@adjoint(np.cumprod, shape=running)
def cumprod(y, x, axis: const = None):
    """Right where elements are 0, too."""
    dx = cumprod_back(dy, x, axis)


def differences(op, facts, /, x, n=1, axis=-1, prepend=None, append=None):
    """`np.diff`: one element less along an axis, one more for each end that is added."""
    x = as_num(x)
    if n != 1:
        raise TypeError("only differences of first order are supported")
    if x.dims == ():
        raise TypeError("a number has no axis")
    ends = [as_num(end) for end in (prepend, append) if end is not None]
    if any(end.dims != () for end in ends):
        raise TypeError("only numbers can be added at the ends")
    dtype = promote(x, *(Num(end.dtype, (), "np") for end in ends))
    if x.dims is None:
        return Num(dtype, None, "any")
    dims = list(x.dims)
    dims[axis] = (dims[axis] + (len(ends) - 1)).at_least_zero()
    return Num(dtype, tuple(dims))


@linear(np.diff, shape=differences, when=lambda prepend, append: prepend.absent and append.absent)
def diff(y, x, n: const = 1, axis: const = -1):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    dx = -np.diff(dy, axis=axis, prepend=0.0, append=0.0)


@linear(np.diff, when=lambda append: append.absent)
def diff_after(y, x, n: const = 1, axis: const = -1, prepend: free = None):
    dx = -np.diff(dy, axis=axis, append=0.0)


@linear(np.diff, when=lambda prepend: prepend.absent)
def diff_before(y, x, n: const = 1, axis: const = -1, append: free = None):
    dx = -np.diff(dy, axis=axis, prepend=0.0)


@linear(np.diff)
def diff_between(y, x, n: const = 1, axis: const = -1, prepend: free = None, append: free = None):
    dx = -np.diff(dy, axis=axis)
