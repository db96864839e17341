"""SciPy's functions as people spell them, their kinks, and what is refused."""

import numpy as np
import pytest
import scipy
import scipy.special as sc
from numpy.testing import assert_allclose
from scipy import integrate, linalg, ndimage, special, stats
from scipy.spatial import distance
from scipy.special import digamma, gammaln

from adgen import check_grads, grad, runtime, vjp
from adgen.errors import UserError
from tests.rules.calls import compiled, vector

# -- however they were imported -----------------------------------------------------------


def by_alias(x):
    return np.sum(sc.gammaln(x))


def by_name(x):
    return np.sum(gammaln(x))


def by_path(x):
    return np.sum(scipy.special.gammaln(x))


def by_module(x):
    return np.sum(special.gammaln(x))


def imported_inside(x):
    import scipy.special as inside

    return np.sum(inside.gammaln(x))


def imported_inside_by_name(x):
    from scipy.special import gammaln as log_of_gamma

    return np.sum(log_of_gamma(x))


def imported_inside_by_path(x):
    import scipy.special

    return np.sum(scipy.special.gammaln(x))


def with_a_special_of_the_authors(x):
    special = 2.0
    return special * np.sum(gammaln(x)) / 2


@pytest.mark.parametrize(
    "f",
    [by_alias, by_name, by_path, by_module, imported_inside, imported_inside_by_name,
     imported_inside_by_path, with_a_special_of_the_authors],
)  # fmt: skip
def test_functions_are_found_however_they_were_imported(f):
    x = np.array([0.5, 1.5, 4.0])
    assert_allclose(grad(f)(x), digamma(x))
    names = {}
    listing = grad(f).compilation(x).listing
    exec(f"{listing.preamble}\n\n{listing.text}", names)  # it says what it imports
    out, cache = names[f"{f.__name__}_forward"](x)
    assert out == f(x)
    assert_allclose(names[f"{f.__name__}_backward"](1.0, cache), digamma(x))


def of_what_is_missing(x):
    from scipy import nothing_of_this_name

    return nothing_of_this_name(x)


def test_an_import_that_fails_is_refused():
    with pytest.raises(UserError, match="cannot be imported"):
        grad(of_what_is_missing)(1.0)


# -- kinks and corners ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "gradients"),
    [
        ("special.xlogy(x0, x1)", [np.zeros(2), np.array([0.0, 1.0])], [[-np.inf, 0], [0, 0]]),
        ("special.xlog1py(x0, x1)", [np.zeros(2), np.array([-1.0, 0.0])], [[-np.inf, 0], [0, 0]]),
        ("special.huber(x0, x1)", [1.0, np.array([-1.0, 0.0, 1.0])], [0.0, [-1, 0, 1]]),
        ("special.i0e(x0)", [0.0], [0.0]),
        ("special.rgamma(x0)", [np.array([0.0, -1.0, -2.0])], [[1, -1, 2]]),
        ("special.log_ndtr(x0)", [np.array([-1e8, 50.0])], [[1e8, 0]]),
        ("special.eval_legendre(0, x0)", [np.array([-1.0, 1.0])], [[0, 0]]),
        ("special.eval_legendre(2, x0)", [np.array([-1.0, 1.0])], [[-3, 3]]),
    ],
)
def test_kink(text, values, gradients):
    f = compiled(text, len(values))
    with np.errstate(all="ignore"):
        out, pullback = vjp(f, *values)
        found = pullback(np.ones(np.shape(out)) if np.ndim(out) else 1.0)
    if len(values) == 1:
        found = (found,)
    for one, expected in zip(found, gradients, strict=True):
        assert_allclose(one, expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("special.jv(x0, 1.5)", 0.5),
        ("special.kv(x0, 1.5)", 0.5),
        ("special.hyp1f1(1.5, x0, 0.5)", 0.5),
        ("special.zeta(x0)", 2.5),
        ("special.zeta(x0, 1.5)", 2.5),
        ("special.hyp2f1(x0, 1.5, 2.5, 0.2)", 0.5),
        ("special.logsumexp(x0, return_sign=True)[0]", vector()),
        ("special.binom(x0, 2) + special.factorialk(x0, 2)", 3.5),
    ],
)
def test_refused(text, value):
    with pytest.raises(UserError):
        vjp(compiled(text, 1), value)


