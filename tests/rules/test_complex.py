"""Every rule with complex operands: it is right for them, or it refuses them.

The adjoint of z = a + ib is dL/da - i dL/db; that of a real operand is real, whatever
it meets.
"""

import ast
import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import linalg, special

from adgen import Gradient, UserError, grad, runtime, vjp
from adgen.rules.operations import home_of
from tests.differences import pullback_by_differences
from tests.rules.calls import STEPS, TOLERANCES, Call, Sample, compiled, program
from tests.rules.harness import assert_like, cases, choices, has_variants, with_arrays
from tests.rules.samples import SAMPLES
from tests.rules.spelled import Spelling, spellings
from tests.rules.test_rules import PAIRS

# what refuses complex operands: they have no order, or the rule is for real ones
REFUSED = {
    np.maximum, np.minimum, np.fmax, np.fmin, np.clip, "method clip", np.median, np.ptp,
    np.nan_to_num, np.real_if_close, np.interp, np.maximum.at, np.minimum.at, np.multiply.at,
    np.divide.at,
    special.digamma, special.jve, special.yve, special.ive, special.spherical_jn,
    special.spherical_yn, special.spherical_in, special.spherical_kn,
    runtime.spline, runtime.spline_back, runtime.spline_integral, runtime.through,
    runtime.through_back, runtime.interpolant, runtime.interpolant_back,
    runtime.by_slopes, runtime.by_slopes_back, runtime.on_grid, runtime.on_grid_back,
    runtime.on_grid_slopes, runtime.on_grid_slopes_back, runtime.polygamma,
    runtime.gammainc_slope, runtime.betainc_slope, runtime.mapped_back, runtime.resampled_back,
    runtime.correlate_back, runtime.correlate_back_weights,
}  # fmt: skip
# families whose rules are for real numbers throughout
FOR_REAL_NUMBERS = {
    f"scipy.{name}"
    for name in ("integrate", "linalg", "ndimage", "signal", "spatial.distance", "stats")
}
REAL = {function for function in SAMPLES if home_of(function)[0] in FOR_REAL_NUMBERS}
REAL -= {linalg.inv, linalg.det, linalg.expm, linalg.cosm, linalg.sinm, linalg.sqrtm, linalg.logm,
         linalg.solve, linalg.solve_triangular, linalg.svd, linalg.svdvals, linalg.qr,
         linalg.lu, linalg.lu_factor, linalg.lu_solve, linalg.cholesky, linalg.eigh,
         linalg.eigvalsh, linalg.expm_frechet, linalg.block_diag, linalg.khatri_rao,
         linalg.solve_banded, linalg.pinv, linalg.cho_factor, linalg.cho_solve, linalg.toeplitz,
         linalg.circulant, linalg.hankel, linalg.solve_toeplitz, linalg.solve_sylvester,
         linalg.solve_continuous_lyapunov, linalg.solve_discrete_lyapunov, linalg.lstsq,
         linalg.eigvals, linalg.tanm, linalg.coshm, linalg.sinhm,
         linalg.tanhm}  # fmt: skip
# SciPy is wrong where some matrices are complex and others real
REFUSED |= {linalg.solve_sylvester, linalg.solve_continuous_lyapunov,
            linalg.solve_discrete_lyapunov}  # fmt: skip
REFUSED |= REAL
# what is only there up to a phase: its size is looked at
PHASES_ARE_FREE = {np.linalg.eigh, np.linalg.eig, np.linalg.svd, linalg.svd, linalg.eigh}


def turned(value: Any, seed: int) -> Any:
    """The number or array with imaginary parts."""
    parts = np.random.default_rng(seed).uniform(0.1, 0.6, np.shape(value))
    return value + 1j * (parts if np.ndim(value) else float(parts))


def of(function: Any, call: Call) -> Sample:
    sample = program(function, call)
    if function in PHASES_ARE_FREE:
        sample.text = f"np.abs({sample.text})"
    return sample


def with_complex(sample: Sample) -> list[Sample]:
    """The sample with complex numbers: in the place of all floats, and of each one alone."""
    floats = sample.floats
    chosen = {tuple(floats), *((i,) for i in floats)} if floats else set()
    return [
        replace(sample, values=[turned(v, i) if i in these else v
                                for i, v in enumerate(sample.values)])  # fmt: skip
        for these in sorted(chosen)
    ]


