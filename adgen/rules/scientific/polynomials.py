"""Orthogonal polynomials and hypergeometric functions of `scipy.special`, in x.

Formulas are those of DLMF, chapters 13, 14, 15 and 18.  In the degree and the
parameters there is no closed form: they are `free`, and a call that asks for their
derivative is refused.
"""

import ast

from scipy import special

from adgen.rules.registry import constant, elementwise, free
from adgen.rules.scientific import NO_CLOSED_FORM
from adgen.rules.series import places_and_weights
from adgen.rules.settle import settles
from adgen.rules.settle.spelling import call, constant_expr


@settles
def above(context, n):
    """The next order, worked out if the order is written out."""
    if isinstance(n, ast.Constant):
        return constant_expr(n.value + 1)
    return ast.BinOp(n, ast.Add(), ast.Constant(1))


@settles
def below(context, n):
    """The order before."""
    if isinstance(n, ast.Constant):
        return constant_expr(n.value - 1)
    return ast.BinOp(n, ast.Sub(), ast.Constant(1))


@settles
def degree_below(context, n):
    """The degree before, and 0 where that is none."""
    if isinstance(n, ast.Constant):
        return constant_expr(max(n.value - 1, 0))
    return call("maximum", ast.BinOp(n, ast.Sub(), ast.Constant(1)), ast.Constant(0))


@settles
def where_positive(context, n, slope):
    """The slope of a polynomial, which is 0 if its degree is."""
    if isinstance(n, ast.Constant):
        return slope if n.value else ast.Constant(0.0)
    return call("where", ast.Compare(n, [ast.Eq()], [ast.Constant(0)]), ast.Constant(0.0), slope)


# -- Jacobi and its special cases (DLMF 18.9) -----------------------------------------------


@elementwise(special.eval_jacobi, why=NO_CLOSED_FORM)
def eval_jacobi(y, n: free, alpha: free, beta: free, x):
    slope = special.eval_jacobi(degree_below(n), alpha + 1, beta + 1, x)
    dx = where_positive(n, 0.5 * (n + alpha + beta + 1) * slope) * dy


@elementwise(special.eval_legendre, why=NO_CLOSED_FORM)
def eval_legendre(y, n: free, x):
    slope = special.eval_gegenbauer(degree_below(n), 1.5, x)
    dx = where_positive(n, slope) * dy


@elementwise(special.eval_sh_legendre, why=NO_CLOSED_FORM)
def eval_sh_legendre(y, n: free, x):
    slope = special.eval_gegenbauer(degree_below(n), 1.5, 2 * x - 1)
    dx = where_positive(n, 2 * slope) * dy


@elementwise(special.eval_gegenbauer, why=NO_CLOSED_FORM)
def eval_gegenbauer(y, n: free, alpha: free, x):
    slope = special.eval_gegenbauer(degree_below(n), alpha + 1, x)
    dx = where_positive(n, 2 * alpha * slope) * dy


@elementwise(special.eval_chebyt, why=NO_CLOSED_FORM)
def eval_chebyt(y, n: free, x):
    dx = n * special.eval_chebyu(below(n), x) * dy


@elementwise(special.eval_sh_chebyt, why=NO_CLOSED_FORM)
def eval_sh_chebyt(y, n: free, x):
    dx = 2 * n * special.eval_chebyu(below(n), 2 * x - 1) * dy


@elementwise(special.eval_chebyu, why=NO_CLOSED_FORM)
def eval_chebyu(y, n: free, x):
    slope = special.eval_gegenbauer(degree_below(n), 2, x)
    dx = where_positive(n, 2 * slope) * dy


@elementwise(special.eval_hermite, why=NO_CLOSED_FORM)
def eval_hermite(y, n: free, x):
    dx = 2 * n * special.eval_hermite(degree_below(n), x) * dy


@elementwise(special.eval_hermitenorm, why=NO_CLOSED_FORM)
def eval_hermitenorm(y, n: free, x):
    dx = n * special.eval_hermitenorm(degree_below(n), x) * dy


@elementwise(special.eval_laguerre, why=NO_CLOSED_FORM)
def eval_laguerre(y, n: free, x):
    slope = special.eval_genlaguerre(degree_below(n), 1, x)
    dx = where_positive(n, -slope) * dy


@elementwise(special.eval_genlaguerre, why=NO_CLOSED_FORM)
def eval_genlaguerre(y, n: free, alpha: free, x):
    slope = special.eval_genlaguerre(degree_below(n), alpha + 1, x)
    dx = where_positive(n, -slope) * dy


# -- hypergeometric functions -----------------------------------------------------------------


@elementwise(special.hyp2f1, why=NO_CLOSED_FORM)
def hyp2f1(y, a: free, b: free, c: free, x):
    """DLMF 15.5.1."""
    dx = a * b / c * special.hyp2f1(above(a), above(b), above(c), x) * dy


@elementwise(special.hyp1f1, why=NO_CLOSED_FORM)
def hyp1f1(y, a: free, b: free, x):
    """DLMF 13.3.15."""
    dx = a / b * special.hyp1f1(above(a), above(b), x) * dy


@elementwise(special.hyperu, why=NO_CLOSED_FORM)
def hyperu(y, a: free, b: free, x):
    """DLMF 13.3.22."""
    dx = -a * special.hyperu(above(a), above(b), x) * dy


@elementwise(special.hyp0f1, why=NO_CLOSED_FORM)
def hyp0f1(y, v: free, x):
    """DLMF 16.3.1."""
    dx = special.hyp0f1(above(v), x) / v * dy


@constant(
    special.roots_legendre, special.roots_hermite, special.roots_hermitenorm,
    special.roots_laguerre, special.roots_chebyt, special.roots_chebyu,
    shape=lambda op, facts, /, n: places_and_weights(op, facts, deg=n),
)  # fmt: skip
def quadrature(places, weights, /, n: free): ...
