"""Bessel functions of `scipy.special` and their kin, in their argument.

Formulas are those of DLMF, chapters 9 to 11.  In the order there is no closed form:
it is `free`, and a call that asks for its derivative is refused.
"""

import ast

import numpy as np
from scipy import special

from adgen.rules.registry import adjoint, const, elementwise, free, unsupported
from adgen.rules.scientific import FOR_REAL_NUMBERS, NO_CLOSED_FORM
from adgen.rules.scientific.gammas import doubles
from adgen.rules.scientific.polynomials import above, below
from adgen.rules.settle import settles
from adgen.rules.settle.axes import or_one
from adgen.rules.settle.spelling import constant_expr
from adgen.rules.shapes import elementwise as broadcasting
from adgen.types import Num, Seq

# -- cylinder functions (DLMF 10.6.1, 10.6.3) ---------------------------------------------


@unsupported(
    special.jve, special.yve, special.ive, why=FOR_REAL_NUMBERS, when=lambda x: x.kind == "c"
)
def scaled_by_the_size(y, v: free, x): ...


@elementwise(special.j0)
def j0(y, x):
    dx = -special.j1(x) * dy


@elementwise(special.j1)
def j1(y, x):
    dx = 0.5 * (special.j0(x) - special.jv(2, x)) * dy


@elementwise(special.jv, special.jve, why=NO_CLOSED_FORM)
def jv(y, v: free, x):
    """Of a real number the two are the same."""
    dx = 0.5 * (special.jv(below(v), x) - special.jv(above(v), x)) * dy


@elementwise(special.y0)
def y0(y, x):
    dx = -special.y1(x) * dy


@elementwise(special.y1)
def y1(y, x):
    dx = 0.5 * (special.y0(x) - special.yv(2, x)) * dy


@elementwise(special.yn, special.yv, special.yve, why=NO_CLOSED_FORM)
def yv(y, v: free, x):
    """Of a real number the three are the same."""
    dx = 0.5 * (special.yv(below(v), x) - special.yv(above(v), x)) * dy


# -- modified (DLMF 10.29.1, 10.29.3) -----------------------------------------------------


@elementwise(special.i0)
def i0(y, x):
    dx = special.i1(x) * dy


@elementwise(special.i1)
def i1(y, x):
    dx = 0.5 * (special.i0(x) + special.iv(2, x)) * dy


@elementwise(special.iv, why=NO_CLOSED_FORM)
def iv(y, v: free, x):
    dx = 0.5 * (special.iv(below(v), x) + special.iv(above(v), x)) * dy


@elementwise(special.i0e)
def i0e(y, x):
    """At x = 0 there is a kink: the gradient is the mean of both slopes."""
    dx = (special.i1e(x) - np.sign(x) * y) * dy


@elementwise(special.i1e)
def i1e(y, x):
    dx = (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y) * dy


@elementwise(special.ive, why=NO_CLOSED_FORM)
def ive(y, v: free, x):
    """At x = 0 there is a kink: the gradient is the mean of both slopes."""
    dx = (0.5 * (special.ive(below(v), x) + special.ive(above(v), x)) - np.sign(x) * y) * dy


@elementwise(special.k0)
def k0(y, x):
    dx = -special.k1(x) * dy


@elementwise(special.k1)
def k1(y, x):
    dx = -0.5 * (special.k0(x) + special.kv(2, x)) * dy


@elementwise(special.kn, special.kv, why=NO_CLOSED_FORM)
def kv(y, v: free, x):
    dx = -0.5 * (special.kv(below(v), x) + special.kv(above(v), x)) * dy


@elementwise(special.k0e)
def k0e(y, x):
    dx = (y - special.k1e(x)) * dy


@elementwise(special.k1e)
def k1e(y, x):
    dx = (y - 0.5 * (special.k0e(x) + special.kve(2, x))) * dy


@elementwise(special.kve, why=NO_CLOSED_FORM)
def kve(y, v: free, x):
    dx = (y - 0.5 * (special.kve(below(v), x) + special.kve(above(v), x))) * dy


# -- of complex results, and slopes of any order ---------------------------------------------


@settles
def same(context, y, *args):
    """Another value of the function that y is one of."""
    function = context.definition(y.id).op.function.__name__
    owner = ast.Name("@scipy.special", ast.Load())
    written = [arg if isinstance(arg, ast.expr) else constant_expr(arg) for arg in args]
    return ast.Call(ast.Attribute(owner, function, ast.Load()), written, [])


