"""Operations that take axes away, and running sums along one."""

import ast
import builtins
import math

import numpy as np

from adgen.algebra import number
from adgen.rules.registry import adjoint, const, free, in_numpy, linear, several, unsupported
from adgen.rules.settle import (
    axis_argument,
    call,
    conjugated,
    constant_expr,
    count,
    fitted,
    indexed,
    own_shape,
    settles,
    unreduce,
)
from adgen.rules.shapes import (
    as_num,
    averaged,
    axes_of,
    broadcast,
    dtype_of,
    floating,
    is_absent,
    promote,
    real_dtype,
    reduced,
    volume,
    with_dtype,
)
from adgen.runtime import (
    back_to_extreme,
    back_to_segments,
    cumprod_back,
    product_of_others,
    undiff,
    unediff,
)
from adgen.types import Num, Seq


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


def summed(op, facts, /, x, axis=None, dtype=None, keepdims=False, **options):
    """Sums and products: small integers become large ones."""
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, _wide(num.dtype)))


def _wide(dtype):
    if dtype[:1] in ("b", "i"):
        return "i8"
    return "u8" if dtype[:1] == "u" else dtype


def of_all(initial, where):
    """Whether all elements are taken, and nothing else."""
    return initial.absent and where.absent


@settles
def only(context, dx, where):
    """`dx` where elements were taken, 0 where they were left out."""
    if _is_left_out(where):
        return dx
    return call("where", where, dx, ast.Constant(0.0))


@settles
def number_taken(context, x, axis, where):
    """How many elements each result is made of, in a shape that lines up with x."""
    if _is_left_out(where):
        return count(context, x, axis)
    return _along(
        "sum", context, call("broadcast_to", where, ast.Attribute(x, "shape", ast.Load())), axis
    )


def _is_left_out(option):
    return not _is_there(option) or (isinstance(option, ast.Constant) and option.value is True)


@linear(np.sum, shape=summed, when=of_all)
def sum_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


@linear(np.sum)
def sum(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims), where)
    dinitial = fitted(dy, initial, y)


@linear(np.add.reduce, shape=summed, when=of_all)
def add_reduce(y, x, axis: const = 0, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims)


@linear(np.add.reduce)
def add_reduce_of_some(
    y,
    x,
    axis: const = 0,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims), where)
    dinitial = fitted(dy, initial, y)


def spread_shape(op, facts, /, **operands):
    """Variances are real."""
    num = mean_shape(op, facts, **operands)
    return with_dtype(num, real_dtype(num.dtype))


def mean_shape(op, facts, /, x, axis=None, dtype=None, keepdims=False, **options):
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, num.dtype))


@linear(np.mean, shape=mean_shape, when=lambda where: where.absent)
def mean_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@linear(np.mean)
def mean(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    where: free = None,
):
    dx = only(unreduce(dy, x, axis, keepdims) / number_taken(x, axis, where), where)


def _around_its_own_mean(mean, where):
    return mean.absent and where.absent


@adjoint(np.var, shape=spread_shape, real=True, when=_around_its_own_mean)
def var_around_its_mean(
    y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False
):
    centered = conjugated(x - mean_along(x, axis))
    dx = (2 / (count(x, axis) - ddof)) * centered * unreduce(dy, x, axis, keepdims)


