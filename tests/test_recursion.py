"""Functions that call themselves, on inputs that take them to different depths."""

import functools
import math
import random

import numpy as np
import pytest

from adgen import UserError, check_grads, grad, value_and_grad
from adgen.ir import Answer, PairFunction
from adgen.rules.pairs import pair_op
from adgen.rules.stacks import PUT
from adgen.types import FLOAT
from tests.check_program import check
from tests.second_order import products

SCALE = 1.5


def power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 1:
        return x * power(x, n - 1)
    half = power(x, n // 2)
    return half * half


def fact(x, n):
    return 1.0 if n == 0 else (x + n) * fact(x, n - 1)


def use_fact(x, n):
    return fact(x, n) / 100.0


def fib(a, b, n):
    if n == 0:
        return a
    return fib(b, a + b * 0.5, n - 1)


def use_fib(x, y, n):
    return fib(x, y, n) * x


def fib2(x, n):
    if n < 2:
        return x
    return fib2(x, n - 1) + x * fib2(x, n - 2)


def horner(cs, x, i):
    if i == len(cs) - 1:
        return cs[i]
    return cs[i] + x * horner(cs, x, i + 1)


def use_horner(cs, x):
    return horner(cs, x, 0)


def dc_sum(v):
    n = len(v)
    if n == 1:
        return v[0] ** 2
    m = n // 2
    return dc_sum(v[:m]) + dc_sum(v[m:]) * v[0]


def use_dc(v):
    return dc_sum(np.sin(v))


def cfrac(x, n):
    if n == 0:
        return x
    return x + 1.0 / cfrac(x + 0.5, n - 1)


def even(x, n):
    if n == 0:
        return x
    return odd(x * 1.1, n - 1)


def odd(x, n):
    if n == 0:
        return x * x
    return math.sin(even(x + 0.3, n - 1))


def use_even(x, n):
    return even(x, n) + odd(x, n)


def simpson(f, a, b):
    c = (a + b) / 2
    return (b - a) / 6 * (f(a) + 4 * f(c) + f(b))


def adaptive(f, a, b, eps, whole, depth):
    c = (a + b) / 2
    left = simpson(f, a, c)
    right = simpson(f, c, b)
    if depth <= 0 or abs(left + right - whole) < 15 * eps:
        return left + right + (left + right - whole) / 15
    return adaptive(f, a, c, eps / 2, left, depth - 1) + adaptive(
        f, c, b, eps / 2, right, depth - 1
    )


def use_adaptive(k, a, b):
    def f(t):
        return math.exp(-k * t * t) * math.sin(k * t)

    return adaptive(f, a, b, 1e-6, simpson(f, a, b), 12)


def det(A):
    n = A.shape[0]
    if n == 1:
        return A[0, 0]
    total = 0.0
    for j in range(n):
        minor = np.concatenate((A[1:, :j], A[1:, j + 1 :]), axis=1)
        total += (-1.0) ** j * A[0, j] * det(minor)
    return total


def mccarthy(x, n):
    if n > 100:
        return x * (n - 10)
    return mccarthy(mccarthy(x, n + 11), 101)


def local_rec(x, k, n):
    def go(i):
        if i == 0:
            return k
        return x * go(i - 1) + k

    return go(n)


def gcd(a, b):
    return a if b == 0 else gcd(b, a % b)


def use_gcd(x, a, b):
    return x ** gcd(a, b) * x


def tower(x, n):
    if n == 1:
        return x
    return x ** tower(x, n - 1)


def chol_rec(A):
    n = A.shape[0]
    if n == 1:
        return np.sqrt(A)
    d = np.sqrt(A[0, 0])
    c = A[1:, 0] / d
    S = chol_rec(A[1:, 1:] - np.outer(c, c))
    L = np.zeros((n, n))
    L[0, 0] = d
    L[1:, 0] = c
    L[1:, 1:] = S
    return L


def use_chol(A):
    B = A @ A.T + 4.0 * np.eye(3)
    return np.sum(np.log(np.diag(chol_rec(B)))) + chol_rec(B)[2, 0]


def walk(x, n):
    if n <= 0:
        return 0.0
    y = x - 0.5 * math.sin(x)
    return abs(y) + walk(y, n - 1)


def ack(x, m, n):
    if m == 0:
        return x + n
    if n == 0:
        return ack(x * 0.9, m - 1, 1)
    return ack(ack(x, m, n - 1), m - 1, 1)


def romberg(f, a, b, i, j):
    if j == 0:
        n = 2**i
        h = (b - a) / n
        s = 0.5 * (f(a) + f(b))
        for k in range(1, n):
            s += f(a + k * h)
        return h * s
    r1 = romberg(f, a, b, i, j - 1)
    r0 = romberg(f, a, b, i - 1, j - 1)
    return r1 + (r1 - r0) / (4.0**j - 1)


def use_romberg(a, b, w):
    return romberg(lambda t: math.sin(w * t), a, b, 4, 4)


def fft_like(v):
    n = len(v)
    if n == 1:
        return v * 1.0
    a = fft_like(v[0::2])
    b = fft_like(v[1::2])
    return np.concatenate((a + b, a - 0.5 * b))


def use_fft(v):
    return np.sum(fft_like(v) ** 3)


def scan(v, acc):
    if len(v) == 0:
        return acc
    return scan(v[1:], acc * 0.5 + v[0])


def use_scan(v):
    return scan(v, 0.0)


def mat_pow(A, n):
    if n == 0:
        return np.eye(A.shape[0])
    if n % 2:
        return A @ mat_pow(A, n - 1)
    h = mat_pow(A, n // 2)
    return h @ h


def use_mat_pow(A, n):
    return np.trace(mat_pow(A, n))


def sum_of_sines(a, b, f=np.sin):
    return adaptive(f, a, b, 1e-6, simpson(f, a, b), 8)


def two_functions_passed_on(a, b):
    return sum_of_sines(a, b) * sum_of_sines(a, b, lambda t: t * t)


def of_numbers_and_of_arrays(x, v, n):
    return np.sum(fact(v, n)) * fact(x, n)


def array_that_is_written_to_after(v, x):
    w = v * x
    s = dc_sum(w)
    w[1:] = 0.0
    return s * np.sum(w)


def names_that_the_pair_would_have(x, n):
    power_forward = 2.0 * x
    power_cache = power(power_forward, n)
    return power_cache * power_forward


def scaled(SCALE, n):
    if n == 0:
        return SCALE
    return 0.5 * scaled(SCALE * SCALE, n - 1)


def parameter_named_like_a_constant(x, n):
    return scaled(x, n) * SCALE


def weighted(ws, x):
    if x > 4.0:
        return ws[0] * x
    return ws[1] + weighted((ws[1], ws[0] * 1.1), x * ws[0] + 1.0)


def tuple_as_argument(x, a, b):
    return weighted((a, b), x)


def options(x, n, /, *, scale=2.0, mode="up"):
    if n == 0:
        return x
    if mode == "up":
        return options(scale * x, n - 1, scale=scale, mode=mode)
    return options(x / scale, n - 1, scale=scale, mode=mode)


def keyword_only_arguments(x, s, n):
    return options(x, n, scale=s) * options(x, n, mode="down")


def local_functions_that_call_each_other(x, k, n):
    def ping(i):
        return k if i == 0 else x * pong(i - 1)

    def pong(i):
        return x + k if i == 0 else ping(i - 1) + k

    return ping(n)


def maker(k):
    def inner(x, n):
        return k * x if n == 0 else inner(k * x, n - 1)

    return inner


def recursive_closure(x, k, n):
    return maker(k)(x, n) + maker(2.0)(x, n)


def in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        total = total + power(x, i) / (1.0 + fact(x, i))
    return total


def evaluated(tree):
    if isinstance(tree, tuple):
        return evaluated(tree[0]) * evaluated(tree[1]) + 1.0
    return tree


def tree_of_tuples(x, y):
    return evaluated(((x, y), (y, (x, x))))


def weighed(node):
    if isinstance(node, dict):
        return node["w"] * (weighed(node["l"]) + weighed(node["r"]))
    return node


def tree_of_dicts(x, y):
    return weighed({"w": x, "l": y, "r": {"w": y, "l": x, "r": 2.0}})


def deep(chain):
    return chain if isinstance(chain, float) else 0.5 * deep(chain[0]) + 0.1


def chain_of_tuples(x, y):
    return (
        deep(
            (((((((((((x * y,),),),),),),),),),),),
        )
        * y
    )


def ever_longer(xs, n):
    return sum(xs) if n == 0 else ever_longer([*xs, xs[0] * 0.5], n - 1)


V = np.array([0.3, -0.4, 0.7, 1.1, 0.5])
W = np.array([0.3, -0.4, 0.7, 1.1])
A = np.array([[0.5, 0.2, -0.3], [0.1, 0.9, 0.4], [-0.6, 0.3, 0.8]])
PROGRAMS = [
    (power, (1.1, 0)), (power, (1.1, 1)), (power, (1.1, 13)), (power, (np.array([1.1, 0.4]), 5)),
    (fact, (0.5, 4)), (use_fact, (0.5, 0)), (use_fact, (0.5, 5)), (use_fib, (0.5, 0.7, 6)),
    (fib2, (0.5, 6)), (use_horner, (V, 0.4)), (use_dc, (V,)), (dc_sum, (V,)), (dc_sum, (V[:1],)),
    (cfrac, (1.2, 5)), (use_even, (0.5, 5)), (use_even, (0.5, 0)), (even, (0.4, 3)),
    (use_adaptive, (1.2, 0.1, 2.0)), (use_adaptive, (0.1, 0.1, 0.2)), (det, (A,)),
    (mccarthy, (1.001, 95)), (local_rec, (0.5, 0.8, 4)), (local_rec, (0.5, 0.8, 0)),
    (use_gcd, (1.2, 12, 18)), (tower, (1.2, 4)), (use_chol, (A,)), (walk, (0.7, 6)),
    (ack, (0.5, 2, 2)), (use_romberg, (0.1, 1.3, 2.0)), (use_fft, (W,)), (use_scan, (V,)),
    (use_mat_pow, (A, 5)), (use_mat_pow, (A, 0)), (two_functions_passed_on, (0.2, 1.1)),
    (of_numbers_and_of_arrays, (0.3, V, 3)), (array_that_is_written_to_after, (V, 0.7)),
    (names_that_the_pair_would_have, (0.6, 5)), (parameter_named_like_a_constant, (0.6, 2)),
    (tuple_as_argument, (0.7, 0.9, 1.2)), (keyword_only_arguments, (0.7, 1.2, 3)),
    (local_functions_that_call_each_other, (0.6, 0.7, 5)), (recursive_closure, (0.6, 0.7, 3)),
    (in_a_loop, (0.6, 4)), (tree_of_tuples, (0.4, 0.6)), (tree_of_dicts, (0.4, 0.6)),
    (chain_of_tuples, (0.4, 0.6)),
]  # fmt: skip


@pytest.mark.parametrize("f, args", PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_program(f, args):
    check(f, args)


def test_many_levels():
    value, slope = value_and_grad(walk)(0.7, 900)
    step = 1e-6
    assert value == walk(0.7, 900)
    assert np.isclose(slope, (walk(0.7 + step, 900) - walk(0.7 - step, 900)) / (2 * step))


def test_one_signature_serves_every_depth_and_length():
    gradient = grad(dc_sum)
    first = gradient.specialize(V)
    assert np.allclose(first(W), gradient(W))


def test_helper_defined_anew(monkeypatch):
    gradient = grad(use_fact)
    before = gradient(0.5, 3)
    monkeypatch.setitem(globals(), "fact", lambda x, n: x)
    assert gradient(0.5, 3) == 0.01 != before


def refused(f, *args):
    with pytest.raises(UserError) as caught:
        grad(f)(*args)
    return str(caught.value)


def test_no_path_ends():
    def endless(x, n):
        return x * endless(x, n + 1)

    assert "`endless` calls itself on every path" in refused(endless, 1.0, 2)


def test_arguments_that_grow():
    def f(x, n):
        return ever_longer([x], n)

    check(f, (1.0, 3))


ONCE = {f: (f, args) for f, args in reversed(PROGRAMS)}


@pytest.mark.parametrize("f, args", ONCE.values(), ids=lambda value: getattr(value, "__name__", ""))
def test_second_derivatives(f, args, tmp_path):
    assert check_grads(products(f, args, tmp_path).product, args).ok


def test_third_derivative():
    third = grad(grad(grad(power, wrt="x"), wrt="x"), wrt="x")
    assert np.isclose(third(1.1, 5), 60.0 * 1.1**2)


def test_second_derivative_on_many_levels():
    first, second = grad(walk), grad(grad(walk))
    step = 1e-5
    slope = (first(0.7 + step, 900) - first(0.7 - step, 900)) / (2 * step)
    assert np.isclose(second(0.7, 900), slope, rtol=1e-6)


def test_what_a_gradient_is_compiled_again_from():
    lines = grad(grad(power, wrt="x"), wrt="x").source(1.1, 4, comments=False)
    assert "dx0, dx0_cache = power_vjp_forward(x * dout, x, n - 1)" in lines
    assert "out0, out0_cache = power_forward(x, n - 1)" in lines


def test_second_derivatives_of_what_would_show_that_it_is_done_twice():
    def drawn(x, rng):
        return x if x < 0.5 else x * drawn(x * rng.random(), rng)

    def drawn_by_numpy(x):
        return x if x < 0.5 else x * drawn_by_numpy(x * np.random.random())

    def drawn_by_python(x):
        return x if x < 0.5 else x * drawn_by_python(x * random.random())

    def said(x):
        if x < 0.5:
            print("done")
        return x if x < 0.5 else x * said(0.7 * x)

    rng = np.random.default_rng(1)
    for f in (lambda x: drawn(x, rng), drawn_by_numpy, drawn_by_python, said):
        assert "would be done again" in refused(grad(f), 1.0)


def test_function_with_keyword_only_parameters():
    assert np.isclose(grad(options, wrt="x")(0.7, 2, scale=1.3), 1.3**2)
    assert np.isclose(grad(options, wrt="scale")(0.7, 2, scale=1.3), 2 * 0.7 * 1.3)
    assert np.isclose(grad(grad(lambda x, s: options(x, 2, scale=s), wrt=1), wrt=1)(0.7, 1.3), 1.4)


def test_several_results():
    def both(x, n):
        if n == 0:
            return x, 1.0
        a, b = both(x * 0.9, n - 1)
        return a * b, a + b

    def f(x, n):
        a, b = both(x, n)
        return a * b

    check(f, (1.0, 3))
    check(f, (1.5, 0))


def test_several_results_of_calls_that_a_number_ends():
    def both(x):
        if x < 0.5:
            return x, 1.0
        a, b = both(x * 0.9)
        return a * b, a + b

    def f(x):
        a, b = both(x)
        return a * b

    for x in (0.8, 0.3):
        check(f, (x,))
    assert "(a, b), a_cache = both_forward(x)" in grad(f).source(1.0)


def test_arrays_in_a_nested_tuple_that_calls_give():
    def halved(v, w, eps):
        if np.sum(w * w) < eps:
            return 1.0 * v, (w, np.sum(v))
        a, (b, c) = halved(v * 0.7 + w, w * 0.5, eps)
        return a * b + v, (b * c, c * 0.5)

    def f(v, w):
        a, (b, c) = halved(v, w, 1e-2)
        a[0] = b[1]
        return np.sum(a * b) * c + np.sum(w * v)

    check(f, (V, 0.2 * V))
    check(f, (V, 0.01 * V))


def test_result_that_is_a_tuple_of_one():
    def alone(x):
        return (x,) if x < 0.5 else (x * alone(x * 0.9)[0],)

    for x in (0.8, 0.3):
        check(lambda x: math.sin(alone(x)[0]), (x,))


def test_results_of_different_structures():
    def f(x):
        return x if x < 0.5 else (f(x * 0.9), x)

    assert "a tuple or list on one path, and something else on another" in refused(f, 1.0)


def test_several_values_that_one_statement_makes_and_reads():
    def f(x):
        def both(x):
            return (x, 1.0) if x < 0.5 else (lambda p: (p[0] * p[1], p[0] + p[1]))(both(x * 0.9))

        return (lambda p: math.sin(p[0]) * p[1])(both(x))

    for x in (0.8, 0.3):
        check(f, (x,))


def test_helper_that_writes_into_its_argument():
    def halved(v, n):
        if n == 0:
            return np.sum(v)
        v[n] = v[n] * 0.5
        return halved(v, n - 1)

    def f(v):
        return halved(v * 1.0, 2)

    check(f, (V,))


def test_helper_that_writes_into_its_argument_until_a_number_ends_it():
    def halved(v, x):
        if x < 0.1:
            return np.sum(v)
        v[0] = v[1] * x
        return halved(v, x / 2)

    def f(v, x):
        return halved(v * 1.0, x)

    said = refused(f, V, 0.7)
    assert "`halved` calls itself and writes into `v`" in said
    assert "help: write into a copy, and return it" in said


def test_result_that_is_written_into():
    def grown(x):
        if x < 1.0:
            return x * np.ones(2)
        return x * grown(x - 1.0)

    def f(x):
        out = grown(x)
        out[0] = x
        return np.sum(out * grown(x))

    for x in (0.5, 2.5):
        check(f, (x,))


def test_result_of_unknown_rank_that_is_written_into():
    def grown(x):
        if x < 1.0:
            return x
        return x * grown((x - 1.0) * np.ones(2))[0] * np.ones(2)

    def f(x):
        out = grown(x)
        out[0] = x
        return np.sum(out)

    refused(f, 2.5)


def test_result_that_may_be_an_argument_and_is_written_into():
    def halved(v, w):
        if np.sum(w * w) < 0.01:
            return v * 1.0, w, w
        a, b, c = halved(v + w, w * 0.5)
        return a * b, b, c * 1.0

    def of_the_argument(v, w):
        a, b, c = halved(v, w)
        b[0] = 2.0
        return np.sum(a * c) + np.sum(w)

    def of_another_result(v, w):
        a, b, c = halved(v, w * 1.0)
        b[0] = 2.0
        return np.sum(a * c)

    def of_the_first_alone(v, w):
        a, b, c = halved(v, w)
        a[0] = 2.0
        return np.sum(a * b * c) + np.sum(v)

    for f in (of_the_argument, of_another_result):
        assert "what this write changes depends on the path taken" in refused(f, V, V)
    for w in (V, 0.01 * V):
        check(of_the_first_alone, (V, w))


def casteljau(points, t):
    if len(points) == 1:
        return points[0]
    return casteljau([(1 - t) * a + t * b for a, b in zip(points, points[1:])], t)  # noqa: B905


@pytest.mark.parametrize("shape", [(4,), (4, 2)])
def test_lists_that_several_calls_are_given(shape):
    """What each backward gives is a list; what is received from several is added up."""

    def curve(points, t):
        return np.sum(casteljau(list(points), t) * casteljau([*points], 0.7))

    def of_lists(points, t):
        return curve(points, t) + casteljau(points, 0.2)

    points = np.random.default_rng(3).normal(size=shape)
    check(curve, (points, 0.2))
    if len(shape) == 1:
        check(of_lists, (points.tolist(), 0.2))


def test_what_a_call_is_only_given_has_no_adjoint():
    call = pair_op(
        PairFunction("f_forward", "f"), "f_backward", [Answer("x")], ["n"], FLOAT
    ).general
    assert call.passes("n") and not call.passes("x")
    assert PUT.general.passes("stack") and not PUT.general.passes("x")


class Later:
    """A value that is worked out when it is asked for, of others that may be, too."""

    def __init__(self, of):
        self.of = of

    @property
    def value(self):
        return self.of()

    def times(self, other, n):
        return self.value * (other.times(self, n - 1) if n else 1.0)


def test_method_that_asks_the_same_of_another_object():
    def f(a, b):
        x = Later(lambda: math.exp(a) if a > 1 else a**2)
        y = Later(lambda: x.value * b)
        return y.value + x.value

    check(f, (0.5, 1.5))
    check(f, (1.5, 0.5))

    def in_a_circle(a, b):
        return Later(lambda: a).times(Later(lambda: b), 3)

    check(in_a_circle, (1.0, 2.0))

    def without_end(a, b):
        x = Later(lambda: x.value + a)
        return x.value * b

    with pytest.raises(UserError, match="calls itself"):
        grad(without_end)(1.0, 2.0)


def distance_of_words(costs, gap):
    a, b = "kit", "sat"

    @functools.cache
    def distance(i, j):
        if i == 0 or j == 0:
            return (i + j) * gap
        swap = 0.0 if a[i - 1] == b[j - 1] else costs[(i + j) % 3]
        return min(
            distance(i - 1, j) + gap, distance(i, j - 1) + gap, distance(i - 1, j - 1) + swap
        )

    return distance(3, 3)


def test_text_that_a_function_inside_reads():
    check(distance_of_words, (np.array([0.5, 1.2, 0.7]), 0.4))
    check(distance_of_words, (np.array([0.5, 0.2, 0.7]), 0.9))
