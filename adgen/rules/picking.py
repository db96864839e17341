"""Elements left out, and put in between."""

import numpy as np

from adgen.rules.registry import const, free, linear, written_out
from adgen.rules.settle.axes import count, in_shape_of, own_shape, places_in
from adgen.rules.shapes import as_num
from adgen.rules.shaping import array
from adgen.runtime import scattered


def some_elements(op, facts, /, x, where, axis=None):
    """All but some elements, or more than there were: how many is known at run time."""
    x = as_num(x)
    if axis is None:
        return array(x, (facts.fresh(),))
    if x.dims is None:
        return array(x, None)
    dims = list(x.dims)
    dims[axis] = facts.fresh()
    return array(x, tuple(dims))


def one_place(x, where):
    """Whether the place is one in a vector, counted from the front."""
    value = getattr(where.type, "value", None)
    return x.ndim == 1 and where.ndim == 0 and value is not None and value.is_natural


@linear(np.delete, shape=some_elements, when=one_place, also={"obj": "where"})
def delete_one(y, x, where: free, axis: const = None):
    """What was left out gets 0."""
    dx = np.insert(dy, where, 0.0)


@linear(np.delete, shape=some_elements, also={"obj": "where"})
def delete(y, x, where: free, axis: const = None):
    """What was left out gets 0."""
    places = np.delete(places_in(x), where, axis)
    dx = scattered(dy, places, own_shape(x))


def with_more(op, facts, /, x, where, values, axis=None):
    return some_elements(op, facts, x=x, where=where, axis=axis)


@linear(np.insert, shape=with_more, also={"obj": "where"},
        when=lambda x, where, values: one_place(x, where) and values.ndim == 0)  # fmt: skip
def insert_one(y, x, where: free, values, axis: const = None):
    dx = np.delete(dy, where)
    dvalues = dy[where]


@linear(np.insert, also={"obj": "where"})
def insert(y, x, where: free, values, axis: const = None):
    """Elements of x and of the values, which may be stretched, go back to their places."""
    n = count(x, None)
    more = n + places_in(values)
    places = np.insert(places_in(x), where, more, axis)
    both = scattered(dy, places, (n + count(values, None),))
    dx = in_shape_of(both[:n], x)
    dvalues = in_shape_of(both[n:], values)


@written_out(np.trim_zeros)
def trim_zeros(filt, trim="fb"):
    if np.ndim(filt) != 1:
        raise TypeError("it takes a vector")
    there = np.flatnonzero(filt)
    first = (there[0] if len(there) else len(filt)) if "f" in trim else 0
    last = (there[-1] + 1 if len(there) else 0) if "b" in trim else len(filt)
    return filt[first:last]