def complex_doubles(op, facts, /, **operands):
    num = doubles(op, facts, **operands)
    return Num("c16", num.dims, num.form)


@elementwise(special.hankel1, special.hankel2, shape=complex_doubles, why=NO_CLOSED_FORM)
def hankel(y, v: free, z):
    dz = 0.5 * (same(y, below(v), z) - same(y, above(v), z)) * dy


@elementwise(special.wofz, shape=complex_doubles)
def wofz(y, z):
    """DLMF 7.10.2."""
    dz = (2j / np.sqrt(np.pi) - 2 * z * y) * dy


def slope_of_order(op, facts, /, v, z, n=1):
    num = broadcasting(op, facts, v=v, z=z)
    return Num("c16" if num.kind == "c" else "f8", num.dims, num.form)


@elementwise(special.jvp, special.yvp, special.ivp, special.kvp, shape=slope_of_order,
             why=NO_CLOSED_FORM)  # fmt: skip
def slope_of_bessel(y, v: free, z, n: const = 1):
    dz = same(y, v, z, higher(n)) * dy


@settles
def higher(context, n):
    return constant_expr(n + 1)


# -- spherical: the slope is at hand, and its own follows from the equation (DLMF 10.47) ----


@unsupported(
    special.spherical_jn,
    special.spherical_yn,
    special.spherical_in,
    special.spherical_kn,
    why=FOR_REAL_NUMBERS,
    when=lambda z: z.kind == "c",
)
def spherical_of_complex(y, n: free, z, derivative: const = False): ...


def spherical(op, facts, /, n, z, derivative=False):
    return doubles(op, facts, n=n, z=z)


def is_value(derivative):
    return not derivative


@elementwise(
    special.spherical_jn,
    special.spherical_yn,
    special.spherical_in,
    special.spherical_kn,
    shape=spherical,
    when=is_value,
    why=NO_CLOSED_FORM,
)
def spherical_value(y, n: free, z, derivative: const = False):
    dz = same(y, n, z, True) * dy


@elementwise(special.spherical_jn, special.spherical_yn, why=NO_CLOSED_FORM)
def spherical_slope(y, n: free, z, derivative: const = False):
    """At z = 0 it is not a number."""
    dz = ((n * (n + 1) / z**2 - 1) * same(y, n, z) - 2 * y / z) * dy


@elementwise(special.spherical_in, special.spherical_kn, why=NO_CLOSED_FORM)
def modified_spherical_slope(y, n: free, z, derivative: const = False):
    """At z = 0 it is not a number."""
    dz = ((n * (n + 1) / z**2 + 1) * same(y, n, z) - 2 * y / z) * dy


# -- Airy, Kelvin and Struve functions --------------------------------------------------------


def four_of_a_kind(op, facts, /, x):
    num = broadcasting(op, facts, x=x)
    one = Num(num.dtype, num.dims, num.form)
    return Seq("tuple", (one,) * 4)


@adjoint(special.airy, shape=four_of_a_kind)
def airy(ai, aip, bi, bip, /, x):
    """Airy's equation: y'' = x * y (DLMF 9.2.1)."""
    dx = aip * dai + x * ai * daip + bip * dbi + x * bi * dbip


@elementwise(special.ber)
def ber(y, x):
    dx = special.berp(x) * dy


@elementwise(special.bei)
def bei(y, x):
    dx = special.beip(x) * dy


@elementwise(special.ker)
def ker(y, x):
    dx = special.kerp(x) * dy


@elementwise(special.kei)
def kei(y, x):
    dx = special.keip(x) * dy


# with w = ber + i bei, or ker + i kei: w'' = i w - w' / x


@elementwise(special.berp)
def berp(y, x):
    dx = -(special.bei(x) + y / or_one(x)) * dy


@elementwise(special.beip)
def beip(y, x):
    dx = np.where(x == 0, 0.5, special.ber(x) - y / or_one(x)) * dy


@elementwise(special.kerp)
def kerp(y, x):
    dx = -(special.kei(x) + y / x) * dy


@elementwise(special.keip)
def keip(y, x):
    dx = (special.ker(x) - y / x) * dy


@elementwise(special.struve, why=NO_CLOSED_FORM)
def struve(y, v: free, x):
    """DLMF 11.4.27."""
    dx = (special.struve(below(v), x) - v / x * y) * dy


@elementwise(special.modstruve, why=NO_CLOSED_FORM)
def modstruve(y, v: free, x):
    """DLMF 11.4.29."""
    dx = (special.modstruve(below(v), x) - v / x * y) * dy
