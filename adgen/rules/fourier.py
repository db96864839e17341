"""Fourier transforms: `numpy.fft`, and `scipy.fft`, which has the same functions.

The matrix of a transform is symmetric, so that the adjoint of a transform is the
same transform.  `rfft` and its kin leave half of a spectrum out: the adjoint has
zeros there, which is what transforms fill up with.  Of what `irfft` is given, most
frequencies count twice.
"""

import ast
from dataclasses import replace
from functools import lru_cache
from types import FunctionType

import numpy as np
from numpy import fft

from adgen.rules.registry import const, constant, free, linear
from adgen.rules.settle import settles
from adgen.rules.settle.axes import numpy_shape
from adgen.rules.settle.spelling import constant_expr, helper, indexed, length
from adgen.rules.shapes import as_num, dims_of, is_absent
from adgen.rules.shaping import same_shape
from adgen.runtime import half_spectrum, resized
from adgen.types import Num, Seq

# options of scipy.fft that change no values
IGNORED = ("workers",)

# -- shapes -------------------------------------------------------------------------


@lru_cache(maxsize=256)
def dtype_given(function, dtype):
    """The dtype that a transform gives, which differs from one version of NumPy to another."""
    return function(np.ones((2, 2), dtype)).dtype.str[1:]


def transformed(op, x, dims):
    dtype = dtype_given(op.function, x.dtype) if x.dtype else ""
    return Num(dtype, dims, "any" if dims is None else "array")


def as_array(x):
    x = as_num(x)
    if x.dims == ():
        raise TypeError("a number has no axis")
    return x


def as_many(m, n):
    """As many frequencies as points: those asked for, or all."""
    return m if n is None else n


def half(m, n):
    """The frequencies of real numbers: the negative ones are left out."""
    return as_many(m, n) // 2 + 1


def whole(m, n):
    """The real numbers that have half a spectrum of `m` frequencies: an even number."""
    return (m - 1) * 2 if n is None else n


def along(last):
    """The shape of a transform along one axis, whose length `last` tells."""

    def shape(op, facts, /, x, n=None, axis=-1, norm=None):
        x = as_array(x)
        if x.dims is None:
            return transformed(op, x, None)
        points = None if is_absent(n) else dims_of(facts, n)[0]
        dims = list(x.dims)
        dims[axis] = last(dims[axis], points)
        return transformed(op, x, tuple(dims))

    return shape


def over(last):
    """The shape of a transform over several axes; `last` tells the length of the last of them."""

    def shape(op, facts, /, x, s=None, axes=None, norm=None):
        x = as_array(x)
        points = None if is_absent(s) else dims_of(facts, s)
        if x.dims is None or (points is None and not is_absent(s)):
            raise TypeError("the rank has to be known")
        if points is not None and any(n.known == -1 for n in points):
            raise TypeError("a length of -1 is not supported")
        axes = axes_used(len(x.dims), points, axes)
        points = points or (None,) * len(axes)
        if len(set(axes)) < len(axes) or len(points) != len(axes):
            raise TypeError("each axis has one length, and is transformed once")
        dims = list(x.dims)
        for i, (axis, n) in enumerate(zip(axes, points, strict=True)):
            is_last = i == len(axes) - 1
            dims[axis] = last(dims[axis], n) if is_last else as_many(dims[axis], n)
        return transformed(op, x, tuple(dims))

    return shape


def axes_used(rank, points, axes):
    """The axes that a transform over several goes over, the last ones if nothing is said."""
    if axes is None:
        return tuple(range(rank - (rank if points is None else len(points)), rank))
    axes = (axes,) if isinstance(axes, int) else axes
    return tuple(a % rank for a in axes)


# -- what adjoints are made of ----------------------------------------------------------