def test_a_refused_parameter_has_a_reason():
    with pytest.raises(UserError, match="in `v`: the derivative has no closed form"):
        vjp(compiled("special.jv(x0, 1.5)", 1), 0.5)


@pytest.mark.parametrize(
    "text",
    ["stats.gumbel_l.pdf(x0)", "stats.gumbel_r.pdf(x0)", "stats.moyal.pdf(x0)",
     "stats.loggamma.pdf(x0, 1.5)", "stats.gompertz.pdf(x0, 1.5)"],
)  # fmt: skip
def test_densities_that_underflow_have_no_slope(text):
    with np.errstate(all="ignore"):
        _, pullback = vjp(compiled(text, 1), np.array([-900.0, 900.0]))
        assert_allclose(pullback(np.ones(2)), 0.0, atol=1e-100)


# -- distributions that remember their parameters -------------------------------------------

PRIOR = stats.norm(0.5, scale=2.0)
MEANS = stats.multivariate_normal(np.zeros(2), np.eye(2))


def at_once(x, mu, s):
    return np.sum(stats.norm(mu, s).logpdf(x))


def by_a_name(x, mu, s):
    noise = stats.norm(loc=mu, scale=s)
    return np.sum(noise.logpdf(x) * noise.cdf(x))


def with_a_prior(x, mu, s):
    return np.sum(stats.norm.logpdf(x, mu, s)) + PRIOR.logpdf(mu) + MEANS.logpdf(x[:2])


def through_a_helper(x, mu, s):
    def density(dist, at):
        return dist.logpdf(at)

    total = 0.0
    for i in range(len(x)):
        total = total + density(stats.t(3.0, mu * i, s), x[i])
    return total


def of_counts(x, mu, s):
    return stats.poisson(np.exp(mu)).logpmf(3) + np.sum(stats.expon(scale=s).logsf(np.abs(x)))


def of_vectors(x, mu, s):
    rv = stats.multivariate_normal(mu * np.ones(2), s * np.eye(2))
    return rv.logpdf(x[:2])


@pytest.mark.parametrize(
    "f", [at_once, by_a_name, with_a_prior, through_a_helper, of_counts, of_vectors]
)
def test_what_a_distribution_remembers_is_differentiated(f):
    values = (np.array([0.4, -1.2, 2.0]), 0.3, 1.7)
    assert check_grads(f, values).ok
    assert grad(f).value_and_grad(*values)[0] == f(*values)


def moved_on(x, mu, s):
    location = mu * np.ones(3)
    noise = stats.norm(location, s)
    location[0] = 5.0
    return np.sum(noise.logpdf(x))


def of_its_mean(x, mu, s):
    return stats.norm(mu, s).mean()


def handed_on(x, mu, s):
    return integrate.quad(stats.norm(mu, s).pdf, 0.0, 1.0)[0]


def chosen(x, mu, s):
    noise = stats.norm(mu, s) if mu > 0 else stats.norm(mu, 2 * s)
    return np.sum(noise.logpdf(x))


@pytest.mark.parametrize("f", [moved_on, handed_on])
def test_other_uses_of_such_a_distribution_are_refused(f):
    with pytest.raises(UserError):
        grad(f)(np.array([0.4, -1.2, 2.0]), 0.3, 1.7)


@pytest.mark.parametrize("f", [of_its_mean, chosen])
@pytest.mark.parametrize("mu", [0.3, -0.3])
def test_such_a_distribution_may_be_chosen_and_asked_for_its_mean(f, mu):
    assert check_grads(f, (np.array([0.4, -1.2, 2.0]), mu, 1.7)).ok


@pytest.mark.parametrize(
    "text",
    [
        "stats.expon.pdf(x0)",
        "stats.gamma.pdf(x0, 2.5)",
        "stats.beta.pdf(x0, 2.5, 1.5)",
        "stats.lognorm.pdf(x0, 0.5)",
        "stats.weibull_min.cdf(x0, 1.5)",
        "stats.uniform.cdf(x0)",
    ],
)
def test_outside_of_the_support_the_gradient_is_0(text):
    assert_allclose(vjp(compiled(text, 1), np.array([-0.5, -3.0]))[1](np.ones(2)), 0)


