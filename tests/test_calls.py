"""Calls of helpers that write into arrays, each once wrong: found at random and made small."""

import numpy as np
import pytest

from adgen import check_grads, value_and_grad, vjp
from tests.check_program import check
from tests.test_writes import arguments


def raised(u, v):
    u[1] += v
    return u


def squared(b):
    b[:] *= b
    return b


def what_a_helper_has_written_to(x, y, a, X):
    q = raised(x - y, a)
    return np.sum(q * q)


def view_that_a_helper_has_written_to(x, y, a, X):
    q = squared(X.T)
    return a + q[0]


def view_written_to_and_added(x, y, a, X):
    y += raised(x[::1], a)
    return y


def array_on_the_left_of_a_call_that_writes_to_it(x, y, a, X):
    return x * raised(x, a)


def element_on_the_left_of_a_call_that_writes_to_it(x, y, a, X):
    return x[1] * raised(x, a)


def filled(v, A):
    for j, s in enumerate(A):
        A[j, 1:] = v[j] * s[0]
    return v[0]


def replaced(v, t):
    if v[0] < t:
        v[:] = t
    return v[0]


def array_written_to_in_a_loop_of_a_helper(x, y, a, X):
    X[3] = filled(y, X * X)
    return X


def array_written_to_in_a_branch_of_a_helper(x, y, a, X):
    x[0] = replaced(a * x, a)
    return x * replaced(x * x, a)


PROGRAMS = [
    array_written_to_in_a_loop_of_a_helper,
    array_written_to_in_a_branch_of_a_helper,
    what_a_helper_has_written_to,
    view_that_a_helper_has_written_to,
    view_written_to_and_added,
    array_on_the_left_of_a_call_that_writes_to_it,
    element_on_the_left_of_a_call_that_writes_to_it,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, arguments())


def test_parameters_may_be_named_like_anything():
    def first_of(x, first):
        return x * first

    def tables(x, table, run, missing):
        return np.sum(x * table) * run * missing

    def builtins(xs, type, len, map, float, list, key_of):
        return sum(xs) * type * len + map * float * list * key_of

    def kinds(kind, gradient, a0, a1):
        return kind * gradient * a0 @ a1

    def modules(np, math, tape, cache, dout):
        return np * math * tape * cache * dout

    x = np.array([1.0, 2.0])
    for f, args in (
        (first_of, (2.0, 3.0)),
        (tables, (x, 2 * x, 3.0, 4.0)),
        (builtins, ([1.0, 2.0], 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)),
        (kinds, (2.0, 3.0, x, 2 * x)),
        (modules, (1.0, 2.0, 3.0, 4.0, 5.0)),
    ):
        check_grads(f, args)
        assert value_and_grad(f)(*args)[0] == f(*args)
        vjp(f, *args)[1](1.0)
