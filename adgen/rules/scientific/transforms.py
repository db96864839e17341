"""Spectra of signals over time in `scipy.signal`.

Transforms are linear in the samples; power is quadratic, so that a unit changes it by half of the
difference between what it is with the unit added and with it taken off.
"""

import ast

import numpy as np
from scipy import signal

from adgen.rules.registry import adjoint, const, free, linear
from adgen.rules.scientific import real
from adgen.rules.settle import settles
from adgen.rules.settle.axes import units
from adgen.rules.settle.spelling import constant_expr
from adgen.types import Num, Seq

COMPLEX = {"f4": "c8", "f8": "c16"}


def spectrum(op, facts, /, x, **options):
    """The frequencies, the times where there are any, and what there is of each frequency."""
    (x,) = real(x)
    if x.dims is None or len(x.dims) != 1:
        raise TypeError("it is supported with a vector")
    if options.get("average", "mean") != "mean" or options.get("mode", "psd") != "psd":
        raise TypeError("it is supported with the mean of the power")
    frequencies = facts.fresh()
    dims = (frequencies,)
    if op.general.outputs[1:2] == ("t",):
        dims = (frequencies, facts.fresh())
    dtype = COMPLEX.get(x.dtype, "") if op.name == "signal.stft" else x.dtype
    return Seq("tuple", (*(Num("f8", (d,)) for d in dims), Num(dtype, dims)))


@settles
def made_of(context, y, samples):
    """What the function gives for other samples, one signal in each row."""
    gate = context.definition(y.id)
    module = ast.Name("@scipy.signal", ast.Load())
    given = {k: v for k, v in gate.operands.items() if k != gate.op.general.inputs[0]}
    options = [ast.keyword(key, value) for key, value in given.items()]
    made = ast.Call(
        ast.Attribute(module, gate.op.function.__name__, ast.Load()), [samples], options
    )
    return ast.Subscript(made, constant_expr(len(gate.targets) - 1), ast.Load())


@adjoint(signal.periodogram, shape=spectrum)
def periodogram(
    f, p, /, x, fs: free = 1.0, window: free = "boxcar", nfft: free = None,
    detrend: free = "constant", return_onesided: free = True, scaling: free = "density",
):  # fmt: skip
    more = made_of(p, x + units(x, 0))
    less = made_of(p, x - units(x, 0))
    dx = (more - less) @ dp / 2


@adjoint(signal.welch, shape=spectrum)
def welch(
    f, p, /, x, fs: free = 1.0, window: free = "hann", nperseg: free = None, noverlap: free = None,
    nfft: free = None, detrend: free = "constant", return_onesided: free = True,
    scaling: free = "density", *, average: const = "mean",
):  # fmt: skip
    more = made_of(p, x + units(x, 0))
    less = made_of(p, x - units(x, 0))
    dx = (more - less) @ dp / 2


@adjoint(signal.spectrogram, shape=spectrum)
def spectrogram(
    f, t, p, /, x, fs: free = 1.0, window: free = None, nperseg: free = None,
    noverlap: free = None, nfft: free = None, detrend: free = "constant",
    return_onesided: free = True, scaling: free = "density", *, mode: const = "psd",
):  # fmt: skip
    more = made_of(p, x + units(x, 0))
    less = made_of(p, x - units(x, 0))
    dx = np.tensordot(more - less, dp) / 2


@linear(signal.stft, shape=spectrum)
def stft(
    f, t, z, /, x, fs: free = 1.0, window: free = "hann", nperseg: free = 256,
    noverlap: free = None, nfft: free = None, detrend: free = False, return_onesided: free = True,
    boundary: free = "zeros", padded: free = True, *, scaling: free = "spectrum",
):  # fmt: skip
    dx = np.tensordot(made_of(z, units(x, 0)), dz)
