"""Sparse matrices as constants of a program: products with arrays, and systems of equations."""

import numpy as np
import pytest
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from adgen import UserError, check_grads, grad

A = sparse.csr_matrix(np.array([[2.0, 0.0, 0.5], [0.0, 1.5, 0.0], [-0.3, 0.0, 1.0]]))
B = sparse.csc_array(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))


def of_a_constant(x):
    return np.sum((A @ x) ** 2)


def transposed(x):
    return np.sum(np.sin(A.T @ x)) + np.sum(B.T @ x[:2])


def from_the_right(x):
    return np.sum(np.sin(x @ A)) * x[0]


def by_method(x):
    return np.sum(A.dot(x) ** 2) + np.sum(A.T.dot(x) ** 3)


def of_an_argument(x, M):
    return np.sum((M @ x) ** 2) + x @ (M @ x)


def of_a_matrix(x):
    X = np.outer(x, x[:2])
    return np.sum((A @ X) ** 2) + np.sum(np.sin(X.T @ A))


def made_inside(x):
    D = sparse.diags([1.0, 2.0, 3.0])
    return np.sum((D @ x) ** 2) + np.sum((sparse.eye(3) @ x) ** 3)


def solved(x):
    return np.sum(np.sin(sparse_linalg.spsolve(A.tocsc(), x)))


def solved_twice(x):
    y = sparse_linalg.spsolve(LAPLACE, x)
    return np.sum(y**2) + np.sum(linalg.solve(np.eye(3) * 2, y))


LAPLACE = sparse.diags([[-1.0, -1.0], [2.0, 2.5, 2.0], [-1.0, -1.0]], [-1, 0, 1]).tocsc()


def in_a_loop(x):
    u = x
    for _ in range(4):
        u = u - 0.1 * (LAPLACE @ u)
    return np.sum(u**2)


def least_squares(w, X, y):
    r = X @ w - y
    return 0.5 * r @ r


@pytest.mark.parametrize(
    "f",
    [of_a_constant, transposed, from_the_right, by_method, of_a_matrix, made_inside, solved,
     solved_twice, in_a_loop],
)  # fmt: skip
def test_sparse_constants(f):
    x = np.array([0.5, -1.0, 2.0])
    assert check_grads(grad(f), (x,)).ok
    assert grad(f).value_and_grad(x)[0] == f(x)


def test_sparse_arguments():
    x = np.array([0.5, -1.0, 2.0])
    assert check_grads(grad(of_an_argument, wrt="x"), (x, A)).ok
    assert check_grads(grad(of_an_argument), (x, A)).ok  # the matrix is none of the parameters
    assert check_grads(grad(least_squares, wrt=("w", "y")), (x, B, np.array([1.0, 2.0]))).ok


def elementwise(x):
    return np.sum(A * x)


def multiplied(x):
    return np.sum(A.multiply(x))


def scaled(x):
    return np.sum((x[0] * A) @ x)


def of_data(x):
    return np.sum(sparse.diags(x) @ x)


def by_numpy(x):
    return np.sum(np.dot(A, x))


def iterated(x):
    return np.sum(sparse_linalg.cg(A, x)[0])


@pytest.mark.parametrize("f", [elementwise, multiplied, scaled, of_data, by_numpy, iterated])
def test_refused(f):
    with pytest.raises(UserError):
        grad(f)(np.array([0.5, -1.0, 2.0]))


def test_why_data_is_refused():
    with pytest.raises(UserError, match="a sparse matrix has to be a constant"):
        grad(of_data)(np.ones(3))
