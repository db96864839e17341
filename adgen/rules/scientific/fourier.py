"""`scipy.fft`: the functions of `numpy.fft`, and cosine and sine transforms."""

from scipy import fft

from adgen.rules import fourier
from adgen.rules.fourier import IGNORED, along, as_long_as, as_many
from adgen.rules.registry import const, free, linear
from adgen.rules.rule import Rule

RULES = [
    fourier.moved(rule, fft)
    for rule in vars(fourier).values()
    if isinstance(rule, Rule) and rule.functions[0].__module__.startswith("numpy")
]


def orthogonal(op, facts, /, x, type=2, n=None, axis=-1, norm=None):
    if norm != "ortho":
        raise TypeError('it is supported with norm="ortho"')
    return along(as_many)(op, facts, x=x, n=n, axis=axis)


# The matrix is orthogonal: its transpose is its inverse.


@linear(fft.dct, shape=orthogonal, ignores=IGNORED)
def cosine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.idct(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.idct, shape=orthogonal, ignores=IGNORED)
def inverse_cosine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.dct(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.dst, shape=orthogonal, ignores=IGNORED)
def sine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.idst(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.idst, shape=orthogonal, ignores=IGNORED)
def inverse_sine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.dst(dy, type=type, axis=axis, norm=norm), x, axis)
