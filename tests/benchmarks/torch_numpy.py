"""PyTorch under NumPy's names, so that a workload runs on tensors as it is written.

What PyTorch has under the same name, with `axis` and `keepdims`, is taken from there; below is
what it spells in another way.
"""

import builtins

import torch

pi = 3.141592653589793
newaxis = None


def __getattr__(name):
    return getattr(torch, name)


def tensor_of(value):
    """A tensor of 64 bits; numbers beside tensors stay numbers elsewhere."""
    if isinstance(value, torch.Tensor):
        return value
    return torch.as_tensor(value, dtype=torch.float64)


def of_numbers(name):
    """A function that takes a number where PyTorch's wants a tensor."""
    function = getattr(torch, name)

    def call(*args, **options):
        return function(*map(tensor_of, args), **options)

    return call


exp, log, sqrt, sin, cos, tanh, abs = map(
    of_numbers, ("exp", "log", "sqrt", "sin", "cos", "tanh", "abs")
)
maximum, minimum, outer, log1p = map(of_numbers, ("maximum", "minimum", "outer", "log1p"))


def where(condition, a, b):
    return torch.where(condition, tensor_of(a), tensor_of(b))


def max(x, axis=None, keepdims=False):
    return torch.amax(x, dim=() if axis is None else axis, keepdim=keepdims)


def min(x, axis=None, keepdims=False):
    return torch.amin(x, dim=() if axis is None else axis, keepdim=keepdims)


def concatenate(parts, axis=0):
    return torch.cat(tuple(parts), dim=axis)


def stack(parts, axis=0):
    return torch.stack(tuple(map(tensor_of, parts)), dim=axis)


def array(value):
    return stack(value) if isinstance(value, list) else tensor_of(value)


def zeros(shape):
    return torch.zeros(shape, dtype=torch.float64)


def ones(shape):
    return torch.ones(shape, dtype=torch.float64)


def empty(shape):
    return torch.empty(shape, dtype=torch.float64)


def eye(n):
    return torch.eye(n, dtype=torch.float64)


def diagonal(x, offset=0, axis1=0, axis2=1):
    return torch.diagonal(x, offset, axis1, axis2)


def cross(a, b):
    return torch.linalg.cross(a, b)


def shape(x):
    return tuple(builtins.getattr(x, "shape", ()))


# a tensor's method goes by another name
torch.Tensor.copy = torch.Tensor.clone
