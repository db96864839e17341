"""Reading elements: the adjoint goes back to the places they came from."""

import ast
import operator

import numpy as np

from adgen.ir import names_in
from adgen.rules import lists
from adgen.rules.registry import (
    arrays,
    const,
    elementwise,
    free,
    in_numpy,
    linear,
    unsupported,
)
from adgen.rules.settle import CannotSettle, settles
from adgen.rules.settle.axes import own_shape, places_in
from adgen.rules.settle.broadcasting import fitted, unbroadcast
from adgen.rules.settle.indices import narrowed, seen_through, taken_out
from adgen.rules.settle.spelling import call
from adgen.rules.shapes import (
    as_array,
    as_num,
    broadcast,
    promote,
)
from adgen.runtime import (
    scattered,
)
from adgen.types import UNKNOWN, Dim, Known, ListOf, Num, Seq

# a `...` of no axes: it still parts the arrays at its sides
_NOTHING = Seq("nothing", ())


def item_shape(op, facts, /, x, index):
    """NumPy's indexing: integers, slices, None, ..., integer arrays and masks."""
    x = as_num(x)
    if lists.is_list(x):
        return lists.part_of(facts, x, index, _item_of_array, slice_length)
    if x.dims == () and x.form == "py":
        raise TypeError("a number has no elements")
    parts = index.items if isinstance(index, Seq) and index.kind == "tuple" else (index,)
    dims = None if x.dims is None else _item_dims(facts, x.dims, parts)
    viewed = any(_is(part, Ellipsis) for part in parts)
    form = "any" if dims is None else "array" if dims or viewed else "np"
    return Num(x.dtype, dims, form)


def _item_of_array(facts, x, parts):
    return item_shape(None, facts, x=x, index=Seq("tuple", parts))


def _item_dims(facts, dims, parts):
    """The axes of `x[parts]`, or None where the rank of an index is unknown."""
    kept, arrays, places, axis = [], [], [], 0
    for order, part in enumerate(_spelled_out(dims, parts)):
        if part is _NOTHING:
            continue
        if _is(part, None):
            kept.append(Dim(1))
        elif _is_slice(part):
            kept.append(slice_length(facts, dims[axis], part))
            axis += 1
        elif isinstance(part, Known) and isinstance(part.value, str):
            raise TypeError("a field of a structured array is not supported")
        elif (num := as_num(part)).dims is None or num.kind == "":
            return None
        elif num.form == "tuple":
            raise TypeError("how long a tuple is that is an index is not known while compiling")
        elif num.kind == "b":
            if not num.dims:
                raise TypeError("a single truth value as an index is not supported")
            arrays.append((facts.fresh() if num.value is None else num.value,))
            places.append((order, len(kept)))
            axis += len(num.dims)
        elif num.kind == "i":
            arrays.append(num.dims)
            places.append((order, len(kept)))
            axis += 1
        else:
            raise TypeError("an index has to be an integer, a slice, None or ...")
    kept += dims[axis:]
    if not any(arrays):
        return tuple(kept)
    # axes of index arrays stand where the arrays stood, or first where these were apart
    (first, at), (last, _) = places[0], places[-1]
    at = at if last - first == len(places) - 1 else 0
    return (*kept[:at], *broadcast(facts, *arrays), *kept[at:])


def _spelled_out(dims, parts):
    """The index with slices in the place of `...`."""
    taken = sum(_axes_taken(part) for part in parts)
    if taken > len(dims):
        raise IndexError(f"{taken} indices for {len(dims)} axes")
    whole = [Seq("slice", (Known(None),) * 3)] * (len(dims) - taken)
    spelled = []
    for part in parts:
        spelled += (whole or [_NOTHING]) if _is(part, Ellipsis) else [part]
    return spelled


def _axes_taken(part):
    if _is(part, None) or _is(part, Ellipsis):
        return 0
    if isinstance(part, Num) and part.kind == "b":
        return len(part.dims or ())
    return 1


def _is(part, value):
    return isinstance(part, Known) and part.value is value


