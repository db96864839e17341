"""Functions that make lists: those that grow, tables, comprehensions, generators."""

import math

import numpy as np
import pytest

import adgen
from tests.check_program import check, refused

X = np.array([0.5, -0.3, 0.8, 0.2])
Y = np.array([1.1, 0.4, -0.7, 0.9])


def states_of_a_recurrence(x, w):
    hs = []
    h = 0.0
    for t in range(len(x)):
        h = math.tanh(w * h + x[t])
        hs.append(h)
    return sum(hs) / len(hs)


def vector_states_stacked(x, w):
    hs = []
    h = np.zeros(4)
    for _ in range(3):
        h = np.tanh(w * h + x)
        hs.append(h)
    return np.sum(np.stack(hs) ** 2)


def states_read_back_and_forth(x, w):
    hs = [x]
    for _ in range(3):
        hs.append(np.tanh(w * hs[-1]))
    total = 0.0
    for t in range(len(hs)):
        total += np.sum(hs[t] * x) * t
    return total + np.sum(hs[0] * hs[-1])


def squares_by_comprehension(x, w):
    ys = [w * v * v for v in x]
    return sum(ys)


def positive_part_by_generator(x, w):
    return sum(w * v * v for v in x if v > 0)


def comprehension_with_helper(x, w):
    def f(v):
        return v * w + v**2

    return sum([f(v) for v in x])


def softmax_over_a_list(x, w):
    es = [math.exp(w * v) for v in x]
    total = sum(es)
    ps = [e / total for e in es]
    return -math.log(ps[1])


def dot_by_zip(x, y, strict=False):
    return sum(a * b for a, b in zip(x, y, strict=False))


def enumerated(x, w):
    return sum(i * v * w for i, v in enumerate(x))


def mean_of_errors(x, y):
    return np.mean([(a - b) ** 2 for a, b in zip(x, y, strict=False)])


def one_row_table(x, w):
    n = len(x)
    d = [0.0] * n
    d[0] = x[0]
    for i in range(1, n):
        d[i] = w * d[i - 1] + x[i]
    return d[-1]


