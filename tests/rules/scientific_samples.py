"""Sample calls of SciPy's functions.

Most take arrays with values on both sides of whatever a function does differently;
that operands broadcast is the business of the kind, and tried with one of each.
"""

import numpy as np
from scipy import integrate, linalg, ndimage, optimize, signal, special, stats
from scipy.spatial import distance

from adgen import runtime
from tests.rules.calls import Call, Display, Literal, Real, array, at, vector

real = Real()
positive = Real(0.3, 3.0)
share = np.array([0.15, 0.4, 0.85])
signed = np.array([-1.7, -0.4, 0.6, 2.3])
above_zero = np.array([0.3, 0.9, 1.7, 4.5])


def by_differences(*args: object, **options: object) -> list[Call]:
    return [at(*args, by="differences", **options)]


def given(*families: object) -> tuple[object, ...]:
    """Functions that this version of SciPy has."""
    return tuple(getattr(special, name) for name in families if hasattr(special, name))


def reductions() -> list[Call]:
    return [
        at(array(2, 3, 4, low=0.5), axis=axis, keepdims=keep, by="differences")
        for axis in (None, 1, (0, -1))
        for keep in (False, True)
    ]


ELEMENTARY = {
    (special.xlogy,): [
        *by_differences(real, positive),
        *by_differences(np.array([0.5, 2.0]), np.array([0.7, 1.2])),
    ],
    (special.xlog1py,): [*by_differences(signed, above_zero), *by_differences(1.5, 0.5)],
    (special.rel_entr, special.kl_div): by_differences(above_zero, above_zero[::-1] + 0.1),
    (special.entr,): by_differences(above_zero),
    (special.huber,): [*by_differences(1.0, signed), *by_differences(vector(0.5, 1.0), signed)],
    (special.pseudo_huber,): by_differences(vector(0.5, 1.0), signed),
    (special.exprel,): by_differences(np.array([-3.0, 0.0, 1e-3, 5.0])),
    (special.boxcox, special.boxcox1p): by_differences(
        above_zero, np.array([-0.7, 0.0, 1e-3, 1.5])
    ),
    (special.inv_boxcox, special.inv_boxcox1p): by_differences(
        np.array([0.5, 1.2, -0.8, 0.7]), np.array([-0.7, 0.0, 1e-3, 1.5])
    ),
    given("cbrt", "exp2", "exp10", "log1p"): by_differences(above_zero),
    given("expm1", "cosm1", "sindg", "cosdg", "tandg", "cotdg"): by_differences(signed),
}

PROBABILITY = {
    (special.expit,): by_differences(real),
    given("log_expit", "softplus", "erf", "erfc", "erfi", "erfcx", "dawsn"): by_differences(signed),
    (special.ndtr, special.log_ndtr): by_differences(signed),
    (special.logit, special.ndtri, special.erfcinv): by_differences(share),
    (special.erfinv,): by_differences(np.array([-0.6, 0.3])),
    given("ndtri_exp"): by_differences(np.array([-3.0, -0.2])),
    (special.owens_t,): by_differences(signed, np.array([0.4, -1.5, 2.0, 0.0])),
    (special.bdtr, special.bdtrc): by_differences(np.array([0, 2, 5]), 5, share),
    (special.nbdtr, special.nbdtrc): by_differences(np.array([0, 2, 5]), 3, share),
    (special.pdtr, special.pdtrc): by_differences(np.array([0, 1, 2, 5]), above_zero),
    (special.chdtr, special.chdtrc): by_differences(3.5, above_zero),
    (special.chdtri,): by_differences(3.5, share),
    (special.gdtr, special.gdtrc): by_differences(above_zero[::-1], 2.5, above_zero),
    (special.fdtr, special.fdtrc): by_differences(3.5, 4.5, above_zero),
    (special.stdtr,): by_differences(3.5, signed),
    (special.stdtrit,): by_differences(3.5, share),
}

GAMMAS = {
    (special.gammaln, special.loggamma): by_differences(positive),
    (special.gamma, special.digamma): by_differences(np.array([-1.5, -0.3, 0.7, 4.5])),
    (special.rgamma,): by_differences(np.array([-2.0, -1.5, 0.0, 0.7, 4.5])),
    (special.polygamma,): [*by_differences(1, above_zero), *by_differences(Literal(2), 1.5)],
    (special.zeta,): by_differences(Literal(2.5), above_zero),
    (special.multigammaln,): [*by_differences(above_zero + 1, 3), *by_differences(2.5, 2)],
    (special.poch,): by_differences(above_zero, above_zero[::-1]),
    (special.factorial,): by_differences(above_zero),
    (special.comb, special.perm): [
        *by_differences(above_zero + 2, above_zero[::-1]),
        *by_differences(np.array([1, 5]), np.array([2.5, 1.5])),
    ],
    (special.binom,): by_differences(above_zero + 2, above_zero[::-1]),
    (special.beta, special.betaln): by_differences(above_zero, above_zero[::-1]),
    given("betainc", "betaincc"): by_differences(2.5, share + 0.3, share),
    given("betaincinv", "betainccinv"): by_differences(2.5, 0.7, share),
    (special.gammainc, special.gammaincc): by_differences(above_zero[::-1], above_zero),
    (special.gammaincinv, special.gammainccinv): by_differences(2.5, share),
    (runtime.gammainc_slope,): by_differences(Literal(2.5), above_zero),
    (runtime.betainc_slope,): [
        at(Literal(2.5), Literal(0.7), share, which, by="differences") for which in (0, 1)
    ],
}