@settles
def as_long_as(context, dx, x, axes):
    """`dx` at the length of x along axes: what was cut off gets zeros, what was filled up goes."""
    given, wanted = context.dims(dx), context.dims(x)
    if axes is None:
        axes = range(len(wanted))
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    if given is None or wanted is None:
        return helper("resized", dx, numpy_shape(context, x), constant_expr(axes))
    axes = [a % len(wanted) for a in axes]
    changed = [a for a in axes if not context.facts.same(given[a], wanted[a])]
    if not changed:
        return dx
    if any(context.facts.exceeds(wanted[a], given[a]) is not False for a in changed):
        return helper("resized", dx, numpy_shape(context, x), constant_expr(tuple(changed)))
    index = [ast.Slice() for _ in wanted]
    for a in changed:
        index[a] = ast.Slice(None, length(x, a))
    while index[-1].upper is None:
        index.pop()
    return indexed(dx, index[0] if len(index) == 1 else ast.Tuple(index, ast.Load()))


@settles
def points(context, x, n, axis):
    """How many points are transformed along an axis: those asked for, or all of them."""
    dims = context.dims(x)
    if isinstance(n, ast.Constant) and n.value is None:
        return length(x, axis if dims is None else axis % len(dims))
    return n


@settles
def points_over(context, x, s, axes):
    """How many points are transformed along each axis."""
    if not (isinstance(s, ast.Constant) and s.value is None):
        return s
    rank = len(context.dims(x))
    used = axes_used(rank, None, axes)
    if used == tuple(range(rank)):
        return numpy_shape(context, x)
    return ast.Tuple([length(x, a) for a in used], ast.Load())


@settles
def these(context, x, s, axes):
    """The axes; nothing is said where they are all."""
    used = _used(context, x, s, axes)
    return constant_expr(None if used == tuple(range(len(context.dims(x)))) else used)


@settles
def each_of(context, x, s, axes):
    """The axes, written out: lengths are asked for along them."""
    return constant_expr(_used(context, x, s, axes))


def _used(context, x, s, axes):
    asked = context.type_of(s)
    return axes_used(len(context.dims(x)), asked.items if isinstance(asked, Seq) else None, axes)


@settles
def last_of(context, x, s, axes):
    return constant_expr(_used(context, x, s, axes)[-1])


@settles
def but_last_of(context, x, s, axes):
    return constant_expr(_used(context, x, s, axes)[:-1])


@settles
def counted(context, dx, y, axis):
    """Half of a spectrum, each frequency as often as it stands in the whole."""
    axis = ast.literal_eval(axis) if isinstance(axis, ast.expr) else axis
    dims = context.dims(y)
    at = axis if dims is None else axis % len(dims)
    behind = -axis - 1 if dims is None else len(dims) - at - 1
    weights = helper("half_spectrum", length(y, at))
    if behind:
        index = [ast.Slice(), *[ast.Constant(None)] * behind]
        weights = ast.Subscript(weights, ast.Tuple(index, ast.Load()), ast.Load())
    return ast.BinOp(weights, ast.Mult(), dx)


def weights_of(op, facts, /, n):
    return Num("i1", tuple(m // 2 + 1 for m in dims_of(facts, n)))


@constant(half_spectrum, shape=weights_of)
def weights_of_half_spectrum(y, n: free): ...


def of_lengths(op, facts, /, x, shape, axes):
    return Num(as_num(x).dtype, dims_of(facts, shape))


@linear(resized, shape=of_lengths)
def cut_or_filled(y, x, shape: free, axes: const):
    dx = as_long_as(dy, x, axes)


# -- along one axis -----------------------------------------------------------------------


@linear(fft.fft, shape=along(as_many), ignores=IGNORED)
def dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.fft(dy, axis=axis, norm=norm), x, axis)


@linear(fft.ifft, shape=along(as_many), ignores=IGNORED)
def inverse_dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.ifft(dy, axis=axis, norm=norm), x, axis)


@linear(fft.rfft, shape=along(half), ignores=IGNORED)
def real_dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.fft(dy, points(x, n, axis), axis=axis, norm=norm), x, axis)


@linear(fft.irfft, shape=along(whole), ignores=IGNORED)
def inverse_real_dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(counted(fft.ihfft(dy, axis=axis, norm=norm), y, axis), x, axis)


@linear(fft.hfft, shape=along(whole), ignores=IGNORED)
def hermitian_dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(counted(fft.rfft(dy, axis=axis, norm=norm), y, axis), x, axis)


