"""Lists that change at positions that only a run tells: `pop(i)`, `insert(i, v)`, `remove(v)`."""

import functools
import itertools
import operator

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check

V = np.array([5.0, 3.0, 1.0, 4.0])


def smallest_and_largest_in_turn(xs):
    found, smallest = [], True
    xs = xs[:]
    while xs:
        found.append(min(xs) if smallest else max(xs))
        xs.remove(found[-1])
        smallest = not smallest
    return sum((i + 1) * x for i, x in enumerate(found))


def taken_out_and_put_in(v, k):
    xs = [x * x for x in v]
    a = xs.pop(k)
    xs.insert(1, a * xs[0])
    xs.insert(-1, v[k])
    b = xs.pop(-2)
    return a * b + sum((i + 1) * x for i, x in enumerate(xs))


def sorted_by_insertion(v):
    out = []
    for x in v:
        i = 0
        while i < len(out) and out[i] < x:
            i += 1
        out.insert(i, x)
    return sum((i + 1) * x for i, x in enumerate(out)) + out[0] * out[-1]


def counted_out(v):
    left = list(v)
    i, total = 0, 0.0
    while len(left) > 1:
        i = (i + 2) % len(left)
        total = total * 0.5 + left.pop(i) ** 2
    return total * left[0]


def nearest_next(v):
    left = [(x, i) for i, x in enumerate(v)]
    here, total = left.pop(0)[0], 0.0
    while left:
        nearest = 0
        for j in range(len(left)):
            if abs(left[j][0] - here) < abs(left[nearest][0] - here):
                nearest = j
        there, _ = left.pop(nearest)
        total += (there - here) ** 2
        here = there
    return total


def put_beyond_the_ends(v):
    xs = []
    xs.insert(1, v[0])
    xs.insert(7, v[1])
    xs.insert(-9, v[2])
    return xs[0] * 2 + xs[1] * 3 + xs[2] * v[3]


def deleted(v, x):
    xs = [a * x for a in v]
    del xs[int(np.argmax(v))]
    return xs[0] * xs[-1]


CALLS = [
    (smallest_and_largest_in_turn, (list(V),)),
    (taken_out_and_put_in, (V, 2)),
    (taken_out_and_put_in, (V, -2)),
    (sorted_by_insertion, (V,)),
    (sorted_by_insertion, (V[::-1].copy(),)),
    (counted_out, (V,)),
    (nearest_next, (V,)),
    (put_beyond_the_ends, (V,)),
    (deleted, (V, 0.7)),
]


@pytest.mark.parametrize("function, args", CALLS, ids=lambda v: getattr(v, "__name__", ""))
def test_lists_that_change_anywhere(function, args):
    check(function, args)


def test_what_is_taken_out_goes_to_the_end_first():
    listing = grad(counted_out).source(V)
    assert "left[:] = [left[i] for i in order]" in listing
    assert "dleft = dleft[np.argsort(order)]" in listing


def products(xs, r):
    return sum(functools.reduce(operator.mul, c, 1) for c in itertools.combinations(xs, r))


def test_operators_under_their_names():
    check(products, ([2.0, 3.0, 5.0], 2))
    assert "operator" not in grad(products).source([2.0, 3.0, 5.0], 2)


def chosen_by_a_test(x, y):
    d = [x * y, y]
    d[x > y] = x * x
    d[x < y] += y
    e = [[x, y], [y * y, x]]
    return [x, y][x > y] * d[0] + d[1] * e[x > y][y > 0.8]


def of_a_growing_list(x, y):
    d = []
    for i in range(3):
        d.append(x * i + y)
    last = d[0] > d[1]
    return d[last] + d.pop(x < y) * d[-1]


def of_a_dict(x, y, first):
    d = {True: x, False: 2 * y}
    return d[first] * y + d[x > y] * x


@pytest.mark.parametrize("x, y", [(1.0, 2.0), (2.0, 1.0), (-1.0, 0.3)])
def test_a_truth_is_a_position(x, y):
    check(chosen_by_a_test, (x, y))
    check(of_a_growing_list, (x, y))
    for first in (True, False):
        check(of_a_dict, (x, y, first))
