"""Operations that people write out by hand, as single gates.

The operands' names stand for any value; a part that occurs twice has to be the
same value twice.  Where the author may have named the parts, a pattern looks
`through` the names.  What an earlier pattern has seen, a later one may build on.
"""

import numpy as np

from adgen.rules.arithmetic import part_of
from adgen.rules.linalg import number_of_matrix, over_matrices
from adgen.rules.reducing import sum_along
from adgen.rules.registry import adjoint, const, elementwise, pattern
from adgen.rules.settle.axes import transposed, unreduce
from adgen.rules.settle.complexes import conjugated
from adgen.rules.shapes import as_num, averaged, floating, with_dtype


def floats(op, facts, /, x, **rest):
    return with_dtype(as_num(x), floating(as_num(x).dtype))


@elementwise("sigmoid", shape=floats)
def sigmoid(y, x):
    dx = ((1 - y) * y) * dy


@elementwise("sigmoid of -x", shape=floats)
def falling_sigmoid(y, x):
    dx = ((y - 1) * y) * dy


@elementwise("softplus", shape=floats)
def softplus(y, x):
    """1 - exp(-y), also where y is too large for its exponential."""
    dx = -np.expm1(-y) * dy


@elementwise("log of sigmoid", shape=floats)
def log_of_sigmoid(y, x):
    """1 - exp(y), also where the sigmoid is 0."""
    dx = -np.expm1(y) * dy


@elementwise("log of 1 - sigmoid", shape=floats)
def log_of_the_rest(y, x):
    dx = np.expm1(y) * dy


@elementwise("log of a quotient")
def log_of_quotient(y, a, b):
    """That of a - that of b, also where the quotient is 0."""
    da = dy / a
    db = -dy / b


@adjoint("log of determinant", shape=number_of_matrix)
def log_of_determinant(y, a):
    da = over_matrices(dy, a) * transposed(np.linalg.inv(a))


@adjoint("softmax", shape=floats)
def softmax(y, x, axis: const = None):
    dx = y * (dy - sum_along(dy * y, axis))


@adjoint("log of softmax", shape=floats)
def log_softmax(y, x, axis: const = None):
    dx = dy - np.exp(y) * sum_along(dy, axis)


@adjoint("logsumexp", shape=averaged)
def logsumexp(y, x, axis: const = None, keepdims: const = False):
    dx = np.exp(x - unreduce(y, x, axis, keepdims)) * unreduce(dy, x, axis, keepdims)


@adjoint("logsumexp, axes kept", shape=floats)
def logsumexp_kept(y, x, axis: const = None):
    dx = np.exp(x - y) * dy


@elementwise("squared size", shape=part_of, real=True)
def squared_size(y, x):
    dx = (2 * conjugated(x)) * dy


_KEPT = "axis=axis, keepdims=True"
_LARGEST = f"extreme(x, {_KEPT})"

PATTERNS = [
    pattern("square", "x * x"),
    pattern("squared size", "absolute(x) ** 2"),
    pattern("squared size", "square(absolute(x))"),
    pattern("squared size", "real(x * conjugate(x))"),
    pattern("squared size", "real(x * conjugate_method(x))"),
    pattern("sigmoid", "1 / (1 + exp(-x))"),
    pattern("sigmoid", "exp(x) / (1 + exp(x))"),
    pattern("sigmoid of -x", "1 / (1 + exp(x))"),
    pattern("softplus", "log1p(exp(x))"),
    pattern("softplus", "log(1 + exp(x))"),
    pattern("log of sigmoid", "log(sigmoid(x))"),
    pattern("log of 1 - sigmoid", "log(1 - sigmoid(x))"),
    pattern("log of a quotient", "log(a / b)"),
    pattern("log of determinant", "log(det(a))", through=True),
    # the largest may be taken off first (or the smallest), which changes nothing but the rounding
    pattern("softmax", "exp(x - extreme(x)) / sum(exp(x - extreme(x)))", through=True),
    pattern(
        "softmax",
        f"exp(x - {_LARGEST}) / sum(exp(x - {_LARGEST}), {_KEPT})",
        through=True,
    ),
    pattern("softmax", "exp(x) / sum(exp(x))", through=True),
    pattern("softmax", f"exp(x) / sum(exp(x), {_KEPT})", through=True),
    pattern("logsumexp", "log(sum(exp(x)))"),
    pattern("logsumexp", "log(sum(exp(x), axis=axis))"),
    pattern("logsumexp", "log(sum(exp(x), axis=axis, keepdims=keepdims))"),
    pattern("logsumexp", "extreme(x) + logsumexp(x - extreme(x))", through=True),
    pattern(
        "logsumexp, axes kept",
        f"{_LARGEST} + logsumexp(x - {_LARGEST}, {_KEPT})",
        through=True,
    ),
    *(
        pattern(
            "logsumexp",
            f"extreme(x, axis=axis) + logsumexp(x - extreme(x, axis=axis){again}, axis=axis)",
            through=True,
            axis=axis,
        )
        for axis, again in [(0, ""), (1, "[:, None]"), (-1, "[..., None]")]
    ),
    *(
        pattern(
            "logsumexp",
            f"({_LARGEST}){first} + logsumexp(x - {_LARGEST}, axis=axis)",
            through=True,
            axis=axis,
        )
        for axis, first in [(0, "[0]"), (1, "[:, 0]"), (-1, "[..., 0]")]
    ),
    pattern("log of softmax", "x - extreme(x) - log(sum(exp(x - extreme(x))))", through=True),
    pattern("log of softmax", "x - extreme(x) - logsumexp(x - extreme(x))", through=True),
    pattern(
        "log of softmax",
        f"x - {_LARGEST} - log(sum(exp(x - {_LARGEST}), {_KEPT}))",
        through=True,
    ),
    pattern(
        "log of softmax",
        f"x - {_LARGEST} - logsumexp(x - {_LARGEST}, {_KEPT})",
        through=True,
    ),
    pattern("log of softmax", "x - log(sum(exp(x)))", through=True),
    pattern("log of softmax", f"x - log(sum(exp(x), {_KEPT}))", through=True),
    pattern("log of softmax", "x - logsumexp(x)"),
    pattern("log of softmax", f"x - logsumexp(x, {_KEPT})"),
]
