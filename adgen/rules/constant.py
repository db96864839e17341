"""Operations whose derivative is zero: run as they are, they contribute nothing."""

import bisect
import builtins
import cmath
import math
import operator

import numpy as np

from adgen.rules.registry import const, constant, free, several, unsupported
from adgen.rules.shapes import as_num, broadcast, elementwise, indexed, reduced, truth, volume
from adgen.runtime import heap_order
from adgen.types import (
    BOOL,
    FLOAT,
    INT,
    UNKNOWN,
    Dim,
    Num,
    Seq,
)

# -- comparisons and truth values ---------------------------------------------------


def compared(op, facts, /, a, b):
    """A comparison gives truth values, element by element."""
    num = elementwise(op, facts, a=a, b=b)
    return Num("b1", num.dims, num.form)


@constant(operator.lt, np.less, shape=compared)
def less(c, a, b): ...


@constant(operator.le, np.less_equal, shape=compared)
def less_equal(c, a, b): ...


@constant(operator.gt, np.greater, shape=compared)
def greater(c, a, b): ...


@constant(operator.ge, np.greater_equal, shape=compared)
def greater_equal(c, a, b): ...


@constant(operator.eq, np.equal, shape=compared)
def equal(c, a, b): ...


@constant(operator.ne, np.not_equal, shape=compared)
def not_equal(c, a, b): ...


@constant(np.logical_and, np.logical_or, np.logical_xor, shape=elementwise)
def logical(c, a, b): ...


@constant(np.logical_not, shape=elementwise)
def logical_not(y, x): ...


@constant(operator.and_, np.bitwise_and, shape=elementwise)
def bitwise_and(c, a, b): ...


@constant(operator.or_, np.bitwise_or, shape=elementwise)
def bitwise_or(c, a, b): ...


@constant(operator.xor, np.bitwise_xor, shape=elementwise)
def bitwise_xor(c, a, b): ...


@constant(operator.invert, np.invert, shape=elementwise)
def invert(y, x): ...


def per_element(op, facts, /, x):
    x = as_num(x)
    return Num("b1", x.dims, "array" if x.dims else "any")


@constant(np.isreal, np.iscomplex, shape=per_element)
def has_no_part(y, x): ...


@constant(np.isnan, np.isinf, np.isfinite, np.signbit, shape=elementwise)
def is_special(y, x): ...


def answer(op, facts, /, *operands, **options):
    """One truth value, of Python's kind."""
    return BOOL


@constant(math.isnan, math.isinf, math.isfinite, bool, shape=answer)
def is_special_number(y, x): ...


@constant(cmath.isnan, cmath.isinf, cmath.isfinite, shape=answer)
def is_special_complex(y, x): ...


@constant(np.iscomplexobj, np.isrealobj, shape=answer)
def is_kind(y, x): ...


@constant(math.isclose, cmath.isclose, shape=answer)
def is_close_number(y, a, b, *, rel_tol: free = 1e-9, abs_tol: free = 0.0): ...


def closeness(op, facts, /, a, b, **tolerances):
    a, b = as_num(a), as_num(b)
    dims = broadcast(facts, a.dims, b.dims)
    return Num("b1", dims, "any" if dims is None else "array" if dims else "np")


def closeness_to_itself(op, facts, /, x):
    return closeness(op, facts, a=x, b=x)


@constant(np.isclose, shape=closeness)
def is_close(y, a, b, rtol: free = 1e-5, atol: free = 1e-8, equal_nan: free = False): ...


@constant(np.allclose, shape=answer)
def all_close(y, a, b, rtol: free = 1e-5, atol: free = 1e-8, equal_nan: free = False): ...


@constant(np.array_equal, shape=answer)
def array_equal(y, a, b, equal_nan: free = False): ...


@constant(np.all, np.any, shape=truth)
def all_or_any(y, x, axis: const = None, *, keepdims: const = False): ...


# -- whole numbers ------------------------------------------------------------------


@constant(operator.floordiv, np.floor_divide, shape=elementwise)
def floor_divide(c, a, b): ...


@unsupported(np.sign, why="of complex numbers it is not constant", when=lambda x: x.is_complex)
def complex_sign(y, x): ...


