"""Operations that choose among their operands.

Where two operands tie and both are differentiated, the first gets everything;
where one of them is a constant, the other gets nothing: relu has slope 0 at 0.
"""

import builtins

import numpy as np

from adgen.rules.lists import element, is_list
from adgen.rules.registry import adjoint, elementwise, free, unsupported
from adgen.rules.shapes import (
    as_num,
    broadcast,
    is_absent,
    promote,
    scalar_form,
)
from adgen.types import (
    Known,
    Num,
    Seq,
)

NO_ORDER = "complex numbers have no order"


@unsupported(
    np.maximum, np.minimum, np.fmax, np.fmin, why=NO_ORDER,
    when=lambda a, b: "c" in (a.kind, b.kind),
)  # fmt: skip
def larger_or_smaller(c, a, b): ...


@unsupported(
    np.clip, why=NO_ORDER, when=lambda x, a_min, a_max: "c" in (x.kind, a_min.kind, a_max.kind)
)
def bounded_complex(y, x, a_min=None, a_max=None): ...


@unsupported(
    "method clip", why=NO_ORDER, when=lambda x, min, max: "c" in (x.kind, min.kind, max.kind)
)
def bounded_complex_method(y, x, min=None, max=None): ...


@unsupported(
    np.nan_to_num, why="of complex numbers it replaces parts", when=lambda x: x.kind == "c"
)
def parts_replaced(y, x): ...


@elementwise(np.maximum, when=lambda a, b: a.active and b.active)
def maximum_of_two(c, a, b):
    """Where a = b, the gradient goes to a."""
    da = dc * (a >= b)
    db = dc * (b > a)


@elementwise(np.maximum, bounds="larger")
def maximum(c, a, b):
    """Where x equals the constant, its gradient is 0."""
    da = dc * (a > b)
    db = dc * (b > a)


@elementwise(np.minimum, when=lambda a, b: a.active and b.active)
def minimum_of_two(c, a, b):
    """Where a = b, the gradient goes to a."""
    da = dc * (a <= b)
    db = dc * (b < a)


@elementwise(np.minimum, bounds="smaller")
def minimum(c, a, b):
    """Where x equals the constant, its gradient is 0."""
    da = dc * (a < b)
    db = dc * (b < a)


@elementwise(np.fmax, when=lambda a, b: a.active and b.active)
def fmax_of_two(c, a, b):
    """Where a = b, the gradient goes to a; a NaN gets none."""
    da = dc * ((a >= b) | np.isnan(b))
    db = dc * ((b > a) | np.isnan(a))


def beside_a_number(a, b):
    return any(side.literal and side.type.form == "py" for side in (a, b))


@elementwise(np.fmax, when=beside_a_number)
def fmax_of_number(c, a, b):
    """Where x equals the number, or is a NaN, its gradient is 0."""
    da = dc * (a > b)
    db = dc * (b > a)


@elementwise(np.fmax)
def fmax(c, a, b):
    """Where x equals the constant, its gradient is 0, as that of a NaN."""
    da = dc * ((a > b) | np.isnan(b))
    db = dc * ((b > a) | np.isnan(a))


@elementwise(np.fmin, when=lambda a, b: a.active and b.active)
def fmin_of_two(c, a, b):
    """Where a = b, the gradient goes to a; a NaN gets none."""
    da = dc * ((a <= b) | np.isnan(b))
    db = dc * ((b < a) | np.isnan(a))


@elementwise(np.fmin, when=beside_a_number)
def fmin_of_number(c, a, b):
    """Where x equals the number, or is a NaN, its gradient is 0."""
    da = dc * (a < b)
    db = dc * (b < a)


@elementwise(np.fmin)
def fmin(c, a, b):
    """Where x equals the constant, its gradient is 0, as that of a NaN."""
    da = dc * ((a < b) | np.isnan(b))
    db = dc * ((b < a) | np.isnan(a))


# -- Python's own max and min -----------------------------------------------------


def extreme(op, facts, /, a, b=None, z=None):
    """One of the numbers, or one element of an array."""
    a = as_num(a)
    if b is None:
        if a.dims == ():
            raise TypeError("it takes several numbers, or a sequence of them")
        if is_list(a):
            return element(a)
        return Num(a.dtype, None if a.dims is None else a.dims[1:], "any" if not a.dims else "np")
    nums = [a, as_num(b), *([] if z is None else [as_num(z)])]
    if any(n.dims for n in nums):
        raise TypeError("of arrays it is ambiguous: np.maximum and np.minimum take them")
    return Num(promote(*nums), (), "py" if all(n.is_python for n in nums) else "np")


@adjoint(builtins.max, shape=extreme, when=lambda b: b.absent)
def max_of_sequence(y, a):
    """Among equals the gradient goes to the first."""
    da[np.argmax(a)] += dy


@elementwise(builtins.max, when=lambda z: not z.absent)
def max_of_three(c, a, b, z):
    """Among equals the gradient goes to the first."""
    da = dc if a >= b and a >= z else 0.0
    db = dc if b > a and b >= z else 0.0
    dz = dc if z > a and z > b else 0.0


@elementwise(builtins.max, when=lambda a, b: a.active and b.active)
def max_of_two(c, a, b):
    """At a = b the gradient goes to a."""
    da = dc if a >= b else 0.0
    db = dc if b > a else 0.0


@elementwise(builtins.max, folds=True)
def python_max(c, a, b=None, z=None):
    """At a = b the gradient of the one that is no constant is 0."""
    da = dc if a > b else 0.0
    db = dc if b > a else 0.0
    dz = 0.0 * dc


