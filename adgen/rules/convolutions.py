"""Convolutions and correlations of two vectors."""

import numpy as np

from adgen.rules.products import product
from adgen.rules.registry import const, free, linear
from adgen.rules.settle.complexes import conjugated
from adgen.rules.shapes import as_num
from adgen.runtime import cut, uncut
from adgen.types import Num


def filtered(op, facts, /, a, v, mode=None):
    """`full` has an element for each overlap, `valid` for each complete one."""
    a, v = as_num(a), as_num(v)
    if a.dims is None or v.dims is None or not len(a.dims) == len(v.dims) == 1:
        raise TypeError("it takes two vectors")
    mode = mode or ("full" if op.name == "np.convolve" else "valid")
    if mode not in ("full", "same", "valid"):
        raise TypeError(f"`mode={mode!r}` is not supported")
    (m,), (n,) = a.dims, v.dims
    if mode == "full":
        return product(a, v, (m + n - 1,))
    shorter = shorter_of(facts, m, n)
    if shorter is None:
        return product(a, v, (facts.fresh(),))
    longer = m if shorter is n else n
    return product(a, v, (longer if mode == "same" else longer - shorter + 1,))


def shorter_of(facts, m, n):
    """The one of two lengths that is no longer than the other, where sizes tell."""
    small, large = n.evaluate(facts.sizes), m.evaluate(facts.sizes)
    if small is None or large is None:
        return None
    return n if facts._note(("within", n, m, small <= large)) else m


@linear(np.convolve, shape=filtered, when=lambda mode: mode == "full")
def convolve_in_full(c, a, v, mode: const = "full"):
    da = np.correlate(dc, conjugated(v), "valid")
    dv = np.correlate(dc, conjugated(a), "valid")


@linear(np.convolve)
def convolve(c, a, v, mode: const = "full"):
    """The result stands in the middle of the full one."""
    full = uncut(dc, a.shape[0], v.shape[0], False)
    da = np.correlate(full, conjugated(v), "valid")
    dv = np.correlate(full, conjugated(a), "valid")


@linear(np.correlate, shape=filtered, when=lambda mode: mode == "full")
def correlate_in_full(c, a, v, mode: const = "valid"):
    """NumPy takes the conjugate of v."""
    da = np.convolve(dc, conjugated(v), "valid")
    dv = np.correlate(conjugated(dc), a, "valid")[::-1]


@linear(np.correlate)
def correlate(c, a, v, mode: const = "valid"):
    """The result stands in the middle of the full one; NumPy takes the conjugate of v."""
    full = uncut(dc, a.shape[0], v.shape[0], True)
    da = np.convolve(full, conjugated(v), "valid")
    dv = np.correlate(conjugated(full), a, "valid")[::-1]


def of_full_length(op, facts, /, x, m, n, reverses):
    m, n = as_num(m).value, as_num(n).value
    full = facts.fresh() if m is None or n is None else m + n - 1
    return Num(as_num(x).dtype, (full,))


@linear(uncut, shape=of_full_length)
def in_the_middle(y, x, m: free, n: free, reverses: const):
    dx = cut(dy, x.shape[0], m, n, reverses)


def of_length(op, facts, /, x, length, m, n, reverses):
    return Num(as_num(x).dtype, (as_num(length).value or facts.fresh(),))


@linear(cut, shape=of_length)
def middle(y, x, length: free, m: free, n: free, reverses: const):
    dx = uncut(dy, m, n, reverses)
