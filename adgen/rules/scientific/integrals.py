"""Integrals of sampled functions in `scipy.integrate`.

They are sums of the samples with weights.  But for `trapezoid`, the places of the
samples are not differentiated.
"""

import numpy as np
from scipy import integrate

from adgen.rules.registry import const, free, linear
from adgen.rules.sampled import integral, trapezoid
from adgen.rules.scientific import real
from adgen.rules.settle.axes import units
from adgen.rules.shapes import floating, is_absent, promote
from adgen.runtime import cumulative_trapezoid_back, from_responses
from adgen.types import Num

WHY = "interpolate the samples at places that are fixed"


trapezoid_of_samples = linear(integrate.trapezoid, shape=integral, also={"dx": "step"})(
    trapezoid.body
)


def along_vector(op, facts, /, y, x=None, dx=1.0, axis=-1):
    places = None if is_absent(x) else real(x)[0].dims
    if places is not None and len(places) != 1:
        raise TypeError("the places of the samples are a vector")
    real(y)
    return integral(op, facts, y=y, x=x, step=dx, axis=axis)


@linear(integrate.simpson, shape=along_vector, why=WHY, when=lambda y: y.ndim == 1)
def simpson_of_vector(area, y, x: free = None, *, dx: free = 1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    dy = darea * integrate.simpson(np.eye(y.shape[0]), x=x, dx=dx)


@linear(integrate.simpson, why=WHY)
def simpson(area, y, x: free = None, *, dx: free = 1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    weights = integrate.simpson(np.eye(y.shape[axis]), x=x, dx=dx)
    dy = np.moveaxis(np.multiply.outer(darea, weights), -1, axis)


def running(op, facts, /, y, x=None, dx=1.0, axis=-1, initial=None):
    y, step = real(y, dx)
    if y.dims is None or not y.dims:
        raise TypeError("the operand's rank has to be known")
    places = None if is_absent(x) else real(x)[0]
    if places is not None and (places.dims is None or len(places.dims) != 1):
        raise TypeError("the places of the samples are a vector")
    dtype = floating(promote(y, step if places is None else places))
    dims = list(y.dims)
    dims[axis] = dims[axis] - (1 if initial is None else 0)
    return Num(dtype, tuple(dims))


@linear(integrate.cumulative_trapezoid, shape=running, why=WHY)
def cumulative_trapezoid(
    c, y, x: free = None, dx: free = 1.0, axis: const = -1, initial: const = None
):
    dy = cumulative_trapezoid_back(dc, y.shape, x, dx, axis)


@linear(integrate.cumulative_simpson, shape=running, why=WHY)
def cumulative_simpson(
    c, y, *, x: free = None, dx: free = 1.0, axis: const = -1, initial: const = None
):
    """The running integrals of samples that are 1 at one place."""
    if initial is None:
        weights = integrate.cumulative_simpson(units(y, axis), x=x, dx=dx, axis=0)
    else:
        weights = integrate.cumulative_simpson(units(y, axis), x=x, dx=dx, axis=0, initial=0.0)
    dy = from_responses(dc, weights, axis)


@linear(integrate.romb, shape=lambda op, facts, /, y, dx=1.0, axis=-1: along_vector(
        op, facts, y=y, dx=dx, axis=axis))  # fmt: skip
def romb(area, y, dx: free = 1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    weights = integrate.romb(units(y, axis), dx, 0)
    dy = np.moveaxis(np.multiply.outer(darea, weights), -1, axis)