@linear(fft.ihfft, shape=along(half), ignores=IGNORED)
def inverse_hermitian_dft(y, x, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.ifft(dy, points(x, n, axis), axis=axis, norm=norm), x, axis)


# -- along two axes -----------------------------------------------------------------------


@linear(fft.fft2, shape=over(as_many), ignores=IGNORED)
def dft_2(y, x, s: free = None, axes: const = (-2, -1), norm: const = None):
    dx = as_long_as(fft.fft2(dy, axes=axes, norm=norm), x, axes)


@linear(fft.ifft2, shape=over(as_many), ignores=IGNORED)
def inverse_dft_2(y, x, s: free = None, axes: const = (-2, -1), norm: const = None):
    dx = as_long_as(fft.ifft2(dy, axes=axes, norm=norm), x, axes)


@linear(fft.rfft2, shape=over(half), ignores=IGNORED)
def real_dft_2(y, x, s: free = None, axes: const = (-2, -1), norm: const = None):
    dx = as_long_as(fft.fft2(dy, points_over(x, s, axes), axes=axes, norm=norm), x, axes)


@linear(fft.irfft2, shape=over(whole), ignores=IGNORED)
def inverse_real_dft_2(y, x, s: free = None, axes: const = (-2, -1), norm: const = None):
    first = fft.ihfft(dy, axis=last_of(x, s, axes), norm=norm)
    spectrum = fft.ifftn(first, axes=but_last_of(x, s, axes), norm=norm)
    dx = as_long_as(counted(spectrum, y, last_of(x, s, axes)), x, axes)


# -- along any axes -----------------------------------------------------------------------


@linear(fft.fftn, shape=over(as_many), ignores=IGNORED)
def dft_n(y, x, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(fft.fftn(dy, axes=these(x, s, axes), norm=norm), x, axes)


@linear(fft.ifftn, shape=over(as_many), ignores=IGNORED)
def inverse_dft_n(y, x, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(fft.ifftn(dy, axes=these(x, s, axes), norm=norm), x, axes)


@linear(fft.rfftn, shape=over(half), ignores=IGNORED)
def real_dft_n(y, x, s: free = None, axes: const = None, norm: const = None):
    whole = fft.fftn(dy, points_over(x, s, axes), axes=each_of(x, s, axes), norm=norm)
    dx = as_long_as(whole, x, axes)


@linear(fft.irfftn, shape=over(whole), ignores=IGNORED)
def inverse_real_dft_n(y, x, s: free = None, axes: const = None, norm: const = None):
    first = fft.ihfft(dy, axis=last_of(x, s, axes), norm=norm)
    spectrum = fft.ifftn(first, axes=but_last_of(x, s, axes), norm=norm)
    dx = as_long_as(counted(spectrum, y, last_of(x, s, axes)), x, axes)


# -- the order of frequencies ---------------------------------------------------------------


@linear(fft.fftshift, shape=same_shape)
def zero_to_the_middle(y, x, axes: const = None):
    dx = fft.ifftshift(dy, axes=axes)


@linear(fft.ifftshift, shape=same_shape)
def zero_to_the_front(y, x, axes: const = None):
    dx = fft.fftshift(dy, axes=axes)


def frequencies(op, facts, /, n, d=1.0):
    (count,) = dims_of(facts, n)
    return Num("f8", (count if op.name.endswith(".fftfreq") else count // 2 + 1,))


@constant(fft.fftfreq, fft.rfftfreq, shape=frequencies)
def frequencies_of(y, n: free, d: free = 1.0): ...


# -- the same functions elsewhere -------------------------------------------------------------


def moved(rule, module):
    """A rule for the functions of the same names in another module, whose code calls these."""
    body = rule.body
    space = {**body.__globals__, "fft": module}
    copy = FunctionType(body.__code__, space, body.__name__, body.__defaults__, body.__closure__)
    copy.__kwdefaults__, copy.__annotations__ = body.__kwdefaults__, body.__annotations__
    copy.__doc__ = body.__doc__
    functions = tuple(getattr(module, function.__name__) for function in rule.functions)
    return replace(rule, functions=functions, body=copy)