# -- several results at once, and what factors go into ------------------------------------------

K = np.array([[2.0, 0.5, -0.3], [0.5, 1.6, 0.7], [-0.3, 0.7, 1.9]])


def by_cholesky(k, y):
    factor = linalg.cho_factor(k @ k.T)
    return y @ linalg.cho_solve(factor, y) + 2 * np.sum(np.log(np.diag(factor[0])))


def by_lower_cholesky(k, y):
    c, low = linalg.cho_factor(k @ k.T, lower=True)
    return y @ linalg.cho_solve((c, low), y) + np.sum(np.log(np.diag(c)))


def by_triangles(k, y):
    L = linalg.cholesky(k @ k.T, lower=True)
    alpha = linalg.solve_triangular(L.T, linalg.solve_triangular(L, y, lower=True))
    return y @ alpha + np.sum(np.log(np.diag(L)))


def by_lu(k, y):
    factors = linalg.lu_factor(k)
    return np.sum(np.sin(linalg.lu_solve(factors, y)))


def by_lu_in_three(k, y):
    p, l, u = linalg.lu(k)
    return np.sum(np.sin(l)) + y @ p @ u @ y


def by_qr(k, y):
    q, r = linalg.qr(k)
    return np.sum(np.sin(q)) * np.sum(np.cos(r)) + y @ q @ y


def by_eigenvectors(k, y):
    w, v = linalg.eigh(k @ k.T)
    return np.sum((v * np.exp(-w)) @ v.T * np.sin(k)) + y @ np.abs(v) @ w


def by_upper_eigenvectors(k, y):
    w, v = linalg.eigh(k @ k.T, lower=False)
    return np.sum((v * np.exp(-w)) @ v.T * np.sin(k))


def by_singular_vectors(k, y):
    u, s, vh = linalg.svd(k)
    return np.sum(u * np.sqrt(s) @ vh * np.sin(k)) + y @ s


@pytest.mark.parametrize(
    "f",
    [by_cholesky, by_lower_cholesky, by_triangles, by_lu, by_lu_in_three, by_qr,
     by_eigenvectors, by_upper_eigenvectors, by_singular_vectors],
)  # fmt: skip
def test_factors(f):
    y = np.array([0.5, -1.0, 2.0])
    gradient = grad(f, wrt=("k", "y"))
    assert check_grads(gradient, (K, y)).ok
    assert gradient.value_and_grad(K, y)[0] == f(K, y)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("linalg.inv(x0, overwrite_a=True)", K),
        ("linalg.qr(x0)[0]", K[:2]),
        ("linalg.qr(x0, pivoting=True)[0]", K),
        ("linalg.svd(x0)[0]", K[:2]),
        ("linalg.eig(x0)[0]", K),
        ("linalg.eigh(x0, subset_by_index=[0, 1])[0]", K),
        ("linalg.lu(x0, permute_l=True)[0]", K),
        ("linalg.solve(x0, np.ones(3), assume_a='tridiagonal')", K),
        ("linalg.lu_solve((x0, np.arange(3)), np.ones(3), trans=2)", K),
        ("linalg.expm_frechet(x0, np.eye(3))[1]", K),
    ],
)
def test_matrices_that_are_refused(text, value):
    with pytest.raises(UserError):
        vjp(compiled(text, 1), value)


# -- filters, distances, integrals ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("signal.convolve(x0, np.ones(3), mode='wrong')", vector()),
        ("signal.convolve2d(x0, np.ones((2, 2)), boundary='wrap')", K),
        ("signal.lfilter(x0, [1.0, 0.5], np.ones(4), zi=np.zeros(1))[0]", vector()),
        ("signal.sosfilt(x0, np.ones(4))", np.ones((1, 6))),
        ("signal.filtfilt(x0, [1.0, 0.5], np.ones(20))", vector()),
        ("ndimage.gaussian_filter(K, x0)", np.array(1.5)),
        ("ndimage.gaussian_filter(x0, 1.0, order=1)", K),
        ("ndimage.correlate(x0, np.ones((3, 3)), origin=1)", K),
        ("ndimage.shift(K, x0)", np.array(1.5)),
        ("ndimage.map_coordinates(x0, np.ones((2, 1)), mode='wrap')", K),
        ("ndimage.map_coordinates(x0, np.ones((2, 1)), mode='nearest')", K),
        ("ndimage.median_filter(x0, footprint=np.ones((2, 2)))", K),
        ("ndimage.maximum_filter(x0, 3, origin=1)", K),
        ("ndimage.zoom(x0, 2.0, grid_mode=True)", K),
        ("spatial.distance.cdist(x0, x0, 'hamming')", K),
        ("spatial.distance.pdist(x0, 'minkowski')", K),
        ("spatial.distance.squareform(np.stack([x0, x0]))", K),
        ("spatial.distance.euclidean(x0, np.ones(4), np.ones(4))", vector()),
    ],
)
def test_filters_that_are_refused(text, value):
    with pytest.raises(UserError):
        vjp(compiled(text.replace("K", "np.ones((3, 3))"), 1), value)


