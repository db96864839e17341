"""Programs that write into arrays, each once wrong: found at random and made small."""

import numpy as np
import pytest

from adgen import Gradient
from adgen.errors import UserError
from tests.check_program import check


def arguments():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 4)) * 0.8
    return x, y, float(rng.normal()), rng.normal(size=(4, 4)) * 0.6


def row_of_a_transpose(x, y, a, X):
    z = 1.0
    X.T[0] += a
    return z + X


def row_of_a_part(x, y, a, X):
    X[1:, 1:][1] *= a
    return X


def row_of_a_transpose_read_after_the_array_is_written(x, y, a, X):
    b = X.T[1]
    X[:, 0] += 1.0
    return b * X


def loop_over_a_view_read_behind_it(x, y, a, X):
    for q in x[:]:
        pass
    return q


def loops_over_views_inside_each_other(x, y, a, X):
    s = a
    for i, _ in enumerate(X.T):
        for q in X[i]:
            s = s + q * q
    return s * q


def what_a_test_reads_of_a_view(x, y, a, X):
    B = X
    M = B
    X[:, 0] -= x
    return (X if a < B[1, 1] else M) + B


def array_that_a_choice_may_be(x, y, a, X):
    k = X[:, 0] @ (x if a > 0.1 else X[1])
    x[1] += k
    return x


def array_written_with_itself(x, y, a, X):
    X[:] = X
    return X


def two_buffers(x, y, a, X):
    b = np.ones(4)
    u = x + x
    for _ in range(3):
        b[:] = u * x
        u, b = b, u
    return u


def elements_under_a_mask(x, y, a, X):
    y[x > 0.1] += y[1]
    return y


def array_made_anew_in_each_trip(x, y, a, X):
    for _ in x:
        A = np.sin(X)
        b = A[1]
        b[2] *= 1.5
    return A * X


def product_with_a_view_that_is_overwritten(x, y, a, X):
    b = X[::-1] @ y
    X[1:, 1:] = a
    return b


PROGRAMS = [
    what_a_test_reads_of_a_view,
    array_that_a_choice_may_be,
    array_written_with_itself,
    two_buffers,
    elements_under_a_mask,
    array_made_anew_in_each_trip,
    product_with_a_view_that_is_overwritten,
    row_of_a_transpose,
    row_of_a_part,
    row_of_a_transpose_read_after_the_array_is_written,
    loop_over_a_view_read_behind_it,
    loops_over_views_inside_each_other,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, arguments())


def an_argument_named_in_a_loop(x, y, a, X):
    for _ in range(3):
        w = X
    w[1] = 1.0
    return X


def one_of_two_arrays(x, y, a, X):
    A = X if a > 0.0 else X
    X[0] = y
    return A


REFUSED = [an_argument_named_in_a_loop, one_of_two_arrays]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_program_that_is_refused(f):
    """What is written depends on the path: it is refused, not taken for something else."""
    with pytest.raises(UserError) as wrong:
        Gradient(f).forward(*arguments())
    assert wrong.value.span is not None
