"""Covariances, and counts of elements that have weights."""

import numpy as np

from adgen.rules.registry import adjoint, const, free, linear, unsupported
from adgen.rules.shapes import as_array, as_num, dtype_of, is_absent, promote
from adgen.runtime import bins_back, cells_back, corrcoef_back, cov_back
from adgen.types import Dim, Num, Opaque, Seq


def between_rows(op, facts, /, x, y=None, rowvar=True, dtype=None, **options):
    """A number for each pair of variables: a number, or a matrix."""
    nums = [as_num(v) for v in (x, y) if not is_absent(v)]
    code = dtype_of(dtype, promote(*map(as_array, nums), Num("f8", (), "np")))
    if any(n.dims is None for n in nums):
        return Num(code, None, "any")
    count = Dim(0)
    for num in nums:
        count = count + (1 if len(num.dims) < 2 else num.dims[0 if rowvar else 1])
    if facts.is_one(count):
        return Num(code, (), "array")
    return Num(code, (count, count))


@adjoint(np.cov, shape=between_rows, also={"m": "x"})
def cov(
    c,
    x,
    y=None,
    rowvar: const = True,
    bias: const = False,
    ddof: const = None,
    fweights: free = None,
    aweights: free = None,
    *,
    dtype: const = None,
):
    """With X what is left when the means are off, C = X X.T / n: dX = (dC + dC.T) X / n."""
    dx = cov_back(dc, 0, x, y, rowvar, bias, ddof, fweights, aweights)
    dy = cov_back(dc, 1, x, y, rowvar, bias, ddof, fweights, aweights)


@adjoint(np.corrcoef, shape=between_rows)
def corrcoef(r, x, y=None, rowvar: const = True, *, dtype: const = None):
    """Through the covariances C, of which R is C over the roots of its diagonal."""
    dx = corrcoef_back(dr, 0, r, x, y, rowvar)
    dy = corrcoef_back(dr, 1, r, x, y, rowvar)


def counts(op, facts, /, x, weights=None, minlength=0):
    dtype = "i8" if is_absent(weights) else "f8"
    return Num(dtype, (facts.fresh(),))


@linear(np.bincount, shape=counts)
def bincount(y, x: free, weights=None, minlength: free = 0):
    """Each weight was added to the count of its number."""
    dweights = dy[x]


def histogram_shape(op, facts, /, x, bins=10, range=None, density=False, weights=None):
    if density and not is_absent(weights):
        raise TypeError("`density=True` is not supported: divide by the sum and the widths")
    weights = as_num(weights)
    dtype = "i8" if weights.dtype == "" else weights.dtype
    dtype = "f8" if density else dtype
    edges = as_num(bins)
    n = facts.fresh() if edges.value is None else edges.value
    if edges.dims:
        n = edges.dims[0] - 1
    return Seq("tuple", (Num(dtype, (n,)), Num("f8", (n + 1,))))


@unsupported(np.histogram_bin_edges, why="count with np.add.at, at indices that np.digitize gives")
def bin_edges(*operands, **options): ...


def is_all_there_is(x, bins, range, weights):
    """Whether there are no weights beside x, or the edges move with it, too."""
    fixed = not range.absent or as_num(bins.type).dims not in ((), None)
    return x.active and (weights.absent or not fixed)


@unsupported(
    np.histogram, when=is_all_there_is, why="counts have no slope: give the edges, and `weights`"
)
def histogram_of_moving(y, x, bins=10, range=None, weights=None): ...


@linear(np.histogram, shape=histogram_shape, also={"a": "x"})
def histogram(
    h,
    edges,
    /,
    x,
    bins: free = 10,
    range: free = None,
    density: const = False,
    weights=None,
):
    """Each weight was added to the count of the bin of its number; which one has slope 0."""
    dx = np.zeros_like(x)
    dweights = bins_back(dh, x, edges)


def plane_shape(op, facts, /, x, y, bins=10, range=None, density=None, weights=None):
    if density and not is_absent(weights):
        raise TypeError("`density=True` is not supported: divide by the sum and the areas")
    rows, columns = facts.fresh(), facts.fresh()
    edges = (Num("f8", (rows + 1,)), Num("f8", (columns + 1,)))
    return Seq("tuple", (Num("f8", (rows, columns)), *edges))


@linear(np.histogram2d, shape=plane_shape)
def histogram2d(
    h,
    rows,
    columns,
    /,
    x: free,
    y: free,
    bins: free = 10,
    range: free = None,
    density: const = None,
    weights=None,
):
    """Each weight was added to the count of the cell that its point is in."""
    dweights = cells_back(dh, (x, y), (rows, columns))


def space_shape(op, facts, /, sample, bins=10, range=None, density=None, weights=None):
    sample = as_num(sample)
    if density and not is_absent(weights):
        raise TypeError("`density=True` is not supported: divide by the sum and the volumes")
    rank = None if sample.dims is None or len(sample.dims) != 2 else sample.dims[1]
    known = None if rank is None else facts.number(rank)
    if known is None:
        raise TypeError("it takes a matrix, with a row for each point")
    lengths = tuple(facts.fresh() for _ in (None,) * known)
    return Seq("tuple", (Num("f8", lengths), Opaque("edges of bins")))


@linear(np.histogramdd, shape=space_shape)
def histogramdd(
    h,
    edges,
    /,
    sample: free,
    bins: free = 10,
    range: free = None,
    density: const = None,
    weights=None,
):
    """Each weight was added to the count of the cell that its point is in."""
    dweights = cells_back(dh, sample.T, edges)
