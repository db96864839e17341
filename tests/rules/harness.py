"""What the tests of the catalogue share: samples as cases, and the comparison of a gradient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import vjp
from adgen.rules import catalogue
from adgen.rules.lookup import Catalogue
from tests.rules.calls import TOLERANCES, Call, Sample, measured, program
from tests.rules.samples import SAMPLES


def is_scalar_function(function: Any) -> bool:
    """Whether a function takes single numbers alone."""
    return getattr(function, "__module__", "") in ("math", "cmath") or function is float


def forms(function: Any, call: Call) -> list[Call]:
    """A sample with numbers in the places of ranges: single ones, and arrays."""
    count = len(call.ranges)
    if not count:
        return [call]
    shapes: list[Any] = [float] if is_scalar_function(function) else [float, np.float64, (2, 3)]
    return [call.shaped(*[shape] * count) for shape in shapes]


def cases(samples: Mapping[Any, list[Call]] = SAMPLES) -> list[Any]:
    found = []
    for function, calls in samples.items():
        for call in calls:
            for form in forms(function, call):
                text = program(function, form).said
                kinds = ", ".join(_kind(v) for v in program(function, form).values)
                found.append(pytest.param(function, form, id=f"{text} of {kinds}"))
    return found


def with_arrays(found: list[Any]) -> list[Any]:
    """Those whose result is an array."""
    kept = []
    for case in found:
        sample = program(*case.values)
        if np.ndim(sample.function()(*sample.values)):
            kept.append(case)
    return kept


def _kind(value: Any) -> str:
    return str(value.shape) if isinstance(value, np.ndarray) else type(value).__name__


def has_variants(*functions: Any) -> bool:
    """Whether what the rule of a function is may depend on what is differentiated."""
    found = [catalogue().find(function) for function in functions]
    return any(op is not None and len(op.rules) > 1 for op in found)


def choices(arguments: Sequence[int], alone: bool = True) -> list[tuple[int, ...]]:
    """In what to differentiate: in all arguments, and in each one `alone`."""
    each = [(i,) for i in arguments] if alone and len(arguments) > 1 else []
    return [tuple(arguments), *each]


def check_gradient(sample: Sample, rules: Catalogue | None = None, alone: bool = True) -> None:
    """A sample's gradient in all of its arguments, and in each one `alone`, against its slope."""
    f = sample.function()
    expected = f(*sample.values)
    dout = np.random.default_rng(1).normal(size=np.shape(expected))
    if not isinstance(expected, np.ndarray):
        dout = float(dout)
    rtol, atol = TOLERANCES[sample.by]
    slopes = {i: measured(f, sample.values, i, dout, sample.by) for i in sample.floats}
    for wrt in choices(sample.floats, alone):
        out, pullback = vjp(f, *sample.values, wrt=wrt, catalogue=rules)
        assert type(out) is type(expected)
        assert np.array_equal(out, expected, equal_nan=True)
        first, again = pullback(dout), pullback(dout)
        assert_own(first, [*sample.values, dout])
        for i, gradient, repeated in zip(wrt, first, again, strict=True):
            assert_allclose(gradient, slopes[i], rtol, atol, err_msg=f"d/dx{i}")
            assert_like(gradient, sample.values[i])
            assert np.array_equal(gradient, repeated, equal_nan=True)


def assert_own(gradients: Sequence[Any], given: Sequence[Any]) -> None:
    """Arrays that are returned belong to the caller: none is one that was given, or another's."""
    others = [value for value in given if isinstance(value, np.ndarray)]
    for gradient in gradients:
        if np.ndim(gradient):
            assert gradient.flags.writeable
            assert not any(np.may_share_memory(gradient, other) for other in others)
            others.append(gradient)


def assert_like(gradient: Any, value: Any) -> None:
    """A gradient has its argument's shape and dtype; that of a number is a number."""
    if np.ndim(value):
        assert isinstance(gradient, np.ndarray)
        assert (gradient.shape, gradient.dtype) == (value.shape, value.dtype)
    elif not isinstance(value, np.ndarray):
        kind = complex if np.iscomplexobj(value) else float
        assert isinstance(gradient, kind)  # np.float64 is one, too
    else:
        assert np.ndim(gradient) == 0