# of newer versions of SciPy
HARMONICS = given(*(name for name in ("sph_harm_y",) if hasattr(special, name)))

BESSEL = {
    given("j0", "j1", "i0", "i1"): by_differences(np.array([-1.5, 0.0, 2.5])),
    given("y0", "y1", "k0", "k1", "k0e", "k1e"): by_differences(above_zero),
    given("i0e", "i1e", "ber", "bei", "berp", "beip"): by_differences(signed),
    given("ker", "kei", "kerp", "keip"): by_differences(above_zero),
    (special.jv, special.jve, special.iv, special.ive): [
        *by_differences(Literal(1.5), above_zero),
        *by_differences(2, signed),
    ],
    given("yn", "kn"): by_differences(2, above_zero),
    given("yv", "yve", "kv", "kve", "struve", "modstruve"): by_differences(
        Literal(1.5), above_zero
    ),
    given("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn"): [
        *by_differences(2, above_zero),
        *by_differences(2, above_zero, derivative=True),
    ],
    given("jvp", "yvp", "ivp", "kvp"): [
        *by_differences(2, above_zero),
        *by_differences(Literal(1.5), above_zero, 2),
    ],
    (special.hankel1, special.hankel2): by_differences(Literal(1.5), above_zero),
    (special.wofz,): by_differences(signed),
    (special.lpmv,): by_differences(1, 2, share),
    HARMONICS: by_differences(2, 1, above_zero, above_zero[::-1]),
    (special.diric,): by_differences(signed, 4),
    (special.ellipj,): [at(share + 0.5, share, part=part, by="differences") for part in range(4)],
    (special.airy,): [at(signed, part=part, by="differences") for part in range(4)],
}

POLYNOMIALS = {
    given("eval_legendre", "eval_chebyt", "eval_chebyu", "eval_hermite", "eval_hermitenorm",
          "eval_laguerre", "eval_sh_legendre", "eval_sh_chebyt"): [
        *by_differences(0, share),
        *by_differences(3, share),
    ],
    (special.eval_genlaguerre, special.eval_gegenbauer): [
        *by_differences(0, Literal(0.7), share),
        *by_differences(3, Literal(0.7), share),
    ],
    (special.eval_jacobi,): by_differences(3, Literal(0.7), Literal(1.2), share),
    (special.hyp2f1,): by_differences(Literal(0.5), Literal(1.5), Literal(2.5), share),
    (special.hyp1f1, special.hyperu): by_differences(Literal(0.5), Literal(1.5), share),
    (special.hyp0f1,): by_differences(Literal(1.5), share),
}  # fmt: skip

ANTIDERIVATIVES = {
    (special.ellipk, special.ellipe): by_differences(np.array([-2.0, 0.0, 0.6])),
    (special.ellipkm1,): by_differences(share),
    (special.ellipkinc, special.ellipeinc): by_differences(
        np.array([-4.0, -0.5, 0.7, 2.8]), np.array([0.3, 0.0, 0.9, -1.5])
    ),
    (special.expi, special.exp1): by_differences(above_zero),
    (special.expn,): [at(n, above_zero, by="differences") for n in (0, 1, 3)],
    (special.sici, special.shichi, special.fresnel): [
        at(above_zero, part=part, by="differences") for part in (0, 1)
    ],
    (special.lambertw,): [*by_differences(above_zero), *by_differences(share - 0.3, 0)],
    (special.elliprf, special.elliprd): by_differences(positive, positive, positive),
    (special.spence,): by_differences(np.array([0.4, 1.0, 2.5])),
}

SOFTMAXES = {
    (special.logsumexp,): [
        *reductions(),
        *by_differences(vector()),
        *by_differences(1.5),
        *by_differences(array(2, 3), axis=0, b=array(2, 3, low=0.5)),
        *by_differences(array(2, 3), axis=1, b=vector(0.5, 1.0, length=3)),
        *by_differences(vector(length=3), b=array(2, 3, low=0.5)),
    ],
    (special.softmax, special.log_softmax): [
        *(at(array(2, 3, 4), axis=axis, by="differences") for axis in (None, 1, -1, (0, 2))),
        *by_differences(vector()),
        *by_differences(1.5),
    ],
}

