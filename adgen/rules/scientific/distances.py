"""Distances of `scipy.spatial.distance`.

Where two points coincide their euclidean distance has a kink: the gradient is 0.
"""

import ast

import numpy as np
from scipy.spatial import distance

from adgen.rules.reducing import is_there
from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.scientific import real
from adgen.rules.settle import settles
from adgen.rules.settle.axes import or_one
from adgen.rules.shapes import floating, is_absent, promote
from adgen.runtime import distance_slope
from adgen.types import Num

# metrics whose slope is that of `distance_slope`, and the option that each takes
SLOPED = {
    "minkowski": "p",
    "seuclidean": "V",
    "mahalanobis": "VI",
    "chebyshev": "",
    "canberra": "",
    "braycurtis": "",
    "jensenshannon": "",
    "correlation": "",
    "cosine": "",
}
METRICS = ("euclidean", "sqeuclidean", "cityblock", *SLOPED)


def points(metric, options, *operands):
    nums = real(*operands)
    if any(n.dims is None or len(n.dims) != 2 for n in nums):
        raise TypeError("the points are the rows of a matrix")
    if metric not in METRICS:
        raise TypeError(f"`metric={metric!r}` is not supported")
    wanted = SLOPED.get(metric, "")
    given = [name for name, value in options.items() if not is_absent(value)]
    if wanted and not given:
        raise TypeError(f"`metric={metric!r}` takes `{wanted}=`: write it out")
    if any(name != wanted for name in given):
        raise TypeError(f"`metric={metric!r}` takes no `{given[0]}=`")
    return nums


@settles
def option_of(context, p, V, VI):
    """The option that a metric takes, where it takes one."""
    return next((option for option in (p, V, VI) if is_there(option)), ast.Constant(None))


def across(op, facts, /, a, b, metric="euclidean", **options):
    a, b = points(metric, options, a, b)
    return Num("f8", (a.dims[0], b.dims[0]))


@adjoint(distance.cdist, shape=across, when=lambda metric: metric == "euclidean")
def cdist_euclidean(y, a, b, metric: const = "euclidean"):
    g = dy / np.where(y == 0, np.inf, y)
    da = np.sum(g, axis=1)[:, None] * a - g @ b
    db = np.sum(g, axis=0)[:, None] * b - g.T @ a


@adjoint(distance.cdist, when=lambda metric: metric == "sqeuclidean")
def cdist_squared(y, a, b, metric: const = "euclidean"):
    da = 2 * (np.sum(dy, axis=1)[:, None] * a - dy @ b)
    db = 2 * (np.sum(dy, axis=0)[:, None] * b - dy.T @ a)


@adjoint(distance.cdist, when=lambda metric: metric == "cityblock")
def cdist_of_blocks(y, a, b, metric: const = "euclidean"):
    """City blocks; where coordinates are equal the gradient is 0."""
    g = dy[:, :, None] * np.sign(a[:, None] - b)
    da = np.sum(g, axis=1)
    db = -np.sum(g, axis=0)


@adjoint(distance.cdist)
def cdist(
    y, a, b, metric: const = "euclidean", *, p: free = None, V: free = None, VI: free = None
):  # fmt: skip
    """Where there is a kink the slope is 0; coordinates that tie share it."""
    g = dy[:, :, None]
    s = distance_slope(a[:, None], b, y, metric, option_of(p, V, VI))
    t = distance_slope(b, a[:, None], y, metric, option_of(p, V, VI))
    da = np.sum(g * s, axis=1)
    db = np.sum(g * t, axis=0)


