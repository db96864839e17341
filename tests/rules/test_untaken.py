"""What was not chosen never gets into a gradient, whatever its slope is: infinite, or no number."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import grad, hessian, vjp
from tests.rules.calls import compiled

X = np.array([-2.0, 0.0, 3.0])
R = 1 / np.sqrt(3.0)


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("np.where(x0 > 0, np.sqrt(x0), 0.0)", [0, 0, R / 2]),
        ("np.where(x0 > 0, np.log(x0), x0)", [1, 1, 1 / 3]),
        ("np.where(x0 <= 0, x0, np.log(x0))", [1, 1, 1 / 3]),
        ("np.where(x0 > 0, 1 / x0, x0)", [1, 1, -1 / 9]),
        ("np.where(x0 != 0, 1 / x0, 0.0)", [-1 / 4, 0, -1 / 9]),
        ("np.where(x0 > 0, x0**0.5, 0.0)", [0, 0, R / 2]),
        ("np.where(x0 > 0, x0**x0, 0.0)", [0, 0, 27 * (1 + np.log(3.0))]),
        ("np.where(x0 == 0, 1.0, np.sin(x0) / x0)", [0.4353977749799916, 0, -0.34567749976235596]),
        ("np.where(x0 > 0, np.where(x0 > 1, np.log(x0), np.sqrt(x0)), x0)", [1, 1, 1 / 3]),
        ("np.where(x0 > 0, np.sqrt(x0), 0.0) * (x0 > 0)", [0, 0, R / 2]),
        ("np.where(x0 > 0, np.sqrt(x0) * x0, 0.0)**2", [0, 0, 27]),
        ("np.where(x0 > 0, np.log(np.sqrt(x0)), 0.0)", [0, 0, 1 / 6]),
        ("np.where(x0 > 0, -np.sqrt(2 * x0) - np.log(x0), 0.0)", [0, 0, -1 / np.sqrt(6) - 1 / 3]),
        ("np.where(x0 < 3, x0, np.exp(1e3 * x0) * 0.0)", [1, 1, np.nan]),
        ("np.where(x0 < 3, x0, np.exp(1e3 - x0))", [1, 1, -np.inf]),
        ("np.where(x0 < 0, x0, np.hypot(x0, 0.0))", [1, 0, 1]),
        ("np.where(x0 > 0, np.hypot(x0, 0.0), 0.0)", [0, 0, 1]),
        ("np.where(x0 > 0, np.arctan2(0.0, x0), x0)", [1, 1, 0]),
        (
            "np.select([x0 > 0, x0 < 0], [np.sqrt(x0), np.log(-x0)], x0**2)",
            [-0.5, 0, R / 2],
        ),
        ("np.select([x0 > 1, x0 > -1], [np.sqrt(x0), 1.0], np.log(-x0))", [-0.5, 0, R / 2]),
        ("np.choose(x0 > 0, [x0, np.sqrt(x0)])", [1, 1, R / 2]),
        ("np.nan_to_num(np.log(x0))", [0, 0, 1 / 3]),
        ("np.nansum(np.where(x0 == 0, 0.0, np.sqrt(x0)))", [0, 0, R / 2]),
        ("np.sum(np.log(x0), where=x0 > 0)", [0, 0, 1 / 3]),
        ("np.where(np.isnan(np.sqrt(x0)), 0.0, np.sqrt(x0) + x0)", [0, np.inf, 1 + R / 2]),
        ("np.sqrt(np.where(x0 > 0, x0, 1.0))", [0, 0, R / 2]),
        ("np.max(np.where(x0 > 0, np.sqrt(x0), 0.0))", [0, 0, R / 2]),
        ("np.where((x0 > 0)[:, None], np.sqrt(x0)[:, None] * [1.0, 2.0], 0.0).sum()", [0, 0, 0]),
    ],
)
def test_arrays(text, expected):
    if "[:, None]" in text:
        expected = [np.nan, np.nan, 1.5 * R]  # an index stands in between
    out, pullback = vjp(compiled(text, 1), X)
    (found,) = (pullback(np.ones(np.shape(out)) if np.ndim(out) else 1.0),)
    assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("np.sqrt(np.maximum(x0, 0))", [0, 0, R / 2]),
        ("np.sqrt(np.fmax(x0, 0.0))", [0, 0, R / 2]),
        ("np.sqrt(np.clip(x0, 0, 1))", [0, 0, 0]),
        ("np.sqrt(x0.clip(0))", [0, 0, R / 2]),
        ("np.sqrt(1 - np.minimum(x0, 1))", [-R / 2, -0.5, 0]),
        ("np.arccos(np.clip(x0, -1, 1))", [0, -1, 0]),
        ("np.maximum(x0, 0)**0.5", [0, 0, R / 2]),
        ("np.maximum(x0, 0) * np.log(np.maximum(x0, 0))", [0, 0, 1 + np.log(3.0)]),
        ("np.hypot(np.maximum(x0, 0), 0.0)", [0, 0, 1]),
        ("np.where(np.maximum(x0, 0) > 1, np.sqrt(np.maximum(x0, 0)), 0.0)", [0, 0, R / 2]),
        ("np.sum(np.sqrt(2.0 * np.maximum(x0, 0)))", [0, 0, 1 / np.sqrt(6)]),
    ],
)
def test_bounds_before_infinite_slopes(text, expected):
    """What a bound stands for has no part, though the slope at the bound is infinite."""
    out, pullback = vjp(compiled(text, 1), X)
    found = pullback(np.ones(np.shape(out)) if np.ndim(out) else 1.0)
    assert_allclose(found, expected, rtol=1e-12)


def test_a_bound_is_a_factor_where_nothing_is_infinite():
    for text in (
        "np.sum(np.maximum(x0, 0))",
        "np.sum(np.maximum(x0, 0)**2)",
        "np.sum(np.log(np.maximum(x0, 1e-3)))",
        "np.sum(np.maximum(x0, 0) / (1 + np.maximum(x0, 0)))",
        "np.sum(np.maximum(x0, 0) / np.std(x0))",
    ):
        assert "where" not in grad(compiled(text, 1)).source(X)


@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
@pytest.mark.parametrize(("value", "slope"), [(-2.0, 0.0), (0.0, 0.0), (4.0, 0.25)])
def test_numbers(kind, value, slope):
    out, pullback = vjp(compiled("np.where(x0 > 0, np.sqrt(x0), 0.0)", 1), kind(value))
    found = pullback(1.0)
    assert found == slope
    assert type(found) is kind


def test_float32_stays_float32():
    _, pullback = vjp(compiled("np.where(x0 > 0, np.sqrt(x0), 0.0)", 1), X.astype("f4"))
    found = pullback(np.ones(3, "f4"))
    assert found.dtype == np.float32
    assert_allclose(found, [0, 0, R / 2], rtol=1e-6)


def of_named_values(x, w):
    y = np.sqrt(x * w)
    z = np.log(y)
    return np.sum(np.where(x > 0, z, 0.0))


def used_on_both_sides(x, w):
    u = x * w
    return np.sum(np.where(u > 0, np.sqrt(u), -u))


def used_again(x, w):
    r = np.sqrt(np.abs(x) * w)
    return np.sum(np.where(x > 0, r, 0.0)) + np.sum(np.where(x < 0, r * w, 0.0))


def in_a_loop(x, w):
    total = 0.0
    for i in range(1, 3):
        t = np.sqrt(x * i)
        total = total + np.sum(np.where(x > 0, t * w, x))
    return total


def in_a_branch(x, w):
    y = x * w
    if w[0] > 0:
        z = np.log(y)
    else:
        z = y
    return np.sum(np.where(y > 0, z, 0.0))


def all_in_one_side(x, w):
    out = x
    if w[0] > 0:
        root = np.sqrt(x)
        out = np.where(x > 0, root * w, x)
    return np.sum(out)


def stretched(x, w):
    return np.sum(np.where(x > 0, np.sqrt(x[None, :] * np.abs(w[:, None])), 0.0))


def a_helper(x, w):
    return np.sum(safe_root(x) * w)


def safe_root(v):
    root = np.sqrt(v)
    return np.where(v > 0, root, 0.0)


def skips_what_is_missing(x, w):
    y = np.where(x < 0, np.nan, x)
    return np.sum(np.where(np.isnan(y), 0.0, (y - w) ** 2))


W = np.array([1.5, 0.5, 2.0])
INSIDE = [
    of_named_values, used_on_both_sides, used_again, in_a_loop, in_a_branch, all_in_one_side,
    stretched, a_helper, skips_what_is_missing,
]  # fmt: skip


@pytest.mark.parametrize("f", INSIDE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [[-2.0, -0.5, 3.0], [2.0, 0.5, -3.0], [1.0, 4.0, 2.0]])
def test_programs(f, x):
    """Against differences: away from the kinks there are slopes everywhere."""
    x = np.array(x)
    if f is in_a_branch and np.any(x < 0):
        return  # what one side alone binds meets the other's before it is chosen
    step = 1e-6
    gradients = grad(f, wrt=("x", "w"))(x, W)
    for which, gradient in enumerate(gradients):
        for i in range(3):
            sides = []
            for sign in (1, -1):
                values = [x.copy(), W.copy()]
                values[which][i] += sign * step
                sides.append(f(*values))
            assert_allclose(gradient[i], (sides[0] - sides[1]) / (2 * step), rtol=1e-5, atol=1e-7)


def test_second_derivatives():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    assert_allclose(hessian(f)(X), np.diag([0, 0, -(R**3) / 4]), rtol=1e-12)


def test_a_slope_without_a_pole_is_written_without_a_mask():
    def f(x):
        return np.sum(np.where(x > 0, 2.0 * x, 0.0))

    assert "dx = 2.0 * np.where(out0, dout, 0.0)" in grad(f).source(X)
