"""Sample calls of every operation that has a derivative, in the order of the catalogue.

An operation without a sample fails the harness.  A `Real` stands for numbers of
any shape; slopes are measured with a complex step, or with central differences
where the sample says so (NumPy or `math` have no complex form of the function,
or it is not analytic).
"""

import bisect
import builtins
import cmath
import math
import operator
from dataclasses import replace

import numpy as np
from scipy import fft

from adgen import runtime
from tests.rules.calls import Call, Display, Literal, Real, array, at, matrix, vector
from tests.rules.scientific_samples import SCIENTIFIC, SCIENTIFIC_CONSTANTS

real = Real()
positive = Real(0.3, 3.0)
above_one = Real(1.2, 4.0)
inside = Real(-0.9, 0.9)
AXES = (None, 0, 1, -1, (0, 1), (0, -1), (1, 2), (0, 1, 2))
FLAGS = np.array([True, False, True])


def by_differences(*operands: Real) -> list[Call]:
    return [at(*operands, by="differences")]


def reductions() -> list[Call]:
    """Every kind of axis, with and without `keepdims`."""
    return [
        at(array(2, 3, 4, low=0.5), axis=axis, keepdims=keep)
        for axis in AXES
        for keep in (False, True)
    ] + [at(vector())]


def of_single_elements() -> list[Call]:
    return [at(1.5), at(array(1, 3), axis=0)]


def without_complex(calls: list[Call]) -> list[Call]:
    return [replace(call, by="differences") for call in calls]


ARITHMETIC = {
    (operator.add, np.add): [at(real, real), at(real, Literal(3))],
    (operator.sub, np.subtract): [at(real, real), at(Literal(1.0), real)],
    (operator.mul, np.multiply): [at(real, real), at(Literal(2), real)],
    (operator.truediv, np.true_divide): [
        at(real, positive),
        at(Literal(1.0), positive),
        at(Literal(-3), positive),
        at(real, Literal(2)),
    ],
    (operator.neg, np.negative): [at(real)],
    (operator.pos, np.positive): [at(real)],
    (np.reciprocal,): [at(positive)],
    (operator.mod, np.remainder): by_differences(Real(-5, 5), above_one),
    (np.fmod, math.fmod): by_differences(Real(-5, 5), above_one),
    (math.remainder,): by_differences(Real(-5, 5), above_one),
    (builtins.abs, np.absolute, np.fabs, math.fabs): by_differences(real),
    (np.copysign, math.copysign): by_differences(real, real),
    (np.deg2rad, np.radians, np.rad2deg, np.degrees): by_differences(real),
    (math.radians, math.degrees): by_differences(real),
    (np.ldexp, math.ldexp): [at(real, 3, by="differences")],
    (np.conjugate,): by_differences(real),
    ("method conj",): [at(array(2, 3), by="differences")],
    ("method conjugate",): [at(array(2, 3), by="differences")],
    (cmath.phase,): by_differences(positive),
    (cmath.polar,): [at(1.5, part=part, by="differences") for part in (0, 1)],
    (cmath.rect,): by_differences(positive, real),
    (np.angle,): [at(positive, by="differences"), at(positive, Literal(True), by="differences")],
    (builtins.complex,): [at(1.5, by="differences"), at(1.5, 0.5, by="differences")],
    (np.complex128,): by_differences(real),
    (np.complex64,): [at(real, by="coarse")],
    (np.real,): by_differences(real),
    (np.imag,): by_differences(real),
    ("attribute real", "attribute imag"): [at(array(2, 3), by="differences")],
    (builtins.float,): [at(1.5, by="differences"), at(np.float64(1.5), by="differences")],
    (np.float64, np.float32, np.float16): [at(real, by="coarse")],
}

CALCULUS = {
    (np.square,): [at(real)],
    (np.sqrt,): [at(positive)],
    (math.sqrt,): by_differences(positive),
    (np.cbrt, math.cbrt): by_differences(positive),
    (np.hypot,): by_differences(real, real),
    (math.hypot,): [at(1.5, -2.0, by="differences"), at(1.5, -2.0, 0.5, by="differences")],
    (np.exp, np.exp2, np.expm1): [at(real)],
    (np.log, np.log2, np.log10, np.log1p): [at(positive)],
    (np.logaddexp, np.logaddexp2): by_differences(real, real),
    (math.exp, math.exp2, math.expm1): by_differences(real),
    (math.log2, math.log10, math.log1p): by_differences(positive),
    (math.log,): [at(2.5, by="differences"), at(2.5, 3.5, by="differences")],
    (np.sin, np.cos, np.tan): [at(Real(-1.2, 1.2))],
    (np.arcsin, np.arccos, np.arctan): [at(inside)],
    (np.sinh, np.cosh, np.tanh, np.arcsinh): [at(real)],
    (np.arccosh,): [at(above_one)],
    (np.arctanh,): [at(inside)],
    (cmath.exp, cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh): by_differences(real),
    (cmath.sqrt, cmath.log, cmath.log10): by_differences(positive),
    (cmath.sin, cmath.cos, cmath.tan): by_differences(Real(-1.2, 1.2)),
    (cmath.asin, cmath.acos, cmath.acosh): [
        at(v, by="differences") for v in (-2.5, -0.5, 0.5, 2.5)
    ],
    (cmath.atan, cmath.atanh): by_differences(inside),
    (math.sin, math.cos, math.tan): by_differences(Real(-1.2, 1.2)),
    (math.asin, math.acos, math.atan, math.atanh): by_differences(inside),
    (math.sinh, math.cosh, math.tanh, math.asinh): by_differences(real),
    (math.acosh,): by_differences(above_one),
    (np.arctan2, math.atan2): by_differences(real, positive),
    (np.sinc,): [at(positive)],
    (math.erf, math.erfc): by_differences(real),
    (math.gamma, math.lgamma): [at(v, by="differences") for v in (0.7, 2.5, 11.0, -1.5)],
    (runtime.first_decides,): [at(vector()), at(matrix(2, 3))],
    (runtime.polygamma,): [at(1, v, by="differences") for v in (0.7, 2.5, 11.0, -1.5)],
    (runtime.digamma,): [at(v, by="differences") for v in (0.7, 2.5, 11.0, -1.5)],
    (operator.pow,): [
        at(positive, real),
        *(at(real, Literal(n)) for n in (1, 2, 3, -1, -2, 2.0)),
        *(at(positive, Literal(n)) for n in (0.5, -0.5, 1.5)),
        at(Literal(2), real),
        at(Literal(2.5), real),
        at(array(2, 3), 3),
    ],
    (np.power, np.float_power, builtins.pow): [at(positive, real), at(real, Literal(2))],
    (math.pow,): by_differences(positive, real),
}

