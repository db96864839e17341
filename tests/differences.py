"""Central differences, written without adgen, to hold its gradients against."""

import inspect

import numpy as np


def vector_jacobian(f, args, name, dout=1.0, step=1e-6):
    """The gradient of `sum(dout * f(*args))` with respect to the parameter called `name`.

    It has the structure of that argument: a float, an array or a list of either.
    """
    position = list(inspect.signature(f).parameters).index(name)

    def loss(value):
        return np.sum(dout * f(*args[:position], value, *args[position + 1 :]))

    return _slope(loss, args[position], step)


def _slope(loss, value, step):
    if isinstance(value, list):
        return [
            _slope(lambda v, i=i: loss([*value[:i], v, *value[i + 1 :]]), element, step)
            for i, element in enumerate(value)
        ]
    if isinstance(value, np.ndarray):
        slope = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            up, down = value.copy(), value.copy()
            up[index] += step
            down[index] -= step
            slope[index] = (loss(up) - loss(down)) / (2 * step)
        return slope
    return float((loss(value + step) - loss(value - step)) / (2 * step))


def pullback_by_differences(f, args, which, dout, step=1e-6):
    """The adjoint of one argument, a number or an array, for the adjoint `dout` of the result.

    Of a complex one it is dL/da - i dL/db, with L the real part of `sum(dout * f(*args))`.
    """
    value = args[which]
    slope = np.zeros(np.shape(value), dtype=np.result_type(value, np.float64))
    for place in np.ndindex(slope.shape):
        slope[place] = _rise(f, args, which, place, dout, step)
        if np.iscomplexobj(value):
            slope[place] -= 1j * _rise(f, args, which, place, dout, step * 1j)
    return slope


def _rise(f, args, which, place, dout, step):
    """How fast the real part of `sum(dout * f(*args))` grows along a step of one element."""
    ends = []
    for sign in (1, -1):
        value = args[which]
        if isinstance(value, np.ndarray):
            value = value.copy()
            value[place] += sign * step
        else:
            value = value + sign * step
        ends.append(np.real(np.sum(dout * f(*args[:which], value, *args[which + 1 :]))))
    return (ends[0] - ends[1]) / (2 * abs(step))
