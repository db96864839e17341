"""What has to hold of the gradient of any program."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import UserError
from adgen.parts import held, part_at, with_part
from adgen.parts import leaves as placed_leaves
from tests.programs import Made

BIG = 1e4
ROUGH = (1e-3, 1e-3)  # tolerances for numbers of 32 bits


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


@dataclass(frozen=True)
class Outcome:
    """What has come of a program: "right", "refused" or "unusable", and what was said."""

    kind: str
    message: str = ""


def tried(program: Made) -> Outcome:
    """Fail with an AssertionError unless a program is right, or refused with a place."""
    try:
        check(program.function, program.args, program.twin)
    except Unusable as reason:
        return Outcome("unusable", str(reason))
    except UserError as error:
        assert error.span is not None, f"no place is given: {error}"
        return Outcome("refused", error.message)
    return Outcome("right")


def refused(f: Any, args: tuple[Any, ...]) -> UserError | None:
    """The error with which adgen refuses a program, if it does."""
    try:
        Gradient(f).forward(*copy.deepcopy(args))
    except UserError as error:
        return error
    return None


def check(f: Any, args: tuple[Any, ...], twin: tuple[Any, ...] | None = None) -> None:
    """Fail with an AssertionError that says what does not hold.

    The twin of arguments with numbers of 32 bits has them in 64, for differences.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _check(f, args, twin)


def value_of(f: Any, args: tuple[Any, ...]) -> Any:
    try:
        # an infinite number on the way has no slope, also where it is thrown away
        with np.errstate(over="raise"):
            value = f(*copy.deepcopy(args))
    except Exception as wrong:
        raise Unusable(f"{type(wrong).__name__}: {wrong}") from None
    if not np.all(np.isfinite(value)) or np.max(np.abs(value)) > BIG:
        raise Unusable("the numbers are too large")
    return value


def _check(f: Any, args: tuple[Any, ...], twin: tuple[Any, ...] | None) -> None:
    rough = () if twin is None else ROUGH
    expected = value_of(f, args)
    gradient = Gradient(f)
    given = copy.deepcopy(args)
    out, cache = gradient.forward(*given)
    assert same(given, args), "the forward writes into an argument"
    assert same(out, expected), f"the forward gives {out!r}, the original {expected!r}"

    rng = np.random.default_rng(1)
    seeds = [seed_for(out, rng) for _ in "12"]
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
    assert close(sums, both, *rough), "the backward is not linear in dout"

    check_slopes(f, twin or args, seeds[0], found, 1e-2 if twin else 1e-5)
    if np.ndim(out) == 0:
        value, alone = gradient.value_and_grad(*given)
        assert same(value, expected), "value_and_grad gives another value"
        one = gradient.backward(1.0, cache)
        assert close(alone, one, *rough), "grad differs from the backward of 1.0"
        check_structure(alone, differentiated(args))
    assert same(given, args), "an argument has changed"


def seed_for(out: Any, rng: np.random.Generator) -> Any:
    """A random adjoint of a result."""
    if isinstance(out, np.ndarray):
        return rng.normal(size=out.shape).astype(out.dtype)
    return type(out)(rng.normal()) if isinstance(out, np.floating) else float(rng.normal())


def differentiated(args: tuple[Any, ...]) -> Any:
    """The arguments that have gradients: a tuple, or the only one of them."""
    floats = tuple(arg for arg in args if counts(arg))
    return floats if len(floats) > 1 else floats[0]


def counts(arg: Any) -> bool:
    """Whether an argument has a gradient: integers, strings and None have none."""
    parts = held(arg)
    if parts is not None:
        return any(counts(part) for _, part in parts)
    if isinstance(arg, np.ndarray):
        return arg.dtype.kind not in "iub"
    return isinstance(arg, float)