# -- scipy.stats ------------------------------------------------------------------------------


def methods(distributions: object, *names: str) -> tuple[object, ...]:
    return tuple(getattr(one, name) for one in distributions for name in names)


DENSITY = ("logpdf", "pdf")
CUMULATIVE = ("cdf", "sf", "logcdf", "logsf")
SYMMETRIC = (stats.norm, stats.laplace, stats.cauchy, stats.logistic, stats.gumbel_r,
             stats.gumbel_l, stats.hypsecant, stats.moyal)  # fmt: skip
ONE_SIDED = (stats.halfnorm, stats.expon, stats.halfcauchy, stats.rayleigh, stats.halflogistic,
             stats.maxwell, stats.levy, stats.wald)  # fmt: skip
WITH_SHAPE = (
    stats.invgauss, stats.nakagami, stats.rice, stats.foldnorm, stats.lomax, stats.genpareto,
    stats.gompertz, stats.fisk, stats.invweibull, stats.genlogistic, stats.loggamma, stats.gennorm,
    stats.laplace_asymmetric, stats.skewnorm, stats.exponnorm,
)  # fmt: skip
OF_GAMMA_AND_BETA = (stats.gamma, stats.invgamma, stats.t, stats.chi2, stats.chi)
ON_INTERVALS = (stats.arcsine, stats.semicircular, stats.anglit, stats.cosine)
ON_INTERVALS_WITH_SHAPE = (stats.powerlaw, stats.triang, stats.truncexpon, stats.genextreme)
WITH_TWO_SHAPES = (stats.burr12, stats.gengamma, stats.betaprime, stats.johnsonsu)
CLOSED = (stats.lognorm, stats.weibull_min)
loc, scale = 0.3, np.array([1.5, 0.8, 1.2])
three = np.array([0.9, 1.7, 4.5])

DENSITIES = {
    methods(SYMMETRIC, *DENSITY): [
        *by_differences(signed[:3], loc, scale),
    ],
    methods((stats.norm,), *DENSITY): by_differences(1.5, Literal(0.3)),
    methods((*ONE_SIDED, stats.uniform), *DENSITY): [
        *by_differences(three, scale=scale * 5),
    ],
    methods((*WITH_SHAPE, *OF_GAMMA_AND_BETA, *CLOSED), *DENSITY): [
        *by_differences(three, 2.5, loc, scale),
    ],
    methods((stats.gamma,), *DENSITY): by_differences(2.5, 1.5),
    methods((stats.beta,), *DENSITY): by_differences(share, 2.5, three, -0.1, 1.3),
    methods((stats.pareto,), *DENSITY): by_differences(three, 2.5, -1.0, 0.8),
    methods(ON_INTERVALS, *DENSITY): by_differences(share * 0.7, 0.1 * share, 1.2 * scale),
    methods(ON_INTERVALS_WITH_SHAPE, *DENSITY): by_differences(share * 0.7, 0.4, -0.1, scale + 1),
    methods((stats.vonmises,), *DENSITY): by_differences(signed[:3], 1.5, loc, scale),
    methods((stats.weibull_max,), *DENSITY): by_differences(-three, 2.5, loc, scale),
    methods((*WITH_TWO_SHAPES, stats.f), *DENSITY): by_differences(three, 2.5, 1.5, loc, scale),
    methods((stats.loguniform, stats.reciprocal), *DENSITY): [
        *by_differences(three, 0.2, 9.5, -0.1, scale)
    ],
    methods((stats.truncnorm,), *DENSITY): by_differences(signed[:3], -3.2, 2.5, loc, scale),
}

