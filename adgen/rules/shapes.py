"""What an operation gives, from what it is given: shape and dtype per family.

Every function takes the operation, the facts, and the operands by the names that
the rule has for them: types, or for inputs marked `const` their values.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from adgen.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNKNOWN,
    Dim,
    Facts,
    Known,
    Num,
    Seq,
    Type,
    scalar,
)

Dims = tuple[Dim, ...]

UFUNC_OF_OPERATOR = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.true_divide,
    operator.floordiv: np.floor_divide,
    operator.mod: np.remainder,
    operator.pow: np.power,
    operator.neg: np.negative,
    operator.pos: np.positive,
    operator.invert: np.invert,
    operator.and_: np.bitwise_and,
    operator.or_: np.bitwise_or,
    operator.xor: np.bitwise_xor,
    operator.lshift: np.left_shift,
    operator.rshift: np.right_shift,
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    abs: np.absolute,
}

_COUNTING: dict[Any, Callable[[Dim, Dim], Dim]] = {
    operator.add: operator.add,
    operator.sub: operator.sub,
    operator.mul: operator.mul,
    operator.floordiv: operator.floordiv,
}

# what gives an integer of known integers
_WHOLE = (
    operator.mod, operator.floordiv, operator.pow, operator.and_, operator.or_, operator.xor,
    operator.lshift, operator.rshift, operator.invert, abs,
)  # fmt: skip

_PYTHON = {"f": float, "i": int, "c": complex}


def count(function: Any, types: Sequence[Any]) -> Dim | None:
    """What an expression of integers counts, where lengths can follow it."""
    values = [t.value if isinstance(t, Num) else None for t in types]
    known = [value.known for value in values if value is not None and value.known is not None]
    if function in _WHOLE and len(known) == len(types):
        try:
            found = function(*known)
        except (ArithmeticError, ValueError):
            return None
        return Dim(found) if type(found) is int else None
    if function in _COUNTING and len(values) == 2:
        a, b = values
        return None if a is None or b is None else _COUNTING[function](a, b)
    if function is operator.neg and values[0] is not None:
        return values[0] * -1
    return None


def broadcast(facts: Facts, *shapes: Dims | None) -> Dims | None:
    """The shape that NumPy broadcasts the given ones to."""
    if None in shapes:
        return None
    if not any(shapes):
        return ()
    result: Dims = ()
    for dims in shapes:
        assert dims is not None
        longer, shorter = (result, dims) if len(result) >= len(dims) else (dims, result)
        lead = len(longer) - len(shorter)
        tail = (broadcast_axis(facts, a, b) for a, b in zip(longer[lead:], shorter, strict=True))
        result = longer[:lead] + tuple(tail)
    return result


def broadcast_axis(facts: Facts, a: Dim, b: Dim) -> Dim:
    """The length of one axis after broadcasting."""
    if a == b or facts.is_one(b):
        return a
    if facts.is_one(a):
        return b
    if facts.is_one(a) is False:
        return a
    return b if facts.is_one(b) is False else facts.fresh()


@lru_cache(maxsize=4096)
def resolve(ufunc: np.ufunc, *operands: tuple[str, bool]) -> str:
    """The dtype of a ufunc's (first) result; operands are dtype and is-a-Python-number."""
    given = tuple(_PYTHON[d[0]] if py and d[0] in _PYTHON else np.dtype(d) for d, py in operands)
    if all(isinstance(g, type) for g in given):
        given = tuple(np.dtype(g) for g in given)
    try:
        found = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout))[len(given)]
    except TypeError:
        return ""
    return found.str[1:] if found.kind in "fciub" else ""


def promote(*nums: Num) -> str:
    """The dtype of an array made of all of these, or "" where one is unknown."""
    if not all(n.dtype for n in nums):
        return ""
    return resolve(np.add, *[(n.dtype, n.is_python) for n in _pair(nums)]) if nums else "f8"


def _pair(nums: tuple[Num, ...]) -> tuple[Num, Num]:
    first = nums[0]
    for other in nums[1:]:
        if not first.dtype or not other.dtype:
            return (UNKNOWN, UNKNOWN)
        dtype = resolve(np.add, (first.dtype, first.is_python), (other.dtype, other.is_python))
        both = first.is_python and other.is_python
        first = Num(dtype, (), "py" if both else "np")
    return (first, first)


