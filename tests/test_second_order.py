"""Gradients of gradients, and gradients called in functions, against differences."""

import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from adgen import UserError, check_grads, grad, value_and_grad
from tests.constructs import ROWS
from tests.everyday import CASES
from tests.kernels import dense, science, stencils
from tests.sample_functions import every_sample
from tests.second_order import products, tried
from tests.test_golden import every_listing, primal
from tests.test_writes import PROGRAMS as WRITING_PROGRAMS
from tests.test_writes import arguments

_rng = np.random.default_rng(3)
X, Y = _rng.normal(size=(5, 3)), _rng.normal(size=5)
W, V = _rng.normal(size=(2, 3))


def loss(w, X, y):
    r = X @ w - y
    return np.mean(np.tanh(r) ** 2)


def energy(x):
    return np.sum(x**4 - x**2)


def scalar(x):
    return np.cosh(x) - x * math.sin(x)


loss_gradient = grad(loss, wrt="w")
FACTOR = 0.5


def scaled(x):
    return FACTOR * np.sum(x**3)


# --- of a gradient -------------------------------------------------------------------------------


def test_derivatives_of_a_scalar_function():
    x, first, second, third = 0.7, *(scalar_derivative(0.7, n) for n in (1, 2, 3))
    assert_allclose(grad(scalar)(x), first, rtol=1e-13)
    assert_allclose(grad(grad(scalar))(x), second, rtol=1e-13)
    assert_allclose(grad(grad(grad(scalar)))(x), third, rtol=1e-13)
    assert isinstance(grad(grad(scalar))(x), float)


def scalar_derivative(x, n):
    """Of cosh(x) - x sin(x), by hand."""
    return {
        1: math.sinh(x) - math.sin(x) - x * math.cos(x),
        2: math.cosh(x) - 2 * math.cos(x) + x * math.sin(x),
        3: math.sinh(x) + 3 * math.sin(x) + x * math.cos(x),
    }[n]


def test_wrt_is_chosen_anew_for_each_gradient():
    def f(x, y):
        return x**3 * y**2

    assert_allclose(grad(grad(f, wrt="x"), wrt="y")(2.0, 3.0), 72, rtol=1e-14)
    assert grad(grad(f, wrt="x"), wrt=("x",))(2.0, 3.0) == (108.0,)


def test_a_constant_of_the_module_is_looked_at_again(monkeypatch):
    def value(x):
        return np.sum(grad(scaled)(x))

    x = np.array([1.0, 2.0])
    assert_allclose(grad(value)(x), 3 * x)
    assert_allclose(grad(scaled)(x), 1.5 * x**2)
    monkeypatch.setitem(globals(), "FACTOR", 2.0)
    assert_allclose(grad(value)(x), 12 * x)


def test_the_listing_of_a_second_derivative_is_short():
    assert grad(grad(lambda x: np.tanh(x))).source(0.5, joint=True, comments=False).count("\n") < 8


# --- called in a function ------------------------------------------------------------------------


def descent_step(w):
    return loss(w - 0.1 * loss_gradient(w, X, Y), X, Y)


def hessian_vector(w, v):
    return np.sum(grad(loss, wrt="w")(w, X, Y) * v)


def newton(x):
    for _ in range(3):
        x = x - grad(scalar)(x) / grad(grad(scalar))(x)
    return x


def adapted(w, rate):
    def inner(v):
        r = X @ v - Y
        return np.mean(np.tanh(r) ** 2)

    for _ in range(3):
        w = w - rate * grad(inner)(w)
    return inner(w)


def adapted_with_a_helper(w, scale):
    square = lambda z: scale * z * z  # noqa: E731

    def inner(v):
        r = scale * X @ v - Y
        return np.mean(square(r))

    value, dw = value_and_grad(inner)(w)
    return inner(w - 0.1 * dw) + value


def penalised(w):
    value, dw = loss_gradient.value_and_grad(w, X, Y)
    return value + 0.1 * np.sum(dw**2)


