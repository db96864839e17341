"""What the catalogue says of results, held against what NumPy gives."""

import itertools
import operator
from typing import Any

import numpy as np
import pytest

from adgen.frontend.resolve import (
    bind,
)
from adgen.rules import catalogue
from adgen.rules.operations import Op, home_of
from adgen.rules.rule import Rule
from adgen.types import (
    Dim,
    Facts,
    Known,
    Num,
    Seq,
    holds,
)
from adgen.values import type_of
from tests.rules.calls import Call, Display, Literal, program
from tests.rules.harness import cases
from tests.rules.samples import CONSTANT_SAMPLES


def static_type(arg: Any, sizes: dict[Any, int], count: "itertools.count[int]") -> Any:
    """The type of a sample's argument, as staging sees it."""
    if isinstance(arg, Literal):
        return static_type_of_constant(arg.value)
    if isinstance(arg, slice):
        parts = (static_type_of_constant(p) for p in (arg.start, arg.stop, arg.step))
        return Seq("slice", tuple(parts))
    if isinstance(arg, Display):
        return Seq("list", tuple(static_type(item, sizes, count) for item in arg.items))
    if isinstance(arg, tuple):
        return Seq("tuple", tuple(static_type(item, sizes, count) for item in arg))
    if isinstance(arg, float | np.ndarray | np.generic):
        return type_of(arg, f"x{next(count)}", sizes)
    return static_type_of_constant(arg)


def static_type_of_constant(value: Any) -> Any:
    if type(value) is int:
        return Num("i8", (), "py", Dim(value))
    return type_of(value, "", {}) if type(value) in (bool, float) else Known(value)


def inferred(op: Op, call: Call, sizes_known: bool) -> tuple[Any, dict[Any, int]]:
    """What the catalogue says that a call gives."""
    rule: Rule = op.general
    sizes: dict[Any, int] = {}
    count = itertools.count()
    given = bind(op, rule.packed(call.args, tuple), call.options)
    operands = {
        key: arg if rule.marked(key) == "const" else static_type(arg, sizes, count)
        for key, arg in given.items()
    }
    facts = Facts(sizes if sizes_known else {})
    return op.shape(op, facts, **(rule.defaults | operands)), sizes


@pytest.mark.parametrize("sizes_known", [True, False], ids=["sizes", "no-sizes"])
@pytest.mark.parametrize(("function", "call"), cases() + cases(CONSTANT_SAMPLES))
def test_shape_and_dtype_are_those_of_numpy(function, call, sizes_known):
    sample = program(function, call)
    result = sample.function()(*sample.values)
    type_, sizes = inferred(catalogue().find(function), call, sizes_known)
    if call.part is not None:
        assert isinstance(type_, Seq)
        type_ = type_.items[call.part]
    assert isinstance(type_, Num)
    if type_.dims is not None:
        assert len(type_.dims) == np.ndim(result)
        lengths = [dim.evaluate(sizes) for dim in type_.dims]
        # a length that only the run can tell is that of a mask, if sizes are known
        told = [n for n, size in zip(lengths, np.shape(result), strict=True) if n is not None]
        assert told == [s for n, s in zip(lengths, np.shape(result), strict=True) if n is not None]
    if sizes_known:
        assert type_.dims is not None
    if type_.value is not None:
        assert type_.value.evaluate(sizes) == result
    known = type_.dtype or home_of(function) not in DTYPE_DEPENDS_ON_VALUES
    assert type_.dtype == (np.asarray(result).dtype.str[1:] if known else "")
    assert type_.form in (form_of(result), "any")


# whether the result is complex
DTYPE_DEPENDS_ON_VALUES = [
    ("scipy.linalg", "sqrtm"), ("scipy.linalg", "logm"), ("numpy.linalg", "eig"),
    ("numpy.linalg", "eigvals"),
]  # fmt: skip


def form_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "array"
    if isinstance(value, list | range):
        return "list"
    return "np" if isinstance(value, np.generic) else "py"


STEPS = (None, 1, 2, 3, -1, -2)
BOUNDS = (None, -6, -3, -2, -1, 0, 1, 2, 3, 6)


@pytest.mark.parametrize("step", STEPS)
def test_length_of_a_slice_holds_wherever_its_guards_hold(step):
    op = catalogue().find(operator.getitem)
    size = ("shape", "x", 0)
    x = Num("f8", (Dim.of(size),))
    for start, stop, length in itertools.product(BOUNDS, BOUNDS, (None, *range(5))):
        index = slice(start, stop, step)
        facts = Facts({} if length is None else {size: length})
        (dim,) = op.shape(op, facts, x=x, index=static_type(index, {}, itertools.count())).dims
        for other in range(7):
            told = dim.evaluate({size: other})
            if length is None and told is None:
                continue  # left to the run
            if holds(facts.guards, {size: other}):
                assert told == len(range(other)[index]), (index, length, other)