@adjoint(np.var, real=True, also={"correction": "ddof"})
def var(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """Around a mean that is given, that mean is an operand like any other."""
    n = number_taken(x, axis, where) - ddof
    off = only(conjugated(x - center(x, axis, mean, where)), where)
    dx = (2 / n) * off * unreduce(dy, x, axis, keepdims)
    dmean = fitted((-2 / n) * off * unreduce(dy, x, axis, keepdims), mean, x)


@settles
def center(context, x, axis, mean, where):
    """The mean that deviations are taken from."""
    if _is_there(mean):
        return mean
    if _is_left_out(where):
        return mean_along(context, x, axis)
    axes = {} if axis is None else {"axis": constant_expr(axis)}
    return call("mean", x, **axes, keepdims=ast.Constant(True), where=where)


@adjoint(np.std, shape=spread_shape, real=True, when=_around_its_own_mean)
def std_around_its_mean(
    y, x, axis: const = None, *, dtype: const = None, ddof: const = 0, keepdims: const = False
):
    """Where all elements are equal there is no slope: 0 / 0."""
    n = count(x, axis) - ddof
    dx = conjugated(x - mean_along(x, axis)) * (
        unreduce(dy, x, axis, keepdims) / (n * unreduce(y, x, axis, keepdims))
    )


@adjoint(np.std, real=True, also={"correction": "ddof"})
def std(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """Where all elements are equal there is no slope: 0 / 0."""
    n = number_taken(x, axis, where) - ddof
    share = unreduce(dy, x, axis, keepdims) / (n * unreduce(y, x, axis, keepdims))
    off = only(conjugated(x - center(x, axis, mean, where)), where)
    dx = off * share
    dmean = fitted(-off * share, mean, x)


# -- where some are not numbers ---------------------------------------------------------


@linear(np.nansum, shape=summed)
def nansum(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, only(unreduce(dy, x, axis, keepdims), where))
    dinitial = fitted(dy, initial, y)


@settles
def numbers_in(context, x, where):
    """Which elements are numbers, and not left out."""
    there = ast.UnaryOp(ast.Invert(), call("isnan", x))
    return there if _is_left_out(where) else ast.BinOp(there, ast.BitAnd(), where)


@linear(np.nanmean, shape=mean_shape)
def nanmean(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    where: free = None,
):
    """What is not a number gets 0."""
    there = numbers_in(x, where)
    dx = np.where(there, unreduce(dy, x, axis, keepdims) / sum_along(there, axis), 0.0)


@settles
def center_of(context, x, axis, mean, where):
    """The mean of those elements that are numbers."""
    if _is_there(mean):
        return mean
    axes = {} if axis is None else {"axis": constant_expr(axis)}
    there = {} if _is_left_out(where) else {"where": where}
    return call("nanmean", x, **axes, keepdims=ast.Constant(True), **there)


@adjoint(np.nanvar, shape=spread_shape, real=True, also={"correction": "ddof"})
def nanvar(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """What is not a number gets 0."""
    there = numbers_in(x, where)
    off = np.where(there, conjugated(x - center_of(x, axis, mean, where)), 0.0)
    share = unreduce(dy, x, axis, keepdims) / (sum_along(there, axis) - ddof)
    dx = 2 * off * share
    dmean = fitted(-2 * off * share, mean, x)


@adjoint(np.nanstd, shape=spread_shape, real=True, also={"correction": "ddof"})
def nanstd(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    ddof: const = 0,
    keepdims: const = False,
    mean=None,
    where: free = None,
):
    """What is not a number gets 0; where all elements are equal there is no slope: 0 / 0."""
    there = numbers_in(x, where)
    off = np.where(there, conjugated(x - center_of(x, axis, mean, where)), 0.0)
    spread = unreduce(y, x, axis, keepdims) * (sum_along(there, axis) - ddof)
    dx = off * (unreduce(dy, x, axis, keepdims) / spread)
    dmean = fitted(-off * (unreduce(dy, x, axis, keepdims) / spread), mean, x)


# -- weighted averages ------------------------------------------------------------------


def weighted(op, facts, /, x, axis=None, weights=None, returned=False, keepdims=False):
    """`np.average`: weights for all elements, or for those along some axes."""
    num = weighted_mean(op, facts, x, axis, weights, keepdims)
    return Seq("tuple", (num, num)) if returned else num


def weighted_mean(op, facts, x, axis, weights, keepdims):
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    if is_absent(weights):
        return num
    x, weights = as_num(x), as_num(weights)
    if x.dims is None or weights.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if len(weights.dims) != len(x.dims) and (axis is None or len(weights.dims) != _many(axis)):
        raise TypeError("weights are one for each element, or for each along the axes")
    dtype = floating(promote(x, Num(weights.dtype, (), "np")))
    return with_dtype(num, dtype)


@settles
def lined_up_along(context, weights, x, axis):
    """Weights of some axes, with the axes of x that they do not have."""
    rank = len(context.dims(x))
    axes = [a % rank for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    if axes != sorted(axes):
        order = tuple(axes.index(a) for a in sorted(axes))
        weights = call("transpose", weights, constant_expr(order))
    index = [
        ast.Slice() if a in axes else ast.Constant(None) for a in range(builtins.min(axes), rank)
    ]
    while index and isinstance(index[-1], ast.Slice):
        index.pop()
    if not index:
        return weights
    return ast.Subscript(weights, ast.Tuple(index, ast.Load()), ast.Load())


@settles
def sum_across(context, dx, x, axis):
    """The sum over all axes of x but these."""
    rank = len(context.dims(x))
    axes = [a % rank for a in (axis if isinstance(axis, tuple | list) else (axis,))]
    rest = tuple(a for a in range(rank) if a not in axes)
    total = call("sum", dx, axis=axis_argument(rest)) if rest else dx
    if axes == sorted(axes):
        return total
    order = tuple(sorted(axes).index(a) for a in axes)
    return call("transpose", total, constant_expr(order))


def _returned_alone(weights, returned):
    return weights.absent and not returned


@linear(np.average, shape=weighted, when=_returned_alone)
def average(y, x, axis: const = None, *, keepdims: const = False):
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@linear(np.average, when=lambda weights: weights.absent)
def average_and_count(y, n, /, x, axis: const = None, *, returned: const = False,
                      keepdims: const = False):  # fmt: skip
    """The sum of weights is the number of elements."""
    dx = unreduce(dy, x, axis, keepdims) / count(x, axis)


@adjoint(np.average, when=lambda x, weights, returned: x.ndim == weights.ndim and not returned)
def average_with_weights(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / sum_along(weights, axis)
    dx = weights * share
    dweights = (x - unreduce(y, x, axis, keepdims)) * share


@adjoint(np.average, when=lambda returned: not returned)
def average_along(y, x, axis: const = None, weights=None, *, keepdims: const = False):
    share = unreduce(dy, x, axis, keepdims) / np.sum(weights)
    dx = lined_up_along(weights, x, axis) * share
    dweights = sum_across((x - unreduce(y, x, axis, keepdims)) * share, x, axis)


@adjoint(np.average, when=lambda x, weights: x.ndim == weights.ndim)
def average_and_weights(
    y,
    total,
    /,
    x,
    axis: const = None,
    weights=None,
    *,
    returned: const = False,
    keepdims: const = False,
):
    share = unreduce(dy, x, axis, keepdims) / sum_along(weights, axis)
    dx = weights * share
    dweights = (x - unreduce(y, x, axis, keepdims)) * share + unreduce(dtotal, x, axis, keepdims)


@adjoint(np.average)
def average_and_weights_along(
    y,
    total,
    /,
    x,
    axis: const = None,
    weights=None,
    *,
    returned: const = False,
    keepdims: const = False,
):
    share = unreduce(dy, x, axis, keepdims) / np.sum(weights)
    dx = lined_up_along(weights, x, axis) * share
    dweights = sum_across((x - unreduce(y, x, axis, keepdims)) * share, x, axis) + np.sum(dtotal)


def first_axis(op, facts, /, x, start=0):
    """Python's `sum` goes over the first axis."""
    x, start = as_num(x), as_num(start)
    if x.dims == ():
        raise TypeError("a number is not a sequence")
    if x.dims is None:
        return Num(x.dtype, None, "any")
    dims = broadcast(facts, x.dims[1:], start.dims)
    dtype = promote(Num(x.dtype, (), "np"), start)
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "np")


@linear(builtins.sum, shape=first_axis, when=lambda start: not start.active)
def python_sum(y, x, start: free = 0):
    dx = unreduce(dy, x, 0, False)


@linear(builtins.sum)
def python_sum_from(y, x, start=0):
    dx = unreduce(dy, x, 0, False)
    dstart = fitted(dy, start, y)


def all_of_vector(op, facts, /, x, start=1):
    """`math` goes over a vector's numbers, and gives a Python float."""
    x = as_num(x)
    if x.dims is not None and len(x.dims) != 1:
        raise TypeError("it takes a sequence of numbers")
    in_python = op.name == "math.fsum"
    return Num("f8" if in_python else x.dtype, (), "py" if in_python else "np")


def all_of_several(op, facts, /, x, start=1):
    if not isinstance(x, Seq):
        return all_of_vector(op, facts, x=x, start=start)
    nums = [as_num(v) for v in (*x.items, start)]
    dtype = "f8" if op.name == "math.fsum" else promote(*nums)
    return Num(dtype, (), "py" if all(n.is_python for n in nums) else "np")


@linear(math.fsum, shape=all_of_several, when=lambda x: x.is_display)
def fsum_of_several(y, x: several):
    dx = dy


@linear(math.fsum)
def fsum(y, x):
    dx = dy


# -- products -------------------------------------------------------------------------


@adjoint(np.prod, shape=summed, when=of_all)
def prod_of_all(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """Right where elements are 0, too."""
    dx = product_of_others(x, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.prod)
def prod(
    y,
    x,
    axis: const = None,
    *,
    dtype: const = None,
    keepdims: const = False,
    initial=None,
    where: free = None,
):
    """Right where elements are 0, too."""
    factors = with_ones(x, where)
    others = product_of_others(factors, axis) * unreduce(dy, x, axis, keepdims)
    dx = only(starting_from(initial, others), where)
    dinitial = fitted(np.prod(factors, axis=axis, keepdims=keepdims) * dy, initial, y)


@settles
def with_ones(context, x, where):
    """`x`, with ones for what was left out."""
    return x if _is_left_out(where) else call("where", where, x, ast.Constant(1))


@settles
def starting_from(context, initial, product):
    """A product with the factor that it started from."""
    return ast.BinOp(initial, ast.Mult(), product) if _is_there(initial) else product


@adjoint(np.multiply.reduce, shape=summed)
def multiply_reduce(y, x, axis: const = 0, *, dtype: const = None, keepdims: const = False):
    """Right where elements are 0, too."""
    dx = product_of_others(x, axis) * unreduce(dy, x, axis, keepdims)


@adjoint(np.nanprod, shape=summed)
def nanprod(y, x, axis: const = None, *, dtype: const = None, keepdims: const = False):
    """What is not a number counts as 1, and gets 0."""
    others = product_of_others(np.where(np.isnan(x), 1, x), axis)
    dx = np.where(np.isnan(x), 0.0, others * unreduce(dy, x, axis, keepdims))


@adjoint(math.prod, shape=all_of_several, when=lambda x: x.is_display)
def prod_of_several(y, x: several, *, start=1):
    """Right where factors are 0, too."""
    dx = other_factors(x, position, start) * dy
    dstart = other_factors(x, None, start) * dy


@settles
def other_factors(context, xs, position, start):
    """The product of all factors but one; of all, for None."""
    factors = [x for i, x in enumerate(xs.elts) if i != position]
    if position is not None and number(start) != 1:
        factors = [start, *factors]
    if not factors:
        return ast.Constant(1.0)
    product = factors[0]
    for factor in factors[1:]:
        product = ast.BinOp(product, ast.Mult(), factor)
    return product


@adjoint(math.prod)
def math_prod(y, x, *, start=1):
    """Right where elements are 0, too."""
    dx = start * product_of_others(x, None) * dy
    dstart = np.prod(x) * dy


def unchanged_floats(op, facts, /, x, axis=None):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@adjoint(product_of_others, shape=unchanged_floats)
def others(y, x, axis: const = None):
    """The second derivative of a product: by the quotient, so not where an element is 0."""
    dx = (sum_along(y * dy, axis) - y * dy) / x


# -- extremes -------------------------------------------------------------------------


@settles
def taken(context, hit, where):
    """Those of the elements that were not left out."""
    return hit if _is_left_out(where) else ast.BinOp(hit, ast.BitAnd(), where)


@adjoint(np.max, np.amax, np.nanmax, shape=reduced, when=of_all)
def max_of_all(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(np.max, np.amax, np.nanmax)
def max(y, x, axis: const = None, *, keepdims: const = False, initial=None, where: free = None):
    """Elements that tie share the gradient equally; `initial` gets it where none is larger."""
    hit = taken(x == unreduce(y, x, axis, keepdims), where)
    dx = hit * (unreduce(dy, x, axis, keepdims) / np.maximum(sum_along(hit, axis), 1))
    dinitial = fitted(dy * ~np.any(hit, axis=axis, keepdims=keepdims), initial, y)


@adjoint(np.maximum.reduce, shape=reduced)
def maximum_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(np.min, np.amin, np.nanmin, shape=reduced, when=of_all)
def min_of_all(y, x, axis: const = None, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(np.min, np.amin, np.nanmin)
def min(y, x, axis: const = None, *, keepdims: const = False, initial=None, where: free = None):
    """Elements that tie share the gradient equally; `initial` gets it where none is smaller."""
    hit = taken(x == unreduce(y, x, axis, keepdims), where)
    dx = hit * (unreduce(dy, x, axis, keepdims) / np.maximum(sum_along(hit, axis), 1))
    dinitial = fitted(dy * ~np.any(hit, axis=axis, keepdims=keepdims), initial, y)


@adjoint(np.minimum.reduce, shape=reduced)
def minimum_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    """Elements that tie share the gradient equally."""
    hit = x == unreduce(y, x, axis, keepdims)
    dx = hit * (unreduce(dy, x, axis, keepdims) / sum_along(hit, axis))


@adjoint(np.logaddexp.reduce, shape=averaged)
def logaddexp_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    dx = np.exp(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint(np.logaddexp2.reduce, shape=averaged)
def logaddexp2_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    dx = np.exp2(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint(np.hypot.reduce, shape=averaged)
def hypot_reduce(y, x, axis: const = 0, *, keepdims: const = False):
    """At x = 0 there is no slope: 0 / 0."""
    dx = x * (unreduce(dy, x, axis, keepdims) / unreduce(y, x, axis, keepdims))


# -- running sums and differences -------------------------------------------------------


def running(op, facts, /, x, axis=None, dtype=None, include_initial=False):
    """`np.cumsum`: along an axis, or over all elements in order."""
    x = as_num(x)
    code = dtype_of(dtype, _wide(x.dtype))
    if axis is None and x.dims is not None and len(x.dims) != 1:
        return Num(code, (volume(x.dims),))
    if not include_initial or x.dims is None:
        return Num(code, x.dims, "any" if x.dims is None else "array")
    at = (axis or 0) % len(x.dims)
    return Num(code, (*x.dims[:at], x.dims[at] + 1, *x.dims[at + 1 :]))


@linear(np.cumsum, shape=running, when=lambda x, axis: x.ndim == 1)
def cumsum_of_vector(y, x, axis: const = None, *, dtype: const = None):
    dx = np.cumsum(dy[::-1])[::-1]


@linear(np.cumsum, when=lambda axis: axis is None)
def cumsum_of_all(y, x, axis: const = None, *, dtype: const = None):
    dx = np.cumsum(dy[::-1])[::-1].reshape(own_shape(x))


@linear(np.cumsum)
def cumsum(y, x, axis: const = None, *, dtype: const = None):
    dx = np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


def running_along(op, facts, /, x, axis=0, dtype=None):
    if as_num(x).dims == ():
        raise TypeError("a number has no axis")
    return running(op, facts, x=x, axis=axis, dtype=dtype)


@linear(np.add.accumulate, shape=running_along)
def add_accumulate(y, x, axis: const = 0, *, dtype: const = None):
    dx = np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


@linear(np.nancumsum, shape=running, when=lambda axis: axis is None)
def nancumsum_of_all(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, np.cumsum(dy[::-1])[::-1].reshape(own_shape(x)))


@linear(np.nancumsum)
def nancumsum(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number gets 0."""
    dx = np.where(np.isnan(x), 0.0, np.flip(np.cumsum(np.flip(dy, axis), axis), axis))


@adjoint(np.cumprod, shape=running)
def cumprod(y, x, axis: const = None, *, dtype: const = None):
    """Right where elements are 0, too."""
    dx = cumprod_back(dy, x, axis)


@adjoint(np.multiply.accumulate, shape=running_along)
def multiply_accumulate(y, x, axis: const = 0, *, dtype: const = None):
    """Right where elements are 0, too."""
    dx = cumprod_back(dy, x, axis)


@adjoint(np.nancumprod, shape=running)
def nancumprod(y, x, axis: const = None, *, dtype: const = None):
    """What is not a number counts as 1, and gets 0."""
    dx = np.where(np.isnan(x), 0.0, cumprod_back(dy, np.where(np.isnan(x), 1, x), axis))


@settles
def from_the_second(context, dy, axis, include_initial):
    """What belongs to elements: all but the 0 or 1 that the result may start with."""
    if not include_initial:
        return dy
    at = (axis or 0) % len(context.dims(dy))
    index = [ast.Slice()] * at + [ast.Slice(ast.Constant(1))]
    return indexed(dy, index[0] if at == 0 else ast.Tuple(index, ast.Load()))


@linear(*in_numpy("cumulative_sum"), shape=running)
def cumulative_sum(y, x, *, axis: const = 0, dtype: const = None, include_initial: const = False):
    later = from_the_second(dy, axis, include_initial)
    dx = np.flip(np.cumsum(np.flip(later, axis), axis), axis)


@adjoint(*in_numpy("cumulative_prod"), shape=running)
def cumulative_prod(y, x, *, axis: const = 0, dtype: const = None, include_initial: const = False):
    """Right where elements are 0, too."""
    dx = cumprod_back(from_the_second(dy, axis, include_initial), x, axis)


@adjoint(np.maximum.accumulate, shape=running_along)
def maximum_accumulate(y, x, axis: const = 0):
    """Among equals the gradient goes to the first."""
    dx = back_to_extreme(dy, x, y, axis)


@adjoint(np.minimum.accumulate, shape=running_along)
def minimum_accumulate(y, x, axis: const = 0):
    """Among equals the gradient goes to the first."""
    dx = back_to_extreme(dy, x, y, axis)


def in_segments(op, facts, /, x, indices, axis=0, dtype=None):
    """`np.add.reduceat`: a sum from each index to the next."""
    x, indices = as_num(x), as_num(indices)
    if x.dims is None or indices.dims is None:
        return Num(_wide(x.dtype), None, "any")
    at = axis % len(x.dims)
    return Num(_wide(x.dtype), (*x.dims[:at], *indices.dims, *x.dims[at + 1 :]))


@linear(np.add.reduceat, shape=in_segments)
def add_reduceat(y, x, indices: free, axis: const = 0, *, dtype: const = None):
    dx = back_to_segments(dy, own_shape(x), indices, axis)


@unsupported(
    np.multiply.reduceat,
    np.maximum.reduceat,
    np.minimum.reduceat,
    np.logaddexp.accumulate,
    np.logaddexp2.accumulate,
    np.subtract.reduce,
    np.subtract.accumulate,
    np.true_divide.reduce,
    np.true_divide.accumulate,
    np.power.reduce,
    why="write the loop out",
)
def other_scans(y, x, axis=0): ...


# -- differences ------------------------------------------------------------------------


def differences(op, facts, /, x, n=1, axis=-1, prepend=None, append=None):
    """`np.diff`: one element less along an axis, more for what is added at the ends."""
    x = as_num(x)
    if x.dims == ():
        raise TypeError("a number has no axis")
    if n < 1:
        raise TypeError("of order 0 it is the array itself")
    ends = [as_num(end) for end in (prepend, append) if not is_absent(end)]
    dtype = promote(x, *(Num(end.dtype, (), "np") for end in ends))
    if x.dims is None or any(end.dims is None for end in ends):
        return Num(dtype, None, "any")
    dims = list(x.dims)
    for end in ends:
        dims[axis] = dims[axis] + (end.dims[axis] if end.dims else 1)
    dims[axis] = (dims[axis] - n).at_least_zero()
    return Num(dtype, tuple(dims))


def ends(n, prepend, append):
    """Which ends have a number added that is no operand, for neighbours subtracted once."""
    if n != 1 or any(e.active or not (e.absent or e.ndim == 0) for e in (prepend, append)):
        return "any"
    there = [name for name, e in (("before", prepend), ("behind", append)) if not e.absent]
    return " and ".join(there) or "none"


@linear(
    np.diff, shape=differences, when=lambda n, prepend, append: ends(n, prepend, append) == "none"
)
def diff(y, x, n: const = 1, axis: const = -1):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    dx = -np.diff(dy, axis=axis, prepend=0.0, append=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "before")
def diff_after(y, x, n: const = 1, axis: const = -1, prepend: free = None):
    dx = -np.diff(dy, axis=axis, append=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "behind")
def diff_before(y, x, n: const = 1, axis: const = -1, append: free = None):
    dx = -np.diff(dy, axis=axis, prepend=0.0)


@linear(np.diff, when=lambda n, prepend, append: ends(n, prepend, append) == "before and behind")
def diff_between(y, x, n: const = 1, axis: const = -1, prepend: free = None, append: free = None):
    dx = -np.diff(dy, axis=axis)


@linear(np.diff)
def diff_of_order(y, x, n: const = 1, axis: const = -1, prepend=None, append=None):
    """Differences of a row of three parts: what stands before, x, and what stands behind."""
    row = shapes_of(prepend, x, append)
    dprepend = undiff(dy, n, axis, row, 0)
    dx = undiff(dy, n, axis, row, 1)
    dappend = undiff(dy, n, axis, row, 2)


@settles
def shapes_of(context, *parts):
    """The shapes of the parts, None for one that is not there."""
    return ast.Tuple(
        [own_shape(context, p) if _is_there(p) else ast.Constant(None) for p in parts], ast.Load()
    )


def _is_there(option):
    return option is not None and not (isinstance(option, ast.Constant) and option.value is None)


def neighbours(op, facts, /, x, to_end=None, to_begin=None):
    """`np.ediff1d`: differences of all elements in order, with more at the ends."""
    x = as_num(x)
    ends = [as_num(end) for end in (to_begin, to_end) if not is_absent(end)]
    if x.dims is None or any(end.dims is None for end in ends):
        return Num(x.dtype, (facts.fresh(),))
    length = (volume(x.dims) - 1).at_least_zero()
    for end in ends:
        length = length + volume(end.dims)
    return Num(x.dtype, (length,))


@linear(np.ediff1d, shape=neighbours)
def ediff1d(y, x, to_end=None, to_begin=None):
    """d(x[i+1] - x[i]): what comes in from the left less what goes out to the right."""
    row = shapes_of(to_begin, x, to_end)
    dx = unediff(dy, row, 1)
    dto_begin = unediff(dy, row, 0)
    dto_end = unediff(dy, row, 2)