def _is_slice(part):
    return isinstance(part, Seq) and part.kind == "slice"


# -- slices -------------------------------------------------------------------------


def slice_length(facts, size, part):
    """The length of `x[start:stop:step]`, symbolically where the bounds allow it."""
    start, stop, step = part.items
    stride = 1 if _is(step, None) else _number(step)
    if stride is None:
        return facts.fresh()
    if stride < 0:
        if _is(start, None) and _is(stop, None):
            return (size + (-stride - 1)) // -stride
        first, last = _first_backwards(facts, size, start), _last_backwards(facts, size, stop)
        if stride < -1 or first is None or last is None:
            return _pinned(facts, size, part)
        return (first - last).at_least_zero()
    first, last = _first(facts, size, start), _last(facts, size, stop)
    if first is None or last is None:
        return _pinned(facts, size, part)
    length = last - first
    length = length if length == size else length.at_least_zero()
    return (length + (stride - 1)) // stride


def _first(facts, size, start):
    """Where a slice starts; None unless that is plain, or sizes at hand tell."""
    if _is(start, None):
        return Dim(0)
    at = _position(size, start)
    if at is None or (at.known is not None and at.known >= 0):
        return at
    return at if _within(facts, at, size) else None


def _last(facts, size, stop):
    """Where a slice ends; what lies before the start is cut off with the length."""
    if _is(stop, None):
        return size
    at = _position(size, stop)
    if at is None or ((at - size).known is not None and (at - size).known <= 0):
        return at
    return at if _within(facts, at, size) else None


def _first_backwards(facts, size, start):
    """Where a slice with the step -1 starts; None unless that is an element for certain."""
    at = size - 1 if _is(start, None) else _position(size, start)
    inside = at is not None and _within(facts, at, size) and _within(facts, at + 1, size)
    return at if inside else None


def _last_backwards(facts, size, stop):
    """The place before which a slice with the step -1 ends, -1 for the whole; None unless known."""
    if _is(stop, None):
        return Dim(-1)
    at = _position(size, stop)
    return at if at is not None and _within(facts, at, size) else None


def _position(size, part):
    """A bound as a position, counted from the end where it is negative."""
    value = part.value if isinstance(part, Num) else None
    if value is None:
        return None
    return size + value if value.known is not None and value.known < 0 else value


def _within(facts, at, size):
    """Whether the sizes at hand tell that a bound lies within the axis, in all trips of loops."""
    value, whole = at.evaluate(facts.sizes), size.evaluate(facts.sizes)
    if value is None or whole is None:
        return facts.within(at, size)
    return facts._note(("within", at, size, 0 <= value <= whole))


def _pinned(facts, size, part):
    """The length at the very numbers at hand, where they are known."""
    whole = facts.number(size)
    bounds = [None if _is(p, None) else _number_at_hand(facts, p) for p in part.items]
    unknown = any(b is None and not _is(p, None) for b, p in zip(bounds, part.items, strict=True))
    if whole is None or unknown:
        return _of_this_run(facts, size, part)
    return Dim(len(range(*slice(*bounds).indices(whole))))


def _of_this_run(facts, size, part):
    """A length that a loop's index decides: the same for all arrays of the same length."""
    bounds = [None if _is(p, None) else getattr(p, "value", None) for p in part.items]
    if any(b is None and not _is(p, None) for b, p in zip(bounds, part.items, strict=True)):
        return facts.fresh()
    return Dim.of(("slice", facts.representative(size), *bounds))


def _number_at_hand(facts, part):
    value = part.value if isinstance(part, Num) else None
    return None if value is None else facts.number(value)


def _number(part):
    value = part.value if isinstance(part, Num) else None
    return None if value is None else value.known


# -- rules --------------------------------------------------------------------------


def adds_axes(x, index):
    """Whether an index is made of `:`, `...` and None alone: it only adds axes."""
    index = index.type
    parts = index.items if isinstance(index, Seq) and index.kind == "tuple" else (index,)
    whole = Seq("slice", (Known(None), Known(None), Known(None)))
    return x.ndim is not None and all(
        part == whole or _is(part, None) or _is(part, Ellipsis) for part in parts
    )


