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


PROGRAMS = [
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