DISTRIBUTIONS = {
    methods(SYMMETRIC, *CUMULATIVE): by_differences(signed[:3], loc, scale),
    methods(ONE_SIDED, *CUMULATIVE): by_differences(three, loc, scale),
    methods((stats.uniform,), *CUMULATIVE): by_differences(three, loc, 5 * scale),
    methods(WITH_SHAPE, *CUMULATIVE): by_differences(three, Literal(2.5), loc, scale),
    methods(OF_GAMMA_AND_BETA, *CUMULATIVE): by_differences(three, 2.5, loc, scale),
    methods((stats.t,), *CUMULATIVE): by_differences(-three, 2.5, loc, scale),
    methods((stats.f,), *CUMULATIVE): by_differences(three, 2.5, 4.5, loc, scale),
    methods(CLOSED, *CUMULATIVE): by_differences(three, 2.5, loc, scale),
    methods((stats.beta,), *CUMULATIVE): by_differences(share, 2.0, 1.5, -0.1, 1.3),
    methods((stats.pareto,), *CUMULATIVE): by_differences(three, 2.5, -1.0, 0.8),
    methods(ON_INTERVALS, *CUMULATIVE): [*by_differences(share * 0.7, 0.1 * share, 1.2 * scale)],
    methods(ON_INTERVALS_WITH_SHAPE, *CUMULATIVE): [
        *by_differences(share * 0.7, Literal(0.4), -0.1, scale + 1)
    ],
    methods((stats.vonmises,), *CUMULATIVE): by_differences(signed[:3], Literal(1.5), loc, scale),
    methods((stats.weibull_max,), *CUMULATIVE): by_differences(-three, Literal(2.5), loc, scale),
    methods(WITH_TWO_SHAPES, *CUMULATIVE): [
        *by_differences(three / 2, Literal(0.5), 7, loc / 3, scale)
    ],
    methods((stats.truncnorm,), *CUMULATIVE): [
        *by_differences(signed[:3], -4, Literal(2.5), loc / 3, scale)
    ],
    methods((stats.loguniform, stats.reciprocal), *CUMULATIVE): [
        *by_differences(three, Literal(0.2), Literal(9.5), -0.1, scale)
    ],
    methods((*ON_INTERVALS_WITH_SHAPE, stats.vonmises, stats.weibull_max), "ppf", "isf"): [
        *by_differences(share, Literal(0.45), loc, scale)
    ],
    methods(ON_INTERVALS, "ppf", "isf"): by_differences(share, loc, scale),
    methods((*WITH_TWO_SHAPES, stats.truncnorm), "ppf", "isf"): [
        *by_differences(share, 2, Literal(5.5), loc, scale)
    ],
    methods((stats.loguniform, stats.reciprocal), "ppf", "isf"): [
        *by_differences(share, Literal(0.2), Literal(9.5), loc, scale)
    ],
    methods((*SYMMETRIC, *ONE_SIDED, stats.uniform), "ppf", "isf"): by_differences(
        share, loc, scale
    ),
    methods(WITH_SHAPE, "ppf", "isf"): by_differences(share, Literal(2.5), loc, scale),
    methods(OF_GAMMA_AND_BETA, "ppf", "isf"): by_differences(share, 2.5, loc, scale),
    methods((stats.f,), "ppf", "isf"): by_differences(share, 2.5, 4.5, loc, scale),
    methods((*CLOSED, stats.pareto), "ppf", "isf"): by_differences(share, 2.5, loc, scale),
    methods((stats.beta,), "ppf", "isf"): by_differences(share, 2.0, 1.5, loc, scale),
}

few = np.array([0, 1, 4])
LOCATED_MOMENTS = {
    methods(
        (stats.norm, stats.expon, stats.uniform, stats.laplace, stats.logistic, stats.gumbel_r,
         stats.rayleigh, stats.halfnorm),
        "mean", "median", "std", "var", "entropy",
    ): by_differences(loc, scale),
}  # fmt: skip
COUNTS = {
    methods((stats.poisson,), "logpmf", "pmf", "cdf", "sf", "logcdf", "logsf"): [
        *by_differences(few, three),
        *by_differences(few + 2, 1.5, loc=2),
    ],
    methods((stats.bernoulli,), "logpmf", "pmf"): by_differences(np.array([0, 1, 1]), share),
    methods((stats.binom,), "logpmf", "pmf", "cdf", "sf"): [
        *by_differences(few, 4, share),
        *by_differences(few, 5, 0.4),
    ],
    methods((stats.nbinom,), "logpmf", "pmf"): by_differences(few, three, share),
    (stats.nbinom.cdf,): by_differences(few, 3, share),
    methods((stats.geom,), "logpmf", "pmf", "cdf", "sf"): by_differences(few + 1, share),
}

covariance = np.array([[2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0]])
VECTORS = {
    methods((stats.multivariate_normal,), *DENSITY): [
        *by_differences(vector(length=3), vector(length=3), covariance),
        *by_differences(array(4, 3), vector(length=3), covariance),
        *by_differences(array(4, 3), cov=covariance),
    ],
    methods((stats.dirichlet,), *DENSITY): by_differences(
        Display(Literal(0.2), Literal(0.5), Literal(0.3)), three
    ),
    (stats.zscore,): [
        *by_differences(array(4, 3)),
        *by_differences(array(4, 3), axis=1, ddof=1),
        *by_differences(array(4, 3), axis=None),
    ],
    (stats.sem,): [*by_differences(array(4, 3)), *by_differences(array(4, 3), axis=1, ddof=0)],
    (stats.gmean, stats.hmean, stats.entropy): [
        *by_differences(array(4, 3, low=0.5)),
        *by_differences(array(4, 3, low=0.5), axis=1),
        *by_differences(above_zero),
    ],
}

# -- scipy.linalg -----------------------------------------------------------------------------