@linear(operator.getitem, shape=item_shape, moves=True, when=adds_axes)
def getitem_new_axes(y, x, index: free):
    dx = narrowed(dy, x, index)


@linear(operator.getitem, shape=item_shape, moves=True, aliases="index", put="setitem")
def getitem(y, x, index: free):
    dx[index] += dy


@settles
def fitted_part(context, dy, v, y, index):
    """The adjoint of what was written at an index, in its own shape."""
    part = taken_out(context, dy, index)
    made = unbroadcast(context, part, v, ast.Subscript(y, index, ast.Load()))
    if y.id in names_in(made):  # the array's earlier contents are not kept for their shape alone
        return unbroadcast(context, part, v, ast.Subscript(dy, index, ast.Load()))
    return made


def written(op, facts, /, x, index, v):
    x = as_num(x)
    return lists.written(facts, x, index, v) if lists.is_list(x) else x


@linear("setitem", shape=written, when=adds_axes)
def setitem_everywhere(y, x, index: free, v):
    """Nothing of what was there is left."""
    dv = fitted(seen_through(dy, index), v, seen_through(y, index))
    dx = 0.0


@linear("setitem", shape=written)
def setitem(y, x, index: free, v):
    """What is overwritten has no part in the result any more."""
    dv = fitted_part(dy, v, y, index)
    dx = dy
    dx[index] = 0.0


def taken(op, facts, /, x, indices, axis=None, mode="raise"):
    x, indices = as_num(x), as_num(indices)
    if x.dims is None or indices.dims is None:
        return Num(x.dtype, None, "any")
    at = 0 if axis is None else axis % len(x.dims)
    behind = () if axis is None else x.dims[at + 1 :]
    dims = (() if axis is None else x.dims[:at]) + indices.dims + behind
    return Num(x.dtype, dims, "array" if dims else "np")


def takes_as_indexing(x, axis, mode):
    return mode == "raise" and (axis is not None or x.ndim == 1)


@linear(np.take, shape=taken, when=takes_as_indexing)
def take_along(y, x, indices: free, axis: const = None):
    dx[index_along(indices, axis)] += dy


@linear(np.take)
def take(y, x, indices: free, axis: const = None, mode: const = "raise"):
    """Each element goes back to its place."""
    places = np.take(places_in(x), indices, axis, mode=mode)
    dx = scattered(dy, places, own_shape(x))


@settles
def index_along(context, indices, axis):
    """`[:, indices]`: an index of one axis among others."""
    if not axis:
        return indices
    behind = [ast.Slice() for _ in range(-axis - 1 if axis < 0 else 0)]
    before = [ast.Slice() for _ in range(axis)] or [ast.Constant(...)]
    return ast.Tuple([*before, indices, *behind], ast.Load())


# -- by conditions ------------------------------------------------------------------------


def some_along(op, facts, /, condition, x, axis=None):
    x = as_num(x)
    if axis is None:
        return Num(x.dtype, (facts.fresh(),))
    if x.dims is None:
        return Num(x.dtype, None, "any")
    at = axis % len(x.dims)
    return Num(x.dtype, (*x.dims[:at], facts.fresh(), *x.dims[at + 1 :]))


@linear(np.compress, shape=some_along)
def compress(y, condition: free, x, axis: const = None):
    """What was left out gets 0."""
    places = np.compress(condition, places_in(x), axis)
    dx = scattered(dy, places, own_shape(x))


def some_of_these(op, facts, /, x, condition, axis=None):
    return some_along(op, facts, condition=condition, x=x, axis=axis)


@linear("method compress", shape=some_of_these)
def compress_method(y, x, condition: free, axis: const = None):
    """What was left out gets 0."""
    places = np.compress(condition, places_in(x), axis)
    dx = scattered(dy, places, own_shape(x))


