"""Systems of equations in `scipy.linalg`, also of factors, bands and Toeplitz matrices, and
matrix equations.

With x = solve(a, b) and s = solve(a.T, dx): db = s, and da = -s @ x.T (Giles 2008,
2.3.1); what SciPy does not read of a matrix gets no gradient.
"""

import ast
from dataclasses import replace

import numpy as np
from scipy import linalg

from adgen.rules.registry import adjoint, const, several, unsupported
from adgen.rules.scientific import real
from adgen.rules.settle import settles
from adgen.rules.settle.complexes import conjugated
from adgen.rules.settle.spelling import call, constant_expr, helper, indexed
from adgen.rules.shapes import as_num, floating, promote
from adgen.runtime import (
    banded_back,
    banded_transposed,
    lower_half,
    solveh_banded_back,
    toeplitz_back,
    toeplitz_pair_back,
)
from adgen.types import Known, Num, Seq

# -- what they share --------------------------------------------------------------------------


def matrix(*operands):
    """Real operands, the first of which is a matrix."""
    return any_matrix(*real(*operands))


def any_matrix(*operands):
    """Operands, the first of which is a matrix; for rules that are right for complex ones."""
    nums = [as_num(value) for value in operands]
    if nums[0].dims is None or len(nums[0].dims) != 2:
        raise TypeError("it takes a matrix")
    return nums


def solved(a, b):
    """What a system of equations gives: one solution, or one in each column."""
    if b.dims is None or len(b.dims) not in (1, 2):
        raise TypeError("it takes a vector or a matrix on the right")
    return Num(floating(promote(a, b)), b.dims)


@settles
def paired(context, s, x):
    """`s @ x.T`, of vectors their outer product."""
    if len(context.dims(x)) == 1:
        return call("outer", s, x)
    return ast.BinOp(s, ast.MatMult(), ast.Attribute(x, "T", ast.Load()))


@settles
def triangle(context, g, lower):
    """The gradient of a Hermitian matrix of which one triangle is read."""
    if lower:
        return helper("lower_half", g)
    return ast.Attribute(helper("lower_half", conjugated(context, g)), "T", ast.Load())


# -- solve --------------------------------------------------------------------------------------

GENERAL = (None, "gen", "general")
SYMMETRIC = ("sym", "symmetric")
HERMITIAN = ("her", "hermitian", "pos", "positive definite")


def solve_shape(op, facts, /, a, b, lower=False, assume_a=None, transposed=False):
    if assume_a not in (*GENERAL, *SYMMETRIC, *HERMITIAN):
        raise TypeError(f"`assume_a={assume_a!r}` is not supported")
    return solved(*any_matrix(a, b))


@unsupported(linalg.solve, why="of complex matrices it is supported with `assume_a='gen'`",
             when=lambda a, assume_a, transposed: a.is_complex and transposed
             and assume_a not in GENERAL)  # fmt: skip
def solve_conjugated(x, a, b, lower=False, assume_a=None, transposed=False): ...


@adjoint(linalg.solve, shape=solve_shape, when=lambda assume_a: assume_a in HERMITIAN,
         ignores=("check_finite",))  # fmt: skip
def solve_hermitian(
    x, a, b, lower: const = False, assume_a: const = None, transposed: const = False
):
    """The gradient stands in the triangle that SciPy reads."""
    s = conjugated(linalg.solve(a, conjugated(dx), lower=lower, assume_a=assume_a))
    da = -triangle(paired(s, x) + conjugated(paired(x, s)), lower)
    db = s


@adjoint(linalg.solve, when=lambda assume_a: assume_a in SYMMETRIC,
         ignores=("check_finite",))  # fmt: skip
def solve_symmetric(
    x, a, b, lower: const = False, assume_a: const = None, transposed: const = False
):
    """The gradient stands in the triangle that SciPy reads."""
    s = linalg.solve(a, dx, lower=lower, assume_a=assume_a)
    g = paired(s, x)
    da = -lower_half(g + g.T) if lower else -lower_half(g + g.T).T
    db = s


@adjoint(linalg.solve, when=lambda transposed: transposed, ignores=("check_finite",))
def solve_transposed(
    x, a, b, lower: const = False, assume_a: const = None, transposed: const = False
):
    s = linalg.solve(a, dx)
    da = -paired(x, s)
    db = s


@adjoint(linalg.solve, ignores=("check_finite",))
def solve(x, a, b, lower: const = False, assume_a: const = None, transposed: const = False):
    s = linalg.solve(a.T, dx)
    da = -paired(s, x)
    db = s


# -- triangles and factors --------------------------------------------------------------------

TRANSPOSED = (1, 2, "T", "C")
CONJUGATED = (2, "C")


def triangular_shape(op, facts, /, a, b, trans=0, lower=False, unit_diagonal=False):
    return solved(*any_matrix(a, b))


