"""Elements of arrays that are written to: what is kept of them, and whether that is right."""

import importlib
import math
from random import Random

import numpy as np
import pytest

from adgen import check_grads, grad
from adgen.caching.rewriting import Restored
from tests.write_programs import arguments, made, written

plan = importlib.import_module("adgen.caching.plan")
_rng = np.random.default_rng(3)
_square = _rng.normal(size=(4, 4))
_definite = _square @ _square.T + 4.0 * np.eye(4)


def cholesky(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[j, k]
            A[i, j] /= A[j, j]
        for k in range(i):
            A[i, i] -= A[i, k] * A[i, k]
        A[i, i] = np.sqrt(A[i, i])
    s = 0.0
    for i in range(n):
        s += np.log(A[i, i])
    return s


def lu(A):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                A[i, j] -= A[i, k] * A[k, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            for k in range(i):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(A**2)


def substitution(L, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.sum(x**2)


def substitution_from_behind(U, b):
    x = np.zeros_like(b)
    for i in range(len(b) - 1, -1, -1):
        x[i] = (b[i] - U[i, i + 1 :] @ x[i + 1 :]) / U[i, i]
    return np.sum(x**2)


def gauss_seidel(u, f, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - f[i])
    return np.sum(u**2)


def recurrence(a, n):
    x = np.zeros(n + 1)
    x[0] = a
    for t in range(n):
        x[t + 1] = a * x[t] * (1 - x[t])
    return x[n]


def table(a, b):
    T = np.ones((len(a) + 1, len(b) + 1))
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            T[i, j] = a[i - 1] * T[i - 1, j - 1] + T[i - 1, j] * T[i, j - 1] - b[j - 1]
    return T[-1, -1]


def red_and_black(u):
    for i in range(1, len(u) - 1, 2):
        u[i] = u[i - 1] * u[i + 1]
    return np.sum(u**2)


TAPELESS = [
    (cholesky, (_definite,)),
    (lu, (_definite,)),
    (substitution, (_definite, _rng.normal(size=4))),
    (substitution_from_behind, (_definite, _rng.normal(size=4))),
    (gauss_seidel, (_rng.normal(size=6), _rng.normal(size=6), 3)),
    (table, (_rng.normal(size=3), _rng.normal(size=4))),
    (red_and_black, (_rng.normal(size=7),)),
]


@pytest.mark.parametrize(("function", "values"), TAPELESS)
def test_what_is_not_written_again_is_read_from_the_array(function, values):
    check_grads(function, values)
    assert "tape" not in grad(function).source(*values)


def solved_there_and_back(A, b):
    x = b.copy()
    n = len(x)
    for i in range(n):
        for j in range(i):
            x[i] -= A[i, j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= A[i, j] * x[j]
    return np.sum(x**2)


def changed_by_later_trips(A, b):
    x = b.copy()
    n = len(x)
    for i in range(n):
        for j in range(n):
            x[i] -= 0.1 * A[i, j] * x[j]
    for i in range(n):
        x[i] = x[i] ** 2
    return np.sum(x)


def changed_by_every_sweep(A, b, sweeps):
    x = b.copy()
    n = len(x)
    for _ in range(sweeps):
        for i in range(n):
            for j in range(i):
                x[i] -= 0.1 * A[i, j] * x[j]
        for i in range(n):
            x[i] = np.sin(x[i])
    return np.sum(x)


def left_early(A, b):
    x = b.copy()
    n = len(x)
    for i in range(n):
        if x[i] > 0.9:
            break
        for j in range(i):
            x[i] -= A[i, j] * x[j]
    for i in range(n):
        x[i] = np.exp(x[i])
    return np.sum(x)


@pytest.mark.parametrize(
    ("function", "more"),
    [
        (solved_there_and_back, ()),
        (changed_by_later_trips, ()),
        (changed_by_every_sweep, (2,)),
        (left_early, ()),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_what_a_later_loop_changes(function, more, seed):
    rng = np.random.default_rng(seed)
    check_grads(function, (rng.normal(size=(4, 4)), rng.normal(size=4), *more))


def test_what_a_later_loop_changes_is_read_from_a_copy():
    listing = grad(solved_there_and_back).source(_definite, np.ones(4))
    assert "tape" not in listing and "x0 = x.copy()" in listing


def test_a_recurrence_is_read_from_its_array():
    check_grads(recurrence, (0.3, 5))
    assert "x[t]" in grad(recurrence).source(0.3, 5).split("def ")[2]


def wrapped(u, c):
    for i in range(len(u)):
        u[i] = c * u[i - 1] * u[i]
    return np.sum(u**2)


def from_above(u, c):
    for i in range(len(u) - 1):
        u[i] = c * u[i + 1] * u[i + 1]
    return np.sum(u)


def written_twice(u, c):
    for i in range(1, len(u)):
        u[i] = c * u[i - 1] * u[i - 1]
    u[0] = c
    return np.sum(u)


def in_a_branch(u, c):
    for i in range(1, len(u)):
        if c > 0:
            u[i - 1] = c * u[i] * u[i - 1]
        else:
            u[i] = u[i - 1] * u[i - 1]
    return np.sum(u**2)


def through_a_view(A, c):
    for i in range(1, len(A)):
        row = A[i]
        row[1:] = c * A[i - 1, 1:] * row[1:]
        A[i - 1, 1:] *= 0.5
    return np.sum(A**2)


def of_another_dtype(x, c):
    y = np.zeros(len(x), dtype=np.float32)
    for i in range(len(x)):
        y[i] = np.exp(c * x[i])
    return np.sum(y)


def broken_off(u, c):
    for i in range(1, len(u)):
        u[i] = c * u[i - 1] * u[i]
        if u[i] > 0.5:
            u[i - 1] = u[i] * u[i]
            break
    return np.sum(u**2)


AGAIN = [wrapped, from_above, written_twice, in_a_branch, broken_off]


@pytest.mark.parametrize("function", AGAIN)
@pytest.mark.parametrize("c", [0.8, -0.7])
def test_what_is_written_again(function, c):
    check_grads(function, (_rng.normal(size=5), c))


@pytest.mark.parametrize("c", [0.8, -0.7])
def test_writes_through_views_and_of_other_dtypes(c):
    check_grads(through_a_view, (_rng.normal(size=(3, 4)), c))
    got = grad(of_another_dtype)(np.array([0.3, -0.2]), c)
    wanted = c * np.exp(c * np.array([0.3, -0.2]))
    assert np.allclose(got[0], wanted, rtol=1e-6)
    assert math.isclose(got[1], np.sum(wanted / c * np.array([0.3, -0.2])), rel_tol=1e-6)


def made_in_each_trip(A, c):
    s = 0.0
    for i in range(len(A)):
        x = np.zeros(A.shape[1])
        x[0] = c
        for j in range(1, A.shape[1]):
            x[j] = A[i, j] * x[j - 1]
        s += np.sum(x * x) * x[1]
    return s


def handed_to_the_next_trip(A, c):
    x = np.ones(A.shape[1])
    s = 0.0
    for i in range(len(A)):
        x[1:] *= c * x[:-1]
        x = x * A[i]
        x[0] += x[1] * c
        s += np.sum(x * x)
    return s * x[0]


@pytest.mark.parametrize("function", [made_in_each_trip, handed_to_the_next_trip])
def test_arrays_that_a_trip_makes(function):
    check_grads(function, (_rng.normal(size=(3, 4)), 0.7))


def test_an_array_that_a_trip_makes_is_kept_as_it_is():
    forward = grad(made_in_each_trip).source(np.ones((3, 4)), 0.7).split("\n\n\n")[0]
    assert ".copy()" not in forward and "x, " in forward.split("tape.append")[1]


# -- what writes destroy ----------------------------------------------------------------


def sweep(u, c, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + c * (u[i - 1] - 2.0 * u[i] + u[i + 1]) * u[i]
    return np.sum(u**2)


def waves(u, c, steps):
    for _ in range(steps):
        u[1:-1] += c * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    return np.sum(u**2)


def quotients(u, c, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = (u[i - 1] + u[i + 1]) / (2.0 + c * u[i] ** 2)
    return np.sum(u**2)


def partly(u, c, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            if u[i - 1] > 0:
                u[i] = c * u[i - 1] * u[i + 1] * u[i]
            else:
                u[i + 1] *= u[i] * u[i - 1]
                if u[i + 1] > 0.2:
                    break
    return np.sum(u**2)


def given_back(u, c, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] = u[i] + c * u[i - 1] * u[i + 1] * u[i]
    return u


DESTROYED = [sweep, waves, quotients, partly]


@pytest.mark.parametrize("function", DESTROYED)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_put_back(function, seed):
    values = (np.random.default_rng(seed).normal(size=6), 0.1, 3)
    check_grads(function, values)
    ours = grad(function)
    _, cache = ours.forward(*values)
    first, again = ours.backward(1.0, cache), ours.backward(1.0, cache)
    for a, b, c in zip(first, again, ours(*values), strict=True):
        assert np.array_equal(a, b) and np.array_equal(a, c)


@pytest.mark.parametrize("function", DESTROYED)
def test_the_gradient_of_what_is_put_back(function):
    values = (np.random.default_rng(1).normal(size=5), 0.1, 2)
    slope = grad(function, wrt="u")

    def steepness(u, c):
        return np.sum(slope(u, c, 2) ** 2)

    check_grads(steepness, values[:2])


def test_a_write_keeps_the_one_number_that_it_destroys():
    for function in (sweep, quotients):
        forward, backward = grad(function).source(np.ones(6), 0.1, 3).split("\n\n\n")
        assert "tape0.append(u[i])" in forward
        assert "reversed(tape0)" in backward and "u = u.copy()" in backward
    assert "tape.append(u[1:-1].copy())" in grad(waves).source(np.ones(6), 0.1, 3)


def test_the_result_is_left_as_it_is():
    ours = grad(given_back)
    values = (np.random.default_rng(1).normal(size=5), 0.1, 2)
    out, cache = ours.forward(*values)
    before = out.copy()
    ours.backward(np.ones(5), cache)
    assert np.array_equal(out, before)
    listing = ours.compilation(*values).listing
    scope = {}
    exec(listing.joint, scope | listing.namespace, scope)
    value, gradient = scope["given_back_gradient"](*values, du=np.ones(5))
    assert np.array_equal(value, before)
    assert np.array_equal(gradient[0], ours.backward(np.ones(5), cache)[0])


WRT = ("u", "v", "b", "c")


def one_that_runs(seed):
    """A random program that stays within its arrays, and arguments for it."""
    while True:
        text = written(Random(seed))
        values = arguments(text, seed)
        try:
            made(text, "tried")(*(v.copy() if hasattr(v, "copy") else v for v in values))
        except (IndexError, ValueError):
            seed += 1000
        else:
            return text, values


@pytest.mark.parametrize("seed", range(40))
def test_random_writes(seed, monkeypatch):
    """What is kept changes no gradient, and a cache serves any number of calls."""
    with np.errstate(all="ignore"):
        text, values = one_that_runs(seed)
        ours = grad(made(text, f"ours {seed}"), wrt=WRT)
        found = ours(*values)
        _, cache = ours.forward(*values)
        again = [ours.backward(1.0, cache) for _ in range(2)]
        monkeypatch.setattr(plan, "restored", lambda staged, lines, *_: Restored(staged, lines, {}))
        wanted = grad(made(text, f"plain {seed}"), wrt=WRT)(*values)
    for other in (found, *again):
        for a, b in zip(other, wanted, strict=True):
            assert np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True), text
