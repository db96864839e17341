"""Sums and means over the regions of an image that carry a label, in `scipy.ndimage`."""

import numpy as np
from scipy import ndimage

from adgen.rules.registry import adjoint, free, written_out
from adgen.rules.scientific import real
from adgen.rules.shapes import as_num, floating, is_absent
from adgen.runtime import labelled, regions_back
from adgen.types import Num


def for_each_label(op, facts, /, x, labels=None, index=None):
    (x,) = real(x)
    dims = () if is_absent(index) else as_num(index).dims
    return Num(floating(x.dtype), dims, "any" if dims is None else "array" if dims else "np")


@adjoint(ndimage.sum, ndimage.sum_labels, shape=for_each_label)
def sum_of_regions(y, x, labels: free = None, index: free = None):
    dx = regions_back(dy, x, labels, index)


@adjoint(ndimage.mean, shape=for_each_label)
def mean_of_regions(y, x, labels: free = None, index: free = None):
    dx = regions_back(dy / labelled(x, labels, index), x, labels, index)


@written_out(ndimage.variance)
def variance(input, labels=None, index=None):
    mean = ndimage.mean(input, labels, index)
    return ndimage.mean(input * input, labels, index) - mean * mean


@written_out(ndimage.standard_deviation)
def standard_deviation(input, labels=None, index=None):
    return np.sqrt(ndimage.variance(input, labels, index))