@settles
def in_triangle(context, g, lower, unit_diagonal):
    """The part of a gradient that stands where a triangle is read."""
    diagonal = (-1 if lower else 1) if unit_diagonal else 0
    args = [ast.Constant(diagonal)] if diagonal > 0 else []
    args = [ast.UnaryOp(ast.USub(), ast.Constant(1))] if diagonal < 0 else args
    return call("tril" if lower else "triu", g, *args)


@adjoint(linalg.solve_triangular, shape=triangular_shape,
         when=lambda a, trans: trans in CONJUGATED and a.is_complex,
         ignores=("check_finite",))  # fmt: skip
def solve_triangular_conjugated(
    x, a, b, trans: const = 0, lower: const = False, unit_diagonal: const = False
):
    s = np.conj(linalg.solve_triangular(a, np.conj(dx), lower=lower, unit_diagonal=unit_diagonal))
    da = -np.conj(in_triangle(paired(x, s), lower, unit_diagonal))
    db = s


@adjoint(linalg.solve_triangular,
         when=lambda trans: trans in TRANSPOSED, ignores=("check_finite",))  # fmt: skip
def solve_triangular_transposed(
    x, a, b, trans: const = 0, lower: const = False, unit_diagonal: const = False
):
    s = linalg.solve_triangular(a, dx, lower=lower, unit_diagonal=unit_diagonal)
    da = -in_triangle(paired(x, s), lower, unit_diagonal)
    db = s


@adjoint(linalg.solve_triangular, ignores=("check_finite",))
def solve_triangular(x, a, b, trans: const = 0, lower: const = False, unit_diagonal: const = False):
    s = linalg.solve_triangular(a, dx, trans=1, lower=lower, unit_diagonal=unit_diagonal)
    da = -in_triangle(paired(s, x), lower, unit_diagonal)
    db = s


def factors(pair):
    """A matrix and what goes with it, given as one argument."""
    if not isinstance(pair, Seq) or len(pair.items) != 2:
        raise TypeError("the factor and what goes with it have to be given as a tuple")
    return pair.items


def cho_solve_shape(op, facts, /, c_and_lower, b):
    c, lower = factors(c_and_lower)
    told = isinstance(lower, Known) or (lower.value is not None and lower.value.known is not None)
    if not told and lower.dtype != "b1":
        raise TypeError("whether the factor is a lower one is not known while compiling")
    return solved(*any_matrix(c, b))


@settles
def cholesky_part(context, s, x, pair):
    """The adjoint of a Cholesky factor in `x = cho_solve((c, lower), b)`."""
    c, lower = pair.elts
    turned = conjugated(context, paired(context, x, s))
    both = ast.BinOp(paired(context, s, x), ast.Add(), turned)
    is_lower = truth_of(context, lower)
    part = conjugated(context, call("tril" if is_lower else "triu", c))
    order = (both, part) if is_lower else (part, both)
    product = ast.BinOp(order[0], ast.MatMult(), order[1])
    return ast.UnaryOp(ast.USub(), call("tril" if is_lower else "triu", product))


def truth_of(context, node):
    if isinstance(node, ast.Constant):
        return bool(node.value)
    return bool(context.type_of(node).value)


@adjoint(linalg.cho_solve, shape=cho_solve_shape, ignores=("check_finite",))
def cho_solve(x, c_and_lower: several, b):
    s = conjugated(linalg.cho_solve(c_and_lower, conjugated(dx)))
    dc_and_lower = cholesky_part(s, x, c_and_lower)
    db = s


@settles
def lu_part(context, s, x, pair):
    """The adjoint of the factors in `x = lu_solve((lu, pivots), b)`."""
    return helper("lu_solve_back", s, x, *pair.elts)


def lu_solve_shape(op, facts, /, lu_and_piv, b, trans=0):
    if trans not in (0, 1):
        raise TypeError("it is supported with `trans=0` and `trans=1`")
    lu, _ = factors(lu_and_piv)
    return solved(*any_matrix(lu, b))


@adjoint(linalg.lu_solve, shape=lu_solve_shape, ignores=("check_finite",))
def lu_solve(x, lu_and_piv: several, b, trans: const = 0):
    s = linalg.lu_solve(lu_and_piv, dx, trans=1 - trans)
    if trans:
        dlu_and_piv = lu_part(x, s, lu_and_piv)
    else:
        dlu_and_piv = lu_part(s, x, lu_and_piv)
    db = s


# -- bands --------------------------------------------------------------------------------------


def banded_shape(op, facts, /, l_and_u, ab, b):
    return solved(*any_matrix(ab, b))


@settles
def other_way_round(context, l_and_u):
    return constant_expr(tuple(l_and_u)[::-1])


@adjoint(linalg.solve_banded, shape=banded_shape, ignores=("check_finite",))
def solve_banded(x, l_and_u: const, ab, b):
    s = linalg.solve_banded(other_way_round(l_and_u), banded_transposed(ab, l_and_u), dx)
    dab = banded_back(s, x, l_and_u)
    db = s


def symmetric_banded_shape(op, facts, /, ab, b, lower=False):
    return solved(*matrix(ab, b))


