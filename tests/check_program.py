"""What has to hold of the gradient of any program."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import UserError
from adgen.parts import held

BIG = 1e4


class Unusable(Exception):
    """The program itself fails at these arguments, or its numbers are too large to compare."""


def leaves(value: Any) -> Iterator[Any]:
    """The numbers and arrays of nested tuples, lists, dicts and objects."""
    parts = held(value)
    if parts is None:
        yield value
        return
    for _, part in parts:
        yield from leaves(part)


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal bit for bit, in structure and types too."""
    if type(a) is not type(b):
        return False
    parts = held(a)
    if parts is not None:
        others = held(b) or []
        alike = [key for key, _ in parts] == [key for key, _ in others]
        return alike and all(same(x, y) for (_, x), (_, y) in zip(parts, others, strict=True))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
    return a == b or (a != a and b != b)


def close(a: Any, b: Any, rtol: float = 1e-9, atol: float = 1e-11) -> bool:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return all(np.allclose(x, y, rtol, atol) for x, y in pairs)


def refused(f: Any, args: tuple[Any, ...]) -> UserError | None:
    """The error with which adgen refuses a program, if it does."""
    try:
        Gradient(f).forward(*copy.deepcopy(args))
    except UserError as error:
        return error
    return None


def check(f: Any, args: tuple[Any, ...]) -> None:
    """Fail with an AssertionError that says what does not hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _check(f, args)


def value_of(f: Any, args: tuple[Any, ...]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = f(*copy.deepcopy(args))
    except (ArithmeticError, ValueError) as wrong:
        raise Unusable(str(wrong)) from None
    if not np.all(np.isfinite(value)) or np.max(np.abs(value)) > BIG:
        raise Unusable("too large")
    return value


def _check(f: Any, args: tuple[Any, ...]) -> None:
    expected = value_of(f, args)
    gradient = Gradient(f)
    given = copy.deepcopy(args)
    out, cache = gradient.forward(*given)
    assert same(given, args), "the forward writes into an argument"
    assert same(out, expected), f"the forward gives {out!r}, the original {expected!r}"

    rng = np.random.default_rng(1)
    seeds = [rng.normal(size=np.shape(out)) if np.ndim(out) else float(rng.normal()) for _ in "12"]
    kept, seed = copy.deepcopy(cache.values), copy.deepcopy(seeds[0])
    first = gradient.backward(seeds[0], cache)
    found = copy.deepcopy(first)
    assert same(seeds[0], seed), "the backward writes into dout"
    assert same(cache.values, kept), "the backward writes into its cache"
    assert same(given, args), "the backward writes into an argument"
    check_structure(found, differentiated(args))
    check_separate(first, given, seeds[0])

    for leaf in leaves(first):
        if isinstance(leaf, np.ndarray):
            leaf += 1.0  # the caller may do what it likes with its gradients
    again = gradient.backward(seeds[0], cache)
    assert same(again, found), "a second backward gives something else"

    other, both = gradient.backward(seeds[1], cache), gradient.backward(seeds[0] + seeds[1], cache)
    sums = [x + y for x, y in zip(leaves(found), leaves(other), strict=True)]
    assert close(sums, both), "the backward is not linear in dout"

    check_slopes(f, args, seeds[0], found)
    if np.ndim(out) == 0:
        value, alone = gradient.value_and_grad(*given)
        assert same(value, expected), "value_and_grad gives another value"
        one = gradient.backward(1.0, cache)
        assert close(alone, one), "grad differs from the backward of 1.0"
        check_structure(alone, differentiated(args))
    assert same(given, args), "an argument has changed"


def differentiated(args: tuple[Any, ...]) -> Any:
    """The arguments that have gradients: a tuple, or the only one of them."""
    floats = tuple(arg for arg in args if counts(arg))
    return floats if len(floats) > 1 else floats[0]


def counts(arg: Any) -> bool:
    """Whether an argument has a gradient: integers, strings and None have none."""
    if isinstance(arg, tuple | list):
        return any(counts(item) for item in arg)
    if isinstance(arg, np.ndarray):
        return arg.dtype.kind not in "iub"
    return isinstance(arg, float)


def check_structure(found: Any, wanted: Any) -> None:
    if isinstance(wanted, tuple | list):
        assert type(found) is type(wanted), f"a {type(found).__name__} is given for {wanted!r}"
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            check_structure(a, b)
    elif isinstance(wanted, np.ndarray):
        assert isinstance(found, np.ndarray), f"{found!r} is given for an array"
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    else:
        assert isinstance(found, float), f"{found!r} is given for a float"


def check_separate(gradients: Any, args: Any, dout: Any) -> None:
    """No two arrays of what goes in and comes out share memory."""
    mine = [leaf for leaf in leaves(gradients) if isinstance(leaf, np.ndarray)]
    theirs = [leaf for leaf in leaves((args, dout)) if isinstance(leaf, np.ndarray)]
    for i, one in enumerate(mine):
        assert not any(np.shares_memory(one, t) for t in theirs), "a gradient shares the caller's"
        assert not any(np.shares_memory(one, t) for t in mine[:i]), "two gradients share memory"


def check_slopes(f: Any, args: tuple[Any, ...], dout: Any, found: Any) -> None:
    """Central differences of two steps; where these differ there is a kink, and no slope."""
    if not isinstance(found, tuple) or len(differentiated(args)) != len(found):
        found = (found,)
    wanted = [i for i, arg in enumerate(args) if counts(arg)]
    if len(wanted) == 1:
        found = (found[0],) if len(found) == 1 else (found,)
    for position, gradient in zip(wanted, found, strict=True):
        for path, slot in slots(args[position]):
            slope, again = (
                slope_at(f, args, position, path, slot, dout, step) for step in (1e-6, 3e-6)
            )
            if (
                not math.isfinite(slope)
                or abs(slope) > BIG
                or abs(slope - again) > 1e-5 * (1 + abs(slope))
            ):
                continue
            value = reach(gradient, path)
            value = value[slot] if slot is not None else value
            assert abs(value - slope) <= 1e-4 * (1 + abs(slope)), (
                f"the gradient in argument {position}{list(path)}{slot or ''} is {value}, "
                f"the slope is {slope}"
            )


def slots(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every number in an argument: the way through containers, and the index into an array."""
    if isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from slots(item, (*path, i))
    elif isinstance(value, np.ndarray):
        for index in np.ndindex(value.shape):
            yield path, index
    else:
        yield path, None


def reach(value: Any, path: tuple[int, ...]) -> Any:
    for i in path:
        value = value[i]
    return value


def moved(value: Any, path: tuple[int, ...], slot: Any, step: float) -> Any:
    if path:
        items = list(value)
        items[path[0]] = moved(value[path[0]], path[1:], slot, step)
        return type(value)(items)
    if slot is None:
        return value + step
    changed = value.copy()
    changed[slot] += step
    return changed


def slope_at(
    f: Any, args: tuple[Any, ...], position: int, path: Any, slot: Any, dout: Any, step: float
) -> float:
    def loss(by: float) -> float:
        changed = list(copy.deepcopy(args))
        changed[position] = moved(changed[position], path, slot, by)
        return float(np.sum(dout * f(*changed)))

    return (loss(step) - loss(-step)) / (2 * step)