# -- everyday functions -----------------------------------------------------------------------


def gaussian_process(log_scale, log_noise, X, y):
    """The log marginal likelihood."""
    d2 = distance.cdist(X, X, "sqeuclidean")
    K = np.exp(-0.5 * d2 / np.exp(2 * log_scale)) + np.exp(2 * log_noise) * np.eye(len(X))
    c, low = linalg.cho_factor(K, lower=True)
    alpha = linalg.cho_solve((c, low), y)
    return -0.5 * y @ alpha - np.sum(np.log(np.diag(c))) - 0.5 * len(X) * np.log(2 * np.pi)


def kalman(a, q, r, ys):
    """The log likelihood of a random walk with drift, step by step."""
    mean, var, total = 0.0, 1.0, 0.0
    for i in range(len(ys)):
        mean, var = a * mean, a**2 * var + q
        total += stats.norm.logpdf(ys[i], mean, np.sqrt(var + r))
        gain = var / (var + r)
        mean, var = mean + gain * (ys[i] - mean), (1 - gain) * var
    return total


def mixture(logits, means, scales, x):
    parts = stats.norm.logpdf(x[:, None], means, scales) + special.log_softmax(logits)
    return np.sum(special.logsumexp(parts, axis=1))


def delayed(a, x):
    """The solution of y * exp(y) = a * x, which is real."""
    return np.sum(special.lambertw(a * x).real ** 2)


def poisson_regression(w, X, counts):
    return -np.sum(stats.poisson.logpmf(counts, np.exp(X @ w)))


def negative_binomial_regression(w, log_size, X, counts):
    size, mu = np.exp(log_size), np.exp(X @ w)
    return -np.sum(stats.nbinom.logpmf(counts, size, size / (size + mu)))


def probit_regression(w, X, t):
    z = X @ w
    return -np.sum(t * special.log_ndtr(z) + (1 - t) * special.log_ndtr(-z))


def survival(w, shape, X, times, seen):
    """Weibull regression with censored times."""
    scale = np.exp(X @ w)
    found = stats.weibull_min.logpdf(times, shape, scale=scale)
    missed = stats.weibull_min.logsf(times, shape, scale=scale)
    return -np.sum(np.where(seen, found, missed))


def blur_loss(image, seen):
    blurred = ndimage.gaussian_filter(image, 1.0, mode="nearest")
    smooth = np.sum(ndimage.convolve(image, LAPLACE, mode="mirror") ** 2)
    return np.sum((blurred - seen) ** 2) + 0.1 * smooth


LAPLACE = np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])


def steady_state(A, q):
    X = linalg.solve_continuous_lyapunov(A, -np.diag(q))
    return np.trace(X) + linalg.expm(A)[0, 1]


def of_counts_in_lists(p):
    """Counts that are written out are arrays to the rules."""
    first = stats.bernoulli.logpmf([0, 1, 1], p) + stats.binom.logpmf((1, 2, 0), 3, p)
    return np.sum(first) + np.sum(stats.geom.logpmf([1, 2, 3], p))