def table_of_rows(x, y):
    n, m = len(x), len(y)
    d = [[0.0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            d[i][j] = (x[i] - y[j]) ** 2
            if i > 0 and j > 0:
                d[i][j] += min(d[i - 1][j], d[i][j - 1], d[i - 1][j - 1])
            elif i > 0:
                d[i][j] += d[i - 1][j]
            elif j > 0:
                d[i][j] += d[i][j - 1]
    return d[n - 1][m - 1]


def rows_appended(x, w):
    rows = []
    for v in x:
        row = []
        for u in x:
            row.append(u * v * w)
        rows.append(row)
    return rows[0][1] + rows[2][3] * rows[1][1]


def rows_by_comprehension(x, w):
    a = [[u * v for u in x] for v in x]
    return sum(sum(row) for row in a) * w


def product_of_matrices(x, y):
    n = len(x)
    a = [[x[i] * y[j] for j in range(n)] for i in range(n)]
    b = [[x[i] + y[j] for j in range(n)] for i in range(n)]
    c = [[sum(a[i][k] * b[k][j] for k in range(n)) for j in range(n)] for i in range(n)]
    return c[0][1] + c[n - 1][0] * c[1][1]


def polynomial(x, w):
    coefficients = [c * 2.0 for c in x]
    value = 0.0
    for c in reversed(coefficients):
        value = value * w + c
    return value


def iterates_of_newton(x, a):
    xs = [x[0]]
    while abs(xs[-1] ** 2 - 3.0 - a) > 1e-10 and len(xs) < 50:
        xs.append(xs[-1] - (xs[-1] ** 2 - 3.0 - a) / (2.0 * xs[-1]))
    return xs[-1] + 0.1 * xs[1]


def trajectory(x, w):
    traj = []
    p, v = x[0], x[1]
    for _ in range(5):
        v = v - 0.1 * w * p
        p = p + 0.1 * v
        traj.append(p)
    return np.mean(np.array(traj) ** 2)


def moving_average(x, w):
    out = []
    for i in range(len(x) - 1):
        out.append(w * (x[i] + x[i + 1]) / 2)
    return sum(v**2 for v in out)


def sorted_by_bubbles(x, w):
    xs = [v * w for v in x]
    n = len(xs)
    for i in range(n):
        for j in range(n - 1 - i):
            if xs[j] > xs[j + 1]:
                t = xs[j]
                xs[j] = xs[j + 1]
                xs[j + 1] = t
    return xs[0] + 2 * xs[1] - xs[3] ** 2


def swapped(x, w):
    xs = [v * w for v in x]
    xs[0], xs[2] = xs[2], xs[0]
    return xs[0] * 3 + xs[2] ** 2


def stack_machine(x, w):
    s = []
    for v in x:
        s.append(v * w)
        if v > 0 and len(s) > 1:
            a = s.pop()
            b = s.pop()
            s.append(a * b)
    return sum(s)


def queue(x, w):
    q = [v * w for v in x]
    total = 0.0
    while q:
        v = q.pop(0)
        total = total * 0.5 + v * v
    return total


def put_in_front(x, w):
    q = []
    for v in x:
        q.insert(0, v * w)
    return q[0] * 2 + q[1] ** 2 + q[-1]


def convolution(x, y):
    n, m = len(x), len(y)
    c = [sum(x[i] * y[k - i] for i in range(n) if 0 <= k - i < m) for k in range(n + m - 1)]
    return sum(v * v for v in c)


def area_of_a_polygon(x, y):
    xs, ys = list(x), list(y)
    nxt = xs[1:] + xs[:1]
    nyt = ys[1:] + ys[:1]
    return 0.5 * sum(a * d - b * c for a, b, c, d in zip(xs, ys, nxt, nyt, strict=False))


def nearest_mean(x, w):
    ds = sorted([(v - w) ** 2 for v in x])
    return sum(ds[:2]) / 2


def cumulated(x, w):
    sums = [0.0]
    for v in x:
        sums.append(sums[-1] + v * w)
    return sums[2] * sums[-1]


def paths_of_prices(x, w):
    paths = []
    for i in range(3):
        price = [1.0]
        for r in x:
            price.append(price[-1] * (1 + w * r * (i + 1)))
        paths.append(price)
    return sum(max(path) - path[-1] for path in paths)


def largest_of_a_generator(x, w):
    return max(w * v for v in x) - min(v * v for v in x)


def extended(x, w):
    xs = [w]
    xs.extend([v * v for v in x])
    xs += [w * w]
    return sum(xs) * xs[-1] + xs[0]


def another_name(x, w):
    xs = []
    ys = xs
    for v in x:
        ys.append(v * w)
    return xs[0] * xs[1] + ys[2]


def helper_appends(x, w):
    def put(xs, v):
        xs.append(v)

    xs = []
    for v in x:
        put(xs, v * w)
    return sum(xs) * xs[0]


def one_side_appends(x, w):
    xs = [w, x[0]]
    if w > 0:
        xs.append(x[1] * w)
    return sum(xs) * xs[-1]


def set_element(x, w):
    xs = [x[0], x[1], w]
    xs[1] = xs[1] * w
    xs.append(xs[0] * xs[1])
    return xs[3] * xs[1] + xs[2]


def element_at_a_loops_index(x, w):
    weights = [w, 2 * w, w * w, 1.0]
    total = 0.0
    for i in range(len(x)):
        total += weights[i] * x[i]
    return total


def reversed_in_place(x, w):
    xs = [w * v for v in x]
    xs.reverse()
    return xs[0] * 2 + xs[1] ** 2


def last_five_kept(x, w):
    xs = []
    for v in x:
        xs.append(v * w)
        if len(xs) > 2:
            xs.pop(0)
    return sum(v * v for v in xs)


def concatenated(x, w):
    parts = []
    for i in range(3):
        parts.append(x * (w + i))
    return np.sum(np.concatenate(parts) ** 2)


def list_of_an_array(x, w):
    xs = x.tolist()
    xs[0] = xs[0] * w
    return sum(v * v for v in xs)


def any_and_all(x, w):
    if any(v > 0.7 for v in x) and not all(v > 0 for v in x):
        return w * x[0]
    return w * w


def built_anew_in_each_trip(x, w):
    xs = [v for v in x]
    for _ in range(3):
        xs = [w * v + 0.1 for v in xs]
    return sum(v * v for v in xs)


def shorter_in_each_trip(x, w):
    xs = list(x)
    for _ in range(3):
        xs = [w * (xs[i + 1] - xs[i]) + xs[i] for i in range(len(xs) - 1)]
    return xs[0]


def squares_of_rows(x, w):
    rows = [x, x * w, x**2]
    return sum(np.sum(row * row) for row in rows)


def nested_loops_in_one(x, y):
    return sum(a * b for a in x for b in y if a > b)


def repeated(x, w):
    xs = [w * x[0]] * 3
    xs[1] = x[1]
    return xs[0] * xs[1] + xs[2] ** 2


def copied_before_it_changes(x, w):
    xs = [v * w for v in x]
    ys = xs.copy()
    zs = xs[:]
    xs[0] = 1.0
    ys[1] = w
    return xs[0] * ys[0] + sum(xs) * sum(ys) + zs[0] * zs[1]


def numpy_of_a_list(x, w):
    losses = []
    for v in x:
        losses.append((v - w) ** 2)
    return np.mean(losses) + np.sqrt(np.sum(losses)) + np.std(losses)


def returned_early(x, w):
    xs = []
    for v in x:
        xs.append(v * w)
        if sum(xs) > 0.5:
            return xs[-1] * 2
    return xs[0]


def constants_behind_what_varies(x, w):
    xs = [w, w * x[0]]
    for _ in range(3):
        xs.append(1.0)
    return sum(v * v for v in xs) + xs[1] * xs[3]


def several_in_each_trip(x, w):
    xs = [w]
    for v in x:
        xs.append(v * w)
        xs.append(v * v)
    return xs[0] * xs[3] + xs[-1] * xs[4] + np.sum(np.array(xs) ** 2)


def appended_on_one_side(x, w):
    xs = [w]
    for v in x:
        if v > 0:
            xs.append(v * w)
        else:
            xs.append(v * v)
    return sum(xs) * xs[1] + max(xs)


def counted_down(x, w):
    xs = []
    for i in reversed(range(len(x))):
        xs.append(x[i] * w)
    return xs[0] * xs[1] - xs[3]


def matrices_of_one_shape(x, w):
    ms = [np.outer(x, x) * w]
    for _ in range(2):
        ms.append(np.tanh(ms[-1] @ ms[0]))
    return sum(np.sum(m * m) for m in ms)


def pairs_of_a_trajectory(x, w):
    hist = []
    p, v = x[0], x[1]
    for _ in range(4):
        v = v - 0.1 * w * p
        p = p + 0.1 * v
        hist.append((p, v))
    return sum(a * b for a, b in hist) + hist[-1][0]


def tape_of_tuples(x, w):
    tape = []
    h = w
    for t in range(len(x)):
        a = h * x[t]
        h = math.tanh(a)
        tape.append((t, a, h))
    dw = 1.0
    dx = np.zeros_like(x)
    for t, a, h in reversed(tape):
        da = (1 - h**2) * dw
        dx[t] += da * a
        dw = da * x[t]
    return dw + np.sum(dx)


def tape_in_a_tape(x, w):
    tape = []
    for i in range(3):
        tape0 = []
        for j in range(len(x)):
            a = x[j] * w * (i + 1)
            tape0.append((j, a))
        tape.append((i, tape0))
    s = 0.0
    for i, tape0 in reversed(tape):
        for j, a in reversed(tape0):
            s += a * a * i + x[j]
    return s


def tape_of_arrays(x, w):
    tape = []
    h = x
    for _ in range(3):
        a = w * h
        h = np.tanh(a)
        tape.append((a, h))
    g = np.ones(4)
    for a, h in reversed(tape):
        g = g * (1 - h**2) * a
    return np.sum(g)


def stack_of_pairs(x, w):
    st = [(x[0], w)]
    tot = 0.0
    while st:
        a, b = st.pop()
        tot = tot + a * b
        if tot < 3 and len(st) < 2 and a > 0.1:
            st.append((a * 0.5, b))
    return tot


def pairs_by_comprehension(x, w):
    ps = [(v, v * w) for v in x]
    return sum(a * b for a, b in ps) + len(ps)


def pairs_with_positions(x, w):
    ps = []
    for i, v in enumerate(x):
        if v > 0:
            ps.append((i, v * w))
    s = 0.0
    for i, u in ps:
        s += u * x[i]
    return s


def whether_there_is_a_last_one(x, w):
    kept = []
    total = 0.0
    for v in x:
        if kept:
            total += kept[-1] * v * w
        kept.append(v)
    return total


def whether_a_view_is_true(x, w):
    y = x.copy()
    total = 0.0
    for i in range(len(y)):
        v = y[i : i + 1]
        if v:
            total += w * v[0] ** 2
        y[i] = 0.0
    return total


def arrays_in_a_list_that_begins_empty(x, w):
    steps, turns = [], []
    total = 0.0
    for i in range(4):
        if steps:
            total += steps[-1] @ turns[0]
        elif len(turns) > 0:
            total += turns[0].sum()
        steps.append(x * w)
        turns.append(x * i)
        if len(steps) > 2:
            steps.pop(0)
            turns.pop(0)
    return total


def there_and_back(x, w):
    total = 0.0
    for sweep in range(2):
        order = range(len(x)) if sweep % 2 == 0 else range(len(x) - 1, -1, -1)
        for i in order:
            total = 0.5 * total * x[i] + w
    return total


def a_range_is_a_list_of_integers(x, w):
    places, parent = range(1, len(x)), list(range(4))
    parent[2] = 0
    return x[places].sum() * len(places) + w * x[parent[2]] + x[places[-1]]


def element_at_a_tuple(x, w):
    grid = np.outer(x, x + w)
    base = (np.abs(x[:2]) * 1.9).astype(int)
    at = tuple(base + np.array([1, 0]))
    grid[at] *= w
    total = grid[tuple(base)] + grid[at]
    for place in np.argwhere(grid > 0):
        total += grid[tuple(place)] ** 2
    return total + np.sum(grid[tuple(np.argwhere(grid < 0).T)])


PROGRAMS = [
    f
    for f in list(globals().values())
    if getattr(f, "__code__", None) and f not in (check, refused)
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("scale", [0.7, -1.3])
def test_gradient(f, scale):
    second = Y if "y" in f.__code__.co_varnames[:2] else scale
    check(f, (X if scale > 0 else X[::-1] * 1.5, second))


def array_in_a_list_written_through_another_name(x, w):
    g = [np.zeros(4), np.ones(4)]
    row = g[0]
    for j in range(4):
        row[j] = x[j] * w
    return np.sum(g[0] ** 2)


def rows_written_through_another_name(x, w):
    g = [[0.0] * 4 for _ in range(4)]
    for i in range(4):
        row = g[i]
        for j in range(4):
            row[j] = x[i] * x[j] * w
    return sum(sum(r) for r in g)


def groups_in_a_list(x, w):
    groups = [[], []]
    for v in x:
        if v > 0:
            groups[0].append(v)
        else:
            groups[1].append(v * w)
    return sum(groups[0]) - sum(groups[1])


@pytest.mark.parametrize(
    "f",
    [
        array_in_a_list_written_through_another_name,
        rows_written_through_another_name,
        groups_in_a_list,
    ],
    ids=lambda f: f.__name__,
)
def test_lists_of_known_length(f):
    check(f, (X, 0.7))


def array_in_a_list_written_to_there(x, w):
    h = np.tanh(x * w)
    hs = [h]
    hs[-1][1] = np.sum(hs[-1])
    return np.sum(hs[0]) * w


def array_in_a_list_added_to_there(x, w):
    hs = [x * w, x + 1]
    for t in range(2):
        hs.append(hs[t] * hs[t + 1])
    hs[2] += hs[0]
    return np.sum(hs[2] * hs[3])


def argument_in_a_list_written_to_there(x, w):
    hs = [x * w, x]
    hs[-1][0] = w
    return np.sum(hs[0] * hs[1])


def row_read_before_it_is_written_to(x, w):
    g = [[v * w for v in x] for _ in range(len(x))]
    row = g[1]
    g[1][2] = w * w
    return sum(row) * g[0][0]


def element_exchanged_for_what_it_was_made_of(x, w):
    hs = [np.tanh(x * w)]
    hs.append(hs[0])
    for _ in range(3):
        hs[-1] = hs[-1] * 0.4
    return np.sum(hs[0] * hs[1])


@pytest.mark.parametrize(
    "f",
    [
        array_in_a_list_written_to_there,
        array_in_a_list_added_to_there,
        argument_in_a_list_written_to_there,
        row_read_before_it_is_written_to,
        element_exchanged_for_what_it_was_made_of,
    ],
    ids=lambda f: f.__name__,
)
def test_writes_into_what_lists_hold(f):
    check(f, (X, 0.7))


def each_trip_the_same_array(x, w):
    h = x * w
    hs = []
    for _ in range(3):
        h += x
        hs.append(h)
    return np.sum(hs[0] * hs[1])


def put_in_and_written_to(x, w):
    h = x * w
    hs = [h]
    hs.append(x)
    h[0] = w
    return np.sum(hs[0])


def rows_of_growing_length(x, w):
    rows, row = [], []
    for v in x:
        row.append(v * w)
        rows.append(row.copy())
    return rows[0][0] * w


def length_changed_in_its_own_loop(x, w):
    xs = [v * w for v in x]
    for v in xs:
        xs.append(v)
    return xs[0]


@pytest.mark.parametrize("f", [each_trip_the_same_array, rows_of_growing_length])
@pytest.mark.parametrize("args", [(X, 0.7), (-X, 2.0)], ids=["0", "1"])
def test_list_followed_place_by_place(f, args):
    check(f, args)


def written_to_in_one_of_two_lists(x, w):
    """Once the caller's array was written to."""
    rows = [x, 2 * x]
    if w > 1.0:
        rows = rows  # noqa: PLW0127
    else:
        rows[0] = rows[1]
    row = rows[0]
    row[1] += w
    return np.sum(row * x)


@pytest.mark.parametrize(
    ("f", "why"),
    [
        (written_to_in_one_of_two_lists, "has another name, too"),
        (put_in_and_written_to, "has been put into a list"),
        (length_changed_in_its_own_loop, "a loop over a list of 64 elements or more"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_is_refused(f, why):
    error = refused(f, (X, 0.7))
    assert error is not None and why in error.message


@pytest.mark.parametrize("length", [4, 70])
def test_list_arguments_that_are_long_or_changed(length):
    def f(xs, w):
        xs.append(w)
        for i in range(len(xs)):
            xs[i] = xs[i] * w
        return sum(xs) + max(xs)

    xs = [0.1 * i for i in range(length)]
    check(f, (xs, 0.7))
    assert len(xs) == length


def test_shorter_list_without_elements():
    def f(rows):
        rows.pop()
        rows = [z for z in rows[:-1]] + [rows[-1]]
        return np.sum(rows[0] * rows[-1])

    for count in (2, 3):
        check(f, ([np.arange(3.0) + at for at in range(count)],))


def test_what_is_no_list_before_a_loop_makes_one():
    def f(a, b, n):
        x = 1.5 * a
        for _ in range(n):
            x = [a, b]
        return np.sum(x) * a

    for n in (0, 1, 3):
        check(f, (0.7, -1.2, n))


def element_replaced_in_trips(c, rows):
    x = rows[1]
    for i in range(3):
        rows[1] = c * rows[0] + x[i]
    return np.sum(rows[1]) + np.sum(x**2)


def element_remade_of_itself(c, rows):
    x, i = rows[1], 0
    while i < 3:
        rows[1] = c * rows[1] + x[i]
        i += 1
    return np.sum(rows[1])


def elements_of_one_that_is_replaced(c, rows):
    for e in rows[1]:
        if e > 0.5:
            rows[1] = c * rows[1] + e
    return np.sum(rows[1])


@pytest.mark.parametrize(
    "function",
    [element_replaced_in_trips, element_remade_of_itself, elements_of_one_that_is_replaced],
)
def test_what_trips_replace_in_a_list_stays_under_its_name(function):
    check(function, (0.7, [X[:3], Y[:3]]))


def changed_under_its_name(rows, c):
    x = rows[0]
    rows[0] -= c * x[1]
    return rows[0] * x[0]


def changed_while_it_is_read(rows, c):
    for e in rows[0]:
        rows[0] -= c * e
    return rows[0] * rows[1]


def changed_where_a_mask_says(rows, c):
    rows.pop(0)
    rows[-1][rows[-1] <= 0.5] *= c
    return rows[0] ** 2


def test_some_elements_of_an_array_in_a_list_are_changed():
    check(changed_where_a_mask_says, ([X[:3], Y[:3]], 0.7))


@pytest.mark.parametrize("function", [changed_under_its_name, changed_while_it_is_read])
def test_an_array_in_a_list_is_changed_in_place(function):
    check(function, ([X[:3], Y[:3]], 0.7))
    assert "rows[0] -= c * " in adgen.grad(function).source([X[:3], Y[:3]], 0.7)


def slices_exchanged(x, w):
    xs = [v * w for v in x]
    xs[1:3] = [xs[0], 2.0]
    xs[3:] = []
    del xs[0]
    return sum(v * v * (i + 1) for i, v in enumerate(xs))


def slices_of_a_list_made_by_numpy(x, w):
    xs = x.tolist()
    xs[1:1] = [w, w * xs[0]]
    del xs[-1]
    xs[:1] = [3.0 * w] * 2
    return sum(v * v * (i + 1) for i, v in enumerate(xs))


def slices_exchanged_in_trips(x, w):
    xs = [x[0], w]
    for v in x:
        xs[:] = [v * xs[1], xs[0] + w]
    return xs[0] * xs[1]


@pytest.mark.parametrize(
    "function", [slices_exchanged, slices_of_a_list_made_by_numpy, slices_exchanged_in_trips]
)
def test_slices_of_lists_that_are_written_to(function):
    check(function, (X, 0.7))


def number_of_a_trip_written_out(x, w):
    d, s = {0: x[0], 1: x[1], 2: x[2]}, 0.0
    for at in range(3):
        d[at] += x[at] * w
    for e in x:
        s += at * e
        for at in range(2):
            d[at] += x[at] * e
    return d[0] * d[1] * s * at


def test_the_number_of_a_trip_written_out_is_read_later():
    check(number_of_a_trip_written_out, (X, 0.7))


def tuples_that_paths_append(P, x):
    kept, cut = [], []
    for i in range(2):
        if P[i, 0] <= x:
            kept.append((P[i, 0], P[i, 1]))
        else:
            cut.append((x, P[i, 1] * 2))
    kept.extend(cut)
    kept += cut
    kept.extend([(x, x)])
    return sum(p[1] ** 2 * p[0] for p in kept + cut)


def polygon_that_is_cut(poly, x):
    out = []
    for i in range(len(poly)):
        a, b = poly[i], poly[(i + 1) % len(poly)]
        if a[0] <= x:
            out.append(a)
        if (a[0] <= x) != (b[0] <= x):
            t = (x - a[0]) / (b[0] - a[0])
            out.append((x, a[1] + t * (b[1] - a[1])))
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(out, out[1:] + out[:1], strict=True))


CORNERS = [(0.1, 0.2), (2.0, 0.3), (2.2, 1.0), (0.3, 1.5)]


@pytest.mark.parametrize("x", [-1.0, 0.2, 1.1, 2.1, 3.0])
def test_tuples_that_paths_append(x):
    check(tuples_that_paths_append, (np.array(CORNERS), x))
    if x > 0.1:
        check(polygon_that_is_cut, (CORNERS, x))


def positions(x):
    at = []
    while len(at) < 2 and x[0] > 0:
        at.append(1)
    return at


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.outer(x, x)[tuple(positions(x))].sum(),
        lambda x: np.outer(x, x)[tuple(positions(x)) + (0,)].sum(),
        lambda x: np.outer(x, x)[tuple(positions(x))[:2]].sum(),
    ],
    ids=["whole", "joined", "part"],
)
def test_a_tuple_of_unknown_length_is_no_index(f):
    error = refused(f, (X,))
    assert error is not None and "how long a tuple is" in error.message


def test_the_adjoint_of_a_list_may_be_given_as_a_list():
    def f(x, b):
        b[0] = b[0] - x[0] * b[1]
        return list(2 * x), b

    gradient = adgen.grad(f)
    _, cache = gradient.forward(np.ones(3), [1.0, 2.0])
    dx, db = gradient.backward(([1, 2, 3], [1.0, 0.5]), cache)
    assert dx.tolist() == [0.0, 4.0, 6.0]
    assert db == [1.0, -0.5]