@adjoint(linalg.solveh_banded, shape=symmetric_banded_shape, ignores=("check_finite",))
def solveh_banded(x, ab, b, lower: const = False):
    s = linalg.solveh_banded(ab, dx, lower=lower)
    dab = solveh_banded_back(s, x, ab, lower)
    db = s


def toeplitz_system(op, facts, /, c_or_cr, b):
    """A symmetric matrix by its first column, or a pair of column and row."""
    items = c_or_cr.items if isinstance(c_or_cr, Seq) else (c_or_cr,)
    *vectors, b = map(as_num, (*items, b))
    if any(v.dims is None or len(v.dims) != 1 for v in vectors):
        raise TypeError("the matrix is given by a vector, or a pair of vectors")
    return in_double(solved(vectors[0], b), *vectors, b)


def in_double(num, *operands):
    kinds = {operand.kind for operand in operands}
    return replace(num, dtype="c16" if "c" in kinds else "" if "" in kinds else "f8")


@settles
def turned_round(context, pair):
    """Row and column of the transposed matrix: the first element is that of the column."""
    column, row = pair.elts
    one = ast.Slice(None, ast.Constant(1), None)
    rest = ast.Slice(ast.Constant(1), None, None)
    first = call("append", indexed(column, one), indexed(row, rest))
    return ast.Tuple([first, column], ast.Load())


@adjoint(linalg.solve_toeplitz, shape=toeplitz_system,
         when=lambda c_or_cr: c_or_cr.is_display, ignores=("check_finite",))  # fmt: skip
def solve_toeplitz_of_pair(x, c_or_cr: several, b):
    """The row's first element is not read."""
    s = linalg.solve_toeplitz(turned_round(c_or_cr), dx)
    dc_or_cr = -toeplitz_pair_back(paired(s, x), position)
    db = s


@adjoint(linalg.solve_toeplitz, when=lambda c_or_cr: c_or_cr.is_complex,
         ignores=("check_finite",))  # fmt: skip
def solve_hermitian_toeplitz(x, c_or_cr, b):
    """The row is the conjugate of the column, but for its first element."""
    column = np.append(c_or_cr[:1], np.conj(c_or_cr[1:]))
    s = linalg.solve_toeplitz((column, c_or_cr), dx)
    dc_or_cr = -toeplitz_back(paired(s, x))
    db = s


@adjoint(linalg.solve_toeplitz, ignores=("check_finite",))
def solve_toeplitz(x, c_or_cr, b):
    s = linalg.solve_toeplitz(c_or_cr, dx)
    dc_or_cr = -toeplitz_back(paired(s, x))
    db = s


# -- matrix equations (Kao and Hennequin 2020) ------------------------------------------------


def in_doubles(op, facts, /, a, q):
    return in_double(equation(op, facts, a=a, q=q), as_num(a), as_num(q))


def equation(op, facts, /, a, q, b=None):
    nums = any_matrix(a, q) if b is None else any_matrix(a, b, q)
    return Num(floating(promote(*nums)), nums[-1].dims)


def are_mixed(*given):
    """Whether some matrices are complex, but one that SciPy takes apart is real: these come first.
    It takes the blocks on the diagonal of a real triangle for numbers then."""
    *apart, _ = given
    return any(g.dtype.startswith("c") for g in given) and any(
        g.dtype and not g.dtype.startswith("c") for g in apart
    )


MIXED = "SciPy is wrong where some matrices are complex and others real: make all complex"


@unsupported(linalg.solve_sylvester, when=lambda a, b, q: are_mixed(a, b, q), why=MIXED)
def mixed_sylvester(x, a, b, q): ...


@unsupported(
    linalg.solve_continuous_lyapunov, linalg.solve_discrete_lyapunov,
    when=lambda a, q: are_mixed(a, q), why=MIXED,
)  # fmt: skip
def mixed_lyapunov(x, a, q): ...


@adjoint(linalg.solve_sylvester, shape=equation)
def solve_sylvester(x, a, b, q):
    """a x + x b = q."""
    s = linalg.solve_sylvester(a.T, b.T, dx)
    da = -s @ x.T
    db = -x.T @ s
    dq = s


@adjoint(linalg.solve_continuous_lyapunov, shape=equation)
def solve_continuous_lyapunov(x, a, q):
    """a x + x a.T = q, where a is real; else it is the conjugate of a.T."""
    s = linalg.solve_continuous_lyapunov(a.T, dx)
    da = -(s @ x.T + conjugated(s.T @ x))
    dq = s


@adjoint(linalg.solve_discrete_lyapunov, shape=in_doubles, ignores=("method",))
def solve_discrete_lyapunov(x, a, q):
    """x = a x a.T + q, where a is real; else it is the conjugate of a.T."""
    s = linalg.solve_discrete_lyapunov(a.T, dx)
    da = s @ conjugated(a) @ x.T + conjugated(s.T @ a @ x)
    dq = s
