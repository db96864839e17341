"""What undoes broadcasting and reductions where shapes are not known while compiling."""

import numpy as np

from adgen.rules.registry import free, linear
from adgen.rules.settle.axes import own_shape
from adgen.rules.shapes import as_num, dims_of
from adgen.rules.shaping import array
from adgen.runtime import unbroadcast, unreduce
from adgen.types import Num


def of_shape(op, facts, /, x, shape, full):
    x, dims = as_num(x), dims_of(facts, shape)
    return Num(x.dtype, (), "np") if dims == () else array(x, dims)


@linear(unbroadcast, shape=of_shape)
def summed_to_shape(y, x, shape: free, full: free):
    dx = unbroadcast(dy, own_shape(x), full)


def of_full_rank(op, facts, /, x, shape, axis, keepdims):
    x, dims = as_num(x), dims_of(facts, shape)
    if dims is None or x.dims is None:
        return array(x, None)
    lead = tuple(facts.fresh() for _ in dims)
    return x if len(x.dims) in (0, len(dims)) else array(x, lead)


@linear(unreduce, shape=of_full_rank)
def laid_along_axes(y, x, shape: free, axis: free, keepdims: free):
    dx = np.reshape(dy, own_shape(x))
