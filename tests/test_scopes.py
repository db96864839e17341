"""`nonlocal` names of functions that are further out than the caller."""

import numpy as np
import pytest

from adgen import UserError, grad
from tests.check_program import check


def bound_two_functions_further_out(x, y):
    total = 0.0

    def add(v):
        def inner(w):
            nonlocal total
            total += w * w * y

        inner(v)
        inner(2 * v)

    add(x)
    add(y)
    return total * x


def bound_through_another(x, y):
    total, n = 0.0, 0

    def add(v):
        nonlocal total, n
        total += v
        n += 1

    def twice(v):
        add(v)
        if v > 1:
            add(v * y)
        return total

    a = twice(x)
    for k in range(3):
        add(k * y)
        twice(total * y)
    return a * total + n


def counter(start):
    value = start

    def bump(by=1.0):
        nonlocal value
        value += by * value
        return value

    return bump


def bound_when_its_function_has_ended(x, y):
    one, other = counter(x), counter(y)
    one(y)
    other()
    return one(x) * other(one())


def a_parameter(x, y):
    def scale():
        nonlocal x
        x = x * y

    def again():
        scale()
        scale()

    again()
    return x + y


def names_of_the_same_spelling(x, y):
    total = x

    def inner():
        nonlocal total
        total = total * y

    def middle(total):
        inner()
        return total * 2

    doubled = middle(5.0)
    return doubled + total + (lambda total: total + 1)(total)


def an_array(x, y):
    total, count = np.zeros(2), 0

    def add(v):
        nonlocal total, count
        total = total + v * np.array([x, y])
        count += 1

    def several(k):
        for i in range(k):
            add(i * x)

    several(3)
    add(y)
    return (total @ total) * count


FUNCTIONS = [
    bound_two_functions_further_out,
    bound_through_another,
    bound_when_its_function_has_ended,
    a_parameter,
    names_of_the_same_spelling,
    an_array,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.3, 1.4])
def test_names_bound_further_out(function, x):
    check(function, (x, 0.7))


def test_they_keep_their_names():
    listing = grad(bound_through_another).source(1.4, 0.7)
    assert "total = 0.0 + x" in listing
    assert "scope" not in listing and "total2" not in listing


def recursive_and_writing(x):
    total = 0.0

    def visit(v):
        nonlocal total
        total += v
        if v < 3:
            visit(v * 1.5)

    visit(x)
    return total


def recursive_with_a_dict(x):
    seen = {"sum": 0.0}

    def visit(v):
        seen["sum"] += v
        if v < 3:
            visit(v * 1.5)

    visit(x)
    return seen["sum"]


@pytest.mark.parametrize("function", [recursive_and_writing, recursive_with_a_dict])
def test_how_deep_is_decided_by_the_data(function):
    with pytest.raises(UserError, match="`visit` calls itself and may change"):
        grad(function)(1.0)


def counted_calls(x, y):
    seen = {"n": 0, "sum": 0.0}

    def visit(v):
        seen["n"] += 1
        seen["sum"] += v * seen["n"]
        if seen["n"] < 4:
            visit(v * y)

    visit(x)
    return seen["sum"] / seen["n"]


def test_how_deep_is_known():
    check(counted_calls, (0.3, 1.2))