def between(op, facts, /, x, metric="euclidean", **options):
    (x,) = points(metric, options, x)
    n = x.dims[0]
    return Num("f8", ((n * (n - 1)) // 2,))


@adjoint(distance.pdist, shape=between, when=lambda metric: metric == "euclidean")
def pdist_euclidean(y, x, metric: const = "euclidean"):
    g = distance.squareform(dy / np.where(y == 0, np.inf, y))
    dx = np.sum(g, axis=1)[:, None] * x - g @ x


@adjoint(distance.pdist, when=lambda metric: metric == "sqeuclidean")
def pdist_squared(y, x, metric: const = "euclidean"):
    g = 2 * distance.squareform(dy)
    dx = np.sum(g, axis=1)[:, None] * x - g @ x


@adjoint(distance.pdist, when=lambda metric: metric == "cityblock")
def pdist_of_blocks(y, x, metric: const = "euclidean"):
    """City blocks; where coordinates are equal the gradient is 0."""
    g = distance.squareform(dy)
    dx = np.sum(g[:, :, None] * np.sign(x[:, None] - x), axis=1)


@adjoint(distance.pdist)
def pdist(
    y, x, metric: const = "euclidean", *, p: free = None, V: free = None, VI: free = None
):  # fmt: skip
    """Where there is a kink the slope is 0; coordinates that tie share it."""
    g = distance.squareform(dy)
    s = distance_slope(x[:, None], x, distance.squareform(y), metric, option_of(p, V, VI))
    dx = np.sum(g[:, :, None] * s, axis=1)


def in_square(op, facts, /, x):
    """A vector of distances as a matrix, or the other way round; how many points there are is
    told by a length that is no sum."""
    (x,) = real(x)
    if x.dims is None or len(x.dims) not in (1, 2):
        raise TypeError("it is supported for a vector or matrix of distances")
    n = facts.fresh()
    return Num(x.dtype, (n,) if len(x.dims) == 2 else (n, n))


@linear(
    distance.squareform, shape=in_square, ignores=("checks",), when=lambda x: x.ndim == 2
)  # fmt: skip
def squareform_of_matrix(y, x):
    """It reads what stands above the diagonal."""
    dx = np.triu(distance.squareform(dy))


@linear(distance.squareform, ignores=("checks",))
def squareform(y, x):
    dx = distance.squareform(dy + dy.T, checks=False)


# -- of two vectors -------------------------------------------------------------------------------


def of_two(op, facts, /, u, v, **options):
    u, v, *_ = real(u, v, *(value for value in options.values() if not is_absent(value)))
    if u.dims is None or v.dims is None or len(u.dims) != 1 or len(v.dims) != 1:
        raise TypeError("it takes two vectors")
    if u.dims != v.dims and facts.is_one(u.dims[0]) != facts.is_one(v.dims[0]):
        raise TypeError("it takes two vectors of one length")
    if op.name.endswith("sqeuclidean"):
        return Num(floating(promote(u, v)), (), "np")
    return Num("f8", (), "any")


@adjoint(distance.euclidean, shape=of_two)
def euclidean(y, u, v):
    """Where the vectors are equal there is no slope: 0 / 0."""
    s = (u - v) * (dy / y)
    du = s
    dv = -s


@adjoint(distance.sqeuclidean, shape=of_two)
def sqeuclidean(y, u, v):
    s = 2 * dy * (u - v)
    du = s
    dv = -s


@adjoint(distance.cityblock, shape=of_two)
def cityblock(y, u, v):
    """Where elements are equal the gradient is 0."""
    s = dy * np.sign(u - v)
    du = s
    dv = -s


@adjoint(distance.cosine, shape=of_two)
def cosine(y, u, v):
    """One less the cosine; of a vector of zeros there is none."""
    a = np.linalg.norm(u)
    b = np.linalg.norm(v)
    du = dy * ((1 - y) * u / a - v / b) / a
    dv = dy * ((1 - y) * v / b - u / a) / b


@adjoint(distance.minkowski, shape=of_two)
def minkowski(y, u, v, p: free = 2):
    """Where elements are equal the gradient is 0."""
    s = dy * distance_slope(u, v, y, "minkowski", p)
    du = s
    dv = -s


@adjoint(distance.seuclidean, shape=of_two)
def seuclidean(y, u, v, V):
    s = dy * distance_slope(u, v, y, "seuclidean", V)
    du = s
    dv = -s
    dV = -s * (u - v) / (2 * V)


@adjoint(distance.mahalanobis, shape=of_two)
def mahalanobis(y, u, v, VI):
    """Where both points are one the gradient is 0."""
    s = dy * distance_slope(u, v, y, "mahalanobis", VI)
    du = s
    dv = -s
    dVI = dy / (2 * or_one(y)) * np.outer(u - v, u - v)


@adjoint(distance.chebyshev, shape=of_two)
def chebyshev(y, u, v):
    """Elements that tie share the gradient."""
    s = dy * distance_slope(u, v, y, "chebyshev")
    du = s
    dv = -s


@adjoint(distance.canberra, shape=of_two)
def canberra(y, u, v):
    """Where elements are equal, or 0, the gradient is 0."""
    du = dy * distance_slope(u, v, y, "canberra")
    dv = dy * distance_slope(v, u, y, "canberra")


@adjoint(distance.braycurtis, shape=of_two)
def braycurtis(y, u, v):
    """Where elements are equal, or opposite, the gradient is 0."""
    du = dy * distance_slope(u, v, y, "braycurtis")
    dv = dy * distance_slope(v, u, y, "braycurtis")


@adjoint(distance.correlation, shape=of_two)
def correlation(y, u, v):
    """One less the cosine of what is left when the means are off."""
    du = dy * distance_slope(u, v, y, "correlation")
    dv = dy * distance_slope(v, u, y, "correlation")


@adjoint(distance.jensenshannon, shape=of_two, also={"p": "u", "q": "v"})
def jensenshannon(y, u, v, base: free = None):
    """Where both are the same the gradient is 0."""
    du = dy * distance_slope(u, v, y, "jensenshannon", base)
    dv = dy * distance_slope(v, u, y, "jensenshannon", base)
