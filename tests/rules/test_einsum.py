"""`np.einsum` in programs: views of its operand that are written through, in loops, twice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import check_grads, grad, hvp


def writes_a_diagonal(x, A):
    B = 2 * A
    np.einsum("ii->i", B)[:] = x**2
    return np.sum(B**2 * x)


def adds_to_a_diagonal(x, A):
    B = 2 * A
    d = np.einsum("ii->i", B)
    d += x**2
    return np.sum(B**2 * x)


def writes_a_part_of_diagonals(x, A):
    B = 2 * np.stack([A, A * x])
    d = np.einsum("kii->ik", B)
    d[1] *= x[:2] ** 2
    return np.sum(B**3)


def scales_all_through_a_transposition(x, A):
    B = 2 * A
    d = np.einsum("ij->ji", B)
    d *= x
    return np.sum(B**2 * x)


def sees_what_is_written(x, A):
    B = 2 * A
    d = np.einsum("ii->i", B)
    B += x
    return np.sum(d**2 * x)


def in_a_loop(x, A):
    B = 2 * A
    for i in range(3):
        d = np.einsum("ii->i", B)
        d *= x**2 + i
        B = np.einsum("ij,jk->ik", B, A)
    return np.sum(B**2 * x)


def is_of_its_own_in_out(x, A):
    B = 2 * A
    np.einsum("ij->ji", A * x, out=B)
    B[0] = np.einsum("ij,j->i", B, x)
    return np.sum(B**2 * x)


def of_numbered_axes(x, A):
    s = [0, 1]
    y = x
    for _ in range(2):
        y = np.einsum(A, s, y, [1], [0])
    return np.sum(y**2)


PROGRAMS = [
    writes_a_diagonal, adds_to_a_diagonal, writes_a_part_of_diagonals,
    scales_all_through_a_transposition, sees_what_is_written, in_a_loop, is_of_its_own_in_out,
    of_numbered_axes,
]  # fmt: skip

_rng = np.random.default_rng(3)
X, A = _rng.normal(size=3), _rng.normal(size=(3, 3))


@pytest.mark.parametrize("f", PROGRAMS)
def test_once_and_twice(f):
    gradient = grad(f, wrt=("x", "A"))
    assert check_grads(gradient, (X, A)).ok
    along = _rng.normal(size=3), _rng.normal(size=(3, 3))
    found = hvp(f, wrt=("x", "A"))(X, A, along)
    up, down = (gradient(X + h * along[0], A + h * along[1]) for h in (1e-5, -1e-5))
    for mine, a, b in zip(found, up, down, strict=True):
        assert_allclose(mine, (a - b) / 2e-5, rtol=1e-5, atol=1e-6)


def with_a_view(C, A):
    return np.sum(np.einsum("ij->ji", A) * C)


def test_a_gradient_that_is_a_view_is_copied():
    dC = grad(with_a_view, wrt="C")(X * A, A)
    assert_allclose(dC, A.T)
    assert not np.may_share_memory(dC, A)


def test_numbered_axes_are_written_as_letters():
    assert 'np.einsum("ij,j->i", A, y)' in grad(of_numbered_axes).source(X, A)