@adjoint(builtins.min, shape=extreme, when=lambda b: b.absent)
def min_of_sequence(y, a):
    """Among equals the gradient goes to the first."""
    da[np.argmin(a)] += dy


@elementwise(builtins.min, when=lambda z: not z.absent)
def min_of_three(c, a, b, z):
    """Among equals the gradient goes to the first."""
    da = dc if a <= b and a <= z else 0.0
    db = dc if b < a and b <= z else 0.0
    dz = dc if z < a and z < b else 0.0


@elementwise(builtins.min, when=lambda a, b: a.active and b.active)
def min_of_two(c, a, b):
    """At a = b the gradient goes to a."""
    da = dc if a <= b else 0.0
    db = dc if b < a else 0.0


@elementwise(builtins.min, folds=True)
def python_min(c, a, b=None, z=None):
    """At a = b the gradient of the one that is no constant is 0."""
    da = dc if a < b else 0.0
    db = dc if b < a else 0.0
    dz = 0.0 * dc


# -- by a condition, by bounds ------------------------------------------------------


def chosen(op, facts, /, condition, a=None, b=None):
    """`np.where` gives an array, also of numbers alone; the positions, of a condition alone."""
    if is_absent(a):
        return positions(facts, condition)
    nums = [as_num(v) for v in (condition, a, b)]
    dims = broadcast(facts, *(n.dims for n in nums))
    return Num(promote(*nums[1:]), dims, "any" if dims is None else "array")


def positions(facts, x):
    """An array of integers for each axis."""
    x = as_num(x)
    if x.dims is None:
        raise TypeError("the rank is not known while compiling")
    count = facts.fresh()
    return Seq("tuple", tuple(Num("i8", (count,)) for _ in x.dims))


@elementwise(np.where, shape=chosen)
def where(c, condition: free, a=None, b=None):
    """What is not chosen gets 0, whatever its slope would be."""
    da = np.where(condition, dc, 0.0)
    db = np.where(condition, 0.0, dc)


def bounded(op, facts, /, x, **bounds):
    """`np.clip`, with a bound left out or None on either side."""
    x = as_num(x)
    nums = [x, *(as_num(v) for v in bounds.values() if not _is_none(v))]
    dims = broadcast(facts, *(n.dims for n in nums))
    return Num(promote(*nums), dims, scalar_form(np.clip, nums, dims))


def _is_none(value):
    return value is None or (isinstance(value, Known) and value.value is None)


@elementwise(np.clip, shape=bounded, when=lambda a_min, a_max: a_min.absent and a_max.absent)
def clip_nothing(y, x, a_min, a_max):
    dx = dy
    da_min = 0.0 * dy
    da_max = 0.0 * dy


@elementwise(np.clip, when=lambda a_min: a_min.absent)
def clip_above(y, x, a_min, a_max):
    """At the bound the gradient is the bound's."""
    dx = dy * (x < a_max)
    da_min = 0.0 * dy
    da_max = dy * (x >= a_max)


@elementwise(np.clip, when=lambda a_max: a_max.absent)
def clip_below(y, x, a_min, a_max):
    """At the bound the gradient is the bound's."""
    dx = dy * (x > a_min)
    da_min = dy * (x <= a_min)
    da_max = 0.0 * dy


@elementwise(np.clip, also={"min": "a_min", "max": "a_max"})
def clip(y, x, a_min=None, a_max=None):
    """At a bound the gradient is the bound's; bounds that cross give a_max."""
    dx = dy * ((x > a_min) & (x < a_max))
    da_min = dy * ((x <= a_min) & (a_min < a_max))
    da_max = dy * ((x >= a_max) | (a_min >= a_max))


@elementwise("method clip", shape=bounded, when=lambda min, max: min.absent and max.absent)
def clip_method_nothing(y, x, min, max):
    dx = dy
    dmin = 0.0 * dy
    dmax = 0.0 * dy


@elementwise("method clip", when=lambda min: min.absent)
def clip_method_above(y, x, min, max):
    """At the bound the gradient is the bound's."""
    dx = dy * (x < max)
    dmin = 0.0 * dy
    dmax = dy * (x >= max)


@elementwise("method clip", when=lambda max: max.absent)
def clip_method_below(y, x, min, max):
    """At the bound the gradient is the bound's."""
    dx = dy * (x > min)
    dmin = dy * (x <= min)
    dmax = 0.0 * dy


@elementwise("method clip")
def clip_method(y, x, min=None, max=None):
    """At a bound the gradient is the bound's; bounds that cross give max."""
    dx = dy * ((x > min) & (x < max))
    dmin = dy * ((x <= min) & (min < max))
    dmax = dy * ((x >= max) | (min >= max))


@elementwise(np.heaviside)
def heaviside(c, a, b):
    """The step itself has slope 0, at a = 0 too; there the value is b."""
    da = 0.0 * dc
    db = dc * (a == 0)


def without_nan(op, facts, /, x, **options):
    x = as_num(x)
    form = "any" if x.dims is None else "array" if x.dims else "np"
    return Num(x.dtype, x.dims, form)


@elementwise(np.nan_to_num, shape=without_nan)
def nan_to_num(y, x, nan=0.0, posinf=None, neginf=None):
    """What was replaced gets 0."""
    dx = np.where(np.isfinite(x), dy, 0.0)
    dnan = np.where(np.isnan(x), dy, 0.0)
    dposinf = np.where(np.isposinf(x), dy, 0.0)
    dneginf = np.where(np.isneginf(x), dy, 0.0)