@constant(np.floor, np.ceil, np.trunc, np.rint, np.sign, np.spacing, shape=elementwise)
def rounded(y, x): ...


def whole(op, facts, /, x, ndigits=None):
    """A Python integer; `round(x, n)` keeps the kind of number."""
    x = as_num(x)
    return INT if ndigits is None else Num(x.dtype, x.dims, x.form)


@constant(math.floor, math.ceil, math.trunc, int, shape=whole)
def to_whole(y, x): ...


@constant(builtins.round, shape=whole)
def python_round(y, x, ndigits: free = None): ...


def same_kind(op, facts, /, x, decimals=0):
    x = as_num(x)
    form = "any" if x.dims is None else "array" if x.dims else "np"
    return Num(x.dtype, x.dims, form)


@constant(np.round, np.around, shape=same_kind)
def decimals(y, x, decimals: free = 0): ...


@constant(np.fix, shape=same_kind)
def fix(y, x): ...


# -- integer arithmetic -------------------------------------------------------------


@constant(operator.lshift, np.left_shift, operator.rshift, np.right_shift, shape=elementwise)
def shift(c, a, b): ...


@constant(np.gcd, np.lcm, shape=elementwise)
def divisors(c, a, b): ...


def whole_number(op, facts, /, *given, **options):
    """A Python integer, whatever it is made of."""
    return INT


@constant(math.comb, shape=whole_number)
def choices(y, n, k): ...


@constant(math.perm, shape=whole_number)
def orders(y, n, k: free = None): ...


@constant(math.factorial, math.isqrt, shape=whole_number)
def of_whole(y, n): ...


@constant(math.gcd, math.lcm, shape=whole_number)
def common_divisor(y, a, b): ...


# -- positions and counts -------------------------------------------------------------


@constant(np.argmax, np.argmin, shape=indexed)
def position(y, x, axis: const = None, *, keepdims: const = False): ...


def ordered(op, facts, /, x, axis=-1, **options):
    x = as_num(x)
    if axis is None:
        return Num("i8", (facts.fresh() if x.dims is None else volume(x.dims),))
    return Num("i8", x.dims, "any" if x.dims is None else "array")


@constant(np.argsort, shape=ordered, ignores=("kind", "stable"))
def argsort(y, x, axis: const = -1): ...


@constant(np.argpartition, shape=ordered, ignores=("kind",))
def argpartition(y, x, kth: free, axis: const = -1): ...


def order_in_heap(op, facts, /, columns, change):
    return order_of_keys(op, facts, keys=columns)


def order_of_keys(op, facts, /, keys, axis=-1):
    last = as_num(keys.items[-1]) if isinstance(keys, Seq) else as_num(keys)
    dims = last.dims if isinstance(keys, Seq) or last.dims is None else last.dims[1:]
    return Num("i8", dims, "any" if dims is None else "array")


@constant(heap_order, shape=order_in_heap)
def places_in_heap(y, columns, change: free): ...


@constant(np.lexsort, shape=order_of_keys)
def lexsort(y, keys, axis: const = -1): ...


@constant(np.nanargmax, np.nanargmin, shape=indexed)
def nan_position(y, x, axis: const = None, *, keepdims: const = False): ...


def places_of_some(op, facts, /, x):
    """Where a condition holds: an array of integers for each axis."""
    x = as_num(x)
    if x.dims is None:
        raise TypeError("the rank is not known while compiling")
    count = facts.fresh()
    return Seq("tuple", tuple(Num("i8", (count,)) for _ in x.dims))


@constant(np.nonzero, shape=places_of_some)
def nonzero(y, x): ...


@constant(np.flatnonzero, shape=lambda op, facts, /, x: Num("i8", (facts.fresh(),)))
def flatnonzero(y, x): ...


def rows_of_places(op, facts, /, x):
    x = as_num(x)
    return Num("i8", (facts.fresh(), facts.fresh() if x.dims is None else Dim(len(x.dims))))


@constant(np.argwhere, shape=rows_of_places)
def argwhere(y, x): ...


def place_of_each(op, facts, /, x, *others, **options):
    x = as_num(x)
    form = "any" if x.dims is None else "np" if x.dims == () else "array"
    return Num("i8", x.dims, form)