def hessian_diagonal(x):
    total = 0.0
    for i in range(3):
        e = np.zeros(3)
        e[i] = 1.0
        total = total + np.sum(grad(hessian_vector)(x, e)[0] * e)
    return total


def descend(objective, x):
    return x - 0.1 * grad(objective)(x)


def gradient_of_what_a_helper_is_given(x):
    return energy(descend(energy, x))


def gradient_of_a_lambda(x, a):
    g = grad(lambda z: a * np.sum(z**3) + z[0])
    return np.sum(g(x) ** 2)


def gradient_in_a_branch(x):
    if x > 0:
        return grad(scalar)(x) * x
    return x * x


@grad
def decorated(x):
    return np.sum(np.sin(x) * x)


def primal_of_a_gradient(x):
    return decorated.primal(x) + np.sum(decorated(x))


def gradient_of_a_write(x):
    y = np.zeros(3)
    y[:2] = x[1:] ** 2
    y[0] += x[0] * x[1]
    return np.sum(grad(energy)(y))


CALLS = {
    descent_step: [(W,)],
    hessian_vector: [(W, V)],
    newton: [(0.4,), (1.3,)],
    adapted: [(W, 0.2)],
    adapted_with_a_helper: [(W, 0.7)],
    penalised: [(W,)],
    hessian_diagonal: [(W,)],
    gradient_of_what_a_helper_is_given: [(W,)],
    gradient_of_a_lambda: [(W, 1.5)],
    gradient_in_a_branch: [(0.5,), (-0.5,)],
    primal_of_a_gradient: [(W,)],
    gradient_of_a_write: [(W,)],
}


@pytest.mark.parametrize("f", CALLS, ids=lambda f: f.__name__)
def test_gradient_called_in_a_function(f):
    gradient = grad(f)
    for args in CALLS[f]:
        assert check_grads(gradient, args).ok
        assert np.array_equal(gradient.value_and_grad(*args)[0], f(*args))


KNOTS = [0.5, 0.7, 0.9]


def zipped_with_a_range(x):
    total = np.sum(x**3)
    for i, v in zip(range(5), x):  # noqa: B905
        total += i * v
    return total


def test_a_loop_of_the_forward_that_the_gradient_has_no_use_for():
    lines = grad(lambda x: np.sum(grad(zipped_with_a_range)(x))).source(W, joint=True)
    assert lines.count("for ") == 1


def half_done(x, y):
    s = x
    for k in range(4):
        try:
            t = s * x
            t = t * t + s
            s = math.sin(t) + 1.0 / (k - y)
        except ZeroDivisionError:
            s = s * s
    return s


def test_what_a_failing_block_has_kept_is_not_taken_for_that_of_another_trip(tmp_path):
    for y in (2.0, 7.5):
        assert check_grads(products(half_done, (0.4, y), tmp_path).product, (0.4, y), wrt="x").ok


def test_what_a_trip_keeps_goes_onto_its_stack_where_it_is_made():
    def f(x, n):
        for _ in range(n):
            x = x * math.sin(x)
        return x

    lines = grad(grad(f, wrt="x"), wrt="x").source(0.5, 3, comments=False)
    assert "x_in_tape.append(x)\n" in lines and "x_in_tape.append(x_in)" not in lines


def test_trips_over_what_is_known_are_counted_while_compiling():
    def f(x):
        total = 0.0
        for i, w in zip(range(2), KNOTS):  # noqa: B905
            total += w * x[i] ** 2
        return total

    assert "for i in range(2):" in grad(f).source(W)
    assert_allclose(grad(lambda x: np.sum(grad(f)(x)))(W), [1.0, 1.4, 0.0])


# --- refused -------------------------------------------------------------------------------------


