"""Lists whose length only a run tells.

To derivatives a list is the array that NumPy would make of it: its adjoint is an
array, and `dxs[-1]` is the adjoint of the element that was appended last.
"""

import ast
from dataclasses import replace

import numpy as np

from adgen.rules.registry import adjoint, constant, free, linear, several
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import call, indexed, length
from adgen.rules.shapes import as_num, promote
from adgen.types import Dim, ListOf, Num, Seq, list_of

# the length of elements that are not all equally long
RAGGED = Dim.of(("ragged",))


# -- what the elements are ------------------------------------------------------------


def common(facts, a, b):
    """The type of elements of which some are `a` and some are `b`."""
    if a is None or b is None:
        return a or b
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        return list_of(common(facts, a.item, b.item), _one_length(facts, a.dims[0], b.dims[0]))
    if isinstance(a, ListOf) or isinstance(b, ListOf) or a.ndim is None or a.ndim != b.ndim:
        raise TypeError("the list has elements of different kinds")
    dims = tuple(_one_length(facts, x, y) for x, y in zip(a.dims, b.dims, strict=True))
    form = a.form if a.form == b.form else "array" if dims else "np"
    return Num(_common_dtype(a, b), dims, form)


def _one_length(facts, a, b):
    return a if facts.same(a, b) else RAGGED


def _common_dtype(a, b):
    if a.dtype == b.dtype:
        return a.dtype
    if a.is_python and b.is_python:
        return max((a, b), key=lambda n: "bifc".index(n.kind)).dtype
    return promote(a, b)


def element(xs):
    """What is read from a list; where nothing has been put in yet, a number is expected."""
    return Num("", (), "py") if xs.is_empty else xs.item


def is_list(x):
    return isinstance(x, ListOf)


def items_of(x):
    """What a sequence gives, one after the other."""
    x = as_num(x)
    if is_list(x):
        return element(x)
    if not x.dims:
        raise TypeError("it takes a list or an array")
    rest = x.dims[1:]
    return Num(x.dtype, rest, "array" if rest else "np")


def length_of(x):
    return as_num(x).dims[0]


def _of_class(xs, made):
    """A tuple, if it is made of one."""
    return replace(made, form="tuple") if as_num(xs).form == "tuple" else made


# -- made anew --------------------------------------------------------------------------


def displayed(op, facts, /, x):
    item = None
    for other in x.items:
        item = common(facts, item, as_num(other))
    return list_of(item, Dim(len(x.items)))


@linear("list display", shape=displayed)
def display(ys, x: several):
    """`[a, b, c]`"""
    dx = dys[position]


def filled(op, facts, /, v, n):
    return list_of(as_num(v), _times(facts, n))


def _times(facts, n):
    n = as_num(n)
    return facts.fresh() if n.value is None else n.value.at_least_zero()


@linear("list filled", shape=filled)
def fill(ys, v, n: free):
    """`[v] * n`"""
    dv = np.sum(dys, axis=0)


def repeated(op, facts, /, xs, n):
    return _of_class(xs, list_of(as_num(xs).item, length_of(xs) * _times(facts, n)))


@linear("list repeated", shape=repeated)
def repeat(ys, xs, n: free):
    """`xs * n`"""
    dxs = np.sum(np.reshape(dys, (n, *np.shape(xs))), axis=0)


def joined(op, facts, /, xs, more):
    item = common(facts, as_num(xs).item, items_of(more))
    return _of_class(xs, list_of(item, length_of(xs) + length_of(more)))


@linear("list joined", shape=joined)
def join(ys, xs, more):
    """`xs + more`, `xs.extend(more)`"""
    dxs = elements_before_joined(dys, xs)
    dmore = elements_joined(dys, xs)


def copied(op, facts, /, xs):
    return list_of(items_of(xs), length_of(xs))


@linear("list copied", shape=copied, moves=True, aliases="copy")
def copy(ys, xs):
    """`list(xs)`, `xs.copy()`"""
    dxs = dys


def numbers_of_tuple(op, facts, /, xs):
    return Seq("tuple", (items_of(xs),) * facts.number(length_of(xs)))


@constant("tuple of integers", shape=numbers_of_tuple)
def integers(ys, xs):
    """`tuple(xs)`, where it is known how many there are"""


def tuple_copied(op, facts, /, xs):
    return replace(copied(op, facts, xs=xs), form="tuple")


@linear("tuple copied", shape=tuple_copied, moves=True, aliases="copy")
def copy_to_tuple(ys, xs):
    """`tuple(xs)`"""
    dxs = dys


def plain_numbers(op, facts, /, x):
    def item(dims):
        if not dims:
            return Num(x.dtype, (), "py")
        return list_of(item(dims[1:]), dims[0])

    if not x.dims:
        raise TypeError("it takes an array")
    return item(x.dims)


@linear("list of array", shape=plain_numbers, moves=True, aliases="copy")
def tolist(ys, x):
    dx = dys


