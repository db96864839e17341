"""Integrals of sampled functions in `scipy.integrate`.

They are sums of the samples with weights, which move with the places of the samples.
"""

import numpy as np
from scipy import integrate

from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.sampled import integral, trapezoid
from adgen.rules.scientific import real
from adgen.rules.settle.axes import units
from adgen.rules.shapes import floating, is_absent, promote
from adgen.runtime import (
    cumulative_trapezoid_back,
    from_responses,
    running_sites_back,
    simpson_sites_back,
)
from adgen.types import Num

WHY = "interpolate the samples at places that are fixed"


trapezoid_of_samples = linear(integrate.trapezoid, shape=integral, also={"dx": "step"})(
    trapezoid.body
)


def along_vector(op, facts, /, y, x=None, step=1.0, axis=-1):
    places = None if is_absent(x) else real(x)[0].dims
    if places is not None and len(places) != 1:
        raise TypeError("the places of the samples are a vector")
    real(y)
    return integral(op, facts, y=y, x=x, step=step, axis=axis)


@adjoint(
    integrate.simpson, shape=along_vector, when=lambda y: y.ndim == 1, also={"dx": "step"}
)  # fmt: skip
def simpson_of_vector(area, y, x=None, *, step=1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    dy = darea * integrate.simpson(np.eye(y.shape[0]), x=x, dx=step)
    dx = simpson_sites_back(darea, y, x, axis)
    dstep = darea * area / step


@adjoint(integrate.simpson, also={"dx": "step"})
def simpson(area, y, x=None, *, step=1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    weights = integrate.simpson(np.eye(y.shape[axis]), x=x, dx=step)
    dy = np.moveaxis(np.multiply.outer(darea, weights), -1, axis)
    dx = simpson_sites_back(darea, y, x, axis)
    dstep = np.sum(darea * area) / step


def running(op, facts, /, y, x=None, step=1.0, axis=-1, initial=None):
    y, step = real(y, step)
    if y.dims is None or not y.dims:
        raise TypeError("the operand's rank has to be known")
    places = None if is_absent(x) else real(x)[0]
    if places is not None and (places.dims is None or len(places.dims) != 1):
        raise TypeError("the places of the samples are a vector")
    dtype = floating(promote(y, step if places is None else places))
    dims = list(y.dims)
    dims[axis] = dims[axis] - (1 if initial is None else 0)
    return Num(dtype, tuple(dims))


@adjoint(integrate.cumulative_trapezoid, shape=running, also={"dx": "step"})
def cumulative_trapezoid(
    c, y, x=None, step=1.0, axis: const = -1, initial: const = None
):  # fmt: skip
    dy = cumulative_trapezoid_back(dc, y.shape, x, step, axis)
    dx = running_sites_back(dc, y, axis)
    dstep = np.sum(dc * c) / step


@adjoint(integrate.cumulative_simpson, shape=running, why=WHY, also={"dx": "step"})
def cumulative_simpson(c, y, *, x: free = None, step=1.0, axis: const = -1, initial: const = None):
    """The running integrals of samples that are 1 at one place."""
    if initial is None:
        weights = integrate.cumulative_simpson(units(y, axis), x=x, dx=step, axis=0)
    else:
        weights = integrate.cumulative_simpson(units(y, axis), x=x, dx=step, axis=0, initial=0.0)
    dy = from_responses(dc, weights, axis)
    dstep = np.sum(dc * c) / step


@adjoint(integrate.romb, shape=lambda op, facts, /, y, step=1.0, axis=-1: along_vector(
        op, facts, y=y, step=step, axis=axis), also={"dx": "step"})  # fmt: skip
def romb(area, y, step=1.0, axis: const = -1):
    """The weights are the integrals of samples that are 1 at one place."""
    weights = integrate.romb(units(y, axis), step, 0)
    dstep = np.sum(darea * area) / step
    dy = np.moveaxis(np.multiply.outer(darea, weights), -1, axis)
