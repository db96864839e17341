"""Programs that write into arrays, each once wrong: found at random and made small."""

import numpy as np
import pytest

from adgen import Gradient, grad
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


def adjoint_that_is_still_to_be_handed_on(x, y, a, X):
    y[3] = x[0]
    x += y
    return x[-1]


def break_known_from_the_index(x, y, a, X):
    s = 0.0
    for i in range(4):
        if i == 2:
            break
        s = s + x[i] * s + x[i]
    return s


def break_out_of_a_loop_that_runs_backwards(x, y, a, X):
    for i in reversed(range(4)):
        a = a + x[i]
        if i == 2:
            break
    return a


def return_in_the_first_trip(x, y, a, X):
    for i in range(4):
        return x[i] * a
    return a


def name_bound_in_some_trips(x, y, a, X):
    for k in range(4):
        if k % 2 == 1:
            continue
        u = y * (k + 1.0)
    return u


def name_bound_in_an_inner_loop_that_may_make_no_trip(x, y, a, X):
    for k in (2, 1, 0):
        for i in range(k):
            u = y * x[i] * (k + 1.0)
    return u


def buffers_swapped_with_an_argument(x, y, a, X):
    new = np.zeros_like(x)
    for _ in range(3):
        new[1:-1] = x[1:-1] * x[2:]
        x, new = new, x
    return x * new


def array_of_one_side(x, y, a, X):
    if a > 0.1:
        return X * y
    v = np.ones(4)
    v += X[:, 1]
    return v * X


def sum_on_one_path(x, y, a, X):
    if x[2] < y[2]:
        return np.sum(y) * x
    return X * y


def three_names_swapped_with_an_argument(x, y, a, X):
    u = w = x
    for _ in range(3):
        w[1:] = 0.5
        x, w = w, y
        u, w = w, u
    return y


def slice_of_all_written_with_an_element_of_it(x, y, a, X):
    q = x[:]
    q[1:] += x[:][1]
    x[:][1:] += x[:][1]
    return x * q


def element_of_a_pair_written_like_that(x, y, a, X):
    pair = (a, x)
    pair[1][:][1:] += pair[1][:][1]
    return pair[1]


def array_of_a_trip_that_none_has_made_yet(x, y, a, X):
    for _ in range(3):
        q = np.ones(3)
        q[0] += a
        for i in range(len(q)):
            a = q[i]
    q = 2.0
    return q * x * a


def array_on_one_path_and_number_on_the_other(x, y, a, X):
    np.subtract(2.0, x, x)
    try:
        x = float(a) / 2.0
    except ZeroDivisionError:
        x = x * 1.0
    return np.hypot(1.0 + abs(x), a)


def number_until_a_trip_makes_an_array(x, y, a, X):
    s = a * a
    for row in X[: 2 * int(a > 0.5)]:
        s = row * 2.0
    return np.sum(s)


def entry_bound_before_a_break(x, y, a, X):
    state = {"p": y[0]}
    for row in X:
        if a > 0.0:
            state["p"] = a
            if not x[0] > 1.3:
                break
        else:
            x[0] = row[1]
    return np.abs(state["p"]) * x


def array_and_number_that_a_branch_of_a_loop_changes(x, y, a, X):
    """The adjoint of `p` is found needed while the trip is differentiated: it is no number."""
    p, q = 0.3 * x, a
    for _ in range(3):
        if a > -5.0:
            p = p * p[0] * np.sum(p)
            q = q * (np.sum(p) + np.sum(q))
    return q


def list_times_an_array_of_one(x, y, a, X):
    return np.sum([z * a for z in x] * y[:1] * X[:1, 0])


def list_times_a_column(x, y, a, X):
    return np.sum(X, axis=1, keepdims=True) * [z * a for z in x]


def entry_whose_array_has_a_name_that_a_loop_binds(x, y, a, X):
    state = {"kept": y}
    for _ in range(3):
        y = x
        state["kept"].fill(a)
    return np.sum(state["kept"]) * x


def choice_that_reads_what_a_name_was(x, y, a, X):
    """`a` is bound by the first choice, and read as it was by the second."""
    r = 0.1 * a
    a, b = (2.0 * r if y[0] > -9.0 else r, x[0] if a < 1.3 else r)
    for i in range(3):
        a, c = (a * 2.0 if i else r, x[1] if a > 0.5 else r)
        b = b * c
    return a * b


def argument_that_an_inner_loop_writes_to_in_the_next_trip(x, y, a, X):
    v = x.copy()
    for _ in range(2):
        for _ in range(2):
            v[:-2] = v[2:] * a
            v = x.copy()
        v = x
    return v * y


def array_of_a_side_under_a_name_that_is_read_no_more(x, y, a, X):
    if x[0] > -9.0:
        made = x * 2.0
        w = made
    else:
        w = y.copy()
    w[0] = a
    return w * y


