"""Every form of a call that the catalogue takes: the value, the gradient, the types."""

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import UserError, vjp
from adgen.api import Gradient
from adgen.types import Facts, Num
from adgen.values import type_of
from tests.rules.harness import choices
from tests.rules.spelled import Spelling, spellings

STEP = 1e-6

LINES = [pytest.param(line, id=line.text) for line in spellings() if line.is_there]


def weighed(result: Any, dout: Any) -> float:
    """The sum that a pullback at `dout` is the gradient of; what is no number has no part."""
    result = np.asarray(result, dtype=float)
    return float(np.sum(np.where(np.isnan(result), 0.0, result) * dout))


@lru_cache(maxsize=4096)
def slope(line: Spelling, which: int) -> np.ndarray:
    """Central differences in one operand, of the result weighed with its seed."""
    values = line.values
    dout = seed(line.function(*values))
    found = np.zeros(np.shape(values[which]))
    for place in np.ndindex(found.shape):
        sides = []
        for step in (STEP, -STEP):
            moved = np.array(values[which], dtype=float)
            moved[place] += step
            one = moved if isinstance(values[which], np.ndarray) else float(moved)
            result = line.function(*values[:which], one, *values[which + 1 :])
            sides.append(weighed(result, dout))
        found[place] = (sides[0] - sides[1]) / (2 * STEP)
    return found


def seed(result: Any) -> Any:
    dout = np.random.default_rng(1).normal(size=np.shape(result))
    if not isinstance(result, np.ndarray):
        return float(dout)
    return dout.astype(result.dtype) if result.dtype.kind == "f" else dout


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("line", LINES)
def test_gradient(line):
    f, values = line.function, line.values
    expected = f(*values)
    dout = seed(expected)
    slopes = [slope(line, i) for i in range(len(values))]
    for wrt in choices(range(len(values))):
        gradient = Gradient(f, wrt)
        out, cache = gradient.forward(*values)
        assert type(out) is type(expected)
        assert np.array_equal(out, expected, equal_nan=True)
        for i, found in zip(wrt, gradient.backward(dout, cache), strict=True):
            assert_allclose(found, slopes[i], 2e-4, 1e-5, err_msg=f"d{line.operands[i]}")
            if isinstance(values[i], np.ndarray):
                assert isinstance(found, np.ndarray)
                assert (found.shape, found.dtype) == (values[i].shape, values[i].dtype)
        check_type(gradient.compilation(*values).staged, line, expected)


def narrow(line):
    return [v.astype("f4") if isinstance(v, np.ndarray) else v for v in line.values]


def takes_float32(line):
    if not any(isinstance(v, np.ndarray) for v in line.values):
        return False
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            line.function(*narrow(line))
        except TypeError:
            return False
    return True


@pytest.mark.parametrize("line", [one for one in LINES if takes_float32(one.values[0])])
def test_float32_stays_float32(line):
    f, values = line.function, narrow(line)
    expected = f(*values)
    out, pullback = vjp(f, *values, wrt=tuple(range(len(values))))
    assert np.asarray(out).dtype == np.asarray(expected).dtype
    for value, gradient in zip(values, pullback(seed(expected)), strict=True):
        if isinstance(value, np.ndarray):
            assert gradient.dtype == np.float32


def check_type(staged, line, expected):
    """What staging tells of the result is so."""
    sizes: dict[Any, int] = {}
    argument_types(line, sizes)
    told = staged.types[staged.program.result.id]
    assert isinstance(told, Num)
    if told.dims is not None:
        assert len(told.dims) == np.ndim(expected)
        for dim, length in zip(told.dims, np.shape(expected), strict=True):
            assert dim.evaluate(sizes) in (None, length)
    assert told.dtype in ("", np.asarray(expected).dtype.str[1:])
    form = "array" if isinstance(expected, np.ndarray) else "np"
    form = form if isinstance(expected, np.ndarray | np.generic) else "py"
    assert told.form in (form, "any")


def argument_types(line, sizes):
    return {
        name: type_of(value, name, sizes)
        for name, value in zip(line.operands, line.values, strict=True)
    }


@pytest.mark.parametrize("line", LINES)
def test_without_sizes(line):
    """Where no length is known, code is general, and staging tells less."""
    gradient = Gradient(line.function, tuple(line.operands))
    try:
        compilation = gradient.compiled(argument_types(line, {}), Facts({}), None)
    except UserError:
        return
    expected = line.function(*line.values)
    check_type(compilation.staged, line, expected)
    check_code(compilation, line, expected)


def check_code(compilation, line, expected):
    listing = compilation.listing
    out, cache = compilation.functions[listing.forward_name](*line.values)
    assert np.array_equal(out, expected, equal_nan=True)
    dout = seed(expected)
    gradients = compilation.functions[listing.backward_name](dout, cache)
    gradients = gradients if len(line.operands) > 1 else (gradients,)
    for i, gradient in enumerate(gradients):
        assert_allclose(gradient, slope(line, i), 2e-4, 1e-5, err_msg=line.operands[i])
