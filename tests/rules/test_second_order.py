"""Gradients of gradients: what each operation's adjoint is made of has rules of its own."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import ndimage, special, stats

from adgen import UserError, grad, hvp
from tests.rules.calls import Call, Sample, compiled_with, path, program
from tests.rules.harness import forms
from tests.rules.samples import SAMPLES


def small(function: Any, calls: list[Call]) -> list[Call]:
    """One call of an operation, with the smallest arrays among its samples."""
    every = [form for call in calls for form in forms(function, call)]
    usable = [f for f in every if any(np.ndim(v) for v in program(function, f).values)] or every
    return sorted(usable, key=lambda f: sum(np.size(v) for v in program(function, f).values))[:1]


CASES = [
    pytest.param(function, call, id=program(function, call).said)
    for function, calls in SAMPLES.items()
    for call in small(function, calls)
    if program(function, call).floats
]


SHAPES = "in the parameters it is differentiated once"
# what the second derivative needs that the catalogue has not
REFUSED = {
    **{
        f"stats.{name}.{method}": SHAPES
        for name in ("gamma", "invgamma", "chi", "chi2", "t", "beta", "f")
        for method in ("cdf", "sf", "logcdf", "logsf", "ppf", "isf")
    },
    **{
        f"special.{name}": SHAPES
        for name in (
            "gammainc",
            "gammaincc",
            "gammaincinv",
            "gammainccinv",
            "betainc",
            "betaincc",
            "betaincinv",
            "betainccinv",
            "chdtr",
            "chdtrc",
            "chdtri",
            "gdtr",
            "gdtrc",
            "fdtr",
            "fdtrc",
            "stdtr",
            "stdtrit",
        )
    },
    "ndimage.map_coordinates": "in the coordinates it is differentiated once",
    "runtime.mapped_back": "in the coordinates it is differentiated once",
    "special.elliprd": "second derivatives of special.elliprd",
    "linalg.schur": "it is differentiated once",
    "runtime.by_slopes_back": "in the values it is differentiated twice",
    "runtime.spline_integral": "it takes vectors of sites and of values",
    "runtime.on_grid_slopes": "in the points it is differentiated twice",
    "runtime.on_grid_slopes_back": "in the points it is differentiated twice",
}


@pytest.mark.parametrize(("function", "call"), CASES)
def test_product_with_the_hessian(function, call):
    sample = program(function, call)
    rng = np.random.default_rng(5)
    out = sample.function()(*sample.values)
    shape = np.shape(out)
    module = {"WEIGHTS": rng.normal(size=shape) if shape else float(rng.normal())}
    parameters = tuple(f"x{i}" for i in range(len(sample.values)))
    value = f"value = {sample.text}"
    f = compiled_with((*sample.before, value, f"return {squares(out)}"), parameters, module)
    wrt = tuple(sample.floats)
    along = tuple(
        rng.normal(size=np.shape(v)) if np.ndim(v) else float(rng.normal())
        for v in (sample.values[i] for i in wrt)
    )
    reason = REFUSED.get(path(function)) if callable(function) else None
    if reason is not None:
        with pytest.raises(UserError, match=re.escape(reason)) as refusal:
            hvp(f, wrt=wrt)(*sample.values, along)
        assert refusal.value.span is not None
        return
    along = tuple(v + v.T if is_symmetric(sample, v) else v for v in along)
    found = hvp(f, wrt=wrt)(*sample.values, along)
    width, error = (0.125, 0.1) if sample.by == "coarse" else (1e-5, 1e-4)
    gradient = grad(f, wrt=wrt)
    up, down = (gradient(*moved(sample.values, wrt, along, step)) for step in (width, -width))
    for mine, a, b in zip(found, up, down, strict=True):
        slope = (a - b) / (2 * width)
        if is_symmetric(sample, mine):
            mine, slope = mine + mine.T, slope + slope.T
        assert_allclose(mine, slope, rtol=error, atol=error)


def is_symmetric(sample: Sample, value: Any) -> bool:
    """Whether an operand has to be a symmetric matrix: only what it is as a whole counts."""
    return "multivariate_normal" in sample.text and np.ndim(value) == 2


def squares(out: Any) -> str:
    """One real number made of a result, which is no linear function of it."""
    if np.iscomplexobj(out):
        return "np.sum(WEIGHTS * (np.real(value) ** 2 + 2 * np.imag(value) ** 2))"
    return "np.sum(WEIGHTS * value**2)"


def moved(values: list[Any], which: tuple[int, ...], along: Any, step: float) -> list[Any]:
    changed = list(values)
    for i, v in zip(which, along, strict=True):
        changed[i] = values[i] + step * v
    return changed


def joined_in_a_row(x):
    y = np.concatenate([x, x**2], axis=None)
    return np.sum(y * y)


def spread_of_numbers_there(x):
    return np.sum(np.tile(np.nanstd(x[0, 0]) ** 2 + x[0, 0] ** 3, (2, 1)))


def of_quantiles(x):
    y = np.quantile(x, [0.2, 0.9], axis=1) ** 2 * np.nanmedian(x**2)
    return np.sum(y) * np.nanquantile(x, 0.4) ** 2


def of_moved_images(x):
    y = ndimage.map_coordinates(x, np.array([[0.3, 1.2], [0.7, 1.9]]), order=3, mode="mirror")
    wide = ndimage.zoom(ndimage.shift(x, 0.3), 1.6, order=1)
    return np.sum(y**3) + np.sum(ndimage.median_filter(wide, 3) ** 3)


@pytest.mark.parametrize(
    "f", [joined_in_a_row, spread_of_numbers_there, of_quantiles, of_moved_images]
)
def test_programs_whose_gradients_have_gradients(f):
    x = np.array([[0.5, 1.5, 4.0], [0.3, -0.2, 0.7]])
    gradient = grad(f)
    slope = (gradient(x + 1e-5 * x) - gradient(x - 1e-5 * x)) / 2e-5
    assert_allclose(hvp(f)(x, x), slope, rtol=1e-6)


def of_constant_shapes(x):
    each = stats.gamma.cdf(x, 2.5) * stats.t.logsf(x, 3.5) + stats.f.ppf(x / 9, 3.5, 4.5)
    return np.sum(each * special.betainc(2.5, 0.7, x / 9) + special.gammaincinv(2.5, x / 9))


def test_distribution_functions_twice_in_their_variable():
    x, along = np.array([0.5, 1.5, 4.0]), np.array([0.3, -0.2, 0.7])
    gradient = grad(of_constant_shapes)
    slope = (gradient(x + 1e-5 * along) - gradient(x - 1e-5 * along)) / 2e-5
    assert_allclose(hvp(of_constant_shapes)(x, along), slope, rtol=1e-7)