general = np.array([[2.0, 0.5, -0.3], [0.1, 1.7, 0.7], [0.4, -0.6, 1.5]])
side, sides = vector(length=3), array(3, 2)
dominant = np.array([4.0, 1.0, 0.5])
# with real eigenvalues, and with two that are complex
dominant_matrix = np.array([[4.0, 0.3, -0.2], [0.5, 1.0, 0.4], [0.1, -0.6, -2.0]])
turning_matrix = np.array([[3.0, 2.0, 0.3], [-1.5, 2.7, 0.2], [0.4, -0.1, -1.0]])
band = np.array([[0.0, 0.3, -0.4], [3.0, 2.5, 2.8], [0.6, 0.2, 0.0]])
half_band = np.array([[0.0, 0.3, -0.4], [3.0, 2.5, 2.8]])

SYSTEMS = {
    (linalg.solve,): [
        *by_differences(general, side),
        *by_differences(general, sides),
        *by_differences(general, side, transposed=True),
        *by_differences(covariance, sides, assume_a="pos"),
        *by_differences(covariance, side, assume_a="sym", lower=True),
    ],
    (linalg.solve_triangular,): [
        *by_differences(general, side),
        *by_differences(general, sides, lower=True),
        *by_differences(general, side, trans=1, lower=True, unit_diagonal=True),
        *by_differences(general, sides, trans="T", unit_diagonal=True),
    ],
    (linalg.cho_solve,): [
        *by_differences((general, True), side),
        *by_differences((general, False), sides),
    ],
    (linalg.lu_solve,): [
        *by_differences((general, np.array([1, 2, 2])), side),
        *by_differences((general, np.array([1, 2, 2])), sides),
        *by_differences((general, np.array([1, 2, 2])), sides, trans=1),
    ],
    (linalg.solve_banded,): [
        *by_differences((1, 1), band, side),
        *by_differences((1, 1), band, sides),
    ],
    (linalg.solveh_banded,): [
        *by_differences(half_band, side),
        *by_differences(half_band[::-1, ::-1].copy(), sides, lower=True),
    ],
    (linalg.solve_toeplitz,): [
        *by_differences(dominant, side),
        *by_differences(dominant, sides),
        *by_differences((dominant, vector(length=3)), side),
    ],
    (linalg.solve_sylvester,): by_differences(general, covariance, array(3, 3)),
    (linalg.solve_continuous_lyapunov,): by_differences(general, array(3, 3)),
    (linalg.solve_discrete_lyapunov,): by_differences(general / 3, array(3, 3)),
}

MATRICES = {
    (linalg.inv, linalg.det, linalg.expm, linalg.cosm, linalg.sinm): by_differences(general),
    (linalg.sqrtm, linalg.logm): by_differences(general),
    (linalg.expm_frechet,): by_differences(general, array(3, 3), compute_expm=False),
    (linalg.pinv,): by_differences(array(3, 2)),
    (linalg.norm,): [
        *by_differences(general),
        *by_differences(side, 1),
        *by_differences(side, 3),
        *by_differences(general, axis=1, keepdims=True),
        *(at(covariance, ord, by="differences") for ord in (1, -1, 2, -2, "fro", "nuc")),
    ],
    (linalg.cholesky,): [*by_differences(covariance), *by_differences(covariance, lower=True)],
    (linalg.cho_factor,): [
        at(covariance, part=0, by="differences"),
        at(covariance, lower=True, part=0, by="differences"),
    ],
    (linalg.lu_factor,): [at(general[[1, 2, 0]], part=0, by="differences")],
    (linalg.lu,): [at(general[[1, 2, 0]], part=part, by="differences") for part in (1, 2)],
    (linalg.qr,): [
        *(
            at(array(*shape), mode="economic", part=part, by="differences")
            for shape in ((4, 2), (2, 3))
            for part in (0, 1)
        ),
    ],
    (linalg.lstsq,): [
        *(
            at(a, b, part=0, by="differences")
            for a in (array(4, 2), general)
            for b in (array(len(a)), array(len(a), 2))
        ),
        at(array(4, 2), vector(), part=3, by="differences"),
    ],
    (linalg.eigvals,): [at(covariance, by="differences")],
    (linalg.eigh_tridiagonal,): [
        *(at(dominant, vector(length=2), part=part, by="differences") for part in (0, 1)),
        at(dominant, vector(length=2), eigvals_only=True, by="differences"),
    ],
    (linalg.eigvalsh_tridiagonal,): by_differences(dominant, vector(length=2)),
    (linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm): by_differences(0.3 * general),
    (linalg.schur,): [
        at(matrix, part=part, by="differences")
        for matrix in (dominant_matrix, turning_matrix)
        for part in (0, 1)
    ],
    (linalg.eigh,): [
        at(covariance, part=0, by="differences"),
        at(covariance, lower=False, part=0, by="differences"),
        at(covariance, eigvals_only=True, by="differences"),
    ],
    (linalg.eigvalsh,): [*by_differences(covariance), *by_differences(covariance, lower=False)],
    (linalg.svd,): [
        *(at(array(3, 2), full_matrices=False, part=part, by="differences") for part in range(3)),
        *by_differences(array(3, 2), compute_uv=False),
    ],
    (linalg.svdvals,): by_differences(array(3, 2)),
    (linalg.block_diag,): [
        *by_differences(array(2, 3), array(3, 2)),
        *by_differences(array(2, 3), vector(length=2), 1.5, array(1, 2)),
    ],
    (linalg.toeplitz, linalg.hankel): [
        *by_differences(side),
        *by_differences(side, vector(length=4)),
    ],
    (linalg.circulant,): by_differences(side),
    (linalg.khatri_rao,): by_differences(array(3, 2), array(4, 2)),
}

