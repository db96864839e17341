"""Arrays made from nothing: of a shape, of a range."""

import ast
import builtins

import numpy as np

from adgen.rules.registry import (
    adjoint,
    const,
    constant,
    free,
    linear,
)
from adgen.rules.settle import settles
from adgen.rules.settle.broadcasting import fitted
from adgen.rules.shapes import (
    as_array,
    as_num,
    broadcast,
    dims_of,
    dtype_of,
    floating,
    is_absent,
    promote,
)
from adgen.runtime import (
    unspaced,
)
from adgen.types import (
    INT,
    Dim,
    Known,
    Num,
    Seq,
    list_of,
)


def made(dtype, dims):
    return Num(dtype, dims, "any" if dims is None else "array")


# -- of a shape ---------------------------------------------------------------------


def filled(op, facts, /, shape, dtype=None):
    return made(dtype_of(dtype, "f8"), dims_of(facts, shape))


@constant(np.zeros, np.ones, np.empty, np.ndarray, shape=filled, in_order=True)
def zeros(y, shape: free, dtype: free = None): ...


def like(op, facts, /, x, dtype=None):
    x = as_num(x)
    return made(dtype_of(dtype, x.dtype), x.dims)


@constant(np.zeros_like, np.ones_like, np.empty_like, shape=like)
def zeros_like(y, x, dtype: free = None): ...


def full_of(op, facts, /, shape, fill_value, dtype=None):
    value = as_num(fill_value)
    dims = dims_of(facts, shape)
    if value.dims and dims is not None:
        broadcast(facts, value.dims, dims)
    return made(dtype_of(dtype, value.dtype), dims)


@linear(np.full, shape=full_of, in_order=True)
def full(y, shape: free, fill_value, dtype: free = None):
    dfill_value = fitted(dy, fill_value, y)


def full_as(op, facts, /, x, fill_value, dtype=None):
    return like(op, facts, x=x, dtype=dtype)


@linear(np.full_like, shape=full_as)
def full_like(y, x, fill_value, dtype: free = None):
    """Of x, only the shape counts."""
    dx = np.zeros_like(x)
    dfill_value = fitted(dy, fill_value, y)


def unit_matrix(op, facts, /, N, M=None, k=0, dtype=None):
    (rows,) = dims_of(facts, N) or (facts.fresh(),)
    columns = rows if is_absent(M) else (dims_of(facts, M) or (facts.fresh(),))[0]
    return made(dtype_of(dtype, "f8"), (rows, columns))


@constant(np.eye, shape=unit_matrix, in_order=True)
def eye(y, N: free, M: free = None, k: free = 0, dtype: free = None): ...


def square_unit_matrix(op, facts, /, n, dtype=None):
    return unit_matrix(op, facts, N=n, dtype=dtype)


@constant(np.identity, shape=square_unit_matrix)
def identity(y, n: free, dtype: free = None): ...


def triangle(op, facts, /, N, M=None, k=0, dtype=None):
    return unit_matrix(op, facts, N=N, M=M, dtype=dtype)


@constant(np.tri, shape=triangle)
def tri(y, N: free, M: free = None, k: free = 0, dtype: free = None): ...


# -- slices -------------------------------------------------------------------------


def bounds(op, facts, /, start, stop=None, step=None):
    """With one argument, that is where it stops."""
    absent = Known(None)
    first, last = (absent, start) if stop is None else (start, stop)
    return Seq("slice", (first, last, absent if step is None else step))


@constant(builtins.slice, shape=bounds)
def python_slice(y, start: free, stop: free = None, step: free = None): ...


# -- of a range ---------------------------------------------------------------------


def ranged(op, facts, /, start, stop=None, step=None, dtype=None):
    """`np.arange`: its length where it counts in ones."""
    given = [as_num(v) for v in (start, stop, step) if not is_absent(v)]
    integral = all(n.kind == "i" for n in given)
    floats = "c16" if any(n.kind == "c" for n in given) else "f8"
    code = dtype_of(dtype, "i8" if integral else floats)
    first, last = (Dim(0), given[0].value)
    if not is_absent(stop):
        first, last = given[0].value, as_num(stop).value
    if not integral or not is_absent(step) or first is None or last is None:
        return Num(code, (facts.fresh(),))
    return Num(code, ((last - first).at_least_zero(),))


def counts_up(start, stop, step):
    """Whether a range has no negative numbers, which as positions count from the end."""
    if stop is None or is_absent(stop):
        return True
    first = as_num(start).value
    return first is not None and first.is_natural and (step is None or is_absent(step))


def moves(start, stop, step):
    return any(x.active for x in (start, stop, step))


@constant(
    np.arange, shape=ranged, distinct=counts_up, cheap=True,
    when=lambda start, stop, step: not moves(start, stop, step),
)  # fmt: skip
def arange(y, start, stop=None, step=None, dtype: free = None): ...


@linear(np.arange, shape=ranged, distinct=counts_up, cheap=True, when=lambda stop: stop.absent)
def arange_from_zero(y, start, stop=None, step=None, dtype: free = None):
    """The slope away from the jumps: how many numbers there are is constant."""
    dstart = 0.0
    dstop = 0.0
    dstep = np.arange(y.size) @ dy