CHOICES = {
    (np.maximum, np.minimum, np.fmax, np.fmin): [
        at(real, real, by="differences"),
        at(real, Literal(0), by="differences"),
        at(Literal(0.5), real, by="differences"),
    ],
    (builtins.max, builtins.min): [
        at(1.5, 0.5, by="differences"),
        at(0.5, 1.5, by="differences"),
        at(0.5, Literal(0.0), by="differences"),
        at(0.5, 1.5, 1.0, by="differences"),
        at(1.5, 0.5, 1.0, by="differences"),
        at(1.0, 0.5, 1.5, by="differences"),
        at(vector(), by="differences"),
    ],
    (np.where,): [
        at(FLAGS, vector(length=3), vector(length=3)),
        at(FLAGS, matrix(2, 3), 0.5),
        at(FLAGS, 1.5, matrix(2, 1)),
        at(FLAGS, vector(length=3), Literal(0.0)),
        at(np.array([[True], [False]]), vector(length=3), 0.5),
        at(Literal(True), 1.5, 0.5),
    ],
    (np.clip, "method clip"): [
        at(array(2, 3), Literal(-0.5), Literal(0.5), by="differences"),
        at(array(2, 3), None, None, by="differences"),
        at(array(2, 3), None, Literal(0.5), by="differences"),
        at(array(2, 3), Literal(-0.5), None, by="differences"),
        at(array(2, 3), -0.5, 0.5, by="differences"),
        at(array(2, 3), vector(-1.0, -0.5, 3), matrix(2, 1, 0.5, 1.0), by="differences"),
        at(array(2, 3), 0.5, -0.5, by="differences"),
    ],
    (np.heaviside,): by_differences(real, real),
    (np.nan_to_num,): by_differences(real),
}

REDUCTIONS = {
    (np.sum, np.mean): reductions() + of_single_elements(),
    (np.prod,): [
        *reductions(),
        *of_single_elements(),
        at(np.array([2.0, 0.0, 5.0])),
        at(np.array([0.0, 0.0, 5.0])),
        at(np.array([[2.0, 0.0], [3.0, 4.0]]), axis=1),
    ],
    (np.var, np.std): without_complex(
        reductions() + [at(array(2, 3), ddof=1), at(array(2, 3), axis=1, ddof=1)]
    ),
    (np.max, np.min, np.amax, np.amin): without_complex(reductions() + of_single_elements()),
    (builtins.sum,): [at(vector()), at(array(2, 3))],
    (math.fsum,): [at(vector(), by="differences")],
    (math.prod,): [at(vector())],
    (runtime.unbroadcast,): [
        at(array(2, 3), (3,), (2, 3)),
        at(array(2, 3), (2, 1), (2, 3)),
        at(array(2, 3), (2, 3), (2, 3)),
        at(array(3), (2, 1), (2, 3)),
        at(array(2, 3), (), (2, 3)),
        at(0.7, (2, 1), (2, 3)),
    ],
    (runtime.unreduce,): [
        at(vector(length=2), (2, 3), 1, False),
        at(vector(length=3), (2, 3), 0, False),
        at(matrix(2, 1), (2, 3), 1, True),
        at(0.7, (2, 3), None, False),
    ],
    (runtime.tiled_to,): [
        at(vector(length=2), (4,)),
        at(matrix(2, 3), (2, 6)),
        at(matrix(1, 2), (3, 2, 2)),
    ],
    (runtime.untile,): [at(vector(length=4), (2,)), at(array(3, 2, 2), (1, 2))],
    (runtime.unpicked,): [at(matrix(2, 2), (2, 3), np.array([[0, 2], [1, 1]]), 1)],
    (runtime.uncut,): [
        at(vector(length=n), 3, 4, reverses) for n in (2, 4) for reverses in (False, True)
    ],
    (runtime.cut,): [at(vector(length=6), 2, 3, 4, reverses) for reverses in (False, True)],
    (runtime.quantile_back,): [
        at(vector(length=2), np.array([3, 1, 2]), Literal((0.2, 0.5)), None, False, "linear"),
        at(matrix(1, 2), np.array([[3, 1, 2], [4, 5, 6]]), Literal((0.3,)), 1, False, "linear"),
    ],
    (runtime.quantile_moved,): [
        at(vector(length=3), np.array([3, 1, 2]), Literal((0.2, 0.5)), None, False, "linear"),
        at(matrix(2, 3), np.array([[3, 1, 2], [4, 5, 6]]), Literal(0.3), 1, True, "linear"),
    ],
    (runtime.product_of_others,): [at(vector(), None), at(array(2, 3, 4), (0, 2))],
    (np.cumsum,): [
        at(vector()),
        at(array(2, 3)),
        *(at(array(2, 3, 4), axis=axis) for axis in (None, 0, 1, -1)),
    ],
    (np.cumprod,): [
        at(vector()),
        at(np.array([2.0, 0.0, 3.0, 0.0])),
        at(array(2, 3)),
        *(at(array(2, 3, 4), axis=axis) for axis in (None, 0, 1, -1)),
    ],
    (np.nansum, np.nanmean, np.nanmax, np.nanmin): without_complex(
        [
            *reductions(),
            *of_single_elements(),
            at(np.array([[1.5, np.nan, 0.5], [np.nan, 2.5, 3.5]]), axis=1),
            at(np.array([[1.5, np.nan, 0.5], [np.nan, 2.5, 3.5]])),
        ]
    ),
    (np.average,): [
        *reductions(),
        at(vector(), weights=vector(0.5, 2.0)),
        at(array(2, 3), weights=array(2, 3, low=0.5)),
        at(array(2, 3), axis=1, weights=array(2, 3, low=0.5)),
        at(array(2, 3), axis=0, weights=array(2, 3, low=0.5), keepdims=True),
        at(array(2, 3), axis=1, weights=vector(0.5, 2.0, 3)),
        at(array(2, 3, 4), axis=1, weights=vector(0.5, 2.0, 3)),
        at(array(2, 3, 4), axis=0, weights=vector(0.5, 2.0, 2), keepdims=True),
    ],
    (np.diff,): [
        at(vector()),
        *(at(array(2, 3, 4), axis=axis) for axis in (0, 1, -1)),
        at(vector(), prepend=Literal(0.0)),
        at(vector(), append=Literal(1.0)),
        at(vector(), prepend=Literal(0.0), append=Literal(0.0)),
    ],
}