# -- scipy.signal, ndimage, spatial, integrate --------------------------------------------------

peaked = np.array([0.1, 1.2, 0.3, -0.4, 0.8, 0.2, 1.9, 0.6])
wave, kernel, long = vector(length=7), vector(length=3), vector(length=9)
FILTERS = {
    (signal.convolve, signal.correlate): [
        *(at(wave, kernel, mode=m, by="differences") for m in ("full", "same", "valid")),
        *(at(kernel, wave, mode=m, by="differences") for m in ("full", "same", "valid")),
        *by_differences(wave, vector(length=4), mode="same"),
        *by_differences(array(4, 5), array(2, 3), "valid"),
        *by_differences(array(4, 5), array(2, 3), "same"),
    ],
    (signal.fftconvolve, signal.oaconvolve): [
        *by_differences(wave, kernel),
        *by_differences(array(4, 5), array(2, 3), mode="same"),
    ],
    (signal.convolve2d, signal.correlate2d): [
        *(at(array(4, 5), array(2, 3), mode=m, by="differences")
          for m in ("full", "same", "valid")),
    ],
    (signal.lfilter,): [
        *by_differences(kernel, np.array([1.5, -0.5]), wave),
        *by_differences(kernel, np.array([1.0]), array(2, 5)),
        *by_differences(kernel, np.array([1.0, 0.3]), array(5, 2), axis=0),
        *(at((1, 2, 1), (4, 1, 1), wave, zi=vector(length=2), part=part, by="differences")
          for part in (0, 1)),
        at((1, 2), (4, 1), array(3, 2), axis=0, zi=array(1, 2), part=0, by="differences"),
    ],
    (signal.savgol_filter,): [
        *by_differences(wave, 5, 2),
        *by_differences(array(5, 3), 3, 1, deriv=1, axis=0, mode="nearest"),
    ],
    (signal.filtfilt,): [
        *by_differences((1, 2), (4, 1), wave, padlen=3),
        *by_differences((1, 2), (4, 1), array(8, 2), axis=0, method="gust"),
    ],
    (signal.sosfiltfilt,): by_differences(((1, 2, 1, 1, 0, 0),), wave, padlen=3),
    (signal.hilbert,): [*by_differences(wave), *by_differences(array(4, 2), axis=0)],
    (signal.resample,): [*by_differences(wave, 5), *by_differences(array(2, 4), 6, axis=1)],
    (signal.resample_poly,): by_differences(wave, 2, 3),
    (signal.decimate,): by_differences(wave, 2, n=3, ftype="fir"),
    (signal.sosfilt,): by_differences(((1, 2, 1, 1, 0, 0),), wave),
    (signal.peak_prominences,): [at(peaked, [1, 4, 6], part=0, by="differences")],
    (signal.detrend,): [
        *by_differences(wave),
        *by_differences(array(4, 3), axis=0, type="constant"),
    ],
}  # fmt: skip