_rng = np.random.default_rng(3)
POINTS = _rng.normal(size=(5, 2))
EVERYDAY = [
    (gaussian_process, ("log_scale", "log_noise", "X", "y"),
     (0.2, -0.5, POINTS, np.sin(POINTS[:, 0]))),
    (kalman, ("a", "q", "r"), (0.9, 0.3, 0.2, _rng.normal(size=6))),
    (mixture, ("logits", "means", "scales"),
     (_rng.normal(size=3), np.array([-1.0, 0.0, 2.0]), np.array([0.5, 1.0, 2.0]), POINTS[:, 0])),
    (delayed, ("a", "x"), (1.5, np.array([0.2, 1.0, 3.0]))),
    (poisson_regression, "w", (np.array([0.3, -0.2]), POINTS, np.array([0, 1, 2, 0, 3]))),
    (negative_binomial_regression, ("w", "log_size"),
     (np.array([0.3, -0.2]), 0.4, POINTS, np.array([0, 1, 2, 0, 3]))),
    (probit_regression, "w", (np.array([0.3, -0.2]), POINTS, np.array([0, 1, 1, 0, 1]))),
    (survival, ("w", "shape"),
     (np.array([0.3, -0.2]), 1.4, POINTS, np.array([0.5, 1.0, 2.0, 0.3, 1.2]),
      np.array([True, True, False, True, False]))),
    (blur_loss, "image", (_rng.normal(size=(5, 4)), _rng.normal(size=(5, 4)))),
    (of_counts_in_lists, "p", (np.array([0.3, 0.6, 0.8]),)),
    (steady_state, ("A", "q"), (np.array([[-1.0, 0.3], [0.2, -0.8]]), np.array([0.5, 1.5]))),
]  # fmt: skip


@pytest.mark.parametrize(("f", "wrt", "values"), EVERYDAY, ids=lambda v: getattr(v, "__name__", ""))
def test_everyday_functions(f, wrt, values):
    gradient = grad(f, wrt=wrt)
    assert check_grads(gradient, values).ok
    assert gradient.value_and_grad(*values)[0] == f(*values)


def turned_image(x, matrix):
    return np.sum(ndimage.affine_transform(x, matrix, (0.3, -0.2), order=3, mode="mirror") ** 2)


def test_affine_transform():
    x = np.random.default_rng(0).normal(size=(4, 5))
    assert check_grads(turned_image, (x, np.array([[0.9, 0.3], [-0.2, 0.8]]))).ok


@pytest.mark.parametrize(
    ("text", "x", "slope"),
    [
        ("stats.norm.logcdf(x0, scale=2.0)", -1e9, 2.5e8),
        ("stats.norm.logsf(x0)", 1e9, -1e9),
        ("stats.gumbel_r.logcdf(x0)", -90.0, np.exp(90.0)),
        ("stats.gumbel_l.logsf(x0)", 90.0, -np.exp(90.0)),
    ],
)
def test_logarithms_of_distribution_functions_far_out(text, x, slope):
    assert_allclose(vjp(compiled(text, 1), x)[1](1.0), slope, rtol=1e-12)


# -- slopes in parameters, in 60 digits (mpmath) -----------------------------------------------


@pytest.mark.parametrize(
    ("a", "x", "slope"),
    [
        (0.05, 0.001, -4.66181305268968),
        (0.5, 0.4, -0.7095350994605584),
        (2, 1.6, -0.31299172047549234),
        (2, 2.02, -0.2925216256252798),
        (2, 40, -5.732487245607515e-16),
        (10, 50, -2.121014061317579e-12),
    ],
)
def test_slope_of_gammainc(a, x, slope):
    assert_allclose(runtime.gammainc_slope(a, x), slope, rtol=1e-11)


@pytest.mark.parametrize(
    ("a", "b", "x", "slopes"),
    [
        (0.05, 0.1, 1e-06, (-6.8462573225611365, 1.145413874266089)),
        (0.05, 1, 0.999999, (-1.0000004500290402e-06, 7.368073323464196e-07)),
        (0.5, 0.1, 0.95, (-0.27438248161827195, 2.6842654442345943)),
        (2.5, 3.3, 0.8293103448275861, (-0.01426368069349405, 0.025057556816692885)),
        (20, 1, 0.9857142857142857, (-0.010790553011073985, 0.4301198724435643)),
        (300, 40, 0.2647058823529412, (-1.2716200014760974e-127, 1.9432493582306407e-127)),
    ],
)
def test_slopes_of_betainc(a, b, x, slopes):
    found = [runtime.betainc_slope(a, b, x, which) for which in (0, 1)]
    assert_allclose(found, slopes, rtol=1e-11)
