"""Products of matrices and vectors."""

import operator

import numpy as np

from adgen.rules.registry import linear
from adgen.rules.settle import transposed
from adgen.rules.shapes import as_num, broadcast, promote
from adgen.runtime import matmul_left, matmul_right
from adgen.types import Num


def matmul_shape(op, facts, /, a, b):
    a, b = as_num(a), as_num(b)
    if not a.dims or not b.dims:
        return Num(promote(a, b), None, "any")
    rows = a.dims[-2:-1]
    columns = b.dims[-1:] if len(b.dims) > 1 else ()
    lead = broadcast(facts, a.dims[:-2], b.dims[:-2])
    dims = lead + rows + columns
    return Num(promote(a, b), dims, "array" if dims else "np")


@linear(np.matmul, operator.matmul, shape=matmul_shape, when=lambda a, b: a.ndim == b.ndim == 2)
def matmul_matrices(c, a, b):
    da = dc @ b.T
    db = a.T @ dc


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == 2 and b.ndim == 1)
def matmul_matrix_vector(c, a, b):
    da = np.outer(dc, b)
    db = a.T @ dc


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == 1 and b.ndim == 2)
def matmul_vector_matrix(c, a, b):
    da = b @ dc
    db = np.outer(a, dc)


@linear(np.matmul, operator.matmul, when=lambda a, b: a.ndim == b.ndim == 1)
def matmul_vectors(c, a, b):
    da = dc * b
    db = dc * a


@linear(np.matmul, operator.matmul)
def matmul(c, a, b):
    da = matmul_left(dc, a, b)
    db = matmul_right(dc, a, b)