def one_of_two_arrays(x, y, a, X):
    A = X if a > 0.0 else X
    X[0] = y
    return A


def one_array_of_a_side_under_two_names(x, y, a, X):
    w, z = x.copy(), 0.5 * x
    if x[0] > -9.0:
        z = 1.0 * y
        w = z
    w[1] = a
    return z


PROGRAMS = [
    one_of_two_arrays,
    one_array_of_a_side_under_two_names,
    array_of_a_side_under_a_name_that_is_read_no_more,
    argument_that_an_inner_loop_writes_to_in_the_next_trip,
    choice_that_reads_what_a_name_was,
    entry_whose_array_has_a_name_that_a_loop_binds,
    array_and_number_that_a_branch_of_a_loop_changes,
    list_times_a_column,
    list_times_an_array_of_one,
    entry_bound_before_a_break,
    slice_of_all_written_with_an_element_of_it,
    element_of_a_pair_written_like_that,
    array_of_a_trip_that_none_has_made_yet,
    array_on_one_path_and_number_on_the_other,
    number_until_a_trip_makes_an_array,
    adjoint_that_is_still_to_be_handed_on,
    break_known_from_the_index,
    break_out_of_a_loop_that_runs_backwards,
    return_in_the_first_trip,
    name_bound_in_some_trips,
    name_bound_in_an_inner_loop_that_may_make_no_trip,
    buffers_swapped_with_an_argument,
    array_of_one_side,
    sum_on_one_path,
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
    three_names_swapped_with_an_argument,
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_program(f):
    check(f, arguments())


def an_argument_named_in_a_loop(x, y, a, X):
    for _ in range(3):
        w = X
    w[1] = 1.0
    return X


def one_array_of_a_trip_under_two_names(x, y, a, X):
    w, z = x.copy(), 0.5 * x
    for _ in range(2):
        if x[0] > -9.0:
            z = 1.0 * y
            w = z
    w[1] = a
    return z


def name_bound_behind_a_branch_that_may_continue(x, y, a, X):
    w = 2.0 * y
    for i in range(2):
        if x[0] > i:
            w = w * 3.0
            continue
        x = w
    w[0] = a
    return x


REFUSED = [
    name_bound_behind_a_branch_that_may_continue,
    an_argument_named_in_a_loop,
    one_array_of_a_trip_under_two_names,
]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_program_that_is_refused(f):
    """What is written depends on the path: it is refused, not taken for something else."""
    with pytest.raises(UserError) as wrong:
        Gradient(f).forward(*arguments())
    assert wrong.value.span is not None


def parts_unpacked(v):
    y = 2 * v
    a, b = np.split(y, 2)
    y[0] = 5.0
    return np.sum(a * a * b)


def parts_stretched(v):
    y = 2 * v
    a, b = np.broadcast_arrays(y, np.ones((2, 4)))
    y[0] = 5.0
    return np.sum(a * a * b)


@pytest.mark.parametrize("f", [parts_unpacked, parts_stretched])
def test_views_under_names_of_their_own_are_refused_after_a_write(f):
    with pytest.raises(UserError, match="written to"):
        Gradient(f)(np.ones(4))


def test_array_until_a_trip_makes_a_number():
    def f(x, y, a, X):
        s = y
        for row in X[: 2 * int(a > 0.5)]:
            s = np.sum(row * x)
        return s * x

    x, y, _, X = arguments()
    for a in (0.2, 0.7):
        check(f, (x, y, a, X))


def test_what_may_be_a_number_until_trips_make_it_anew():
    def f(x, y, a, X):
        if a < 0.5:
            y = a**2
        for _ in range(2 if a < 0.9 else 0):
            y = np.sum(x) if a > 0.3 else x * X
        return y * a

    x, y, _, X = arguments()
    for a in (0.2, 0.4, 0.7, 1.2):
        check(f, (x, y, a, X))


def test_iterators_have_no_shape_to_ask_for():
    def f(x, y, a, X):
        X = np.ones((2, 4))
        X.flat[::4] = y[:2]
        return np.sum(X * x[0])

    check(f, arguments())


def test_what_is_written_over_is_cleared_in_an_adjoint_that_is_whole():
    def f(x, n):
        x[2] = n
        return np.sum(x)

    check(f, (np.array([0.3, -0.7, 1.1]), 0.4))
    backward = grad(f).source(np.ones(3), 0.4).split("def f_backward")[1]
    assert [line.strip() for line in backward.splitlines()[3:7] if "#" not in line] == [
        "dx = np.full_like(x, dout)",
        "dn = dx[2]",
        "dx[2] = 0.0",
    ]


def test_shape_of_what_has_no_name_of_its_own():
    def f(x, y, a, X):
        z = np.array([np.sum(row) * a for row in X[:2]]).reshape(2, 1)
        z *= (z / (a * np.ones(3)) ** 2)[:, :1]
        return np.concatenate([z, np.eye(2)], axis=1)

    check(f, arguments())
