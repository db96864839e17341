"""Reading elements: the adjoint goes back to the places they came from."""

import operator

from adgen.rules.registry import free, linear
from adgen.rules.shapes import as_num, broadcast
from adgen.types import Dim, Known, Num, Seq


def item_shape(op, facts, /, x, index):
    """NumPy's indexing: integers, slices, None, ..., integer arrays and masks."""
    parts = index.items if isinstance(index, Seq) and index.kind == "tuple" else (index,)
    dims = _item_dims(facts, x, parts)
    form = "any" if dims is None else "array" if dims else "np"
    return Num(x.dtype, dims, form)


def _item_dims(facts, x, parts):
    if x.dims is None:
        return None
    consumed = sum(_axes_taken(p) for p in parts)
    if any(_is(p, Ellipsis) for p in parts):
        at = next(i for i, p in enumerate(parts) if _is(p, Ellipsis))
        rest = [_whole()] * (len(x.dims) - consumed)
        parts = [*parts[:at], *rest, *parts[at + 1 :]]
    dims, axis, arrays, places = [], 0, [], []
    for part in parts:
        if _is(part, None):
            dims.append(Dim(1))
        elif isinstance(part, Seq) and part.kind == "slice":
            dims.append(_slice_length(facts, x.dims[axis], part))
            axis += 1
        else:
            num = as_num(part)
            if num.dims is None:
                return None
            if not (num.is_scalar and num.kind == "i"):
                places.append(len(dims))
                arrays.append((facts.fresh(),) if num.kind == "b" else num.dims)
            else:
                places.append(len(dims)) if arrays else None
            axis += len(num.dims) if num.kind == "b" else 1
    dims += x.dims[axis:]
    if not arrays:
        return tuple(dims)
    joined = broadcast(facts, *arrays)
    spots = _array_spots(parts)
    at = places[0] if spots == "together" else 0
    return (*dims[:at], *joined, *dims[at:])


def _array_spots(parts):
    """Whether the advanced indices stand side by side: their axes then stay in place."""
    advanced = [not _is(p, None) and not (isinstance(p, Seq) and p.kind == "slice") for p in parts]
    first = advanced.index(True)
    last = len(advanced) - 1 - advanced[::-1].index(True)
    return "together" if all(advanced[first : last + 1]) else "apart"


def _axes_taken(part):
    if _is(part, None) or _is(part, Ellipsis):
        return 0
    if isinstance(part, Num) and part.kind == "b":
        return len(part.dims or ())
    return 1


def _is(part, value):
    return isinstance(part, Known) and part.value is value


def _whole():
    return Seq("slice", (Known(None), Known(None), Known(None)))


def _slice_length(facts, size, part):
    """The length of `x[start:stop:step]`, symbolically where bounds are plain."""
    start, stop, step = part.items
    stride = _number(step)
    if stride is None and not _is(step, None):
        return facts.fresh()
    stride = 1 if stride is None else stride
    if stride < 0:
        if not (_is(start, None) and _is(stop, None)):
            return facts.fresh()
        return size if stride == -1 else (size + (-stride - 1)) // -stride
    first = _bound(start, size, Dim(0))
    last = _bound(stop, size, size)
    if first is None or last is None:
        return facts.fresh()
    if stride == 1:
        return _span(facts, size, first, last)
    return (_span(facts, size, first, last) + (stride - 1)) // stride


def _span(facts, size, first, last):
    """max(0, min(last, size) - first), where that is plain to see."""
    if (size - last).known is None and not _is_known_within(facts, last, size):
        return facts.fresh()
    if (last - size).known is not None and (last - size).known > 0:
        last = size
    return (last - first).at_least_zero()


def _is_known_within(facts, last, size):
    """Whether sizes at hand tell that a bound lies within the axis."""
    value, whole = last.evaluate(facts.sizes), size.evaluate(facts.sizes)
    if value is None or whole is None:
        return False
    within = 0 <= value <= whole
    facts.guards.append(("within", last, size, within))
    return within


def _number(part):
    num = part if isinstance(part, Num) else None
    return num.value.known if num is not None and num.value is not None else None


def _bound(part, size, otherwise):
    if _is(part, None):
        return otherwise
    value = part.value if isinstance(part, Num) else None
    if value is None:
        return None
    return size + value if value.known is not None and value.known < 0 else value


@linear(operator.getitem, shape=item_shape, moves=True)
def getitem(y, x, index: free):
    dx[index] += dy


