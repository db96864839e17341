"""Positions of elements: grids of them, triangles, diagonals."""

import numpy as np

from adgen.rules.registry import const, constant, free
from adgen.rules.shapes import as_num, dims_of, dtype_of, is_absent
from adgen.types import Dim, Num, Seq

POSITIONS = "i8"


def placed_in_two(op, facts, /, n, k=0, m=None):
    """The rows and the columns of as many elements as there are."""
    positions = Num(POSITIONS, (facts.fresh(),))
    return Seq("tuple", (positions, positions))


@constant(np.triu_indices, np.tril_indices, shape=placed_in_two)
def triangle_places(y, n: free, k: free = 0, m: free = None): ...


def placed_on_diagonal(op, facts, /, n, ndim=2):
    (length,) = dims_of(facts, n) or (facts.fresh(),)
    return Seq("tuple", (Num(POSITIONS, (length,)),) * ndim)


@constant(np.diag_indices, shape=placed_on_diagonal)
def diagonal_places(y, n: free, ndim: const = 2): ...


def unravelled(op, facts, /, indices, shape, order="C"):
    """The position along each axis of a shape."""
    axes = dims_of(facts, shape)
    if axes is None:
        raise TypeError("the rank of the shape is not known while compiling")
    indices = as_num(indices)
    form = "any" if indices.dims is None else "array" if indices.dims else "np"
    return Seq("tuple", (Num(POSITIONS, indices.dims, form),) * len(axes))


@constant(np.unravel_index, shape=unravelled)
def unravel_index(y, indices, shape: free, order: free = "C"): ...


def crossed(op, facts, /, places):
    """Of vectors of positions, one along each axis; a mask says which positions only in a run."""
    found = []
    for axis, item in enumerate(places.items):
        given = as_num(item) if isinstance(item, Num) else Num("", (Dim(len(item.items)),))
        known = given.kind == "i" and given.dims is not None
        length = given.dims[0] if known else facts.fresh()
        dims = (Dim(1),) * len(places.items)
        found.append(Num(POSITIONS, (*dims[:axis], length, *dims[axis + 1 :])))
    return Seq("tuple", tuple(found))


@constant(np.ix_, shape=crossed, gathers="places")
def ix_(y, places: free): ...


# -- grids --------------------------------------------------------------------------


def grid_of_indices(op, facts, /, dimensions, dtype=None, sparse=False):
    dims = dims_of(facts, dimensions)
    code = dtype_of(dtype, POSITIONS)
    if dims is None:
        return Num(code, None, "any")
    if sparse:
        return Seq("tuple", tuple(Num(code, open_along(dims, axis)) for axis in range(len(dims))))
    return Num(code, (Dim(len(dims)), *dims))


@constant(np.indices, shape=grid_of_indices)
def indices(y, dimensions: free, dtype: free = None, sparse: const = False): ...


def open_along(dims, axis):
    """The shape of what lies along one of the axes of a grid."""
    return tuple(dim if at == axis else Dim(1) for at, dim in enumerate(dims))


def ruled(facts, xs):
    """The dtype of `np.mgrid[0:3, 0:1:5j]`, and how many lines there are along each axis."""
    parts = [part for one in xs.items for part in one.items if not is_absent(part)]
    code = POSITIONS if all(as_num(part).kind == "i" for part in parts) else "f8"
    return code, tuple(length_of(facts, *one.items) for one in xs.items)


def length_of(facts, start, stop, step):
    """How many numbers a slice counts; only one that counts in ones tells."""
    first = Dim(0) if is_absent(start) else as_num(start).value
    last = None if is_absent(stop) else as_num(stop).value
    if first is None or last is None or not is_absent(step):
        return facts.fresh()
    return (last - first).at_least_zero()


def full_grid(op, facts, /, xs):
    code, lengths = ruled(facts, xs)
    if len(lengths) == 1:
        return Num(code, None, "any")  # `np.mgrid[0:3]` has one axis, `np.mgrid[0:3,]` two
    return Num(code, (Dim(len(lengths)), *lengths))


@constant(np.mgrid, shape=full_grid, gathers="xs")
def mgrid(y, xs: free): ...


def open_grid(op, facts, /, xs):
    code, lengths = ruled(facts, xs)
    if len(lengths) == 1:
        return Num(code, None, "any")
    axes = range(len(lengths))
    return Seq("tuple", tuple(Num(code, open_along(lengths, axis)) for axis in axes))


@constant(np.ogrid, shape=open_grid, gathers="xs")
def ogrid(y, xs: free): ...
