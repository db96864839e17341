"""Functions that call a function of the author's, as a program might do what they do."""

import inspect

import numpy as np

from adgen.rules.registry import unsupported, written_out
from adgen.runtime import first_decides


@written_out(np.piecewise)
def piecewise(x, condlist, funclist):
    """Where several conditions hold, the last one counts; where none does, the result is 0, or
    what one more function says.
    """
    y = np.zeros_like(x)
    if len(funclist) > len(condlist):
        rest = ~condlist[0]
        for condition in condlist[1:]:
            rest = rest & ~condition
        condlist = [*condlist, rest]
    for condition, function in zip(condlist, funclist, strict=True):
        y[condition] = function(x[condition]) if callable(function) else function
    return y


@written_out(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr):
    rows = np.moveaxis(arr, axis, -1)
    found = np.array([func1d(row) for row in rows.reshape(-1, rows.shape[-1])])
    if found.ndim == 1:
        return found.reshape(rows.shape[:-1])
    return np.moveaxis(found.reshape(rows.shape[:-1] + found.shape[1:]), -1, axis)


@written_out(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    for axis in axes:
        found = func(a, axis)
        a = found if found.ndim == a.ndim else np.expand_dims(found, axis)
    return a


def count_parameters(function):
    """How many parameters a function has that go by place: asked while compiling."""
    return len(inspect.getfullargspec(function).args)


def function_of(made):
    plain = not (made.otypes or made.excluded)
    return (made.pyfunc, None, made.signature) if plain else None


def core_rank(signature, place):
    """How many axes of an operand a function takes at once: asked while compiling.

    >>> core_rank("(m,n),(n)->(m)", 0), core_rank("(m,n),(n)->(m)", 1), core_rank("()->(n)", 0)
    (2, 1, 0)
    """
    operands = signature.replace(" ", "").partition("->")[0].strip("()").split("),(")
    return len(operands[place].split(",")) if operands[place] else 0


def array_of_calls(found, otypes):
    """What the calls have given, as an array of the asked type, or of that of the first."""
    return first_decides(found) if otypes is None else np.array(found).astype(otypes[0])


def in_rows(x, rank, shape):
    """What each call gets of an operand, behind its first axes, one behind the other."""
    core = np.shape(x)[rank:]
    return np.broadcast_to(x, (*shape, *core)).reshape(-1, *core)


@written_out(np.vectorize, apart=function_of)
def vectorize(pyfunc, otypes=None, signature=None):
    """Of arrays that broadcast, and a function of numbers, or of what a signature says."""

    def of_numbers(*given, **options):
        if len(given) == 1:
            shape = np.shape(given[0])
            found = [pyfunc(one, **options) for one in np.ravel(given[0])]
        else:
            given = np.broadcast_arrays(*given)
            shape = given[0].shape
            rows = zip(*[one.ravel() for one in given], strict=True)
            found = [pyfunc(*row, **options) for row in rows]
        if isinstance(found[0], tuple):
            columns = [[each[i] for each in found] for i in range(len(found[0]))]
            return tuple([array_of_calls(one, otypes).reshape(shape) for one in columns])
        found = array_of_calls(found, otypes)
        return found.reshape(shape)

    def of_arrays(*given):
        ranks = [np.ndim(one) - core_rank(signature, i) for i, one in enumerate(given)]
        pairs = list(zip(given, ranks, strict=True))
        shape = np.broadcast_shapes(*[np.shape(one)[:rank] for one, rank in pairs])
        rows = zip(*[in_rows(one, rank, shape) for one, rank in pairs], strict=True)
        found = array_of_calls([pyfunc(*row) for row in rows], otypes)
        return found.reshape((*shape, *found.shape[1:]))

    return of_numbers if signature is None else of_arrays


@written_out(np.fromiter)
def fromiter(values, dtype, count=-1):
    return np.array([value for value in values], dtype=dtype)


@written_out(np.fromfunction)
def fromfunction(function, shape):
    grid = np.indices(shape, dtype=float)
    if len(shape) == 1:
        return function(grid[0])
    if len(shape) == 2:
        return function(grid[0], grid[1])
    return function(grid[0], grid[1], grid[2])


@unsupported(np.frompyfunc, why="it gives arrays of objects: use np.vectorize, or write a loop")
def frompyfunc(function, nin, nout): ...