def as_array(value: Any) -> Num:
    """The operand as an array's element: a Python number has a dtype of its own there."""
    return Num(as_num(value).dtype, (), "np")


def as_num(value: Any) -> Num:
    """An operand as a number: the type itself, or that of a Python constant."""
    if isinstance(value, Num):
        return value
    if isinstance(value, Seq):
        return stacked(value)
    if isinstance(value, Known):
        value = value.value
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return Num("i8", (), "py", Dim(value))
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, complex):
        return COMPLEX
    if isinstance(value, tuple | list):
        return stacked(Seq("list", tuple(as_num(v) for v in value)))
    return UNKNOWN


def stacked(items: Seq) -> Num:
    """The array that NumPy makes of a tuple or list."""
    nums = [as_num(item) for item in items.items]
    if not nums:
        return Num("f8", (Dim(0),))
    if any(n.dims is None for n in nums):
        return UNKNOWN
    dtype = promote(*nums)
    return Num(dtype, (Dim(len(nums)), *(nums[0].dims or ())))


def elementwise(op: Any, facts: Facts, /, **operands: Any) -> Num:
    """A ufunc's result: operands broadcast, dtype by NumPy's own resolution."""
    nums = [as_num(v) for v in operands.values() if not is_absent(v)]
    dims = broadcast(facts, *[n.dims for n in nums])
    only_numbers_in_math(op.function, dims)
    kinds = tuple([(n.dtype, n.form) for n in nums])
    if not dims and dims is not None:
        return _scalar_of(op.function, kinds)
    dtype = _dtype_of(op.function, kinds)
    return Num(dtype, dims, scalar_form(op.function, nums, dims))


@lru_cache(maxsize=4096)
def _scalar_of(function: Any, kinds: tuple[tuple[str, str], ...]) -> Num:
    """What a ufunc gives for scalars of these dtypes and forms: no lengths play a part."""
    nums = [Num(dtype, (), form) for dtype, form in kinds]
    return scalar(_dtype_of(function, kinds), scalar_form(function, nums, ()))


@lru_cache(maxsize=4096)
def _dtype_of(function: Any, kinds: tuple[tuple[str, str], ...]) -> str:
    nums = [Num(dtype, (), form) for dtype, form in kinds]
    only_real_in_math(function, nums)
    ufunc = UFUNC_OF_OPERATOR.get(function, function)
    if isinstance(ufunc, np.ufunc):
        known = all(n.dtype for n in nums)
        return resolve(ufunc, *[(n.dtype, n.is_python) for n in nums]) if known else ""
    if getattr(function, "__module__", "") in ("math", "cmath"):
        return "f8" if function.__module__ == "math" else "c16"
    return floating(promote(*nums))


def only_real_in_math(function: Any, nums: list[Num]) -> None:
    """`math` drops the imaginary part of NumPy's numbers, and raises at Python's own."""
    if getattr(function, "__module__", "") == "math" and any(n.kind == "c" for n in nums):
        raise TypeError("it takes real numbers: use cmath, or NumPy's function")


def only_numbers_in_math(function: Any, dims: Dims | None) -> None:
    """`math` takes numbers one by one."""
    if dims and getattr(function, "__module__", "") in ("math", "cmath"):
        raise TypeError("it takes a number: use NumPy's function for arrays")


def scalar_form(function: Any, nums: list[Num], dims: Dims | None) -> str:
    """Python number, NumPy scalar or array: what a call of `function` gives."""
    if dims is None:
        return "any"
    if dims:
        return "array"
    if getattr(function, "__module__", "") in ("math", "cmath"):
        return "py"
    if isinstance(function, np.ufunc):
        return "np"
    in_python = function in UFUNC_OF_OPERATOR or not hasattr(function, "__module__")
    in_python = in_python or isinstance(function, str)
    in_python = in_python or getattr(function, "__module__", "") == "builtins"
    return "py" if in_python and all(n.is_python for n in nums) else "np"