ORDERING = {
    (np.sort,): [
        at(vector()),
        at(array(2, 3), by="differences"),
        *(at(array(2, 3, 4), axis=axis, by="differences") for axis in (0, 1, -1)),
    ],
    (np.take_along_axis,): [
        at(array(2, 3), np.array([[0, 2, 2, 1], [1, 1, 0, 0]]), axis=1),
        at(array(2, 3), np.array([[0, 1, 1]]), 0),
        at(array(2, 3), np.array([[0, 1, 1]]), axis=1),
        at(array(1, 3), np.array([[0, 1], [2, 2]]), axis=1),
        at(vector(), np.array([3, 0, 0]), axis=-1),
    ],
    (np.median,): without_complex(
        [*reductions(), *of_single_elements(), at(vector(length=5)), at(vector())]
    ),
    (np.quantile,): [
        at(call.args[0], q, **call.options, by="differences")
        for call in [*reductions(), at(vector()), at(vector(length=5))]
        for q in (Literal(0.3), 0, 1)
    ],
    (np.percentile,): [
        at(array(2, 3), 30, by="differences"),
        at(array(2, 3), Literal(75.0), axis=1, by="differences"),
        at(vector(length=5), 50, keepdims=True, by="differences"),
        at(vector(length=5), 25, method="linear", by="differences"),
    ],
    (np.ptp,): without_complex(reductions() + of_single_elements()),
}

# named anew in NumPy 2, and then gone under its old name
TRAPEZOID = tuple(f for n in ("trapezoid", "trapz") if (f := getattr(np, n, None)))

NUMERICS = {
    (np.convolve, np.correlate): [
        at(vector(length=m), vector(length=n), *mode, by="differences")
        for m, n in ((5, 3), (3, 5), (6, 4), (4, 6), (4, 4), (5, 2), (2, 5), (3, 1), (1, 1))
        for mode in ((), ("full",), ("same",), ("valid",))
    ],
    (np.interp,): [
        at(vector(-1.0, 3.0, 8), np.arange(4), vector(), by="differences"),
        at(0.7, np.arange(4), vector(), by="differences"),
        at(array(2, 3), np.arange(4), vector(), by="differences"),
        at(vector(), np.arange(1), vector(length=1), by="differences"),
        at(vector(), np.arange(4), vector(), period=Literal(2.7), by="differences"),
        at(vector(), np.arange(4), vector(), period=Literal(-5.5), by="differences"),
    ],
    TRAPEZOID: [
        at(vector()),
        at(vector(), dx=Literal(0.5)),
        at(vector(), np.arange(4) ** 2),
        at(array(2, 3, 4)),
        at(array(2, 3, 4), axis=1),
        at(array(2, 3, 4), axis=0, dx=2),
        at(array(2, 3, 4), np.array([0, 2, 3]), axis=1),
        at(array(2, 3), np.array([[0, 2, 3], [1, 2, 5]])),
    ],
    (np.gradient,): [
        at(vector()),
        at(vector(length=2)),
        at(vector(length=3)),
        at(vector(length=7), Literal(0.5)),
    ],
    (np.polyval,): [
        at(vector(), vector(length=3)),
        at(vector(), array(2, 3)),
        at(vector(), 1.5),
        at(vector(length=1), vector()),
    ],
    (np.pad,): [
        at(vector(), 2),
        at(vector(), (1, 0)),
        at(array(2, 3), 1),
        at(array(2, 3), (1, 2)),
        at(array(2, 3), ((0, 0), (2, 1))),
        at(array(2, 3), ((1, 0), (0, 0)), "constant", constant_values=Literal(2.5)),
        at(array(2, 3), ((1, 0), (0, 2)), constant_values=0.5, by="differences"),
        at(vector(), (2, 1), "linear_ramp", end_values=0.5, by="differences"),
        at(array(2, 3, 2), ((0, 1), (0, 0), (3, 0)), mode="constant"),
    ],
    (np.append,): [
        at(vector(), vector(length=2)),
        at(vector(), 1.5),
        at(array(2, 3), vector()),
        at(array(2, 3), array(2, 2)),
        at(array(2, 3), array(2, 1), axis=1),
        at(array(2, 3), array(4, 3), axis=0),
        at(array(2, 3, 2), array(2, 1, 2), axis=-2),
    ],
}

# new in NumPy 2
MATRIX_TRANSPOSE = ("attribute mT", *filter(None, [getattr(np, "matrix_transpose", None)]))