def check_structure(found: Any, wanted: Any) -> None:
    """The gradient is built like the argument; that of an object is a dict."""
    parts = held(wanted)
    if parts is not None:
        kind = type(wanted) if isinstance(wanted, tuple | list) else dict
        assert type(found) is kind, f"a {type(found).__name__} is given for {wanted!r}"
        assert [key for key, _ in held(found) or ()] == [key for key, _ in parts]
        for (_, a), (_, b) in zip(held(found) or (), parts, strict=True):
            check_structure(a, b)
    elif isinstance(wanted, np.ndarray):
        assert isinstance(found, np.ndarray), f"{found!r} is given for an array"
        kinds = [f"{a.dtype.name} of shape {a.shape}" for a in (found, wanted)]
        assert kinds[0] == kinds[1], f"a gradient is {kinds[0]}, the argument {kinds[1]}"
    else:
        assert isinstance(found, float), f"{found!r} is given for a float"


def check_separate(gradients: Any, args: Any, dout: Any) -> None:
    """No two arrays of what goes in and comes out share memory."""
    mine = [leaf for leaf in leaves(gradients) if isinstance(leaf, np.ndarray)]
    theirs = [leaf for leaf in leaves((args, dout)) if isinstance(leaf, np.ndarray)]
    for i, one in enumerate(mine):
        assert not any(np.shares_memory(one, t) for t in theirs), "a gradient shares the caller's"
        assert not any(np.shares_memory(one, t) for t in mine[:i]), "two gradients share memory"


Place = tuple[Any, ...]  # of a number or array in the arguments


def check_slopes(
    f: Any, args: tuple[Any, ...], dout: Any, found: Any, tolerance: float = 1e-5
) -> None:
    """Central differences, along two directions first, and then for every number by itself."""
    leaves, wanted = numbers(args), [at for at, arg in enumerate(args) if counts(arg)]
    gradients = dict(zip(wanted, found if len(wanted) > 1 else (found,), strict=True))
    parts = {place: part_at(gradients[place[0]], place[1:]) for place in leaves}
    rng = np.random.default_rng(2)
    for _ in "12":
        direction = {place: rng.normal(size=np.shape(leaf)) for place, leaf in leaves.items()}
        slope = slope_of(f, args, dout, direction)
        value = sum(np.sum(parts[place] * step) for place, step in direction.items())
        if slope is None or not abs(value - slope) <= tolerance * (1 + abs(slope)):
            break
    else:
        return
    for place, leaf in leaves.items():
        for slot in np.ndindex(np.shape(leaf)):
            step = np.zeros(np.shape(leaf))
            step[slot] = 1.0
            slope = slope_of(f, args, dout, {place: step})
            value = np.asarray(parts[place])[slot]
            assert slope is None or abs(value - slope) <= 10 * tolerance * (1 + abs(slope)), (
                f"the gradient at {[*place, *slot]} of the arguments is {value}, "
                f"the slope is {slope}"
            )


def numbers(args: tuple[Any, ...]) -> dict[Place, Any]:
    """The numbers and arrays in the arguments that have gradients."""
    return {place: leaf for place, leaf in placed_leaves(args) if counts(leaf)}


def slope_of(f: Any, args: tuple[Any, ...], dout: Any, direction: dict[Place, Any]) -> float | None:
    """The slope of the result, weighted, along a direction.

    None where differences of two steps disagree: there is a kink, and no slope.
    """

    def loss(by: float) -> float:
        changed: Any = copy.deepcopy(args)
        for place, step in direction.items():
            value = part_at(changed, place)
            value = value + by * step if isinstance(value, np.ndarray) else value + float(by * step)
            changed = with_part(changed, place, value)
        return float(np.sum(dout * f(*changed)))

    try:
        slope, again = ((loss(step) - loss(-step)) / (2 * step) for step in (1e-6, 3e-6))
    except Exception:  # a path that fails lies beside
        return None
    known = math.isfinite(slope) and abs(slope) < BIG
    return slope if known and abs(slope - again) < 1e-5 * (1 + abs(slope)) else None