@linear(np.extract, shape=some_along)
def extract(y, condition: free, x):
    """What was left out gets 0."""
    places = np.extract(condition, places_in(x))
    dx = scattered(dy, places, own_shape(x))


def one_of_several(op, facts, /, which, choices, mode="raise"):
    if not isinstance(choices, Seq):
        raise TypeError("the choices are a list of arrays")
    nums = [as_num(v) for v in choices.items]
    dims = broadcast(facts, as_num(which).dims, *(n.dims for n in nums))
    dtype = promote(*map(as_array, nums))
    return Num(dtype, dims, "any" if dims is None else "array" if dims else "np")


@settles
def choice_made(context, which, choices, mode):
    """The number of the choice, within their count."""
    if isinstance(choices, ast.Call):  # numbers that are written out
        choices = choices.args[0]
    count = len(choices.elts)
    if mode == "clip":
        return call("clip", which, ast.Constant(0), ast.Constant(count - 1))
    type_ = context.type_of(which)
    if not isinstance(type_, Num) or isinstance(type_, ListOf):
        which = call("asarray", which)
    return ast.BinOp(which, ast.Mod(), ast.Constant(count)) if mode == "wrap" else which


@elementwise(np.choose, "method choose", shape=one_of_several, also={"a": "which"})
def choose(y, which: free, choices: arrays, mode: const = "raise"):
    """What is not chosen gets 0."""
    dchoices = np.where(choice_made(which, choices, mode) == position, dy, 0.0)


def first_that_holds(op, facts, /, condlist, choicelist, default=0):
    if not isinstance(condlist, Seq) or not isinstance(choicelist, Seq):
        raise TypeError("it takes a list of conditions and a list of choices")
    nums = [as_num(v) for v in (*choicelist.items, default)]
    dims = broadcast(facts, *(as_num(c).dims for c in condlist.items), *(n.dims for n in nums))
    dtype = promote(*nums)
    return Num(dtype, dims, "any" if dims is None else "array")


@settles
def chosen_first(context, condlist, position):
    """Where a condition is the first that holds; for None, where none does."""
    if isinstance(condlist, ast.Call):  # of truth values that are written out
        rows = condlist.args[0].elts
        condlist = ast.List([call("asarray", row) for row in rows], ast.Load())
    if not isinstance(condlist, ast.List | ast.Tuple):
        raise CannotSettle("np.select needs its conditions written out as a list")
    count = len(condlist.elts) if position is None else position
    held = None if position is None else condlist.elts[position]
    for condition in condlist.elts[:count]:
        other = ast.UnaryOp(ast.Invert(), condition)
        held = other if held is None else ast.BinOp(held, ast.BitAnd(), other)
    return held


@elementwise(np.select, shape=first_that_holds)
def select(y, condlist: free, choicelist: arrays, default=0):
    """What is not chosen gets 0."""
    dchoicelist = np.where(chosen_first(condlist, position), dy, 0.0)
    ddefault = np.where(chosen_first(condlist, None), dy, 0.0)


CHOSEN_BY_VALUE = "which elements are in the result depends on their values: use an index"


@unsupported(
    np.sort_complex, *in_numpy("unique_all", "unique_counts", "unique_inverse", "unique_values"),
    why=CHOSEN_BY_VALUE,
)  # fmt: skip
def chosen_by_value(y, x): ...


def of_both(op, facts, /, x, other=None, *more, **options):
    """A vector of some elements of both; with options it may be more than that."""
    if other is None or more or options:
        return UNKNOWN
    return Num(promote(as_array(x), as_array(other)), (facts.fresh(),))


@unsupported(np.intersect1d, np.union1d, np.setxor1d, shape=of_both, why=CHOSEN_BY_VALUE)
def sets(y, x, other): ...


def of_one(op, facts, /, x, other=None, *more, **options):
    """A vector of some elements of the first."""
    return UNKNOWN if other is None else Num(as_num(x).dtype, (facts.fresh(),))


@unsupported(np.setdiff1d, shape=of_one, why=CHOSEN_BY_VALUE)
def difference_of_sets(y, x, other): ...
