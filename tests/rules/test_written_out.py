"""Functions that are followed as if the author had written them: values and gradients."""

import ast

import numpy as np
import pytest
from numpy.polynomial import polynomial
from numpy.testing import assert_allclose
from scipy import integrate, interpolate, stats

from adgen import check_grads, value_and_grad
from adgen.errors import UserError
from tests.rules.calls import compiled_with
from tests.rules.spelled import OPERANDS

MORE = {
    "a4": np.array([3.0, 0.5, -0.4, 0.2]),
    "points": np.array([[0.1, 0.3], [1.2, -0.4], [0.7, 0.9], [-0.6, 0.2], [0.4, -1.1]]),
    "sig": np.array([0.1, 1.2, 0.3, -0.4, 0.8, 0.2, 1.9, 0.6, 0.7, -0.2]),
}
VALUES = {**OPERANDS, **MORE}
MODULES = {"integrate": integrate, "interpolate": interpolate, "P": polynomial,
           "KDE": stats.gaussian_kde([0.1, 0.5, 0.9], 0.6)}  # fmt: skip

LINES = """
np.trim_zeros(np.concatenate([[0.0, 0.0], v, [0.0]]))
np.trim_zeros(np.concatenate([[0.0], v, [0.0]]), "f")
np.sum(np.trim_zeros(0.0 * v)) + v
np.polydiv(v, v3)[0]
np.polydiv(v, v3)[1]
np.polydiv(np.polymul(v, v3), v3)[0]
np.polydiv(v2, v)[1]
P.polyadd(v, v3)
P.polysub(v3, v)
P.polymul(v, v3)
P.polydiv(v, v2)[1]
P.polyder(v, 2)
P.polyint(v)
P.polyfit(x4, w, 2)
P.polyvander(m, 2)
P.polyder(v[:1])
P.polyroots(np.array([2.0, -3.0 - s, 1.0]))
P.polyvalfromroots(v, v3)
P.polyfromroots(v3)
P.polyval2d(v, w, m)
P.polygrid2d(v, w, m)
integrate.dblquad(lambda y, x: x * y * s, 0, 1.3, lambda x: x, lambda x: 1 + x)[0]
integrate.nquad(lambda x, y: x * y**2 * s, [[0, 1], [0, s2]])[0]
stats.gaussian_kde(v)(v2)
stats.gaussian_kde(v, bw_method=s).evaluate(w)
stats.gaussian_kde(v2, bw_method="silverman", weights=c2**2).logpdf(v3)
stats.gaussian_kde(points.T)(v2)
stats.gaussian_kde(v).integrate_box_1d(-1.0, s)
KDE(v)
interpolate.RBFInterpolator(points, a4.sum() * points[:, 0])(c42)
interpolate.RBFInterpolator(points, points[:, 1] ** 2, kernel="gaussian", epsilon=s)(c42)
interpolate.RBFInterpolator(points, points[:, 0], kernel="linear", smoothing=s)(c42)
interpolate.RBFInterpolator(points, points, kernel="quintic", degree=-1)(c42)
signal.chirp(v, s, 2.0, 4.0)
signal.chirp(v, s, s2, 4.0, method="quadratic", vertex_zero=False, phi=30)
signal.chirp(v, s, s2, 4.0, method="logarithmic")
signal.sawtooth(v, 0.3)
signal.square(v) * v
signal.gausspulse(v / 5, fc=2.0 + s)
signal.windows.gaussian(6, std=s, sym=False)
signal.windows.general_gaussian(6, s + 1, s2)
signal.windows.exponential(5, tau=s)
signal.windows.kaiser(5, s * 4)
signal.windows.tukey(8, s * 0.6)
signal.windows.tukey(8, s + 1.0)
signal.windows.tukey(8, s - 1.0)
signal.windows.general_hamming(6, s)
signal.find_peaks(sig, height=0.0)[1]["peak_heights"]
signal.find_peaks(sig, threshold=0.0)[1]["left_thresholds"]
signal.find_peaks(sig, prominence=0.05)[1]["prominences"]
sig[signal.find_peaks(sig, distance=2)[0]]
sig[signal.argrelmin(sig)]
interpolate.UnivariateSpline(np.arange(4.0), v, s=0)(w)
interpolate.splev(w, interpolate.splrep(np.arange(4.0), v), der=1)
interpolate.lagrange(x3s, v3)(s)
interpolate.CubicHermiteSpline(x4, v, w)(x4[:-1] + 0.02)
interpolate.CubicHermiteSpline(np.arange(4.0), v, w)(x4)
interpolate.KroghInterpolator(x4, v)(w)
interpolate.CubicSpline(np.arange(4.0), v, bc_type=((1, 0.5), (2, 0.25)))(w)
interpolate.CubicSpline(np.arange(4.0), np.concatenate((v3, v3[:1])), bc_type="periodic")(w)
optimize.rosen_der(v)
ndimage.variance(m)
ndimage.standard_deviation(m, np.array([[1, 2, 2], [1, 1, 2]]), [1, 2])
stats.circmean(m, axis=1)
stats.circvar(v, high=1.0)
stats.circstd(v)
stats.gzscore(u4)
stats.f_oneway(v, w, v3).statistic
stats.f_oneway(v, w)[1]
stats.chisquare(u4)[0]
stats.jarque_bera(v).pvalue
linalg.pinvh(spd)
linalg.orth(c32)
linalg.companion(a4)
linalg.convolution_matrix(v, 3, "same")
linalg.convolution_matrix(v3, 5, mode="valid")
linalg.solve_circulant(a4, w)
linalg.matmul_toeplitz((a4, v), w)
linalg.fractional_matrix_power(spd[:2, :2], 0.5)
linalg.signm(spd - 3 * np.eye(3))
linalg.orthogonal_procrustes(sq, spd)[0]
linalg.leslie(v, v3)
linalg.leslie(v, np.array([1, 2, 3]))
linalg.companion(a4 + 1j * v).imag
""".strip().splitlines()


def program(line):
    """A number made of what a line gives, and its arguments."""
    said = {node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}
    names = tuple(name for name in VALUES if name in said)
    body = (f"y = {line}", "return np.sum(y) + np.sum(y * y)")
    return compiled_with(body, names, MODULES), tuple(VALUES[name] for name in names)


@pytest.mark.parametrize("line", LINES)
def test_value_and_gradient(line):
    f, values = program(line)
    assert_allclose(value_and_grad(f)(*values)[0], f(*values), rtol=1e-12)
    assert check_grads(f, values).ok


@pytest.mark.parametrize(
    "line",
    [
        "signal.find_peaks(sig, width=0.1)[1]['widths']",
        "linalg.schur(sq, 'complex')[0]",
        "stats.jarque_bera(m)[0]",
        "stats.chisquare(u23)[0]",
        "np.polydiv(m, v3)[0]",
        "interpolate.CubicHermiteSpline(np.arange(2.0), m, m)(v2)",
    ],
)
def test_what_is_not_followed_is_not_guessed(line):
    f, values = program(line)
    with pytest.raises((UserError, TypeError)):
        value_and_grad(f)(*values)