@linear(np.arange, shape=ranged, distinct=counts_up, cheap=True)
def arange_between(y, start, stop=None, step=None, dtype: free = None):
    """The slope away from the jumps: how many numbers there are is constant."""
    dstart = np.sum(dy)
    dstop = 0.0
    dstep = np.arange(y.size) @ dy


def counted(op, facts, /, start, stop=None, step=None):
    """A range that is no loop's: a list of the integers in it."""
    (length,) = ranged(op, facts, start=start, stop=stop, step=step).dims
    return list_of(INT, length)


@constant(builtins.range, shape=counted, distinct=counts_up, cheap=True)
def python_range(y, start: free, stop: free = None, step: free = None): ...


def spaced(op, facts, /, start, stop, num=50, dtype=None, axis=0, retstep=False, **options):
    ends = broadcast(facts, as_num(start).dims, as_num(stop).dims)
    (count,) = dims_of(facts, num) or (facts.fresh(),)
    code = dtype_of(dtype, floating(promote(*map(as_array, (start, stop)))))
    if ends is None:
        row = made(code, None)
    else:
        at = axis % (len(ends) + 1)
        row = made(code, (*ends[:at], count, *ends[at:]))
    if not retstep:
        return row
    step = made(code, ends) if ends else Num(code, (), "np")
    return Seq("tuple", (row, step))


def between_numbers(start, stop):
    return start.ndim == stop.ndim == 0


@linear(np.linspace, shape=spaced,
        when=lambda start, stop, retstep: between_numbers(start, stop) and not retstep)  # fmt: skip
def linspace_between_numbers(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """A point that lies the share t of the way is (1 - t) start + t stop."""
    dstart = dy @ np.linspace(1, 0, num, endpoint)
    dstop = dy @ np.linspace(0, 1, num, endpoint)


@linear(np.linspace, when=lambda retstep: not retstep)
def linspace(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """A point that lies the share t of the way is (1 - t) start + t stop."""
    dstart = fitted(unspaced(dy, 0.0, num, endpoint, axis, 0), start, ends(start, stop))
    dstop = fitted(unspaced(dy, 0.0, num, endpoint, axis, 1), stop, ends(start, stop))


@linear(np.linspace)
def linspace_and_step(
    y,
    step,
    /,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    *,
    retstep: const = False,
    dtype: free = None,
    axis: const = 0,
):
    """A point that lies the share t of the way is (1 - t) start + t stop."""
    dstart = fitted(unspaced(dy, dstep, num, endpoint, axis, 0), start, ends(start, stop))
    dstop = fitted(unspaced(dy, dstep, num, endpoint, axis, 1), stop, ends(start, stop))


@settles
def ends(context, start, stop):
    """What has the shape that both ends broadcast to."""
    if context.dims(start) == ():
        return stop
    return start if context.dims(stop) == () else ast.BinOp(start, ast.Add(), stop)


@adjoint(np.logspace, shape=spaced, when=between_numbers)
def logspace_between_numbers(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    base: free = 10.0,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """Powers of the base, whose exponents are evenly spaced."""
    slope = np.log(base) * y * dy
    dstart = slope @ np.linspace(1, 0, num, endpoint)
    dstop = slope @ np.linspace(0, 1, num, endpoint)


@adjoint(np.logspace)
def logspace(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    base: free = 10.0,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """Powers of the base, whose exponents are evenly spaced."""
    slope = np.log(base) * y * dy
    dstart = fitted(unspaced(slope, 0.0, num, endpoint, axis, 0), start, ends(start, stop))
    dstop = fitted(unspaced(slope, 0.0, num, endpoint, axis, 1), stop, ends(start, stop))


@adjoint(np.geomspace, shape=spaced, when=between_numbers)
def geomspace_between_numbers(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """A point that lies the share t of the way is start**(1 - t) * stop**t."""
    slope = y * dy
    dstart = slope @ np.linspace(1, 0, num, endpoint) / start
    dstop = slope @ np.linspace(0, 1, num, endpoint) / stop


@adjoint(np.geomspace)
def geomspace(
    y,
    start,
    stop,
    num: free = 50,
    endpoint: free = True,
    *,
    dtype: free = None,
    axis: const = 0,
):
    """A point that lies the share t of the way is start**(1 - t) * stop**t."""
    slope = y * dy
    dstart = fitted(unspaced(slope, 0.0, num, endpoint, axis, 0) / start, start, ends(start, stop))
    dstop = fitted(unspaced(slope, 0.0, num, endpoint, axis, 1) / stop, stop, ends(start, stop))


# -- windows ------------------------------------------------------------------------


def window(op, facts, /, M, beta=None):
    return made("f8", dims_of(facts, M) or (facts.fresh(),))


@constant(np.hanning, np.hamming, np.blackman, np.bartlett, shape=window)
def window_of(y, M: free): ...


@constant(np.kaiser, shape=window)
def kaiser(y, M: free, beta: free): ...
