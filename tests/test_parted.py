"""Branches whose sides go on apart: what a name is there is something else on each of them."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from adgen import grad
from tests.check_program import check


@dataclass
class Disc:
    r: float

    def area(self):
        return math.pi * self.r**2


@dataclass
class Square:
    side: float

    def area(self):
        return self.side**2


def lists_of_other_lengths(a, b, c):
    d = b * b - 4 * a * c
    if d > 0:
        s = math.sqrt(d)
        roots = [(-b - s) / (2 * a), (-b + s) / (2 * a)]
    else:
        roots = [-b / (2 * a)]
    top = max(roots)
    return top * len(roots)


def list_that_the_data_choose(a, b, c):
    above, below = [], []
    for v in (a, b, -c):
        (above if v > 0 else below).append(v * v)
    return sum(above) - 3 * sum(below)


def other_keys(a, b, c):
    options = {"scale": a}
    if a > b:
        options["shift"] = b * c
    if "shift" in options:
        a += options["shift"]
    return a * options.get("shift", 2.0) + len(options) * c


def tuple_or_none(a, b, c):
    if a > b:
        pair = (a, b * c)
    elif a > 0.5:
        pair = (c,)
    else:
        pair = None
    if pair is None:
        return a * c
    return sum(pair) * b


def object_of_either_class(a, b, c):
    shape = Disc(a) if a > b else Square(b)
    grown = shape.area() * c
    if isinstance(shape, Disc):
        grown += shape.r
    return grown


def object_that_is_changed(a, b, c):
    one, other = Disc(a), Disc(b)
    larger = one if a > b else other
    larger.r *= c
    return one.area() + other.r


def array_that_is_changed(a, b, c):
    u, v = np.array([a, b]), np.array([b, c * c])
    w = u if a > b else v
    w[0] = 3 * c
    return np.sum(u**2) * np.sum(v)


def tuples_in_trips(a, b, c):
    total = 0.0
    for v in np.array([a, -b, c]):
        if v > 0:
            parts = (v, v * v)
        else:
            parts = (v,)
        total += sum(parts) * len(parts)
    return total


def functions_chosen_one_after_the_other(a, b, c):
    f = math.sin if a > b else math.cos
    a = b
    g = f if a > c else math.exp
    b = 2 * c
    return f(c) * g(b)


def crossing(a, b, c):
    d = b * b - a * c
    if d < 0:
        return None
    t = -b + math.sqrt(d)
    return t, a + t


def pair_or_none_of_a_helper(a, b, c):
    hit = crossing(a, b, c)
    if hit is None:
        return a * c
    t, where = hit
    return t * where + b


def helper_in_trips_and_in_a_test(a, b, c):
    total = 0.0
    for v in (a, -b, c):
        if (crossing(v, b, a) or (v,))[0] < 0.1:
            continue
        hit = crossing(v, b, a)
        total += b if hit is None else hit[0] * hit[1]
    return total + sum(crossing(a, b + c, -b) or (c,))


def bracket(f, x, h):
    for _ in range(6):
        if f(x) * f(x + h) < 0:
            return x, x + h
        x += h


def secant_in_a_bracket(a, b, c):
    f = lambda x: x * x - 2 * a  # noqa: E731
    found = bracket(f, 0.0, abs(b))
    if found is None:
        return c * b
    low, high = found
    return (low * f(high) - high * f(low)) / (f(high) - f(low))


def two_closures(a, b, c):
    def made(v):
        k = v
        if v > 1:
            k *= 2
            return [lambda x: k * x]
        return [lambda x: x + k, lambda x: x * x * k]

    return sum(f(c) for f in made(a)) * sum(f(a) for f in made(b))


def object_that_a_key_chooses(a, b, c):
    shapes = [Disc(a), Square(b), Disc(c * c)]
    largest = max(shapes, key=lambda shape: shape.area())
    if isinstance(largest, Disc):
        largest.r *= 2
    return largest.area() + sum(shape.area() for shape in shapes)


def number_or_none(a, b, c):
    if a > 1:
        return a
    if b > 1:
        return b * c


def numbers_or_none_of_a_helper(a, b, c):
    found = number_or_none(a, b, c)
    if found is None:
        return a * c
    return found * b


def first_that_is_found(a, b, c):
    xs = np.array([a, b, c])
    above = next((i for i, x in enumerate(xs) if x > 1.0), -1)
    held = {"b": b, "a": a}
    return xs[above] ** 2 * held[next(iter(held))] + next(x for x in xs if x < b + 1)


def pair_that_is_found(a, b, c):
    points = [(a, 1.0), (b, 2.0), (a * b, c)]
    hit = next(((x, y) for x, y in points if x > 1), None)
    if hit is None:
        return a * c
    x, y = hit
    return x * y


def key_that_the_data_choose(a, b, c):
    gaps = {
        (i, j): abs(x - y) for i, x in enumerate((a, b, c)) for j, y in enumerate((a, b)) if i > j
    }
    nearest = min(gaps, key=gaps.get)
    name, score = max(
        [("lin", a + b), ("quad", a * c), ("exp", math.exp(b) - c)], key=lambda p: p[1]
    )
    weight = {"lin": 1.0, "quad": 2.0, "exp": 0.5}[name]
    signs = {(True, True): a * b, (True, False): b, (False, True): c, (False, False): a}
    return gaps[nearest] * score * weight + signs[a > b, b > c]


def least_of_objects(a, b, c):
    @dataclass
    class Weight:
        w: float

        def __lt__(self, other):
            return self.w < other.w

        def __add__(self, other):
            return Weight(self.w + other.w * 2)

    weights = [Weight(a), Weight(b), Weight(c * 2)]
    return min(weights).w * b + sorted(weights)[1].w + sum(weights[1:], weights[0]).w


def tuples_of_other_lengths_in_an_expression(a, b, c):
    parts = (a, b, a * b) if a > b else (c,)
    return sum(parts) * len(parts)


FUNCTIONS = [
    tuples_of_other_lengths_in_an_expression,
    key_that_the_data_choose,
    least_of_objects,
    numbers_or_none_of_a_helper, first_that_is_found, pair_that_is_found,
    pair_or_none_of_a_helper, helper_in_trips_and_in_a_test, secant_in_a_bracket, two_closures,
    object_that_a_key_chooses,
    lists_of_other_lengths, list_that_the_data_choose, other_keys, tuple_or_none,
    object_of_either_class, object_that_is_changed, array_that_is_changed, tuples_in_trips,
    functions_chosen_one_after_the_other,
]  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_slopes_on_each_path(f):
    for args in ((1.5, 0.7, 0.3), (0.8, 1.6, 1.1), (0.3, 0.9, -0.4)):
        check(f, args)


def test_nothing_is_found():
    def f(a, b):
        return next(v for v in (a, b) if v > 10)

    check(f, (1.0, 12.0))
    with pytest.raises(StopIteration):
        grad(f)(1.0, 2.0)


def test_what_follows_is_written_on_each_side():
    listing = grad(lists_of_other_lengths).source(1.0, 3.0, 1.0)
    assert listing.count("top * len(roots)  #") == 2


def test_names_that_nobody_reads_behind_a_return_are_not_bound():
    listing = grad(object_that_is_changed).source(1.0, 3.0, 1.0)
    assert "larger_r" not in listing
