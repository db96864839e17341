"""What rules of reductions share: sums that line up again, and elements that are left out."""

import ast

from adgen.rules.settle import settles
from adgen.rules.settle.axes import count
from adgen.rules.settle.spelling import call, constant_expr
from adgen.rules.shapes import averaged, axes_of, dtype_of, reduced, with_dtype


@settles
def sum_along(context, x, axis):
    """The sums along an axis, in a shape that lines up with x."""
    return _along("sum", context, x, axis)


@settles
def mean_along(context, x, axis):
    """The means along an axis, in a shape that lines up with x."""
    return _along("mean", context, x, axis)


@settles
def largest_along(context, x, axis):
    """The largest along an axis, in a shape that lines up with x."""
    return _along("max", context, x, axis)


@settles
def smallest_along(context, x, axis):
    """The smallest along an axis, in a shape that lines up with x."""
    return _along("min", context, x, axis)


def _along(function, context, x, axis, **options):
    dims = context.dims(x)
    if axis is None or dims == ():
        return call(function, x, **options)
    leading = dims is not None and axes_of(axis, len(dims)) == tuple(range(many(axis)))
    if leading and len(dims) == many(axis):
        return call(function, x, **options)
    if leading:
        return call(function, x, axis=constant_expr(axis), **options)
    kept = ast.Constant(True)
    return call(function, x, axis=constant_expr(axis), keepdims=kept, **options)


def mean_of_some(context, x, axis, function, where):
    """The means of the elements that `where` takes, in a shape that lines up with x."""
    return _along(function, context, x, axis, **({} if is_left_out(where) else {"where": where}))


def many(axis):
    return len(axis) if isinstance(axis, tuple | list) else 1


def summed(op, facts, /, x, axis=None, dtype=None, keepdims=False, **options):
    """Sums and products: small integers become large ones."""
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, wide(num.dtype)))


def wide(dtype):
    if dtype[:1] in ("b", "i"):
        return "i8"
    return "u8" if dtype[:1] == "u" else dtype


def of_all(initial, where):
    """Whether all elements are taken, and nothing else."""
    return initial.absent and where.absent


@settles
def only(context, dx, where):
    """`dx` where elements were taken, 0 where they were left out."""
    if is_left_out(where):
        return dx
    return call("where", where, dx, ast.Constant(0.0))


@settles
def number_taken(context, x, axis, where):
    """How many elements each result is made of, in a shape that lines up with x."""
    if is_left_out(where):
        return count(context, x, axis)
    if not _is_whole(context, where, x):
        where = call("broadcast_to", where, ast.Attribute(x, "shape", ast.Load()))
    return _along("sum", context, where, axis)


def _is_whole(context, where, x):
    """Whether there is a truth value for each element."""
    given, full = context.dims(where), context.dims(x)
    if given is None or full is None or len(given) != len(full):
        return False
    return all(context.facts.same(a, b) for a, b in zip(given, full, strict=True))


def is_left_out(option):
    return not is_there(option) or (isinstance(option, ast.Constant) and option.value is True)


def mean_shape(op, facts, /, x, axis=None, dtype=None, keepdims=False, **options):
    num = averaged(op, facts, x=x, axis=axis, keepdims=keepdims)
    return with_dtype(num, dtype_of(dtype, num.dtype))


@settles
def numbers_in(context, x, where):
    """Which elements are numbers, and not left out."""
    there = ast.UnaryOp(ast.Invert(), call("isnan", x))
    return there if is_left_out(where) else ast.BinOp(there, ast.BitAnd(), where)


def is_there(option):
    return option is not None and not (isinstance(option, ast.Constant) and option.value is None)
