"""Functions that call a function of the author's, as a program might do what they do."""

import inspect

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


def count_parameters(function):
    """How many parameters a function has that go by place: asked while compiling."""
    return len(inspect.getfullargspec(function).args)


def function_of(made):
    plain = not (made.otypes or made.excluded or made.signature)
    return (made.pyfunc,) if plain else None


@written_out(np.vectorize, apart=function_of)
def vectorize(pyfunc, otypes=None):
    """Of arrays that broadcast, and a function that gives a number."""

    def of_each(*given, **options):
        if len(given) == 1:
            shape = np.shape(given[0])
            found = np.array([pyfunc(one, **options) for one in np.ravel(given[0])])
        else:
            given = np.broadcast_arrays(*given)
            shape = given[0].shape
            rows = zip(*[one.ravel() for one in given], strict=True)
            found = np.array([pyfunc(*row, **options) for row in rows])
        if otypes is not None:
            found = found.astype(otypes[0])
        if found.ndim > 1:
            raise TypeError("a function that gives several values is not supported: call it twice")
        return found.reshape(shape)

    return of_each


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
