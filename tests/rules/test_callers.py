"""Functions of NumPy and SciPy that are followed as they are written out: those that call the
author's, and interpolators."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import interpolate, ndimage
from scipy.interpolate import CubicSpline, interp1d
from scipy.interpolate import PchipInterpolator as Pchip

from adgen import UserError, check_grads, grad, value_and_grad

V = np.array([-1.0, 0.5, 2.0])
M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])


def kinked(v):
    if v > 0:
        return v**2
    return -v


kinked_each = np.vectorize(kinked)


@np.vectorize
def of_two(a, b):
    return a * b if a > b else a + b


def piecewise(x):
    return np.sum(np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: np.sqrt(v)]) * x)


def piecewise_with_numbers(x):
    return np.sum(np.piecewise(x, [x < 0, x > 1], [lambda v: -v, 3.0, lambda v: v**3]) ** 2)


def piecewise_with_a_rest(x):
    return np.sum(np.piecewise(x, [x < 0, x < 1], [kinked_array, -1.0]) * x)


def kinked_array(v):
    return np.where(v > 0, v**2, -v)


def rows_to_numbers(x):
    return np.sum(np.apply_along_axis(np.std, 1, x) ** 2)


def columns_to_vectors(x):
    return np.sum(np.apply_along_axis(lambda r: r / np.linalg.norm(r), 0, x) ** 3 * x)


def over_axes(x):
    return np.sum(np.apply_over_axes(np.sum, x**2, [0, 1]))


def vectorized_here(x):
    return np.sum(np.vectorize(kinked)(x) ** 2)


def vectorized_before(x):
    return np.sum(kinked_each(x) ** 2)


def vectorized_by_a_decorator(x):
    return np.sum(of_two(x, 0.3) ** 2) + np.sum(of_two(x, 2 * x))


def from_a_function(x):
    return np.sum(np.fromfunction(lambda i, j: x[0] * i + x[1] * j**2, (2, 3)))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (piecewise, V), (piecewise_with_numbers, V), (piecewise_with_a_rest, V),
        (rows_to_numbers, M), (columns_to_vectors, M), (over_axes, M),
        (vectorized_here, V), (vectorized_here, M), (vectorized_before, V),
        (vectorized_by_a_decorator, V), (from_a_function, V),
    ],
)  # fmt: skip
def test_functions_that_call_the_authors(f, x):
    assert check_grads(f, (x,)).ok
    assert grad(f).value_and_grad(x)[0] == f(x)


# -- interpolators ---------------------------------------------------------------------------------

SITES = np.array([0.0, 0.7, 1.5, 2.0, 3.1])
Y = np.sin(SITES) + 0.3
T = np.array([[0.3, 1.7], [2.2, 0.9]])
MADE = CubicSpline(SITES, Y)
MONOTONE = interpolate.PchipInterpolator(SITES, Y)
BASIS = interpolate.make_interp_spline(SITES, Y, k=3)


def by_pchip(y, t):
    return np.sum(interpolate.PchipInterpolator(SITES, y)(t) ** 2)


def by_akima(y, t):
    made = interpolate.Akima1DInterpolator(SITES, y)
    return np.sum(made(t) * made(t, 1))


GRID = (np.arange(5.0), np.array([0.0, 1.0, 3.0]))


def on_a_grid(y, t):
    values = np.outer(y[:5], np.array([1.0, -2.0, 0.5]))
    made = interpolate.RegularGridInterpolator(GRID, values)
    return np.sum(made(np.stack([t, t / 2], axis=-1)) * made((t, 0.5)))


def by_cubic_spline(y, t):
    return np.sum(CubicSpline(SITES, y)(t) ** 2)


def with_its_slope(y, t):
    spline = interpolate.CubicSpline(SITES, y, bc_type="natural")
    return np.sum(spline(t) * spline(t, 1))


def by_segments(y, t):
    between = interp1d(SITES, y)
    return np.sum(between(t) ** 2)


def by_other_degrees(y, t):
    of_third = np.sum(interp1d(SITES, y, kind="cubic")(t) ** 2)
    return of_third + float(interp1d(SITES, y, "quadratic")(1.3)) * t[0, 0]


def at_one_point(y, t):
    return CubicSpline(SITES, y)(t[0, 1]) ** 2


def made_outside(y, t):
    return np.sum(MADE(t) * y[0] + MONOTONE(t) * BASIS(t) + MADE(t, 1))


def of_gradients(y, t):
    dy, dt = grad(by_cubic_spline, wrt=("y", "t"))(y, t)
    return np.sum(dy**2) + np.sum(dt**2)


@pytest.mark.parametrize(
    "f",
    [
        on_a_grid, by_pchip, by_akima, by_cubic_spline, with_its_slope, by_segments,
        by_other_degrees, at_one_point, made_outside, of_gradients,
    ],
)  # fmt: skip
def test_interpolators(f):
    assert check_grads(f, (Y, T)).ok
    assert_allclose(grad(f, wrt=("y", "t")).value_and_grad(Y, T)[0], f(Y, T), rtol=1e-15)


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda y: np.sum(interpolate.BSpline(SITES, y, 3)(T)), "is not supported like"),
        (lambda y: Pchip(SITES, y).integrate(0.0, 1.0), "the method `.integrate"),
        (lambda y: np.sum(CubicSpline(SITES, y, extrapolate=False)(T)), "`extrapolate=`"),
        (lambda y: np.sum(interp1d(SITES, y, copy=False)(T)), "`copy=`"),
        (lambda y: np.sum(Pchip(y, SITES)(T)), "is not differentiated in `x`"),
        (lambda y: np.sum(np.piecewise(1.5, [True], [lambda v: v * y])), "np.piecewise"),
    ],
)
def test_refused_in_the_authors_words(f, said):
    with pytest.raises(UserError, match=said) as caught:
        grad(f)(Y)
    assert caught.value.span.file == __file__


# -- eigenvalues of any matrix ------------------------------------------------------------

ANY = np.array([[0.3, -1.2, 0.5], [0.9, 0.1, -0.4], [-0.7, 0.8, 1.1]])
STACK = np.stack([ANY, ANY.T + np.diag([1.0, 0.0, -2.0])])


def sizes(a):
    return np.sum(np.abs(np.linalg.eigvals(a)) ** 2)


def real_parts(a):
    return np.sum(np.linalg.eigvals(a).real ** 3)


def with_sizes_of_vectors(a):
    w, v = np.linalg.eig(a)
    return np.sum(np.abs(w) ** 3) + np.sum(np.abs(v) ** 4) * np.sum(w.real)


def spectral_radius(a):
    return np.max(np.abs(np.linalg.eig(a).eigenvalues))


@pytest.mark.parametrize("f", [sizes, real_parts, with_sizes_of_vectors, spectral_radius])
@pytest.mark.parametrize("a", [ANY, ANY + np.diag([1.0, 4.0, 9.0]), STACK, ANY + 1j * ANY.T @ ANY])
def test_eigenvalues_of_any_matrix(f, a):
    if f is spectral_radius and a.ndim > 2:
        a = a[1]
    assert check_grads(f, (a,)).ok


def of_three_broadcast(x, y, s):
    each = np.vectorize(lambda a, b, c: a * b + c if a > b else c * a, otypes=[float])
    return np.sum(each(x, y, s) * x)


@np.vectorize
def powered(v, k=2):
    return v**k if v > 0 else 0.5 * v


def with_options(x):
    return np.sum(powered(x, 3)) + np.sum(powered(x, k=3) * powered(x))


@pytest.mark.parametrize(("f", "args"), [(of_three_broadcast, (V, M[:, :1], 2.0)),
                                         (with_options, (V,))])  # fmt: skip
def test_vectorized_functions_of_more(f, args):
    assert check_grads(f, args).ok


def row_by_row(x, w):
    each = np.vectorize(lambda row, v: row @ v, signature="(i),(i)->()")
    turns = np.vectorize(lambda row: row[::-1] ** 2, signature="(i)->(i)")
    return np.sum(each(x, w) ** 2) + np.sum(turns(x) * w)


def of_matrices(x, w):
    each = np.vectorize(np.matmul, signature="(m,n),(n)->(m)")
    return np.sum(each(np.stack([x, 2 * x]), w) ** 2)


def several_values(x, w):
    squares, products = np.vectorize(lambda a, b: (a * a, a * b))(x, w)
    return np.sum(squares * np.sin(products))


@pytest.mark.parametrize("f", [row_by_row, of_matrices, several_values])
def test_vectorized_functions_of_rows_and_of_several_values(f):
    assert check_grads(f, (np.arange(6.0).reshape(2, 3) / 7, np.array([0.3, -1.0, 2.0]))).ok


def ramp(x):
    return np.sum(np.vectorize(lambda v: v * v if v > 0 else 0)(x))


def test_vectorized_functions_decide_by_the_first_value():
    assert np.allclose(grad(ramp)(np.array([1.5, -1.0])), [3.0, 0.0])
    with pytest.raises(TypeError, match="say `otypes`"):
        grad(ramp)(np.array([-1.0, 1.5]))


def turned(image, angle):
    slanted = ndimage.rotate(image, angle, reshape=False, order=1)
    return np.sum(slanted**2) + np.sum(ndimage.rotate(image, 30, mode="reflect") ** 3)


def test_turned_images():
    image = np.array([[1.0, 2.0, 0.5], [0.3, 1.5, 2.5], [0.7, 1.1, 0.2]])
    assert check_grads(turned, (image, 20.0)).ok
    assert np.isclose(value_and_grad(turned)(image, 20.0)[0], turned(image, 20.0))


POINTS = np.array([0.2, 0.9, 2.5])
VALUES = np.array([1.0, -0.5, 2.0, 0.3, 1.7])


def free_spline(t, x, y):
    return np.sum(CubicSpline(x, y)(t) * t) + CubicSpline(x, y)(t[0], 1)


def natural_spline(t, x, y):
    bent = CubicSpline(x, y, bc_type="natural")
    return np.sum(bent(t) * t) + np.sum(bent(t, 2))


def clamped_spline(t, x, y):
    return np.sum(CubicSpline(x, y, bc_type="clamped")(t) ** 2)


def slopes_of_a_spline(t, y):
    made = CubicSpline(SITES, y)
    return np.sum(made.derivative()(t) * made.derivative(2)(t)) + made.integrate(t[0], t[1])


def segments(t, x, y):
    return np.sum(interp1d(x, y)(t) * t)


def extrapolated(t, x, y):
    return np.sum(interp1d(x, y, fill_value="extrapolate")(2 * t - 1) * t)


def held_at_the_ends(t, y):
    made = interp1d(SITES, y, bounds_error=False, fill_value=(y[0], 2 * y[-1]))
    return np.sum(made(4 * t - 3) * t)


def through_all(t, y):
    found = interpolate.make_interp_spline(SITES, y, k=3)(t)
    found = found + interpolate.InterpolatedUnivariateSpline(SITES, y, k=2)(t)
    found = found + interpolate.BarycentricInterpolator(SITES, y)(t)
    found = found + interpolate.barycentric_interpolate(SITES, y, t)
    found = found + interpolate.KroghInterpolator(SITES, y)(t)
    return np.sum(found * interpolate.pchip_interpolate(SITES, y, t))


@pytest.mark.parametrize("f", [free_spline, natural_spline, clamped_spline, segments, extrapolated])
def test_interpolators_in_their_sites(f):
    assert check_grads(f, (POINTS, SITES, VALUES)).ok


@pytest.mark.parametrize("f", [slopes_of_a_spline, held_at_the_ends, through_all])
def test_interpolators_in_their_values(f):
    assert check_grads(f, (POINTS, VALUES)).ok


def inside_a_grid(t, values):
    axes = (np.arange(3.0), np.arange(2.0))
    apart = interpolate.interpn(axes, values, (t[:, 0], t[:, 1]))
    return np.sum(interpolate.interpn(axes, values, t) * apart)


def test_values_on_a_grid():
    t = np.array([[0.3, 0.2], [1.6, 0.9]])
    assert check_grads(inside_a_grid, (t, np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.1]]))).ok
