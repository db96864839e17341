"""Convolutions and filters of `scipy.signal`; windows, which are constant.

What a convolution cuts off is put back as zeros (`uncropped`); then the adjoint is the
one of a full convolution.
"""

import numpy as np
from scipy import signal

from adgen.rules.convolutions import shorter_of
from adgen.rules.registry import adjoint, const, constant, free, linear, unsupported
from adgen.rules.scientific import real
from adgen.rules.settle.axes import units
from adgen.rules.shapes import dims_of, floating, is_absent, promote
from adgen.runtime import from_responses, lagged_products, uncropped
from adgen.types import Num, Seq

# -- convolutions -----------------------------------------------------------------------------


def filtered(op, facts, /, a, v, mode="full"):
    a, v = real(a, v)
    if a.dims is None or v.dims is None or len(a.dims) != len(v.dims) or not a.dims:
        raise TypeError("it takes two arrays of one rank")
    if mode not in ("full", "same", "valid"):
        raise TypeError(f"`mode={mode!r}` is not supported")
    pairs = list(zip(a.dims, v.dims, strict=True))
    if mode == "full":
        dims = [m + n - 1 for m, n in pairs]
    elif mode == "same":
        dims = [m for m, _ in pairs]
    else:
        dims = [overlap(facts, m, n) for m, n in pairs]
    return Num(promote(a, v), tuple(dims))


def overlap(facts, m, n):
    shorter = shorter_of(facts, m, n)
    if shorter is None:
        return facts.fresh()
    return (m if shorter is n else n) - shorter + 1


CONVOLUTIONS = (signal.convolve, signal.fftconvolve, signal.oaconvolve, signal.convolve2d)
CORRELATIONS = (signal.correlate, signal.correlate2d)


@linear(*CONVOLUTIONS, shape=filtered, when=lambda mode: mode == "full", ignores=("method",))
def convolve_in_full(c, a, v, mode: const = "full"):
    da = signal.correlate(dc, v, "valid")
    dv = signal.correlate(dc, a, "valid")


@linear(*CONVOLUTIONS, ignores=("method",))
def convolve(c, a, v, mode: const = "full"):
    full = uncropped(dc, a.shape, v.shape, mode)
    da = signal.correlate(full, v, "valid")
    dv = signal.correlate(full, a, "valid")


@linear(*CORRELATIONS, shape=filtered, when=lambda mode: mode == "full", ignores=("method",))
def correlate_in_full(c, a, v, mode: const = "full"):
    da = signal.convolve(dc, v, "valid")
    dv = np.flip(signal.correlate(dc, a, "valid"))


@linear(signal.correlate2d)
def correlate2d(c, a, v, mode: const = "full"):
    """Of an even kernel it keeps one more at the beginning than `correlate` does."""
    full = np.flip(uncropped(np.flip(dc), a.shape, v.shape, mode))
    da = signal.convolve(full, v, "valid")
    dv = np.flip(signal.correlate(full, a, "valid"))


@linear(signal.correlate, ignores=("method",))
def correlate(c, a, v, mode: const = "full"):
    full = uncropped(dc, a.shape, v.shape, mode)
    da = signal.convolve(full, v, "valid")
    dv = np.flip(signal.correlate(full, a, "valid"))


# -- filters ------------------------------------------------------------------------------------


def along_time(op, facts, /, b, a, x, axis=-1):
    b, a, x = real(b, a, x)
    if x.dims is None or not x.dims or b.dims is None or a.dims is None:
        raise TypeError("the operands' ranks have to be known")
    if len(b.dims) != 1 or len(a.dims) != 1:
        raise TypeError("the coefficients are vectors")
    return Num(floating(promote(b, a, x)), x.dims)


def samples_and_state(op, facts, /, b, a, x, axis=-1, zi=None):
    y = along_time(op, facts, b=b, a=a, x=x, axis=axis)
    if is_absent(zi):
        return y
    state = same(op, facts, x=zi)
    dtype = floating(promote(y, state))
    return Seq("tuple", (Num(dtype, y.dims), Num(dtype, state.dims)))


@unsupported(
    signal.lfilter,
    why="with `zi` the coefficients are not differentiated",
    when=lambda b, a, zi: not zi.absent and (b.active or a.active),
)
def lfilter_of_coefficients(y, b, a, x, axis=-1, zi=None): ...


@linear(signal.lfilter, shape=samples_and_state, when=lambda zi: not zi.absent)
def lfilter_from_a_state(y, zf, /, b: free, a: free, x, axis: const = -1, zi=None):
    """Linear in the samples, and in the state that the filter begins in."""
    samples = units(x, axis)
    state = units(zi, axis)
    ofx = signal.lfilter(b, a, samples, 0, np.zeros((len(state), len(samples))))
    ofzi = signal.lfilter(b, a, np.zeros((len(samples), len(state))), 0, state)
    dx = from_responses(dy, ofx[0], axis) + from_responses(dzf, ofx[1], axis)
    dzi = from_responses(dy, ofzi[0], axis) + from_responses(dzf, ofzi[1], axis)


@adjoint(signal.lfilter)
def lfilter(y, b, a, x, axis: const = -1, zi=None):
    """Backwards in time for x; the coefficients meet what the poles make of x and of y.

    Here there is no state to begin in.
    """
    db = lagged_products(dy, signal.lfilter([1.0], a, x, axis=axis), len(b), axis)
    da = -lagged_products(dy, signal.lfilter([1.0], a, y, axis=axis), len(a), axis)
    dx = np.flip(signal.lfilter(b, a, np.flip(dy, axis=axis), axis=axis), axis=axis)
    dzi = 0.0


def same(op, facts, /, x, **rest):
    (x,) = real(x)
    if x.dims is None or not x.dims:
        raise TypeError("the operand's rank has to be known")
    return Num(floating(x.dtype), x.dims)


def in_sections(op, facts, /, sos, x, axis=-1):
    sos, x = real(sos, x)
    return Num(floating(promote(sos, x)), same(op, facts, x=x).dims)


@linear(signal.sosfilt, shape=in_sections, why="use lfilter")
def sosfilt(y, sos: free, x, axis: const = -1):
    dx = np.flip(signal.sosfilt(sos, np.flip(dy, axis=axis), axis=axis), axis=axis)


@linear(signal.detrend, shape=same)
def detrend(y, x, axis: const = -1, type: const = "linear"):
    """A projection, which is its own adjoint."""
    dx = signal.detrend(dy, axis=axis, type=type)


# -- windows ------------------------------------------------------------------------------------


def window(op, facts, /, m, sym=True):
    return Num("f8", dims_of(facts, m))


@constant(
    signal.windows.hann, signal.windows.hamming, signal.windows.blackman, signal.windows.bartlett,
    signal.windows.boxcar, signal.windows.cosine, signal.windows.triang, signal.windows.parzen,
    signal.windows.nuttall, signal.windows.flattop, shape=window,
)  # fmt: skip
def window_of_length(y, m, sym: free = True): ...