SHAPING = {
    (np.reshape,): [
        at(array(2, 6), (3, 4)),
        at(array(2, 6), (3, -1)),
        at(array(2, 6), -1),
        at(array(2, 3, 4), (2, -1)),
        at(array(1), ()),
        at(1.5, (1, 1)),
    ],
    (np.ravel,): [at(array(2, 3)), at(array(2, 1, 3)), at(1.5)],
    ("method flatten",): [at(array(2, 3))],
    (np.transpose,): [
        at(vector()),
        at(matrix(2, 3)),
        at(array(2, 3, 4)),
        at(array(2, 3, 4), (1, 2, 0)),
        at(array(2, 3, 4), axes=(0, -1, 1)),
    ],
    ("attribute T",): [at(vector()), at(matrix(2, 3)), at(array(2, 3, 4))],
    MATRIX_TRANSPOSE: [at(matrix(2, 3)), at(array(2, 3, 4))],
    (np.swapaxes,): [at(array(2, 3, 4), 0, 2), at(array(2, 3, 4), -1, 1)],
    (np.moveaxis,): [at(array(2, 3, 4), 0, -1), at(array(2, 3, 4), (0, 1), (2, 0))],
    (np.expand_dims,): [
        at(vector(), 0),
        at(vector(), -1),
        at(array(2, 3), (0, 2)),
        at(1.5, 0),
    ],
    (np.squeeze,): [
        at(array(2, 1, 3)),
        at(array(2, 1, 3), axis=1),
        at(array(1, 2, 1), axis=(0, -1)),
        at(array(1)),
    ],
    (np.atleast_1d, np.atleast_2d): [at(1.5), at(vector()), at(array(2, 3, 4))],
    (np.flip,): [at(vector()), at(array(2, 3)), at(array(2, 3), 0), at(array(2, 3), axis=(0, 1))],
    (np.fliplr, np.flipud): [at(array(2, 3))],
    (np.rot90,): [
        at(array(2, 3)),
        at(array(2, 3), 2),
        at(array(2, 3, 4), k=-1, axes=(2, 0)),
    ],
    (np.roll,): [
        at(vector(), 1),
        at(array(2, 3), -2),
        at(array(2, 3), 1, axis=1),
        at(array(2, 3), (1, 2), axis=(0, 1)),
    ],
    (np.tril, np.triu): [at(array(3, 3)), at(array(2, 3), 1), at(array(2, 3, 3), -1)],
    (np.broadcast_to,): [
        at(vector(length=3), (2, 3)),
        at(array(2, 1), (4, 2, 3)),
        at(1.5, (2, 3)),
        at(array(2, 3), (2, 3)),
    ],
    (np.repeat,): [
        at(vector(), 2),
        at(array(2, 3), 2),
        at(array(2, 3), 2, axis=1),
        at(array(2, 3), np.array([1, 3]), axis=0),
    ],
    (np.tile,): [
        at(vector(), 2),
        at(array(2, 3), 2),
        at(array(2, 3), (2, 1)),
        at(vector(), (2, 2)),
        at(array(2, 3, 2), (2, 1)),
    ],
    (np.diag,): [
        at(vector()),
        at(vector(), 1),
        at(vector(), -2),
        at(array(3, 3)),
        at(array(2, 3), 1),
        at(array(3, 2), -1),
    ],
    (np.trace,): [at(array(3, 3)), at(array(2, 3), 1), at(array(2, 3), offset=-1)],
    (np.real_if_close,): [at(array(2, 3), by="differences")],
    (np.asarray, np.asanyarray, np.asarray_chkfinite, np.array, np.copy): [
        at(array(2, 3)),
        at(1.5),
    ],
    (np.ascontiguousarray, "method copy"): [at(array(2, 3))],
    ("method astype",): [at(array(2, 3), np.float64, by="differences")],
    ("method item",): [at(array(1, 1))],
}

