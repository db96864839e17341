"""Sparse matrices of `scipy.sparse`, as constants: products with arrays, and systems of
equations.  One that would be made of differentiated values is refused.
"""

from scipy import sparse as module
from scipy.sparse import linalg

from adgen.rules.registry import constant, linear, sparse, unsupported
from adgen.rules.scientific import real
from adgen.rules.shapes import floating, promote
from adgen.types import Num, Sparse


def product_from_left(op, facts, /, a, x):
    """The matrix with a vector, or with a matrix that is not sparse."""
    (x,) = real(x)
    if not isinstance(a, Sparse) or x.dims is None or len(x.dims) not in (1, 2):
        raise TypeError("it takes a vector or a matrix")
    return Num(promote(Num(a.dtype, ()), x), (a.dims[0], *x.dims[1:]))


def product_from_right(op, facts, /, x, a):
    (x,) = real(x)
    if x.dims is None or len(x.dims) not in (1, 2):
        raise TypeError("it takes a vector or a matrix")
    return Num(promote(x, Num(a.dtype, ())), (*x.dims[:-1], a.dims[1]))


@linear("sparse @", "sparse dot", shape=product_from_left)
def sparse_product(y, a: sparse, x):
    dx = a.T @ dy


@linear("@ sparse", shape=product_from_right)
def product_with_sparse(y, x, a: sparse):
    dx = dy @ a.T


def solution(op, facts, /, a, b):
    (b,) = real(b)
    if not isinstance(a, Sparse) or b.dims is None or len(b.dims) not in (1, 2):
        raise TypeError("it takes a sparse matrix, and a vector or a matrix")
    if len(b.dims) == 2 and facts.is_one(b.dims[1]):
        raise TypeError("of a single column the result is a vector: give it as a vector")
    return Num(floating(promote(Num(a.dtype, ()), b)), b.dims)


@linear(linalg.spsolve, shape=solution)
def spsolve(x, a: sparse, b):
    db = linalg.spsolve(a.T, dx)


@linear(linalg.expm_multiply, shape=solution)
def expm_multiply(y, a: sparse, b):
    """The exponential of the transposed matrix."""
    db = linalg.expm_multiply(a.T, dy)


# -- in other formats, and made of data -----------------------------------------------------------


@constant("sparse tocsc", "sparse tocsr", "sparse tocoo", "sparse copy",
          shape=lambda op, facts, /, a: a)  # fmt: skip
def in_another_format(y, a: sparse): ...


def made(op, facts, /, *parts, **options):
    """A matrix whose size only running the program can tell."""
    return Sparse("f8", (facts.fresh(), facts.fresh()))


def of_this_version(*names):
    return [getattr(module, name) for name in names if hasattr(module, name)]


@unsupported(
    *of_this_version(
        "csr_matrix", "csc_matrix", "coo_matrix", "lil_matrix", "dok_matrix", "dia_matrix",
        "bsr_matrix", "csr_array", "csc_array", "coo_array", "lil_array", "dok_array",
        "dia_array", "bsr_array", "eye", "eye_array", "identity", "diags", "diags_array",
        "spdiags", "kron", "kronsum", "block_diag", "bmat", "block_array", "hstack", "vstack",
        "tril", "triu", "random", "random_array",
    ),
    shape=made, makes_sparse=True,
    why="a sparse matrix has to be a constant: write the product out with NumPy",
)  # fmt: skip
def sparse_matrix(*data, **options): ...


@unsupported(
    linalg.cg, linalg.gmres, linalg.bicg, linalg.bicgstab, linalg.minres, linalg.lsqr,
    linalg.lsmr, linalg.eigs, linalg.eigsh, linalg.svds, why="use scipy.sparse.linalg.spsolve",
)  # fmt: skip
def iterative(a, b): ...
