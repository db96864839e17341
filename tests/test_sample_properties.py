"""What holds of every gradient of a sample: nothing is written to, all may be used again."""

import copy

import numpy as np

from adgen import Gradient
from tests.check_program import check_separate, leaves, same
from tests.sample_functions import every_sample


def seed_for(out, scale=1.0):
    """A random adjoint of a result, the same in every call."""
    rng = np.random.default_rng(1)

    def seed(value):
        if isinstance(value, list | tuple):
            return type(value)(seed(part) for part in value)
        made = rng.normal(size=np.shape(value)) * scale
        return made.astype(np.asarray(value).dtype) if np.ndim(value) else float(made)

    return seed(out)


@every_sample
def test_forward_and_backward_write_to_nothing(f, args, wrt):
    gradient = Gradient(f, wrt)
    given = copy.deepcopy(args)
    out, cache = gradient.forward(*given)
    assert same(out, f(*copy.deepcopy(args)))
    kept, seed = copy.deepcopy(cache.values), seed_for(out)
    first = gradient.backward(seed, cache)
    found = copy.deepcopy(first)
    check_separate(first, given, seed)
    for leaf in leaves(first):
        if isinstance(leaf, np.ndarray):
            leaf += 1.0  # the caller may do what it likes with its gradients
    assert same(gradient.backward(seed, cache), found)
    assert same(cache.values, kept)
    assert same(seed, seed_for(out))
    assert same(given, args)
    other = gradient.backward(seed_for(out, 3.0), cache)
    for one, three in zip(leaves(found), leaves(other), strict=True):
        np.testing.assert_allclose(3.0 * np.asarray(one), three, rtol=1e-10, atol=1e-12)


def in_single_precision(value):
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return value


@every_sample
def test_single_precision_stays(f, args, wrt):
    arrays = tuple(in_single_precision(arg) for arg in args)
    gradient = Gradient(f, wrt)
    out, cache = gradient.forward(*arrays)
    expected = f(*copy.deepcopy(arrays))
    assert same(out, expected)
    found = gradient.backward(seed_for(out), cache)
    values = dict(zip(gradient.parameters, arrays, strict=True))
    names, bare = gradient.differentiated(list(arrays))
    for name, leaf in zip(names, [found] if bare else found, strict=True):
        value = values[name]
        if isinstance(value, np.ndarray):
            assert (leaf.shape, leaf.dtype) == (value.shape, value.dtype), name