PRODUCTS = {
    (operator.matmul, np.matmul): [
        at(vector(), vector()),
        at(matrix(2, 4), vector()),
        at(vector(), matrix(4, 2)),
        at(matrix(2, 3), matrix(3, 4)),
        at(array(5, 2, 3), array(5, 3, 4)),
        at(array(5, 2, 3), matrix(3, 4)),
        at(matrix(2, 3), array(5, 3, 4)),
        at(array(1, 2, 3), array(5, 3, 4)),
        at(array(6, 1, 2, 3), array(5, 3, 4)),
        at(array(5, 2, 3), vector(length=3)),
        at(vector(length=3), array(5, 3, 4)),
    ],
    (np.dot,): [
        at(vector(), vector()),
        at(matrix(2, 4), vector()),
        at(vector(), matrix(4, 2)),
        at(matrix(2, 3), matrix(3, 4)),
        at(array(5, 2, 3), matrix(3, 4)),
        at(matrix(2, 3), array(5, 3, 4)),
        at(array(5, 2, 3), array(6, 3, 4)),
        at(array(5, 2, 3), vector(length=3)),
        at(vector(length=3), array(5, 3, 4)),
        at(1.5, matrix(2, 3)),
        at(matrix(2, 3), 1.5),
        at(1.5, 0.5),
    ],
    (np.inner,): [
        at(vector(), vector()),
        at(matrix(2, 4), vector()),
        at(vector(), matrix(2, 4)),
        at(matrix(2, 3), matrix(4, 3)),
        at(array(5, 2, 3), array(6, 3)),
        at(1.5, matrix(2, 3)),
    ],
    # the complex form of np.vdot takes the conjugate of its first operand
    (np.vdot,): [
        at(vector(), vector(), by="differences"),
        at(matrix(2, 3), matrix(2, 3), by="differences"),
        at(matrix(2, 3), matrix(3, 2), by="differences"),
    ],
    (np.outer,): [
        at(vector(), vector(length=3)),
        at(matrix(2, 3), vector()),
        at(vector(), matrix(2, 3)),
        at(1.5, vector()),
    ],
    (np.cross,): [
        at(vector(length=3), vector(length=3)),
        at(array(2, 3), vector(length=3)),
        at(array(4, 1, 3), array(2, 3)),
    ],
    (np.einsum,): [
        *(
            at(text, *(array(*shape) for shape in shapes))
            for text, *shapes in (
                ("ij,jk->ik", (2, 3), (3, 4)),
                ("ij, jk", (2, 3), (3, 4)),
                ("ba,bc", (2, 3), (2, 4)),
                ("ij,ij->", (2, 3), (2, 3)),
                ("ij,ji->", (2, 3), (3, 2)),
                ("ij,ij->i", (2, 3), (2, 3)),
                ("i,i", (3,), (3,)),
                ("i,j->ij", (3,), (2,)),
                ("i,j->ji", (3,), (2,)),
                ("ij,k->ik", (2, 3), (4,)),
                ("ij,k->", (2, 3), (4,)),
                ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
                ("bij,jk->kib", (5, 2, 3), (3, 4)),
                ("ii,ij->j", (3, 3), (3, 2)),
                ("iji,j->i", (3, 2, 3), (2,)),
                ("iii,i->", (3, 3, 3), (3,)),
                ("ij,ij->ij", (2, 1), (2, 3)),
                ("ij,jk->ik", (2, 1), (3, 4)),
                ("ij,j->", (2, 3), (1,)),
                ("ii", (3, 3)),
                ("iij->j", (3, 3, 2)),
                ("iij->i", (3, 3, 2)),
                ("ij->", (2, 3)),
                ("ij->j", (2, 3)),
                ("ij->i", (2, 3)),
                ("ijk->ki", (2, 3, 4)),
                ("ijk->j", (2, 3, 4)),
                ("ki,ii->", (2, 2), (2, 2)),
                ("lk,ikk,lj->kj", (3, 2), (4, 2, 2), (3, 3)),
                ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
                ("i,ij,j->", (2,), (2, 3), (3,)),
                ("ij,j,j->i", (2, 3), (3,), (3,)),
            )
        ),
        at(",i->i", 1.5, vector()),
        at("i,->", vector(), np.float64(0.5)),
        at("ij,jk", array(2, 3), array(3, 4), optimize=True),
    ],
    (np.tensordot,): [
        at(array(2, 3, 4), array(3, 4, 5)),
        at(matrix(2, 3), matrix(3, 4), 1),
        at(matrix(2, 3), matrix(2, 3), axes=2),
        at(vector(), vector(length=3), axes=0),
        at(array(2, 3, 4), array(4, 2, 5), axes=((0, 2), (1, 0))),
        at(array(2, 3, 4), array(4, 2, 5), axes=((2, 0), (0, 1))),
        at(array(2, 3, 4), array(5, 3), axes=(1, -1)),
        at(array(2, 3, 4), array(4, 2, 3), axes=((0, 1, 2), (1, 2, 0))),
        at(array(2, 3, 4), array(4, 2), axes=((0, 2), (1, 0))),
    ],
    (np.kron,): [at(vector(), vector(length=3)), at(matrix(2, 3), matrix(4, 2))],
    (np.add.outer, np.subtract.outer, np.multiply.outer): [
        at(vector(), vector(length=3)),
        at(matrix(2, 3), vector()),
        at(vector(), matrix(2, 3)),
        at(1.5, vector()),
        at(vector(), 1.5),
        at(1.5, 0.5),
    ],
    (np.linalg.inv,): [
        at(matrix(3, 3) + 3 * np.eye(3)),
        at(array(2, 3, 3) + 3 * np.eye(3)),
    ],
    (np.linalg.solve,): [
        at(matrix(3, 3) + 3 * np.eye(3), vector(length=3)),
        at(matrix(3, 3) + 3 * np.eye(3), matrix(3, 2)),
        at(array(2, 3, 3) + 3 * np.eye(3), array(2, 3, 4)),
        at(array(1, 3, 3) + 3 * np.eye(3), array(2, 3, 4)),
        at(matrix(3, 3) + 3 * np.eye(3), array(2, 3, 4)),
    ],
    (np.linalg.det,): [at(matrix(3, 3)), at(array(2, 3, 3))],
    (np.linalg.norm,): [
        at(vector(), by="differences"),
        at(array(2, 3), by="differences"),
        at(array(2, 3), axis=1, by="differences"),
        at(array(2, 3), axis=0, keepdims=True, by="differences"),
        at(array(2, 3, 4), axis=(0, 2), by="differences"),
        at(array(2, 3, 4), axis=(-1, 0), keepdims=True, by="differences"),
        at(array(2, 3), "fro", by="differences"),
        at(array(2, 3, 4), "fro", axis=(1, 2), by="differences"),
        *(at(vector(), order, by="differences") for order in (1, 2, 3, -1)),
        *(
            at(array(2, 3, 4), order, axis=1, keepdims=keep, by="differences")
            for order in (1, 2, 3)
            for keep in (True, False)
        ),
    ],
}


def symmetric(*stack: int) -> np.ndarray:
    """Symmetric matrices with positive eigenvalues, far apart from each other."""
    a = 0.2 * array(*stack, 3, 3)
    return a + np.swapaxes(a, -1, -2) + np.diag([1.5, 3.0, 5.0])


def matrices() -> list[np.ndarray]:
    """Wide, tall and square ones, and stacks; their singular values are far apart."""
    apart = np.diag([3.0, 6.0, 9.0, 12.0])
    return [
        array(*shape) + apart[: shape[-2], : shape[-1]]
        for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2))
    ]


# several results, one at a time; the complex forms take conjugates or are not analytic
DECOMPOSITIONS = {
    (np.linalg.cholesky,): [
        at(symmetric(), by="differences"),
        at(symmetric(2), by="differences"),
    ],
    (np.linalg.slogdet,): [
        at(m, by="differences", part=part)
        for m in (matrix(3, 3), array(2, 3, 3), -symmetric())
        for part in (0, 1)
    ],
    (np.linalg.eigh,): [
        at(m, by="differences", part=part)
        for m in (symmetric(), symmetric(2), symmetric() + np.tri(3))
        for part in (0, 1)
    ],
    (np.linalg.eig,): [
        at(m, by="differences", part=part)
        for m in (symmetric() + 0.1 * np.tri(3, k=-1), symmetric(2))
        for part in (0, 1)
    ],
    (np.linalg.eigvals,): [at(m, by="differences") for m in (symmetric(), symmetric(2))],
    (np.linalg.eigvalsh,): [at(m, by="differences") for m in (symmetric(), symmetric(2))],
    (np.linalg.svd,): [
        *(
            at(m, full_matrices=False, by="differences", part=part)
            for m in matrices()
            for part in (0, 1, 2)
        ),
        *(at(m, compute_uv=False, by="differences") for m in matrices()),
    ],
    (np.linalg.qr,): [
        at(m, by="differences", part=part)
        for m in (matrix(3, 3), matrix(4, 2), array(2, 4, 3), matrix(2, 4))
        for part in (0, 1)
    ],
    (np.linalg.pinv,): [at(m, by="differences") for m in matrices()],
    (np.linalg.matrix_power,): [
        at(m, n, by="differences")
        for m in (matrix(3, 3), array(2, 3, 3) + 5 * np.eye(3))
        for n in (0, 1, 2, 3, 5, -1, -3)
    ],
    (runtime.cofactors,): [
        at(m, by="differences") for m in (matrix(3, 3), array(2, 3, 3) + 3 * np.eye(3))
    ],
    (runtime.lower_half,): [at(matrix(3, 3)), at(array(2, 3, 3))],
    (runtime.over_gaps,): [
        at(matrix(3, 3), vector(length=3), by="differences"),
        at(array(2, 3, 3), array(2, 3), by="differences"),
    ],
}

