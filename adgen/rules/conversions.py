"""Arrays made of what is nearly one: other dtypes, copies, Python numbers."""

import numpy as np

from adgen.rules.registry import const, elementwise, free, in_numpy, linear, several, unsupported
from adgen.rules.shapes import as_num, dtype_of, stacked
from adgen.runtime import first_decides
from adgen.types import Dim, Num, Seq


def converted(op, facts, /, x, dtype=None, ndmin=0, requirements=None, order="C"):
    x = as_num(x)
    form = "any" if x.dims is None else "array"
    least = 1 if op.name in ("np.ascontiguousarray", "np.asfortranarray") else ndmin
    missing = 0 if x.dims is None else max(0, least - len(x.dims))
    dims = None if x.dims is None else (Dim(1),) * missing + x.dims
    return Num(dtype_of(dtype, x.dtype), dims, form)


def built(op, facts, /, x, dtype=None, ndmin=0):
    """`np.array([a, b])`: elements, or arrays of one shape, along a new first axis."""
    if not isinstance(x, Seq):
        return converted(op, facts, x=x, dtype=dtype, ndmin=ndmin)
    num = stacked(x)
    if num.dims is not None and len(num.dims) < ndmin:
        raise TypeError("`ndmin=` of a list is not supported: write the brackets")
    return Num(dtype_of(dtype, num.dtype), num.dims, num.form)


@linear(np.array, np.asarray, shape=built, when=lambda x: x.is_display)
def array_of(y, x: several, dtype: const = None):
    dx = dy[position]


@elementwise(
    np.asarray,
    np.asanyarray,
    np.asarray_chkfinite,
    shape=converted,
    moves=True,
    aliases="dtype",
    put="reshaped back",
    ignores=("order",),
)
def asarray(y, x, dtype: const = None):
    dx = dy


@elementwise(
    np.ascontiguousarray,
    np.asfortranarray,
    shape=converted,
    moves=True,
    aliases="maybe",
    ignores=("order",),
)
def ascontiguousarray(y, x, dtype: const = None):
    dx = dy


@elementwise(np.require, shape=converted, moves=True, aliases="maybe")
def require(y, x, dtype: const = None, requirements: free = None):
    dx = dy


@elementwise(np.array, shape=converted, ignores=("order", "subok"))
def array(y, x, dtype: const = None, *, ndmin: const = 0):
    dx = dy


@linear(first_decides, shape=built, when=lambda x: x.is_display)
def first_decides_of(y, x: several):
    dx = dy[position]


@elementwise(first_decides, shape=converted)
def first_decides_of_list(y, x):
    dx = dy


@elementwise(np.copy, shape=converted, ignores=("subok",))
def copy(y, x, order: const = "K"):
    dx = dy


@elementwise("method copy", shape=converted, in_order=True)
def copy_of_array(y, x, order: const = "C"):
    dx = dy


def as_type(op, facts, /, x, dtype):
    num = converted(op, facts, x=x, dtype=dtype)
    scalar = isinstance(x, Num) and x.is_scalar
    return Num(num.dtype, num.dims, "np" if scalar else num.form)


@elementwise(
    "method astype",
    *in_numpy("astype"),
    shape=as_type,
    ignores=("order", "casting", "subok"),
    instead={"copy": "leave it out"},
)
def astype(y, x, dtype: const):
    dx = dy


def as_item(op, facts, /, x, index=None):
    return Num(as_num(x).dtype, (), "py")


@linear("method item", shape=as_item, when=lambda index: index.absent)
def item(y, x):
    """Of an array with one element: as a scalar its adjoint stands for all of them."""
    dx = dy


@linear("method item", when=lambda x, index: x.ndim == 1 or index.is_display)
def item_at(y, x, index: free):
    dx[index] += dy


@linear("method item", collects="index")
def item_in_order(y, x, index: free = None):
    """A single number counts elements row by row."""
    dx[np.unravel_index(index, x.shape)] += dy


@unsupported("method resize", why="it changes the array itself: use np.resize")
def resize_in_place(y, x, new_shape): ...


@unsupported(
    np.asmatrix, np.bmat, why="use arrays and np.block: np.matrix means something else by `*`"
)
def matrix(y, x): ...


@unsupported(
    np.real_if_close,
    why="what it gives depends on the values: use `.real`",
    when=lambda x: x.is_complex,
)
def real_if_close_of_complex(y, x, tol=100): ...


def unless_complex(op, facts, /, x, tol=100):
    return converted(op, facts, x=x)


@linear(np.real_if_close, shape=unless_complex, moves=True, aliases="dtype", put="reshaped back")
def real_if_close(y, x, tol: free = 100):
    dx = dy


@unsupported("method tolist", why="index the array itself")
def tolist(y, x): ...


@unsupported("method view", why="use the array itself, or `.astype`")
def method_view(y, x, dtype=None): ...
