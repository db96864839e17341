"""What Python's own functions make of a sequence: `sum`, `math.prod`, `math.fsum`."""

import ast
import builtins
import math

import numpy as np

from adgen.algebra import number
from adgen.rules import lists
from adgen.rules.lists import is_list
from adgen.rules.registry import adjoint, elementwise, free, linear, several
from adgen.rules.settle import settles
from adgen.rules.settle.axes import unreduce
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import as_array, as_num, broadcast, promote
from adgen.runtime import product_of_others
from adgen.types import Num, Seq


def first_axis(op, facts, /, x, start=0):
    """Python's `sum` goes over the first axis."""
    x, start = as_num(x), as_num(start)
    if x.dims == ():
        raise TypeError("a number is not a sequence")
    if x.dims is None:
        return Num(x.dtype, None, "any")
    dims = broadcast(facts, x.dims[1:], start.dims)
    dtype = promote(as_array(x), start)
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "np")


def added(op, facts, /, x, start=0):
    """The elements one after the other, from `start` on."""
    if not isinstance(start, Num | int | float):
        raise TypeError("from a start that is no number it is not supported")
    if not isinstance(x, Seq) and not is_list(x):
        return first_axis(op, facts, x=x, start=start)
    items = (lists.element(x),) if is_list(x) else x.items
    nums = [as_num(item) for item in (start, *items)]
    dims = broadcast(facts, *(n.dims for n in nums))
    form = "any" if dims is None else "array" if dims else "np"
    return Num(promote(*nums), dims, "py" if all(n.is_python for n in nums) else form)


@elementwise(builtins.sum, shape=added, when=lambda x: x.is_display)
def python_sum_of_several(y, x: several, start=0):
    dx = dy
    dstart = dy


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
    dx = start * product_of_others(x) * dy
    dstart = np.prod(x) * dy