_s = slice
_several = np.array([0, 1, 1, 0])
_other = np.array([1, 0, 1, 1])
_mask = np.array([[True, False, True, True], [False, False, True, False], [True, True, True, True]])

INDEXING = {
    (operator.getitem,): [
        at(array(2, 3, 4), index)
        for index in (
            0,
            -1,
            (1, 2),
            (0, -1, 2),
            _s(1, None),
            _s(None, -1),
            _s(None, None, 2),
            _s(None, None, -1),
            (_s(None), _s(2, 0, -1)),
            (_s(None), _s(-2, None), _s(1, 10)),
            (_s(None), _s(-10, 2)),
            (_s(None), _s(None), _s(3, 1)),
            (_s(None), _s(None), _s(-3, -1)),
            (_s(None), _s(None), _s(0, 4, 3)),
            None,
            (None, 0, _s(None), None),
            ...,
            (..., 0),
            (..., 1, 2, 3),
            (0, ..., None, _s(1, None)),
            _several,
            (_s(None), _several),
            (..., _several),
            (_several, _other),
            (_s(None), _several, _other),
            (_several, _s(None), _other),
            (_several, None, _other),
            (0, _s(None), _other),
            (_s(None), 0, _other),
            (_s(None), _several, ..., _other),
            (_several, ..., _other),
            (_several[:, None], _other),
            (_several.reshape(2, 2), 0, 1),
            np.array([True, False]),
            (_s(None), _mask),
            (0, _mask),
            (1, _s(None), np.array([True, False, True, True])),
            (np.array([True, True]), np.array([1, 2])),
            (_several, 2, 3),
            np.int64(1),
        )
    ]
    + [at(vector(), _several), at(vector(), 2), at(np.array(1.5), ())],
    (np.take,): [
        at(vector(), _several),
        at(vector(), 2),
        at(array(2, 3), _several, axis=0),
        at(array(2, 3), _several, axis=1),
        at(array(2, 3), _several, axis=-1),
        at(array(2, 3, 4), _several.reshape(2, 2), axis=-2),
    ],
}

JOINING = {
    (np.concatenate,): [
        at(Display(vector(), vector(length=3))),
        at(Display(array(2, 3), array(4, 3), array(1, 3))),
        at(Display(array(2, 3), array(2, 1)), axis=1),
        at(Display(array(2, 3, 2), array(2, 1, 2)), axis=-2),
        at(Display(vector(length=3), np.zeros(2))),
        at((vector(), vector(length=2))),
    ],
    (np.stack,): [
        at(Display(vector(), vector())),
        at(Display(1.5, -0.5)),
        at(Display(array(2, 3), array(2, 3), array(2, 3)), axis=1),
        at(Display(array(2, 3), array(2, 3)), axis=-1),
        at((vector(), vector())),
    ],
    (np.hstack,): [
        at(Display(vector(), vector(length=2))),
        at(Display(array(2, 3), array(2, 1))),
        at(Display(array(2, 3, 2), array(2, 1, 2))),
    ],
    (np.vstack,): [
        at(Display(vector(), vector())),
        at(Display(array(2, 3), array(1, 3))),
        at(Display(vector(length=3), array(2, 3))),
        at(Display(array(2, 3), vector(length=3))),
    ],
    (np.column_stack,): [
        at(Display(vector(), vector(), vector())),
        at(Display(array(4, 2), array(4, 1))),
        at(Display(vector(), array(4, 2))),
    ],
}

# several results, one at a time
SPLITTING = {
    (np.split,): [
        *(at(vector(length=6), 3, part=part) for part in (0, 1, 2)),
        *(at(array(4, 6), (1, 4), axis=1, part=part) for part in (0, 1, 2)),
    ],
}

# of arrays and numbers written out, where the operation also takes an array
DISPLAYS = {
    (runtime.first_decides,): [at(Display(1.5, 0.5)), at(vector())],
    (np.array, np.asarray): [
        at(Display(1.5, -0.5, 2.0), by="differences"),
        at(Display(vector(), vector())),
        at(Display(Display(1.5, 0.5), Display(-0.5, 2.5)), by="differences"),
        at(Display(1.5, Literal(0.0), np.float64(2.5)), by="differences"),
        at((1.5, -0.5), by="differences"),
    ],
    (builtins.sum,): [at(Display(1.5, -0.5, np.float64(2.0)), by="differences")],
}

repeated = np.array([2, 0, 2])
below = np.array([[True, False, True], [False, False, True]])

