"""Functions that call a function of the author's, as a program might do what they do."""

import numpy as np

from adgen.rules.registry import unsupported, written_out


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


def function_of(made):
    plain = not (made.otypes or made.excluded or made.signature)
    return (made.pyfunc,) if plain else None


@written_out(np.vectorize, apart=function_of)
def vectorize(pyfunc):
    """Of one array, or of two that broadcast."""

    def of_each(x, y=None):
        if y is None:
            return np.array([pyfunc(one) for one in np.ravel(x)]).reshape(np.shape(x))
        x, y = np.broadcast_arrays(x, y)
        return np.array([pyfunc(a, b) for a, b in zip(x.ravel(), y.ravel(), strict=True)]).reshape(
            x.shape
        )

    return of_each


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