def ordered(op, facts, /, xs):
    xs = copied(op, facts, xs=xs)
    if element(xs).dims != ():
        raise TypeError("it takes a list of numbers")
    return xs


@adjoint("list sorted", shape=ordered)
def sort(ys, xs):
    """Among equals, those get an adjoint that `np.argsort` puts in its place."""
    dxs = dys[np.argsort(np.argsort(xs))]


@linear("list reversed", shape=copied)
def reverse(ys, xs):
    dxs = dys[::-1]


def in_order(op, facts, /, xs, order):
    return copied(op, facts, xs=xs)


@linear("list reordered", shape=in_order)
def reorder(ys, xs, order: free):
    """`xs[:] = [xs[i] for i in order]`, in which each position stands once."""
    dxs = dys[np.argsort(order)]


# -- changed ------------------------------------------------------------------------------


def appended(op, facts, /, xs, v):
    return list_of(common(facts, xs.item, as_num(v)), xs.dims[0] + 1)


@linear("list append", shape=appended, grows="v")
def append(ys, xs, v):
    dv = last_element(dys, ys)
    dxs = all_but_last(dys, ys)


@linear("list prepend", shape=appended)
def prepend(ys, xs, v):
    """`xs.insert(0, v)`"""
    dv = dys[0]
    dxs = dys[1:]


def shortened(op, facts, /, xs):
    return list_of(xs.item, xs.dims[0] - 1)


@linear("list without last", shape=shortened)
def without_last(ys, xs):
    """What `xs.pop()` leaves."""
    dxs = with_zero(dys, xs, -1)


@linear("list without first", shape=shortened)
def without_first(ys, xs):
    """What `xs.pop(0)` leaves."""
    dxs = with_zero(dys, xs, 0)


@linear("list cleared", shape=lambda op, facts, /, xs: list_of(None, Dim(0)))
def clear(ys, xs):
    """Nothing of it is left."""
    dxs = 0.0


# -- elements -----------------------------------------------------------------------------


def part_of(facts, xs, index, array_item, slice_length):
    """`xs[index]`; several indices are those of `xs[i][j]`."""
    parts = index.items if isinstance(index, Seq) and index.kind == "tuple" else (index,)
    first, rest = parts[0], parts[1:]
    if isinstance(first, Seq) and first.kind == "slice":
        return _of_class(xs, list_of(xs.item, slice_length(facts, xs.dims[0], first)))
    if as_num(first).dims != () or as_num(first).kind not in ("i", "b"):
        raise TypeError("the index of a list is an integer or a slice")
    item = element(xs)
    if not rest:
        return item
    if is_list(item):
        return part_of(facts, item, Seq("tuple", rest), array_item, slice_length)
    return array_item(facts, item, rest)


def written(facts, xs, index, v):
    """The list after `xs[index] = v`, where the element may be of a new kind."""
    parts = index.items if isinstance(index, Seq) and index.kind == "tuple" else (index,)
    if isinstance(parts[0], Seq):
        raise TypeError("writing to a slice of a list is not supported")
    item = element(xs)
    if len(parts) == 1:
        changed = common(facts, xs.item, as_num(v))
    elif is_list(item):
        changed = written(facts, item, Seq("tuple", parts[1:]), v)
    else:
        changed = item
    return list_of(changed, xs.dims[0])


# -- what rules say -----------------------------------------------------------------------


def _stands_for_all(context, dys, ys):
    """Whether an adjoint is that of each element alike."""
    given, full = context.dims(dys), context.dims(ys)
    return given is not None and full is not None and len(given) < len(full)


@settles
def last_element(context, dys, ys):
    if _stands_for_all(context, dys, ys):
        return dys
    return indexed(dys, ast.UnaryOp(ast.USub(), ast.Constant(1)))


@settles
def all_but_last(context, dys, ys):
    if _stands_for_all(context, dys, ys):
        return dys
    return indexed(dys, ast.Slice(None, ast.UnaryOp(ast.USub(), ast.Constant(1))))


@settles
def elements_before_joined(context, dys, xs):
    return indexed(dys, ast.Slice(None, _length(context, xs)))


@settles
def elements_joined(context, dys, xs):
    return indexed(dys, ast.Slice(_length(context, xs), None))


def _length(context, xs):
    known = context.dims(xs)[0].known
    return length(xs, 0) if known is None else ast.Constant(known)


@settles
def with_zero(context, dys, xs, where):
    """An adjoint with a zero more, for the element that has been taken away."""
    if context.dims(xs) is not None and len(context.dims(xs)) == 1:
        zero = ast.Constant(0.0)
    else:
        last = ast.UnaryOp(ast.USub(), ast.Constant(1)) if where else ast.Constant(0)
        zero = call("zeros_like", ast.Subscript(xs, last, ast.Load()))
    zeros = ast.List([zero], ast.Load())
    parts = [dys, zeros] if where else [zeros, dys]
    return call("concatenate", ast.Tuple(parts, ast.Load()))
