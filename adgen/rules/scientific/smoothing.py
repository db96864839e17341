"""Filters of `scipy.signal` that are linear along one axis, whatever they do at its ends.

The adjoint is made of what they give for units: as many columns as there are samples.
"""

from scipy import signal

from adgen.rules.registry import const, free, linear
from adgen.rules.scientific import real
from adgen.rules.scientific.filters import along_time, same
from adgen.rules.settle.axes import units
from adgen.rules.shapes import dims_of, floating, promote
from adgen.runtime import from_responses
from adgen.types import Num

COEFFICIENTS = "of these filters the coefficients are not differentiated"


def smoothed(op, facts, /, x, window_length, polyorder, deriv=0, delta=1.0, axis=-1, mode="interp",
             cval=0.0):  # fmt: skip
    return same(op, facts, x=x)


@linear(signal.savgol_filter, shape=smoothed)
def savgol_filter(
    y, x, window_length: free, polyorder: free, deriv: free = 0, delta: free = 1.0,
    axis: const = -1, mode: free = "interp", cval: free = 0.0,
):  # fmt: skip
    made = signal.savgol_filter(units(x, axis), window_length, polyorder, deriv, delta, 0, mode)
    dx = from_responses(dy, made, axis)


def there_and_back(op, facts, /, b, a, x, axis=-1, **options):
    return along_time(op, facts, b=b, a=a, x=x, axis=axis)


@linear(signal.filtfilt, shape=there_and_back, why=COEFFICIENTS)
def filtfilt(
    y, b: free, a: free, x, axis: const = -1, padtype: free = "odd", padlen: free = None,
    method: free = "pad", irlen: free = None,
):  # fmt: skip
    made = signal.filtfilt(b, a, units(x, axis), 0, padtype, padlen, method, irlen)
    dx = from_responses(dy, made, axis)


def sections_and_back(op, facts, /, sos, x, axis=-1, **options):
    sos, x = real(sos, x)
    return Num(floating(promote(sos, x)), same(op, facts, x=x).dims)


@linear(signal.sosfiltfilt, shape=sections_and_back, why=COEFFICIENTS)
def sosfiltfilt(
    y, sos: free, x, axis: const = -1, padtype: free = "odd", padlen: free = None
):  # fmt: skip
    dx = from_responses(dy, signal.sosfiltfilt(sos, units(x, axis), 0, padtype, padlen), axis)


def analytic(op, facts, /, x, N=None, axis=-1):
    x = same(op, facts, x=x)
    dims = list(x.dims)
    if N is not None:
        (dims[axis],) = dims_of(facts, N)
    return Num({"f4": "c8", "f8": "c16"}.get(x.dtype, ""), tuple(dims))


@linear(signal.hilbert, shape=analytic)
def hilbert(y, x, N: const = None, axis: const = -1):
    dx = from_responses(dy, signal.hilbert(units(x, axis), N, 0), axis)


def sampled_anew(op, facts, /, x, num, t=None, axis=0, window=None):
    x = same(op, facts, x=x)
    dims = list(x.dims)
    (dims[axis],) = dims_of(facts, num)
    return Num(x.dtype, tuple(dims))


@linear(signal.resample, shape=sampled_anew, instead={"t": "work the places out with np.linspace"})
def resample(y, x, num: free, *, axis: const = 0, window: free = None):
    dx = from_responses(dy, signal.resample(units(x, axis), num, axis=0, window=window), axis)


def at_another_rate(op, facts, /, x, **options):
    x = same(op, facts, x=x)
    dims = list(x.dims)
    dims[options.get("axis", -1)] = facts.fresh()
    return Num(x.dtype, tuple(dims))


@linear(signal.resample_poly, shape=lambda op, facts, /, x, up, down, axis=0, **options:
        at_another_rate(op, facts, x=x, axis=axis))  # fmt: skip
def resample_poly(
    y, x, up: free, down: free, axis: const = 0, window: free = ("kaiser", 5.0),
    padtype: free = "constant",
):  # fmt: skip
    made = signal.resample_poly(units(x, axis), up, down, 0, window, padtype)
    dx = from_responses(dy, made, axis)


@linear(signal.decimate, shape=at_another_rate)
def decimate(
    y, x, q: free, n: free = None, ftype: free = "iir", axis: const = -1, zero_phase: free = True
):
    dx = from_responses(dy, signal.decimate(units(x, axis), q, n, ftype, 0, zero_phase), axis)
