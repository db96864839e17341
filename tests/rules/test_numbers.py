"""Arrays and numbers of every make: empty ones, integers, views, other byte orders; and functions
where a careless formula overflows, or divides by zero."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import grad, vjp
from tests.rules.calls import compiled, compiled_with
from tests.rules.harness import assert_like

FUNCTIONS = [
    "np.sum(x0)", "np.mean(x0**2)", "np.prod(x0)", "np.cumsum(x0)", "np.cumprod(x0)", "np.sort(x0)",
    "x0 * x0[::-1]", "np.tanh(x0) @ x0", "np.where(x0 > 0.5, x0, 0.0)",
    "np.concatenate([x0, 2 * x0])", "np.linalg.norm(x0)", "np.var(x0)", "np.max(x0) * x0",
    "np.outer(x0, x0)", "np.diff(x0)",
    "np.maximum(x0, 0.5)", "np.roll(x0, 1) / (1 + x0**2)", "np.fft.rfft(x0).real",
    "np.log1p(np.exp(x0))",
    "np.exp(x0) / np.sum(np.exp(x0))", "x0 ** 2.5", "np.einsum('i,i->', x0, x0)", "np.pad(x0, 1)",
]  # fmt: skip
X = np.array([0.3, 0.9, 0.7, 1.4])


def gradient_of(text, x):
    out, pullback = vjp(compiled(text, 1), x)
    dout = np.random.default_rng(0).normal(size=np.shape(out))
    if not isinstance(out, np.ndarray):
        return pullback(float(dout))
    return pullback(dout.astype(out.dtype))


def wide():
    return np.repeat(X, 3)[::3]


def backwards():
    return X[::-1].copy()[::-1]


def column():
    return np.asfortranarray(np.stack([X, 2 * X], axis=1))[:, 0]


def read_only():
    x = X.copy()
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("text", FUNCTIONS)
@pytest.mark.parametrize("made", [wide, backwards, column, read_only], ids=lambda f: f.__name__)
def test_however_the_elements_lie(text, made):
    assert_allclose(gradient_of(text, made()), gradient_of(text, X), rtol=1e-13)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_single_precision(text):
    found = gradient_of(text, X.astype("f4"))
    assert found.dtype == np.float32
    assert_allclose(found, gradient_of(text, X), rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("text", FUNCTIONS)
def test_the_other_byte_order(text):
    try:
        found = gradient_of(text, X.astype(X.dtype.newbyteorder()))
    except Exception as refused:
        assert "byte" in str(refused) or "dtype" in str(refused)
        return
    assert_allclose(found, gradient_of(text, X), rtol=1e-13)


@pytest.mark.parametrize(
    "text",
    ["np.sum(x0)", "np.sum(x0**2)", "np.prod(x0)", "np.cumsum(x0)", "np.sort(x0)", "x0 * x0[::-1]",
     "np.tanh(x0) @ x0", "np.where(x0 > 0.5, x0, 0.0)", "np.concatenate([x0, 2 * x0])",
     "np.linalg.norm(x0)", "np.outer(x0, x0)", "np.maximum(x0, 0.5)", "np.dot(x0, x0)",
     "np.exp(x0).reshape(0, 1)", "np.sum(x0[:, None] * x0, axis=0)", "np.cumprod(x0)"],
)  # fmt: skip
def test_empty_arrays(text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = gradient_of(text, np.zeros(0))
    assert_like(found, np.zeros(0))


@pytest.mark.parametrize("other", [3, True, np.int64(3), np.arange(4), np.array([True, False] * 2)])
@pytest.mark.parametrize(
    "text", ["x0 * x1", "x0 + x1", "x0 ** x1", "np.maximum(x0, x1)", "x0 / (1 + x1)"]
)
def test_integers_and_truth_values_beside_floats(text, other):
    x = X.copy()
    f = compiled(text, 2)
    out, pullback = vjp(f, x, other, wrt=(0,))
    dout = np.random.default_rng(0).normal(size=out.shape)
    (found,) = pullback(dout)
    step = 1e-6
    slopes = [
        np.sum(dout * (f(x + step * e, other) - f(x - step * e, other))) / (2 * step)
        for e in np.eye(4)
    ]
    assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.array])
def test_numbers_and_arrays_without_axes(kind):
    for text in ("np.sin(x0) * x0", "x0 ** 2", "np.sum(x0)", "np.maximum(x0, 0.0)", "np.sqrt(x0)"):
        x = kind(0.75)
        found = vjp(compiled(text, 1), x)[1](1.0)
        if kind is np.float32:
            assert type(found) is np.float32
        else:
            assert_like(found, x)
        assert_allclose(found, vjp(compiled(text, 1), 0.75)[1](1.0), rtol=1e-6)


# -- large, small and singular ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("np.log1p(np.exp(x0))", [-800.0, 0.0, 800.0], [0, 0.5, 1]),
        ("np.log(1 + np.exp(-x0))", [-800.0, 0.0, 800.0], [-1, -0.5, 0]),
        ("np.log(1 / (1 + np.exp(-x0)))", [-800.0, 0.0, 800.0], [1, 0.5, 0]),
        ("np.logaddexp(x0, 0.0)", [-800.0, 0.0, 800.0], [0, 0.5, 1]),
        ("1 / (1 + np.exp(-x0))", [-800.0, 0.0, 800.0], [0, 0.25, 0]),
        ("np.tanh(x0)", [-800.0, 0.0, 800.0], [0, 1, 0]),
        ("np.sum(np.exp(x0 - np.max(x0)) / np.sum(np.exp(x0 - np.max(x0))) * [1, 2, 4])",
         [-800.0, 0.0, 800.0], [0, 0, 0]),
        ("np.prod(x0)", [2.0, 0.0, 5.0], [0, 10, 0]),
        ("np.prod(x0)", [0.0, 0.0, 5.0], [0, 0, 0]),
        ("np.sum(np.cumprod(x0))", [2.0, 0.0, 5.0], [1, 12, 0]),
        ("np.sinc(x0)", [0.0, 1.0, 0.5], [0, -1, -4 / np.pi]),
        ("np.linalg.det(np.diag(x0))", [2.0, 0.0, 5.0], [0, 10, 0]),
        ("np.linalg.det(np.outer(x0, x0))", [1.0, 2.0, 3.0], [0, 0, 0]),
        ("np.linalg.norm(x0)", [0.0, 0.0, 0.0], [0, 0, 0]),
        ("np.linalg.norm(x0)", [1e-170, 0.0, 0.0], [0, 0, 0]),
        ("np.linalg.norm(x0)", [3e-150, 4e-150, 0.0], [0.6, 0.8, 0]),
        ("np.linalg.norm(x0, 3)", [0.0, 0.0, 0.0], [0, 0, 0]),
        ("np.linalg.norm(x0, np.inf)", [1.0, -3.0, 2.0], [0, -1, 0]),
        ("np.std(x0)", [2.0, 2.0, 2.0], [0, 0, 0]),
        ("np.std(x0, ddof=1)", [2.0, 2.0, 2.0], [0, 0, 0]),
        ("x0 ** 3", [-2.0, 0.0, 2.0], [12, 0, 12]),
        ("x0 ** -2", [-2.0, 1.0, 2.0], [0.25, -2, -0.25]),
        ("x0 ** 0", [-2.0, 0.0, 2.0], [0, 0, 0]),
        ("x0 ** 1", [-2.0, 0.0, 2.0], [1, 1, 1]),
        ("np.abs(x0) ** 1.5", [-4.0, 0.0, 4.0], [-3, 0, 3]),
        ("np.max(x0)", [2.0, 2.0, 1.0], [0.5, 0.5, 0]),
    ],
)  # fmt: skip
def test_extremes(text, x, expected):
    x = np.array(x)
    with np.errstate(over="ignore", divide="ignore", under="ignore"):
        out, pullback = vjp(compiled(text, 1), x)
    with np.errstate(invalid="raise", divide="raise", over="ignore"):
        found = pullback(np.ones(np.shape(out)) if isinstance(out, np.ndarray) else 1.0)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-16)


def test_a_spread_of_nothing_in_a_loss():
    def loss(x):
        return np.sum((x - np.mean(x, axis=0)) / (np.std(x, axis=0) + 1e-8))

    assert np.all(np.isfinite(grad(loss)(np.ones((4, 2)))))


def test_a_backward_leaves_arrays_without_axes_as_they_are():
    for text in ("math.gamma(x0)", "math.lgamma(x0)"):
        x = np.array(0.75)
        _, pullback = vjp(compiled(text, 1), x)
        assert pullback(1.0) == pullback(1.0)
        assert x == 0.75


def test_extremes_at_places_are_told_at_the_precision_they_are_kept_in():
    f = compiled_with(("y = 1 * x0", "np.maximum.at(y, [0, 0, 1], x1)", "return y"), ("x0", "x1"))
    _, pullback = vjp(f, np.zeros(2, dtype="f4"), np.array([0.1, 0.3, 0.7]))
    assert_allclose(pullback(np.ones(2, dtype="f4"))[1], [0.0, 1.0, 1.0])