WRITING = {
    (np.add.at, np.subtract.at, np.multiply.at, np.divide.at, np.maximum.at, np.minimum.at): [
        at(vector(), repeated, vector(length=3)),
        at(vector(), [0, 0, 1], Literal(2.0)),
        at(vector(), repeated, 1.5),
        at(matrix(3, 4), repeated, matrix(3, 4)),
        at(matrix(3, 4), (repeated, repeated), vector(length=3)),
        at(matrix(3, 4), 1, vector()),
    ],
    ("method fill",): [at(matrix(2, 3), 1.5), at(vector(), Literal(0.0))],
    (np.copyto,): [
        at(matrix(2, 3), matrix(2, 3)),
        at(matrix(2, 3), vector(length=3)),
        at(matrix(2, 3), 1.5),
        at(matrix(2, 3), matrix(2, 3), where=below),
        at(matrix(2, 3), vector(length=3), where=below),
    ],
    (np.putmask,): [
        at(matrix(2, 3), below, matrix(2, 3)),
        at(matrix(2, 3), below, 1.5),
        at(matrix(2, 3), below, vector(length=4)),
    ],
    (np.negative.at,): [at(vector(), np.array([0, 2, 0, 1]))],
    (np.place,): [
        at(matrix(2, 3), below, Literal(0.0)),
        at(matrix(2, 3), below, 1.5),
        at(matrix(2, 3), below, vector(length=2)),
        at(matrix(2, 3), below, vector(length=5)),
    ],
    (np.put,): [
        at(vector(), [3, 1], vector(length=2)),
        at(vector(), repeated, vector(length=3)),
        at(vector(), repeated, vector(length=2)),
        at(matrix(2, 3), repeated, vector(length=3)),
        at(matrix(2, 3), [5, -1, 0], 1.5),
    ],
    (np.put_along_axis,): [
        at(matrix(2, 3), np.array([[2], [0]]), matrix(2, 1), 1),
        at(matrix(2, 3), np.array([[1, 0, 1]]), 1.5, axis=0),
    ],
    (np.fill_diagonal,): [
        at(matrix(4, 2), 1.5),
        at(matrix(2, 3), vector(length=2)),
        at(matrix(3, 3), Literal(0.0)),
        at(matrix(3, 3), 1.5),
        at(matrix(3, 3), vector(length=3)),
    ],
    ("method sort",): [
        at(vector(), by="differences"),
        at(matrix(2, 3), by="differences"),
        at(matrix(2, 3), axis=0, by="differences"),
    ],
    (runtime.uncycled,): [at(vector(length=5), np.zeros(3, dtype=int))],
}

CREATION = {
    (np.full,): [at((2, 3), 1.5), at((2, 3), vector(length=3)), at(4, 1.5)],
    (np.full_like,): [
        at(np.ones((2, 3)), 1.5, by="differences"),
        at(np.ones((2, 3)), vector(length=3), by="differences"),
    ],
}

ints = np.arange(4)
bools = np.array([True, False, True, True])
whole = np.array([[3, 1, 2], [0, 5, 4]])

# operations whose derivative is zero: what they give has to be known all the same
CONSTANTS = {
    (runtime.marks.stop_gradient,): [at(real)],
    (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne): [
        at(real, real),
        at(ints, Literal(2)),
    ],
    (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal): [
        at(real, real)
    ],
    (np.logical_and, np.logical_or, np.logical_xor): [at(bools, bools), at(vector(), bools)],
    (np.logical_not,): [at(bools), at(real)],
    (operator.and_, operator.or_, operator.xor): [at(bools, bools), at(ints, Literal(3))],
    (np.bitwise_and, np.bitwise_or, np.bitwise_xor): [at(bools, bools), at(ints, ints)],
    (operator.invert, np.invert): [at(bools), at(ints)],
    (np.isnan, np.isinf, np.isfinite, np.signbit): [at(real)],
    (math.isnan, math.isinf, math.isfinite, bool): [at(1.5)],
    (cmath.isnan, cmath.isinf, cmath.isfinite): [at(1.5)],
    (math.isclose, cmath.isclose): [at(1.5, 2.5)],
    (np.isreal, np.iscomplex): [at(real)],
    (np.iscomplexobj, np.isrealobj): [at(vector())],
    (np.isclose,): [at(vector(), vector()), at(1.5, 2.5), at(vector(), 1.5)],
    (np.allclose, np.array_equal): [at(vector(), vector())],
    (np.all, np.any): [at(bools), at(whole > 2, axis=1), at(whole > 2, axis=0, keepdims=True)],
    (operator.floordiv, np.floor_divide): [at(real, positive), at(ints, Literal(2))],
    (np.floor, np.ceil, np.trunc, np.rint, np.sign): [at(real)],
    (math.floor, math.ceil, math.trunc, int): [at(1.5)],
    (builtins.round,): [at(1.5), at(1.25, 1), at(np.float64(1.25), 1)],
    (np.round, np.around): [at(vector()), at(1.25, 1), at(vector(), decimals=1)],
    (np.fix,): [at(vector()), at(1.5)],
    (operator.lshift, operator.rshift, np.left_shift, np.right_shift): [at(ints, Literal(1))],
    (np.gcd, np.lcm): [at(ints, ints)],
    (math.comb,): [at(5, 2)],
    (math.perm,): [at(5, 2), at(4)],
    (math.factorial, math.isqrt): [at(5)],
    (math.gcd, math.lcm): [at(6, 4)],
    (bisect.bisect, bisect.bisect_left): [at([1.0, 2.0, 4.0], 3.0), at([1.0, 2.0], 1.0, 1, 2)],
    (np.argmax, np.argmin): [at(vector()), at(whole, axis=1), at(whole, axis=0, keepdims=True)],
    (np.hanning, np.hamming, np.blackman, np.bartlett): [at(5), at(1)],
    (np.kaiser,): [at(5, Literal(8.6))],
    (np.fft.fftfreq, np.fft.rfftfreq): [at(5), at(6, Literal(0.5)), at(4, d=Literal(2.0))],
    (runtime.half_spectrum,): [at(5), at(6), at(1)],
    (np.argsort,): [at(vector()), at(array(2, 3)), at(array(2, 3), axis=0)],
    (np.count_nonzero,): [at(bools), at(whole, axis=1)],
    (runtime.quantile_weights,): [at(vector(), 0.3, None), at(matrix(2, 3), 0.5, 1)],
    (runtime.last_written,): [at(vector(), np.array([2, 0, 2])), at(array(2, 3), (0, ints % 3))],
    (runtime.heap_order,): [at((vector(),), "heapify")],
    (runtime.places_along,): [at(np.array([[2], [0]]), array(2, 3), 1, part=1)],
    (np.size,): [at(array(2, 3)), at(array(2, 3), 1)],
    (np.ndim,): [at(array(2, 3))],
    (np.zeros, np.ones, np.empty, np.ndarray): [
        at((2, 3)),
        at(4),
        at((2, 3), dtype=int),
        at((2,), np.float32),
    ],
    (np.zeros_like, np.ones_like, np.empty_like): [
        at(array(2, 3)),
        at(1.5),
        at(whole),
        at(whole, dtype=float),
    ],
    (np.eye, np.tri): [at(3), at(2, 3), at(2, 3, 1), at(2, dtype=int)],
    (np.identity,): [at(3)],
    (np.broadcast_shapes,): [at((2, 1), (1, 3), part=0), at((3,), 1, part=0)],
    (np.indices,): [at((2, 3)), at((2, 3), dtype=float)],
    (np.arange,): [
        at(4),
        at(1, 4),
        at(4, 1),
        at(0, 10, 3),
        at(Literal(2.5)),
        at(0, 1, Literal(0.25)),
        at(4, dtype=float),
    ],
    (range,): [at(4), at(1, 4), at(0, 10, 3), at(3, -1, -1)],
    (np.linspace,): [at(0, 1), at(0, 1, 5), at(Literal(0.0), vector(), 3)],
    (np.logspace, np.geomspace): [at(1, 2, 5)],
    (np.random.randint,): [at(5, size=3), at(0, 5, (2, 3))],
    (np.random.random, np.random.random_sample, np.random.standard_normal): [at(), at((2, 3))],
    (np.random.rand, np.random.randn): [at(), at(3)],
    (np.random.permutation,): [at(4), at(array(3, 2))],
}


