"""Moments, means and spreads of samples in `scipy.stats`, some of them of what is left when the
largest and smallest are cut off."""

import numpy as np
from scipy import stats

from adgen.rules.reducing import mean_along, sum_along
from adgen.rules.registry import adjoint, const, elementwise
from adgen.rules.scientific import real
from adgen.rules.scientific.elementary import boxcox
from adgen.rules.scientific.vectors import standardised
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count, or_one, unreduce
from adgen.rules.settle.spelling import constant_expr
from adgen.rules.shapes import averaged, floating, is_absent
from adgen.rules.shapes import elementwise as broadcasting
from adgen.runtime import quantile_weights, share_of_rest
from adgen.types import Num


def plain(op, facts, /, a, axis=0, keepdims=False, **options):
    """A reduction of all elements, as the function takes them by default."""
    real(a)
    asked = {key: value for key, value in options.items() if not is_absent(value)}
    for key, value in asked.items():
        if value != op.general.defaults[key]:
            raise TypeError(f"`{key}={value!r}` is not supported")
    return averaged(op, facts, x=a, axis=axis, keepdims=keepdims)


def of_order(op, facts, /, a, order=1, axis=0, keepdims=False, **options):
    return plain(op, facts, a=a, axis=axis, keepdims=keepdims, **options)


@adjoint(stats.moment, shape=of_order)
def moment(
    y, a, order: const = 1, axis: const = 0, *, center: const = None, keepdims: const = False
):
    """The mean of powers of what the elements differ by from their mean."""
    powers = (a - mean_along(a, axis)) ** one_less(order)
    slope = order * (powers - mean_along(powers, axis)) / count(a, axis)
    da = slope * unreduce(dy, a, axis, keepdims)


@settles
def one_less(context, order):
    return constant_expr(order - 1)


def with_freedom(op, facts, /, a, axis=0, ddof=0, keepdims=False, **options):
    return plain(op, facts, a=a, axis=axis, keepdims=keepdims, **options)


@adjoint(stats.variation, shape=with_freedom)
def variation(y, a, axis: const = 0, *, ddof: const = 0, keepdims: const = False):
    """The standard deviation, over the mean."""
    mean = mean_along(a, axis)
    whole = unreduce(y, a, axis, keepdims)
    per = (a - mean) / ((count(a, axis) - ddof) * whole * mean**2) - whole / (count(a, axis) * mean)
    da = per * unreduce(dy, a, axis, keepdims)


def of_power(op, facts, /, a, p, axis=0, keepdims=False, **options):
    return plain(op, facts, a=a, axis=axis, keepdims=keepdims, **options)


@adjoint(stats.pmean, shape=of_power)
def pmean(y, a, p: const, *, axis: const = 0, keepdims: const = False):
    whole = unreduce(y, a, axis, keepdims)
    da = (a / whole) ** one_less(p) * unreduce(dy, a, axis, keepdims) / count(a, axis)


@adjoint(stats.gstd, shape=with_freedom)
def gstd(y, a, axis: const = 0, *, ddof: const = 1, keepdims: const = False):
    """The exponential of the logarithms' standard deviation."""
    whole = unreduce(y, a, axis, keepdims)
    apart = np.log(a) - mean_along(np.log(a), axis)
    per = whole * apart / ((count(a, axis) - ddof) * np.log(whole) * a)
    da = per * unreduce(dy, a, axis, keepdims)


# -- as numpy has them, of what lies between limits ------------------------------------------


@adjoint(stats.tmean, shape=plain)
def tmean(y, a, limits: const = None, *, axis: const = None, keepdims: const = False):
    da = unreduce(dy, a, axis, keepdims) / count(a, axis)


@adjoint(stats.tvar, shape=with_freedom)
def tvar(y, a, limits: const = None, *, axis: const = 0, ddof: const = 1, keepdims: const = False):
    apart = a - mean_along(a, axis)
    da = 2 * apart * unreduce(dy, a, axis, keepdims) / (count(a, axis) - ddof)


@adjoint(stats.tstd, shape=with_freedom)
def tstd(y, a, limits: const = None, *, axis: const = 0, ddof: const = 1, keepdims: const = False):
    """Where all elements are equal the gradient is 0."""
    apart = a - mean_along(a, axis)
    s = unreduce(dy / or_one(y), a, axis, keepdims)
    da = apart * s / (count(a, axis) - ddof)


def cut_off(op, facts, /, a, proportiontocut, axis=0, keepdims=False, **options):
    return plain(op, facts, a=a, axis=axis, keepdims=keepdims, **options)


@adjoint(stats.trim_mean, shape=cut_off)
def trim_mean(y, a, proportiontocut: const, axis: const = 0, *, keepdims: const = False):
    """Those that are not cut off share the gradient."""
    da = share_of_rest(a, proportiontocut, axis) * unreduce(dy, a, axis, keepdims)


@adjoint(stats.iqr, shape=plain, also={"x": "a"})
def iqr(
    y, a, axis: const = None, rng: const = (25, 75), scale: const = 1.0, *, keepdims: const = False
):
    """The elements next to the two quartiles share the gradient."""
    weights = quantile_weights(a, 0.75, axis) - quantile_weights(a, 0.25, axis)
    da = weights * unreduce(dy, a, axis, keepdims)


@adjoint(stats.median_abs_deviation, shape=plain, also={"x": "a"})
def median_abs_deviation(
    y,
    a,
    axis: const = 0,
    center: const = np.median,
    scale: const = 1.0,
    *,
    keepdims: const = False,
):
    """The elements in the middle get the gradient, of deviations and of the sample."""
    apart = a - np.median(a, axis=axis, keepdims=True)
    turned = np.sign(apart) * quantile_weights(np.abs(apart), 0.5, axis)
    slope = turned - quantile_weights(a, 0.5, axis) * np.sum(turned, axis=axis, keepdims=True)
    da = slope * unreduce(dy, a, axis, keepdims)


# -- each element, by what the others are ---------------------------------------------------------


def beside_others(op, facts, /, scores, compare, axis=0, ddof=0):
    scores, compare = real(scores, compare)
    if scores.dims is None or compare.dims is None or len(scores.dims) != len(compare.dims):
        raise TypeError("the samples have to be of the same rank")
    return standardised(op, facts, x=scores, axis=axis, ddof=ddof)


@adjoint(stats.zmap, shape=beside_others)
def zmap(y, scores, compare, axis: const = 0, ddof: const = 0):
    """In standard deviations of another sample."""
    s = np.std(compare, axis=axis, ddof=ddof, keepdims=True)
    dscores = dy / s
    spread = sum_along(y * dy, axis) / ((count(compare, axis) - ddof) * s)
    apart = compare - mean_along(compare, axis)
    dcompare = -(sum_along(dy, axis) / (count(compare, axis) * s) + spread * apart / s)


def powered(op, facts, /, x, lmbda=None, **options):
    if is_absent(lmbda):
        raise TypeError("give the power: which one fits best is not differentiated")
    x, lmbda = real(x, lmbda)
    if lmbda.dims != ():
        raise TypeError("the power is a number")
    num = broadcasting(op, facts, x=x, lmbda=lmbda)
    return Num(floating(num.dtype), num.dims, num.form)


boxcox_of_power = elementwise(stats.boxcox, shape=powered)(boxcox.body)
