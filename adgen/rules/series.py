"""Series of orthogonal polynomials, by their coefficients: `chebval`, `legval` and their kin."""

import ast

from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre

from adgen.rules.polynomials import polynomial
from adgen.rules.registry import adjoint, constant, free
from adgen.rules.settle import settles
from adgen.rules.settle.axes import count, raveled
from adgen.rules.shapes import dims_of
from adgen.types import Num, Seq


def series(op, facts, /, x, c):
    return polynomial(op, facts, p=c, x=x)


@adjoint(
    chebyshev.chebval, legendre.legval, hermite.hermval, hermite_e.hermeval, laguerre.lagval,
    shape=series,
)  # fmt: skip
def series_value(y, x, c):
    """Each coefficient stands with a polynomial; the slopes of these are a series again."""
    dc = raveled(dy) @ of_family(y, "vander", raveled(x), count(c, None) - 1)
    dx = of_family(y, "val", x, of_family(y, "der", c)) * dy


@settles
def of_family(context, y, what, *args):
    """Another function of the family whose series y is a value of: `chebder(c)`."""
    value = context.definition(y.id).op.function
    function = value.__name__.removesuffix("val") + what
    owner = ast.Name(f"@{value.__module__}", ast.Load())
    return ast.Call(ast.Attribute(owner, function, ast.Load()), list(args), [])


def places_and_weights(op, facts, /, deg):
    each = Num("f8", dims_of(facts, deg))
    return Seq("tuple", (each, each))


@constant(
    chebyshev.chebgauss, legendre.leggauss, hermite.hermgauss, hermite_e.hermegauss,
    laguerre.laggauss, shape=places_and_weights,
)  # fmt: skip
def quadrature(places, weights, /, deg: free): ...
