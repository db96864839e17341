"""`scipy.fft`: the functions of `numpy.fft`, and cosine and sine transforms."""

from scipy import fft

from adgen.rules import fourier
from adgen.rules.fourier import IGNORED, along, as_long_as, as_many, each_of, over
from adgen.rules.registry import const, free, linear
from adgen.rules.rule import Rule
from adgen.rules.shapes import as_num
from adgen.runtime import cosine_back

RULES = [
    fourier.moved(rule, fft)
    for rule in vars(fourier).values()
    if isinstance(rule, Rule) and rule.functions[0].__module__.startswith("numpy")
]


# -- cosine and sine transforms along one axis ------------------------------------------------


def along_one(op, facts, /, x, type=2, n=None, axis=-1, norm=None):
    return along(as_many)(op, facts, x=x, n=n, axis=axis)


def is_orthogonal(norm):
    """The matrix is orthogonal: its transpose is its inverse."""
    return norm == "ortho"


@linear(fft.dct, shape=along_one, ignores=IGNORED, when=is_orthogonal)
def orthogonal_cosine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.idct(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.dct, ignores=IGNORED)
def cosine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(cosine_back(dy, "dct", type, (axis,), norm), x, axis)


@linear(fft.idct, shape=along_one, ignores=IGNORED, when=is_orthogonal)
def orthogonal_inverse_cosine(
    y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None
):
    dx = as_long_as(fft.dct(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.idct, ignores=IGNORED)
def inverse_cosine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(cosine_back(dy, "idct", type, (axis,), norm), x, axis)


@linear(fft.dst, shape=along_one, ignores=IGNORED, when=is_orthogonal)
def orthogonal_sine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(fft.idst(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.dst, ignores=IGNORED)
def sine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(cosine_back(dy, "dst", type, (axis,), norm), x, axis)


@linear(fft.idst, shape=along_one, ignores=IGNORED, when=is_orthogonal)
def orthogonal_inverse_sine(
    y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None
):
    dx = as_long_as(fft.dst(dy, type=type, axis=axis, norm=norm), x, axis)


@linear(fft.idst, ignores=IGNORED)
def inverse_sine(y, x, type: const = 2, n: free = None, axis: const = -1, norm: const = None):
    dx = as_long_as(cosine_back(dy, "idst", type, (axis,), norm), x, axis)


# -- along several axes -----------------------------------------------------------------------


def over_each(op, facts, /, x, type=2, s=None, axes=None, norm=None):
    return over(as_many)(op, facts, x=x, s=s, axes=axes, norm=norm)


@linear(fft.dctn, shape=over_each, ignores=IGNORED)
def cosine_n(y, x, type: const = 2, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(cosine_back(dy, "dct", type, each_of(x, s, axes), norm), x, axes)


@linear(fft.idctn, shape=over_each, ignores=IGNORED)
def inverse_cosine_n(y, x, type: const = 2, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(cosine_back(dy, "idct", type, each_of(x, s, axes), norm), x, axes)


@linear(fft.dstn, shape=over_each, ignores=IGNORED)
def sine_n(y, x, type: const = 2, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(cosine_back(dy, "dst", type, each_of(x, s, axes), norm), x, axes)


@linear(fft.idstn, shape=over_each, ignores=IGNORED)
def inverse_sine_n(y, x, type: const = 2, s: free = None, axes: const = None, norm: const = None):
    dx = as_long_as(cosine_back(dy, "idst", type, each_of(x, s, axes), norm), x, axes)


@linear(cosine_back, shape=lambda op, facts, /, x, **options: as_num(x))
def transposed_again(y, x, name: const, type: const, axes: const, norm: const = None):
    """What was transposed is the transform itself."""
    if name == "dct":
        dx = fft.dctn(dy, type=type, axes=axes, norm=norm)
    elif name == "idct":
        dx = fft.idctn(dy, type=type, axes=axes, norm=norm)
    elif name == "dst":
        dx = fft.dstn(dy, type=type, axes=axes, norm=norm)
    else:
        dx = fft.idstn(dy, type=type, axes=axes, norm=norm)