def is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, Known) and value.value is None)


def floating(dtype: str) -> str:
    """The dtype that a mean or a square root of such numbers has."""
    return "f8" if dtype[:1] in ("i", "u", "b") else dtype


def real_dtype(dtype: str) -> str:
    """The dtype of the parts of complex numbers; of real ones, their own."""
    return {"c8": "f4", "c16": "f8", "c32": "f16"}.get(dtype, dtype)


def with_dtype(num: Num, dtype: str) -> Num:
    return Num(dtype, num.dims, num.form)


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` as NumPy takes it (None, a number, a tuple) as a sorted tuple of positions."""
    if axis is None:
        return tuple(range(ndim))
    if not ndim and axis in (0, -1):
        return ()  # NumPy lets one number be reduced along a single axis
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(sorted(a % ndim for a in axes))


def reduced_dims(dims: Dims | None, axis: Any, keepdims: bool) -> Dims | None:
    """The axes that a reduction leaves."""
    if dims is None:
        return () if axis is None and not keepdims else None
    gone = axes_of(axis, len(dims))
    if keepdims:
        return tuple(Dim(1) if i in gone else d for i, d in enumerate(dims))
    return tuple(d for i, d in enumerate(dims) if i not in gone)


def reduced(
    op: Any, facts: Facts, /, x: Any, axis: Any = None, keepdims: Any = False, **rest: Any
) -> Num:
    """A reduction that keeps the kind of number (`sum`, `max`)."""
    x = as_num(x)
    dims = reduced_dims(x.dims, axis, bool(keepdims))
    dtype = {"b1": "i8"}.get(x.dtype, x.dtype) if op.name in ("np.sum", "np.prod") else x.dtype
    return Num(dtype, dims, "np" if dims == () else "any" if dims is None else "array")


def averaged(op: Any, facts: Facts, /, **operands: Any) -> Num:
    """A reduction with a floating-point result (`mean`, `std`)."""
    num = reduced(op, facts, **operands)
    return with_dtype(num, floating(num.dtype))


def indexed(op: Any, facts: Facts, /, **operands: Any) -> Num:
    """A reduction that gives positions (`argmax`)."""
    return with_dtype(reduced(op, facts, **operands), "i8")


def truth(op: Any, facts: Facts, /, **operands: Any) -> Num:
    """A reduction or comparison that gives truth values."""
    return with_dtype(reduced(op, facts, **operands), "b1")


def unchanged(op: Any, facts: Facts, /, x: Any, **rest: Any) -> Num:
    """The operand's own shape and dtype."""
    return as_num(x)


def opposite(value: Any) -> Any:
    """A length that says "as many as are left" (-1 in `reshape`)."""
    return value is not None and value.known == -1


def dims_of(facts: Facts, shape: Any) -> Dims | None:
    """A shape argument (a number, a tuple of numbers, `x.shape`) as dims."""
    if isinstance(shape, Known):
        shape = shape.value
    if isinstance(shape, int):
        return (Dim(shape),)
    if isinstance(shape, Num):
        if shape.dims == () and shape.kind == "i":
            return (shape.value or facts.fresh(),)
        return None
    if isinstance(shape, tuple | list):
        shape = Seq("tuple", tuple(as_num(v) for v in shape))
    if isinstance(shape, Seq):
        nums = [as_num(item) for item in shape.items]
        return tuple(n.value if n.value is not None else facts.fresh() for n in nums)
    return None


def volume(dims: Dims) -> Dim:
    """The number of elements."""
    size = Dim(1)
    for dim in dims:
        size = size * dim
    return size


def dtype_of(value: Any, otherwise: str) -> str:
    """A `dtype` argument as a code: `float`, `np.float32`, `x.dtype`, "f4"."""
    if isinstance(value, Known):
        value = value.value
    if value is None:
        return otherwise
    try:
        dtype = np.dtype(value)
    except TypeError:
        return ""
    if dtype.kind not in "fciub":
        raise ValueError(f"an array of dtype {dtype} is not supported")
    return str(dtype.str[1:])


def integer(op: Any, facts: Facts, /, **operands: Any) -> Type:
    """A Python integer."""
    return INT