EDGES = ("reflect", "constant", "nearest", "mirror", "wrap")
picture = array(4, 5)
IMAGES = {
    (ndimage.correlate, ndimage.convolve): [
        *(at(wave, kernel, mode=m, by="differences") for m in EDGES),
        *(at(wave, vector(length=4), mode=m, by="differences") for m in EDGES),
        *(at(picture, array(3, 2), mode=m, by="differences") for m in EDGES),
        *by_differences(wave, kernel, mode="constant", cval=Literal(0.7)),
    ],
    (ndimage.correlate1d, ndimage.convolve1d): [
        *by_differences(picture, kernel, axis=0),
        *by_differences(picture, vector(length=4), mode="nearest"),
    ],
    (runtime.correlate_back,): [
        at(wave, kernel, mode, reverses, by="differences")
        for mode in ("reflect", "constant")
        for reverses in (False, True)
    ],
    (runtime.correlate_back_weights,): [
        at(wave, vector(length=7), (3,), mode, Literal(0.0), reverses, by="differences")
        for mode in ("reflect", "constant")
        for reverses in (False, True)
    ],
    (ndimage.gaussian_filter,): [
        *(at(picture, Literal(0.8), mode=m, by="differences") for m in EDGES),
        *by_differences(picture, (1, 0), mode="nearest"),
    ],
    (ndimage.gaussian_filter1d,): [
        *(at(picture, Literal(0.8), axis=0, mode=m, by="differences") for m in EDGES),
    ],
    (ndimage.maximum_filter, ndimage.minimum_filter): [
        *(at(picture, 3, mode=m, by="differences") for m in EDGES),
        *by_differences(wave, 2, mode="constant", cval=Literal(0.2)),
        *by_differences(picture, size=(2, 1)),
    ],
    # of vectors SciPy 1.17 writes beyond the end of an `output` of another dtype
    (ndimage.median_filter,): [
        *by_differences(picture, 3),
        *by_differences(picture, (2, 3), mode="mirror"),
        *by_differences(picture, 3, mode="constant"),
    ],
    (ndimage.rank_filter,): [*by_differences(picture, 1, 3), *by_differences(picture, -2, size=3)],
    (ndimage.shift,): [
        *(
            at(picture, Literal((0.3, -1.2)), order=n, mode=m, by="differences")
            for n in (0, 1, 3)
            for m in ("constant", "nearest", "mirror", "wrap")
        ),
        *by_differences(wave, Literal(1.6)),
    ],
    (ndimage.zoom,): [
        *by_differences(picture, Literal(1.7)),
        *by_differences(picture, Literal((0.6, 2.0)), order=1, mode="nearest"),
        *by_differences(wave, Literal(2.0), order=2, mode="reflect"),
    ],
    (ndimage.map_coordinates,): [
        *(
            at(picture, array(2, 3), order=n, mode=m, by="differences")
            for n in (1, 2, 3)
            for m in ("constant", "mirror", "reflect", "grid-wrap")
        ),
        *by_differences(picture, array(2, 2, 2, low=0.5), order=1, mode="nearest"),
        *by_differences(picture, array(2, 4, low=-9, high=9), order=0, mode="mirror"),
    ],
    (runtime.mapped_back,): by_differences(vector(), array(2, 4), (3, 2), 2, "mirror"),
    (runtime.resampled_back,): [
        *by_differences(vector(length=3), (3,), "shift", Literal(0.4), 3, "constant"),
        *by_differences(vector(length=5), (3,), "zoom", Literal(1.6), 1, "nearest"),
    ],
    (ndimage.uniform_filter1d,): by_differences(picture, 3, axis=0, mode="wrap"),
    (ndimage.uniform_filter,): [
        *(at(picture, 3, mode=m, by="differences") for m in EDGES),
        *(at(picture, 2, mode=m, by="differences") for m in EDGES),
        *by_differences(picture, (1, 2)),
    ],
}

DISTANCES = {
    (distance.cdist,): [
        *(at(array(3, 2), array(4, 2), metric, by="differences")
          for metric in ("euclidean", "sqeuclidean", "cityblock")),
        *(at(array(3, 3, low=0.2), array(4, 3, low=0.2), metric, by="differences")
          for metric in ("chebyshev", "canberra", "braycurtis", "jensenshannon", "correlation",
                         "cosine")),
        *by_differences(array(3, 2), array(4, 2), "minkowski", p=3),
        *by_differences(array(3, 2), array(4, 2), "seuclidean", V=np.array([1, 3])),
        *by_differences(array(3, 2), array(4, 2), "mahalanobis", VI=np.array([[1, 0], [1, 3]])),
    ],
    (distance.pdist,): [
        *(at(array(4, 2), metric, by="differences")
          for metric in ("euclidean", "sqeuclidean", "cityblock")),
        *(at(array(4, 3, low=0.2), metric, by="differences") for metric in ("canberra", "cosine")),
        *by_differences(array(4, 2), "minkowski", p=3),
    ],
    (distance.squareform,): [
        *by_differences(vector(length=6)),
        *by_differences(array(4, 4), checks=False),
    ],
    (distance.euclidean, distance.sqeuclidean, distance.cityblock, distance.cosine,
     distance.chebyshev, distance.canberra, distance.braycurtis, distance.correlation):
        by_differences(wave, vector(length=7)),
    (distance.jensenshannon,): [
        *by_differences(three, scale),
        *by_differences(three, scale, Literal(2.0)),
    ],
    (distance.minkowski,): by_differences(wave, vector(length=7), 3),
    (distance.seuclidean,): by_differences(three, scale, np.array([1, 2, 3])),
    (distance.mahalanobis,): by_differences(three, scale, np.diag([2, 1, 3])),
}  # fmt: skip