def test_what_the_inner_gradient_cannot_do_is_said_of_the_authors_line():
    def f(x):
        r = x * x
        return np.sum(np.heaviside(r, 0.5) * special.gammainc(r, x))

    with pytest.raises(UserError) as caught:
        grad(lambda x: np.sum(grad(f)(x)))(W)
    assert "special.gammainc" in caught.value.span.text


def test_gradient_of_a_result_that_is_no_scalar():
    with pytest.raises(UserError, match="is an array, not a scalar") as caught:
        grad(lambda x: np.sum(grad(lambda z: z * z)(x)))(W)
    assert "z * z" in caught.value.span.text


def test_function_that_calls_its_own_gradient():
    def f(x):
        return grad(f)(x) * x

    with pytest.raises(UserError, match="calls its own gradient"):
        grad(f)(1.0)


def test_what_is_differentiated_is_not_known():
    def f(x):
        return grad(x)(x)

    with pytest.raises(UserError, match="is not known while compiling"):
        grad(f)(1.0)


# --- of every sample -----------------------------------------------------------------------------


@every_sample
def test_second_derivatives_of_a_sample(f, args, wrt, tmp_path):
    assert tried(f, args, tmp_path).kind == "right"


@every_listing
def test_listings_of_second_derivatives_broadcast_nothing_back(listing, tmp_path):
    function, args = primal(listing)
    product = products(function, args, tmp_path).product
    assert grad(product).source(*args).count("unbroadcast") == 0


# --- of all other programs of the tests ----------------------------------------------------------

# what is refused, and why
REFUSALS = {
    "pairwise_tree": "shares memory with another name from one trip to the next",
    "first_of_several": "an index is differentiated",
    "failures_by_another_name": "has no value here",
    "served_in_turn": "what this loop runs over is not known",
    "largest_group": "may share memory with one that has been written to",
}
# a tolerance decides how many trips there are, and with that what the gradient is
JUMPS = {"fixed_point", "page_rank"}
# a full sweep takes minutes: one in so many is tried
EVERY = 6


def everywhere():
    for row in ROWS:
        yield from ((row.function, args) for args in row.inputs if not row.refusal)
    for function, args in CASES:
        bound = inspect.signature(function).bind(*args)
        bound.apply_defaults()
        yield function, tuple(bound.arguments.values())
    for module in (dense, science, stencils):
        for kernel, calls in module.ARGUMENTS.items():
            yield from ((kernel, args) for args in calls)


def sampled():
    chosen = [(f, args) for f, args in everywhere() if f.__name__ not in JUMPS]
    named = [(f, args) for f, args in chosen if f.__name__ in SEVERAL or f.__name__ in REFUSALS]
    for at, (f, args) in enumerate([*named, *chosen[::EVERY]]):
        yield pytest.param(f, args, id=f"{f.__name__}-{at}")


# loops, branches, views, None and lists of which a few programs are made
SEVERAL = {
    "cholesky_loss", "durbin", "gauss_jordan", "givens", "prefix_sums", "conjugate_gradients",
    "nussinov", "spmv", "mandelbrot_masked", "bubble_sort", "masked_growth", "ema",
    "none_array_state", "newton_sqrt", "loop_in_side", "loop_in_side_arrays", "autocorr",
    "match_tuples", "try_else", "try_leave", "multi_except", "try_in_loop", "try_return_in_loop",
    "queues", "zipped", "settling", "number_that_becomes_an_array",
}  # fmt: skip


@pytest.mark.parametrize(("function", "args"), [*sampled()])
def test_second_derivatives_everywhere(function, args, tmp_path):
    outcome = tried(function, args, tmp_path)
    reason = REFUSALS.get(function.__name__)
    if reason is not None:
        assert outcome.kind == "refused" and reason in outcome.said
    else:
        assert outcome.kind in ("right", "jump"), outcome.said


@pytest.mark.parametrize("f", WRITING_PROGRAMS, ids=lambda f: f.__name__)
def test_second_derivatives_of_writes(f, tmp_path):
    assert tried(f, arguments(), tmp_path).kind == "right"
