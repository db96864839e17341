"""Every rule of the catalogue, alone and through the compiler."""

import inspect
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import runtime, vjp
from adgen.rules import catalogue
from adgen.rules.lookup import Catalogue
from adgen.rules.operations import Op
from adgen.rules.rule import RuleError
from tests.rules.calls import TOLERANCES, holds_floats, measured, program
from tests.rules.harness import (
    assert_like,
    cases,
    check_gradient,
    has_variants,
    is_scalar_function,
    with_arrays,
)
from tests.rules.samples import CONSTANT_SAMPLES, SAMPLES
from tests.rules.spelled import called
from tests.rules.wrong_rules import MALFORMED, WRONG

SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (4, 2, 3)]


def takes_objects(op: Op) -> bool:
    """Whether an operation takes something else than numbers: a function, a sparse matrix, an
    interpolator."""
    marks = {op.general.marked(name) for name in op.general.inputs}
    return bool(marks & {"callback", "sparse"}) or op.function is runtime.looked_up


def needs_sample(op: Op) -> bool:
    """Whether an operation has a derivative that the harness can try by itself.

    Those with a name instead of a function are found by patterns, which have tests
    of their own, but array methods and attributes are called by their names.
    """
    if op.general.hands_out:
        return False  # what it gives is no array to compare
    if op.kind in ("constant", "unsupported", "remembers", "written out"):
        return False
    if takes_objects(op):
        return False  # it is tried in programs
    return is_called(op)


def is_called(op: Op) -> bool:
    """Whether it is a function, or an array's method or attribute."""
    return not isinstance(op.function, str) or op.function.startswith(("method ", "attribute "))


# -- rules as they are written --------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    sorted({r for op in catalogue() for r in op.rules}, key=lambda rule: rule.where),
    ids=lambda r: r.name,
)
def test_rule_is_well_formed(rule):
    rule.check()


@pytest.mark.parametrize("rule", MALFORMED, ids=lambda rule: rule.name)
def test_malformed_rule_is_refused_with_its_place(rule):
    with pytest.raises(RuleError, match=r"wrong_rules\.py:\d+"):
        rule.check()


def test_rules_of_helpers_have_the_defaults_of_helpers():
    """Emitted lines leave out what a helper does anyway, and are differentiated again."""
    for op in catalogue():
        if getattr(runtime, getattr(op.function, "__name__", ""), None) is not op.function:
            continue
        parameters = inspect.signature(op.function).parameters.values()
        for rule in op.rules:
            for mine, other in zip(rule.inputs, parameters, strict=False):
                if other.default is not other.empty:
                    assert rule.defaults.get(mine, other.empty) == other.default, rule.where


def without_sample(rules: Catalogue, samples: Any) -> list[str]:
    spelled = called()
    return [
        op.name
        for op in rules
        if needs_sample(op) and not samples.get(op.function) and op.function not in spelled
    ]


def test_every_operation_has_a_sample():
    assert without_sample(catalogue(), SAMPLES) == []


def test_a_missing_sample_is_noticed():
    fewer = {function: calls for function, calls in SAMPLES.items() if function is not np.arctanh}
    assert without_sample(catalogue(), fewer) == ["np.arctanh"]


def test_every_constant_operation_has_a_sample():
    constants = [
        op for op in catalogue()
        if op.kind == "constant" and op.function is not np.shape
        and is_called(op) and not takes_objects(op)
    ]  # fmt: skip
    spelled = {*CONSTANT_SAMPLES, *called()}
    assert [op.name for op in constants if op.function not in spelled] == []


def test_every_sample_is_of_an_operation():
    every = [*SAMPLES, *CONSTANT_SAMPLES]
    assert [f for f in every if catalogue().find(f) is None] == []


def test_the_last_rule_of_an_operation_is_general():
    assert [op.name for op in catalogue() if op.general.when is not None] == []


# -- gradients ------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "call"), cases())
def test_gradient_is_the_slope(function, call):
    check_gradient(program(function, call))


@pytest.mark.parametrize(("function", "call"), with_arrays(cases()))
def test_gradient_of_the_sum(function, call):
    """A sum's adjoint is one number that stands for all elements."""
    sample = program(function, call)
    sample.text = f"np.sum({sample.text})"
    check_gradient(sample, alone=has_variants(function))


def takes_floats(case):
    return any(isinstance(v, np.ndarray) and holds_floats(v) for v in program(*case.values).values)


@pytest.mark.parametrize(("function", "call"), list(filter(takes_floats, cases())))
def test_float32_stays_float32(function, call):
    sample = program(function, call)
    f = sample.function()
    narrow = [
        v.astype("f4") if isinstance(v, np.ndarray) and holds_floats(v) else v
        for v in sample.values
    ]
    wide = [v.astype("f8") if isinstance(v, np.ndarray) and holds_floats(v) else v for v in narrow]
    out, pullback = vjp(f, *narrow, wrt=tuple(sample.floats))
    dout = np.random.default_rng(2).normal(size=np.shape(out))
    gradients = pullback(dout.astype(np.asarray(out).dtype) if np.ndim(out) else float(dout))
    rtol, atol = TOLERANCES[sample.by] if sample.by == "coarse" else (1e-3, 1e-4)
    for i, gradient in zip(sample.floats, gradients, strict=True):
        assert_like(gradient, narrow[i])
        slope = measured(f, wide, i, dout, sample.by)
        assert_allclose(gradient, slope, rtol, atol, err_msg=f"d/dx{i}")


PAIRS = [
    pytest.param(function, call, id=program(function, call.shaped(*[(2,)] * 2)).said)
    for function, calls in SAMPLES.items()
    for call in calls
    if len(call.ranges) == 2 and not is_scalar_function(function)
]
ONES = [
    pytest.param(function, call, id=program(function, call.shaped((2,))).said)
    for function, calls in SAMPLES.items()
    for call in calls
    if len(call.ranges) == 1 and not is_scalar_function(function) and function not in (max, min)
]


@pytest.mark.parametrize(("function", "call"), [p for p in PAIRS if p.values[0] not in (max, min)])
def test_broadcasting_of_two_operands(function, call):
    for shapes in itertools.product(SHAPES, SHAPES):
        check_gradient(program(function, call.shaped(*shapes)), alone=has_variants(function))


@pytest.mark.parametrize(("function", "call"), ONES)
def test_one_operand_of_any_shape(function, call):
    for shape in SHAPES:
        check_gradient(program(function, call.shaped(shape)))


# -- what the harness is good for -------------------------------------------------------


@pytest.mark.parametrize("rule", WRONG, ids=lambda rule: rule.name)
def test_a_wrong_rule_is_caught(rule):
    (function,) = rule.functions
    call = SAMPLES[function][0]
    sample = program(function, call.shaped(*[(2, 3)] * len(call.ranges)))
    check_gradient(sample)
    with pytest.raises(AssertionError, match="d/dx"):
        check_gradient(sample, catalogue().with_rules([rule]))