@constant(np.digitize, shape=place_of_each)
def digitize(y, x, bins, right: free = False): ...


def place_in_order(op, facts, /, x, v, side="left", sorter=None):
    return place_of_each(op, facts, x=v)


@constant(np.searchsorted, shape=place_in_order)
def searchsorted(y, x, v, side: free = "left", sorter: free = None): ...


@constant(bisect.bisect, bisect.bisect_left, shape=whole_number)
def place_in_list(y, a, x, lo: free = 0, hi: free = None): ...


def whether_each(op, facts, /, x, others, **options):
    x = as_num(x)
    return Num("b1", x.dims, "any" if x.dims is None else "array")


@constant(np.isin, shape=whether_each, also={"element": "x", "test_elements": "others"})
def isin(y, x, others, assume_unique: free = False, invert: free = False, *, kind: free = None): ...


def places_like(op, facts, /, x, k=0):
    x = as_num(x)
    if x.dims is None:
        raise TypeError("the rank is not known while compiling")
    return Seq("tuple", (Num("i8", (facts.fresh(),)),) * len(x.dims))


@constant(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from, shape=places_like)
def places_from(y, x, k: free = 0): ...


def rank_of_each(op, facts, /, x, **options):
    x = as_num(x)
    dims = None if x.dims is None else x.dims[:-2]
    return Num("i8", dims, "any" if dims is None else "array" if dims else "np")


@constant(np.linalg.matrix_rank, shape=rank_of_each, also={"A": "x"})
def matrix_rank(y, x, tol: free = None, hermitian: free = False, *, rtol: free = None): ...


# a Python integer up to NumPy 2.3
_COUNT = "np" if isinstance(np.count_nonzero([0]), np.generic) else "py"


def counted(op, facts, /, x, axis=None, keepdims=False):
    num = reduced(op, facts, x=x, axis=axis, keepdims=keepdims)
    return Num("i8", num.dims, _COUNT if axis is None and not keepdims else num.form)


@constant(np.count_nonzero, shape=counted)
def count_nonzero(y, x, axis: const = None, *, keepdims: const = False): ...


def shape_tuple(op, facts, /, x):
    x = as_num(x)
    if x.dims is None:
        return UNKNOWN
    return Seq("tuple", tuple(Num("i8", (), "py", dim) for dim in x.dims))


@constant(np.shape, shape=shape_tuple)
def shape(y, x): ...


def shape_of_all(op, facts, /, shapes):
    """Of shapes of which each length is known, as an integer or a length."""
    given = [lengths_of(shape) for shape in shapes.items]
    dims = None if None in given else broadcast(facts, *given)
    if dims is None:
        return UNKNOWN
    return Seq("tuple", tuple(Num("i8", (), "py", dim) for dim in dims))


def lengths_of(shape):
    parts = shape.items if isinstance(shape, Seq) else (shape,)
    lengths = [part.value if isinstance(part, Num) else None for part in parts]
    return None if None in lengths else tuple(lengths)


@constant(np.broadcast_shapes, shape=shape_of_all, gathers="shapes")
def broadcast_shapes(y, shapes: several): ...


def size_of(op, facts, /, x, axis=None):
    x = as_num(x)
    if x.dims is None:
        return INT
    if op.name == "np.ndim":
        return Num("i8", (), "py", Dim(len(x.dims)))
    return Num("i8", (), "py", volume(x.dims) if axis is None else x.dims[axis])


@constant(np.size, shape=size_of)
def size(y, x, axis: const = None): ...


@constant(np.ndim, shape=size_of)
def ndim(y, x): ...


@constant(np.isposinf, np.isneginf, np.isreal, np.iscomplex, shape=closeness_to_itself)
def is_of_kind(y, x): ...


@constant(math.ulp, shape=lambda op, facts, /, x: FLOAT)
def last_place(y, x): ...


@constant(np.isrealobj, np.iscomplexobj, np.isscalar, shape=answer)
def is_object_of_kind(y, x): ...


@constant(np.array_equiv, np.shares_memory, np.may_share_memory, shape=answer)
def are_alike(y, a, b): ...


@constant("attribute itemsize", "attribute nbytes", shape=lambda op, facts, /, x: INT)
def bytes_of(y, x): ...