def check(sample: Sample, alone: bool) -> str:
    """Whether the gradient is right, in all arguments and in each one `alone`."""
    f = sample.function()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = f(*sample.values)
        except (TypeError, ValueError, AttributeError, NotImplementedError):
            return "no complex numbers here"
        if np.asarray(expected).dtype.kind not in "fc":
            return "no complex numbers here"
        rng = np.random.default_rng(1)
        dout = rng.normal(size=np.shape(expected))
        if np.iscomplexobj(expected):
            dout = dout + 1j * rng.normal(size=np.shape(expected))
        if not np.ndim(expected) and not isinstance(expected, np.ndarray):
            dout = dout.item() if isinstance(dout, np.ndarray) else dout
        floats = [i for i, v in enumerate(sample.values) if np.asarray(v).dtype.kind in "fc"
                  and not isinstance(v, int)]  # fmt: skip
        rtol, atol = TOLERANCES[sample.by] if sample.by == "coarse" else (1e-5, 1e-6)
        step = STEPS.get(sample.by, 1e-6)
        slopes = {i: pullback_by_differences(f, sample.values, i, dout, step) for i in floats}
        for wrt in choices(floats, alone):
            gradient = grad(f, wrt=wrt)
            try:
                out, cache = gradient.forward(*sample.values)
            except UserError:
                return "refused"
            assert_dtype(gradient, sample, np.asarray(expected).dtype)
            assert type(out) is type(expected)
            assert np.array_equal(out, expected, equal_nan=True)
            for i, found in zip(wrt, gradient.backward(dout, cache), strict=True):
                assert_allclose(found, slopes[i], rtol, atol, err_msg=f"d/dx{i}")
                assert_like(found, sample.values[i])
    return "right"


def assert_dtype(gradient: Gradient, sample: Sample, dtype: Any) -> None:
    """What is known of the result before the program runs is so."""
    staged = gradient.compilation(*sample.values).staged
    assert isinstance(staged.program.result, ast.Name)
    assert staged.types[staged.program.result.id].dtype in ("", dtype.str[1:])


def check_all(function: Any, sample: Sample) -> None:
    found = [check(s, has_variants(function)) for s in with_complex(sample)]
    assert ("refused" in found) <= (function in REFUSED)


COMPLEX = [case for case in cases() if case.values[0] not in REAL]
FIRST = {case.values[0]: case for case in reversed(cases()) if case.values[0] in REAL}


@pytest.mark.parametrize(("function", "call"), [*COMPLEX, *FIRST.values()])
def test_gradient_of_complex_operands(function: Any, call: Call) -> None:
    check_all(function, of(function, call))


@pytest.mark.parametrize(("function", "call"), with_arrays(COMPLEX))
def test_gradient_of_the_sum(function: Any, call: Call) -> None:
    """A sum's adjoint is one number that stands for all elements."""
    sample = of(function, call)
    sample.text = f"np.sum({sample.text})"
    check_all(function, sample)


SHAPES = [(), (3,), (2, 1), (2, 3)]


@pytest.mark.parametrize(("function", "call"), [p for p in PAIRS if p.values[0] not in (max, min)])
def test_broadcasting_of_two_operands(function: Any, call: Call) -> None:
    for shapes in itertools.product(SHAPES, SHAPES):
        check_all(function, of(function, call.shaped(*shapes)))


@dataclass
class Line(Sample):
    """A call as people write it, among the constants that it reads."""

    spelling: Spelling | None = None

    def function(self) -> Callable[..., Any]:
        assert self.spelling is not None
        return self.spelling.function


LINES = [pytest.param(line, id=line.text) for line in spellings() if line.is_there]


@pytest.mark.parametrize("line", LINES)
def test_gradient_of_complex_operands_of_a_line(line: Spelling) -> None:
    """Whatever is not refused is right."""
    if line.called & PHASES_ARE_FREE:
        line = replace(line, text=f"np.abs({line.text})")
    for sample in with_complex(Line(line.text, line.values, "differences", spelling=line)):
        check(sample, has_variants(*line.called))


@pytest.mark.parametrize("text", ["math.log(2.0, x0[0])", "math.hypot(x0[0], 1.0)"])
def test_math_takes_real_numbers(text: str) -> None:
    """Of NumPy's complex numbers it drops the imaginary part."""
    with pytest.raises(UserError, match="it takes real numbers: use cmath"):
        vjp(compiled(text, 1), np.array([1.5 + 0.5j]))


def test_samples_are_tried() -> None:
    """Most operations take complex numbers; what is refused is refused for good reason."""
    assert set(SAMPLES) >= REFUSED