def fourier(module):
    """Transforms of every length, along any axis, in every norm; frequencies in order."""

    def along(*lengths):
        return [
            at(x, by="differences", **options)
            for x, options in (
                (vector(length=6), {}),
                (vector(length=5), {}),
                (vector(length=1), {"n": 4}),
                *((vector(length=6), {"n": n}) for n in lengths),
                (array(3, 4), {"norm": "ortho"}),
                (array(4, 3), {"axis": 0, "norm": "forward"}),
                (array(2, 5, 3), {"axis": 1, "n": 4, "norm": "backward"}),
                (array(2, 3, 2), {"axis": -2, "n": 5, "norm": "ortho"}),
            )
        ]

    def over():
        return [
            at(x, by="differences", **options)
            for x, options in (
                (array(4, 3), {}),
                (array(3, 4), {"norm": "ortho"}),
                (array(2, 4, 3), {"axes": (1, 0), "norm": "forward"}),
                (array(4, 3), {"s": (3, 5), "axes": (0, 1)}),
                (array(3, 2, 4), {"s": (4, 4), "axes": (0, -1), "norm": "ortho"}),
                (array(2, 4, 3), {"axes": (-1,)}),
            )
        ]

    return {
        (module.fft, module.ifft, module.rfft, module.ihfft): along(4, 6, 9),
        (module.irfft, module.hfft): along(4, 7, 8, 10, 11, 13),
        (module.fft2, module.ifft2, module.rfft2, module.irfft2): over(),
        (module.fftn, module.ifftn, module.rfftn, module.irfftn): [
            *over(),
            at(array(2, 4, 3), by="differences"),
            at(vector(length=6), by="differences"),
        ],
        (module.fftshift, module.ifftshift): [
            at(vector(length=5)),
            at(array(3, 4)),
            at(array(3, 4), 1),
            at(array(3, 4, 5), axes=(0, -1)),
        ],
    }


FOURIER = fourier(np.fft) | {
    (runtime.resized,): [
        at(matrix(2, 4), (3, 4), (0,)),
        at(matrix(2, 4), (2, 3), (1,)),
    ],
}
SCIPY_FOURIER = fourier(fft) | {
    (fft.dct, fft.idct, fft.dst, fft.idst): [
        at(vector(length=5), norm="ortho"),
        *(at(array(4, 3), type=t, axis=0, norm="ortho") for t in (1, 2, 3, 4)),
        at(array(3, 4), n=6, norm="ortho"),
        at(array(3, 4), n=3, norm="ortho"),
        *(at(array(4, 3), type=t, axis=0) for t in (1, 2, 3, 4)),
        at(array(3, 4), n=6, norm="forward"),
    ],
    (fft.dctn, fft.idctn, fft.dstn, fft.idstn): [
        *(at(array(2, 3), type=t) for t in (1, 2, 3, 4)),
        at(array(2, 4, 3), axes=(1, 0), norm="forward"),
        at(array(4, 3), s=(3, 5), norm="ortho"),
        at(array(4, 3), axes=0),
    ],
    (runtime.cosine_back,): [
        at(array(2, 3), name, 3, (0, 1)) for name in ("dct", "idct", "dst", "idst")
    ],
}
SCIPY_CONSTANTS = {(fft.fftfreq, fft.rfftfreq): [at(5), at(6, Literal(0.5))]}

FAMILIES = (
    FOURIER,
    SCIPY_FOURIER,
    ARITHMETIC,
    CALCULUS,
    CHOICES,
    REDUCTIONS,
    ORDERING,
    NUMERICS,
    SHAPING,
    PRODUCTS,
    DECOMPOSITIONS,
    INDEXING,
    JOINING,
    SPLITTING,
    DISPLAYS,
    CREATION,
    WRITING,
)


def each(*families: dict[tuple[object, ...], list[Call]]) -> dict[object, list[Call]]:
    found: dict[object, list[Call]] = {}
    for family in families:
        for functions, calls in family.items():
            for function in functions:
                found[function] = [*found.get(function, []), *calls]
    return found


SAMPLES = each(*FAMILIES, *SCIENTIFIC)
CONSTANT_SAMPLES = each(CONSTANTS, SCIPY_CONSTANTS, SCIENTIFIC_CONSTANTS)
