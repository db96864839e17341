"""`scipy.special`; read once a program has imported it."""

import math

import numpy as np
from scipy import special

from adgen.rules.reductions import sum_along
from adgen.rules.registry import adjoint, const, elementwise, unsupported
from adgen.rules.settle import unreduce
from adgen.rules.shapes import as_num, averaged, floating, with_dtype
from adgen.runtime import digammas, trigammas
from adgen.types import Num


@elementwise(special.expit)
def expit(y, x):
    dx = y * (1 - y) * dy


@elementwise(special.logit)
def logit(y, x):
    dx = dy / (x * (1 - x))


@elementwise(special.log_expit)
def log_expit(y, x):
    dx = -np.expm1(y) * dy


@elementwise(special.erf)
def erf(y, x):
    dx = (2 / math.sqrt(math.pi) * np.exp(-(x**2))) * dy


@elementwise(special.erfc)
def erfc(y, x):
    dx = (-2 / math.sqrt(math.pi) * np.exp(-(x**2))) * dy


@elementwise(special.ndtr)
def ndtr(y, x):
    dx = (1 / math.sqrt(2 * math.pi) * np.exp(-0.5 * x**2)) * dy


@elementwise(special.gammaln)
def gammaln(y, x):
    dx = digammas(x) * dy


@elementwise(special.gamma)
def gamma(y, x):
    dx = (y * digammas(x)) * dy


@elementwise(special.digamma)
def digamma(y, x):
    dx = trigammas(x) * dy


@elementwise(special.xlogy)
def xlogy(c, x, y):
    """At x = 0 the gradient of x is log(y), which is infinite at y = 0, too."""
    dx = np.log(y) * dc
    dy = (x / y) * dc


def floats(op, facts, /, x):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@elementwise(digammas, shape=floats)
def derivative_of_gammaln(y, x):
    dx = trigammas(x) * dy


@unsupported(trigammas, why="the third derivative of gammaln is not in the catalogue")
def second_derivative_of_gammaln(y, x): ...


# -- of arrays --------------------------------------------------------------------------


@adjoint(special.logsumexp, shape=averaged)
def logsumexp(y, x, axis: const = None, *, keepdims: const = False):
    dx = np.exp(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


def array_of_floats(op, facts, /, x, axis=None):
    x = as_num(x)
    form = "any" if x.dims is None else "array" if x.dims else "np"
    return Num(floating(x.dtype), x.dims, form)


@adjoint(special.softmax, shape=array_of_floats)
def softmax(y, x, axis: const = None):
    dx = y * (dy - sum_along(y * dy, axis))


@adjoint(special.log_softmax, shape=array_of_floats)
def log_softmax(y, x, axis: const = None):
    dx = dy - np.exp(y) * sum_along(dy, axis)
