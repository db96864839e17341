"""Distances of `scipy.spatial.distance`.

Where two points coincide their euclidean distance has a kink: the gradient is 0.
"""

import numpy as np
from scipy.spatial import distance

from adgen.rules.registry import adjoint, const, linear, unsupported
from adgen.rules.scientific import real
from adgen.rules.shapes import floating, promote
from adgen.types import Num

METRICS = ("euclidean", "sqeuclidean", "cityblock")


def points(metric, *operands):
    nums = real(*operands)
    if any(n.dims is None or len(n.dims) != 2 for n in nums):
        raise TypeError("the points are the rows of a matrix")
    if metric not in METRICS:
        raise TypeError(f"`metric={metric!r}` is not supported")
    return nums


def across(op, facts, /, a, b, metric="euclidean"):
    a, b = points(metric, a, b)
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


@adjoint(distance.cdist)
def cdist(y, a, b, metric: const = "euclidean"):
    """City blocks; where coordinates are equal the gradient is 0."""
    g = dy[:, :, None] * np.sign(a[:, None] - b)
    da = np.sum(g, axis=1)
    db = -np.sum(g, axis=0)


def between(op, facts, /, x, metric="euclidean"):
    (x,) = points(metric, x)
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


@adjoint(distance.pdist)
def pdist(y, x, metric: const = "euclidean"):
    """City blocks; where coordinates are equal the gradient is 0."""
    g = distance.squareform(dy)
    dx = np.sum(g[:, :, None] * np.sign(x[:, None] - x), axis=1)


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


def of_two(op, facts, /, u, v):
    u, v = real(u, v)
    if u.dims is None or v.dims is None or len(u.dims) != 1 or len(v.dims) != 1:
        raise TypeError("it takes two vectors")
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


@unsupported(distance.mahalanobis, distance.minkowski, distance.correlation, distance.chebyshev,
             distance.canberra, distance.braycurtis, distance.jensenshannon,
             why="write it with NumPy")  # fmt: skip
def other_distance(u, v, w=None): ...