times = np.array([0, 1, 3, 4, 7])
INTEGRALS = {
    (integrate.trapezoid, integrate.simpson, integrate.cumulative_trapezoid): [
        *by_differences(vector(length=5)),
        *by_differences(vector(length=5), x=times),
        *by_differences(array(5, 2), axis=0, dx=Literal(0.5)),
        *by_differences(array(2, 4)),
    ],
    (integrate.cumulative_trapezoid,): by_differences(vector(length=5), times, initial=0),
    (integrate.cumulative_simpson,): [
        *by_differences(vector(length=5)),
        *by_differences(array(3, 2), axis=0, x=np.array([0, 1, 3]), initial=2),
    ],
    (integrate.romb,): [*by_differences(vector(length=5)), *by_differences(array(3, 2), axis=0)],
}

sites = np.array([0, 1, 3, 4, 7])
points = np.array([[0.3, 2.2], [3.6, 6.1]])
INTERPOLATORS = {
    (runtime.spline,): [
        *by_differences(points, sites, vector(length=5)),
        *by_differences(points, sites, vector(length=5), "natural", 1),
        *by_differences(1.7, sites, vector(length=5), "clamped"),
    ],
    (runtime.spline_back,): by_differences(array(2, 2), points, sites, "natural", 0),
    (runtime.spline_integral,): by_differences(0.3, 1.7, sites, vector(length=5), "natural"),
    (runtime.through,): [
        *by_differences(points, sites, vector(length=5), "make_interp_spline", 2),
        *by_differences(points, sites, vector(length=5), "KroghInterpolator"),
    ],
    (runtime.through_back,): [
        *by_differences(array(2, 2), points, sites, "KroghInterpolator", None, 0)
    ],
    (runtime.by_slopes,): [
        *by_differences(points, sites, vector(length=5), "pchip"),
        *by_differences(points, sites, np.array([0.0, 1.0, 3.0, 3.5, 7.0]), "pchip", 1),
        *by_differences(points, sites, np.array([0.0, 3.0, 2.0, -3.0, -4.0]), "pchip"),
        *by_differences(points, sites, vector(length=5), "akima"),
        *by_differences(1.7, sites, vector(length=5), "akima", 1),
    ],
    (runtime.by_slopes_back,): [
        *by_differences(array(2, 2), points, sites, vector(length=5), "pchip", 0),
        *by_differences(vector(length=1), points[0, :1], sites, vector(length=5), "akima", 1),
    ],
    (runtime.on_grid_slopes,): [
        *by_differences(points % 1, (Literal((0, 1)), Literal((0, 2, 3))), array(2, 3)),
    ],
    (runtime.on_grid_slopes_back,): [
        *by_differences(array(2, 2), points % 1, (Literal((0, 1)), Literal((0, 1))), (2, 2)),
    ],
    (runtime.on_grid,): [
        *by_differences(points[:, None] % 1, (Literal((0, 1)), Literal((0, 2, 3))), array(2, 3)),
    ],
    (runtime.on_grid_back,): [
        *by_differences(vector(length=2), points % 1, (Literal((0, 1)), Literal((0, 1))), (2, 2)),
    ],
    (runtime.interpolant_back,): [
        at(vector(length=2), points[0], sites, kind, nu, by="differences")
        for kind, nu in (("linear", 0), ("linear", 1), ("cubic", 2), ("nearest", 0))
    ],
    (runtime.interpolant,): [
        at(points, sites, vector(length=5), kind, by="differences")
        for kind in ("linear", "nearest", "quadratic", "cubic", 2)
    ],
}

# operations whose derivative is zero
windows = signal.windows
SCIENTIFIC_CONSTANTS = {
    (optimize.linear_sum_assignment,): [at(array(3, 3), part=part) for part in (0, 1)],
    (stats.rankdata,): [at(vector()), at(array(2, 3)), at(array(2, 3), axis=1)],
    (stats.spearmanr, stats.kendalltau): [at(vector(), vector(), part=0)],
    (signal.square,): [at(vector()), at(vector(), Literal(0.3))],
    (signal.argrelmax, signal.argrelmin): [at(peaked, part=0), at(array(4, 4), axis=1, part=1)],
    (runtime.peaks_in,): [at(peaked)],
    (runtime.window_places,): [at(picture, 3, "reflect", 0, -1)],
    (windows.hann, windows.hamming, windows.blackman, windows.bartlett, windows.boxcar,
     windows.cosine, windows.triang, windows.parzen, windows.nuttall, windows.flattop): [
        at(5),
        at(4, sym=False),
    ],
}  # fmt: skip

SCIENTIFIC = (
    ELEMENTARY,
    PROBABILITY,
    GAMMAS,
    BESSEL,
    POLYNOMIALS,
    ANTIDERIVATIVES,
    SOFTMAXES,
    SYSTEMS,
    MATRICES,
    FILTERS,
    IMAGES,
    DISTANCES,
    INTEGRALS,
    INTERPOLATORS,
    DENSITIES,
    DISTRIBUTIONS,
    LOCATED_MOMENTS,
    COUNTS,
    VECTORS,
)
