"""Iterators read as they go on: what they read must not change until they are at their end."""

import itertools

import numpy as np
import pytest

from tests.check_program import check, refused

X = np.array([0.4, -0.8, 1.3])


def name_bound_anew(x):
    k = 1.0
    scaled = (v * k for v in x)
    k = 2.0
    return sum(scaled)


def element_of_a_list(x):
    k = [1.0]
    scaled = (v * k[0] for v in x)
    k[0] = 3.0
    return sum(scaled)


def array_written_to(x):
    y = x.copy()
    squares = (v * v for v in y)
    y[0] = 5.0
    return sum(squares)


def read_by_a_function(x):
    k = 2.0
    scaled = map(lambda v: v * k, x)
    k = 3.0
    return sum(scaled)


def values_of_a_dict(x):
    d = {"a": x[0], "b": x[1]}
    values = d.values()
    d["a"] = 5.0 * x[2]
    return sum(values)


@pytest.mark.parametrize(
    "function",
    [name_bound_anew, element_of_a_list, array_written_to, read_by_a_function, values_of_a_dict],
)
def test_what_is_read_later(function):
    assert "is not what it was any more" in str(refused(function, (X,)))


def expression_over_what_changes(x):
    y, s = x.copy(), 0.0
    for v in (u * u for u in y):
        y[2] += v
        s += v
    return s


def function_that_yields(x):
    def scaled():
        for u in x:
            yield u * k[0]

    k, s = [1.0], 0.0
    for v in scaled():
        if v < 0:
            k[0] += 1.0
            continue
        s += v
    return s


@pytest.mark.parametrize("function", [expression_over_what_changes, function_that_yields])
def test_what_a_loop_changes_of_what_it_runs_over(function):
    assert "which what it runs over reads" in str(refused(function, (X,)))


def elements_twice(x):
    z, s = (2 * x).flat, 0.0
    for v in z:
        s += v * v
    for v in z:
        s += v**3
    return s


def elements_in_each_trip(x):
    z, s = (2 * x).flat, 0.0
    for i in range(2):
        for v in z:
            s += v * v * i
    return s


def elements_beside_themselves(x):
    z = x.flat
    return sum(u * v for u, v in zip(z, z, strict=True))


@pytest.mark.parametrize(
    "function", [elements_twice, elements_in_each_trip, elements_beside_themselves]
)
def test_an_iterator_over_elements_is_run_over_once(function):
    assert "empty once it has been run over" in str(refused(function, (X,)))


def items_as_they_are(x):
    d, s = {"a": x[0], "b": x[1], "c": x[2]}, 0.0
    for key, v in d.items():
        d["c"] = d["c"] * v
        s += v if key != "a" else 2 * v
    for v in d.values():
        d["b"] = d["b"] + v
    for i, (_, v) in enumerate(d.items()):
        d["a"] = s
        s += v * i
    return s


def elements_as_they_are(x):
    xs, s = [x[0], x[1], x[2]], 0.0
    for e in xs:
        xs[2] = xs[2] * e
        s += e
    return s


def what_stays(x):
    def pairs(a):
        for i in range(len(a) - 1):
            yield a[i], a[i + 1]

    scaled = (v * v for v in x)
    n = len(x)
    s = sum(scaled) / n
    for a, b in pairs(x):
        s += a * b
    for v in sorted(u * s for u in x):
        s = s + v
    return s


@pytest.mark.parametrize("function", [items_as_they_are, elements_as_they_are, what_stays])
def test_what_is_read_in_time(function):
    check(function, (X,))


def orbit(x):
    while True:
        yield x
        x = x * x + 0.1


def drawn_twice_in_a_helper(x):
    def both(values):
        return list(itertools.islice(values, 2)), list(itertools.islice(values, 2))

    first, second = both(orbit(x[0]))
    return sum(first) + 2 * sum(second)


def drawn_under_two_names(x):
    values = orbit(x[0])
    others = values
    first = list(itertools.islice(values, 2))
    return sum(first) + 2 * sum(itertools.islice(others, 2))


def drawn_on_in_a_loop(x):
    values, total = orbit(x[0]), 0.0
    for _ in range(2):
        total += total + sum(itertools.islice(values, 2))
    return total


def terms_that_change(x):
    a = x[0]
    terms = (a * k for k in itertools.count())
    a = x[1]
    return sum(itertools.islice(terms, 3)) + a


def counted_for_ever(x):
    return sum(x[0] for _ in itertools.count())


@pytest.mark.parametrize(
    "function",
    [
        drawn_twice_in_a_helper,
        drawn_under_two_names,
        drawn_on_in_a_loop,
        terms_that_change,
        counted_for_ever,
    ],
)
def test_what_has_no_end_is_drawn_from_once(function):
    assert refused(function, (X,)) is not None


def list_of_a_dict_that_changes(x):
    groups = {}
    for v in x:
        groups.setdefault(int(v), []).append(v)
    for vs in groups.values():
        vs.append(1.0)
    return sum(sum(vs) for vs in groups.values())


def test_a_list_in_a_dict_that_the_data_make_is_no_copy():
    assert refused(list_of_a_dict_that_changes, (X,)) is not None


class Bag:
    def __init__(self, *items):
        self.items, self.total = list(items), 0.0

    def __iter__(self):
        return iter(self.items)


def bag_that_grows(x):
    bag, s = Bag(x[0], x[2]), 0.0
    for v in bag:
        s += v
        if len(bag.items) < 4:
            bag.items.append(v * 2)
    return s


def test_an_object_that_changes_what_it_runs_over():
    assert refused(bag_that_grows, (X,)) is not None


def bag_that_is_added_up(x):
    bag = Bag(x[0], x[2])
    for v in bag:
        bag.total += v * v
    return bag.total


def test_an_object_that_changes_something_else():
    check(bag_that_is_added_up, (X,))
